import time
from types import SimpleNamespace

import pytest
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings


class FakeModuleManager:
    """Knows no module."""

    def modules(self):
        return []


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def makeWindow(qtbot, scene, layout, drawsViews):
    """Makes the main window on a bare application; windows are closed at the end."""
    from DICOMModule.Host.MainWindow import MainWindow

    windows = []

    def make(settings=None, **parts):
        if settings is None:
            settings = Settings()
            settings.setValue("MainWindow/Layout", layout)
        application = SimpleNamespace(
            scene=scene, settings=settings, moduleManager=FakeModuleManager(), mainWindow=None, **parts
        )
        window = MainWindow(application)
        application.mainWindow = window
        windows.append(window)
        if not drawsViews:
            window.layoutManager.viewArea.hide()
            window.sceneFiles.saver.thumbnail = bytes  # a picture of hidden views would draw them
        window.resize(700, 460)
        with qtbot.waitExposed(window):
            window.show()
        settle()
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    settle()


def settle(turns=8):
    """Let Qt do what waits: timers of 0 ms that start one another, and deletions."""
    for _turn in range(turns):
        QApplication.processEvents()
        time.sleep(0.002)
    QApplication.sendPostedEvents(None, QEvent.DeferredDelete)


@pytest.fixture
def bareSliceView(qtbot, scene):
    """An axial view without words over its picture; black until a volume is shown."""
    from DICOMModule.Host.SliceView import SliceView

    found = SliceView("Red", scene)
    found.resize(280, 280)
    with qtbot.waitExposed(found):
        found.show()
    notes = found.annotations
    notes.cornersVisible = notes.lettersVisible = notes.rulerVisible = False
    yield found
    found.close()
    found.deleteLater()
