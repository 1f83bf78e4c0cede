"""Import: finds files, reads their headers, and fills the database batch by batch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress

from ..Errors import CancelledError
from ..Files.CarefulScan import HARMFUL
from ..Files.FilesAhead import FilesAhead
from ..Files.FolderWalk import FileEntry, walkFiles
from ..Files.Header import Header
from ..Files.ParallelScan import scanFiles
from ..Files.ScanOutcome import ScanOutcome
from ..Progress import Progress
from .ArchiveImport import ArchiveImport
from .BatchPipeline import BatchPipeline
from .BatchWriter import BatchWriter
from .Identity import reasonToSkip
from .ImportReport import ImportReport
from .ImportSources import ImportSources
from .KnownFiles import KnownFiles
from .StoredHeader import SOP_INSTANCE_UID

# Large enough that the cost of a durable commit vanishes, small enough that the browser fills while importing.
BATCH_SIZE = 2000
# A batch is also written after this time, or when copying it would take long: the first patients appear soon.
BATCH_SECONDS = 1.0
# The first batch of copies is small, the next ones twice as large each, up to the last figure: folders are made durable
# once a batch.
COPIED_BATCH_BYTES = (32 << 20, 256 << 20)
_READING = "Reading DICOM headers"
_LOOKS_BETWEEN_REPORTS = 200
_FILES_BETWEEN_REPORTS = 16


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
        archivesInFolders: bool = False,
        asOneBatch: bool = False,
    ) -> ImportReport:
        """Import files and folders with all below them; a single path may be given as it is.

        An archive that is given brings in what is in it, always as copies; a DICOMDIR stands for its folder, and a
        database of 3D Slicer for the files it lists (see ``ImportSources``).

        Files that are in the database and have not changed are not opened. Every batch is committed and reported with
        the event "changed"; a cancel keeps what was committed and returns the report.

        :param copyFiles: keep copies in the database's folder instead of linking to the files where they are
        :param progress: counts files; the total is known once all folders were listed
        :param followLinks: also follow symbolic links found in the folders
        :param archivesInFolders: also look into the archives that lie in the folders
        :param asOneBatch: add all files or none, also when the program is killed meanwhile; none when one has to
            be skipped (not for archives)
        :raises DatabaseError: when the database cannot be written (disk full, locked, read-only, …); batches
            committed before stay
        """
        if isinstance(paths, bytes | str | os.PathLike):
            paths = [paths]  # else the letters of a path would be taken for paths, "/" among them
        progress = progress or Progress()
        try:
            with self._database.importTurns.taken(progress):
                run = _ImportRun(self._database, copyFiles, progress, followLinks, archivesInFolders, asOneBatch)
                return run.importPaths(paths)
        except CancelledError:  # while waiting for the turn
            return ImportReport(cancelled=True)


class _ImportRun:
    def __init__(
        self, database, copyFiles: bool, progress: Progress, followLinks: bool = False, archivesInFolders: bool = False,
        asOneBatch: bool = False,
    ):  # fmt: skip
        self._database = database
        self._asOneBatch = asOneBatch
        self._progress = progress
        self._copyFiles = copyFiles
        self._report = ImportReport()
        self._extraTags = tuple(database.tagsToPrecache)
        self._writer = BatchWriter(database, self._report, copyFiles, self._extraTags, progress)
        self._pipeline = BatchPipeline(self._writer, self._announce)
        self._announced = (0, 0)
        self._known = KnownFiles(database)
        self._followLinks = followLinks
        self._sources = ImportSources(database, self._report, progress, archivesInFolders, followLinks)
        self._touched: dict[int, None] = {}
        self._done = self._filesRead = self._batchBytes = 0
        self._copiedBatchBytes, self._largestBatchBytes = COPIED_BATCH_BYTES

    def importPaths(self, paths: Iterable[bytes | str | os.PathLike]) -> ImportReport:
        started = time.monotonic()
        self._database.requireWritable(self._copyFiles)
        with suppress(CancelledError), self._pipeline:  # the report says so
            self._readAndWrite(FilesAhead(self._filesToRead(self._sources.expanded(paths))))
            total = self._importArchives(self._done)
            self._sources.compareDirectories()
        self._report.cancelled = self._progress.cancelled
        self._report.seriesUIDs = self._database.seriesUIDsOf(self._touched)
        self._report.seconds = time.monotonic() - started
        if not self._report.cancelled:
            self._progress.report(total, total, self._report.summary())
        return self._report

    def _filesToRead(self, paths: Iterable[bytes]) -> Iterator[FileEntry]:
        """Files that are new or changed; the others are counted."""
        excluded = [*self._database.ownFolders(), *self._sources.excluded]
        for looked, entry in enumerate(walkFiles(paths, self._sources.addSkipped, self._followLinks, excluded)):
            if looked % _LOOKS_BETWEEN_REPORTS == 0:
                if not self._filesRead:
                    self._progress.report(looked, text="Looking for files")
                if self._progress.cancelled:
                    return
            seriesKey = self._known.seriesIfUnchanged(entry, self._copyFiles)
            if seriesKey is None:
                archive = self._sources.unchangedArchive(entry)
                if archive is None:
                    yield entry
                else:
                    self._touched.update(dict.fromkeys(archive.series))
                    self._report.instancesUnchanged += archive.instances
                    self._done += 1
            else:
                self._touched[seriesKey] = None
                self._report.instancesUnchanged += 1
                self._done += 1

    def _readAndWrite(self, files: FilesAhead) -> None:
        if self._copyFiles:
            files.findAll()  # so that the message on a full disk can say how much is needed
        batch: list[Header] = []
        lastWrite = time.monotonic()
        with closing(scanFiles(files, self._extraTags, self._progress)) as outcomes:
            for outcome in outcomes:
                self._take(outcome, batch)
                self._filesRead += 1
                self._done += 1
                files.done()
                self._writer.bytesToCome = files.bytesToCome
                if self._isFull(batch, lastWrite):
                    self._writeBatch(batch)
                    batch, lastWrite = [], time.monotonic()
                self._reportReading(files)
        self._progress.raiseIfCancelled()
        if batch and not (self._asOneBatch and self._report.skipped):
            self._writeBatch(batch)
        self._pipeline.finish()

    def _reportReading(self, files: FilesAhead) -> None:
        """The last file is not reported before its batch is written: a full bar means that all is safe."""
        waiting = files.found - self._filesRead
        if waiting and self._filesRead % _FILES_BETWEEN_REPORTS:
            return
        total = self._done + waiting if files.isComplete else None
        self._progress.report(self._done if waiting else self._done - 1, total, _READING)

    def _importArchives(self, total: int) -> int:
        """What was given as archives, after all else. :returns: the total, now that more files are known"""
        for entry in self._sources.archives:
            self._progress.raiseIfCancelled()
            archive = ArchiveImport(self._database, entry, self._extraTags, self._report, self._progress)
            before, instanceIDs = self._done, set()
            with closing(archive.batches()) as batches:
                for batch in batches:
                    if batch:
                        self._writeBatch(batch)
                        instanceIDs |= self._sources.known.instanceIDs(
                            header.values[SOP_INSTANCE_UID] for header in batch)
                    self._done = before + archive.membersDone
                    expected = max(total, before + archive.membersStated, self._done + 1)
                    self._progress.report(self._done, expected, archive.text())
            self._progress.raiseIfCancelled()
            total = max(total, self._done)
            if archive.isWhole:
                self._sources.known.remember(entry, instanceIDs)
        return total

    def _isFull(self, batch: list[Header], lastWrite: float) -> bool:
        if self._asOneBatch:
            return False
        if len(batch) >= BATCH_SIZE or (batch and time.monotonic() - lastWrite > BATCH_SECONDS):
            return True
        return self._copyFiles and self._batchBytes > self._copiedBatchBytes

    def _take(self, outcome: ScanOutcome, batch: list[Header]) -> None:
        reason = outcome.reason or reasonToSkip(outcome.header)
        if reason and reason not in HARMFUL and self._sources.takeAside(outcome):
            return
        if reason:
            self._report.addSkipped(outcome.path, reason)
        else:
            batch.append(outcome.header)
            self._batchBytes += outcome.header.fileSize

    def _writeBatch(self, batch: list[Header]) -> None:
        self._batchBytes = 0
        self._copiedBatchBytes = min(2 * self._copiedBatchBytes, self._largestBatchBytes)
        self._pipeline.write(batch)
        if self._copyFiles:
            self._progress.bytesDone += sum(header.fileSize for header in batch)

    def _announce(self, touched: set[int]) -> None:
        """A batch is committed."""
        before, self._announced = self._announced, (self._report.patientsAdded, self._report.seriesAdded)
        self._touched.update(dict.fromkeys(sorted(touched)))
        if self._report.patientsAdded > before[0]:
            self._database.notify("patientAdded")
        if self._report.seriesAdded > before[1]:
            self._database.notify("seriesAdded")
        self._database.notify("changed")
