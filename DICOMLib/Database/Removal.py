"""Removing patients, studies and series: rows and owned copies go, linked originals stay."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from .DatabasePart import DatabasePart, isKnownDigest
from .FileStore import StoreSession

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
_EMPTY_ONES = (
    "DELETE FROM studies WHERE id NOT IN (SELECT studyKey FROM series)",
    "DELETE FROM patients WHERE uid NOT IN (SELECT patientUID FROM studies)",
    "DELETE FROM folders WHERE id NOT IN (SELECT folderID FROM instances WHERE folderID IS NOT NULL)",
)


@dataclass
class RemovalReport:
    """What a removal does, or did.

    :ivar instances: removed from the database
    :ivar copiesDeleted: owned files that go with them
    :ivar originalsKept: linked files that are only forgotten
    :ivar undeletable: owned files that could not be deleted; they are forgotten all the same
    """

    instances: int = 0
    copiesDeleted: int = 0
    originalsKept: int = 0
    undeletable: list[bytes] = field(default_factory=list)


class Removal(DatabasePart):
    """Each removal is one transaction; the files go after it is committed."""

    def removeSeries(self, seriesUID: str) -> RemovalReport:
        """Remove a series, and its study and patient when nothing else is in them."""
        return self._remove("series", seriesUID)

    def removeStudy(self, studyUID: str) -> RemovalReport:
        """Remove a study with its series, and its patient when nothing else is left."""
        return self._remove("study", studyUID)

    def removePatient(self, patientUID: str) -> RemovalReport:
        """Remove a patient with all studies."""
        return self._remove("patient", patientUID)

    def removalPreview(self, level: str, uid: str) -> RemovalReport:
        """What a removal would do.

        :param level: "patient", "study" or "series"
        """
        with self._reading() as connection:
            return _report(connection, level, uid)

    def _remove(self, level: str, uid: str) -> RemovalReport:
        if self.connections().isInMemory or not self._store.folder.is_dir():  # then there are no copies
            report, _ = self._deleteRows(level, uid, None)
        else:
            with self._store.newSession() as session:
                report, digests = self._deleteRows(level, uid, session)
                if digests:
                    # In a transaction: another program may be about to add a row for a copy of the same contents.
                    with self.connections().writing() as connection:
                        report.undeletable = session.committed(lambda digest: isKnownDigest(connection, digest))
        with self.connections().reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the values leave the log too
        if report.instances:
            self.notify("removed")
            self.notify("changed")
        return report

    def _deleteRows(self, level: str, uid: str, session: StoreSession | None) -> tuple[RemovalReport, list[bytes]]:
        with self.connections().writing() as connection:
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
            for statement in _EMPTY_ONES:
                connection.execute(statement)
        return report, digests


def _report(connection: sqlite3.Connection, level: str, uid: str) -> RemovalReport:
    total, copies = connection.execute(
        f"SELECT count(*), count(digest) FROM instances WHERE seriesKey IN ({_SERIES_IDS[level]})", (uid,)
    ).fetchone()
    return RemovalReport(total, copies, total - copies)
