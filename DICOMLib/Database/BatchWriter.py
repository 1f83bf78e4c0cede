"""Writes one batch of scanned files: copies first where copies are kept, then all rows in one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from ..Errors import DatabaseError, FileError
from ..Files.Header import Header
from ..Files.HeaderScanner import scanFile
from ..Progress import Progress
from .BatchRows import BatchRows
from .DatabasePart import DatabasePart, isKnownDigest
from .FileStore import StagedFile, StoreSession
from .Identity import reasonToSkip
from .ImportReport import ImportReport
from .Placement import Action, Placement, PlacementRules
from .StoredHeader import SOP_INSTANCE_UID
from .TagValues import tagSetText

# Another writer may add the same object between our look and our transaction; then we look again.
_ATTEMPTS = 3
_COUNTS = (
    "patientsAdded", "studiesAdded", "seriesAdded", "instancesAdded", "instancesUpdated", "instancesUnchanged",
)


class BatchWriter:
    """Keeps no state between batches but the report: another thread or process may change the database in between.

    :param report: what was committed is added to it
    :param copyFiles: keep copies instead of links
    :param extraTags: as for ``HeaderScanner.scanFile``
    """

    def __init__(
        self, database: DatabasePart, report: ImportReport, copyFiles: bool, extraTags: tuple[str, ...],
        progress: Progress,
    ):
        self._database = database
        self._report = report
        self._rules = PlacementRules(database, copyFiles)
        self._tagSet = tagSetText(extraTags)
        self._extraTags = extraTags
        self._progress = progress

    def write(self, headers: list[Header]) -> set[int]:
        """Add the files of one batch, all or none.

        :returns: the series they belong to, by number
        :raises CancelledError: when the progress was cancelled before the transaction; nothing was written
        :raises DatabaseError: when nothing of the batch could be written
        """
        for _ in range(_ATTEMPTS):
            try:
                return self._write(headers)
            except sqlite3.IntegrityError:
                continue
        path = self._database.connections().path
        raise DatabaseError("another program keeps changing the same studies", path, hint="Import again later")

    def _write(self, headers: list[Header]) -> set[int]:
        placements = self._rules.decide(headers, self._progress)
        if not any(placement.copy for placement in placements):
            return self._writeRows(placements, {}, None)
        with self._database.store.newSession() as session:
            staged = self._stage(placements, session)
            try:
                return self._writeRows(placements, staged, session)
            finally:
                self._removeFilesWithoutRow(session)

    def _removeFilesWithoutRow(self, session: StoreSession) -> None:
        """Replaced copies after a commit, published ones after a rollback.

        In a transaction, because another program may be about to add a row for a copy of the same contents. What cannot
        be removed now stays announced, and is found when the database is opened again.
        """
        with suppress(DatabaseError), self._database.connections().writing() as connection:
            session.committed(lambda digest: isKnownDigest(connection, digest))

    def _stage(self, placements: list[Placement], session: StoreSession) -> dict[int, StagedFile]:
        """Copies by position in the batch; a file that cannot be copied is skipped."""
        staged = {}
        for position, placement in enumerate(placements):
            if not placement.copy:
                continue
            try:
                staged[position] = self._stageOne(placement, session)
            except FileError as error:
                placement.action, placement.reason, placement.copy = Action.SKIP, error.what, False
        return staged

    def _stageOne(self, placement: Placement, session: StoreSession) -> StagedFile:
        """A copy of exactly the bytes that were scanned. A file that changes meanwhile is read again once."""
        for _ in range(2):
            header = placement.header
            copy = session.stage(header.readablePath, self._progress)
            if (copy.sourceSize, copy.sourceModifiedTime) == (header.fileSize, header.modifiedTime):
                return copy
            again = scanFile(header.readablePath, self._extraTags)
            if again.value(SOP_INSTANCE_UID) != header.value(SOP_INSTANCE_UID) or reasonToSkip(again):
                break
            placement.header = again
        raise FileError("it changed while it was copied", placement.header.path)

    def _writeRows(
        self, placements: list[Placement], staged: dict[int, StagedFile], session: StoreSession | None
    ) -> set[int]:
        outcome = ImportReport()
        with self._database.connections().writing() as connection:
            rows = BatchRows(connection, outcome, self._tagSet)
            if session is not None:
                replaced = rows.digestsReplacedBy(placements)
                session.announce([copy.digest for copy in staged.values()] + replaced)
                session.publish(staged.values())
            for position, placement in enumerate(placements):
                rows.place(placement, staged.get(position))
            rows.finish()
        self._addToReport(outcome)
        return rows.touched

    def _addToReport(self, outcome: ImportReport) -> None:
        for name in _COUNTS:
            setattr(self._report, name, getattr(self._report, name) + getattr(outcome, name))
        self._report.skipped += outcome.skipped
        self._report.notes += outcome.notes
