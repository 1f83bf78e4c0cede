"""A new database file takes the place of the old one in one step, or not at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress

from ..Errors import DatabaseError
from .Connections import BUSY_SECONDS
from .DatabaseErrors import isDamage, translatedErrors
from .Durability import syncFolder
from .FileLock import FileLock
from .Schema import syncFile, unusedPath

_LOG_ENDINGS = ("-wal", "-shm", "-journal")
_BESIDES = ("", *_LOG_ENDINGS)


class FileReplacement:
    """Use it as a context manager: write the new file at ``newPath``, then call :meth:`swap`.

    The old file stays readable meanwhile. When somebody has changed it, or another program has it open, it stays.

    :param path: of the database file
    :ivar isUsable: whether SQLite can read the old file at all
    """

    def __init__(self, path: str):
        self.path = path
        self.newPath = f"{path}.new"
        self.isUsable = False
        self._lockPath = f"{path}.upkeep"
        self._lock = FileLock(self._lockPath)
        self._watch: sqlite3.Connection | None = None
        self._dataVersion = 0

    def __enter__(self) -> FileReplacement:
        try:
            isFree = self._lock.tryAcquire()
        except OSError as error:
            hint = "Check that you may write to its folder"
            raise DatabaseError("a new file cannot be made beside the database", self.path, error.strerror,
                                hint) from error
        if not isFree:
            hint = "Wait until it has finished"
            raise DatabaseError("another program is rebuilding or compacting this database", self.path, hint=hint)
        removeDatabaseFile(self.newPath)
        with translatedErrors(self.path):
            self._startWatching()
        return self

    def __exit__(self, *exceptionInfo) -> None:
        self._stopWatching()
        removeDatabaseFile(self.newPath)
        with suppress(OSError):
            os.unlink(self._lockPath)
        self._lock.release()

    def makePrivateFile(self) -> None:
        """Make the new file, empty, for the user alone."""
        os.close(os.open(self.newPath, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))

    def swap(self, keepAs: str = "") -> str:
        """Put the new file, which must be closed, in the old one's place.

        :param keepAs: ending of the name under which the old file is kept; "" to keep only a damaged one
        :returns: the name under which the old file was kept; "" when it was not
        :raises DatabaseError: when another program has the database open or has changed it; nothing is replaced then
        """
        with translatedErrors(self.path):
            self._takeAlone()
        syncFile(self.newPath)
        if self._watch is None:
            keepAs = "corrupt"
        kept = self._keep(keepAs) if keepAs and os.path.exists(self.path) else ""
        if os.name == "nt":
            self._stopWatching()
        os.replace(self.newPath, self.path)
        syncFolder(os.path.dirname(self.path))
        self._stopWatching()
        return kept

    def _startWatching(self) -> None:
        if not os.path.exists(self.path):
            return
        watch = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            watch.execute("SELECT count(*) FROM sqlite_master").fetchone()
            self._dataVersion = watch.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            watch.close()
            if not isDamage(error):
                raise
            return
        self._watch, self.isUsable = watch, True

    def _stopWatching(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _takeAlone(self) -> None:
        """Leaving the log mode succeeds only for a program that has the file for itself."""
        if self._watch is None:
            return
        try:
            self._watch.execute("PRAGMA journal_mode = DELETE").fetchone()
            changed = self._watch.execute("PRAGMA data_version").fetchone()[0] != self._dataVersion
            self._watch.execute("PRAGMA journal_mode = WAL" if changed else "BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if isDamage(error):
                self._stopWatching()
                return
            if "locked" in str(error):
                hint = "Close the other program or the running import, then try again; nothing was changed"
                raise DatabaseError("the study database is in use", self.path, hint=hint) from error
            raise
        if changed:
            hint = "Nothing was replaced. Try again when no import is running"
            raise DatabaseError("the study database was changed meanwhile", self.path, hint=hint)

    def _keep(self, ending: str) -> str:
        kept = unusedPath(f"{self.path}.{ending}")
        try:
            os.link(self.path, kept)
        except OSError:  # a file system without hard links: for a moment there is no database
            os.rename(self.path, kept)
        if self._watch is None:  # a log that stayed would be taken for the new file's
            for ending in _LOG_ENDINGS:
                with suppress(FileNotFoundError):
                    os.rename(self.path + ending, kept + ending)
        return kept


def removeAbandoned(path: str) -> None:
    """Delete what a program that was killed left of a new file: it may hold values that were removed since."""
    lockPath = f"{path}.upkeep"
    if not os.path.exists(lockPath):
        return
    lock = FileLock(lockPath)
    with suppress(OSError):
        if lock.tryAcquire():
            removeDatabaseFile(f"{path}.new")
            os.unlink(lockPath)
    lock.release()


def removeDatabaseFile(path: str) -> None:
    """Delete a database file of ours that nobody uses, with its logs."""
    for ending in _BESIDES:
        with suppress(FileNotFoundError):
            os.unlink(path + ending)
