"""Saving where the scene came from: unasked where nothing is lost, asked where something would be."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPoint, Qt, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMModule.Host import SceneSaver as saverFile
from DICOMModule.Host.SceneQuestion import SceneQuestion
from DICOMModule.Host.UnsavedQuestion import UnsavedQuestion
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle
from .Volumes import addVolume

pytestmark = pytest.mark.gui


@pytest.fixture
def drawsViews():
    return False


@pytest.fixture
def window(makeWindow):
    return makeWindow(workers=runWorkers())


class Asking(list):
    """What file dialogs were asked with, and their answer."""

    answer = ""
    first = ""
    """The kind of file that the last one began with."""


@pytest.fixture
def asking(monkeypatch):
    found = Asking()

    def answer(_parent, _title, start, _filters, first):
        found.append(start)
        found.first = first
        return found.answer, ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return found


def waitForJobs(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not (window.jobs.jobs or window.autosave.jobs.jobs), timeout=60_000)
    settle()


def save(qtbot, window) -> None:
    window.menus.actions["SaveScene"].trigger()
    waitForJobs(qtbot, window)


def voxelsIn(path) -> np.ndarray:
    return openScene(path, runWorkers()).scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").voxelArray()


def change(scene, value: int) -> None:
    node = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    node.voxelArray()[:] = value
    node.imageDataModified()


def open_(qtbot, window, path, button="openButton") -> None:
    window.sceneFiles.open([path])
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()
    box = window.findChild(SceneQuestion)
    if box is not None:
        QTest.mouseClick(getattr(box, button), Qt.LeftButton)
    waitForJobs(qtbot, window)


def fileFromElsewhere(folder, name="Elsewhere", suffix=".mrb"):
    scene = Scene()
    addVolume(scene, name=name)
    return saveScene(scene, folder / f"{name}{suffix}").path


@pytest.mark.parametrize("suffix", [".mrb", ".mrml"])
def test_whatWasOpenedIsSavedThereUnaskedAndTheTitleSaysSo(qtbot, window, scene, tmp_path, asking, suffix):
    path = fileFromElsewhere(tmp_path, "Ärger [*] & Co", suffix)
    open_(qtbot, window, path)
    assert window.windowTitle() == f"Ärger [*][*] & Co{suffix}[*]"
    assert not window.isWindowModified()
    change(scene, 3)
    qtbot.waitUntil(window.isWindowModified, timeout=60_000)
    save(qtbot, window)
    assert not window.isWindowModified()
    assert voxelsIn(path).min() == 3
    assert asking == []


def test_whatWasAddedIsNotSavedOverAScene(qtbot, window, scene, tmp_path, asking):
    addVolume(scene)
    path = fileFromElsewhere(tmp_path)
    before = path.read_bytes()
    open_(qtbot, window, path)  # added to what was there
    save(qtbot, window)
    assert len(asking) == 1
    assert path.read_bytes() == before


def test_theKindOfFileThatIsOfferedIsThatOfTheScene(qtbot, window, scene, tmp_path, asking):
    addVolume(scene)
    for name, first in (("a.mrml", "Scene in one file (*.mrb)"), ("", "Scene with its files beside it (*.mrml)")):
        asking.answer = name and str(tmp_path / name)
        window.menus.actions["SaveSceneAs"].trigger()
        assert asking.first == first
        waitForJobs(qtbot, window)


def test_aSceneOfNothingIsClosedUnaskedAndItsFileForgotten(qtbot, window, scene, tmp_path, asking):
    addVolume(scene)
    asking.answer = str(tmp_path / "a.mrb")
    save(qtbot, window)
    scene.RemoveNode(scene.GetFirstNodeByName("Block"))
    assert window.windowTitle() == "a.mrb[*]"
    window.sceneFiles.closeScene()
    assert window.findChildren(QMessageBox) == []
    assert window.messageLabel.text() == "Nothing is loaded"
    assert window.windowTitle() == "DICOM Module[*]"


def test_aSceneThatWasClosedIsForgotten(qtbot, window, scene, tmp_path, asking):
    path = fileFromElsewhere(tmp_path)
    open_(qtbot, window, path)
    scene.Clear()
    assert window.windowTitle() == "DICOM Module[*]"
    addVolume(scene)
    save(qtbot, window)
    assert asking == [str(tmp_path / "scene.mrb")]


def test_aSceneOfWhichOnlyAPartWasReadIsNotSavedOverIt(qtbot, window, scene, tmp_path, asking):
    path = fileFromElsewhere(tmp_path, suffix=".mrml")
    next(tmp_path.rglob("*.nrrd")).write_bytes(b"no image")
    before = path.read_bytes()
    open_(qtbot, window, path)
    window.findChildren(QMessageBox)[0].done(0)
    save(qtbot, window)
    assert asking == [str(path)]
    assert window.messageLabel.text() == "Not all of Elsewhere.mrml was opened: choose another name"
    assert path.read_bytes() == before


@pytest.mark.parametrize("button", ["Replace", "Save as…", "Cancel"])
def test_aSceneThatAnotherProgramHasWrittenIsAskedAbout(qtbot, window, scene, tmp_path, asking, button):
    path = fileFromElsewhere(tmp_path)
    open_(qtbot, window, path)
    path.write_bytes(path.read_bytes() + b"x")
    other = path.read_bytes()
    asking.answer = str(tmp_path / "b.mrb")
    change(scene, 3)
    window.menus.actions["SaveScene"].trigger()
    (box,) = window.findChildren(QMessageBox)
    assert box.text() == "“Elsewhere.mrb” was changed by another program."
    QTest.mouseClick(next(one for one in box.buttons() if one.text().replace("&", "") == button), Qt.LeftButton)
    waitForJobs(qtbot, window)
    assert asking == ([str(path)] if button == "Save as…" else [])
    assert (path.read_bytes() == other) == (button != "Replace")
    assert (tmp_path / "b.mrb").exists() == (button == "Save as…")
    assert (window.sceneFiles.changes.nodes() == []) == (button != "Cancel")


def test_aFolderThatIsGoneIsAskedAboutAnew(qtbot, window, scene, tmp_path, asking):
    (tmp_path / "stick").mkdir()
    open_(qtbot, window, fileFromElsewhere(tmp_path / "stick"))
    (tmp_path / "stick" / "Elsewhere.mrb").unlink()
    (tmp_path / "stick").rmdir()
    asking.answer = str(tmp_path / "b.mrb")
    save(qtbot, window)
    assert asking == [str(tmp_path / "stick" / "Elsewhere.mrb")]
    assert window.sceneFiles.file.path == tmp_path / "b.mrb"


def test_aFileThatIsGoneIsWrittenAgain(qtbot, window, scene, tmp_path, asking):
    path = fileFromElsewhere(tmp_path)
    open_(qtbot, window, path)
    path.unlink()
    save(qtbot, window)
    assert path.is_file() and asking == []


def test_aTargetThatCannotBeWrittenIsSaidAndNothingIsLost(qtbot, window, scene, tmp_path):
    """A folder where a file should be, as root may write to read-only ones."""
    node = addVolume(scene)
    (tmp_path / "a.mrb" / "in").mkdir(parents=True)
    window.sceneFiles.save(tmp_path / "a.mrb")
    waitForJobs(qtbot, window)
    (box,) = window.findChildren(QMessageBox)
    assert box.text().startswith("Could not save the scene. ")
    box.done(0)
    assert window.sceneFiles.changes.nodes() == [node]
    assert [path.name for path in tmp_path.iterdir()] == ["a.mrb"]


def test_dataThatIsChangedWhileItIsSavedIsSaidAndStaysUnsaved(qtbot, window, scene, tmp_path, monkeypatch):
    node, begun = addVolume(scene), threading.Event()
    expected, written = np.array(node.voxelArray()), saverFile._written

    def slow(prepared, progress):
        begun.wait(60)
        return written(prepared, progress)

    monkeypatch.setattr(saverFile, "_written", slow)
    window.sceneFiles.save(tmp_path / "a.mrb")
    node.setVoxelArray(np.zeros((2, 2, 2), np.int16))
    begun.set()
    waitForJobs(qtbot, window)
    (box,) = window.findChildren(QMessageBox)
    assert box.text() == "Data was changed while the scene was being saved; save it again:\n\nBlock"
    box.done(0)
    assert np.array_equal(voxelsIn(tmp_path / "a.mrb"), expected)  # as it was when it was asked for
    assert window.sceneFiles.changes.nodes() == [node]


@pytest.mark.parametrize("isClosed", [True, False])
def test_aSceneThatComesWhileAnotherIsSavedIsNotSavedOverIt(
    qtbot, window, scene, tmp_path, asking, monkeypatch, isClosed
):
    addVolume(scene)
    begun, written = threading.Event(), saverFile._written

    def slow(prepared, progress):
        begun.wait(60)
        return written(prepared, progress)

    monkeypatch.setattr(saverFile, "_written", slow)
    window.sceneFiles.save(tmp_path / "first.mrb")
    if isClosed:
        scene.Clear()
        addVolume(scene, name="Second")
    begun.set()
    waitForJobs(qtbot, window)
    assert window.sceneFiles.file.path == (None if isClosed else tmp_path / "first.mrb")
    save(qtbot, window)
    assert asking == (["scene.mrb"] if isClosed else [])
    staged = openScene(tmp_path / "first.mrb", runWorkers())
    assert staged.scene.GetFirstNodeByName("Block") is not None


# What would be lost


@pytest.mark.parametrize("answer", ["saveButton", "discardButton", "cancel"])
def test_replacingWhatIsInNoFileAsks(qtbot, window, scene, tmp_path, asking, answer):
    addVolume(scene)
    asking.answer = str(tmp_path / "mine.mrb")
    path = fileFromElsewhere(tmp_path)
    open_(qtbot, window, path, "replaceButton")
    box = window.findChild(UnsavedQuestion)
    assert box.text() == "Save the scene before it is replaced?"
    button = box.button(QMessageBox.Cancel) if answer == "cancel" else getattr(box, answer)
    QTest.mouseClick(button, Qt.LeftButton)
    waitForJobs(qtbot, window)
    waitForJobs(qtbot, window)
    names = [node.GetName() for node in scene.GetNodesByClass("vtkMRMLScalarVolumeNode")]
    assert names == (["Block"] if answer == "cancel" else ["Elsewhere"])
    assert (tmp_path / "mine.mrb").exists() == (answer == "saveButton")
    assert not window.sceneFiles.isOpening


def test_aSaveThatIsNotMadeReplacesNothing(qtbot, window, scene, tmp_path, asking):
    addVolume(scene)
    open_(qtbot, window, fileFromElsewhere(tmp_path), "replaceButton")
    QTest.mouseClick(window.findChild(UnsavedQuestion).saveButton, Qt.LeftButton)  # no file is chosen
    waitForJobs(qtbot, window)
    assert scene.GetFirstNodeByName("Block") is not None
    assert not window.sceneFiles.isOpening
    assert window.messageLabel.text() == "Nothing was opened"


@pytest.mark.parametrize("answer", ["saveButton", "discardButton"])
def test_closingASceneThatIsInNoFileAsks(qtbot, window, scene, tmp_path, asking, answer):
    addVolume(scene)
    asking.answer = str(tmp_path / "mine.mrb")
    window.menus.actions["CloseScene"].trigger()
    box = window.findChild(UnsavedQuestion)
    assert box.text() == "Save the scene before it is closed?"
    QTest.mouseClick(getattr(box, answer), Qt.LeftButton)
    waitForJobs(qtbot, window)
    assert scene.GetFirstNodeByName("Block") is None
    assert (tmp_path / "mine.mrb").exists() == (answer == "saveButton")


# Closing while something runs


def test_closingWhileASceneIsOpenedEndsIt(qtbot, window, scene, tmp_path):
    window.sceneFiles.asks = False
    window.sceneFiles.open([fileFromElsewhere(tmp_path)])
    window.close()
    settle()
    assert not window.isVisible()
    assert scene.GetFirstNodeByName("Elsewhere") is None


def test_closingBesideTheQuestionEndsIt(qtbot, window, tmp_path):
    window.sceneFiles.open([fileFromElsewhere(tmp_path)])
    qtbot.waitUntil(lambda: window.findChild(SceneQuestion) is not None, timeout=60_000)
    window.close()
    settle()
    assert not window.isVisible()


# Names


def test_aVeryLongNameWidensNothing(qtbot, window, scene, tmp_path):
    addVolume(scene)
    name = "Ärger" * 40 + ".mrb"
    width = window.minimumSizeHint().width()
    window.sceneFiles.save(tmp_path / name)
    waitForJobs(qtbot, window)
    assert (tmp_path / name).is_file()
    assert len(window.windowTitle()) < 70 and "…" in window.windowTitle()
    assert window.messageLabel.text().startswith("Saved ÄrgerÄrger")
    assert window.minimumSizeHint().width() <= max(width, 700)


def test_theDataFolderOfADroppedSceneIsNotImported(qtbot, window, tmp_path, monkeypatch):
    imported = []
    path = fileFromElsewhere(tmp_path, suffix=".mrml")
    others = [tmp_path / "ct", tmp_path / "Elsewhere_Database"]
    for folder in others:
        folder.mkdir()
    monkeypatch.setattr(window.application, "moduleManager", ImportingModule(imported))
    data = QMimeData()
    paths = [path, tmp_path / "Elsewhere_Data", *others]
    data.setUrls([QUrl.fromLocalFile(str(one)) for one in paths])
    window.dropEvent(QDropEvent(QPoint(50, 50), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier))
    qtbot.waitUntil(lambda: window.findChild(SceneQuestion) is not None, timeout=60_000)
    assert imported == [str(one) for one in others]
    window.findChild(SceneQuestion).done(0)
    settle()


class ImportingModule:
    """Stands for the DICOM module."""

    def __init__(self, imported: list):
        self._imported = imported

    def modules(self) -> list:
        return []

    def selectModule(self, name: str) -> None:
        assert name == "DICOM"

    def widgetRepresentation(self, _name: str) -> ImportingModule:
        return self

    def importPaths(self, paths: list[str], loadAfterImport: bool) -> None:
        self._imported += paths
