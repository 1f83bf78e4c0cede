"""A scene that was read comes into the shown one whole; else the shown one is exactly as it was."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Nodes import vtkMRMLTextNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SceneIndex import SceneIndex
from DICOMLib.Scene.SubjectHierarchy import vtkMRMLSubjectHierarchyNode
from DICOMLib.SceneFiles.Members import StagedScene
from DICOMLib.SceneFiles.SceneExchange import addTo, replace
from Testing.DICOMLib.SceneFiles.ScenesForTests import contentOf, richScene

STEPS = {
    "IDs are given": (Scene, "_freeID"), "nodes are attached": (vtkMRMLNode, "attachToScene"),
    "references are renamed": (vtkMRMLNode, "renameReferences"),
    "references are observed": (vtkMRMLNode, "updateReferenceObservers"),
    "items are made": (vtkMRMLSubjectHierarchyNode, "_create"),
    "the hierarchy is merged": (vtkMRMLSubjectHierarchyNode, "mergeHierarchy"),
    "nodes are announced": (Scene, "_announce"), "nodes are removed": (Scene, "RemoveNode"),
    "nodes are known": (SceneIndex, "add"), "references are known": (SceneIndex, "refer"),
}  # fmt: skip


def test_replacingGivesTheNodesOfTheFileAndNoOthers():
    scene = richScene(1)
    replace(scene, StagedScene(richScene(2)))
    assert contentOf(scene) == contentOf(richScene(2))


def test_addingKeepsWhatIsThere():
    scene = richScene(1)
    before = contentOf(scene)
    newIDs = addTo(scene, StagedScene(richScene(2)))
    after = contentOf(scene)
    assert {nodeID: after[nodeID] for nodeID in before if nodeID != "hierarchy"} == {
        nodeID: content for nodeID, content in before.items() if nodeID != "hierarchy"
    }
    assert scene.GetNodeByID(newIDs["vtkMRMLTextNode1"]).GetName() == "note_1"


def sceneOfNames(*names: str) -> Scene:
    scene = Scene()
    for name in names:
        scene.AddNode(vtkMRMLTextNode()).SetName(name)
    return scene


def namesIn(scene: Scene) -> list[str]:
    return [node.GetName() for node in scene.GetNodesByClass("vtkMRMLTextNode")]


def test_nodesOfAFileKeepNamesThatAreEqualToOneAnother_butNoneThatIsTaken():
    scene = sceneOfNames("old")
    replace(scene, StagedScene(sceneOfNames("same", "same", "other")))
    assert namesIn(scene) == ["same", "same", "other"]
    addTo(scene, StagedScene(sceneOfNames("same", "same_1", "new", "new")))
    assert namesIn(scene)[3:] == ["same_2", "same_1", "new", "new"]


@pytest.mark.parametrize("change", [addTo, replace])
@pytest.mark.parametrize("step", STEPS)
def test_aChangeThatFailsHalfWayLeavesTheSceneExactlyAsItWas(monkeypatch, change, step):
    """At the first, third and fifth time of every step."""
    owner, name = STEPS[step]
    for failAt in (1, 3, 5):
        scene, staged = richScene(1), StagedScene(richScene(2))
        before, order = contentOf(scene), [node.GetID() for node in scene.nodes()]
        nodes = scene.nodes()
        original, calls = getattr(owner, name), [0]

        def failing(*arguments, original=original, calls=calls, failAt=failAt, **options):
            calls[0] += 1
            if calls[0] == failAt:
                raise SceneError("planted")
            return original(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, failing)
            try:
                change(scene, staged)
                continue  # the step is not taken so often
            except SceneError as error:
                assert error.what == "planted"
        assert contentOf(scene) == before
        assert [node.GetID() for node in scene.nodes()] == order
        assert all(now is then for now, then in zip(scene.nodes(), nodes, strict=True))
        assert not scene.IsBatchProcessing()
        _assertAlive(scene)


def _assertAlive(scene: Scene) -> None:
    """Names, references and the hierarchy go on to work."""
    volume = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert volume.GetParentTransformNode().GetName() == "to scanner"
    hierarchy = scene.GetSubjectHierarchyNode()
    volume.SetName("renamed")
    assert hierarchy.GetItemName(hierarchy.GetItemByDataNode(volume)) == "renamed"
    scene.RemoveNode(volume)
    assert hierarchy.GetItemByDataNode(volume) == 0
    assert scene.AddNewNodeByClass("vtkMRMLTextNode").GetID() == "vtkMRMLTextNode2"


def test_observersHearOfNodesThatComeBack(monkeypatch):
    scene = richScene(1)
    heard = []
    scene.AddObserver(scene.NodeAddedEvent, lambda *_: heard.append("added"))
    scene.AddObserver(scene.EndRestoreEvent, lambda *_: heard.append("restored"))
    monkeypatch.setattr(Scene, "merge", lambda *_, **__: (_ for _ in ()).throw(SceneError("planted")))
    with pytest.raises(SceneError):
        replace(scene, StagedScene(richScene(2)))
    assert heard.count("added") == len(scene.nodes())
    assert heard[-1] == "restored"
