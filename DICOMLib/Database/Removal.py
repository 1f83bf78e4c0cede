"""Removing patients, studies and series: rows and owned copies go, linked originals stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..Errors import DatabaseError
from ..Progress import Progress
from .DatabasePart import DatabasePart, inGroups, isKnownDigest, placeholders
from .Schema import backupsOf
from .StoreSession import StoreSession

_SERIES_IDS = {
    "series": "SELECT id FROM series WHERE SeriesInstanceUID = ?",
    "study": "SELECT id FROM series WHERE studyKey = (SELECT id FROM studies WHERE StudyInstanceUID = ?)",
    "patient": "SELECT series.id FROM series JOIN studies ON studies.id = studyKey WHERE patientUID = ?",
}
_DELETIONS = {
    "series": "DELETE FROM series WHERE SeriesInstanceUID = ?",
    "study": "DELETE FROM studies WHERE StudyInstanceUID = ?",
    "patient": "DELETE FROM patients WHERE uid = ?",
}
# What has nothing left below it goes too, and folders of which no file is known.
_EMPTY_SERIES = "DELETE FROM series WHERE id NOT IN (SELECT seriesKey FROM instances)"
_EMPTY_ONES = (
    "DELETE FROM studies WHERE id NOT IN (SELECT studyKey FROM series)",
    "DELETE FROM patients WHERE uid NOT IN (SELECT patientUID FROM studies)",
    "DELETE FROM folders WHERE id NOT IN (SELECT folderID FROM instances WHERE folderID IS NOT NULL)",
)
# Each gives the number of the one above.
_IF_EMPTY = (
    "DELETE FROM series WHERE id = ? AND NOT EXISTS (SELECT 1 FROM instances WHERE seriesKey = series.id)"
    " RETURNING studyKey",
    "DELETE FROM studies WHERE id = ? AND NOT EXISTS (SELECT 1 FROM series WHERE studyKey = studies.id)"
    " RETURNING patientUID",
    "DELETE FROM patients WHERE uid = ? AND NOT EXISTS (SELECT 1 FROM studies WHERE patientUID = patients.uid)"
    " RETURNING uid",
)


@dataclass
class RemovalReport:
    """What a removal does, or did.

    :ivar instances: removed from the database
    :ivar copiesDeleted: owned files that go with them
    :ivar originalsKept: linked files that are only forgotten
    :ivar bytesDeleted: of the owned files
    :ivar undeletable: owned files that could not be deleted; they are forgotten all the same
    :ivar backups: copies of the database that still hold what is removed; they are for the user to delete
    :ivar logIsEmpty: False when another program was reading, so that removed values stay in its log until it ends
    """

    instances: int = 0
    copiesDeleted: int = 0
    originalsKept: int = 0
    bytesDeleted: int = 0
    undeletable: list[bytes] = field(default_factory=list)
    backups: list[str] = field(default_factory=list)
    logIsEmpty: bool = True


class Removal(DatabasePart):
    """Each removal is one transaction; the files go after it is committed."""

    def removeSeries(self, seriesUID: str, progress: Progress | None = None) -> RemovalReport:
        """Remove a series, and its study and patient when nothing else is in them.

        :param progress: told when another program has to be waited for; its cancel ends the waiting
        """
        return self._remove("series", seriesUID, progress)

    def removeStudy(self, studyUID: str, progress: Progress | None = None) -> RemovalReport:
        """Remove a study with its series, and its patient when nothing else is left."""
        return self._remove("study", studyUID, progress)

    def removePatient(self, patientUID: str, progress: Progress | None = None) -> RemovalReport:
        """Remove a patient with all studies."""
        return self._remove("patient", patientUID, progress)

    def removalPreview(self, level: str, uid: str) -> RemovalReport:
        """What a removal would do.

        :param level: "patient", "study" or "series"
        """
        with self._reading() as connection:
            return self._withBackups(_report(connection, level, uid))

    def _remove(self, level: str, uid: str, progress: Progress | None) -> RemovalReport:
        self.connections().requireWritable()
        if self.connections().isInMemory or not self._store.folder.is_dir():  # then there are no copies
            report, _ = self._deleteRows(level, uid, None, progress)
        else:
            with self._store.newSession() as session:
                report, digests = self._deleteRows(level, uid, session, progress)
                if digests:
                    report.undeletable = self._deleteCopies(session, digests)
        if not report.instances:
            return report
        report.logIsEmpty = self._emptyLog()
        self.notify("removed")
        self.notify("changed")
        return self._withBackups(report)

    def _deleteCopies(self, session: StoreSession, digests: list[bytes]) -> list[bytes]:
        """:returns: paths of those that are still there"""
        try:
            # In a transaction: another program may be about to add a row for a copy of the same contents.
            with self.connections().writing() as connection:
                return session.committed(lambda digest: isKnownDigest(connection, digest))
        except DatabaseError:  # the rows are gone; the copies stay announced and go when the database is opened again
            return [self._store.pathOf(digest) for digest in digests]

    def _emptyLog(self) -> bool:
        """The values leave the log too, unless somebody is reading it. :returns: whether they did"""
        try:
            with self.connections().reading() as connection:
                isBusy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except DatabaseError:  # the rows are gone; what follows would only hide that
            return False
        return not isBusy

    def _withBackups(self, report: RemovalReport) -> RemovalReport:
        if report.instances and not self.connections().isInMemory:
            report.backups = backupsOf(self.connections().path)
        return report

    def _deleteRows(
        self, level: str, uid: str, session: StoreSession | None, progress: Progress | None
    ) -> tuple[RemovalReport, list[bytes]]:
        with self.connections().writing(progress) as connection:
            report = _report(connection, level, uid)
            digests = [
                row[0]
                for row in connection.execute(
                    f"SELECT digest FROM instances WHERE seriesKey IN ({_SERIES_IDS[level]}) AND digest IS NOT NULL",
                    (uid,),
                )
            ]
            if digests:
                session.announce(digests)
            connection.execute(_DELETIONS[level], (uid,))
            removeEmptyOnes(connection)
        return report, digests


def removeEmptyOnes(connection: sqlite3.Connection) -> None:
    """Take out studies and patients that have nothing left below them, and folders of which no file is known."""
    for statement in _EMPTY_ONES:
        connection.execute(statement)


def removeIfEmpty(connection: sqlite3.Connection, seriesKey: int) -> bool:
    """Take out a series without instances, and its study and patient when nothing else is in them.

    :returns: whether it was one
    """
    key: tuple | None = (seriesKey,)
    for statement in _IF_EMPTY:
        key = connection.execute(statement, key).fetchone()
        if key is None:
            break
    return connection.execute("SELECT 1 FROM series WHERE id = ?", (seriesKey,)).fetchone() is None


def forgetInstances(connection: sqlite3.Connection, sopInstanceUIDs: Iterable[str]) -> int:
    """Take instances out of the index, and what is left empty above them; files stay. :returns: how many there were"""
    forgotten = 0
    for group in inGroups(sopInstanceUIDs):
        rows = f"FROM instances WHERE SOPInstanceUID IN ({placeholders(len(group))})"
        series = [row[0] for row in connection.execute(f"SELECT DISTINCT seriesKey {rows}", group)]
        forgotten += connection.execute(f"DELETE {rows}", group).rowcount
        recount(connection, series)
    connection.execute(_EMPTY_SERIES)
    removeEmptyOnes(connection)
    return forgotten


def recount(connection: sqlite3.Connection, seriesKeys: Iterable[int]) -> None:
    """Write down anew how many instances and frames series have."""
    connection.executemany(
        "UPDATE series SET instanceCount = (SELECT count(*) FROM instances WHERE seriesKey = series.id), frameCount ="
        " (SELECT coalesce(sum(frames), 0) FROM instances WHERE seriesKey = series.id) WHERE id = ?",
        [(key,) for key in seriesKeys],
    )


def _report(connection: sqlite3.Connection, level: str, uid: str) -> RemovalReport:
    total, copies, size = connection.execute(
        "SELECT count(*), count(digest), coalesce(sum(CASE WHEN digest IS NULL THEN 0 ELSE fileSize END), 0)"
        f" FROM instances WHERE seriesKey IN ({_SERIES_IDS[level]})",
        (uid,),
    ).fetchone()
    return RemovalReport(total, copies, total - copies, size)
