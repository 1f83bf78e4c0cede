"""Import: finds files, reads their headers, and fills the database batch by batch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import closing, suppress

from ..Errors import CancelledError
from ..Files.FolderWalk import FileEntry, walkFiles
from ..Files.Header import Header
from ..Files.ParallelScan import scanFiles
from ..Files.ScanOutcome import ScanOutcome
from ..Progress import Progress
from .BatchWriter import BatchWriter
from .Identity import reasonToSkip
from .ImportReport import ImportReport
from .KnownFiles import KnownFiles

# Large enough that the cost of a durable commit vanishes, small enough that the browser fills while importing.
BATCH_SIZE = 500
# A batch is also written after this time, or when copying it would take long: the first patients appear soon.
BATCH_SECONDS = 1.0
COPIED_BATCH_BYTES = 64 << 20
_LOOKS_BETWEEN_REPORTS = 200


class DICOMIndexer:
    """Imports into one database. One import at a time; several indexers, also in several processes, take turns."""

    def __init__(self, database):
        self._database = database

    def importPaths(
        self,
        paths: Iterable[bytes | str | os.PathLike] | bytes | str | os.PathLike,
        copyFiles: bool = False,
        progress: Progress | None = None,
        followLinks: bool = False,
    ) -> ImportReport:
        """Import files and folders with all below them; a single path may be given as it is.

        Files that are in the database and have not changed are not opened. Every batch is committed and reported with
        the event "changed"; a cancel keeps what was committed and returns the report.

        :param copyFiles: keep copies in the database's folder instead of linking to the files where they are
        :param progress: counts files; the total is known once all folders were listed
        :param followLinks: also follow symbolic links found in the folders
        :raises DatabaseError: when the database cannot be written (disk full, locked, read-only, …); batches
            committed before stay
        """
        if isinstance(paths, bytes | str | os.PathLike):
            paths = [paths]  # else the letters of a path would be taken for paths, "/" among them
        progress = progress or Progress()
        try:
            with self._database.importTurns.taken(progress):
                return _ImportRun(self._database, copyFiles, progress).importPaths(paths, followLinks)
        except CancelledError:  # while waiting for the turn
            return ImportReport(cancelled=True)


class _ImportRun:
    def __init__(self, database, copyFiles: bool, progress: Progress):
        self._database = database
        self._progress = progress
        self._copyFiles = copyFiles
        self._report = ImportReport()
        self._extraTags = tuple(database.tagsToPrecache)
        self._writer = BatchWriter(database, self._report, copyFiles, self._extraTags, progress)
        self._known = KnownFiles(database)
        self._touched: dict[int, None] = {}
        self._done = 0

    def importPaths(self, paths: Iterable[bytes | str | os.PathLike], followLinks: bool) -> ImportReport:
        started = time.monotonic()
        self._database.requireWritable(self._copyFiles)
        entries = self._filesToRead(paths, followLinks)
        total = self._done + len(entries)
        self._progress.report(self._done, total, "Reading DICOM headers")
        with suppress(CancelledError):  # the report says so
            self._readAndWrite(entries, total)
        self._report.cancelled = self._progress.cancelled
        self._report.seriesUIDs = self._database.seriesUIDsOf(self._touched)
        self._report.seconds = time.monotonic() - started
        if not self._report.cancelled:
            self._progress.report(total, total, self._report.summary())
        return self._report

    def _filesToRead(self, paths: Iterable[bytes | str | os.PathLike], followLinks: bool) -> list[FileEntry]:
        """Files that are new or changed; the others are counted."""
        found = []
        excluded = self._database.ownFolders()
        for looked, entry in enumerate(walkFiles(paths, self._report.addSkipped, followLinks, excluded)):
            if looked % _LOOKS_BETWEEN_REPORTS == 0:
                self._progress.report(looked, text="Looking for files")
                if self._progress.cancelled:
                    break
            seriesKey = self._known.seriesIfUnchanged(entry, self._copyFiles)
            if seriesKey is None:
                found.append(entry)
            else:
                self._touched[seriesKey] = None
                self._report.instancesUnchanged += 1
                self._done += 1
        return [] if self._progress.cancelled else found

    def _readAndWrite(self, entries: list[FileEntry], total: int) -> None:
        batch: list[Header] = []
        lastWrite = time.monotonic()
        with closing(scanFiles([entry.path for entry in entries], self._extraTags, self._progress)) as outcomes:
            for outcome in outcomes:
                self._take(outcome, batch)
                self._done += 1
                if self._isFull(batch, lastWrite):
                    self._writeBatch(batch)
                    batch, lastWrite = [], time.monotonic()
                # The last file is not reported before its batch is written: a full bar means that all is safe.
                self._progress.report(min(self._done, total - 1), total)
        self._progress.raiseIfCancelled()
        if batch:
            self._writeBatch(batch)

    def _isFull(self, batch: list[Header], lastWrite: float) -> bool:
        if len(batch) >= BATCH_SIZE or (batch and time.monotonic() - lastWrite > BATCH_SECONDS):
            return True
        return self._copyFiles and sum(header.fileSize for header in batch) > COPIED_BATCH_BYTES

    def _take(self, outcome: ScanOutcome, batch: list[Header]) -> None:
        reason = outcome.reason or reasonToSkip(outcome.header)
        if reason:
            self._report.addSkipped(outcome.path, reason)
        else:
            batch.append(outcome.header)

    def _writeBatch(self, batch: list[Header]) -> None:
        before = self._report.patientsAdded, self._report.seriesAdded
        self._touched.update(dict.fromkeys(sorted(self._writer.write(batch))))
        if self._report.patientsAdded > before[0]:
            self._database.notify("patientAdded")
        if self._report.seriesAdded > before[1]:
            self._database.notify("seriesAdded")
        self._database.notify("changed")
