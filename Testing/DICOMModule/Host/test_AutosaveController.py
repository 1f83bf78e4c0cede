"""The window saves by itself what is in no file, and offers what a program left that ended unexpectedly."""

from __future__ import annotations

import shutil
import threading
from datetime import datetime

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles import SceneAutosave as autosaveFile
from DICOMLib.SceneFiles.AutosaveFolders import AutosaveFolder, leftAutosaves
from DICOMLib.SceneFiles.SceneAutosave import readFacts
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMModule.Host.AutosaveQuestion import AutosaveQuestion, describedAutosave
from DICOMModule.Host.AutosaveSchedule import AutosaveSchedule
from DICOMModule.Host.UnsavedQuestion import UnsavedQuestion
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle
from .Volumes import addVolume

pytestmark = pytest.mark.gui


@pytest.fixture
def drawsViews():
    return False


@pytest.fixture
def base(tmp_path):
    return tmp_path / "Autosave"


@pytest.fixture
def window(makeWindow, base):
    """One that autosaves whenever it is asked to look."""
    return started(makeWindow, base)


def started(makeWindow, base):
    window = makeWindow(workers=runWorkers())
    window.minutesPassed = 0
    window.autosave.schedule = AutosaveSchedule(lambda: 1, lambda: 60 * window.minutesPassed)
    window.autosave.schedule.isDue()
    window.autosave.start(base)
    return window


def waitForJobs(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not (window.jobs.jobs or window.autosave.jobs.jobs), timeout=60_000)
    settle()


def autosave(qtbot, window) -> None:
    waitForJobs(qtbot, window)
    window.minutesPassed += 1
    window.autosave.tick()
    waitForJobs(qtbot, window)


def kept(base) -> Scene:
    (folder,) = base.iterdir()
    return openScene(folder / readFacts(folder).scene, runWorkers()).scene


def leave(base, name="Lost", path="") -> None:
    """As a program that was killed leaves a scene."""
    scene, folder = Scene(), AutosaveFolder(base)
    addVolume(scene, name=name)
    prepared = folder.autosave().prepare(scene, path)
    prepared.write()
    folder.autosave().commit(prepared)
    folder.close(keeps=True)


def offered(qtbot, window) -> AutosaveQuestion:
    qtbot.waitUntil(lambda: window.findChild(AutosaveQuestion) is not None, timeout=60_000)
    settle()
    return window.findChild(AutosaveQuestion)


# Saving


def test_whatIsInNoFileIsSavedByItselfAsItIs(qtbot, window, scene, base):
    node = addVolume(scene)
    autosave(qtbot, window)
    assert np.array_equal(kept(base).GetFirstNodeByName("Block").voxelArray(), node.voxelArray())
    assert kept(base).GetFirstNodeByClass("vtkMRMLLayoutNode") is not None  # also how it is shown
    assert window.sceneFiles.changes.nodes() == [node]
    node.voxelArray()[:] = 7
    node.imageDataModified()
    autosave(qtbot, window)
    assert kept(base).GetFirstNodeByName("Block").voxelArray().min() == 7


def test_whatWasOnlyLoadedIsNotSavedByItself(qtbot, window, scene, base):
    staging = Scene()
    addVolume(staging)
    scene.merge(staging)
    autosave(qtbot, window)
    assert not base.exists()


def test_nothingIsDoneBeforeItIsStarted(qtbot, makeWindow, scene, base):
    window = makeWindow(workers=runWorkers())
    addVolume(scene)
    window.autosave.tick()
    assert window.autosave.jobs.jobs == [] and not base.exists()


def test_savingTheSceneRemovesWhatWasSavedByItself(qtbot, window, scene, base, tmp_path):
    addVolume(scene)
    autosave(qtbot, window)
    assert len(list(base.iterdir())) == 1
    window.sceneFiles.save(tmp_path / "a.mrb")
    waitForJobs(qtbot, window)
    assert list(base.iterdir()) == []
    autosave(qtbot, window)
    assert list(base.iterdir()) == []


def test_closingTheSceneRemovesWhatWasSavedByItself(qtbot, window, scene, base):
    addVolume(scene)
    autosave(qtbot, window)
    scene.Clear()
    autosave(qtbot, window)
    assert list(base.iterdir()) == []


@pytest.mark.parametrize(("keeps", "count"), [(False, 0), (True, 1)])
def test_closingTheWindowRemovesItUnlessNobodyHasSaidSo(qtbot, window, scene, base, keeps, count):
    """A signal to end (the session ends, say) is no answer to the question of what is to become of the scene."""
    addVolume(scene)
    autosave(qtbot, window)
    window.closeUnasked(keepsAutosave=keeps)
    assert len(leftAutosaves(base)) == count


