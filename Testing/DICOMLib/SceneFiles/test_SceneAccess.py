"""What a scene reads and writes files with: whole scenes, text, files of single nodes, and what is in no file."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import SceneFileError
from DICOMLib.Scene.MessageCollection import vtkMRMLMessageCollection
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneAccess import SceneAccess, pngOf
from DICOMLib.SceneFiles.SceneSummary import inspectScene
from DICOMLib.Workers.WorkerPool import WorkerPool


@pytest.fixture(scope="module")
def workers():
    with WorkerPool(1) as pool:
        yield pool


@pytest.fixture
def told():
    return []


@pytest.fixture
def access(workers, told):
    return SceneAccess(workers, told.append)


def _filled(access) -> Scene:
    scene = Scene(files=access)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    volume.setVoxelArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    surface = vtkSphereSource()
    surface.Update()
    scene.AddNewNodeByClass("vtkMRMLModelNode", "ball").SetAndObservePolyData(surface.GetOutput())
    scene.AddNewNodeByClass("vtkMRMLTextNode", "note").SetText("short")
    return scene


def _picture(dtype=np.uint8) -> vtkImageData:
    from vtkmodules.util.numpy_support import numpy_to_vtk

    image = vtkImageData()
    image.SetDimensions(4, 2, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.full((8, 3), 200, dtype), deep=True))
    return image


@pytest.mark.parametrize("name", ["scene.mrb", "scene.mrml"])
def test_aSceneThatIsWrittenIsReadAgain(access, tmp_path, name):
    scene, other = _filled(access), Scene(files=access)
    scene.SetURL(tmp_path / name)
    other.SetURL(tmp_path / name)
    assert (scene.Commit(), other.Connect()) == (1, 1)
    assert (other.GetFirstNodeByName("CT").voxelArray() == np.arange(24).reshape(2, 3, 4)).all()
    assert other.GetFirstNodeByName("ball").GetPolyData().GetNumberOfPoints() == 50
    assert other.Import() == 1
    assert [node.GetName() for node in other.GetNodesByClass("vtkMRMLTextNode")] == ["note", "note_1"]


def test_thePictureIsInTheBundle(access, tmp_path):
    assert _filled(access).WriteToMRB(tmp_path / "scene.mrb", _picture())
    assert inspectScene(tmp_path / "scene.mrb").thumbnail == pngOf(_picture())
    assert pngOf(_picture()).startswith(b"\x89PNG")
    with pytest.raises(SceneFileError, match="8 or 16 bits"):
        pngOf(_picture(np.float32))


def test_aTextIsReadWithTheFilesOfItsFolder(access, tmp_path):
    scene, other = _filled(access), Scene(files=access)
    scene.Commit(tmp_path / "scene.mrml")
    other.SetSceneXMLString((tmp_path / "scene.mrml").read_text())
    other.SetLoadFromXMLString(True)
    other.SetRootDirectory(tmp_path)
    assert other.Connect() == 1
    assert other.GetFirstNodeByName("CT").voxelArray().max() == 23


def test_aTextThatIsNoneIsToldAndChangesNothing(access, told):
    scene = _filled(access)
    before = scene.nodes()
    scene.SetLoadFromXMLString(True)
    scene.SetSceneXMLString("<MRML><Text")
    assert scene.Connect() == 0
    assert "unclosed token" in told[0]
    assert scene.nodes() == before


def test_aFileThatIsMissingIsAWarning(access, tmp_path):
    scene, messages = _filled(access), vtkMRMLMessageCollection()
    scene.Commit(tmp_path / "scene.mrml")
    next(tmp_path.rglob("CT*.nrrd")).unlink()
    other = Scene(files=access)
    other.SetURL(tmp_path / "scene.mrml")
    assert other.Connect(messages) == 1
    assert "is missing" in messages.GetNthMessageText(0)
    assert other.GetFirstNodeByName("ball") is not None


def test_whatIsInNoFileIsKnownUntilItIsWritten(access, tmp_path):
    scene, found = _filled(access), []
    assert scene.GetStorableNodesModifiedSinceRead(found)
    assert {node.GetName() for node in found} == {"CT", "ball", "note"}
    assert scene.Commit(tmp_path / "scene.mrb") == 1
    assert not scene.GetStorableNodesModifiedSinceRead()
    volume = scene.GetFirstNodeByName("CT")
    volume.voxelArray()[0, 0, 0] = 5
    volume.imageDataModified()
    scene.GetFirstNodeByName("note").SetText("other")
    found.clear()
    assert scene.GetStorableNodesModifiedSinceRead(found)
    assert {node.GetName() for node in found} == {"CT", "note"}
    storage = volume.AddDefaultStorageNode(tmp_path / "CT.nii.gz")
    assert storage.WriteData(volume) == 1
    assert not volume.GetModifiedSinceRead()
    volume.setVoxelArray(np.zeros((2, 3, 4), np.int16))
    assert storage.ReadData(volume) == 1
    assert volume.voxelArray()[0, 0, 0] == 5
    assert not volume.GetModifiedSinceRead()


def test_nodesWithoutDataAreNotModified(access):
    scene = Scene(files=access)
    for className in ("vtkMRMLScalarVolumeNode", "vtkMRMLModelNode", "vtkMRMLTextNode"):
        assert not scene.AddNewNodeByClass(className).GetModifiedSinceRead()


def test_aFileOfAnotherKindIsToldByTheStorageNode(access, tmp_path):
    scene = _filled(access)
    model = scene.GetFirstNodeByName("ball")
    storage = model.AddDefaultStorageNode(tmp_path / "ball.exe")
    assert storage.WriteData(model) == 0
    assert ".vtp" in storage.GetUserMessages().GetNthMessageText(0)
    assert not (tmp_path / "ball.exe").exists()
