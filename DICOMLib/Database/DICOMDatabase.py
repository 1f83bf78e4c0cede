"""The study database: one SQLite file that an index of linked and copied DICOM files lives in."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ..Errors import DatabaseError, DatabaseReadOnlyError, DatabaseVersionError, displayPath
from . import Schema
from .Compaction import Compaction
from .Connections import IN_MEMORY, Connections
from .DatabaseErrors import translatedErrors
from .DatabasePart import inGroups, isKnownDigest, placeholders
from .DisplayedFields import DisplayedFields
from .DisplayedSeries import DisplayedSeries
from .Durability import freeBytes, makePrivateFolder, storeErrors
from .FileReplacement import removeAbandoned
from .FileStore import FileStore
from .FileSystems import isOnNetwork
from .ImportReport import ImportReport
from .Indexer import DICOMIndexer
from .LoadedHeader import LoadedHeader
from .Removal import Removal
from .Repair import Repair
from .SlicerNames import SlicerNames
from .Thumbnails import Thumbnails

# Owned files are in a folder of this name beside the database file, so that both can be moved together.
STORE_SUFFIX = "-files"
# What SQLite allocates beside a database before anything can be read, and some more.
_ROOM_TO_OPEN = 65_536


class DICOMDatabase(
    Thumbnails, LoadedHeader, SlicerNames, DisplayedSeries, DisplayedFields, Removal, Repair, Compaction
):
    """Patients, studies, series and instances, and the tag values kept of them.

    Method names are those of Slicer's database; those that answer for many at once are ours. Any thread may call any
    method; each has its own connection.

    >>> database = DICOMDatabase()
    >>> database.openDatabase(":memory:")
    >>> database.patients()
    []
    """

    def __init__(self):
        super().__init__()
        self._databaseFilename = ""
        self._version = 0
        self._warnings: tuple[str, ...] = ()

    def openDatabase(self, databaseFilename: str | os.PathLike = "") -> None:
        """Open a database, making it when it does not exist.

        :param databaseFilename: "" or ":memory:" for one in memory, which all threads share
        :raises DatabaseCorruptError: when the file is damaged or not a database; it is left as it is
        :raises DatabaseVersionError: when it belongs to another program
        :raises DatabaseError: when it cannot be made or opened
        """
        self.closeDatabase()
        warnings: list[str] = []
        name = os.fspath(databaseFilename) or IN_MEMORY
        if name == IN_MEMORY:
            connections = Connections(IN_MEMORY)
        else:
            name = os.path.abspath(name)
            connections = self._connectionsToFile(name)
        try:
            with connections.reading() as connection:
                if not connections.readOnly:
                    warnings += _prepare(connection, connections)
                self._version = Schema.storedVersion(connection)
        except DatabaseError:
            connections.close()
            raise
        self._connections, self._databaseFilename, self._warnings = connections, name, tuple(warnings)
        self._store = FileStore(name + STORE_SUFFIX)
        if not connections.readOnly and not connections.isInMemory:
            self._recoverStore()
            removeAbandoned(name)

    def useStore(self, folder: str | os.PathLike) -> None:
        """Look for the owned files in this folder instead of the one beside the database file."""
        self._store = FileStore(folder)

    def closeDatabase(self) -> None:
        """Close the connections of all threads. Calls that need a database then raise DatabaseClosedError."""
        if self._connections is not None:
            self._connections.close()
        self._connections, self._databaseFilename, self._version = None, "", 0

    def initializeDatabase(self, schemaFile: str = "") -> None:
        """Remove every patient, and the copies of their files.

        :param schemaFile: as in Slicer, and not used: the tables are the program's own
        """
        for patientUID in self.patients():
            self.removePatient(patientUID)

    @property
    def isOpen(self) -> bool:
        """Whether a database is open."""
        return self._connections is not None

    @property
    def isInMemory(self) -> bool:
        """Whether the open database vanishes when it is closed."""
        return self._connections is not None and self._connections.isInMemory

    @property
    def readOnly(self) -> bool:
        """True when the file was made by a newer version, or cannot be written."""
        return self._connections is not None and self._connections.readOnly

    @property
    def readOnlyReason(self) -> str:
        """Why nothing can be written, a sentence for the user; "" when everything can."""
        if not self.readOnly:
            return ""
        return f"The database can only be read: {self._connections.readOnlyReason}."

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the open database, sentences; what only can be read comes first."""
        return tuple(filter(None, (self.readOnlyReason, *self._warnings)))

    @property
    def databaseFilename(self) -> str:
        """Absolute path of the database file, ":memory:" in memory, "" when closed."""
        return self._databaseFilename

    @property
    def databaseDirectory(self) -> str:
        """The folder of the database file; "" in memory and when closed."""
        return "" if self._databaseFilename in ("", IN_MEMORY) else os.path.dirname(self._databaseFilename)

    def schemaVersion(self) -> str:
        """The version of the tables that this program makes."""
        return str(Schema.CURRENT_VERSION)

    def schemaVersionLoaded(self) -> str:
        """The version of the open file; "" when none is open."""
        return str(self._version) if self.isOpen else ""

    def insert(self, filePath: str | bytes | os.PathLike, storeFile: bool = False) -> ImportReport:
        """Import one file.

        :param storeFile: keep a copy
        """
        return DICOMIndexer(self).importPaths([filePath], storeFile)

    def requireWritable(self, copyFiles: bool = False) -> None:
        """:raises DatabaseError: when an import would fail: closed, read-only, or nowhere to keep copies"""
        connections = self.connections()
        if copyFiles and connections.isInMemory:
            hint = "Link to the files instead, or open a database in a folder"
            raise DatabaseError("a database in memory keeps no copies", hint=hint)
        connections.requireWritable()

    def ownFolders(self) -> tuple[bytes, ...]:
        """Folders that hold the database's own files; an import passes them over."""
        return (os.fsencode(self._store.folder),) if self.databaseDirectory else ()

    def seriesUIDsOf(self, seriesKeys: Iterable[int]) -> list[str]:
        """UIDs of series by their numbers in the tables, in the same order; removed ones are left out."""
        uids: dict[int, str] = {}
        ordered = list(seriesKeys)
        with self._reading() as connection:
            for group in inGroups(ordered):
                query = f"SELECT id, SeriesInstanceUID FROM series WHERE id IN ({placeholders(len(group))})"
                uids.update(connection.execute(query, group).fetchall())
        return [uids[seriesKey] for seriesKey in ordered if seriesKey in uids]

    def _connectionsToFile(self, name: str) -> Connections:
        folder = Path(name).parent
        if not os.path.exists(name):
            with storeErrors(folder):
                makePrivateFolder(folder)
                os.close(os.open(name, os.O_CREAT | os.O_RDWR, 0o600))
        if _isOnFullDisk(name):
            _versionIn(Connections(name, readOnly=True, alone=True))
            hint = "Make free space, then open the database again"
            return Connections(name, True, "its disk is full", hint, alone=True)
        canWrite = os.access(name, os.W_OK) and os.access(folder, os.W_OK)
        if _checkedVersion(name, canWrite) > Schema.CURRENT_VERSION:
            reason = "a newer version of this program made it"
            return Connections(name, True, reason, "Use that version, or choose another database")
        return Connections(name, readOnly=not canWrite)

    def _recoverStore(self) -> None:
        if self._store.hasAbandonedSessions():
            with self.connections().writing() as connection, storeErrors(self._store.folder):
                self._store.recover(lambda digest: isKnownDigest(connection, digest))


