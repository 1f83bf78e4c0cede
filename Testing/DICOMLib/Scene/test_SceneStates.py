"""Longer changes of a scene are announced in the order in which 3D Slicer's own classes announce them."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneAccess import SceneAccess
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures.SlicerProcess import askSlicer, slicerPythonOrSkip

_NAMES = ("NodeAddedEvent", "NodeAboutToBeRemovedEvent", "NodeRemovedEvent", "NewSceneEvent",
          *(f"{when}{what}Event" for when in ("Start", "End") for what in
            ("BatchProcess", "Close", "Import", "Restore", "Save")))  # fmt: skip
# The same steps for both: what was heard after each of them.
_STEPS = '''
def steps(scene, numbers, path):
    heard, found = [], {}
    def after(step):
        found[step] = list(heard)
        heard.clear()
    scene.GetSubjectHierarchyNode()
    for name, number in numbers.items():
        scene.AddObserver(number, lambda caller, event, name=name: heard.append(name))
    first = scene.AddNewNodeByClass("vtkMRMLTextNode", "first")
    after("add")
    scene.AddNewNodeByClass("vtkMRMLTextNode", "second")
    after("add another")
    scene.RemoveNode(first)
    after("remove")
    scene.StartState(scene.BatchProcessState)
    batched = [scene.AddNewNodeByClass("vtkMRMLTextNode", "more") for _ in range(2)]
    scene.EndState(scene.BatchProcessState)
    after("batch")
    for state in (scene.BatchProcessState, scene.ImportState, scene.ImportState):
        scene.StartState(state)
    for state in (scene.ImportState, scene.ImportState, scene.BatchProcessState):
        scene.EndState(state)
    after("nested")
    for state in (scene.SaveState, scene.RestoreState, scene.CloseState):
        scene.StartState(state)
        scene.EndState(state)
    after("states")
    scene.CopyNode(batched[0])
    after("copy")
    scene.SetURL(path)
    done = [scene.Commit()]
    heard.clear()
    done.append(scene.Connect())
    after("replace by what is in a file")
    scene.Clear(0)
    after("clear")
    done.append(scene.Import())
    after("open in an empty scene")
    scene.Clear(1)
    after("clear all")
    names = [scene.GenerateUniqueName("a"), scene.AddNewNodeByClass("vtkMRMLTextNode", "a").GetName()]
    names += [scene.GenerateUniqueName("a"), scene.GetRootDirectory()]
    return {"heard": found, "done": done, "names": names}
'''


def _ours(path) -> dict:
    namespace: dict = {}
    exec(_STEPS, namespace)
    with WorkerPool(1) as workers:
        return namespace["steps"](Scene(files=SceneAccess(workers, print)), _numbers(), str(path))


def _numbers() -> dict[str, int]:
    return {name: getattr(Scene, name) for name in _NAMES}


def test_eventsComeInTheOrderOfSlicer(request, tmp_path):
    """Of all steps but opening a file in a scene that has nodes: Slicer adds a second subject hierarchy there, takes
    it out again and says so."""
    program = _STEPS + "\ndef run(numbers, path):\n    return steps(scene, numbers, path)\n"
    slicers = askSlicer(slicerPythonOrSkip(request), program, "run", numbers=_numbers(), path=str(tmp_path / "s.mrml"))
    ours = _ours(tmp_path / "o.mrml")
    assert ours["heard"] == slicers["heard"]
    assert ours["done"] == slicers["done"] == [1, 1, 1]
    assert ours["names"][:3] == slicers["names"][:3]


def test_replacingAllByWhatIsInAFileIsOneBatch(tmp_path):
    heard = _ours(tmp_path / "scene.mrml")["heard"]["replace by what is in a file"]
    assert heard[:2] == ["StartBatchProcessEvent", "StartCloseEvent"]
    assert heard[-3:] == ["NewSceneEvent", "EndImportEvent", "EndBatchProcessEvent"]
    assert heard.count("StartBatchProcessEvent") == heard.count("EndBatchProcessEvent") == 1
    assert heard.index("EndCloseEvent") + 1 == heard.index("StartImportEvent")


def test_whatItIsInTheMiddleOfIsOneNumber():
    scene = Scene()
    scene.StartState(scene.ImportState)
    scene.StartState(scene.SaveState)
    assert scene.GetStates() == scene.ImportState | scene.SaveState
    assert (scene.IsImporting(), scene.IsBatchProcessing(), scene.IsClosing(), scene.IsRestoring()) == (
        True, True, False, False)  # fmt: skip
    with pytest.raises(SceneError):
        scene.EndState(scene.ImportState)
    scene.endAllStates()
    assert scene.GetStates() == 0
