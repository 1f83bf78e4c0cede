"""The host's window: modules and data on the left, views in the middle, console below, status bar at the bottom."""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from pyvistaqt import MainWindow as PyVistaMainWindow
from qtpy.QtCore import QByteArray, QSaveFile, QSize, Qt, QTimer, Signal
from qtpy.QtWidgets import QApplication, QDockWidget, QFileDialog, QLabel, QMainWindow, QMessageBox, QWidget

from DICOMLib.Errors import FileError, SettingsError
from DICOMLib.SceneFiles.SortedPaths import sortedPaths
from DICOMLib.Widgets.BackgroundJobs import JobRunner
from DICOMLib.Widgets.DatabaseNotifier import DatabaseNotifier
from DICOMLib.Widgets.DICOMBrowser import DICOMBrowser
from DICOMLib.Widgets.DropOverlay import acceptedPaths, wantsNoImport
from DICOMLib.Widgets.ErrorReporting import ErrorReporter, Message
from DICOMLib.Widgets.ExportController import ExportController
from DICOMLib.Widgets.ImportDialog import FOLDERS, LOOK_FILES, LOOK_FOLDERS

from .AutosaveController import AutosaveController
from .DataFiles import DataFiles
from .DataProbe import DataProbe
from .DataTree import DataTree
from .DiffusionDialog import DiffusionDialog
from .DiffusionTexts import isWeighted
from .EmptyState import EmptyState
from .Icons import icon, pixmap
from .JobStatus import JobStatus
from .LayoutManager import LayoutManager
from .MainWindowMenus import MainWindowMenus
from .ModulePanel import ModulePanel
from .NodeSaving import NodeSaving
from .PythonConsole import PythonConsole
from .SceneController import SceneController
from .SceneFile import shownName
from .SegmentSurfaces import SegmentSurfaces
from .SequenceBar import SequenceBar
from .UnsavedQuestion import UnsavedQuestion
from .VolumeSaving import VolumeSaving

logger = logging.getLogger(__name__)

TITLE = "DICOM Module"
NEW_TITLE = "New scene"
DEFAULT_SIZE = (1440, 900)
FRAME_ROOM = QSize(16, 48)  # title bar and borders, which the window system adds once the window is shown
MESSAGE_MILLISECONDS = 8000
MESSAGE_MARGIN = 6
CHANGES_MILLISECONDS = 1000  # how often the title learns of changed data, not all of which is told by events
TREE_PART_OF_DOCKS = 0.3
LEAST_TREE_HEIGHT, HEIGHT_FOR_MODULES = 140, 640


