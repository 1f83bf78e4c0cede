"""Files on their own as nodes, whatever thread reads them."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import CancelledError, FileError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MemberFiles import writeMember
from DICOMLib.SceneFiles.NodeFileKinds import COLORS, LABELS, SEGMENTATION, VOLUME
from DICOMLib.SceneFiles.NodeFiles import readStaged
from DICOMLib.SceneFiles.SceneExchange import addNodes
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import inspectScene
from Testing.Fixtures.RunWorkers import runWorkers


def _volume(array, name="v"):
    node = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.setVoxelArray(array)
    return node


def _dataNodes(scene):
    return [node for node in scene.nodes() if node.isDataNode]


def test_aModelIsReadWithDisplayAndStorageAndTakenOverUnderAFreeName(tmp_path):
    model = Scene().AddNewNodeByClass("vtkMRMLModelNode")
    source = vtkSphereSource()
    source.Update()
    model.SetAndObservePolyData(source.GetOutput())
    writeMember(model, tmp_path / "ball.vtp")
    scene = Scene()
    scene.AddNewNodeByClass("vtkMRMLModelNode", "ball")
    addNodes(scene, readStaged(tmp_path / "ball.vtp", runWorkers()))
    first, second = _dataNodes(scene)
    assert (first.GetName(), second.GetName()) == ("ball", "ball_1")
    assert second.GetPolyData().GetNumberOfPoints() == source.GetOutput().GetNumberOfPoints()
    assert second.GetDisplayNode() is not None
    assert second.GetStorageNode().GetFileName() == str(tmp_path / "ball.vtp")


def test_whatAVolumeIsCanBeChosen(tmp_path):
    array = np.arange(8, dtype="uint8").reshape(2, 2, 2)
    writeMember(_volume(array), tmp_path / "a.nrrd")
    classes = {VOLUME: "vtkMRMLScalarVolumeNode", LABELS: "vtkMRMLLabelMapVolumeNode",
               SEGMENTATION: "vtkMRMLSegmentationNode", None: "vtkMRMLScalarVolumeNode"}  # fmt: skip
    for kind, className in classes.items():
        (node,) = _dataNodes(readStaged(tmp_path / "a.nrrd", runWorkers(), kind=kind))
        assert (node.GetClassName(), node.GetName()) == (className, "a")
    assert node.voxelArray().tolist() == array.tolist()


def test_fractionsAreLabelsOnlyIfTheyAreWhole(tmp_path):
    path = tmp_path / "a-label.nrrd"
    writeMember(_volume(np.full((2, 2, 2), 3.0, "float32")), path)
    (labels,) = _dataNodes(readStaged(path, runWorkers(), kind=LABELS))
    assert labels.voxelArray().dtype == np.int32 and labels.voxelArray().max() == 3
    writeMember(_volume(np.full((2, 2, 2), 0.5, "float32")), path)
    with pytest.raises(FileError, match="whole numbers"):
        readStaged(path, runWorkers(), kind=LABELS)
    (volume,) = _dataNodes(readStaged(path, runWorkers()))
    assert volume.IsA("vtkMRMLScalarVolumeNode") and not volume.IsA("vtkMRMLLabelMapVolumeNode")


def test_textsTablesAndColorsComeFromTheSameEndings(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "c.txt").write_text("# Color table file\n1 bone 255 0 0 255\n")
    (table,) = _dataNodes(readStaged(tmp_path / "t.csv", runWorkers()))
    assert table.GetTable().GetColumnByName("b").GetValue(0) in ("2", 2)
    colors = readStaged(tmp_path / "c.txt", runWorkers()).GetFirstNodeByClass("vtkMRMLColorTableNode")
    assert colors.GetColorName(1) == "bone"
    with pytest.raises(FileError):
        readStaged(tmp_path / "t.csv", runWorkers(), kind=COLORS)


def test_whatCannotBeReadSaysSo(tmp_path):
    (tmp_path / "a.stl").write_text("solid nothing")
    (tmp_path / "a.xyz").write_text("")
    with pytest.raises(FileError, match=r"a\.stl"):
        readStaged(tmp_path / "a.stl", runWorkers())
    (tmp_path / "F.mrk.json").write_text("{}")
    with pytest.raises(FileError, match="markups are not read"):
        readStaged(tmp_path / "F.mrk.json", runWorkers())
    with pytest.raises(FileError, match="no nodes with such files"):
        readStaged(tmp_path / "a.xyz", runWorkers())


def test_aCancelledReadIsNoOtherKindOfTransform(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"\x89HDF")
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        readStaged(tmp_path / "a.h5", runWorkers(), progress)


def test_aPathIsReadFromTheFolderThatTheProgramIsIn_whereverItsWorkersWereStarted(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a\n1\n")
    writeMember(_volume(np.ones((2, 2, 2), "uint8")), tmp_path / "v.nrrd")
    scene = Scene()
    scene.AddNewNodeByClass("vtkMRMLTextNode", "note").SetText("a")
    saveScene(scene, tmp_path / "s.mrb")
    openScene(tmp_path / "s.mrb", runWorkers())  # they are started now
    monkeypatch.chdir(tmp_path)
    for name in ("t.csv", "v.nrrd"):
        assert len(_dataNodes(readStaged(name, runWorkers()))) == 1
    assert inspectScene("s.mrb", runWorkers()).nodeCount == 2
    assert openScene("s.mrb", runWorkers()).scene.GetFirstNodeByName("note").GetText() == "a"


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.xml", "a.tsv", "a.csv"])
@pytest.mark.parametrize("content", [bytes(range(256)), "Größe\t1".encode("utf-16")], ids=["binary", "UTF-16"])
def test_whatIsNoTextIsNotLoadedAsOne(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=r"this is no text, or not in UTF-8\.$"):
        readStaged(tmp_path / name, runWorkers())
    (tmp_path / name).write_bytes("Größe\t1".encode("latin-1"))
    assert len(_dataNodes(readStaged(tmp_path / name, runWorkers()))) == 1
