"""SQLite connections: one a thread for a file, one for all threads for a database in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..Errors import DatabaseClosedError, DatabaseReadOnlyError
from ..Progress import Progress
from .DatabaseErrors import translatedErrors
from .Transactions import committed

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


_READ_ONLY_REASON = "its file or its folder cannot be written"
_READ_ONLY_HINT = "Choose a database in a folder you may write to"
_WAITING_TEXT = "Another program is writing to the database; waiting for it…"
# How long SQLite itself waits before we say that we are waiting.
_QUIET_SECONDS = 0.1


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
    :param readOnlyReason: why, a clause
    :param readOnlyHint: what the user can do when something should be written
    :param alone: that no other program has the file open is known; SQLite then makes no file beside it even to read
    """

    def __init__(
        self, path: str, readOnly: bool = False, readOnlyReason: str = _READ_ONLY_REASON,
        readOnlyHint: str = _READ_ONLY_HINT, alone: bool = False,
    ):
        self.path = path
        self.readOnly = readOnly
        self.readOnlyReason = readOnlyReason if readOnly else ""
        self._readOnlyHint = readOnlyHint
        self._alone = alone
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

    def requireWritable(self) -> None:
        """:raises DatabaseReadOnlyError: when the database was opened for reading only"""
        if self.readOnly:
            what = f"the study database was opened for reading only, because {self.readOnlyReason}"
            raise DatabaseReadOnlyError(what, self.path, hint=self._readOnlyHint)

    @contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back when an exception leaves it.

        :param progress: told when another writer has to be waited for; its cancel ends the waiting
        :raises CancelledError: when it was cancelled while waiting
        :raises DatabaseReadOnlyError: when the database was opened for reading only
        :raises DatabaseError: when another writer does not finish in time, the disk is full, …
        """
        self.requireWritable()
        with self.reading() as connection:
            _begin(connection, progress)
            with committed(connection):
                yield connection

    def close(self) -> None:
        """Close the connections of all threads; queries still running end with a DatabaseClosedError."""
        with self._lock:
            self.isOpen = False
            for holder in [*self._all, *filter(None, [self._shared])]:
                holder.closeOrInterrupt()

    def retire(self) -> None:
        """Close the connections nobody is using; the others close when their present use ends. None is made anew."""
        with self._lock:
            self.isOpen = False
            for holder in list(self._all):
                if holder.lock.acquire(blocking=False):
                    try:
                        holder.connection.close()
                    finally:
                        holder.lock.release()

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
        return address + ("?mode=ro" if (folderIsWritable or hasLog) and not self._alone else "?immutable=1")


def _begin(connection: sqlite3.Connection, progress: Progress | None) -> None:
    """Start a write transaction, saying so when that takes a while.

    :raises sqlite3.OperationalError: when another writer does not finish within ``BUSY_SECONDS``
    """
    if progress is None:
        connection.execute("BEGIN IMMEDIATE")
        return
    deadline = time.monotonic() + BUSY_SECONDS
    text = progress.text
    connection.execute(f"PRAGMA busy_timeout = {round(_QUIET_SECONDS * 1000)}")
    try:
        while not _hasBegun(connection, isLastTry=time.monotonic() >= deadline):
            progress.raiseIfCancelled()
            progress.report(progress.done, text=_WAITING_TEXT)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
        if progress.text == _WAITING_TEXT:
            progress.report(progress.done, text=text)


def _hasBegun(connection: sqlite3.Connection, isLastTry: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if isLastTry or "locked" not in str(error):
            raise
        return False
    return True