class MainWindow(PyVistaMainWindow):
    """The window of the standalone program.

    :param application: the host's scene, settings and module manager (see ``Application.py``)

    :ivar layoutManager: the views
    :ivar modulePanel: pages of the modules, filled by the module manager
    :ivar dataTree: what is loaded
    :ivar sequenceBar: steps through sequences, below the views
    :ivar pythonConsole: the prompt, hidden until asked for
    :ivar sceneFiles: opens and saves scenes
    :ivar dataFiles: loads volumes, models and whatever else nodes have files of
    :ivar autosave: saves the scene by itself once it is started
    :ivar remembersArrangement: whether closing keeps size, docks and layout in the settings
    :ivar asksBeforeClosing: whether closing asks what is to become of data that is in no file

    Signal ``aboutToClose()`` before the views are closed: modules end their jobs then.
    """

    aboutToClose = Signal()

    def __init__(self, application, parent: QWidget | None = None):
        super().__init__(parent=parent, title=f"{TITLE}[*]", size=DEFAULT_SIZE)
        self.setObjectName("mainWindow")
        self.application = application
        self.remembersArrangement = True
        self.asksBeforeClosing = False
        self._isClosed = self._keepsAutosave = False
        self.setWindowIcon(icon("Application"))
        self.setAcceptDrops(True)
        self.jobs = JobRunner(self)
        self.reporter = ErrorReporter(self)
        self._reports: list[Message] = []  # the one that is shown, and those that wait
        self.reporter.reported.connect(self._showReport)
        self.jobs.callbackFailed.connect(lambda error: self.reporter.report(error))
        self.layoutManager = LayoutManager(application.scene, self)
        self.sequenceBar = SequenceBar(application.scene, self.layoutManager, self)
        self.setCentralWidget(self.sequenceBar.below(self.layoutManager.viewArea))
        self.sceneFiles = SceneController(self)
        self.dataFiles = DataFiles(self)
        self._buildDocks()
        self._buildStatusBar()
        self.autosave = AutosaveController(self)
        self._buildEmptyState()
        self.menus = MainWindowMenus(self)
        self._restoreArrangement()
        self._changesTimer = QTimer(self)
        self._changesTimer.timeout.connect(self.showChanges)
        self._changesTimer.start(CHANGES_MILLISECONDS)

    # Parts

    def _buildDocks(self) -> None:
        self.setDockOptions(QMainWindow.AnimatedDocks | QMainWindow.AllowNestedDocks | QMainWindow.AllowTabbedDocks)
        self.setCorner(Qt.BottomLeftCorner, Qt.LeftDockWidgetArea)
        self.modulePanel = ModulePanel(self)
        self.dataTree = DataTree(self.application.scene, self.layoutManager, self)
        self.volumeSaving = VolumeSaving(self)
        self.dataTree.saveRequested.connect(self.volumeSaving.ask)
        self.nodeSaving = NodeSaving(self)
        self.dataTree.beforeRemoval = self.sceneFiles.askBeforeRemoval
        self.dataTree.fileRequested.connect(self.nodeSaving.ask)
        self.dataTree.browseRequested.connect(self.sequenceBar.browse)
        self.dataTree.diffusionRequested.connect(self.showDiffusion)
        self.dataTree.exportRequested.connect(self.exportItems)
        self.segmentSurfaces = SegmentSurfaces(self.application.scene, self.jobs, self.reporter.report, self)
        self.dataTree.shownIn3DRequested.connect(self.segmentSurfaces.setShown)
        self.diffusionDialog: DiffusionDialog | None = None
        self.pythonConsole = PythonConsole(self._consoleNamespace(), self)
        self.moduleDock = self._dock("moduleDock", "Modules", self.modulePanel, Qt.LeftDockWidgetArea)
        self.dataDock = self._dock("dataDock", "Data", self.dataTree, Qt.LeftDockWidgetArea)
        self.consoleDock = self._dock("consoleDock", "Python console", self.pythonConsole, Qt.BottomDockWidgetArea)
        self.consoleDock.hide()
        # Who asks for the prompt wants to type; the first time it is made only while it is being shown.
        self.consoleDock.toggleViewAction().triggered.connect(
            lambda shown: shown and QTimer.singleShot(0, self.pythonConsole.setFocus)
        )

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _consoleNamespace(self) -> dict[str, object]:
        names = getattr(self.application, "slicerNames", None)
        scripting = {} if names is None else names.namespace()
        return {**scripting, "application": self.application, "mainWindow": self, "scene": self.application.scene}

    def _buildStatusBar(self) -> None:
        self.dataProbe = DataProbe(self)
        for view in self.layoutManager.sliceViews().values():
            self.dataProbe.watch(view)
        self.statusBar().addWidget(self.dataProbe, 1)
        self.messageLabel = QLabel(self)
        self.messageLabel.setObjectName("statusMessage")
        self.messageLabel.setTextFormat(Qt.PlainText)
        self.messageLabel.setContentsMargins(0, 0, MESSAGE_MARGIN, 0)
        self.statusBar().addPermanentWidget(self.messageLabel)
        self.jobArea = JobStatus(self.jobs, self)
        self.statusBar().addPermanentWidget(self.jobArea)
        self.statusBar().setSizeGripEnabled(False)

    def _buildEmptyState(self) -> None:
        self.emptyState = EmptyState(self.layoutManager.viewArea)
        self.emptyState.addDataRequested.connect(self.addDataDialog)
        self.emptyState.sampleDataRequested.connect(self.loadSampleData)
        self.layoutManager.contentChanged.connect(self._updateEmptyState)
        self._notifier = None
        if getattr(self.application, "database", None) is not None:
            self._notifier = DatabaseNotifier(self.application.database, parent=self)
            self._notifier.databaseChanged.connect(self._updateEmptyState)
        self._updateEmptyState()

    def _updateEmptyState(self) -> None:
        isEmpty = not self.layoutManager.hasContent()
        if isEmpty and self._notifier is not None:
            with self.reporter.guard("look into the database"):
                self.emptyState.setDatabaseFilled(self.application.database.patientsCount() > 0)
        self.emptyState.setVisible(isEmpty)
        self.emptyState.place()

    # Arrangement

    def _restoreArrangement(self) -> None:
        settings = self.application.settings
        self.layoutManager.setLayout(settings.value("MainWindow/Layout"))
        self._fitToScreen()
        geometry, state = settings.value("MainWindow/Geometry"), settings.value("MainWindow/State")
        if not (geometry and state and self.restoreGeometry(_decoded(geometry)) and self.restoreState(_decoded(state))):
            self._arrangeDocks()

    def _fitToScreen(self) -> None:
        """Where title bar and borders would push a part of the window off the screen, it takes the whole screen."""
        screen = QApplication.primaryScreen()
        if screen is None:
            return
        available = screen.availableSize()
        if (self.size() + FRAME_ROOM).boundedTo(available) != self.size() + FRAME_ROOM:
            self.resize(self.size().boundedTo(available))
            self.setWindowState(self.windowState() | Qt.WindowMaximized)

    def _arrangeDocks(self) -> None:
        height = self.height()
        # In a low window the tables need the room more than the tree does.
        tree = min(int(height * TREE_PART_OF_DOCKS), max(LEAST_TREE_HEIGHT, height - HEIGHT_FOR_MODULES))
        self.resizeDocks([self.moduleDock, self.dataDock], [height - tree, tree], Qt.Vertical)
        self.resizeDocks([self.moduleDock], [min(420, self.width() // 3)], Qt.Horizontal)
        self.resizeDocks([self.consoleDock], [200], Qt.Vertical)

    def _tryToSaveArrangement(self) -> None:
        try:
            self._saveArrangement()
        except SettingsError as error:  # a full disk must not keep the window from closing in order
            logger.warning("The arrangement of the window is not kept: %s", error)

    def _saveArrangement(self) -> None:
        settings = self.application.settings
        settings.setValue("MainWindow/Layout", self.layoutManager.layoutName)
        settings.setValue("MainWindow/Geometry", _encoded(self.saveGeometry()))
        settings.setValue("MainWindow/State", _encoded(self.saveState()))

    # Data

    def openPaths(self, paths: Sequence[str | os.PathLike], load: bool = False) -> None:
        """Import files and folders into the database in the background; files of scenes and nodes are loaded instead.

        :param load: also load what was imported
        """
        paths = self._loadFiles(paths)
        if not paths:
            return
        self.application.moduleManager.selectModule("DICOM")
        widget = self.application.moduleManager.widgetRepresentation("DICOM")
        widget.importPaths([os.fspath(path) for path in paths], loadAfterImport=load)

    def _loadFiles(self, paths: Sequence[str | os.PathLike]) -> list[str | os.PathLike]:
        """Open the scenes among paths, then load the files of nodes. :returns: the others"""
        found = sortedPaths(paths)
        self.sceneFiles.open(found.scenes, lambda: self.dataFiles.load(found.nodeFiles))
        return found.others

    def addDataDialog(self) -> None:
        """Ask for folders and import them."""
        self._showBrowser().importChooser.show(FOLDERS)

    def lookAtFoldersDialog(self) -> None:
        """Ask for folders and load what is in them, without importing."""
        self._showBrowser().importChooser.showToLook(LOOK_FOLDERS)

    def lookAtFilesDialog(self) -> None:
        """Ask for files and load what is in them, without importing."""
        self._showBrowser().importChooser.showToLook(LOOK_FILES)

    def lookAtPaths(self, paths: Sequence[str | os.PathLike]) -> None:
        """Load files and folders in the background without importing them; of whatever kind they are."""
        paths = self._loadFiles(paths)
        if not paths:
            return
        self.application.moduleManager.selectModule("DICOM")
        self.application.moduleManager.widgetRepresentation("DICOM").loadFiles([os.fspath(path) for path in paths])

    def copyOutSelected(self) -> None:
        """Show the browser and ask where its selected series are to be copied to."""
        self._showBrowser().copyOutSelected()

    def sendSelected(self) -> None:
        """Show the browser and ask which servers its selected series are to be sent to."""
        self._showBrowser().sendSelected()

    def showServers(self) -> None:
        """Open the list of DICOM servers."""
        self._showBrowser().sends.showServers()

    def exportItems(self, itemIDs: Sequence[int] = ()) -> ExportController:
        """Open the dialog that writes what is loaded as DICOM.

        :param itemIDs: items to tick; default: those selected in the data tree, else what the slice views show
        :returns: what holds the dialog and tells when something was exported
        """
        items = list(itemIDs) or self.dataTree.selectedItems() or self._shownItems()
        panel = self.application.moduleManager.widgetRepresentation("DICOM").browserWidget
        panel.exports.ask(items)
        return panel.exports

    def _shownItems(self) -> list[int]:
        hierarchy = self.application.scene.GetSubjectHierarchyNode()
        shown = [view.backgroundVolume for view in self.layoutManager.sliceViews().values()]
        return [item for node in shown if (item := hierarchy.GetItemByDataNode(node))]

    def showWatchedFolders(self) -> None:
        """Open the list of folders whose files come in by themselves."""
        self._showBrowser().showWatchedFolders()

    def showDiffusion(self, node=None) -> None:
        """Open the window on b-values, directions and maps.

        :param node: default: the one that the window shows if it is open, else one that the views show
        """
        if self.diffusionDialog is None:
            self.diffusionDialog = DiffusionDialog(self)
        if node is None and not self.diffusionDialog.isVisible():
            shown = [view.backgroundVolume for view in self.layoutManager.sliceViews().values()]
            node = next(filter(isWeighted, shown), None)
        if node is not None:
            self.diffusionDialog.setNode(node)
        self.diffusionDialog.show()
        self.diffusionDialog.raise_()

    def showSettings(self) -> None:
        """Open the settings."""
        self._showBrowser().showSettings()

    def _showBrowser(self) -> DICOMBrowser:
        self.application.moduleManager.selectModule("DICOM")
        return self.application.moduleManager.widgetRepresentation("DICOM").browserWidget.dicomBrowser

    def loadSampleData(self) -> None:
        """Generate the sample data in the background, once for each user, and load them."""
        self.jobs.start(
            self.application.sampleDataFolder,
            lambda folder: self.openPaths([folder], load=True),
            lambda error: self.reporter.report(error, "make the sample data"),
            description="Making sample data",
        )

    def isBusy(self) -> bool:
        """Whether the window or a module's panel has work running in the background."""
        return bool(self.jobs.jobs) or any(runner.jobs for runner in self._panelRunners())

    def watchPanels(self) -> None:
        """Show the progress of the panels' work in the status bar, where it is seen whatever the panel shows."""
        for runner in self._panelRunners():
            self.jobArea.watch(runner)

    def _panelRunners(self) -> list[JobRunner]:
        panels = (module.widget for module in self.application.moduleManager.modules())
        runners = (getattr(panel, "jobs", None) for panel in panels if panel is not None)
        return [runner for runner in runners if isinstance(runner, JobRunner)]

    def dragEnterEvent(self, event) -> None:
        acceptedPaths(event)

    def dropEvent(self, event) -> None:
        paths = acceptedPaths(event)
        if paths:
            # The drop ends first: an import that asks something must not hold the other program's mouse.
            take = self.lookAtPaths if wantsNoImport(event) else self.openPaths
            QTimer.singleShot(0, lambda: take(paths))

    # Messages and pictures

    def _showReport(self, message: Message) -> None:
        """A message of the window itself; modules show theirs in their panels."""
        self.messageLabel.clear()  # what went well before is beside it no longer true of what was tried last
        self._reports.append(message)
        if len(self._reports) == 1:
            self._openReport()

    def _openReport(self) -> None:
        """One at a time: of boxes on top of each other Return would reach none, since each holds up the others."""
        message = self._reports[0]
        box = QMessageBox(QMessageBox.NoIcon, TITLE, message.text, QMessageBox.Ok, self)
        box.setTextFormat(Qt.PlainText)  # it may hold the name of a file
        box.setIconPixmap(pixmap("Warning", 40))
        box.setDetailedText(message.details)
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.finished.connect(self._onReportRead)
        box.open()

    def _onReportRead(self) -> None:
        del self._reports[0]
        if self._reports and not self._isClosed:
            self._openReport()

    def showMessage(self, text: str) -> None:
        """Say something in the status bar for a while."""
        self.messageLabel.setText(text)
        QTimer.singleShot(MESSAGE_MILLISECONDS, lambda: self._clearMessage(text))

    def _clearMessage(self, text: str) -> None:
        if not self._isClosed and self.messageLabel.text() == text:
            self.messageLabel.clear()

    def screenshot(self, path: str | os.PathLike) -> Path:
        """Save a picture of the whole window, views freshly drawn.

        :returns: the file
        :raises FileError: when it cannot be written
        """
        for view in self.layoutManager.views().values():
            if view.isVisible():
                view.screenshot()
        target = Path(path)
        writer = QSaveFile(str(target))
        saved = writer.open(QSaveFile.WriteOnly) and self.grab().save(writer, target.suffix.lstrip("."))
        if not (saved and writer.commit()):
            reason = writer.errorString() if writer.error() != QSaveFile.NoError else None
            hint = "Use a folder that exists and has space left, and .png or .jpg"
            raise FileError("the picture cannot be written", target, reason, hint)
        return target

    def saveScreenshotDialog(self) -> None:
        """Ask for a file and save a picture of the window there."""
        title = "Save a picture of the window"
        path, _filter = QFileDialog.getSaveFileName(self, title, "screenshot.png", "PNG (*.png)")
        if path:
            self.showMessage(f"Saved {self.screenshot(path).name}")

    # End

    def showChanges(self) -> None:
        """Name the scene's file in the title, with a mark while there is data that is in no file."""
        path, isChanged = self.sceneFiles.file.path, bool(self.sceneFiles.changes.nodes())
        unnamed = NEW_TITLE if isChanged else TITLE
        name = unnamed if path is None else shownName(path).replace("[*]", "[*][*]")
        self.setWindowTitle(f"{name}[*]")  # Qt puts the program's name behind it
        self.setWindowModified(isChanged)

    def closeUnasked(self, keepsAutosave: bool = False) -> None:
        """Close the window without a question about data that is in no file, as a script or a signal wants it.

        :param keepsAutosave: leave what is autosaved of it for the next start: nobody has said it is to be lost
        """
        self.asksBeforeClosing = False
        self._keepsAutosave = keepsAutosave
        self.close()

    def _staysOpen(self) -> bool:
        """Whether closing has to wait for a scene that is being saved, or for the answer to a question."""
        if not self.asksBeforeClosing:
            return False
        if self.sceneFiles.isSaving:
            self.showMessage("The window closes once the scene is saved")
            self.sceneFiles.saver.whenSaved(self.close)
            return True
        unsaved = self.sceneFiles.changes.nodes()
        if unsaved and self.findChild(UnsavedQuestion) is None:
            UnsavedQuestion(unsaved, "closing", self, self.close, self.closeUnasked).open()
        return bool(unsaved)

    def closeEvent(self, event) -> None:
        """Modules end their jobs, then the views give their OpenGL contexts back, then Qt may destroy the widgets."""
        if not self._isClosed and self._staysOpen():
            event.ignore()
            return
        if not self._isClosed:
            self._isClosed = True
            self._changesTimer.stop()
            self.autosave.close(self._keepsAutosave and bool(self.sceneFiles.changes.nodes()))
            self.sceneFiles.close()
            if self.remembersArrangement:
                self._tryToSaveArrangement()
            self.aboutToClose.emit()
            if self._notifier is not None:
                self._notifier.close()
            self.segmentSurfaces.close()
            self.sequenceBar.closeBar()
            self.jobs.shutdown()
            self.pythonConsole.stop()
            self.dataTree.closeTree()
            if self.diffusionDialog is not None:
                self.diffusionDialog.forget()
            self.layoutManager.closeViews()
        super().closeEvent(event)


def _encoded(data: QByteArray) -> str:
    return base64.b64encode(bytes(data)).decode("ascii")


def _decoded(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii"))
