"""A lock that vanishes with the process that holds it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_HELD_CODES = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


class FileLock:
    """:param path: of the lock file; its folder must exist when the lock is taken. Or of a folder, except on Windows
    :param isFolder: whether it is one, and nothing is to be made in its place when it is gone

    :ivar isHeldElsewhere: whether the last try found somebody holding it; where locks do not work, nobody ever does
    """

    def __init__(self, path: Path, isFolder: bool = False):
        self._path, self._isFolder = path, isFolder
        self._descriptor = -1
        self.isHeldElsewhere = False

    def tryAcquire(self) -> bool:
        """Take the lock if nobody holds it; never waits."""
        flags = os.O_RDONLY if self._isFolder or os.path.isdir(self._path) else os.O_RDWR | os.O_CREAT
        descriptor = os.open(self._path, flags, 0o600)
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            self.isHeldElsewhere = error.errno in _HELD_CODES
            return False
        if not self._isStillThere(descriptor):
            os.close(descriptor)
            self.isHeldElsewhere = True
            return False
        self._descriptor, self.isHeldElsewhere = descriptor, False
        return True

    def _isStillThere(self, descriptor: int) -> bool:
        """Whether the lock is on what the path names now. Who held it before may have deleted the file between our
        opening and locking it, and somebody else made a new one: then two would hold the lock."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False

    @property
    def isHeld(self) -> bool:
        """Whether this object has the lock."""
        return self._descriptor >= 0

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
