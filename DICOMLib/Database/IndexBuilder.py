"""Fills a new database from the owned files, and from what can be read of the old one, and puts it in its place."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from ..Errors import CancelledError, DatabaseError
from ..Files.Header import Header
from ..Instance import Instance
from ..Progress import Progress
from .BatchRows import BatchRows
from .DatabasePart import DatabasePart
from .FileReplacement import FileReplacement, removeDatabaseFile
from .FileStates import IndexedFile
from .ImportReport import ImportReport
from .Indexer import DICOMIndexer
from .Orphans import storedFiles
from .OwnedFiles import Origin, OwnedFiles
from .Placement import Action, Placement
from .Removal import removeEmptyOnes
from .Salvage import salvage
from .TagValues import tagSetText
from .Transactions import committed
from .UpkeepReport import FORGOTTEN, LEFT, NOTE, RebuildReport

_PATHS_AT_ONCE = 5000
# What is the user's and not the files', and where it is found again.
_SETTINGS = ("displayedColumns", "watchedFolders")
_KEYS = {
    "patients": "identity", "studies": "StudyInstanceUID", "series": "SeriesInstanceUID", "instances": "SOPInstanceUID",
}  # fmt: skip


class IndexBuilder:
    """One rebuild.

    :param newDatabase: makes a closed ``DICOMDatabase``
    :param tags: kept at import beside the standard ones
    :param swapping: calls what it is given while nobody of this process has the old file open
    """

    def __init__(
        self, newDatabase: Callable[[], DatabasePart], path: str, storeFolder: Path, tags: tuple[str, ...],
        progress: Progress, swapping: Callable[[Callable[[], str]], str],
    ):
        self._newDatabase = newDatabase
        self._path = path
        self._storeFolder = storeFolder
        self._tags = tags
        self._progress = progress
        self._swapping = swapping
        self._report = RebuildReport()
        self._isDamaged = False
        self._scratch = f"{path}.salvaged"

    def run(self) -> RebuildReport:
        """:raises DatabaseError: when another program has the database open or changes it meanwhile"""
        started = time.monotonic()
        with suppress(CancelledError), FileReplacement(self._path) as replacement:
            removeDatabaseFile(self._scratch)
            try:
                self._build(replacement)
                self._progress.raiseIfCancelled()
                ending = "corrupt" if self._isDamaged else "replaced"
                self._report.keptAs = self._swapping(lambda: replacement.swap(ending))
            finally:
                removeDatabaseFile(self._scratch)
        self._report.cancelled = self._progress.cancelled and not self._report.keptAs
        self._report.seconds = time.monotonic() - started
        if not self._report.cancelled:
            self._progress.report(1, 1, self._report.summary())
        return self._report

    def _build(self, replacement: FileReplacement) -> None:
        replacement.makePrivateFile()
        new, old = self._newDatabase(), None
        try:
            new.openDatabase(replacement.newPath)
            new.tagsToPrecache = self._tags
            new.useStore(self._storeFolder)
            old = self._openOld(replacement.isUsable)
            self._fill(new, old)
            problems = new.integrityProblems()
            if problems:
                raise DatabaseError("the new index is not sound; the disk may be failing", self._path, problems[0])
        finally:
            new.closeDatabase()
            if old is not None:
                old.closeDatabase()

    def _openOld(self, isUsable: bool) -> DatabasePart | None:
        """The old index, or what could be read of it, for reading."""
        if not os.path.exists(self._path):
            self._report.add(NOTE, b"", "there was no database file: the index is made of the copied files alone")
            return None
        self._isDamaged = not (isUsable and _isSound(self._path))
        path = self._salvaged() if self._isDamaged else self._path
        if not path:
            return None
        old = self._newDatabase()
        old.openDatabase(path)
        old.useStore(self._storeFolder)
        return old

    def _salvaged(self) -> str:
        try:
            rows = salvage(self._path, self._scratch, self._progress)
        except sqlite3.Error:
            rows = {}
        what = ", ".join(f"{count:,} of {table}" for table, count in rows.items())
        text = f"the old file is damaged; rows that could be read: {what or 'none'}"
        self._report.add(NOTE, os.fsencode(self._path), text)
        return self._scratch if rows else ""

    def _fill(self, new, old) -> None:
        origins = _Origins(old)
        if old is not None:
            with _writingBeside(new, old) as connection:
                _copyRows(connection, "patients")  # who keep their numbers; those without a file left go at the end
        owned = OwnedFiles(new, self._report, self._progress, origins.ofDigest)
        # Those the old index has come first: of two copies of one object they are the right ones.
        self._progress.report(0, text="Reading copied files")
        known = [(digest, path) for digest, path in storedFiles(new, self._progress) if origins.isKnown(digest)]
        self._report.ownedFiles = owned.index(known)
        seen = {digest for digest, _ in known}
        rest = ((digest, path) for digest, path in storedFiles(new, self._progress) if digest not in seen)
        self._report.ownedFiles += owned.index(rest)
        if old is not None:
            self._linkedFiles(new, old)
            self._takeOver(new, old)

    def _linkedFiles(self, new, old) -> None:
        """Files that are there are read again; the entries of others are taken over as they are."""
        for group in _groups(file for file in old.indexedFiles() if not file.isOwned):
            self._progress.raiseIfCancelled()
            for file in group:
                if not file.path:
                    self._report.add(FORGOTTEN, b"", f"the path of object {file.sopInstanceUID} cannot be read")
            group = [file for file in group if file.path]
            present = [file for file in group if os.path.exists(file.path)]
            report = DICOMIndexer(new).importPaths([file.path for file in present], progress=self._progress)
            self._progress.raiseIfCancelled()
            self._report.linkedFiles += report.instancesAdded
            for entry in report.skipped:
                self._report.add(FORGOTTEN, entry.path, entry.reason)
            there = {file.path for file in present}
            self._keepEntries(new, old, [file for file in group if file.path not in there])

    def _keepEntries(self, new, old, files: list[IndexedFile]) -> None:
        records = {file: old.instanceRecord(file.sopInstanceUID) for file in files}
        with new.connections().writing() as connection:
            rows = BatchRows(connection, ImportReport(), tagSetText(self._tags))
            for file, record in records.items():
                if record is None:
                    self._report.add(FORGOTTEN, file.path, "not there, and its entry cannot be read")
                    continue
                rows.place(Placement(_headerOf(record), Action.ADD), None)
                self._report.linkedFiles += 1
                self._report.add(LEFT, file.path, "not there; its entry was taken over from the old index")
            rows.finish()

    def _takeOver(self, new, old) -> None:
        """Insert times, and what is the user's."""
        with _writingBeside(new, old) as connection:
            for table, key in _KEYS.items():
                connection.execute(
                    f"UPDATE {table} SET insertTimestamp = coalesce((SELECT former.insertTimestamp FROM"
                    f" old.{table} AS former WHERE former.{key} = {table}.{key}), insertTimestamp)"
                )
            for table in _SETTINGS:
                _copyRows(connection, table)
            removeEmptyOnes(connection)