def _isOnFullDisk(name: str) -> bool:
    """Whether there is not even room for the files that SQLite makes beside a database to read it, and nobody has made
    them already."""
    log = name + "-wal"
    isOpenElsewhere = os.path.exists(name + "-shm") or (os.path.exists(log) and os.path.getsize(log) > 0)
    free = freeBytes(os.path.dirname(name))
    return not isOpenElsewhere and os.path.getsize(name) > 0 and free is not None and free < _ROOM_TO_OPEN


def _checkedVersion(name: str, canWrite: bool) -> int:
    """Version of an existing file, after making sure that it is one of ours; nothing is written but what SQLite has to
    take back when the power went while the file was made.

    :raises DatabaseCorruptError, DatabaseVersionError, DatabaseError:
    """
    if os.path.isdir(name):
        raise DatabaseError("a folder is where the study database should be", displayPath(name),
                            hint="Give the name of a file in it")
    try:
        return _versionIn(Connections(name, readOnly=True))
    except DatabaseReadOnlyError:
        if not canWrite:
            raise
        return _versionIn(Connections(name))


def _versionIn(probe: Connections) -> int:
    try:
        with probe.reading() as connection:
            if Schema.storedApplication(connection) == Schema.APPLICATION_ID:
                return Schema.storedVersion(connection)
            if Schema.isEmpty(connection):
                return 0
    finally:
        probe.close()
    hint = "Nothing was changed. Choose another file; files that the other database lists can be imported"
    raise DatabaseVersionError("this database belongs to another program", probe.path, hint=hint)


def _prepare(connection: sqlite3.Connection, connections: Connections) -> list[str]:
    """Bring an open file up to date. :returns: what the user should know of it"""
    isFile = not connections.isInMemory
    with translatedErrors(connections.path), storeErrors(Path(connections.path).parent):
        (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if Schema.storedVersion(connection) < Schema.CURRENT_VERSION:
            Schema.upgrade(connection, connections.path if isFile else "")
    if isFile and journal.lower() != "wal":
        return ["Its file system cannot share the database's log: while one program writes, others cannot read."]
    if isFile and isOnNetwork(connections.path):
        return ["It is on a network drive, where locks are not to be relied on: use it from one computer at a time."]
    return []
