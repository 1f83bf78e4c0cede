"""The DICOM module in other programs' windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QApplication, QDockWidget, QMainWindow, QVBoxLayout, QWidget

from DICOMLib.Errors import DICOMError
from Testing.Fixtures import axialCT, tiltedCT

pytestmark = pytest.mark.gui

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def backgroundPlotter(qtbot):
    from pyvistaqt import BackgroundPlotter

    plotter = BackgroundPlotter(window_size=(700, 400), auto_update=False, editor=False)
    yield plotter
    plotter.close()


@pytest.fixture
def interactorAlone(qtbot):
    """A plotter in a window that is no QMainWindow."""
    from pyvistaqt import QtInteractor

    window = QWidget()
    window.setLayout(QVBoxLayout())
    interactor = QtInteractor(window, auto_update=False)
    window.layout().addWidget(interactor)
    window.resize(300, 300)
    window.show()
    yield interactor
    interactor.close()
    window.close()


@pytest.fixture
def mainWindow(qtbot):
    from pyvistaqt import MainWindow, QtInteractor

    window = MainWindow(size=(700, 400))
    window.plotter = QtInteractor(window, auto_update=False)
    window.setCentralWidget(window.plotter)
    window.signal_close.connect(window.plotter.close)
    window.show()
    yield window
    window.close()


def attached(plotter):
    from DICOMModule import attach

    return attach(plotter, database=":memory:")


def loadCT(qtbot, panel, folder, builder=None):
    """Import and load a series. :returns: its node"""
    builder = builder or axialCT()
    builder.write(folder)
    with qtbot.waitSignal(panel.browserWidget.nodesLoaded, timeout=60_000) as loaded:
        panel.importPaths([str(folder)], loadAfterImport=True)
    return loaded.args[0][0]


def testABackgroundPlotterGetsADockAndTheVolume(qtbot, backgroundPlotter, tmp_path):
    panel = attached(backgroundPlotter)
    dock = backgroundPlotter.app_window.findChild(QDockWidget, "dicomDock")
    assert dock.widget() is panel
    builder = tiltedCT()
    node = loadCT(qtbot, panel, tmp_path / "ct", builder)
    qtbot.waitUntil(lambda: node.GetID() in panel.display._shown, timeout=60_000)
    drawn = panel.display._shown[node.GetID()][1]
    matrix = numpy.array([[drawn.actor.GetUserMatrix().GetElement(r, c) for c in range(4)] for r in range(4)])
    assert matrix == pytest.approx(builder.ijkToRAS, abs=1e-3)
    assert node.voxelArray() == pytest.approx(builder.array)
    assert backgroundPlotter.renderer.GetViewProps().IsItemPresent(drawn.actor)


def testAMainWindowThatContainsAPlotterGetsADock(qtbot, mainWindow, tmp_path):
    panel = attached(mainWindow)
    assert mainWindow.findChild(QDockWidget, "dicomDock").widget() is panel
    assert panel.plotter is mainWindow.plotter
    node = loadCT(qtbot, panel, tmp_path / "ct")
    qtbot.waitUntil(lambda: node.GetID() in panel.display._shown, timeout=60_000)


def testAPlotterInAPlainWindowGetsAToolWindowBesideIt(qtbot, interactorAlone, tmp_path):
    panel = attached(interactorAlone)
    assert panel.isVisible()
    assert panel.isWindow()
    assert panel.windowFlags() & Qt.Tool == Qt.Tool
    node = loadCT(qtbot, panel, tmp_path / "ct")
    qtbot.waitUntil(lambda: node.GetID() in panel.display._shown, timeout=60_000)
    panel.detach()


def testThePanelGivesSceneDatabaseAndApplication(qtbot, mainWindow):
    panel = attached(mainWindow)
    assert panel.scene is panel.application.scene
    assert panel.database is panel.application.database
    assert panel.database.isOpen


def testAnExistingApplicationIsUsedAndLeftOpen(qtbot, mainWindow):
    from DICOMModule import attach
    from DICOMModule.Host.Application import HostApplication

    with HostApplication.create(private=True, scripting=False) as application:
        panel = attach(mainWindow, application)
        assert panel.scene is application.scene
        panel.detach()
        assert application.database.isOpen


def testTicksAndTheSceneFollowEachOther(qtbot, mainWindow, tmp_path):
    panel = attached(mainWindow)
    node = loadCT(qtbot, panel, tmp_path / "ct")
    item = panel.volumeList.item(0)
    assert (item.text(), item.checkState()) == ("2: Axial CT", Qt.Checked)
    item.setCheckState(Qt.Unchecked)
    assert not node.GetDisplayNode().GetVisibility()
    qtbot.waitUntil(lambda: not panel.display._shown, timeout=60_000)
    node.GetDisplayNode().SetVisibility(True)
    assert panel.volumeList.item(0).checkState() == Qt.Checked
    panel.volumeList.item(0).setSelected(True)
    qtbot.keyClick(panel.volumeList, Qt.Key_Delete)
    assert panel.scene.GetNodesByClass("vtkMRMLScalarVolumeNode") == []
    assert panel.volumeList.count() == 0


def testSlicesInsteadOfVolumeRendering(qtbot, mainWindow, tmp_path):
    panel = attached(mainWindow)
    node = loadCT(qtbot, panel, tmp_path / "ct")
    qtbot.waitUntil(lambda: node.GetID() in panel.display._shown, timeout=60_000)
    panel.representationBox.setCurrentText("Slices")
    representation, drawn = panel.display._shown[node.GetID()]
    assert representation == "Slices"
    assert len(drawn.actors) == 3


def testDetachingLeavesThePlotterAsItWas(qtbot, mainWindow, tmp_path):
    before = mainWindow.plotter.renderer.GetViewProps().GetNumberOfItems()
    panel = attached(mainWindow)
    node = loadCT(qtbot, panel, tmp_path / "ct")
    qtbot.waitUntil(lambda: node.GetID() in panel.display._shown, timeout=60_000)
    panel.detach()
    panel.detach()
    assert mainWindow.plotter.renderer.GetViewProps().GetNumberOfItems() == before
    assert not panel.database.isOpen
    mainWindow.plotter.render()


def testClosingTheWindowDuringAnImportEndsEverything(qtbot, backgroundPlotter, tmp_path):
    panel = attached(backgroundPlotter)
    database, jobs = panel.database, panel.module.jobs
    axialCT(slices=60).write(tmp_path / "ct")
    panel.importPaths([str(tmp_path)])
    backgroundPlotter.close()
    qtbot.waitUntil(lambda: not database.isOpen, timeout=60_000)
    assert jobs.jobs == []


def testAWindowThatRefusesToCloseKeepsItsPanel(qtbot):
    from pyvistaqt import QtInteractor

    class Stubborn(QMainWindow):
        refuses = True

        def closeEvent(self, event):
            event.setAccepted(not self.refuses)

    window = Stubborn()
    interactor = QtInteractor(window, auto_update=False)
    window.setCentralWidget(interactor)
    window.show()
    panel = attached(window)
    window.close()
    qtbot.wait(50)
    assert panel.database.isOpen
    window.refuses = False
    panel.detach()
    interactor.close()
    window.close()


def testAPanelThatQtDestroysStillClosesItsDatabase(qtbot, mainWindow):
    panel = attached(mainWindow)
    database = panel.database
    dock = mainWindow.findChild(QDockWidget, "dicomDock")
    dock.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.DeferredDelete)
    qtbot.waitUntil(lambda: not database.isOpen, timeout=60_000)


@pytest.mark.parametrize("thing", [None, "plotter", QMainWindow])
def testWhatIsNoPlotterIsRefusedInOneSentence(qtbot, thing):
    made = thing() if thing is QMainWindow else thing
    with pytest.raises(DICOMError, match="there is no Qt plotter to attach to. Give a BackgroundPlotter"):
        attached(made)


def testTheExampleRuns(tmp_path):
    axialCT(rows=32, columns=32, slices=8).write(tmp_path / "ct")
    picture = tmp_path / "window.png"
    command = [sys.executable, str(REPOSITORY / "Resources" / "Examples" / "AttachToPlotter.py"), str(tmp_path / "ct"),
               "--database", ":memory:", "--screenshot", str(picture)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    finished = subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment)
    assert finished.returncode == 0, finished.stderr
    assert "1 volumes shown" in finished.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
