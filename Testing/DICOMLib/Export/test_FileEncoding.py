import io

import numpy
import pydicom
import pytest
from pydicom.dataset import Dataset

from DICOMLib.Errors import ExportError
from DICOMLib.Export.FileEncoding import SharedHeader, encapsulatedPixels, nativePixels, writePrivateFile
from DICOMLib.TransferSyntaxes import EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS


def shared():
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.PatientName = "Müller^Jürgen"
    dataset.PixelRepresentation = 1
    dataset.InstanceNumber = 7
    dataset.KVP = "120"
    item = Dataset()
    item.CodeMeaning = "größer"
    dataset.ProcedureCodeSequence = [item]
    return dataset


def own(uid="2.25.7", **values):
    dataset = Dataset()
    dataset.SOPInstanceUID = uid
    dataset.update(values)
    return dataset


def read(*parts):
    return pydicom.dcmread(io.BytesIO(b"".join(bytes(part) for part in parts)))


def test_aFileHasSharedElementsAndItsOwnInTheOrderOfTags():
    header = SharedHeader(shared(), EXPLICIT_LITTLE_ENDIAN)
    pixels = numpy.arange(6, dtype="<i2")
    found = read(header.forFile(own(InstanceNumber=9, SeriesDescription="大")), nativePixels(2, 12), pixels.data)
    assert [element.tag for element in found] == sorted(element.tag for element in found)
    assert (str(found.PatientName), found.InstanceNumber, found.SeriesDescription) == ("Müller^Jürgen", 9, "大")
    assert found.ProcedureCodeSequence[0].CodeMeaning == "größer"
    assert numpy.array_equal(numpy.frombuffer(found.PixelData, "<i2"), pixels)
    assert found["PixelData"].VR == "OW"


def test_theBytesAreThoseOfPydicom():
    """But for the name of the implementation, which pydicom adds to group 2."""
    whole = shared()
    whole.update(own(InstanceNumber=9))
    whole.file_meta = pydicom.dataset.FileMetaDataset()
    whole.file_meta.TransferSyntaxUID = EXPLICIT_LITTLE_ENDIAN
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, whole, enforce_file_format=True)
    ours = SharedHeader(shared(), EXPLICIT_LITTLE_ENDIAN).forFile(own(InstanceNumber=9))
    start = b"\x08\x00\x05\x00CS"
    assert ours[ours.index(start) :] == buffer.getvalue()[buffer.getvalue().index(start) :]
    meta = read(ours).file_meta
    assert meta.MediaStorageSOPInstanceUID == "2.25.7"
    assert meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert meta.FileMetaInformationGroupLength == ours.index(start) - 144


def test_nothingOfOneFileIsLeftInTheNext():
    header = SharedHeader(shared(), EXPLICIT_LITTLE_ENDIAN, without=["KVP"])
    assert read(header.forFile(own(KVP="100"))).KVP == 100
    assert "KVP" not in read(header.forFile(own("2.25.88")))


def test_encodedFramesAreItemsOfEvenLength():
    header = SharedHeader(shared(), RLE_LOSSLESS).forFile(own())
    found = read(header, *encapsulatedPixels([b"abc", b"defg"]))
    assert list(pydicom.encaps.generate_frames(found.PixelData, number_of_frames=2)) == [b"abc\0", b"defg"]


def test_filesAreForTheirOwner(tmp_path):
    path = tmp_path / "a.dcm"
    writePrivateFile([b"ab", numpy.arange(3, dtype="u1").data], str(path))
    assert path.read_bytes() == b"ab\0\1\2"
    assert path.stat().st_mode & 0o777 == 0o600


def test_anImageThatIsLargerThanAnElementIsRefused():
    assert nativePixels(2, 0xFFFFFFFE)[-4:] == bytes.fromhex("feffffff")
    with pytest.raises(ExportError, match="one image is larger than a file can hold"):
        nativePixels(2, 1 << 32)
