"""What every part of the database class stands on."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import lru_cache

from ..Errors import DatabaseClosedError
from .Connections import Connections
from .FileStore import FileStore
from .ImportTurns import ImportTurns
from .Observers import Observers

# SQLite takes 32,766 parameters in one statement; smaller groups are prepared once and used again.
GROUP_SIZE = 500

_SEPARATOR = os.fsencode(os.sep)

# Columns that say where an instance's file is; :meth:`DatabasePart.pathOfRow` reads them.
PATH_COLUMNS = "folders.path AS folder, instances.name AS name, instances.digest AS digest"
PATH_TABLES = "instances LEFT JOIN folders ON folders.id = instances.folderID"


class DatabasePart:
    """Connections and file store of an open database, and notifications.

    :ivar importTurns: who may import next
    """

    def __init__(self):
        self._connections: Connections | None = None
        self._swapLock = threading.RLock()  # held while another file takes the place of the open one
        self._store = FileStore("")
        self._observers: Observers[str] = Observers()
        self.importTurns = ImportTurns()

    def connections(self) -> Connections:
        """:raises DatabaseClosedError: when no database is open"""
        with self._swapLock:
            if self._connections is None:
                raise DatabaseClosedError("no study database is open", hint="Open one first")
            return self._connections

    @property
    def store(self) -> FileStore:
        """The files the database owns."""
        return self._store

    def addObserver(self, callback: Callable[[str], None]) -> int:
        """``callback(event)`` is called after changes were committed, on the thread that made them.

        Events: "patientAdded", "seriesAdded", "removed", "changed" (after every committed batch).

        :returns: a token for :meth:`removeObserver`
        """
        return self._observers.add(callback)

    def removeObserver(self, token: int) -> None:
        """Stop notifying; unknown tokens are ignored."""
        self._observers.remove(token)

    def notify(self, event: str) -> None:
        """Tell the observers, on this thread."""
        self._observers.tell(event)

    def pathOfRow(self, row: sqlite3.Row | tuple) -> bytes:
        """The absolute path of the file to read, from the first three columns (``PATH_COLUMNS``)."""
        folder, name, digest = row[:3]
        return self._store.pathOf(digest) if digest is not None else os.path.join(folder, name)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self.connections().reading() as connection:
            yield connection

    def _firstColumn(self, query: str, *parameters: object) -> list:
        with self._reading() as connection:
            return [row[0] for row in connection.execute(query, parameters)]

    def _single(self, query: str, *parameters: object, default: object = "") -> object:
        """The first column of the first row, or the default when there is none."""
        found = self._firstColumn(query, *parameters)
        return found[0] if found else default

    def _dictionaries(self, query: str, parameters: Iterable[object] = ()) -> list[dict]:
        with self._reading() as connection:
            cursor = connection.execute(query, tuple(parameters))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]


def isKnownDigest(connection: sqlite3.Connection, digest: bytes) -> bool:
    """Whether a row owns the copy with this SHA-256."""
    return connection.execute("SELECT 1 FROM instances WHERE digest = ?", (digest,)).fetchone() is not None


def folderAndName(path: bytes) -> tuple[bytes, bytes]:
    """An absolute path in two parts, as ``os.path.split`` does it; that takes longer, and is asked for every file."""
    folder, _, name = path.rpartition(_SEPARATOR)
    isBelowRoot = _SEPARATOR in folder and not folder.endswith(_SEPARATOR)
    return (folder, name) if isBelowRoot else os.path.split(path)


def inGroups(items: Iterable) -> Iterator[list]:
    """Lists of at most ``GROUP_SIZE`` items."""
    group = []
    for item in items:
        group.append(item)
        if len(group) == GROUP_SIZE:
            yield group
            group = []
    if group:
        yield group


def placeholders(count: int) -> str:
    """"?,?,?" for an IN list."""
    return ",".join("?" * count)


@lru_cache(maxsize=1024)  # what came in with one import has few different times
def timestampText(seconds: int) -> str:
    """"YYYY-MM-DD HH:MM:SS" in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
