"""Copying series out: counts, asks, works in the background, shows the report."""

from __future__ import annotations

import os
from collections.abc import Sequence

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from ..Export.CopyOut import TREE, copyOut
from ..Export.CopyOutPlan import CopyOutPlan, planCopyOut
from ..Export.CopyOutReport import CopyOutReport
from ..Settings import Settings
from ..Wording import counted
from .BackgroundJobs import Job, JobRunner
from .CopyOutDialog import CopyOutDialog
from .CopyOutReportDialog import CopyOutReportDialog
from .ErrorReporting import ErrorReporter

FOLDER_SETTING = "DICOM/LastCopyOutFolder"


class CopyOutController(QObject):
    """Several may be under way at once.

    :ivar dialog: the question that is open; None when there is none
    :ivar reportDialogs: the reports that are open, in the order they were opened
    """

    finished = Signal(object)
    """A CopyOutReport."""

    def __init__(self, database, jobs: JobRunner, settings: Settings, reporter: ErrorReporter, parent: QWidget):
        super().__init__(parent)
        self._database, self._jobs, self._settings, self._reporter = database, jobs, settings, reporter
        self._layout = TREE
        self.dialog: CopyOutDialog | None = None
        self.reportDialogs: list[CopyOutReportDialog] = []

    @property
    def reportDialog(self) -> CopyOutReportDialog | None:
        """The newest report that is open; None when there is none."""
        return self.reportDialogs[-1] if self.reportDialogs else None

    def ask(self, seriesUIDs: Sequence[str]) -> None:
        """Count the files, then ask how and where to."""
        series = list(seriesUIDs)
        if not series:
            return
        self._jobs.start(
            lambda progress: planCopyOut(self._database, series, progress),
            lambda plan: self._ask(series, plan),
            lambda error: self._reporter.report(error, "find the files"),
            description="Looking for the files",
        )

    def start(self, seriesUIDs: Sequence[str], target: str, layout: str, zipWithDirectory: bool = False) -> Job:
        """Copy in the background."""
        series = list(seriesUIDs)
        return self._jobs.start(
            lambda progress: copyOut(self._database, series, target, layout, progress, zipWithDirectory),
            self._done,
            lambda error: self._reporter.report(error, "copy out"),
            description=f"Copying out {counted(len(series), 'series', 'series')}",
            unit="files",
        )

    def _ask(self, series: list[str], plan: CopyOutPlan) -> None:
        folder = str(self._settings.value(FOLDER_SETTING))
        self.dialog = dialog = CopyOutDialog(plan, self._layout, folder, self.parent().window())
        dialog.copyRequested.connect(lambda *choice: self._chosen(series, *choice))
        dialog.finished.connect(lambda _answer: self._forgetDialog(dialog))
        dialog.open()

    def _chosen(self, series: list[str], target: str, layout: str, zipWithDirectory: bool) -> None:
        self._layout = layout
        with self._reporter.guard("remember the folder"):
            self._settings.setValue(FOLDER_SETTING, target if os.path.isdir(target) else os.path.dirname(target))
        self.start(series, target, layout, zipWithDirectory)

    def _done(self, report: CopyOutReport) -> None:
        dialog = CopyOutReportDialog(report, self._reporter, self.parent().window())
        self.reportDialogs.append(dialog)
        dialog.destroyed.connect(lambda _object: self._forgetReport(dialog))
        dialog.show()
        self.finished.emit(report)

    def _forgetDialog(self, dialog: CopyOutDialog) -> None:
        if self.dialog is dialog:  # else a newer one is open
            self.dialog = None

    def _forgetReport(self, dialog: CopyOutReportDialog) -> None:
        self.reportDialogs = [one for one in self.reportDialogs if one is not dialog]
