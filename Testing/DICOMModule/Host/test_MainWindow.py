import gc
import os
import signal
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPoint, QSize, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QImage
from qtpy.QtWidgets import QLabel, QLineEdit, QMessageBox, QPlainTextEdit, QTextEdit

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import FileError, SettingsError
from DICOMLib.Settings import Settings
from DICOMModule.Host.HelpDialogs import AboutDialog, ShortcutsDialog
from Testing.DICOMModule.Host.conftest import FakeModuleManager, settle
from Testing.DICOMModule.Host.test_SliceView import moveTo
from Testing.DICOMModule.Host.Volumes import addVolume, axialMatrix, blockCentre
from Testing.Fixtures import axialCT

pytestmark = pytest.mark.gui
withViews = pytest.mark.parametrize("drawsViews", [True])


@pytest.fixture
def drawsViews():
    return False


class FullDisk(dict):
    """A settings store that nothing more fits into."""

    def __setitem__(self, name, value):
        raise SettingsError("the settings cannot be saved")


class RecordingManager(FakeModuleManager):
    """Stands for the module manager; remembers what the DICOM module was asked."""

    def __init__(self):
        self.asked = []

    def selectModule(self, name):
        self.asked.append(("select", name))

    def widgetRepresentation(self, name):
        return SimpleNamespace(importPaths=lambda paths, **options: self.asked.append((paths, options)))


@withViews
def test_an_empty_window_says_how_to_get_data_in_until_there_are_some(makeWindow, scene):
    window = makeWindow()
    assert window.emptyState.isVisible()
    node = addVolume(scene)
    settle()
    assert not window.emptyState.isVisible()
    scene.RemoveNode(node)
    settle()
    assert window.emptyState.isVisible()


def test_an_empty_window_with_a_filled_database_says_how_to_load(makeWindow, qtbot, tmp_path):
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "DICOM.sqlite"))
    window = makeWindow(database=database)
    titles = [label.text() for label in window.emptyState.findChildren(QLabel, "emptyTitle")]
    assert titles == ["Drop DICOM files, folders, scenes or models here"]
    axialCT().write(tmp_path / "ct")
    DICOMIndexer(database).importPaths([str(tmp_path / "ct")])
    title = window.emptyState.findChild(QLabel, "emptyTitle")
    qtbot.waitUntil(lambda: title.text() == "Double-click a series to see it here", timeout=60_000)
    window.close()
    database.closeDatabase()


@withViews
def test_closing_the_scene_asks_and_leaves_the_database_alone(makeWindow, scene):
    window = makeWindow()
    window.menus.actions["CloseScene"].trigger()
    assert window.findChild(QMessageBox) is None  # there is nothing to close
    addVolume(scene)
    window.sceneFiles.changes.wasSaved(window.sceneFiles.changes.state())
    settle()
    window.menus.actions["CloseScene"].trigger()
    question = window.findChild(QMessageBox)
    assert "database stay as they are" in question.informativeText()
    question.button(QMessageBox.Cancel).click()
    settle()
    assert scene.GetNodesByClass("vtkMRMLScalarVolumeNode") != []
    window.menus.actions["CloseScene"].trigger()
    question = window.findChild(QMessageBox)
    next(button for button in question.buttons() if button.text() == "Close scene").click()
    settle()
    assert scene.GetNodesByClass("vtkMRMLScalarVolumeNode") == []
    assert window.emptyState.isVisible()


def test_a_window_that_would_not_fit_takes_the_whole_screen(makeWindow, monkeypatch):
    from DICOMModule.Host import MainWindow as module

    application = makeWindow().application
    for width, height, maximized in ((1280, 800, True), (1440, 900, True), (1920, 1080, False)):
        screen = SimpleNamespace(availableSize=lambda size=(width, height): QSize(*size))
        monkeypatch.setattr(module.QApplication, "primaryScreen", lambda screen=screen: screen)
        window = module.MainWindow(application)
        window.remembersArrangement = False
        assert bool(window.windowState() & Qt.WindowMaximized) is maximized
        window.close()


@withViews
def test_the_status_bar_tells_place_voxel_and_value_under_the_mouse(makeWindow, scene):
    window = makeWindow()
    addVolume(scene, name="3: CT")
    settle()
    red = window.layoutManager.sliceView("Red")
    centre = blockCentre(axialMatrix()) + [0.2, 0.2, 0]
    red.jumpTo(centre, centre=True)
    moveTo(red.plotter, red.positionOf(centre))
    assert window.dataProbe.text() == _probeText(red, centre)
    assert "1000" in window.dataProbe.text() and "3: CT" in window.dataProbe.text()
    moveTo(red.plotter, QPoint(1, 1))
    assert "outside" in window.dataProbe.text()


