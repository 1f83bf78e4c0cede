"""Volumes in files: which kind is read into which node, and what is written of voxels that compress too well."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import (
    vtkMRMLDiffusionTensorVolumeNode,
    vtkMRMLDiffusionWeightedVolumeNode,
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLVectorVolumeNode,
)
from DICOMLib.Scene.Nrrd import NrrdImage, readNrrd
from DICOMLib.Scene.Storage import writeVolume as writeAny
from DICOMLib.SceneFiles import VolumeFiles
from DICOMLib.SceneFiles.MemberFormat import Reading
from DICOMLib.SceneFiles.VolumeFiles import FORMAT, readVolumeInto, writeImage, writeVolume
from Testing.Fixtures.TasksHere import TasksHere

PLACE = numpy.array([[-0.7, 0.1, 0, 12.5], [0.2, -1.9, 0.3, -40.25], [0.05, 0.1, 3.1, 7.125], [0, 0, 0, 1]])
FRAME = numpy.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]])


def volume(nodeClass, shape=(2, 3, 4), dtype="int16"):
    node = nodeClass()
    node.setVoxelArray(numpy.random.default_rng(1).integers(0, 100, shape).astype(dtype))
    node.SetIJKToRASMatrix(PLACE)
    return node


def weighted():
    node = volume(vtkMRMLDiffusionWeightedVolumeNode, (2, 3, 4, 7))
    node.SetDiffusionGradients(numpy.vstack([numpy.zeros(3), numpy.eye(3), -numpy.eye(3)]))
    node.SetBValues(numpy.array([0.0, *[1000] * 6]))
    node.SetMeasurementFrameMatrix(FRAME)
    return node


def tensors():
    node = volume(vtkMRMLDiffusionTensorVolumeNode, (2, 3, 4, 6), "float32")
    node.SetMeasurementFrameMatrix(FRAME)
    return node


KINDS = {
    "scalar": lambda: volume(vtkMRMLScalarVolumeNode),
    "labels": lambda: volume(vtkMRMLLabelMapVolumeNode, dtype="uint8"),
    "vector": lambda: volume(vtkMRMLVectorVolumeNode, (2, 3, 4, 3), "float32"),
    "weighted": weighted,
    "tensors": tensors,
}


def read(node, path: Path):
    readVolumeInto(node, path, Reading(TasksHere()))
    return node


@pytest.mark.parametrize("kind", KINDS)
def test_eachKindComesBackWithItsPlaceAndWhatIsMeasured(tmp_path, kind):
    node, path = KINDS[kind](), tmp_path / "a.nrrd"
    assert writeVolume(node, path, None) == [path]
    again = read(type(node)(), path)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    assert again.voxelArray().dtype == node.voxelArray().dtype
    numpy.testing.assert_allclose(again.ijkToRASArray(), PLACE, atol=1e-12)
    if kind in ("weighted", "tensors"):
        numpy.testing.assert_allclose(again.measurementFrameArray(), FRAME, atol=1e-12)
    if kind == "weighted":
        assert again.bValuesArray().tolist() == node.bValuesArray().tolist()
        numpy.testing.assert_allclose(again.gradientsArray(), node.gradientsArray(), atol=1e-12)


SAME = {("scalar", "labels"), ("labels", "scalar")}


@pytest.mark.parametrize(("kind", "other"), [(one, two) for one in KINDS for two in KINDS if one != two])
def test_aFileOfOneKindIsNotReadIntoAnother_butNumbersMayBeLabels(tmp_path, kind, other):
    writeVolume(KINDS[kind](), tmp_path / "a.nrrd", None)
    node = KINDS[other]()
    before = node.voxelArray().copy()
    if (kind, other) in SAME:
        assert read(node, tmp_path / "a.nrrd").GetClassName() == type(node).__name__
        return
    with pytest.raises(FileError, match="the file holds another kind of volume"):
        read(node, tmp_path / "a.nrrd")
    assert numpy.array_equal(node.voxelArray(), before)


def test_whereSlicerLeftTheGradientsOutItIsSaid(tmp_path):
    writeVolume(volume(vtkMRMLVectorVolumeNode, (2, 3, 4, 3)), tmp_path / "a.nrrd", None)
    with pytest.raises(FileError) as caught:
        read(weighted(), tmp_path / "a.nrrd")
    assert caught.value.hint.startswith("It has no b-values and gradients: 3D Slicer saves none for fewer than seven")
    with pytest.raises(FileError) as caught:
        read(tensors(), tmp_path / "a.nrrd")
    assert caught.value.hint == ""


def test_niftiIsReadToo(tmp_path):
    node = volume(vtkMRMLScalarVolumeNode)
    node.SetIJKToRASMatrix(numpy.diag([-2.0, -1.0, 3.0, 1.0]))
    writeAny(node, tmp_path / "a.nii.gz")
    assert numpy.array_equal(read(vtkMRMLScalarVolumeNode(), tmp_path / "a.nii.gz").voxelArray(), node.voxelArray())


@pytest.mark.parametrize("isTooMuch", [False, True])
def test_whatCompressesSoWellThatReadersWouldRefuseItIsNotCompressed(tmp_path, monkeypatch, isTooMuch):
    asked = []

    def isInflatedTooMuch(size: int, packed: int) -> bool:
        asked.append((size, packed))
        return isTooMuch

    monkeypatch.setattr(VolumeFiles, "isInflatedTooMuch", isInflatedTooMuch)
    node, path = vtkMRMLLabelMapVolumeNode(), tmp_path / "a.nrrd"
    node.setVoxelArray(numpy.zeros((20, 30, 40), numpy.uint8))
    writeVolume(node, path, None)
    writeImage(NrrdImage(node.voxelArray(), numpy.eye(4), {}), tmp_path / "b.nrrd", None)
    assert [size for size, _ in asked] == [24_000] * 2 and all(packed < 2000 for _, packed in asked)
    for one in (path, tmp_path / "b.nrrd"):
        assert (one.stat().st_size > 24_000) is isTooMuch
        assert not readNrrd(one).array.any() and readNrrd(one).array.shape == (20, 30, 40)


def test_slicersClassThatReadsTheFileIsThatOfTheKind():
    assert {kind: FORMAT.storageClassName(KINDS[kind]()) for kind in KINDS} == {
        **dict.fromkeys(("scalar", "labels", "vector"), "vtkMRMLVolumeArchetypeStorageNode"),
        **dict.fromkeys(("weighted", "tensors"), "vtkMRMLNRRDStorageNode"),
    }
    assert not FORMAT.hasData(vtkMRMLScalarVolumeNode()) and FORMAT.hasData(KINDS["scalar"]())
