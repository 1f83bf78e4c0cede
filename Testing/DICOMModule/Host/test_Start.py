"""The whole program: real files, real import, real window."""

import os
import signal
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, Qt, QTimer, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.Settings import SettingsFile
from DICOMLib.Widgets.ImportDialog import ImportDialog
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.Start import makeQtApplication, openWindow, runHost
from DICOMModule.VolumeText import describeVolume
from Testing.DICOMModule.Host.test_SliceView import moveTo
from Testing.Fixtures import axialCT, truncated

pytestmark = pytest.mark.gui


@pytest.fixture
def application(qapp):
    with HostApplication.create(private=True, scripting=False) as made:
        made.settings.setValue("MainWindow/Layout", "Red")  # one view is drawn sooner than four
        yield made


@pytest.fixture
def ctFolder(tmp_path):
    folder = tmp_path / "ct"
    axialCT().write(folder)
    return folder


def arguments(**given):
    return SimpleNamespace(**{"paths": [], "screenshot": None, "exitAfterLoad": False, **given})


def test_a_folder_is_imported_loaded_described_and_pictured(application, ctFolder, tmp_path, capsys):
    picture = tmp_path / "window.png"
    assert runHost(arguments(paths=[ctFolder], screenshot=picture), application) == 0
    told = capsys.readouterr().out
    node = application.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert picture.stat().st_size > 10_000
    assert describeVolume(node) in told and str(picture) in told
    assert application.mainWindow is None


def test_nothing_to_load_is_said_and_is_a_failure(application, tmp_path, capsys):
    (tmp_path / "readme.txt").write_text("no DICOM")
    assert runHost(arguments(paths=[tmp_path], exitAfterLoad=True), application) == 1
    told = capsys.readouterr().err
    assert "Nothing was loaded" in told and "readme.txt: not a DICOM file" in told


def test_why_a_series_could_not_be_loaded_is_said(application, ctFolder, capsys):
    damaged, *others = sorted(ctFolder.iterdir())
    damaged.write_bytes(truncated(damaged.read_bytes(), -20))
    for other in others:
        other.unlink()
    assert runHost(arguments(paths=[ctFolder], exitAfterLoad=True), application) == 1
    told = capsys.readouterr().err
    assert f"{damaged}: pixel data short: have 364, need 384" in told


@pytest.mark.timeout(60)
def test_a_picture_that_cannot_be_written_is_said_and_the_program_ends(application, ctFolder, tmp_path, capsys):
    picture = tmp_path / "nowhere" / "window.png"
    assert runHost(arguments(paths=[ctFolder], screenshot=picture), application) == 1
    captured = capsys.readouterr()
    assert f"{picture}: the picture cannot be written" in captured.err
    assert "size 12 × 16 × 5" in captured.out


def test_a_name_from_a_file_drives_no_terminal(application, tmp_path, capsys):
    axialCT(seriesDescription="a\x1b[2J\x07b").write(tmp_path / "ct")
    assert runHost(arguments(paths=[tmp_path / "ct"], exitAfterLoad=True), application) == 0
    captured = capsys.readouterr()
    assert not {"\x1b", "\x07"} & set(captured.out + captured.err)
    assert "a\N{REPLACEMENT CHARACTER}[2J\\x07b" in captured.out


def test_a_scene_without_volumes_is_something_that_was_loaded(application, tmp_path, capsys):
    scene = Scene()
    surface = vtkSphereSource()
    surface.Update()
    scene.AddNewNodeByClass("vtkMRMLModelNode", "ball\x1b").SetAndObservePolyData(surface.GetOutput())
    saveScene(scene, tmp_path / "ball.mrb")
    assert runHost(arguments(paths=[tmp_path / "ball.mrb"], exitAfterLoad=True), application) == 0
    captured = capsys.readouterr()
    assert "ball\N{REPLACEMENT CHARACTER} (vtkMRMLModelNode)" in captured.out
    assert captured.err == ""


def test_a_scene_with_nothing_to_be_seen_is_not(application, tmp_path, capsys):
    saveScene(Scene(), tmp_path / "empty.mrb")
    assert runHost(arguments(paths=[tmp_path / "empty.mrb"], exitAfterLoad=True), application) == 1
    assert "Nothing was loaded" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_request_to_end_closes_the_window(application, name):

    def ask():
        os.kill(os.getpid(), getattr(signal, name))

    assert runHost(arguments(), application, onStarted=lambda: QTimer.singleShot(0, ask)) == 0


def test_a_window_without_a_task_stays_until_it_is_closed(application):
    seen = []

    def closeSoon():
        seen.append(application.mainWindow.isVisible())
        QTimer.singleShot(50, application.mainWindow.close)

    assert runHost(arguments(), application, onStarted=lambda: QTimer.singleShot(0, closeSoon)) == 0
    assert seen == [True]


@pytest.mark.parametrize("database", ["file", "memory"])
def test_scenes_are_autosaved_and_remembered_unless_nothing_is_to_be_kept(qapp, tmp_path, database):
    file = ":memory:" if database == "memory" else tmp_path / "DICOM.sqlite"
    store, seen = SettingsFile(tmp_path / "settings.json"), []
    with HostApplication.create(file, store, scripting=False) as application:

        def closeSoon():
            window = application.mainWindow
            seen.append((window.autosave._folder is not None, window.sceneFiles.recent.isKept))
            window.close()

        assert runHost(arguments(), application, onStarted=lambda: QTimer.singleShot(50, closeSoon)) == 0
    assert seen == [(database == "file", database == "file")]


