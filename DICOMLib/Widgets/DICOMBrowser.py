"""The browser: toolbar, three tables, importing by button or by drop, removing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from qtpy.QtCore import QPoint, Qt, QUrl, Signal
from qtpy.QtGui import QDesktopServices, QGuiApplication
from qtpy.QtWidgets import QMenu, QVBoxLayout, QWidget

from ..Settings import Settings
from ..Wording import counted
from .BackgroundJobs import JobRunner
from .BrowserLogic import BrowserLogic
from .BrowserToolBar import BrowserToolBar
from .CopyOutController import CopyOutController
from .DatabaseNotifier import DEFAULT_INTERVAL_MILLISECONDS, DatabaseNotifier
from .DICOMTableManager import PATIENT, SERIES, STUDY, DICOMTableManager
from .DropOverlay import DropOverlay, acceptedPaths, isForWindow, wantsNoImport
from .ErrorReporting import ErrorReporter
from .ImportChooser import ImportChooser
from .ImportController import FinishedImport, ImportController
from .ImportDialog import FILES, FOLDERS, SLICER_DATABASE
from .ImportReportDialog import ImportReportDialog
from .RemovalController import NOUNS, RemovalController
from .SendController import SendController
from .SeriesThumbnails import SeriesThumbnails
from .SettingsDialog import SettingsDialog
from .ThumbnailLoader import ThumbnailLoader
from .UpkeepController import UpkeepController
from .WatchedFoldersDialog import WatchedFoldersDialog
from .WatchIndicator import WatchIndicator

LARGEST_PART_SPENT_REFRESHING = 0.1


class DICOMBrowser(QWidget):
    """Browses and fills the database of ``logic``; method names are those of CTK's browser where it has them.

    :param logic: does the work (see :class:`BrowserLogic`)
    :param jobs: runs it off the GUI thread
    """

    ImportDirectoryCopy = 0
    ImportDirectoryAddLink = 1

    loadRequested = Signal(list)
    """SeriesInstanceUIDs to load at once."""
    choicesRequested = Signal(list)
    """SeriesInstanceUIDs whose loading choices are to be shown."""
    lookRequested = Signal(list)
    """Paths to load without importing them."""
    directoryImported = Signal(object)
    """The report of an import."""
    selectionChanged = Signal()

    def __init__(
        self,
        logic: BrowserLogic,
        jobs: JobRunner,
        settings: Settings,
        reporter: ErrorReporter,
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setObjectName("dicomBrowser")
        self._logic, self._settings, self._reporter = logic, settings, reporter
        self.lastReport = None
        self._selectionAtImport: set | None = None
        self.setAcceptDrops(True)
        self.toolBar = BrowserToolBar(settings, reporter)
        self.toolBar.setCopyingPossible(not logic.database.isInMemory)
        self.tables = DICOMTableManager(logic.database, reporter)
        self.imports = ImportController(logic, jobs, reporter, self)
        self.importChooser = ImportChooser(settings, reporter, lambda: not logic.database.isInMemory, self)
        self.removals = RemovalController(logic, jobs, settings, reporter, self)
        self.copies = CopyOutController(logic.database, jobs, settings, reporter, self)
        self.sends = SendController(logic, jobs, settings, reporter, self)
        self.upkeep = UpkeepController(logic.database, jobs, reporter, self)
        self.toolBar.addMenu(self.upkeep.menu(self.toolBar))
        self.toolBar.setReadOnly(logic.database.readOnlyReason)
        self.notifier = DatabaseNotifier(logic.database, parent=self)
        loader = ThumbnailLoader(logic.database, reporter, logic.workers, self)
        self.thumbnails = SeriesThumbnails(self.tables.seriesTable, loader, settings, reporter, self)
        self._dropOverlay = DropOverlay(self, "Drop to import")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.toolBar)
        layout.addWidget(self.tables, 1)
        self.watchIndicator = None
        if logic.watcher is not None:
            self.watchIndicator = WatchIndicator(logic.database, logic.watcher, settings, reporter)
            layout.addWidget(self.watchIndicator)
        self.toolBar.watchAction.setVisible(self.watchIndicator is not None)
        self._connect()
        self.refresh()

    def database(self) -> object:
        return self._logic.database

    def dicomTableManager(self) -> DICOMTableManager:
        return self.tables

    def refresh(self) -> None:
        """Show the database as it is now."""
        self.tables.refresh()
        self.thumbnails.refresh()
        self._updateActions()

    def importDirectory(self, directory: str, mode: int = ImportDirectoryAddLink) -> None:
        """Import a folder with all its subfolders in the background."""
        self.importDirectories([directory], mode)

    def importDirectories(self, directories: Sequence[str], mode: int = ImportDirectoryAddLink) -> None:
        self.importPaths(directories, copyFiles=mode == self.ImportDirectoryCopy)

    importFiles = importDirectories

    def importPaths(
        self,
        paths: Sequence[str],
        copyFiles: bool | None = None,
        onDone: Callable[[object], None] | None = None,
    ) -> None:
        """Import files and folders in the background; the menu says whether to copy unless ``copyFiles`` does."""
        self.imports.importPaths(paths, self.toolBar.copyFiles if copyFiles is None else copyFiles, onDone)

    def waitForImportFinished(self) -> None:
        """Block until imports are done: for scripts."""
        self.imports.waitForImportFinished()

    def selectedItems(self, level: str = SERIES) -> list:
        """Keys selected at "patient", "study" or "series"."""
        return self.tables.selectedUIDs(level)

    def selectedSeries(self) -> list[str]:
        return self.tables.selectedSeries()

    def selectSeries(self, seriesUIDs: Sequence[str]) -> None:
        """Select series and what they belong to."""
        studyUIDs, patientUIDs = self._logic.parentsOfSeries(seriesUIDs)
        self.tables.selectSeries(seriesUIDs, studyUIDs, patientUIDs)

    def fileListForCurrentSelection(self) -> list[str]:
        """Files of the selected series."""
        database = self._logic.database
        return [path for uid in self.selectedSeries() for path in database.filesForSeries(uid)]

    def removeSelectedItems(self, level: str | None = None) -> None:
        """Ask and remove: series when only some of a study's are selected, else the studies or the patients."""
        level = level or self._levelToRemove()
        if level:
            self.removals.remove(level, self.selectedItems(level))

    def copyOutSelected(self) -> None:
        """Ask how and where to, and copy the files of the selected series there."""
        series = self.selectedSeries()
        if series:
            self.copies.ask(series)
        else:
            self._reporter.inform("Select patients, studies or series first; then they can be copied out.")

    def sendSelected(self) -> None:
        """Ask where to, and send the files of the selected series there."""
        series = self.selectedSeries()
        if series:
            self.sends.ask(series)
        else:
            self._reporter.inform("Select patients, studies or series first; then they can be sent.")

    def showImportReport(self) -> ImportReportDialog | None:
        """Open the report of the last import beside the window; None when there was none."""
        if self.lastReport is None:
            return None
        dialog = ImportReportDialog(self.lastReport, self._reporter, self.window())
        dialog.show()
        return dialog

    def showWatchedFolders(self) -> WatchedFoldersDialog:
        """Open the list of folders whose files come in by themselves."""
        return self.watchIndicator.showDialog()

    def showSettings(self) -> SettingsDialog:
        """Open the settings of the module."""
        dialog = SettingsDialog(self._settings, self._logic.registry.names(), self.window())
        dialog.accepted.connect(self.toolBar.showSettings)
        dialog.show()
        return dialog

    def close(self) -> bool:
        """Stop listening to the database and to the watched folders; call before they are closed."""
        if self.watchIndicator is not None:
            self.watchIndicator.close()
        self.notifier.close()
        self.thumbnails.close()
        return super().close()

    def dragEnterEvent(self, event) -> None:
        if isForWindow(event, self.window()):
            event.ignore()
        elif acceptedPaths(event):
            self._explainDrop(event)
            self._dropOverlay.showOver()

    def dragMoveEvent(self, event) -> None:
        if acceptedPaths(event):
            self._explainDrop(event)

    def _explainDrop(self, event) -> None:
        if wantsNoImport(event):
            self._dropOverlay.setText("Drop to look at it\nNothing is imported.")
            return
        how = "copied into the database" if self.toolBar.copyFiles else "linked to"
        self._dropOverlay.setText(f"Drop to import\nThe files are {how}. Hold Shift to look without importing.")

    def dragLeaveEvent(self, event) -> None:
        self._dropOverlay.hide()
        event.accept()

    def dropEvent(self, event) -> None:
        self._dropOverlay.hide()
        paths = acceptedPaths(event)
        if wantsNoImport(event):
            self.lookRequested.emit(paths)
        else:
            self.importPaths(paths)

    def _connect(self) -> None:
        bar = self.toolBar
        bar.importFolderRequested.connect(lambda: self.importChooser.show(FOLDERS))
        bar.importFilesRequested.connect(lambda: self.importChooser.show(FILES))
        bar.importSlicerDatabaseRequested.connect(lambda: self.importChooser.show(SLICER_DATABASE))
        self.importChooser.chosen.connect(self._importChosen)
        self.importChooser.lookChosen.connect(self.lookRequested)
        bar.watchRequested.connect(self.showWatchedFolders)
        bar.settingsRequested.connect(self.showSettings)
        bar.loadRequested.connect(self._requestLoad)
        bar.copyOutRequested.connect(self.copyOutSelected)
        bar.sendRequested.connect(self.sendSelected)
        bar.serversRequested.connect(lambda: self.sends.showServers())
        bar.removeRequested.connect(lambda: self.removeSelectedItems())
        bar.refreshRequested.connect(self.refresh)
        bar.refreshRequested.connect(self.thumbnails.retryFailed)
        bar.choicesRequested.connect(lambda: self.choicesRequested.emit(self.selectedSeries()))
        bar.reportRequested.connect(self.showImportReport)
        self.tables.selectionChanged.connect(self._updateActions)
        self.tables.selectionChanged.connect(self.selectionChanged)
        self.tables.loadRequested.connect(self._requestLoad)
        self.tables.removeRequested.connect(self.removeSelectedItems)
        self.tables.contextMenuRequested.connect(self._showContextMenu)
        self.imports.importStarted.connect(self._rememberSelection)
        self.imports.importFinished.connect(self._imported)
        self.removals.removed.connect(self.refresh)
        self.upkeep.finished.connect(lambda _report: self.refresh())
        if self.watchIndicator is not None:
            self.watchIndicator.filesCameIn.connect(self._remember)
        self.notifier.databaseChanged.connect(self._refreshWhileItChanges)

    def _requestLoad(self) -> None:
        seriesUIDs = self.selectedSeries()
        if seriesUIDs:
            advanced = self._settings.value("DICOM/advancedView")
            (self.choicesRequested if advanced else self.loadRequested).emit(seriesUIDs)

    def _refreshWhileItChanges(self) -> None:
        """Refresh, the less often the longer it takes: a large database shall not keep the window busy by itself."""
        started = time.perf_counter()
        self.refresh()
        spent = (time.perf_counter() - started) * 1000
        self.notifier.setInterval(max(DEFAULT_INTERVAL_MILLISECONDS, round(spent / LARGEST_PART_SPENT_REFRESHING)))

    def _rememberSelection(self) -> None:
        self._selectionAtImport = set(self.selectedItems(PATIENT))

    def _imported(self, finished: FinishedImport) -> None:
        report = finished.report
        self._remember(report)
        self.refresh()
        if set(self.selectedItems(PATIENT)) == self._selectionAtImport and report.seriesUIDs:
            # A selection made while the import ran is somebody at work: leave it alone.
            self.tables.selectSeries(report.seriesUIDs, finished.studyUIDs, finished.patientUIDs)
        self.directoryImported.emit(report)

    def _importChosen(self, paths: list[str], copyFiles: bool) -> None:
        self.toolBar.showSettings()
        self.importPaths(paths, copyFiles)

    def _remember(self, report) -> None:
        self.lastReport = report
        self.toolBar.reportAction.setEnabled(True)

    def _updateActions(self) -> None:
        series = len(self.selectedSeries())
        self.toolBar.setSelectionCounts(series, series > 0 or bool(self.selectedItems(PATIENT)))

    def _levelToRemove(self) -> str:
        """The highest level at which exactly the selected series make up whole items."""
        for level, below in ((PATIENT, (STUDY, SERIES)), (STUDY, (SERIES,)), (SERIES, ())):
            tables = [self.tables.tables()[name] for name in below]
            complete = all(len(table.selectedKeys()) == table.model.totalCount for table in tables)
            if complete and self.selectedItems(level):
                return level
        return ""

    def _showContextMenu(self, level: str, place: QPoint) -> None:
        self.contextMenu(level).popup(place)

    def contextMenu(self, level: str) -> QMenu:
        """What can be done with the rows selected in one table."""
        series, items = self.selectedSeries(), self.selectedItems(level)
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        loadText = f"Load {counted(len(series), 'series', 'series')}"
        load = menu.addAction(loadText, lambda: self.loadRequested.emit(series))
        choices = menu.addAction("Show loading choices…", lambda: self.choicesRequested.emit(series))
        copyOut = menu.addAction(f"Copy out {counted(len(series), 'series', 'series')}…", self.copyOutSelected)
        send = menu.addAction(f"Send {counted(len(series), 'series', 'series')} to DICOM server…", self.sendSelected)
        menu.addSeparator()
        copyName = "Copy patient ID" if level == PATIENT else "Copy UID"
        copyAction = menu.addAction(copyName, lambda: self._copyIdentifiers(level))
        show = menu.addAction("Show in file manager", self._showInFileManager)
        menu.addSeparator()
        remove = menu.addAction(
            f"Remove {counted(len(items), *NOUNS[level])}…", lambda: self.removeSelectedItems(level)
        )
        for action in (load, choices, copyOut, send, show):
            action.setEnabled(bool(series))
        copyAction.setEnabled(bool(items))
        remove.setEnabled(bool(items) and not self._logic.database.readOnlyReason)
        return menu

    def _copyIdentifiers(self, level: str) -> None:
        table = self.tables.tables()[level]
        key = "PatientID" if level == PATIENT else table.model.keyName
        QGuiApplication.clipboard().setText("\n".join(str(record[key]) for record in table.selectedRecords()))

    def _showInFileManager(self) -> None:
        with self._reporter.guard("show the files"):
            folders = dict.fromkeys(os.path.dirname(path) for path in self.fileListForCurrentSelection())
            for folder in list(folders)[:1]:
                QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
