"""A scene knows who refers to whom and which names are taken, whatever was done to its nodes."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.RestorePoint import RestorePoint
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.StorableNode import vtkMRMLStorableNode
from DICOMLib.Scene.TextNodes import vtkMRMLTextNode

ROLES, NAMES = st.sampled_from(["storage", "display", "other"]), st.sampled_from(["", "a", "a_1", "b"])
_CLASS = "vtkMRMLTextNode"


class ScenesOfAllKinds(RuleBasedStateMachine):
    """Adds, removes, renames and connects nodes, merges, clears and restores; the index is compared with all nodes."""

    def __init__(self):
        super().__init__()
        self.scene = Scene()
        self.point: RestorePoint | None = None

    def _nodes(self) -> list:
        return [node for node in self.scene.nodes() if node.IsA(_CLASS)]

    @rule(name=NAMES)
    def add(self, name):
        self.scene.AddNewNodeByClass(_CLASS, name)

    @precondition(lambda self: self._nodes())
    @rule(data=st.data())
    def remove(self, data):
        self.scene.RemoveNode(data.draw(st.sampled_from(self._nodes())))

    @precondition(lambda self: self._nodes())
    @rule(data=st.data(), name=NAMES)
    def rename(self, data, name):
        data.draw(st.sampled_from(self._nodes())).SetName(name)

    @precondition(lambda self: self._nodes())
    @rule(data=st.data(), role=ROLES, adds=st.booleans())
    def refer(self, data, role, adds):
        node, other = (data.draw(st.sampled_from(self._nodes())) for _ in range(2))
        (node.AddNodeReferenceID if adds else node.SetNodeReferenceID)(role, other.GetID())

    @precondition(lambda self: self._nodes())
    @rule(data=st.data(), role=ROLES)
    def stopReferring(self, data, role):
        data.draw(st.sampled_from(self._nodes())).RemoveNodeReferenceIDs(role)

    @rule(isWholeScene=st.booleans())
    def merge(self, isWholeScene):
        staging = Scene()
        first, second = (staging.AddNewNodeByClass(_CLASS, "a") for _ in range(2))
        first.SetNodeReferenceID("other", second.GetID())
        self.scene.merge(staging, isWholeScene)
        assert staging.index.referencing(second.GetID()) == []
        assert list(staging.GetNodesByClass("vtkMRMLNode")) == []

    @rule()
    def clear(self):
        self.scene.Clear(True)

    @rule()
    def remember(self):
        self.point = RestorePoint(self.scene)

    @precondition(lambda self: self.point is not None)
    @rule()
    def restore(self):
        self.point.restore()

    @invariant()
    def itKnowsWhatAllNodesSay(self):
        nodes = self.scene.nodes()
        IDs = {node.GetID() for node in nodes} | {nodeID for one in nodes for some in one.allReferences().values()
                                                 for nodeID in some}  # fmt: skip
        for nodeID in IDs:
            found = self.scene.index.referencing(nodeID)
            assert set(found) == {node for node in nodes if _refers(node, nodeID)}
            assert len(found) == len(set(found))
        for className in ("vtkMRMLTextNode", "vtkMRMLStorableNode", "vtkMRMLNode", "vtkMRMLModelNode"):
            assert list(self.scene.GetNodesByClass(className)) == [node for node in nodes if node.IsA(className)]
        for base in ("a", "b", "Text"):
            taken = {node.GetName() for node in nodes}
            assert self.scene.index.names.isTaken(base) == (base in taken)
            free = (name for name in [base, *(f"{base}_{n}" for n in range(1, 1000))] if name not in taken)
            assert self.scene.GenerateUniqueName(base) == next(free)


ScenesOfAllKinds.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
test_itKnowsItWhateverWasDone = ScenesOfAllKinds.TestCase


def _refers(node, nodeID: str) -> bool:
    return any(nodeID in nodeIDs for nodeIDs in node.allReferences().values())


def _calls(monkeypatch, count: int) -> int:
    """How often all nodes were asked for what they refer to while a scene of some size came and went."""
    calls = []
    for name in ("allReferences", "replaceReferencedID", "updateReferenceObservers"):
        real = getattr(vtkMRMLTextNode, name)
        monkeypatch.setattr(vtkMRMLTextNode, name, lambda *a, real=real: (calls.append(1), real(*a))[1])
    scene = Scene()
    for _ in range(count):
        node = scene.AddNewNodeByClass(_CLASS)
        node.AddDefaultStorageNode()
    scene.Clear()
    monkeypatch.undo()
    return len(calls)


def test_tenTimesTheNodesAreTenTimesTheWork(monkeypatch):
    few, many = _calls(monkeypatch, 30), _calls(monkeypatch, 300)
    assert 0 < few and many <= 10 * few


def test_aColorTableThatIsBuiltInTakesNoName():
    scene = Scene()
    table = scene.GetNodeByID("vtkMRMLColorTableNodeGrey")
    assert table is not None
    assert scene.GenerateUniqueName(table.GetName()) == table.GetName()


def test_aNodeOfAnotherSceneIsRefusedAndStaysKnownThere():
    one, other = Scene(), Scene()
    node = one.AddNewNodeByClass(_CLASS, "mine")
    try:
        other.AddNode(node)
    except SceneError:
        assert one.index.names.isTaken("mine") and not other.index.names.isTaken("mine")
    assert isinstance(node, vtkMRMLStorableNode)
