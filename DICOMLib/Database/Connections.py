"""SQLite connections: one a thread for a file, one for all threads for a database in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..Errors import DatabaseClosedError, DatabaseReadOnlyError
from .DatabaseErrors import translatedErrors

IN_MEMORY = ":memory:"

# How long a writer waits for another one before it says so.
BUSY_SECONDS = 5.0

_PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = FULL",  # a committed import survives a power cut
    "secure_delete = ON",  # a removed patient's values are overwritten, not only unlinked
    "temp_store = MEMORY",  # no patient values in temporary files
    "trusted_schema = OFF",
    "cache_size = -16000",
)


_READ_ONLY_HINT = "Choose a database in a folder you may write to"


class _ThreadConnection:
    """Closes its connection when the thread that owns it ends.

    A connection is closed by another thread only while nobody uses it: ``lock`` is held during use.
    """

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        self.lock = threading.RLock()

    def __del__(self):
        self.connection.close()

    def closeOrInterrupt(self) -> None:
        """Close the connection now, or as soon as the thread that is using it has finished."""
        if self.lock.acquire(blocking=False):
            try:
                self.connection.close()
            finally:
                self.lock.release()
        else:
            with suppress(sqlite3.ProgrammingError):  # closed meanwhile by its thread
                self.connection.interrupt()  # its thread closes it when the query has ended


class Connections:
    """Hands out connections to one database.

    :param path: of the file, or ``IN_MEMORY``
    :param readOnly: nothing is written, not even beside the file
    :param readOnlyHint: what the user can do when something should be written
    """

    def __init__(self, path: str, readOnly: bool = False, readOnlyHint: str = _READ_ONLY_HINT):
        self.path = path
        self.readOnly = readOnly
        self._readOnlyHint = readOnlyHint
        self.isOpen = True
        self._local = threading.local()
        self._all: weakref.WeakSet[_ThreadConnection] = weakref.WeakSet()
        self._lock = threading.RLock()
        self._shared = _ThreadConnection(self._connect()) if self.isInMemory else None

    @property
    def isInMemory(self) -> bool:
        """Whether there is no file."""
        return self.path == IN_MEMORY

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries of this thread.

        :raises DatabaseError: when a query fails
        """
        with translatedErrors(self.path):
            holder = self._shared or self._threadConnection()
            try:
                with holder.lock:
                    yield holder.connection
            finally:
                if not self.isOpen:
                    holder.closeOrInterrupt()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back when an exception leaves it.

        :raises DatabaseReadOnlyError: when the database was opened for reading only
        :raises DatabaseError: when another writer does not finish in time, the disk is full, …
        """
        if self.readOnly:
            what = "the study database was opened for reading only"
            raise DatabaseReadOnlyError(what, self.path, hint=self._readOnlyHint)
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections of all threads; queries still running end with a DatabaseClosedError."""
        with self._lock:
            self.isOpen = False
            for holder in [*self._all, *filter(None, [self._shared])]:
                holder.closeOrInterrupt()

    def _threadConnection(self) -> _ThreadConnection:
        holder = getattr(self._local, "holder", None)
        if holder is None:
            with self._lock:
                holder = self._local.holder = _ThreadConnection(self._connect())
                self._all.add(holder)
        return holder

    def _connect(self) -> sqlite3.Connection:
        if not self.isOpen:
            raise DatabaseClosedError("the study database was closed", self.path)
        connection = sqlite3.connect(
            self._address(), uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _address(self) -> str:
        if self.isInMemory:
            return "file::memory:"
        address = Path(self.path).absolute().as_uri()
        if not self.readOnly:
            return address + "?mode=rw"
        # In a folder that cannot be written SQLite cannot make the files it shares with writers. If there are none,
        # there is no writer.
        folderIsWritable = os.access(os.path.dirname(os.path.abspath(self.path)), os.W_OK)
        hasLog = os.path.exists(self.path + "-wal")
        return address + ("?mode=ro" if folderIsWritable or hasLog else "?immutable=1")