def test_an_error_in_a_slot_is_reported_and_the_program_goes_on(application):
    messages = []

    def failSoon():
        application.mainWindow.reporter.reported.connect(messages.append)
        QTimer.singleShot(0, lambda: 1 / 0)
        QTimer.singleShot(100, application.mainWindow.close)

    hook = sys.excepthook
    assert runHost(arguments(), application, onStarted=failSoon) == 0
    assert len(messages) == 1 and "division by zero" in messages[0].text + messages[0].details
    assert sys.excepthook is hook


def test_closing_while_importing_ends_cleanly(application, ctFolder):
    def importAndClose():
        application.mainWindow.openPaths([ctFolder], load=True)
        application.mainWindow.close()

    assert runHost(arguments(), application, onStarted=lambda: QTimer.singleShot(0, importAndClose)) == 0


def test_there_is_one_qt_application(qapp):
    assert makeQtApplication() is qapp


# The path a person takes


def test_dropping_a_folder_and_double_clicking_a_series_shows_its_voxels(application, tmp_path, qtbot):
    builder = axialCT()
    builder.write(tmp_path / "ct")
    walk = Walk(application, qtbot, tmp_path / "ct", builder)
    assert runHost(arguments(), application, onStarted=lambda: QTimer.singleShot(0, walk.guarded)) == 0
    assert walk.error is None, walk.error
    assert walk.steps == ["dropped", "patient appeared", "loaded", "voxel read"]


class Walk:
    """Drives the real window with real events; what fails is kept for the test, and the window closes in any case."""

    def __init__(self, application, qtbot, folder, builder):
        self.application, self.qtbot, self.folder, self.builder = application, qtbot, folder, builder
        self.steps, self.error = [], None

    def guarded(self):
        try:
            self.walk()
        # In a slot it would end in the window's own report.
        except BaseException as error:  # noqa: BLE001
            self.error = error
        finally:
            self.application.mainWindow.close()

    def walk(self):
        window = self.application.mainWindow
        self.drop(window)
        browser = self.application.moduleManager.widgetRepresentation("DICOM").browserWidget.dicomBrowser
        tables = browser.tables.tables()
        patients, series = tables["patient"].table, tables["series"].table
        self.qtbot.waitUntil(lambda: patients.model().rowCount() == 1, timeout=60_000)
        self.steps.append("patient appeared")
        self.qtbot.waitUntil(lambda: series.model().rowCount() == 1, timeout=60_000)
        column = next(c for c in range(series.model().columnCount()) if not series.isColumnHidden(c))
        place = series.visualRect(series.model().index(0, column)).center()
        QTest.mouseClick(series.viewport(), Qt.LeftButton, Qt.NoModifier, place)
        QTest.mouseDClick(series.viewport(), Qt.LeftButton, Qt.NoModifier, place)
        red = window.layoutManager.sliceView("Red")
        self.qtbot.waitUntil(lambda: red.backgroundVolume is not None, timeout=60_000)
        self.steps.append("loaded")
        self.readVoxel(window, red)

    def drop(self, window):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self.folder))])
        place = window.layoutManager.viewArea.geometry().center()
        for kind in (QDragEnterEvent, QDropEvent):
            event = kind(place, Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
            QApplication.sendEvent(window, event)
            assert event.isAccepted()
        self.steps.append("dropped")

    def readVoxel(self, window, red):
        """Shift and move to the middle of a voxel; the probe and the crosshair must name it and its value."""
        array = self.builder.array
        k, j, i = (size // 2 for size in array.shape)
        red.jumpTo((self.builder.ijkToRAS @ [i, j, k, 1])[:3], centre=True)
        position = red.positionOf((self.builder.ijkToRAS @ [i, j, k, 1])[:3])
        moveTo(red.plotter, position, modifiers=Qt.ShiftModifier)
        ras = window.layoutManager.crosshair.position
        found = np.rint(np.linalg.inv(self.builder.ijkToRAS) @ [*ras, 1])[:3].astype(int)
        assert found.tolist() == [i, j, k]
        assert f"({i}, {j}, {k})  {array[k, j, i]:.6g}" in window.dataProbe.text()
        self.steps.append("voxel read")


def test_the_file_menu_opens_dialogs_for_what_is_looked_at_without_importing(application, ctFolder, qtbot):
    window = openWindow(application)
    for action, title in (("LookAtFolders", "Look at folders"), ("LookAtFiles", "Look at files")):
        window.menus.actions[action].trigger()
        (dialog,) = window.findChildren(ImportDialog)
        assert dialog.windowTitle() == f"{title} without importing" and not dialog.copyButton.isVisible()
        dialog.importRequested.emit([str(ctFolder)], False)
        dialog.close()
        qtbot.waitUntil(lambda: not window.findChildren(ImportDialog), timeout=60_000)
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=60_000)
    assert application.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").GetDimensions()[2] > 1
    assert application.database.patientsCount() == 0
    window.close()
    application.mainWindow = None
