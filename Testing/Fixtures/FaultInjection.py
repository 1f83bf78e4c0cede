"""Lets the nth call fail that changes a folder or commits to a database in it, for n = 1, 2, … until a run has no nth.

Counted are the calls of Python's ``os`` that write, make, rename, delete and sync below the folder, and the statements
that begin and end SQLite's transactions. A failing call does nothing; or the process ends there and then.

>>> with FaultInjection("/somewhere", failAt=3, code=errno.ENOSPC) as faults:
...     work()                              # the third call raises OSError: No space left on device
>>> faults.calls, faults.hasFailed
(7, True)
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable

KILL = 0
DIED = 9
_BY_PATH = ("mkdir", "unlink", "rmdir", "utime")
_BY_DESCRIPTOR = ("write", "fsync", "ftruncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_SQLITE_MESSAGES = {
    errno.ENOSPC: "database or disk is full",
    errno.EIO: "disk I/O error",
    errno.EROFS: "attempt to write a readonly database",
    errno.EACCES: "unable to open database file",
}


class FaultInjection:
    """Use it as a context manager around the work; other threads are counted too.

    :param root: the folder
    :param failAt: number of the call that fails, from 1; 0 for none
    :param code: ``errno`` value; ``KILL`` ends the process with exit code ``DIED``
    :param goesOn: all later calls fail too, as on a disk that stays full

    :ivar calls: how many there were
    """

    def __init__(self, root: str | os.PathLike, failAt: int = 0, code: int = errno.EIO, goesOn: bool = False):
        self._root = os.fsencode(root)
        self._failAt = failAt
        self._code = code
        self._goesOn = goesOn
        self._lock = threading.Lock()
        self._replaced: list[tuple[object, str, Callable]] = []
        self.calls = 0

    @property
    def hasFailed(self) -> bool:
        """Whether the call came that had to fail."""
        return 0 < self._failAt <= self.calls

    def __enter__(self) -> FaultInjection:
        for name in _BY_PATH:
            self._replace(os, name, self._failing(self._isPathBelow))
        for name in _BY_DESCRIPTOR:
            self._replace(os, name, self._failing(self._isDescriptorBelow))
        self._replace(os, "open", self._failing(lambda path, flags, *_: flags & _WRITING and self._isPathBelow(path)))
        self._replace(os, "replace", self._failing(lambda _, target: self._isPathBelow(target)))
        self._replace(sqlite3, "connect", self._connecting)
        return self

    def __exit__(self, *exceptionInfo) -> None:
        for module, name, original in reversed(self._replaced):
            setattr(module, name, original)

    def count(self, statement: str = "") -> None:
        """One more call. :raises OSError, sqlite3.OperationalError: when it is the one that fails"""
        with self._lock:
            self.calls += 1
            number = self.calls
        if not self._failAt or not (number == self._failAt or (self._goesOn and number > self._failAt)):
            return
        if self._code == KILL:
            os._exit(DIED)
        if statement:
            raise sqlite3.OperationalError(_SQLITE_MESSAGES[self._code])
        raise OSError(self._code, os.strerror(self._code))

    def _replace(self, module: object, name: str, replacement: Callable) -> None:
        original = getattr(module, name)
        self._replaced.append((module, name, original))
        setattr(module, name, lambda *arguments, **options: replacement(original, *arguments, **options))

    def _failing(self, concerns: Callable) -> Callable:
        def call(original, *arguments, **options):
            if concerns(*arguments):
                self.count()
            return original(*arguments, **options)

        return call

    def _isPathBelow(self, path: object, *_: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.fsencode(path).startswith(self._root)

    def _isDescriptorBelow(self, descriptor: object, *_: object) -> bool:
        try:
            return self._isPathBelow(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            return False

    def _connecting(self, original: Callable, database: object, *arguments, **options) -> sqlite3.Connection:
        faults = self

        class Counting(sqlite3.Connection):
            def execute(self, statement, *parameters):
                if statement.startswith(("BEGIN", "COMMIT")):
                    faults.count(statement)
                return super().execute(statement, *parameters)

        return original(database, *arguments, factory=Counting, **options)
