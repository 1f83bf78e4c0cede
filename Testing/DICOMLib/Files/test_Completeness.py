"""How many bytes pixel data must have."""

import numpy
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Files.Completeness import announcesPixels, nativeLength, nativeShortage
from DICOMLib.Files.HeaderScanner import scanBytes, scanFile
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.DICOMLib.Pixels.EncodedFiles import samplesOf, writeEncapsulated


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


JPEG_LS, RLE = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.5"
END = 8  # bytes of the mark


def encapsulatedFile(folder, syntax, frames, fragments=1):
    values = samplesOf("12 bits", frames)
    path = folder / "a.dcm"
    writeEncapsulated(path, "12 bits", values, syntax, fragments=fragments, StudyInstanceUID="1.2.3")
    return path, values


@pytest.mark.parametrize("cut", [END, END - 1, 1])
@pytest.mark.parametrize("syntax, frames, fragments", [(JPEG_LS, 1, 1), (JPEG_LS, 1, 3), (JPEG_LS, 4, 1), (RLE, 4, 1)])
def test_pixelsWithoutTheMarkAtTheirEndAreReadWithANote(tmp_path, syntax, frames, fragments, cut):
    path, values = encapsulatedFile(tmp_path, syntax, frames, fragments)
    path.write_bytes(path.read_bytes()[:-cut])
    header = scanFile(path)
    assert header.truncated == "" and "end of its pixel data is not marked" in header.note
    with WorkerPool(size=1) as workers:
        assert numpy.array_equal(readVolume([header.toInstance()], workers=workers).array, values)


@pytest.mark.parametrize("syntax, frames, fragments", [(JPEG_LS, 1, 1), (JPEG_LS, 1, 3), (JPEG_LS, 4, 1), (RLE, 4, 1)])
def test_everyOtherCutThroughFragmentsIsTold(tmp_path, syntax, frames, fragments):
    """Between fragments, too: there nothing but the number of fragments, or the last one's end, shows that some are
    missing."""
    path, _ = encapsulatedFile(tmp_path, syntax, frames, fragments)
    whole = path.read_bytes()
    start = scanBytes(whole).pixelDataOffset
    bounds = [at for at in range(start, len(whole) - END) if whole[at : at + 4] == b"\xfe\xff\x00\xe0"]
    assert len(bounds) == 1 + frames * fragments
    for end in {*bounds[1:], *(bound + more for bound in bounds[1:] for more in (1, 7, 8, 9)), len(whole) - END - 1}:
        assert scanBytes(whole[:end]).truncated, end


def test_anImportTellsOfAMissingMarkAndOffersTheImage(tmp_path):
    path, _ = encapsulatedFile(tmp_path, JPEG_LS, 1)
    path.write_bytes(path.read_bytes()[:-END])
    database = DICOMDatabase()
    database.openDatabase("")
    report = DICOMIndexer(database).importPaths([path])
    (instance,) = database.instanceRecordsForFiles([str(path)])
    database.closeDatabase()
    assert instance.truncated == "" and "end of its pixel data is not marked" in report.asText()
    assert "treated as absent" not in report.asText()


def test_imagesAnnouncePixels():
    assert announcesPixels("1.2.840.10008.5.1.4.1.1.2")
    assert not announcesPixels("1.2.840.10008.5.1.4.1.1.88.11")
    assert not announcesPixels("")
