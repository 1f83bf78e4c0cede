"""What elements of storage nodes say: as Slicer writes it, and which files it names."""

from __future__ import annotations

import pytest

from DICOMLib.SceneFiles.StorageText import keptFileNames, renamedFiles, storageAttributes, takeOfTheFile

COMMON = {"useCompression": "1", "readState": "0", "writeState": "4"}


@pytest.mark.parametrize(
    ("className", "more"),
    [
        ("vtkMRMLVolumeArchetypeStorageNode",
         {"fileListMember0": "Data/a%20%25b.x", "centerImage": "0", "UseOrientationFromFile": "1"}),
        ("vtkMRMLNRRDStorageNode", {"centerImage": "0"}), ("vtkMRMLModelStorageNode", {"coordinateSystem": "LPS"}),
        ("vtkMRMLTableStorageNode", {}),
    ],
)  # fmt: skip
def test_anElementNamesItsFileAndSaysWhatSlicerWantsToKnowOfIt(className, more):
    assert storageAttributes(className, "Data/a %b.x", ".seg.nrrd") == {
        "fileName": "Data/a%20%25b.x", "defaultWriteFileExtension": "seg.nrrd", **COMMON, **more,
    }  # fmt: skip


def test_theNameOfTheFileComesFirst():
    said = storageAttributes("vtkMRMLVolumeArchetypeStorageNode", "a", ".nrrd")
    assert list(said)[:2] == ["fileName", "fileListMember0"]


def test_filesAreThoseOfTheNameAndOfTheListEachOnce():
    attributes = {
        "fileListMember0": "b%20c", "id": "x", "fileName": "a", "fileListMember1": "a", "fileListMember12": "d",
        "fileListMember2": "", "uri": "http://x", "fileListMemberX": "e", "fileListMember1234567": "f",
        "xfileListMember3": "g",
    }  # fmt: skip
    assert keptFileNames(attributes) == ["a", "b c", "d"]
    assert keptFileNames({"fileListMember999999": "x"}) == ["x"]
    assert keptFileNames({"fileName": ""}) == keptFileNames({}) == []


def test_filesAreRenamedAndWhatHasNoNewNameIsLeftOut():
    attributes = {"id": "x", "fileName": "a%20b", "fileListMember0": "a%20b", "fileListMember1": "c"}
    attributes["useCompression"] = "1"
    assert renamedFiles(attributes, {"a b": "Data/é 1"}) == {
        "id": "x", "fileName": "Data/é%201", "fileListMember0": "Data/é%201", "useCompression": "1",
    }  # fmt: skip


OF_THE_FILE = {
    "useCompression": "1", "compressionParameter": "", "defaultWriteFileExtension": "x", "readState": "0",
    "writeState": "4", "coordinateSystem": "LPS", "centerImage": "0", "uri": "u", "uriListMember0": "v",
    "forceRightHandedIJKCoordinateSystem": "1", "UseOrientationFromFile": "1", "preferITKv3CompatibleTransforms": "0",
    "CropToMinimumExtent": "1",
}  # fmt: skip


def test_whatDependsOnTheFileIsTakenOut_andItsNamesAreGone():
    attributes = {"id": "x", "fileName": "a", **OF_THE_FILE, "fileListMember3": "b", "name": "n", "readStateX": "1"}
    assert takeOfTheFile(attributes) == OF_THE_FILE
    assert attributes == {"id": "x", "name": "n", "readStateX": "1"}