def test_no_label_of_the_window_takes_text_of_files_for_markup(makeWindow):
    window = makeWindow()
    window.showMessage("<b>name</b>")
    window.reporter.warn("<b>name</b>", "details")
    box = window.findChild(QMessageBox)
    assert box.textFormat() == Qt.PlainText
    labels = [*window.dataProbe.findChildren(QLabel), *window.jobArea.findChildren(QLabel), window.messageLabel]
    assert {label.textFormat() for label in labels} == {Qt.PlainText}
    assert window.messageLabel.text() == ""  # "Saved …" beside an error would be taken for what came of it
    box.close()


def test_messagesComeOneAfterTheOther(makeWindow):
    window = makeWindow()
    for number in range(3):
        window.reporter.warn(f"message {number}")
    for number in range(3):
        shown = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
        assert [box.text() for box in shown] == [f"message {number}"]
        shown[0].button(QMessageBox.Ok).click()
    assert not any(box.isVisible() for box in window.findChildren(QMessageBox))
    window.reporter.warn("later")
    assert any(box.isVisible() for box in window.findChildren(QMessageBox))


def _probeText(view, centre):
    ras = view.rasAt(view.positionOf(centre))
    i, j, k = np.floor((np.linalg.inv(axialMatrix()) @ np.append(ras, 1))[:3] + 0.5).astype(int)
    place = f"L {-ras[0]:.1f}" if ras[0] < 0 else f"R {ras[0]:.1f}"
    return f"{place}  A {ras[1]:.1f}  S {ras[2]:.1f} mm  3: CT  ({i}, {j}, {k})  1000"


