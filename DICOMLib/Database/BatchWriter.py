"""Writes one batch of scanned files: copies first where copies are kept, then all rows in one transaction."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field

from ..Errors import DatabaseError
from ..Files.Header import Header
from ..Progress import Progress
from .BatchCopies import BatchCopies
from .BatchRows import BatchRows
from .CopyTurns import CopyTurns
from .DatabaseErrors import DISK_ERROR
from .DatabasePart import DatabasePart, isKnownDigest
from .Durability import DISK_FULL, diskFull, freeBytes
from .ImportReport import ImportReport
from .Placement import Placement, PlacementRules
from .StoreSession import StagedFile, StoreSession
from .TagValues import tagSetText

logger = logging.getLogger(__name__)

# Another writer may add the same object between our look and our transaction; then we look again.
_ATTEMPTS = 3
# What a file takes in the tables and their log, roughly.
_ROW_BYTES = 2000
# SQLite calls some failures on a full disk errors of the disk.
_FULL_BELOW = 1 << 20
_COUNTS = (
    "patientsAdded", "studiesAdded", "seriesAdded", "instancesAdded", "instancesUpdated", "instancesUnchanged",
)  # fmt: skip


class _OutdatedError(Exception):
    """Another writer has changed what the decisions rest on."""


@dataclass
class PreparedBatch:
    """Files whose copies are on the disk and whose rows are not yet written.

    :ivar staged: copies by position in the batch
    :ivar resources: the turn to copy and the session of the store
    """

    headers: list[Header]
    placements: list[Placement] = field(default_factory=list)
    staged: dict[int, StagedFile] = field(default_factory=dict)
    copies: BatchCopies | None = None
    resources: ExitStack = field(default_factory=ExitStack)

    @property
    def canWait(self) -> bool:
        """Whether its rows may be written later: its files stay where they are, and copying the next ones takes longer.
        """
        return self.copies is not None and not any(header.contentsPath for header in self.headers)

    def close(self) -> None:
        """Give everything back; copies without a row go away."""
        self.resources.close()


class BatchWriter:
    """Keeps no state between batches but the report: another thread or process may change the database in between.

    :param report: what was committed is added to it
    :param copyFiles: keep copies instead of links
    :param extraTags: as for ``HeaderScanner.scanFile``

    :ivar bytesToCome: sizes of the files of later batches, for the message on a full disk
    """

    def __init__(
        self, database: DatabasePart, report: ImportReport, copyFiles: bool, extraTags: tuple[str, ...],
        progress: Progress,
    ):  # fmt: skip
        self._database = database
        self._report = report
        self._copyFiles = copyFiles
        self._rules = PlacementRules(database, copyFiles)
        self._turns = CopyTurns(database.store.folder)
        self._tagSet = tagSetText(extraTags)
        self._extraTags = extraTags
        self._progress = progress
        self._begun = time.time_ns()
        self.bytesToCome = 0

    @property
    def isWaitedFor(self) -> bool:
        """Whether another program wants to copy files into the database."""
        return self._turns.isWantedElsewhere()

    def prepare(self, headers: list[Header]) -> PreparedBatch:
        """Decide what becomes of the files of one batch, and copy those that are kept as copies.

        It must be given to :meth:`commit`, or closed.

        :raises CancelledError: when the progress was cancelled
        :raises DatabaseError: when nothing can be written
        """
        batch = PreparedBatch(headers)
        try:
            with self._saysWhatIsNeeded(headers):
                if self._copyFiles or any(header.contentsPath for header in headers):
                    turn = self._turns.taken(self._progress, lambda: self._bytesNeeded(headers))
                    batch.resources.enter_context(turn)
                self._decide(batch)
        except BaseException:  # Ctrl-C as well: nobody gets the batch, which holds copies and a turn
            batch.close()
            raise
        return batch

    def commit(self, batch: PreparedBatch) -> set[int]:
        """Add the files of one batch, all or none. Any thread may do it, one batch after the other.

        :returns: the series they belong to, by number
        :raises CancelledError: when the progress was cancelled before the transaction; nothing was written
        :raises DatabaseError: when nothing of the batch could be written
        """
        with closing(batch), self._saysWhatIsNeeded(batch.headers):
            for _ in range(_ATTEMPTS):
                try:
                    return self._writeRows(batch)
                except sqlite3.IntegrityError:
                    if batch.copies:
                        batch.copies.forget()
                except _OutdatedError:
                    pass  # it is decided anew, and nothing is copied twice
                self._decide(batch)
            path = self._database.connections().path
            raise DatabaseError("another program keeps changing the same studies", path, hint="Import again later")

    def _decide(self, batch: PreparedBatch) -> None:
        batch.placements = self._rules.decide(batch.headers, self._progress)
        if batch.copies is None and any(placement.copy for placement in batch.placements):
            session = self._database.store.newSession(lambda: self._bytesNeeded(batch.headers))
            batch.resources.enter_context(session)
            batch.copies = BatchCopies(session, self._extraTags, self._begun, self._progress)
        batch.staged = batch.copies.make(batch.placements) if batch.copies else {}

    def _bytesNeeded(self, headers: list[Header]) -> int:
        files = sum(header.fileSize for header in headers) + self.bytesToCome if self._copyFiles else 0
        return files + len(headers) * _ROW_BYTES

    @contextmanager
    def _saysWhatIsNeeded(self, headers: list[Header]) -> Iterator[None]:
        """SQLite says that the disk is full, but not what would be enough."""
        try:
            yield
        except DatabaseError as error:
            path = self._database.connections().path
            free = freeBytes(path)
            isFull = error.what == DISK_FULL or (error.what == DISK_ERROR and free is not None and free < _FULL_BELOW)
            if isFull and error.value is None:
                raise diskFull(path, self._bytesNeeded(headers)) from error
            raise

    def _writeRows(self, batch: PreparedBatch) -> set[int]:
        outcome = ImportReport()
        placements, staged = batch.placements, batch.staged
        session = batch.copies.session if batch.copies else None
        try:
            with self._database.connections().writing(self._progress) as connection:
                if not self._rules.stillHold(connection, placements):
                    raise _OutdatedError
                rows = BatchRows(connection, outcome, self._tagSet)
                if session is not None:
                    replaced = rows.digestsReplacedBy(placements)
                    session.announce([copy.digest for copy in staged.values()] + replaced)
                    session.publish(staged.values())
                for position, placement in enumerate(placements):
                    rows.place(placement, staged.get(position))
                rows.finish()
        except DatabaseError as error:
            if session is not None and error.what == DISK_ERROR:
                # The log may hold the transaction all the same, and whoever reads it after a crash finds it complete.
                session.leaveAnnounced()
            raise
        finally:
            if session is not None:
                self._removeFilesWithoutRow(session)
        self._noteCopies(placements, staged, outcome)
        self._addToReport(outcome)
        return rows.touched

    def _removeFilesWithoutRow(self, session: StoreSession) -> None:
        """Replaced copies after a commit, published ones after a rollback.

        In a transaction, because another program may be about to add a row for a copy of the same contents. What cannot
        be removed now stays announced, and is found when the database is opened again.
        """
        if not session.hasAnnounced:
            return
        with suppress(DatabaseError), self._database.connections().writing() as connection:
            session.committed(lambda digest: isKnownDigest(connection, digest))

    def _noteCopies(self, placements: list[Placement], staged: dict[int, StagedFile], outcome: ImportReport) -> None:
        for position, copy in staged.items():
            placement = placements[position]
            if copy.preamble:
                outcome.addNote(placement.header.path, f"{copy.preamble}; in the copy it is zeros")
            former = placement.existing.digest if placement.existing else None
            if former and former != copy.digest:
                logger.info("SHA-256 %s takes the place of %s", copy.digest.hex(), former.hex())

    def _addToReport(self, outcome: ImportReport) -> None:
        for name in _COUNTS:
            setattr(self._report, name, getattr(self._report, name) + getattr(outcome, name))
        self._report.skipped += outcome.skipped
        self._report.notes += outcome.notes
