"""Starts the program with its window, and ends it cleanly."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qtpy.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QApplication

from DICOMLib.Errors import DICOMError, displayPath
from DICOMLib.Settings import SettingsFile

from ..EndingSignals import handlingEndingSignals
from ..VolumeText import describeVolume
from .Icons import icon
from .LoadWatcher import LoadWatcher
from .MainWindow import MainWindow
from .Theme import SYSTEM, applyTheme
from .UserFolders import autosaveFolder
from .VolumeAppearance import isVolume

logger = logging.getLogger(__name__)

# Python sees a signal only while it runs; Qt's loop gives it a turn this often.
SIGNAL_MILLISECONDS = 200
SUCCEEDED, FAILED = 0, 1


def runHost(arguments, application, onStarted: Callable[[], None] | None = None) -> int:
    """Show the window and run until it is closed, or until everything asked for was loaded.

    :param arguments: the command line's ``paths`` (files and folders to import and load, scene files to open),
        ``screenshot`` (file to save a picture of the window in; then exit) and
        ``exitAfterLoad`` (print what was loaded and exit)
    :param application: the :class:`HostApplication`; its ``mainWindow`` is set while the window exists
    :param onStarted: called once the window is shown, for scripts given on the command line
    :returns: exit code: 0, or 1 when nothing could be loaded of what was asked for
    """
    qtApplication = makeQtApplication(application.settings.value("MainWindow/Appearance"))
    window = openWindow(application)
    session = Session(arguments, application, window)
    with _interruptsCloseWindow(window), _ErrorsAreReported(window):
        if onStarted is not None:
            onStarted()
        session.start()
        qtApplication.exec_()
    window.closeUnasked()
    application.mainWindow = None
    window.deleteLater()
    # Deleted now, while Qt and OpenGL still exist.
    QCoreApplication.sendPostedEvents(None, QEvent.DeferredDelete)
    return session.exitCode


def makeQtApplication(appearance: str = SYSTEM) -> QApplication:
    """The one Qt application of the process, with the host's look.

    :param appearance: see ``Theme.applyTheme``
    """
    existing = QApplication.instance()
    if existing is None:
        QApplication.setAttribute(Qt.AA_EnableHighDpiScaling)
        QApplication.setAttribute(Qt.AA_UseHighDpiPixmaps)
        existing = QApplication(sys.argv[:1])
    existing.setApplicationName("DICOMModule")
    existing.setApplicationDisplayName("DICOM Module")
    applyTheme(existing, appearance)
    existing.setWindowIcon(icon("Application"))
    return existing


def openWindow(application) -> MainWindow:
    """A shown main window with its modules' pages, the DICOM module in front."""
    manager = application.moduleManager
    if not manager.moduleNames():
        manager.discover()
    window = MainWindow(application)
    application.mainWindow = window
    manager.attachWindow(window)
    window.aboutToClose.connect(manager.closeWidgets)
    window.show()
    if "DICOM" in manager.moduleNames():
        manager.selectModule("DICOM")
        panel = manager.widgetRepresentation("DICOM").browserWidget
        panel.dicomBrowser.directoryImported.connect(window.dataFiles.offer)
    window.watchPanels()
    window.modulePanel.moduleSelected.connect(lambda _name: window.watchPanels())
    for message in manager.messages:
        logger.warning("%s", message)
    return window


class Session(QObject):
    """What the command line asked the window to do."""

    def __init__(self, arguments, application, window: MainWindow):
        super().__init__(window)
        self._application = application
        self._window = window
        self._paths = [str(path) for path in getattr(arguments, "paths", None) or ()]
        self._screenshot = getattr(arguments, "screenshot", None)
        self._leaves = bool(self._screenshot or getattr(arguments, "exitAfterLoad", False))
        window.remembersArrangement = not self._leaves
        window.sceneFiles.asks = window.asksBeforeClosing = not self._leaves
        self._problems: list[str] = []
        self.exitCode = SUCCEEDED

    def start(self) -> None:
        """Import and load in the background; with a screenshot and no paths, the sample data.

        Scenes are autosaved where somebody is there; and nothing of them is kept beside a database in memory.
        """
        if self._application.database.isInMemory:
            self._window.sceneFiles.recent.isPaused = True
        elif not self._leaves and isinstance(self._application.settingsStore, SettingsFile):
            self._window.autosave.start(autosaveFolder())
            if "DICOM" in self._application.moduleManager.moduleNames():
                self._application.moduleManager.widgetRepresentation("DICOM").browserWidget.exports.offerUnsent()
        if self._paths:
            self._window.openPaths(self._paths, load=True)
        elif self._leaves:
            self._window.loadSampleData()
        if self._leaves:
            self._listenForProblems()
            LoadWatcher(self._window, self._onLoaded).start()

    def _listenForProblems(self) -> None:
        """Nobody reads the messages of a window that closes by itself: they go to stderr."""
        panel = self._application.moduleManager.widgetRepresentation("DICOM")
        for reporter in (self._window.reporter, panel.reporter):
            reporter.reported.connect(lambda message: self._problems.append(message.text))
        panel.browserWidget.dicomBrowser.directoryImported.connect(self._onImported)

    def _onImported(self, report) -> None:
        if not report.seriesUIDs:
            self._problems.append(report.asText())

    def _onLoaded(self) -> None:
        try:
            self._tellWhatWasLoaded()
        except DICOMError as error:
            self._problems.append(str(error))
            self.exitCode = FAILED
        finally:
            sys.stdout.flush()
            for problem in self._problems:
                sys.stderr.write(f"{problem}\n")
            self._window.close()

    def _tellWhatWasLoaded(self) -> None:
        """:raises FileError: when the picture of the window cannot be written"""
        nodes = [node for node in self._application.scene.nodes() if node.isDataNode and not node.GetHideFromEditors()]
        self.exitCode = SUCCEEDED if nodes else FAILED
        for node in nodes:
            text = describeVolume(node) if isVolume(node) else displayPath(f"{node.GetName()} ({node.GetClassName()})")
            sys.stdout.write(f"{text}\n")
        if not nodes:
            self._problems.append("Nothing was loaded.")
        if self._screenshot:
            sys.stdout.write(f"Screenshot: {self._window.screenshot(self._screenshot)}\n")


@contextmanager
def _interruptsCloseWindow(window: MainWindow) -> Iterator[None]:
    """Ctrl+C, a request to terminate and the end of the terminal close the window like its button does."""
    timer = QTimer(window)
    timer.timeout.connect(_letPythonRun)
    timer.start(SIGNAL_MILLISECONDS)
    with handlingEndingSignals(lambda *_arguments: window.closeUnasked(keepsAutosave=True)):
        yield


def _letPythonRun() -> None:
    """An empty turn of the interpreter, in which it delivers signals."""


class _ErrorsAreReported:
    """The window's edge: an exception that leaves a Qt slot is shown and logged; PyQt5 would abort the process."""

    def __init__(self, window: MainWindow):
        self._window = window
        self._previous = sys.excepthook

    def __enter__(self) -> None:
        sys.excepthook = self._report

    def __exit__(self, *_error) -> None:
        sys.excepthook = self._previous

    def _report(self, kind, error, trace) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._window.closeUnasked(keepsAutosave=True)
        elif isinstance(error, Exception):
            self._window.reporter.report(error)
        else:
            self._previous(kind, error, trace)
