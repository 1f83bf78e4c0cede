"""Opening and saving scenes from the window: asked first, in the background, the shown scene safe until all is read."""

from __future__ import annotations

import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPoint, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QImage
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog, QMessageBox

from DICOMLib.Errors import SettingsError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import SceneSummary
from DICOMLib.Settings import Settings
from DICOMModule.Host import SceneSaver as saverFile
from DICOMModule.Host.SceneQuestion import SceneQuestion
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


def waitForJobs(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()


def question(qtbot, window) -> SceneQuestion:
    qtbot.waitUntil(lambda: window.findChild(SceneQuestion) is not None, timeout=60_000)
    return window.findChild(SceneQuestion)


def press(qtbot, window, box, button) -> None:
    QTest.mouseClick(button, Qt.LeftButton)
    waitForJobs(qtbot, window)


def namesOf(scene: Scene) -> list[str]:
    return sorted(node.GetName() for node in scene.GetNodesByClass("vtkMRMLScalarVolumeNode"))


def fileFromElsewhere(folder, name="Elsewhere"):
    scene = Scene()
    addVolume(scene, name=name)
    return saveScene(scene, folder / f"{name}.mrb").path


def answerWith(monkeypatch, path, chosen="") -> list[tuple]:
    asked = []

    def answer(_parent, title, start, filters, _first=""):
        asked.append((title, start, filters))
        return str(path), chosen

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    return asked


# Saving


@pytest.mark.parametrize("drawsViews", [True])
def test_ctrlSSavesTheSceneWithAPictureOfTheViews(qtbot, window, scene, tmp_path, monkeypatch):
    node = addVolume(scene)
    settle()
    answerWith(monkeypatch, tmp_path / "planning")
    QApplication.setActiveWindow(window)
    QTest.keyClick(window, Qt.Key_S, Qt.ControlModifier)
    waitForJobs(qtbot, window)
    bundle = tmp_path / "planning.mrb"
    assert window.messageLabel.text().startswith("Saved planning.mrb (")
    staged = openScene(bundle, runWorkers())
    assert staged.problems == []
    read = staged.scene.GetFirstNodeByName("Block")
    assert np.array_equal(read.voxelArray(), node.voxelArray())
    with zipfile.ZipFile(bundle) as archive:
        picture = QImage.fromData(archive.read("planning/planning.png"))
    assert 0 < picture.width() <= 512
    lightest = max(picture.pixelColor(x, y).lightness() for x in range(0, 512, 3) for y in range(0, picture.height(), 3)
                   if x < picture.width())  # fmt: skip
    assert lightest > 200  # the bright block is in it


def test_theNextTimeItIsSavedThereUnaskedAndSaveAsOffersIt(qtbot, window, scene, tmp_path, monkeypatch):
    node = addVolume(scene)
    asked = answerWith(monkeypatch, tmp_path / "a", "Scene with its files beside it (*.mrml)")
    monkeypatch.setattr(QMessageBox, "warning", lambda *_arguments: QMessageBox.Yes)
    for action in ("SaveScene", "SaveScene", "SaveSceneAs"):
        node.imageDataModified()
        window.menus.actions[action].trigger()
        waitForJobs(qtbot, window)
        assert window.sceneFiles.changes.nodes() == []
    assert [start for _title, start, _filters in asked] == ["scene.mrb", str(tmp_path / "a.mrml")]
    assert (tmp_path / "a.mrml").is_file()


def test_aFileWhoseEndingWasLeftOutIsNotReplacedUnasked(qtbot, window, scene, tmp_path, monkeypatch):
    addVolume(scene)
    (tmp_path / "a.mrb").write_bytes(b"precious")
    answerWith(monkeypatch, tmp_path / "a")
    monkeypatch.setattr(QMessageBox, "warning", lambda *_arguments: QMessageBox.No)
    window.menus.actions["SaveScene"].trigger()
    waitForJobs(qtbot, window)
    assert (tmp_path / "a.mrb").read_bytes() == b"precious"


def test_anEmptySceneIsNotSaved(window, monkeypatch):
    asked = answerWith(monkeypatch, "")
    window.menus.actions["SaveScene"].trigger()
    assert asked == []
    assert window.messageLabel.text() == "There is nothing to save"


def test_aFolderThatIsNotThereIsToldInWords(qtbot, window, scene, tmp_path):
    addVolume(scene)
    window.sceneFiles.save(tmp_path / "missing" / "a.mrb")
    waitForJobs(qtbot, window)
    box = window.findChild(QMessageBox)
    assert box.text().startswith("Could not save the scene. ")
    assert "the scene cannot be saved" in box.text().lower()
    box.done(0)


def test_savingCanBeCancelledAndLeavesTheFileBefore(qtbot, window, scene, tmp_path, monkeypatch):
    addVolume(scene)
    (tmp_path / "a.mrb").write_bytes(b"precious")
    waits = threading.Event()
    written = saverFile._written

    def slow(prepared, progress):
        waits.wait(60)
        return written(prepared, progress)

    monkeypatch.setattr(saverFile, "_written", slow)
    window.sceneFiles.save(tmp_path / "a.mrb")
    window.jobs.cancelAll()
    waits.set()
    waitForJobs(qtbot, window)
    assert (tmp_path / "a.mrb").read_bytes() == b"precious"
    assert [file.name for file in tmp_path.iterdir()] == ["a.mrb"]
    assert window.messageLabel.text() == "Nothing was saved"


class FullDisk(dict):
    """A settings store that nothing more fits into."""

    def __setitem__(self, name, value):
        raise SettingsError("the settings cannot be saved")


def test_aSceneIsSavedThoughTheSettingsCannotBe(qtbot, makeWindow, scene, tmp_path):
    window = makeWindow(Settings(FullDisk()), workers=runWorkers())
    window.remembersArrangement = False
    addVolume(scene)
    window.sceneFiles.save(tmp_path / "a.mrb")
    waitForJobs(qtbot, window)
    assert window.messageLabel.text().startswith("Saved a.mrb (")
    assert window.findChildren(QMessageBox) == []
    assert not window.sceneFiles.isSaving


# Opening


def test_aSceneFromElsewhereIsAskedForWithWhatItIs(qtbot, window, scene, tmp_path, monkeypatch):
    bundle = fileFromElsewhere(tmp_path)
    answerWith(monkeypatch, bundle)
    window.menus.actions["OpenScene"].trigger()
    box = question(qtbot, window)
    assert box.text() == "Open “Elsewhere.mrb”, a scene from elsewhere?"
    told = box.informativeText()
    assert f"From: {tmp_path}" in told
    assert "Size: " in told
    assert " nodes, 1 file with their data" in told
    assert box.defaultButton() is box.button(QMessageBox.Cancel)
    assert box.replaceButton is None
    assert scene.nodes() == [] or namesOf(scene) == []
    press(qtbot, window, box, box.openButton)
    assert namesOf(scene) == ["Elsewhere"]
    assert window.layoutManager.sliceView("Red").backgroundVolume.GetName() == "Elsewhere"
    assert window.messageLabel.text().startswith("Opened Elsewhere.mrb (")


def test_cancelOpensNothing(qtbot, window, scene, tmp_path):
    window.sceneFiles.open([fileFromElsewhere(tmp_path)])
    box = question(qtbot, window)
    press(qtbot, window, box, box.button(QMessageBox.Cancel))
    assert namesOf(scene) == []
    assert window.messageLabel.text() == "Nothing was opened"


@pytest.mark.parametrize(("button", "expected"), [
    ("replaceButton", ["Elsewhere"]), ("openButton", ["Block", "Elsewhere"]),
])  # fmt: skip
def test_whatIsLoadedIsReplacedOrAddedTo(qtbot, window, scene, tmp_path, button, expected):
    addVolume(scene)
    window.sceneFiles.changes.wasSaved(window.sceneFiles.changes.state())
    window.sceneFiles.open([fileFromElsewhere(tmp_path)])
    box = question(qtbot, window)
    assert [box.replaceButton.text(), box.openButton.text()] == ["Replace", "Add"]
    press(qtbot, window, box, getattr(box, button))
    assert namesOf(scene) == expected


def test_aSceneThatWasSavedHereIsOpenedUnasked(qtbot, makeWindow, scene, tmp_path):
    settings = Settings()
    window = makeWindow(settings, workers=runWorkers())
    addVolume(scene)
    window.sceneFiles.save(tmp_path / "mine.mrb")
    waitForJobs(qtbot, window)
    scene.Clear()
    window.sceneFiles.open([tmp_path / "mine.mrb"])
    waitForJobs(qtbot, window)
    waitForJobs(qtbot, window)
    assert window.findChild(SceneQuestion) is None
    assert namesOf(scene) == ["Block"]


def test_ofAHostileBundleNothingIsShownAndTheSceneStays(qtbot, window, scene, tmp_path):
    addVolume(scene)
    bundle = tmp_path / "evil.mrb"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("evil/evil.mrml", "<MRML></MRML>")
        archive.writestr("evil/../../outside.nrrd", "x")
    window.sceneFiles.open([bundle])
    waitForJobs(qtbot, window)
    box = window.findChild(QMessageBox)
    assert box.text().startswith("Could not open the scene. ")
    assert "outside.nrrd" in box.text()
    box.done(0)
    assert namesOf(scene) == ["Block"]


def test_whatCouldNotBeReadIsTold(qtbot, window, scene, tmp_path):
    source = Scene()
    addVolume(source, name="Kept")
    addVolume(source, name="Lost")
    saved = saveScene(source, tmp_path / "a.mrml").path
    next(saved.parent.rglob("Lost*.nrrd")).write_bytes(b"no image")
    window.sceneFiles.open([saved])
    box = question(qtbot, window)
    press(qtbot, window, box, box.openButton)
    waitForJobs(qtbot, window)
    told = [one for one in window.findChildren(QMessageBox) if not isinstance(one, SceneQuestion)]
    assert told[0].text().startswith("“a.mrml” was opened, but not all of it:\n\n")
    assert "Lost" in told[0].text()
    told[0].done(0)
    assert "Kept" in namesOf(scene)


def test_whatTheQuestionSaysIsNotSaidAgain(qtbot, window, scene, tmp_path):
    bundle = fileFromElsewhere(tmp_path)
    with zipfile.ZipFile(bundle, "a") as archive:
        for number in range(6):
            archive.writestr(f"Elsewhere/Data/run{number}.py", "x")
    window.sceneFiles.open([bundle])
    box = question(qtbot, window)
    assert "“Elsewhere/Data/run3.py” belongs to no node of the scene, and is not opened." in box.informativeText()
    assert "… and 2 more, in the details." in box.informativeText()
    assert len(box.detailedText().splitlines()) == 6
    press(qtbot, window, box, box.openButton)
    waitForJobs(qtbot, window)
    assert window.findChildren(QMessageBox) == []
    assert namesOf(scene) == ["Elsewhere"]


def test_severalDroppedScenesAreOpenedOneAfterTheOther(qtbot, window, scene, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(fileFromElsewhere(tmp_path, name))) for name in ("One", "Two")])
    place, options = QPoint(50, 50), (Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    entering = QDragEnterEvent(place, *options)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    window.dropEvent(QDropEvent(place, *options))
    for _file in range(2):
        box = question(qtbot, window)
        press(qtbot, window, box, box.openButton)
        settle()
    assert namesOf(scene) == ["One", "Two"]


def test_theDICOMModuleLeavesDroppedScenesToTheWindow(qapp, qtbot, tmp_path):
    from Testing.Fixtures.HostWindow import hostWindow

    with hostWindow(qapp) as window:
        browser = window.application.moduleManager.widgetRepresentation("DICOM").browserWidget.dicomBrowser
        for name, isTaken in (("a.mrb", False), ("a.dcm", True)):
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
            entering = QDragEnterEvent(QPoint(50, 50), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
            browser.dragEnterEvent(entering)
            assert entering.isAccepted() == isTaken


def test_theProgramOpensAScenesFileItIsStartedWith(qtbot, makeWindow, scene, tmp_path):
    window = makeWindow(workers=runWorkers())
    window.sceneFiles.asks = False  # as with --screenshot, where nobody could answer
    window.openPaths([str(fileFromElsewhere(tmp_path))], load=True)
    qtbot.waitUntil(lambda: namesOf(scene) == ["Elsewhere"], timeout=60_000)
    assert window.findChild(SceneQuestion) is None


@pytest.mark.parametrize(
    ("unpacked", "told"), [(19_000_400, "Size: 19 MB\n"), (40_000_000, "Size: 19 MB, 40 MB unpacked\n")]
)
def test_theSizeIsToldOnceWhereUnpackingAddsNothing(qtbot, unpacked, told):
    box = SceneQuestion(SceneSummary(Path("a.mrb"), "", "", 19_000_000, unpacked, 3), True, False, lambda _answer: None)
    qtbot.addWidget(box)
    assert told in box.informativeText()
