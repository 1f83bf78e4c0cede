"""A scene is autosaved whole or not at all, and of it only what has changed."""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest

from DICOMLib.Errors import CancelledError, SceneError, SceneFileError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles import SceneAutosave as autosaveFile
from DICOMLib.SceneFiles.MemberFiles import writeMember
from DICOMLib.SceneFiles.SceneAutosave import SceneAutosave, readFacts
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode
from Testing.Fixtures.FaultInjection import FaultInjection
from Testing.Fixtures.ForkedWork import countedCalls, killedAtCall
from Testing.Fixtures.RunWorkers import runWorkers

from .ScenesForTests import contentOf, richScene


def written(autosave: SceneAutosave, scene: Scene, path: str = "") -> list[str]:
    """Autosave a scene. :returns: the files that were written for data"""
    prepared = autosave.prepare(scene, path)
    if prepared is None:
        return []
    prepared.write()
    assert prepared.settle()
    new = prepared.newFiles()
    autosave.commit(prepared)
    return new


def restored(folder: Path) -> Scene:
    staged = openScene(folder / readFacts(folder).scene, runWorkers())
    assert staged.problems == []
    return staged.scene


def filesIn(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_aSceneComesBackNodeByNodeAndDigestByDigest(tmp_path):
    scene = richScene()
    before = contentOf(scene)
    written(SceneAutosave(tmp_path), scene, "/somewhere/planning.mrb")
    assert contentOf(scene) == before
    assert contentOf(restored(tmp_path)) == before
    facts = readFacts(tmp_path)
    assert facts.path == "/somewhere/planning.mrb"
    assert facts.nodeCount == len(scene.nodes())
    assert facts.size == sum((tmp_path / name).stat().st_size for name in filesIn(tmp_path) - {"about.json"})
    assert abs(facts.savedAt - time.time()) < 60


def test_onlyWhatHasChangedIsWrittenAgain(tmp_path):
    scene, autosave = richScene(), SceneAutosave(tmp_path)
    first = written(autosave, scene)
    assert len(first) == 6
    assert written(autosave, scene) == []
    volume = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    before = {name: (tmp_path / name).stat().st_ino for name in first}
    volume.SetName("Renamed")
    assert written(autosave, scene) == []
    volume.voxelArray()[:] = 5
    volume.imageDataModified()
    (new,) = written(autosave, scene)
    assert new.endswith(".nrrd") and new not in first
    files = filesIn(tmp_path)
    assert sum(name.endswith(".mrml") for name in files) == 1
    kept = [name for name in first if name in files]
    assert len(kept) == 5
    assert {name: (tmp_path / name).stat().st_ino for name in kept} == {name: before[name] for name in kept}
    again = restored(tmp_path)
    assert contentOf(again) == contentOf(scene)
    assert again.GetFirstNodeByName("Renamed").voxelArray().max() == 5


def test_aNodeThatLeavesTakesItsFileAlong(tmp_path):
    scene, autosave = richScene(), SceneAutosave(tmp_path)
    written(autosave, scene)
    scene.RemoveNode(scene.GetFirstNodeByClass("vtkMRMLModelNode"))
    written(autosave, scene)
    assert not [name for name in filesIn(tmp_path) if name.endswith(".vtp")]
    assert contentOf(restored(tmp_path)) == contentOf(scene)


def test_namesOfFilesTellNothingAndNobodyElseMayReadThem(tmp_path):
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Doe^Jane")
    node.setVoxelArray(np.zeros((2, 2, 2), np.int16))
    unknown = vtkMRMLUnknownNode("vtkMRMLMarkupsNode", "Markups")
    storage = vtkMRMLUnknownNode("vtkMRMLMarkupsStorageNode", "MarkupsStorage")
    storage.keptAttributes["fileName"] = "Doe.Jane.mrk.json"
    unknown.keptFiles["Doe.Jane.mrk.json"] = b"{}"
    scene.AddNode(unknown)
    scene.AddNode(storage)
    unknown.SetNodeReferenceID("storage", storage.GetID())
    autosave = SceneAutosave(tmp_path)
    assert sorted(written(autosave, scene)) == ["Data/1.nrrd", "Data/2.mrk.json"]
    node.imageDataModified()
    assert written(autosave, scene) == ["Data/4.nrrd"]
    names = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")]
    assert not [name for name in names if "Doe" in name or "Jane" in name]
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    kept = restored(tmp_path).GetNodesByClass("vtkMRMLMarkupsNode")[0]
    assert list(kept.keptFiles.values()) == [b"{}"]


def test_whatIsChangedWhileItIsWrittenIsFoundOut(tmp_path):
    scene, autosave = richScene(), SceneAutosave(tmp_path)
    written(autosave, scene)
    before = contentOf(scene)
    volume, model = (scene.GetFirstNodeByClass(f"vtkMRML{kind}Node") for kind in ("ScalarVolume", "Model"))
    volume.voxelArray()[0] = 3
    volume.imageDataModified()
    model.GetPolyData().Modified()
    prepared = autosave.prepare(scene)
    volume.voxelArray()[1] = 4
    volume.imageDataModified()
    prepared.write()
    assert not prepared.settle()
    assert contentOf(restored(tmp_path)) == before  # it does not count
    assert [Path(name).suffix for name in written(autosave, scene)] == [".nrrd"]  # the surface is there already
    assert contentOf(restored(tmp_path)) == contentOf(scene)


def test_aNodeThatNoFileCanHoldCostsNoOther(tmp_path, monkeypatch):
    def write(node, *arguments):
        if node.IsA("vtkMRMLTextNode"):
            raise SceneError("no file can hold it", node.GetName())
        return writeMember(node, *arguments)

    monkeypatch.setattr(autosaveFile, "writeMember", write)
    scene = richScene()
    assert len(written(SceneAutosave(tmp_path), scene)) == 5
    staged = openScene(tmp_path / readFacts(tmp_path).scene, runWorkers())
    assert len(staged.problems) == 1 and "“note”" in staged.problems[0]


def test_aSequenceOfUnlikeImagesComesBack(tmp_path):
    scene = richScene()
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Uneven")
    for number, size in enumerate(((2, 2, 2), (3, 3, 3))):
        volume = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode")
        volume.setVoxelArray(np.zeros(size, np.uint8))
        sequence.SetDataNodeAtValue(volume, str(number))
    assert len(written(SceneAutosave(tmp_path), scene)) == 7
    again = restored(tmp_path).GetFirstNodeByName("Uneven")
    assert [again.GetNthDataNode(n).voxelArray().shape for n in range(2)] == [(2, 2, 2), (3, 3, 3)]


def test_everyCallThatFailsLeavesTheLastGoodAutosave(tmp_path):
    """A disk that is full from the nth call on, for every n: what was there stays, and the next time all is well."""
    scene, autosave = richScene(1), SceneAutosave(tmp_path)
    written(autosave, scene)
    failAt = refused = 0
    while True:
        failAt += 1
        good = contentOf(scene)
        scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").imageDataModified()
        scene.GetFirstNodeByClass("vtkMRMLTextNode").SetText(f"changed {failAt} " * 30)
        with FaultInjection(tmp_path, failAt, errno.ENOSPC, goesOn=True) as faults:
            try:
                written(autosave, scene)
                good = contentOf(scene)
            except SceneFileError as error:
                refused += 1
                assert "What was autosaved before is unchanged" in str(error)
        assert contentOf(restored(tmp_path)) == good
        if not faults.hasFailed:
            break
        autosave.startAnew()
        written(autosave, scene)
        assert contentOf(restored(tmp_path)) == contentOf(scene)
        assert len(filesIn(tmp_path)) == 8
    assert refused > 5


def test_aDiskWithoutRoomIsNotFilledUp(tmp_path, monkeypatch):
    scene, autosave = richScene(), SceneAutosave(tmp_path)
    written(autosave, scene)
    scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").imageDataModified()
    monkeypatch.setattr(autosaveFile, "freeBytes", lambda _folder: 1000)
    prepared = autosave.prepare(scene)
    with pytest.raises(SceneFileError, match="there is no room to autosave the scene"):
        prepared.write()
    assert len(filesIn(tmp_path)) == 8


def test_aCancelledAutosaveLeavesNothingOfItself(tmp_path):
    scene, autosave = richScene(), SceneAutosave(tmp_path)
    written(autosave, scene)
    before = filesIn(tmp_path)
    for node in scene.GetNodesByClass("vtkMRMLVolumeNode"):
        node.imageDataModified()
    progress = Progress()
    progress.report = lambda *_arguments, **_options: progress.cancel()
    with pytest.raises(CancelledError):
        autosave.prepare(scene).write(progress)
    assert filesIn(tmp_path) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kills", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_aProgramKilledAtAnyMomentLeavesAWholeScene(tmp_path, kills):
    """kill -9 at places all over three autosaves after a first one: what is there is one of the scenes, whole."""
    seen = set()
    once, total = (countedCalls(lambda count=count: autosaveAgain(tmp_path, count))[0] for count in (1, 4))
    for kill in range(kills):
        empty(tmp_path)
        assert killedAtCall(lambda: autosaveAgain(tmp_path, 4), once + (total - once) * kill // kills)
        scene = restored(tmp_path)
        (number,) = {int(node.GetText().split()[1]) for node in scene.GetNodesByClass("vtkMRMLTextNode")}
        assert scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").voxelArray()[0, 0, 0] == number
        seen.add(number)
    print(f"killed {kills} times: every time a whole scene, of {len(seen)} different ones")
    assert len(seen) > 1


def empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


def autosaveAgain(folder: Path, times: int) -> None:
    scene, autosave = richScene(), SceneAutosave(folder)
    volume, text = (scene.GetFirstNodeByClass(f"vtkMRML{kind}Node") for kind in ("ScalarVolume", "Text"))
    for number in range(times):
        volume.voxelArray()[:] = number
        volume.imageDataModified()
        text.SetText(f"number {number} " * 30)
        written(autosave, scene)


@pytest.mark.parametrize("damage", [
    "", "{", "[]", '{"scene": "../a.mrml"}', "\x00" * 50, '{"scene": 1, "savedAt": {}}',
])  # fmt: skip
def test_damagedFactsAreSaidInASentence(tmp_path, damage):
    written(SceneAutosave(tmp_path), richScene())
    (tmp_path / "about.json").write_text(damage)
    with pytest.raises(SceneFileError, match="the autosave is damaged"):
        readFacts(tmp_path)


def test_factsNameNoFileOutsideOfTheFolder(tmp_path):
    inside = tmp_path / "in"
    inside.mkdir()
    written(SceneAutosave(inside), richScene())
    (tmp_path / "a.mrml").write_text("<MRML/>")
    text = (inside / "about.json").read_text()
    (inside / "about.json").write_text(text.replace(readFacts(inside).scene, "../a.mrml"))
    with pytest.raises(SceneFileError, match="its scene is missing"):
        readFacts(inside)
