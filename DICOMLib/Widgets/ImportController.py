"""Imports, one after the other, off the GUI thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qtpy.QtCore import QObject, Signal

from ..Errors import CancelledError
from ..Wording import counted
from .BackgroundJobs import Job, JobRunner
from .BrowserLogic import BrowserLogic
from .ErrorReporting import ErrorReporter


@dataclass(frozen=True)
class FinishedImport:
    """A report, and the studies and patients its series belong to."""

    report: object
    studyUIDs: set
    patientUIDs: set


@dataclass(frozen=True)
class _Request:
    paths: tuple[str, ...]
    copyFiles: bool
    onDone: Callable[[object], None] | None


class ImportController(QObject):
    """Starts imports and says when they are done; more paths given meanwhile wait for their turn."""

    importStarted = Signal()
    importFinished = Signal(object)
    """A FinishedImport."""

    def __init__(self, logic: BrowserLogic, jobs: JobRunner, reporter: ErrorReporter, parent: QObject | None = None):
        super().__init__(parent)
        self._logic, self._jobs, self._reporter = logic, jobs, reporter
        self._waiting: deque[_Request] = deque()
        self._job: Job | None = None

    @property
    def isImporting(self) -> bool:
        return self._job is not None

    def importPaths(
        self, paths: Sequence[str], copyFiles: bool = False, onDone: Callable[[object], None] | None = None
    ) -> None:
        """Import files and folders. ``onDone(report)`` follows :attr:`importFinished`."""
        if paths:
            self._waiting.append(_Request(tuple(paths), copyFiles, onDone))
            self._startNext()

    def waitForImportFinished(self) -> None:
        """Block until every import asked for is done: for scripts."""
        while self._job is not None and self._job.isRunning:
            self._jobs.waitFor(self._job)

    def cancel(self) -> None:
        """Stop the running import and forget the waiting ones."""
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()

    def _startNext(self) -> None:
        if self._job is not None or not self._waiting:
            return
        request = self._waiting.popleft()
        self.importStarted.emit()
        self._job = self._jobs.start(
            lambda progress: self._import(request, progress),
            lambda finished: self._done(request, finished),
            self._failed,
            description="Importing" if len(request.paths) == 1 else f"Importing {counted(len(request.paths), 'item')}",
            unit="files",
        )

    def _import(self, request: _Request, progress) -> FinishedImport:
        report = self._logic.importPaths(request.paths, copyFiles=request.copyFiles, progress=progress)
        return FinishedImport(report, *self._logic.parentsOfSeries(report.seriesUIDs))

    def _done(self, request: _Request, finished: FinishedImport) -> None:
        self._job = None
        if finished.report.cancelled:
            self._waiting.clear()
        self.importFinished.emit(finished)
        if request.onDone is not None and not finished.report.cancelled:
            request.onDone(finished.report)
        self._startNext()

    def _failed(self, error: Exception) -> None:
        self._job = None
        if isinstance(error, CancelledError):
            self._waiting.clear()
        self._reporter.report(error, "import")
        self._startNext()
