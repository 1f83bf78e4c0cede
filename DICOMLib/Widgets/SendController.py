"""Sending stored series: counts, asks where to, works in the background, shows the report."""

from __future__ import annotations

import os
from collections.abc import Sequence

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from ..Networking.Send import sendFiles
from ..Networking.SendReport import SendReport
from ..Networking.Servers import DICOMServer
from ..Progress import Progress
from ..Settings import Settings
from ..Wording import counted, sizeText
from .BackgroundJobs import Job, JobRunner
from .ErrorReporting import ErrorReporter
from .SendDialog import SERVER_SETTING, SendDialog
from .SendReportDialog import SendReportDialog
from .ServersDialog import ServersDialog


class SendController(QObject):
    """Several may be under way at once, to one server or to several.

    :param logic: has database and workers

    :ivar dialogs: the questions that are open, in the order they were opened
    :ivar serversDialog: the list of servers; None when it is closed
    :ivar reportDialogs: the reports that are open, in the order they were opened
    """

    finished = Signal(object)
    """A SendReport."""

    def __init__(self, logic, jobs: JobRunner, settings: Settings, reporter: ErrorReporter, parent: QWidget):
        super().__init__(parent)
        self._logic, self._jobs, self._settings, self._reporter = logic, jobs, settings, reporter
        self.dialogs: list[SendDialog] = []
        self.serversDialog: ServersDialog | None = None
        self.reportDialogs: list[SendReportDialog] = []

    @property
    def dialog(self) -> SendDialog | None:
        """The newest question that is open; None when there is none."""
        return self.dialogs[-1] if self.dialogs else None

    @property
    def reportDialog(self) -> SendReportDialog | None:
        """The newest report that is open; None when there is none."""
        return self.reportDialogs[-1] if self.reportDialogs else None

    def ask(self, seriesUIDs: Sequence[str]) -> None:
        """Count the files, then ask where to."""
        series = list(seriesUIDs)
        if series:
            self._jobs.start(
                lambda progress: self._filesOf(series, progress),
                lambda found: self._ask(series, *found),
                lambda error: self._reporter.report(error, "find the files"),
                description="Looking for the files",
            )

    def start(self, server: DICOMServer, files: Sequence[str | bytes]) -> Job:
        """Send in the background."""
        return self._jobs.start(
            lambda progress: sendFiles(server, files, progress, self._logic.workers),
            lambda report: self._done(report, server),
            lambda error: self._reporter.report(error, "send"),
            description=f"Sending {counted(len(files), 'file')} to {server.connectionName or server.address}",
        )

    def showServers(self) -> ServersDialog:
        """Open the list of servers, or bring it to the front."""
        if self.serversDialog is None:
            self.serversDialog = ServersDialog(self._settings, self._jobs, self.parent().window())
            self.serversDialog.serversChanged.connect(self._refreshQuestion)
            self.serversDialog.finished.connect(self._forgetServers)
        self.serversDialog.show()
        self.serversDialog.raise_()
        self.serversDialog.activateWindow()
        return self.serversDialog

    def _filesOf(self, series: Sequence[str], progress: Progress) -> tuple[list[str], int]:
        files, size = [], 0
        for number, uid in enumerate(series):
            progress.raiseIfCancelled()
            progress.report(number, len(series))
            for path in self._logic.database.filesForSeries(uid):
                files.append(path)
                size += os.path.getsize(path) if os.path.isfile(path) else 0
        return files, size

    def _ask(self, series: list[str], files: list[str], size: int) -> None:
        text = f"{counted(len(series), 'series', 'series')}: {counted(len(files), 'file')}, {sizeText(size)}"
        dialog = SendDialog(text, self._settings, self.parent().window())
        self.dialogs.append(dialog)
        dialog.sendRequested.connect(lambda servers: self._chosen(servers, files))
        dialog.serversRequested.connect(self.showServers)
        dialog.finished.connect(lambda _answer: self.dialogs.remove(dialog))
        dialog.show()

    def _chosen(self, servers: list[DICOMServer], files: list[str]) -> None:
        with self._reporter.guard("remember the server"):
            self._settings.setValue(SERVER_SETTING, servers[0].connectionName)
        for server in servers:
            self.start(server, files)

    def _done(self, report: SendReport, server: DICOMServer) -> None:
        dialog = SendReportDialog(report, server, self._reporter, self.parent().window())
        self.reportDialogs.append(dialog)
        dialog.sendAgainRequested.connect(self.start)
        dialog.destroyed.connect(lambda _object: self._forgetReport(dialog))
        dialog.show()
        self.finished.emit(report)

    def _refreshQuestion(self) -> None:
        for dialog in self.dialogs:
            dialog.refresh()

    def _forgetServers(self, _answer: int) -> None:
        self.serversDialog = None

    def _forgetReport(self, dialog: SendReportDialog) -> None:
        self.reportDialogs = [one for one in self.reportDialogs if one is not dialog]
