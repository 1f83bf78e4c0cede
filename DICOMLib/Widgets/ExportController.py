"""Exporting from the scene: opens the dialog, works in the background, shows the report."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from ..DICOMExportable import DICOMExportable
from ..DICOMPlugin import PluginContext
from ..Errors import CancelledError
from ..Export.Exporting import ExportReport, exportToDatabase, exportToFolder
from ..Export.ExportTags import saveTagsToScene
from ..Export.Placing import makePatientAndStudy, placeBelow, studies, suggestedStudy
from ..Export.ServerExport import UnsentObjects, exportToServer, leftUnsent
from ..Networking.SendReport import SendReport
from ..Progress import Progress
from ..Settings import Settings
from ..Wording import counted
from .BackgroundJobs import JobRunner
from .ErrorReporting import ErrorReporter
from .ExportDialog import ExportDialog
from .ExportReportDialog import ExportReportDialog
from .PlaceInStudyDialog import NewStudy, PlaceInStudyDialog
from .ServersDialog import ServersDialog
from .UnsentDialog import UnsentDialog

UNSENT_FOLDER = "Unsent"
DATABASE_IN_MEMORY = "The database is in memory and keeps no files. Export to a folder."


class ExportController(QObject):
    """One dialog at a time.

    :param logic: has database, scene, registry and workers

    :ivar dialog: the dialog that is open; None when there is none
    :ivar reportDialog: the report that was opened last; None when it is closed
    :ivar unsentDialogs: one for each export that a server has not stored whole, until the user has decided
    :ivar takePicture: gives a picture of the views for what is written of a whole scene; None where there are none
    """

    finished = Signal(object)
    """An ExportReport."""
    browserRequested = Signal(list)
    """SeriesInstanceUIDs that the user wants to see in the browser."""

    def __init__(self, logic, jobs: JobRunner, settings: Settings, reporter: ErrorReporter, parent: QWidget):
        super().__init__(parent)
        self._logic, self._jobs, self._settings, self._reporter = logic, jobs, settings, reporter
        self.dialog: ExportDialog | None = None
        self.placeDialog: PlaceInStudyDialog | None = None
        self.reportDialog: ExportReportDialog | None = None
        self.serversDialog: ServersDialog | None = None
        self.unsentDialogs: list[UnsentDialog] = []
        self.takePicture: Callable[[], numpy.ndarray | None] | None = None

    def ask(self, itemIDs: Sequence[int] = ()) -> ExportDialog:
        """Open the dialog, or bring it to the front.

        :param itemIDs: hierarchy items to tick; with none what is ticked stays
        """
        if self.dialog is None:
            self.dialog = ExportDialog(
                self._logic.registry, self._context, self._settings, self._databaseProblem(), self.parent().window()
            )
            self.dialog.exportRequested.connect(self._start)
            self.dialog.placeRequested.connect(self._place)
            self.dialog.destination.serversRequested.connect(self._showServers)
            self.dialog.finished.connect(self._forgetDialog)
        if itemIDs and not self.dialog.isBusy:
            self.dialog.selectItems(itemIDs)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        return self.dialog

    def askForSeries(self, seriesUIDs: Sequence[str]) -> ExportDialog:
        """Open the dialog with what is loaded of these series ticked; in one that is open what is ticked stays."""
        hierarchy = self._logic.scene.GetSubjectHierarchyNode()
        items = hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True) if self.dialog is None else ()
        return self.ask([item for item in items if hierarchy.GetItemUID(item, "DICOM") in seriesUIDs])

    def close(self) -> None:
        """Close the dialog; a running export stops. What is not sent yet is left for the next start."""
        for dialog in list(self.unsentDialogs):
            dialog.leave()
        for dialog in (self.placeDialog, self.serversDialog, self.dialog, self.reportDialog):
            if dialog is not None:
                dialog.close()

    def offerUnsent(self) -> None:
        """Look in the background what the program left unsent when it ended, and ask what is to become of it."""
        folder = self._unsentFolder()
        if folder:
            self._jobs.start(
                lambda _progress: leftUnsent(folder), self._offer,
                lambda error: self._reporter.report(error, "look for what was not sent"),
                description="Looking for files that were not sent",
            )  # fmt: skip

    def _offer(self, left: list[UnsentObjects]) -> None:
        for unsent in left:
            self._keepUnsent(unsent, None)

    def _unsentFolder(self) -> str:
        """Beside the database, which has the same patients' data; "" for one in memory."""
        directory = self._logic.database.databaseDirectory
        return os.path.join(directory, UNSENT_FOLDER) if directory else ""

    # Exporting

    def _context(self, progress: Progress | None = None) -> PluginContext:
        logic = self._logic
        return PluginContext(logic.database, logic.scene, self._settings, progress, logic.workers)

    def _databaseProblem(self) -> str:
        database = self._logic.database
        return database.readOnlyReason or (DATABASE_IN_MEMORY if database.isInMemory else "")

    def _start(self, exportables: list[DICOMExportable], folder: str) -> None:
        registry, dialog = self._logic.registry, self.dialog
        savesTags = dialog.savesTags  # the dialog may be gone when it is done

        isOfWholeScene = any(one.isOfWholeScene for one in exportables)
        picture = self.takePicture() if self.takePicture is not None and isOfWholeScene else None

        server = dialog.destination.server

        def work(progress: Progress) -> tuple[ExportReport, UnsentObjects | None]:
            context = self._context(progress)
            if picture is not None:
                context.takePicture = lambda: picture
            if server is not None:
                return exportToServer(registry, exportables, server, context, self._unsentFolder())
            if folder:
                return exportToFolder(registry, exportables, folder, context), None
            return exportToDatabase(registry, exportables, context), None

        dialog.destination.remember(dialog.reporter)
        job = self._jobs.start(
            work,
            lambda outcome: self._done(*outcome, dialog, exportables if savesTags else ()),
            lambda error: self._failed(error, dialog),
            description=f"Exporting {counted(len(exportables), 'series', 'series')}",
        )
        if job.isRunning:
            dialog.showJob(job)

    def _done(
        self, report: ExportReport, unsent: UnsentObjects | None, dialog: ExportDialog,
        exportables: Sequence[DICOMExportable],
    ) -> None:  # fmt: skip
        """:param unsent: what a server has not stored
        :param dialog: the one it was asked for in; another may be open by now
        :param exportables: those whose tags are to be kept"""
        with self._reporter.guard("keep the tags"):
            saveTagsToScene(self._logic.scene.GetSubjectHierarchyNode(), exportables)
        if self.dialog is dialog:
            dialog.close()
        if unsent is not None:
            self._keepUnsent(unsent, report.sendReport)
        else:
            self._showReport(report)
        self.finished.emit(report)

    def _showReport(self, report: ExportReport) -> None:
        self.reportDialog = dialog = ExportReportDialog(report, self.parent().window())
        dialog.browserRequested.connect(self.browserRequested)
        dialog.destroyed.connect(lambda _object: self._forgetReport(dialog))
        dialog.show()

    def _failed(self, error: Exception, dialog: ExportDialog) -> None:
        reporter = self._reporter
        if self.dialog is dialog and dialog.isBusy:
            dialog.endJob()
            reporter = dialog.reporter
        if isinstance(error, CancelledError):
            reporter.inform("The export was stopped. Nothing was written.")
        else:
            reporter.report(error, "export")

    # Servers

    def _showServers(self) -> None:
        self.serversDialog = dialog = ServersDialog(self._settings, self._jobs, self.dialog)
        dialog.serversChanged.connect(self._refreshServers)
        dialog.finished.connect(self._forgetServers)
        dialog.show()

    def _refreshServers(self) -> None:
        if self.dialog is not None:
            self.dialog.destination.refreshServers()

    def _keepUnsent(self, unsent: UnsentObjects, report: SendReport | None) -> None:
        dialog = UnsentDialog(unsent, report, self._jobs, self._settings, self._logic.workers, self.parent().window())
        self.unsentDialogs.append(dialog)
        dialog.ended.connect(self._forgetUnsent)
        dialog.show()
        dialog.raise_()

    # Patient and study

    def _place(self, itemIDs: list[int]) -> None:
        hierarchy = self._logic.scene.GetSubjectHierarchyNode()
        suggested = next(filter(None, (suggestedStudy(hierarchy, itemID) for itemID in itemIDs)), 0)
        self.placeDialog = dialog = PlaceInStudyDialog(len(itemIDs), studies(hierarchy), suggested, self.dialog)
        dialog.studyChosen.connect(lambda studyItem: self._placeBelow(itemIDs, studyItem))
        dialog.studyWanted.connect(lambda study: self._placeInNew(itemIDs, study))
        dialog.finished.connect(self._forgetPlaceDialog)
        dialog.open()

    def _placeBelow(self, itemIDs: list[int], studyItem: int) -> None:
        with self.dialog.reporter.guard("put the data into the study"):
            placeBelow(self._logic.scene.GetSubjectHierarchyNode(), itemIDs, studyItem)

    def _placeInNew(self, itemIDs: list[int], study: NewStudy) -> None:
        hierarchy = self._logic.scene.GetSubjectHierarchyNode()
        with self.dialog.reporter.guard("make patient and study"):
            placeBelow(hierarchy, itemIDs, makePatientAndStudy(hierarchy, **vars(study)))

    def _forgetPlaceDialog(self, _answer: int) -> None:
        self.placeDialog = None

    def _forgetServers(self, _answer: int) -> None:
        self.serversDialog = None

    def _forgetUnsent(self, dialog: UnsentDialog) -> None:
        self.unsentDialogs.remove(dialog)

    def _forgetDialog(self, _answer: int) -> None:
        self.dialog = None

    def _forgetReport(self, dialog: ExportReportDialog) -> None:
        if self.reportDialog is dialog:  # else a newer one is open
            self.reportDialog = None
