import numpy
import pytest

from DICOMLib.Errors import FileError, SceneError
from DICOMLib.Scene.Nodes import (
    vtkMRMLDiffusionTensorVolumeNode,
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLVectorVolumeNode,
)
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.Storage import prepareVolume, readVolume, writeVolume

MATRIX = numpy.array([[-0.5, 0, 0.1, 10], [0, -0.5, 0.2, 20], [0, 0, 3, 30], [0, 0, 0, 1.0]])


@pytest.mark.parametrize("nodeClass", [vtkMRMLScalarVolumeNode, vtkMRMLLabelMapVolumeNode, vtkMRMLVectorVolumeNode])
def test_aVolumeComesBackAsWhatItWas(tmp_path, nodeClass):
    node = nodeClass()
    shape = (2, 3, 4, 3) if node.isVector else (2, 3, 4)
    array = numpy.arange(numpy.prod(shape), dtype="uint8").reshape(shape)
    node.setVoxelArray(array)
    node.SetIJKToRASMatrix(MATRIX)
    writeVolume(node, tmp_path / "head.nrrd")
    read = readVolume(tmp_path / "head.nrrd")
    assert read.GetClassName() == nodeClass.__name__
    assert numpy.array_equal(read.voxelArray(), array)
    assert numpy.array_equal(read.ijkToRASArray(), MATRIX)
    assert read.GetName() == "head"


def test_aVolumeReadIntoASceneHasDisplayAndStorageAndAFreeName(tmp_path):
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "head")
    node.setVoxelArray(numpy.array([[[0, 100]]], dtype="int16"))
    writeVolume(node, tmp_path / "head.nrrd")
    assert node.GetStorageNode().GetFullNameFromFileName() == str(tmp_path / "head.nrrd")
    read = readVolume(tmp_path / "head.nrrd", scene)
    assert read.GetName() == "head_1"
    assert read.GetDisplayNode().GetLevel() == 50
    assert read.GetStorageNode().GetFileName() == str(tmp_path / "head.nrrd")


def test_onlyNRRDIsWritten(tmp_path):
    node = vtkMRMLScalarVolumeNode()
    node.setVoxelArray(numpy.zeros((1, 1, 1)))
    with pytest.raises(FileError, match=r"ends in \.nrrd"):
        writeVolume(node, tmp_path / "a.jpg")


def test_aVolumeWithoutVoxelsIsNotWritten(tmp_path):
    with pytest.raises(SceneError, match="no voxels"):
        writeVolume(vtkMRMLScalarVolumeNode(), tmp_path / "a.nrrd")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".nhdr", ".nii", ".nii.gz", ".NII.GZ"])
def test_theEndingOfTheNameDecides(tmp_path, suffix):
    node = vtkMRMLScalarVolumeNode()
    node.setVoxelArray(numpy.arange(24, dtype="int16").reshape(2, 3, 4))
    node.SetIJKToRASMatrix(MATRIX)
    files = writeVolume(node, tmp_path / f"a.b{suffix}")
    assert files == [tmp_path / f"a.b{suffix}"]
    read = readVolume(files[0])
    assert read.GetName() == "a.b" and numpy.array_equal(read.voxelArray(), node.voxelArray())
    assert read.ijkToRASArray() == pytest.approx(MATRIX, abs=1e-6)
    isCompressed = files[0].read_bytes()[:2] == b"\x1f\x8b"
    assert isCompressed == suffix.lower().endswith(".gz")


def test_tensorsAreNotWrittenAsNIfTI(tmp_path):
    node = vtkMRMLDiffusionTensorVolumeNode()
    node.setVoxelArray(numpy.zeros((1, 1, 1, 6), "float32"))
    with pytest.raises(FileError, match=r"tensors cannot be written as NIfTI.*\.nrrd"):
        writeVolume(node, tmp_path / "a.nii")


def test_whatIsPreparedCanBeWrittenLaterWhateverBecomesOfTheNode(tmp_path):
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "head")
    node.setVoxelArray(numpy.full((2, 3, 4), 7, "int16"))
    prepared = prepareVolume(node, tmp_path / "a.nrrd")
    node.setVoxelArray(numpy.zeros((1, 1, 1), "int16"))
    scene.Clear()
    del node
    prepared.write()
    assert numpy.array_equal(readVolume(tmp_path / "a.nrrd").voxelArray(), numpy.full((2, 3, 4), 7))