def test_dropped_folders_go_to_the_dicom_module(makeWindow, tmp_path):
    window = makeWindow()
    window.application.moduleManager = manager = RecordingManager()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.org/x")])
    place, options = QPoint(50, 50), (Qt.MoveAction | Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    entering, dropped = QDragEnterEvent(place, *options), QDropEvent(place, *options)
    for event in (entering, dropped):
        event.setDropAction(Qt.MoveAction)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    window.dropEvent(dropped)
    assert dropped.dropAction() == Qt.CopyAction  # after a move the other program would delete its files
    settle()
    assert manager.asked == [("select", "DICOM"), ([str(tmp_path)], {"loadAfterImport": False})]


def test_what_is_dropped_with_shift_is_looked_at_without_importing(makeWindow, tmp_path):
    window = makeWindow()
    looked = []
    window.lookAtPaths = looked.append
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    window.dropEvent(QDropEvent(QPoint(50, 50), Qt.CopyAction, data, Qt.LeftButton, Qt.ShiftModifier))
    settle()
    assert looked == [[str(tmp_path)]]


def test_text_cannot_be_dropped(makeWindow):
    window = makeWindow()
    data = QMimeData()
    data.setText("no file")
    entering = QDragEnterEvent(QPoint(50, 50), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    entering.ignore()
    window.dragEnterEvent(entering)
    assert not entering.isAccepted()


def test_views_leave_dropped_files_to_the_window(makeWindow):
    window = makeWindow()
    assert not any(view.plotter.acceptDrops() for view in window.layoutManager.views().values())


def test_sample_data_are_made_in_the_background_and_loaded(makeWindow, qtbot, tmp_path):
    window = makeWindow(sampleDataFolder=lambda progress: tmp_path)
    window.application.moduleManager = manager = RecordingManager()
    window.emptyState.sampleDataRequested.emit()
    qtbot.waitUntil(lambda: len(manager.asked) == 2, timeout=60_000)
    assert manager.asked[1] == ([str(tmp_path)], {"loadAfterImport": True})


@withViews
def test_a_screenshot_shows_the_views_too(makeWindow, scene, tmp_path):
    window = makeWindow()
    addVolume(scene, voxels=np.full((20, 20, 20), 1000, np.int16))
    settle()
    path = window.screenshot(tmp_path / "window.png")
    picture = QImage(str(path))
    assert picture.width() == window.width()
    plotter = window.layoutManager.sliceView("Red").plotter
    place = plotter.mapTo(window, QPoint(plotter.width() // 3, plotter.height() // 2))
    assert picture.pixelColor(place).lightness() > 200


def test_a_screenshot_that_cannot_be_written_is_an_error(makeWindow, tmp_path):
    with pytest.raises(FileError, match="No such file or directory"):
        makeWindow().screenshot(tmp_path / "missing" / "window.png")
    with pytest.raises(FileError, match="png or .jpg"):
        makeWindow().screenshot(tmp_path / "window.nothing")
    assert list(tmp_path.iterdir()) == []


@withViews
@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of file sizes")
def test_a_screenshot_that_does_not_fit_on_the_disk_leaves_the_old_one(makeWindow, tmp_path):
    import resource

    old = tmp_path / "window.png"
    old.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    window = makeWindow()
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(FileError):
            window.screenshot(old)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [path.name for path in tmp_path.iterdir()] == ["window.png"] and old.read_bytes() == b"old"


def test_menus_and_tools_change_the_layout(makeWindow):
    window = makeWindow()
    window.menus.actions["LayoutConventional"].trigger()
    assert window.layoutManager.layoutName == "Conventional"
    window.layoutManager.setLayout("ThreeD")
    assert window.menus.actions["LayoutThreeD"].isChecked()


def test_the_crosshair_action_and_the_crosshair_agree(makeWindow):
    window = makeWindow()
    action = window.menus.actions["Crosshair"]
    action.trigger()
    assert not window.layoutManager.crosshair.isSwitchedOn
    window.layoutManager.crosshair.setVisible(True)
    assert action.isChecked()


def test_layout_and_docks_are_remembered(makeWindow):
    settings = Settings()
    first = makeWindow(settings)
    first.layoutManager.setLayout("Conventional")
    first.dataDock.hide()
    first.close()
    second = makeWindow(settings)
    assert second.layoutManager.layoutName == "Conventional" and second.dataDock.isHidden()


def test_a_window_fits_a_small_screen(makeWindow):
    window = makeWindow()
    window.modulePanel.addPage("Tall").setMinimumSize(300, 3000)
    window.modulePanel.showPage("Tall")
    settle()
    assert window.minimumSizeHint().height() <= 700 and window.minimumSizeHint().width() <= 1280


def test_pages_of_modules_have_a_layout_and_can_be_chosen(makeWindow):
    panel = makeWindow().modulePanel
    chosen = []
    first, second = panel.addPage("DICOM", "DICOM"), panel.addPage("Other", "Other module")
    panel.moduleSelected.connect(chosen.append)
    assert first.layout() is not None and panel.addPage("DICOM") is first and panel.page("Other") is second
    panel.showPage("Other")
    assert panel.currentPage() == "Other" and chosen == ["Other"]
    with pytest.raises(KeyError):
        panel.showPage("Missing")
    panel.removePage("Other")
    assert panel.pageNames() == ["DICOM"]


def test_help_names_versions_and_keys(makeWindow):
    window = makeWindow()
    for dialog in (AboutDialog(window), ShortcutsDialog(window)):
        dialog.show()
        settle()
        dialog.close()


@withViews
def test_closing_with_work_and_timers_running_ends_everything(makeWindow, scene, qtbot):
    window = makeWindow()
    addVolume(scene)
    settle()
    order = []
    window.aboutToClose.connect(lambda: order.append("modules end first"))
    job = window.jobs.start(lambda progress: _waitForCancel(progress, order))
    window.layoutManager.threeDView().requestDrawing(moving=True)
    window.showMessage("still there")
    window.close()
    assert not job.thread.is_alive() and order == ["modules end first", "cancelled"]
    scene.Clear()
    qtbot.wait(300)  # longer than the timers of views


def _waitForCancel(progress, order):
    while not progress.cancelled:
        pass
    order.append("cancelled")


@withViews
def test_a_closed_window_leaves_no_view_behind(makeWindow, scene):
    window = makeWindow()
    addVolume(scene)
    settle()
    plotters = [weakref.ref(view.plotter) for view in window.layoutManager.views().values()]
    window.close()
    assert all(reference()._closed for reference in plotters)
    window.deleteLater()
    settle()
    gc.collect()
    alive = [reference for reference in plotters if reference() is not None and not _isDeleted(reference())]
    assert alive == []


def _isDeleted(widget):
    try:
        widget.objectName()
    except RuntimeError:
        return True
    return False


@withViews
def test_a_window_closes_in_order_even_when_its_arrangement_cannot_be_kept(makeWindow, caplog):
    window = makeWindow(Settings(FullDisk()))
    assert window.close()
    assert window.layoutManager.sliceView("Red").plotter.GetRenderWindow() is None
    assert "cannot be saved" in caplog.text


def test_who_asks_for_the_python_console_can_type_at_once(makeWindow, qtbot):
    window = makeWindow()
    window.consoleDock.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: window.focusWidget() is not None, timeout=60_000)
    assert window.pythonConsole.isAncestorOf(window.focusWidget())
    assert isinstance(window.focusWidget(), (QLineEdit, QPlainTextEdit, QTextEdit))
