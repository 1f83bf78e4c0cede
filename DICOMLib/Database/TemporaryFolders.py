"""Private folders for a while, which do not outlive the program: what a killed one left is removed by the next."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from .FileLock import FileLock
from .LockedFolders import LOCK, isOwnFolder, newLockedFolder, ownFolders, removeContents

# All folders of this project in the system's place for temporary files begin so, and nothing else does.
PREFIX = "DICOMModule-"
# In a folder of the system's place that stands for one elsewhere: where that is.
_ELSEWHERE = "elsewhere"


class TemporaryFolder:
    """A new folder with mode 0700, locked while this process uses it. A context manager that gives its path.

    :param directory: where to make it; default: the system's place, which every start of the program tidies; it then
        finds what was left elsewhere, too
    :raises OSError: when it cannot be made
    """

    def __init__(self, directory: str | os.PathLike | None = None):
        self.path, self._lock = newLockedFolder(directory, PREFIX)
        self._sign = None if directory is None else _signFor(self.path)

    @staticmethod
    def isOwn(name: str) -> bool:
        """Whether a name in the folder is that of the mark that it is in use."""
        return name == LOCK

    def remove(self) -> None:
        """Delete it with all that is in it; twice does no harm."""
        self._lock.release()
        _removeTree(self.path)
        if self._sign is not None:
            self._sign.remove()

    def __enter__(self) -> str:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()


def _signFor(path: str) -> TemporaryFolder | None:
    """A folder in the system's place that tells of one elsewhere; None where there can be none."""
    sign = None
    with suppress(OSError):
        sign = TemporaryFolder()
        Path(sign.path, _ELSEWHERE).write_bytes(os.fsencode(os.path.abspath(path)))
    return sign


def removeAbandonedFolders(directory: str | os.PathLike | None = None) -> int:
    """Delete what processes that ended abruptly left in a directory, by default the system's for temporary files.

    Nobody else's folders are touched, and no folder that is in use.

    :returns: how many folders were removed
    """
    removed = 0
    for folder in ownFolders(directory or tempfile.gettempdir(), PREFIX):
        removed += _removeIfAbandoned(folder)
    return removed


def _removeIfAbandoned(folder: Path) -> int:
    """:returns: how many folders were removed: it, and the one it stands for"""
    lock = FileLock(folder / LOCK)
    try:
        isAbandoned = (folder / LOCK).exists() and lock.tryAcquire()
    except OSError:
        return 0
    if not isAbandoned:
        return 0
    removed = 1
    with suppress(OSError):
        elsewhere = Path(os.fsdecode((folder / _ELSEWHERE).read_bytes()))
        removed += _removeIfAbandoned(elsewhere) if isOwnFolder(elsewhere, PREFIX) else 0
    lock.release()
    _removeTree(folder)
    return removed


def _removeTree(folder: str | os.PathLike) -> None:
    with suppress(OSError):
        removeContents(folder)
    shutil.rmtree(folder, ignore_errors=True)
