"""The whole panel: browser, messages, loading choices and progress, wired together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QSplitter, QVBoxLayout, QWidget

from .. import ReferencedSeries
from ..DirectLoading import MAXIMUM_SERIES_AT_ONCE, largestSeries
from ..Errors import DICOMError, displayPath
from ..Settings import Settings
from ..Wording import counted
from .BackgroundJobs import JobRunner
from .BrowserLogic import BrowserLogic
from .DICOMBrowser import DICOMBrowser
from .ErrorReporting import INFORMATION, WARNING, ErrorReporter, Message
from .ExportController import ExportController
from .LoadablesTable import LoadablesTable
from .LoadController import LoadController
from .MessageBar import MessageBar
from .ProgressPanel import ProgressPanel
from .ReferencesDialog import ReferencesDialog
from .ScrollIntoView import scrollIntoView

# A selection that moves on at once, as while rows arrive, is nothing to prepare for.
SELECTION_MILLISECONDS = 50


class SlicerDICOMBrowser(QWidget):
    """Named after Slicer's, with the members its scripts use: ``dicomBrowser``, ``loadablesByPlugin``,
    ``onSeriesSelected``, ``examineForLoading``, ``loadCheckedLoadables``.
    """

    nodesLoaded = Signal(object)
    """Nodes that have just joined the scene."""

    def __init__(
        self,
        logic: BrowserLogic,
        jobs: JobRunner,
        settings: Settings,
        reporter: ErrorReporter,
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setObjectName("dicomPanel")
        self._logic, self._settings, self._reporter = logic, settings, reporter
        self.dicomBrowser = DICOMBrowser(logic, jobs, settings, reporter)
        self.loads = LoadController(logic, jobs, reporter, self)
        self.exports = ExportController(logic, jobs, settings, reporter, self)
        self.loadablesTable = LoadablesTable()
        self.loadablesTable.hide()
        self.messageBar = MessageBar()
        self.progressPanel = ProgressPanel(jobs)
        self.splitter = splitter = QSplitter(Qt.Vertical, objectName="panelSplitter")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.dicomBrowser)
        splitter.addWidget(self.loadablesTable)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)  # the page around it has its own
        layout.setSpacing(4)
        layout.addWidget(self.messageBar)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.progressPanel)
        self._selectionTimer = QTimer(self)
        self._selectionTimer.setSingleShot(True)
        self._selectionTimer.setInterval(SELECTION_MILLISECONDS)
        self._selectionTimer.timeout.connect(self._prepareToLoad)
        self._connect()
        for warning in logic.database.warnings:
            reporter.warn(warning)

    @property
    def loadablesByPlugin(self) -> dict:
        """Plugin → loadables, as last examined."""
        return self.loadablesTable.model.loadablesByPlugin

    def onSeriesSelected(self, seriesUIDs: Sequence[str]) -> None:
        """Select series by UID."""
        self.dicomBrowser.selectSeries(list(seriesUIDs))

    def examineForLoading(self) -> dict:
        """Examine the selected series and wait for it: for scripts. :returns: :attr:`loadablesByPlugin`"""
        self.loads.examine(self.dicomBrowser.selectedSeries())
        self.loads.wait()
        return self.loadablesByPlugin

    def loadCheckedLoadables(self) -> None:
        """Load what is ticked and wait for it: for scripts, which are never asked about referenced series."""
        self.loads.loadLoadables(self.loadablesByPlugin, withReferences=False)
        self.loads.wait()

    def uncheckAllLoadables(self) -> None:
        self.loadablesTable.model.uncheckAll()

    def loadSeries(self, seriesUIDs: Sequence[str]) -> None:
        """Load the best reading of each series in the background."""
        self.loads.loadSeries(seriesUIDs)

    def loadFiles(self, paths: Sequence[str]) -> None:
        """Load files and folders in the background without importing them."""
        self.loads.loadFiles(paths)

    def importPaths(self, paths: Sequence[str], copyFiles: bool | None = None, loadAfterImport: bool = False) -> None:
        """Import in the background; then load the series touched, the largest ones first if they are many."""
        self.dicomBrowser.importPaths(paths, copyFiles, self._loadImported if loadAfterImport else None)

    def _prepareToLoad(self) -> None:
        with suppress(DICOMError):  # who loads what is selected will be told
            self._logic.prepareToLoad(self.dicomBrowser.selectedSeries())

    def close(self) -> bool:
        self._selectionTimer.stop()
        self.exports.close()
        self.dicomBrowser.close()
        return super().close()

    def _connect(self) -> None:
        browser = self.dicomBrowser
        browser.loadRequested.connect(self.loads.loadSeries)
        browser.choicesRequested.connect(self.loads.examine)
        browser.selectionChanged.connect(self._selectionTimer.start)
        browser.directoryImported.connect(self._tellAboutImport)
        self.loads.requested.connect(self._forgetLastLoad)
        self.loads.examined.connect(self._showChoices)
        self.loads.loaded.connect(self.nodesLoaded)
        self.loads.referencesFound.connect(self._offerReferences)
        browser.lookRequested.connect(self.loads.loadFiles)
        browser.toolBar.exportRequested.connect(lambda: self.exports.askForSeries(browser.selectedSeries()))
        self.exports.browserRequested.connect(self.onSeriesSelected)
        self.loadablesTable.loadRequested.connect(lambda: self.loads.loadLoadables(self.loadablesByPlugin))
        self.loadablesTable.closed.connect(self.loadablesTable.hide)
        self._reporter.reported.connect(self._showMessage)
        self.messageBar.actionTriggered.connect(browser.showImportReport)

    def _showMessage(self, message: Message) -> None:
        self.messageBar.showMessage(message)

    def _forgetLastLoad(self) -> None:
        if self.loads.hasTold(self.messageBar.message):
            self.messageBar.dismiss()

    def _showChoices(self, loadablesByPlugin: dict) -> None:
        self.loadablesTable.setLoadables(loadablesByPlugin)
        if self.loadablesTable.isHidden():
            self.loadablesTable.show()
            self.splitter.setSizes([self.height() * 58 // 100, self.height() * 42 // 100])
        # In a low panel the choices lie below the fold, and nobody would know that they are there.
        scrollIntoView(self.loadablesTable)

    def _tellAboutImport(self, report) -> None:
        noteworthy = report.skipped or report.notes
        if noteworthy or self._settings.value("DICOM/ShowImportReport"):
            severity = WARNING if noteworthy else INFORMATION
            self.messageBar.showMessage(Message(_importText(report), severity=severity), "Report…")

    def _offerReferences(self, loadablesByPlugin: dict) -> None:
        if self._settings.value(ReferencedSeries.SETTING) == ReferencedSeries.ALWAYS:
            self._loadReferences(loadablesByPlugin)
            return
        dialog = ReferencesDialog(loadablesByPlugin, self._settings, self._reporter, self.window())
        dialog.accepted.connect(lambda: self._loadReferences(loadablesByPlugin))
        dialog.open()

    def _loadReferences(self, loadablesByPlugin: dict) -> None:
        if ReferencedSeries.titlesOf(loadablesByPlugin):
            self.loads.loadReferences(loadablesByPlugin)

    def _loadImported(self, report) -> None:
        chosen = largestSeries(self._logic.database, report.seriesUIDs, MAXIMUM_SERIES_AT_ONCE)
        if len(chosen) < len(report.seriesUIDs):
            self._reporter.inform(
                f"{len(report.seriesUIDs)} series were imported; the {len(chosen)} largest are being loaded. "
                "Double-click others to load them."
            )
        if chosen:
            self.loads.loadSeries(chosen, withReferences=False)  # what was imported with them comes anyway


def _importText(report) -> str:
    """What was imported; when that is nothing, why."""
    if report.seriesUIDs or report.cancelled or not report.skipped:
        return report.summary()
    first, count = report.skipped[0], len(report.skipped)
    others = f"{counted(count, 'file')} were left out, the first is " if count > 1 else ""
    return f"Nothing was imported. {others}{displayPath(first.path)}: {first.reason}."
