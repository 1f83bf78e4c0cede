"""What a node's file is written from while the node is worked on."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkCommonCore import VTK_UNSIGNED_CHAR

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.Members import DATA, Member
from DICOMLib.SceneFiles.MemberSnapshot import dataStamp, forget, frozenMember, sizeOf
from DICOMLib.SceneFiles.SceneAutosave import SceneAutosave
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import prepareScene
from Testing.Fixtures.RunWorkers import runWorkers

from .EveryKind import differences, everyKindScene, everythingOf, sphere
from .ScenesForTests import richScene


def frozen(node):
    return frozenMember(Member(node, "Data/1", DATA)).node


def volumeIn(scene: Scene, name: str = "CT"):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.setVoxelArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    return node


def test_voxelsAreSharedAndStayWhenTheVolumeGetsOthers():
    node = volumeIn(Scene())
    copy = frozen(node)
    assert np.shares_memory(copy.voxelArray(), node.voxelArray())
    matrix = copy.ijkToRASArray()
    node.setVoxelArray(np.zeros((5, 5, 5), np.int16))
    node.SetSpacing(9, 9, 9)
    assert np.array_equal(copy.voxelArray(), np.arange(24).reshape(2, 3, 4))
    assert np.array_equal(copy.ijkToRASArray(), matrix)
    assert sizeOf(copy) == 48


def test_anImageThatIsMadeAnewInItsPlaceLeavesTheCopyItsVoxels():
    node = volumeIn(Scene())
    copy = frozen(node)
    node.GetImageData().SetDimensions(1, 1, 1)
    node.GetImageData().AllocateScalars(VTK_UNSIGNED_CHAR, 1)
    assert node.voxelArray().shape == (1, 1, 1)
    assert np.array_equal(copy.voxelArray(), np.arange(24).reshape(2, 3, 4))


def test_whatHappensToAVolumeChangesItsStampOnlyIfItIsInTheFile():
    scene = Scene()
    node = volumeIn(scene)
    node.CreateDefaultDisplayNodes()
    before = dataStamp(node)
    node.SetName("Renamed")
    node.GetDisplayNode().SetWindowLevel(10, 20)
    frozen(node)
    assert dataStamp(node) == before
    node.imageDataModified()
    changed = dataStamp(node)
    assert changed != before
    node.SetSpacing(1, 1, 7)
    assert dataStamp(node) != changed


def test_aFrozenVolumeLetsGoOfItsVoxels():
    node = volumeIn(Scene())
    member = frozenMember(Member(node, "Data/1", DATA))
    forget(member)
    assert member.node.GetImageData() is None
    assert node.voxelArray().shape == (2, 3, 4)


@pytest.mark.parametrize("className", [
    "vtkMRMLModelNode", "vtkMRMLSegmentationNode", "vtkMRMLTableNode", "vtkMRMLTextNode", "vtkMRMLLinearTransformNode",
    "vtkMRMLSequenceNode",
])  # fmt: skip
def test_everyKindOfNodeIsCopiedAndItsStampTellsAChange(className):
    node = Scene().AddNewNodeByClass(className, "N")
    change = {
        "vtkMRMLModelNode": changeModel, "vtkMRMLSegmentationNode": lambda one: one.GetSegmentation().AddEmptySegment(),
        "vtkMRMLTableNode": lambda one: one.GetTable().Modified(),
        "vtkMRMLTextNode": lambda one: one.SetText(one.GetText() + "b"),
        "vtkMRMLLinearTransformNode": lambda one: one.GetTransformToParent().Translate(1, 2, 3),
        "vtkMRMLSequenceNode": lambda one: one.SetDataNodeAtValue(volumeIn(Scene()), "1"),
    }[className]  # fmt: skip
    change(node)
    before, copy = dataStamp(node), frozen(node)
    assert type(copy) is type(node) and copy is not node
    assert dataStamp(node) == before
    change(node)
    assert dataStamp(node) != before


def changeModel(node) -> None:
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    source = vtkSphereSource()
    source.Update()
    node.SetAndObservePolyData(source.GetOutput())


def test_aSceneThatIsWorkedOnWhileItIsSavedIsSavedAsItWas(tmp_path):
    scene = richScene()
    model, volume = scene.GetFirstNodeByClass("vtkMRMLModelNode"), volumeIn(scene, "Counted")
    points = model.GetPolyData().GetNumberOfPoints()
    prepared = prepareScene(scene, tmp_path / "a.mrb", isInUse=True)
    model.GetPolyData().Initialize()
    volume.setVoxelArray(np.zeros((1, 1, 1), np.uint8))
    scene.Clear()
    prepared.write()
    staged = openScene(tmp_path / "a.mrb", runWorkers())
    assert staged.problems == []
    assert staged.scene.GetFirstNodeByClass("vtkMRMLModelNode").GetPolyData().GetNumberOfPoints() == points
    assert np.array_equal(staged.scene.GetFirstNodeByName("Counted").voxelArray(), np.arange(24).reshape(2, 3, 4))


@pytest.mark.parametrize("isAutosaved", [False, True])
def test_aSceneOfEveryKindComesBackFromItsCopiesTheSame(tmp_path, isAutosaved):
    scene, folder = everyKindScene(), tmp_path / "saved"
    folder.mkdir()
    before = everythingOf(scene, tmp_path / "before")
    staged = openScene(savedWhileInUse(scene, folder, isAutosaved), runWorkers())
    assert staged.problems == []
    found = differences(before, everythingOf(staged.scene, tmp_path / "after"))
    # Names of kept files tell something, and an autosave has numbers instead.
    assert [one for one in found if not (isAutosaved and ".mrk.json" in one)] == []


def savedWhileInUse(scene: Scene, folder, isAutosaved: bool):
    if not isAutosaved:
        return prepareScene(scene, folder / "a.mrb", isInUse=True).write().path
    autosave = SceneAutosave(folder)
    prepared = autosave.prepare(scene)
    prepared.write()
    return folder / autosave.commit(prepared).scene


@pytest.mark.parametrize("isAutosaved", [False, True])
def test_aSequenceIsCopiedWithWhatItsDataNodesReferTo(tmp_path, isAutosaved):
    """Data nodes of a bundle refer to their displays, which are in the scene that they were read with."""
    scene, held = Scene(), Scene()
    data = sphere()
    held.AddNode(data)
    data.CreateDefaultDisplayNodes()
    data.GetDisplayNode().SetColor(0.25, 0.5, 0.75)
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Surfaces")
    sequence.setSequenceScene(held)
    sequence.addDataNode(data, "0")
    count = data.GetPolyData().GetNumberOfPoints()
    member = frozenMember(Member(sequence, "Data/1", DATA))
    copy = member.node.GetNthDataNode(0)
    assert copy is not data and copy.GetDisplayNode() is not data.GetDisplayNode()
    data.GetPolyData().Initialize()
    data.GetDisplayNode().SetColor(0, 0, 0)
    other = Scene()
    other.AddNode(member.node)
    staged = openScene(savedWhileInUse(other, tmp_path, isAutosaved), runWorkers())
    assert staged.problems == []
    again = staged.scene.GetFirstNodeByName("Surfaces").GetNthDataNode(0)
    assert again.GetPolyData().GetNumberOfPoints() == count
    assert tuple(again.GetDisplayNode().GetColor()) == (0.25, 0.5, 0.75)