@contextmanager
def _writingBeside(new, old) -> Iterator[sqlite3.Connection]:
    """A transaction in the new database, with the old one attached as "old" for reading."""
    address = Path(old.databaseFilename).absolute().as_uri() + "?mode=ro"
    with new.connections().reading() as connection:
        connection.execute("ATTACH ? AS old", (address,))
        try:
            connection.execute("BEGIN IMMEDIATE")
            with committed(connection):
                yield connection
        finally:
            connection.execute("DETACH old")


class _Origins:
    """Where owned files came from, as far as the old index can tell."""

    def __init__(self, old):
        self._old = old

    def ofDigest(self, digest: bytes) -> Origin | None:
        row = self._row(digest)
        return None if row is None or row[0] is None else Origin(os.path.join(row[0], row[1]), row[2])

    def isKnown(self, digest: bytes) -> bool:
        return self._row(digest) is not None

    def _row(self, digest: bytes) -> tuple | None:
        if self._old is None:
            return None
        with self._old.connections().reading() as connection:
            return connection.execute(
                "SELECT folders.path, instances.name, modifiedTime FROM instances LEFT JOIN folders ON folders.id ="
                " instances.folderID WHERE digest = ?",
                (digest,),
            ).fetchone()


def _isSound(path: str) -> bool:
    try:
        with closing(sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    except sqlite3.Error:
        return False


def _copyRows(connection: sqlite3.Connection, table: str) -> None:
    present = {row[1] for row in connection.execute(f"PRAGMA old.table_info({table})")}
    columns = ",".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})") if row[1] in present)
    if columns:
        connection.execute(f"INSERT OR REPLACE INTO main.{table}({columns}) SELECT {columns} FROM old.{table}")


def _headerOf(instance: Instance) -> Header:
    names = {one.name for one in fields(Header)} & {one.name for one in fields(Instance)}
    return Header(**{name: getattr(instance, name) for name in names})


def _groups(files: Iterator[IndexedFile]) -> Iterator[list[IndexedFile]]:
    group: list[IndexedFile] = []
    for file in files:
        group.append(file)
        if len(group) >= _PATHS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group
