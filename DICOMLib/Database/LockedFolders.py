"""Private folders, each locked while its program runs. The system gives the lock back however that ends, so what is in
use and what was left is never a question of process numbers."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from .FileLock import FileLock

LOCK = ".inUse"


def newLockedFolder(directory: str | os.PathLike | None, prefix: str) -> tuple[str, FileLock]:
    """A new folder with mode 0700, and its lock, which this process has.

    :param directory: where to make it; None: the system's place for temporary files
    :raises OSError: when it cannot be made
    """
    while True:
        path = tempfile.mkdtemp(prefix=prefix, dir=directory)
        lock = FileLock(Path(path) / LOCK)
        with suppress(FileNotFoundError):  # another program was quicker, and has removed it
            if lock.tryAcquire() or not lock.isHeldElsewhere:
                return path, lock


def ownFolders(directory: str | os.PathLike, prefix: str) -> list[Path]:
    """Folders of this user whose names begin so, in their order; none where the directory cannot be read."""
    with suppress(OSError):
        return sorted(path for entry in os.scandir(directory) if isOwnFolder(path := Path(entry.path), prefix))
    return []


def isOwnFolder(path: Path, prefix: str) -> bool:
    """Whether it is a folder of this user, no link to one, with such a name."""
    if not path.name.startswith(prefix):
        return False
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (os.name == "nt" or status.st_uid == os.getuid())


def lockLeft(folder: Path) -> FileLock | None:
    """Lock what a program left that has ended; None where one still uses it, and where it is gone."""
    lock = FileLock(folder / LOCK)
    try:
        if not (folder / LOCK).exists():
            folder.rmdir()  # of one that was killed while it made or removed this; refused where anything is in it
        return lock if folder.exists() and lock.tryAcquire() else None
    except OSError:
        return None


def removeLocked(folder: str | os.PathLike, lock: FileLock, first: str) -> None:
    """Delete a folder with all that is in it; twice does no harm.

    Windows deletes no file that is open, so the lock is given back before; who takes it then finds nothing that counts.

    :param first: name of the file that makes it one that counts: whenever this ends, nobody is offered half of it
    """
    with suppress(OSError):
        Path(folder, first).unlink(missing_ok=True)
        removeContents(folder)
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


def removeContents(folder: str | os.PathLike) -> None:
    """Delete all but the lock: what a program that is killed meanwhile leaves is still known as ours.

    :raises OSError: when a file cannot be deleted
    """
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        elif entry.name != LOCK:
            os.unlink(entry.path)
