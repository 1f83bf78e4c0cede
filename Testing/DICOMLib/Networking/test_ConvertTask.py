"""What cannot be converted for a server is told with its encoding, the step that failed, and what to do."""

from __future__ import annotations

import pydicom
import pytest

from DICOMLib.Errors import PixelDataError, UnsupportedTransferSyntaxError
from DICOMLib.Networking import Send
from DICOMLib.Networking.ConvertTask import convertFile
from DICOMLib.Networking.Send import sendFiles
from Testing.DICOMLib.Networking.SentFiles import compressed
from Testing.Fixtures.StoreServers import StoreServer, serverAt

EXPLICIT, RLE, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"


def renamed(path, syntax):
    """Say that a file with fragments is in another encoding."""
    dataset = compressed(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    dataset.save_as(path)


def converted(path, target, syntax=EXPLICIT):
    list(convertFile(path, str(target), syntax))


def test_pixelsThatCannotBeDecompressedAreNamedWithTheirEncoding(paths, tmp_path):
    renamed(paths[0], JPEG)
    with pytest.raises(PixelDataError) as raised:
        converted(paths[0], tmp_path / "new.dcm")
    assert raised.value.what == "pixels in JPEG Baseline (Process 1) cannot be decompressed"
    assert raised.value.hint.startswith("A server that takes this encoding stores it as it is; if it can be loaded, ")
    assert not (tmp_path / "new.dcm").exists()


@pytest.mark.parametrize(
    ("syntax", "what", "hint"),
    [
        ("1.2.840.10008.1.2.4.100", "objects in MPEG2 Main Profile / Main Level are not converted", "ffmpeg"),
        ("1.2.840.10008.1.2.4.94", "objects in JPIP Referenced are not converted", "ask the archive"),
        ("1.2.3.4", "objects in an unknown encoding, 1.2.3.4 are not converted", "the scanner's or archive's own"),
    ],
)
def test_whatNothingHereDecodesIsSaidBeforeItIsTried(paths, tmp_path, syntax, what, hint):
    renamed(paths[0], syntax)
    with pytest.raises(UnsupportedTransferSyntaxError) as raised:
        converted(paths[0], tmp_path / "new.dcm")
    assert raised.value.what == what and hint in raised.value.hint


def test_bigEndianIsNamed(paths, tmp_path):
    dataset = pydicom.dcmread(paths[0])
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    pydicom.dcmwrite(paths[0], dataset, implicit_vr=False, little_endian=False)
    with pytest.raises(UnsupportedTransferSyntaxError) as raised:
        converted(paths[0], tmp_path / "new.dcm")
    assert raised.value.what == "objects in Explicit VR Big Endian (Retired) are not converted"
    assert raised.value.hint == "Load it and export it anew"


def test_whatCannotBeWrittenIsNamedWithBothEncodingsAndWithoutItsValues(paths, tmp_path, monkeypatch):
    def failing(*_arguments, **_options):
        raise ValueError("Doe^John")

    monkeypatch.setattr(pydicom, "dcmwrite", failing)
    with pytest.raises(PixelDataError) as raised:
        converted(paths[0], tmp_path / "new.dcm", "1.2.840.10008.1.2")
    assert raised.value.what == (
        "an object in Explicit VR Little Endian cannot be written as Implicit VR Little Endian"
    )  # fmt: skip
    assert raised.value.value == "ValueError" and "Doe" not in str(raised.value)
    with pytest.raises(PixelDataError, match="in Explicit VR Little Endian has a value of odd length and cannot be"):
        converted(paths[0], tmp_path / "padded.dcm", EXPLICIT)


def test_aPlaceThatTakesNoFileIsToldAsTheSystemSaysIt(paths, tmp_path):
    with pytest.raises(PixelDataError) as raised:
        converted(paths[0], tmp_path / "none" / "new.dcm", "1.2.840.10008.1.2")
    assert raised.value.value == "No such file or directory" and raised.value.hint == "Check the disk and try again"


@pytest.mark.network
def test_theReportSaysWhatAndWhatToDo(paths):
    renamed(paths[0], JPEG)
    with StoreServer((EXPLICIT,)) as server:
        report = sendFiles(serverAt(server.port), paths[:2])
    assert report.sent == 1
    (finding,) = report.findings
    assert finding.kind == Send.NOT_SENT
    assert finding.text.startswith("pixels in JPEG Baseline (Process 1) cannot be decompressed (")
    assert "A server that takes this encoding stores it as it is" in finding.text
