"""The object that carries a scene: a valid secondary capture, in the layout that 3D Slicer reads."""

from __future__ import annotations

import hashlib
import os

import numpy
import pydicom
import pytest

from DICOMLib.Errors import ExportError
from DICOMPlugins.SceneBundle.BundleChecking import checkObject
from DICOMPlugins.SceneBundle.BundleElements import LARGEST_ZIP
from DICOMPlugins.SceneBundle.BundleObject import BundleContent, requireRoom, writeObject
from Testing.DICOMPlugins.SceneBundle.Carriers import TAGS, carrier, makeZip, picture
from Testing.Fixtures import ExportOracles
from Testing.Fixtures.RunWorkers import runWorkers

# Each is explained in Resources/Docs/SceneFiles.md.
EXPLAINED_WARNINGS = (
    "Unrecognized tag - assuming explicit value representation OK", "Laterality(0020,0060)> - is only permitted to be "
    "empty when actually unknown", "needed to build DICOMDIR",
)  # fmt: skip


def whatSlicerReads(path) -> bytes:
    """As its plugin does: the third word of the creator is the size; so many last bytes, one less where that is odd."""
    size = int(pydicom.dcmread(path, specific_tags=[0xCADB0010])[0xCADB, 0x0010].value.split(" ")[2])
    with open(path, "rb") as file:
        file.seek(-(size + size % 2), os.SEEK_END)
        return file.read(size)


@pytest.mark.parametrize("size", [5001, 5002])
def test_slicerFindsTheZipWhereItLooks(tmp_path, size):
    path, contents = carrier(tmp_path, size)
    assert whatSlicerReads(path) == contents


def test_theElementsAreThoseOfSlicerAndADigest_theZipLast(tmp_path):
    path, contents = carrier(tmp_path)
    dataset = pydicom.dcmread(path)
    group = list(dataset.group_dataset(0xCADB))
    assert [(str(one.tag).lower(), one.VR) for one in group] == [
        ("(cadb,0010)", "LO"), ("(cadb,1008)", "LO"), ("(cadb,1009)", "LO"), ("(cadb,1010)", "OB")
    ]  # fmt: skip
    assert [one.value for one in group] == [
        "3D Slicer 5001", "5001", hashlib.sha256(contents).hexdigest(), contents + b"\0"
    ]  # fmt: skip
    assert path.read_bytes().endswith(contents + b"\0") and max(dataset.keys()) == 0xCADB1010


def test_itIsAValidPictureForEverybodyElse(tmp_path):
    path, _ = carrier(tmp_path)
    found = ExportOracles.dciodvfy(path)
    assert found.errors == []
    assert [one for one in found.warnings if not any(text in one for text in EXPLAINED_WARNINGS)] == []
    dataset = pydicom.dcmread(path)
    assert numpy.array_equal(dataset.pixel_array, picture())
    assert dataset.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert (dataset.SOPClassUID.name, dataset.ConversionType) == ("Secondary Capture Image Storage", "WSD")
    assert (dataset.SeriesDescription, str(dataset.PatientName)) == ("Slicer Data Bundle", "Müller^Zoë")
    assert (dataset.StudyInstanceUID, dataset.SeriesInstanceUID) == ("2.25.11", "2.25.12")
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_aZipThatFitsIntoNoElementIsRefused():
    requireRoom(LARGEST_ZIP)
    with pytest.raises(ExportError, match="too large for one DICOM object, which holds less than 4 GiB"):
        requireRoom(LARGEST_ZIP + 1)


def test_aSparseZipBeyondTheLimitIsRefusedBeforeAnythingIsWritten(tmp_path):
    with open(tmp_path / "scene.mrb", "wb") as file:
        file.truncate((4 << 30) - 1)
    with pytest.raises(ExportError, match="too large"):
        writeObject(BundleContent(TAGS, picture()), str(tmp_path / "scene.mrb"), str(tmp_path / "out.dcm"))
    assert sorted(os.listdir(tmp_path)) == ["scene.mrb"]


def checked(path, contents: bytes, image: numpy.ndarray, **others: str) -> None:
    digest = hashlib.sha256(contents).hexdigest()
    checkObject(str(path), digest, len(contents), {**TAGS, **others}, image, runWorkers())


@pytest.mark.parametrize("size", [5001, 3_000_001])
def test_aWholeObjectPassesTheCheck(tmp_path, size):
    path, contents = carrier(tmp_path, size)
    checked(path, contents, picture())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:], "the scene read back is not the one"),
        (lambda data: data + b"\0\0", "not where other programs look"),
        (lambda data: data.replace(b"3D Slicer 5001", b"3D Slicer 5003"), "not where other programs look"),
        (lambda data: data.replace(b"2.25.12", b"2.25.13"), "SeriesInstanceUID read back is not the one"),
        (lambda data: data.replace(picture().tobytes()[-9:], b"123456789"), "the picture read back is not the one"),
        (lambda data: data.replace(b"WSD ", b"    "), "ConversionType is missing"),
    ],
)
def test_aFileThatIsNotAsItWasMeantFailsTheCheck(tmp_path, change, words):
    path, contents = carrier(tmp_path)
    changed = change(path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    with pytest.raises(ExportError, match=f"the written file failed the check: .*{words}"):
        checked(path, contents, picture())


def test_aTagThatCannotBeWrittenIsAnError(tmp_path):
    makeZip(tmp_path / "scene.mrb", 5000)
    content = BundleContent({**TAGS, "StudyDate": "yesterday"}, picture())
    with pytest.raises(ExportError, match="the value of StudyDate"):
        writeObject(content, str(tmp_path / "scene.mrb"), str(tmp_path / "out.dcm"))
    assert not (tmp_path / "out.dcm").exists()
