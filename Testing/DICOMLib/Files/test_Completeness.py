"""How many bytes pixel data must have."""

import pytest

from DICOMLib.Files.Completeness import announcesPixels, nativeLength, nativeShortage


def header(rows=10, columns=20, bits=16, samples=1, frames=1, photometric="MONOCHROME2"):
    return {"0028,0010": str(rows), "0028,0011": str(columns), "0028,0100": str(bits), "0028,0002": str(samples),
            "0028,0008": str(frames), "0028,0004": photometric}


@pytest.mark.parametrize("values, expected", [
    (header(), 400),
    (header(frames=3), 1200),
    (header(bits=8, samples=3, photometric="RGB"), 600),
    (header(bits=8, samples=3, photometric="YBR_FULL_422"), 400),
    (header(rows=3, columns=3, bits=1, frames=3), 4),
    (header(rows=65535, columns=65535, frames=1000), 65535 * 65535 * 2000),
    ({"0028,0010": "10"}, 0),
    (header(rows="many"), 0),
])
def test_nativeLengthFollowsFromTheHeader(values, expected):
    assert nativeLength(values) == expected


def test_shortageNamesWhatIsThere():
    assert nativeShortage(header(), 400, 400) == ""
    assert nativeShortage(header(), 402, 402) == ""
    assert nativeShortage(header(), 400, 100) == "pixel data short: have 100 bytes, need 400"
    assert nativeShortage(header(), 100, 400) == "pixel data short: have 100 bytes, need 400"


def test_imagesAnnouncePixels():
    assert announcesPixels("1.2.840.10008.5.1.4.1.1.2")
    assert not announcesPixels("1.2.840.10008.5.1.4.1.1.88.11")
    assert not announcesPixels("")
