"""A change that fails half way leaves the scene exactly as it was: nodes, names, references, hierarchy, singletons."""

from __future__ import annotations

import pytest

from DICOMLib.Scene.RestorePoint import RestorePoint
from DICOMLib.Scene.Scene import Scene


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    volume.SetAndObserveTransformNodeID(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "shift").GetID())
    volume.CreateDefaultDisplayNodes()
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Patient")
    hierarchy.SetItemUID(patient, "DICOM", "P1")
    hierarchy.SetItemAttribute(patient, "a", "1")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volume), patient)
    return scene


def stateOf(scene: Scene) -> list:
    hierarchy = scene.GetSubjectHierarchyNode()
    items = hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)
    return [
        [(node.GetID(), node.GetName(), node.allReferences(), id(node)) for node in scene.nodes()],
        [(item, hierarchy.GetItemName(item), hierarchy.GetItemParent(item), hierarchy.GetItemUID(item, "DICOM"),
          {name: hierarchy.GetItemAttribute(item, name) for name in hierarchy.GetItemAttributeNames(item)},
          hierarchy.GetItemDataNode(item)) for item in items],
    ]  # fmt: skip


def byName(scene: Scene, name: str):
    return scene.GetFirstNodeByName(name)


CHANGES = {
    "a node that leaves": lambda scene: scene.RemoveNode(byName(scene, "CT")),
    "a node that comes": lambda scene: scene.AddNewNodeByClass("vtkMRMLTextNode", "new"),
    "another name": lambda scene: byName(scene, "CT").SetName("MR"),
    "no transform": lambda scene: byName(scene, "CT").SetAndObserveTransformNodeID(None),
    "an item that leaves": lambda scene: scene.GetSubjectHierarchyNode().RemoveItem(
        scene.GetSubjectHierarchyNode().GetItemByUID("DICOM", "P1")),
    "an item that changes": lambda scene: [
        change(scene.GetSubjectHierarchyNode().GetItemByUID("DICOM", "P1"), *values)
        for change, *values in ((scene.GetSubjectHierarchyNode().SetItemAttribute, "a", "2"),
                                (scene.GetSubjectHierarchyNode().SetItemName, "other"),
                                (scene.GetSubjectHierarchyNode().SetItemUID, "DICOM", "P2"))],
    "an item that comes": lambda scene: scene.GetSubjectHierarchyNode().CreateFolderItem(
        scene.GetSubjectHierarchyNode().GetSceneItemID(), "new"),
    "nothing left": lambda scene: scene.Clear(),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_theSceneIsAsItWas_alsoASecondTime(scene, change):
    before, point = stateOf(scene), RestorePoint(scene)
    for _ in range(2):
        CHANGES[change](scene)
        assert stateOf(scene) != before
        point.restore()
        assert stateOf(scene) == before


def test_numbersOfNodesGoOnWhereTheyWere(scene):
    point = RestorePoint(scene)
    first = scene.AddNewNodeByClass("vtkMRMLTextNode").GetID()
    point.restore()
    assert scene.AddNewNodeByClass("vtkMRMLTextNode").GetID() == first


def test_nodesThatCameBackAreToldToObservers_andNoOthers(scene):
    point, told = RestorePoint(scene), []
    scene.RemoveNode(byName(scene, "shift"))
    scene.AddObserver(scene.NodeAddedEvent, lambda _scene, _event, node=None: told.append(node))
    point.restore()
    assert len(told) == 1


def test_itIsARestoreForWhoeverAsks_andAfterwardsNoneAnyMore(scene):
    point, states = RestorePoint(scene), []
    scene.RemoveNode(byName(scene, "CT"))
    scene.AddObserver(scene.NodeAddedEvent, lambda *_: states.append(scene.IsRestoring()))
    point.restore()
    assert states and all(states) and not scene.IsRestoring()


@pytest.mark.parametrize(("tag", "text"), [("theOnlyOne", "before"), (None, "after")])
def test_whatThereIsOneOfHasItsContentBack_andNothingElse(scene, tag, text):
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", "note")
    node.SetSingletonTag(tag)
    node.SetText("before")
    point = RestorePoint(scene)
    node.SetText("after")
    point.restore()
    assert byName(scene, "note") is node and node.GetText() == text
