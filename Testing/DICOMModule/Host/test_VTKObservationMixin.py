import pytest

from DICOMLib.Scene.Nodes import vtkMRMLModelNode
from DICOMModule.Host.VTKObservationMixin import VTKObservationMixin


class Watcher(VTKObservationMixin):
    def __init__(self):
        super().__init__()
        self.calls = []

    def onModified(self, caller, event):
        self.calls.append(caller)

    def onOther(self, caller, event):
        self.calls.append("other")


@pytest.fixture
def watched():
    return Watcher(), vtkMRMLModelNode()


def test_observersHearUntilTheyAreRemoved(watched):
    watcher, node = watched
    watcher.addObserver(node, "ModifiedEvent", watcher.onModified)
    node.SetName("a")
    watcher.removeObserver(node, "ModifiedEvent", watcher.onModified)
    node.SetName("b")
    assert watcher.calls == [node]


def test_observingTwiceHearsOnce(watched):
    watcher, node = watched
    for _ in range(2):
        watcher.addObserver(node, "ModifiedEvent", watcher.onModified)
    node.Modified()
    assert len(watcher.calls) == 1
    assert watcher.hasObserver(node, "ModifiedEvent", watcher.onModified)
    assert watcher.observer("ModifiedEvent", watcher.onModified) is node


def test_allOrThoseOfOneMethodAreRemovedAtOnce(watched):
    watcher, node = watched
    watcher.addObserver(node, "ModifiedEvent", watcher.onModified)
    watcher.addObserver(node, "ModifiedEvent", watcher.onOther)
    watcher.removeObservers(watcher.onModified)
    node.Modified()
    assert watcher.calls == ["other"]
    watcher.removeObservers()
    node.Modified()
    assert watcher.calls == ["other"]
    assert watcher.Observations == []