def test_discardingOnCloseRemovesIt(qtbot, window, scene, base):
    window.asksBeforeClosing = True
    addVolume(scene)
    autosave(qtbot, window)
    window.close()
    QTest.mouseClick(window.findChild(UnsavedQuestion).discardButton, Qt.LeftButton)
    settle()
    assert not window.isVisible()
    assert list(base.iterdir()) == []


def test_aFullDiskIsToldOnceAndTheLastGoodOneStays(qtbot, window, scene, base, monkeypatch):
    node = addVolume(scene)
    autosave(qtbot, window)
    monkeypatch.setattr(autosaveFile, "freeBytes", lambda _folder: 1000)
    for value in (3, 4):
        node.voxelArray()[:] = value
        node.imageDataModified()
        autosave(qtbot, window)
    (box,) = window.findChildren(QMessageBox)
    assert box.text().startswith("Could not autosave the scene. ")
    assert "there is no room to autosave the scene" in box.text()
    assert box.text().endswith("What was autosaved before is unchanged, and it will be tried again.")
    box.done(0)
    assert kept(base).GetFirstNodeByName("Block").voxelArray().max() == 1000
    monkeypatch.undo()
    autosave(qtbot, window)
    assert kept(base).GetFirstNodeByName("Block").voxelArray().max() == 4


def test_aFaultOfTheProgramIsToldOnce(qtbot, window, scene, base, monkeypatch):
    addVolume(scene)

    def fail(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(autosaveFile.SceneAutosave, "prepare", fail)
    for _time in range(3):
        autosave(qtbot, window)
    (box,) = window.findChildren(QMessageBox)
    assert box.text().startswith("Could not autosave the scene. Something unexpected happened")
    box.done(0)
    monkeypatch.undo()
    autosave(qtbot, window)
    assert kept(base).GetFirstNodeByName("Block") is not None


def test_aFolderThatSomebodyRemovesIsMadeAgain(qtbot, window, scene, base):
    node = addVolume(scene)
    autosave(qtbot, window)
    shutil.rmtree(base)
    node.imageDataModified()
    autosave(qtbot, window)
    assert kept(base).GetFirstNodeByName("Block") is not None


def test_dataThatIsChangedMeanwhileIsWrittenAgainUntilItIsWhole(qtbot, window, scene, base, monkeypatch):
    node, writes = addVolume(scene), []
    write = autosaveFile.PreparedAutosave.write

    def changing(prepared, progress):
        writes.append(prepared)
        if len(writes) < 3:
            node.voxelArray()[:] = len(writes)
            node.GetImageData().GetPointData().GetScalars().Modified()
        write(prepared, progress)

    monkeypatch.setattr(autosaveFile.PreparedAutosave, "write", changing)
    autosave(qtbot, window)
    assert len(writes) == 3
    assert np.array_equal(kept(base).GetFirstNodeByName("Block").voxelArray(), node.voxelArray())


def test_theWindowIsClosedWhileItSavesByItself(qtbot, window, scene, base, monkeypatch):
    begun, write = threading.Event(), autosaveFile.PreparedAutosave.write

    def slow(prepared, progress):
        begun.set()
        while not progress.cancelled:
            threading.Event().wait(0.005)
        write(prepared, progress)

    monkeypatch.setattr(autosaveFile.PreparedAutosave, "write", slow)
    addVolume(scene)
    waitForJobs(qtbot, window)
    window.minutesPassed += 1
    window.autosave.tick()
    assert begun.wait(60)
    window.closeUnasked()
    assert not window.isVisible()
    assert list(base.iterdir()) == []


# Restoring


def test_whatWasLeftIsRestoredAndIsInNoFile(qtbot, makeWindow, scene, base, tmp_path, monkeypatch):
    leave(base, path=str(tmp_path / "planning.mrb"))
    window = started(makeWindow, base)
    box = offered(qtbot, window)
    assert not box.isModal()
    assert box.list.item(0).text().startswith("“planning.mrb”, changed\nSaved today at ")
    QTest.mouseClick(box.restoreButton, Qt.LeftButton)
    waitForJobs(qtbot, window)
    node = scene.GetFirstNodeByName("Lost")
    assert window.sceneFiles.changes.nodes() == [node]
    assert window.isWindowModified()
    assert window.layoutManager.sliceView("Red").backgroundVolume is node
    assert len(list(base.iterdir())) == 1  # what it held is nowhere else so far
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *given: asked.append(given[2]) or (str(tmp_path / "b.mrb"), "")
    )
    window.menus.actions["SaveScene"].trigger()
    waitForJobs(qtbot, window)
    assert asked == [str(tmp_path / "planning.mrb")]
    assert list(base.iterdir()) == []
    assert window.sceneFiles.changes.nodes() == []


