"""Images whose pixels somebody has left out are whole data sets; files that are cut off are not."""

from __future__ import annotations

import pydicom
import pytest

from DICOMLib.Errors import FileError, TruncatedFileError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.StoredObjects import PIECE_BYTES, storedObject
from Testing.DICOMLib.Networking.SentFiles import dataSetOf
from Testing.Fixtures.StoreServers import StoreServer, serverAt

IMPLICIT, EXPLICIT, DEFLATED, RLE = (
    f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".1.99", ".5")
)  # fmt: skip


def rewritten(path, syntax, keepsPixels=False, isEmpty=False):
    dataset = pydicom.dcmread(path)
    if not keepsPixels:
        del dataset.PixelData
    if isEmpty:
        dataset.PixelData = b""
        dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    pydicom.dcmwrite(path, dataset, implicit_vr=syntax == IMPLICIT, little_endian=True)
    return path


@pytest.mark.network
@pytest.mark.parametrize("isEmpty", [False, True])
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED])
def test_anImageWithoutPixelsIsSentAsItIsStoredWithANote(paths, syntax, isEmpty):
    path = rewritten(paths[0], syntax, isEmpty=isEmpty)
    with StoreServer((syntax,)) as server:
        report = sendFiles(serverAt(server.port), [path])
    assert server.received[0][1:] == (syntax, dataSetOf(path))
    assert report.isComplete and report.left == []
    assert [(one.kind, one.text) for one in report.findings] == [("note", "it has no pixel data, and was sent without")]


@pytest.mark.network
@pytest.mark.parametrize("isEmpty", [False, True])
def test_oneThatSaysItIsCompressedIsConvertedWithoutPixelsToDecompress(paths, isEmpty):
    path = rewritten(paths[0], EXPLICIT, isEmpty=isEmpty)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(RLE)
    with open(path, "wb") as file:
        pydicom.filewriter.write_file_meta_info(_headed(file), dataset.file_meta)
        buffer = pydicom.filebase.DicomBytesIO()
        buffer.is_little_endian, buffer.is_implicit_VR = True, False
        pydicom.filewriter.write_dataset(buffer, dataset)
        file.write(buffer.getvalue())
    with StoreServer((EXPLICIT,)) as server:
        report = sendFiles(serverAt(server.port), [path])
    assert report.isComplete and report.converted == 1, report.asText()
    assert server.received[0][1] == EXPLICIT


def _headed(file):
    file.write(bytes(128) + b"DICM")
    return file


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED])
def test_whatIsCutOffIsRefusedWhereverItEnds(paths, syntax, tmp_path):
    whole = open(rewritten(paths[0], syntax), "rb").read()
    start = storedObject(paths[0]).offset
    path = tmp_path / "cut.dcm"
    # Within the last value (one byte may be padding when it is deflated), within the last element's header, and in the
    # middle of the file.
    for end in (len(whole) - (2 if syntax == DEFLATED else 1), len(whole) - 5, (start + len(whole)) // 2 | 1):
        path.write_bytes(whole[:end])
        with pytest.raises(FileError):
            storedObject(path)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_zerosWhereThePixelsShouldBeAreATornCopy(paths, syntax):
    path = rewritten(paths[0], syntax, keepsPixels=True)
    header = scanFile(path)
    with open(path, "rb+") as file:
        file.truncate(header.pixelDataOffset - (8 if syntax == IMPLICIT else 12))
        file.truncate(header.fileSize)
    with pytest.raises(FileError):
        storedObject(path)


@pytest.mark.parametrize("share", [0.8, 0.95, 0.99])
def test_aDeflatedImageThatEndsInsideItsPixelsIsCutOff(paths, share):
    path = rewritten(paths[0], DEFLATED, keepsPixels=True)
    offset = storedObject(path).offset
    whole = open(path, "rb").read()
    with open(path, "wb") as file:
        file.write(whole[: offset + int((len(whole) - offset) * share)])
    with pytest.raises(TruncatedFileError):
        storedObject(path)


@pytest.mark.parametrize("size", [PIECE_BYTES - 1300, PIECE_BYTES, 4 * PIECE_BYTES + 2])
def test_aLargeDeflatedImageIsWhole(paths, size):
    dataset = pydicom.dcmread(paths[0])
    dataset.PixelData = bytes(range(256)) * (size // 256) + bytes(size % 256)
    dataset.save_as(paths[0])
    path = rewritten(paths[0], DEFLATED, keepsPixels=True)
    assert not storedObject(path).isHeaderOnly


def test_aDeflatedImageWhosePixelsAreDamagedIsRefused(paths):
    path = rewritten(paths[0], DEFLATED, keepsPixels=True)
    with open(path, "rb+") as file:
        file.seek(-12, 2)
        file.write(b"\xff" * 12)
    with pytest.raises(FileError):
        storedObject(path)


def test_pixelsOfWhichOnlyAPartIsThereAreRefused(paths):
    path = rewritten(paths[0], EXPLICIT, keepsPixels=True)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = dataset.PixelData[:100]
    dataset.save_as(path)
    with pytest.raises(TruncatedFileError, match="pixel data short: have 100 bytes"):
        storedObject(path)
