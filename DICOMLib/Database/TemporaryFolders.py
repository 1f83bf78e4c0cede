"""Private folders for a while, which do not outlive the program: what a killed one left is removed by the next."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .FileLock import FileLock

# All folders of this project in the system's place for temporary files begin so, and nothing else does.
PREFIX = "DICOMModule-"
_LOCK = ".inUse"


class TemporaryFolder:
    """A new folder with mode 0700, locked while this process uses it. A context manager that gives its path.

    :param directory: where to make it; default: the system's place, which every start of the program tidies
    :raises OSError: when it cannot be made
    """

    def __init__(self, directory: str | os.PathLike | None = None):
        while True:
            self.path = tempfile.mkdtemp(prefix=PREFIX, dir=directory)
            self._lock = FileLock(Path(self.path) / _LOCK)
            if self._lock.tryAcquire() or not self._lock.isHeldElsewhere:
                return  # else another program was just about to remove it

    @staticmethod
    def isOwn(name: str) -> bool:
        """Whether a name in the folder is that of the mark that it is in use."""
        return name == _LOCK

    def remove(self) -> None:
        """Delete it with all that is in it; twice does no harm."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> str:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()


def removeAbandonedFolders(directory: str | os.PathLike | None = None) -> int:
    """Delete what processes that ended abruptly left in a directory, by default the system's for temporary files.

    Nobody else's folders are touched, and no folder that is in use.

    :returns: how many folders were removed
    """
    removed = 0
    for folder in _ownFolders(directory or tempfile.gettempdir()):
        lock = FileLock(folder / _LOCK)
        try:
            isAbandoned = (folder / _LOCK).exists() and lock.tryAcquire()
        except OSError:
            continue
        if isAbandoned:
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _ownFolders(directory: str | os.PathLike) -> Iterator[Path]:
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(PREFIX):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and (os.name == "nt" or status.st_uid == os.getuid()):
            yield Path(entry.path)