def test_whatWasRestoredGoesOnlyOnceItIsSavedByItselfAgain(qtbot, makeWindow, base):
    leave(base)
    (before,) = base.iterdir()
    window = started(makeWindow, base)
    QTest.mouseClick(offered(qtbot, window).restoreButton, Qt.LeftButton)
    waitForJobs(qtbot, window)
    autosave(qtbot, window)
    (after,) = base.iterdir()
    assert after != before
    assert kept(base).GetFirstNodeByName("Lost") is not None


def test_discardRemovesAndLaterLeaves(qtbot, makeWindow, base):
    for name in ("One", "Two", "Three"):
        leave(base, name)
    window = started(makeWindow, base)
    box = offered(qtbot, window)
    assert box.list.count() == 3
    QTest.mouseClick(box.discardButton, Qt.LeftButton)
    settle()
    assert len(list(base.iterdir())) == 2 and box.list.count() == 2
    assert leftAutosaves(base) == []
    QTest.mouseClick(box.laterButton, Qt.LeftButton)
    settle()
    assert window.findChild(AutosaveQuestion) is None
    assert len(leftAutosaves(base)) == 2


def test_aWindowThatIsClosedBesideTheQuestionLeavesAll(qtbot, makeWindow, base):
    leave(base)
    window = started(makeWindow, base)
    offered(qtbot, window)
    window.close()
    settle()
    assert len(leftAutosaves(base)) == 1


def test_aDamagedOneIsSaidAndCanOnlyBeDiscarded(qtbot, makeWindow, base):
    leave(base)
    (folder,) = base.iterdir()
    (folder / "about.json").write_text("{")
    window = started(makeWindow, base)
    box = offered(qtbot, window)
    assert box.list.item(0).text().startswith("A scene that is damaged and cannot be restored\n")
    assert not box.restoreButton.isEnabled()
    QTest.mouseClick(box.discardButton, Qt.LeftButton)
    settle()
    assert list(base.iterdir()) == []


def test_oneWithADamagedTextIsSaidAndStays(qtbot, makeWindow, scene, base):
    leave(base)
    (text,) = base.rglob("*.mrml")
    text.write_text(text.read_text()[:200])
    window = started(makeWindow, base)
    QTest.mouseClick(offered(qtbot, window).restoreButton, Qt.LeftButton)
    waitForJobs(qtbot, window)
    (box,) = window.findChildren(QMessageBox)
    assert box.text().startswith("Could not restore the scene. ")
    box.done(0)
    assert scene.GetFirstNodeByName("Lost") is None
    assert window.sceneFiles.changes.nodes() == []
    assert len(leftAutosaves(base)) == 1


def test_oneThatHasLostAFileComesWithoutItAndSaysSo(qtbot, makeWindow, scene, base):
    leave(base)
    next(base.rglob("*.nrrd")).unlink()
    window = started(makeWindow, base)
    QTest.mouseClick(offered(qtbot, window).restoreButton, Qt.LeftButton)
    waitForJobs(qtbot, window)
    (box,) = window.findChildren(QMessageBox)
    assert box.text().startswith("The scene was restored, but not all of it:")
    box.done(0)
    assert scene.GetFirstNodeByName("Lost") is not None
    (before,) = base.iterdir()
    addVolume(scene)
    autosave(qtbot, window)
    assert before in base.iterdir()  # whoever can mend it finds it still
    assert [left.folder for left in leftAutosaves(base)] == [before]


def test_itIsAddedToWhatIsThereAlready(qtbot, makeWindow, scene, base):
    leave(base)
    window = started(makeWindow, base)
    addVolume(scene)
    QTest.mouseClick(offered(qtbot, window).restoreButton, Qt.LeftButton)
    waitForJobs(qtbot, window)
    names = sorted(node.GetName() for node in scene.GetNodesByClass("vtkMRMLScalarVolumeNode"))
    assert names == ["Block", "Lost"]


@pytest.mark.parametrize(("now", "told"), [
    (datetime(2026, 3, 4, 23, 0), "today at 12:30"), (datetime(2026, 3, 5, 0, 1), "yesterday at 12:30"),
    (datetime(2026, 3, 9, 1, 0), "on 2026-03-04 at 12:30"),
])  # fmt: skip
def test_whenItWasSavedIsSaidInWords(base, now, told):
    leave(base)
    (left,) = leftAutosaves(base)
    facts = autosaveFile.AutosaveFacts("1.mrml", datetime(2026, 3, 4, 12, 30).timestamp(), 1200, 3_400_000)
    left.facts = facts
    assert describedAutosave(left, now) == f"A scene without a file\nSaved {told}, 1,200 nodes, 3.4 MB"
