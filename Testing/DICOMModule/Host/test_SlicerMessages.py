"""slicer.util in a real window; without one see test_SlicerUtil.py."""

import numpy
import pytest

from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.Headless import ScriptResult, runCode
from DICOMModule.Host.WindowScripts import WindowScripts

pytestmark = pytest.mark.gui


@pytest.fixture
def application(qtbot):
    from DICOMModule.Host.Start import makeQtApplication, openWindow

    makeQtApplication()
    application = HostApplication.create(private=True)
    application.settings.setValue("MainWindow/Layout", "Red")
    window = openWindow(application)
    window.resize(700, 460)
    with qtbot.waitExposed(window):
        window.show()
    yield application
    window.close()
    application.mainWindow = None
    application.close()


def answer(qtbot, buttonName):
    """Press a button of the message box that is about to open; gives a list that then holds its text."""
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication, QMessageBox

    texts = []

    def press():
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            texts.append(box.text())
            box.button(getattr(QMessageBox, buttonName)).click()
        else:
            QTimer.singleShot(20, press)

    QTimer.singleShot(20, press)
    return texts


def test_scriptsReachMessagesViewsAndPanelsOfTheWindow(application, qtbot, capsys):
    import ctk
    import qt
    import slicer

    util = slicer.util
    assert util.mainWindow() is application.mainWindow
    assert slicer.app.layoutManager() is application.mainWindow.layoutManager
    assert qt.QWidget().isHidden()
    assert ctk.ctkCollapsibleButton("a").text == "a"

    shown = answer(qtbot, "Ok")
    util.errorDisplay("<b>not bold</b>")
    assert shown == ["<b>not bold</b>"]
    answer(qtbot, "Yes")
    assert util.confirmYesNoDisplay("sure?") is True
    answer(qtbot, "Cancel")
    assert util.confirmOkCancelDisplay("sure?") is False
    assert util.delayDisplay("wait", 30)
    assert capsys.readouterr().out == "wait\n"  # so that a self-test says in the console what it did

    util.selectModule("DICOM")
    assert util.selectedModule() == "DICOM"
    widget = slicer.modules.DICOMWidget
    assert slicer.modules.dicom.widgetRepresentation().self() is widget
    assert widget.application is application
    assert slicer.modules.DICOMInstance.moduleName == "DICOM"


def test_scriptsChooseWhatTheSliceViewsShow(application, qtbot):
    import slicer

    back = slicer.util.addVolumeFromArray(numpy.ones((4, 5, 6), dtype="int16"), name="back")
    front = slicer.util.addVolumeFromArray(numpy.ones((4, 5, 6), dtype="int16"), name="front")
    slicer.util.setSliceViewerLayers(background=back, foreground=front.GetID(), foregroundOpacity=0.25, fit=True)
    views = application.mainWindow.layoutManager.sliceViews().values()
    assert [view.backgroundVolume for view in views] == [back] * 3
    assert all(abs(view.foregroundOpacity - 0.25) < 1e-9 for view in views)
    middle = [view.sliceOffset() for view in views]
    for view in views:
        view.setSliceOffset(0)
    slicer.util.setSliceViewerLayers(foreground=None)
    assert [view.sliceOffset() for view in views] == [0, 0, 0]
    slicer.util.setSliceViewerLayers(fit=True)  # as 3D Slicer's FitSliceToAll: the middle of the volume
    assert [view.sliceOffset() for view in views] == middle == [2, -2, 2]
    for view in views:
        view.setSliceOffset(0)
    slicer.util.resetSliceViews()
    assert [view.sliceOffset() for view in views] == middle
    slicer.util.setSliceViewerLayers(background=None)
    slicer.util.resetThreeDViews()


def test_aScriptThatCallsExitClosesTheWindow(application, qtbot):
    scripts = WindowScripts(application, lambda: runCode(application, "exit(6)"))
    scripts.start()
    qtbot.waitUntil(lambda: not application.mainWindow.isVisible(), timeout=60_000)
    assert scripts.exitCode == 6


def test_aScriptThatEndsLeavesTheWindowOpen(application, qtbot):
    ran = []
    scripts = WindowScripts(application, lambda: ran.append(1) or ScriptResult(0))
    scripts.start()
    qtbot.waitUntil(lambda: bool(ran), timeout=60_000)
    qtbot.wait(50)
    assert application.mainWindow.isVisible()
