"""A lock that vanishes with the process that holds it."""

from __future__ import annotations

import os
from pathlib import Path


class FileLock:
    """:param path: of the lock file; its folder must exist when the lock is taken"""

    def __init__(self, path: Path):
        self._path = path
        self._descriptor = -1

    def tryAcquire(self) -> bool:
        """Take the lock if nobody holds it; never waits."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
