"""The folders that a database watches: whatever is put there comes in by itself (see FolderWatcher.py)."""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass

from ..Errors import DatabaseError
from .DatabasePart import DatabasePart

# The version of the tables that brought this one; older databases, opened for reading only, watch nothing.
FIRST_VERSION = 2


@dataclass(frozen=True)
class WatchedFolder:
    """:ivar path: absolute, in bytes
    :ivar copyFiles: keep copies of its files instead of links to them
    :ivar enabled: watched at present
    """

    path: bytes
    copyFiles: bool = False
    enabled: bool = True


class WatchedFolders:
    """The list, kept in the database: it goes where the database goes. Any thread may call any method.

    >>> from DICOMLib import DICOMDatabase
    >>> database = DICOMDatabase()
    >>> database.openDatabase(":memory:")
    >>> WatchedFolders(database).add("/scans").path
    b'/scans'
    """

    def __init__(self, database: DatabasePart):
        self._database = database

    def folders(self) -> list[WatchedFolder]:
        """All of them, those switched off too, in the order in which they were added."""
        if int(self._database.schemaVersionLoaded() or 0) < FIRST_VERSION:
            return []
        with self._database.connections().reading() as connection:
            rows = connection.execute("SELECT path, copyFiles, enabled FROM watchedFolders ORDER BY id").fetchall()
        return [WatchedFolder(path, bool(copyFiles), bool(enabled)) for path, copyFiles, enabled in rows]

    def add(self, path: bytes | str | os.PathLike, copyFiles: bool = False) -> WatchedFolder:
        """Watch a folder; one that is watched already is switched on and takes over ``copyFiles``.

        It need not exist at the moment: a disk that is not there now may come back.

        :raises DatabaseError: when the folder is one of the database's own, or nothing can be written
        """
        absolute = os.path.abspath(os.fsencode(path))
        if any(absolute == own or absolute.startswith(own + os.sep.encode()) for own in self._database.ownFolders()):
            raise DatabaseError("this folder holds the database's own files", absolute, hint="Choose another folder")
        self._database.requireWritable(copyFiles)
        self._write(
            "INSERT INTO watchedFolders(path, copyFiles, enabled, insertTimestamp) VALUES (?, ?, 1, ?)"
            " ON CONFLICT(path) DO UPDATE SET copyFiles = excluded.copyFiles, enabled = 1",
            absolute, copyFiles, int(time.time()),
        )  # fmt: skip
        return WatchedFolder(absolute, copyFiles)

    def remove(self, path: bytes | str | os.PathLike) -> None:
        """Watch it no more; what came in from it stays. Unknown folders are ignored."""
        self._write("DELETE FROM watchedFolders WHERE path = ?", os.path.abspath(os.fsencode(path)))

    def setEnabled(self, path: bytes | str | os.PathLike, enabled: bool) -> None:
        """Switch one on or off."""
        self._write("UPDATE watchedFolders SET enabled = ? WHERE path = ?", enabled, os.path.abspath(os.fsencode(path)))

    def setCopyFiles(self, path: bytes | str | os.PathLike, copyFiles: bool) -> None:
        """Keep copies of what comes in from now on, or link to it.

        :raises DatabaseError: when the database keeps no copies
        """
        self._database.requireWritable(copyFiles)
        absolute = os.path.abspath(os.fsencode(path))
        self._write("UPDATE watchedFolders SET copyFiles = ? WHERE path = ?", copyFiles, absolute)

    def _write(self, statement: str, *parameters: object) -> sqlite3.Cursor:
        with self._database.connections().writing() as connection:
            return connection.execute(statement, parameters)
