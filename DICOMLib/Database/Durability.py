"""Folders and files that are there after a power cut, and the disk's errors in the project's words."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from ..Errors import DatabaseError
from ..Wording import sizeText

_THREADS = 8
_FOLDERS_WORTH_THREADS = 4

DISK_FULL = "the disk is full"
_FULL_CODES = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_FULL_HINT = (
    "Make free space on the disk, or choose a database on another one, and import again: what was imported before is"
    " safe, and the rest is taken up where it stopped"
)
_HINT = "Check the free space on the disk and that you may write to the folder; nothing was lost"


def nothingNeeded() -> int:
    """For work that needs no room worth naming."""
    return 0


@contextmanager
def storeErrors(place: str | os.PathLike, needed: Callable[[], int] = nothingNeeded) -> Iterator[None]:
    """Turns errors of the file system into DatabaseErrors that name the place.

    :param needed: how many bytes the work still has to write, asked when the disk is full
    """
    try:
        yield
    except OSError as error:
        if isDiskFull(error):
            raise diskFull(place, needed(), systemError(error).strerror) from error
        raise DatabaseError("the database's files cannot be written", place, error.strerror, _HINT) from error


def systemError(error: OSError) -> OSError:
    """What the system said, where an error was raised from it without its number: pydicom raises such ones anew."""
    cause: BaseException | None = error
    while cause is not None and getattr(cause, "errno", None) is None:
        cause = cause.__cause__ or cause.__context__
    return cause if isinstance(cause, OSError) else error


def isDiskFull(error: OSError) -> bool:
    """Whether the disk, or what the user may have of it, is used up."""
    return systemError(error).errno in _FULL_CODES


def diskFull(place: str | os.PathLike, needed: int, reason: str = "") -> DatabaseError:
    """The error of a disk that is full, with what is needed and what there is.

    :param needed: bytes still to be written; 0 when that is not known
    """
    free = freeBytes(place)
    figures = [reason] if reason else []
    if needed:
        figures.append(f"{needed:,} bytes ({sizeText(needed)}) are needed")
    if free is not None:
        figures.append(f"{free:,} bytes ({sizeText(free)}) are free")
    return DatabaseError(DISK_FULL, os.fspath(place), ", ".join(figures) or None, _FULL_HINT)


def freeBytes(place: str | os.PathLike) -> int | None:
    """Free for this user on the disk that a path is on, or will be on; None when that cannot be found out."""
    path = Path(place).absolute()
    for folder in (path, *path.parents):
        with suppress(OSError):
            return shutil.disk_usage(folder).free
    return None


def makePrivateFolder(folder: Path) -> None:
    """Make a folder and those above it, for the user alone. It is there after a power cut."""
    makePrivateFolders([folder])


def makePrivateFolders(folders: Iterable[Path]) -> None:
    """As :func:`makePrivateFolder` for each, in less time."""
    missing = [folder for folder in folders if not folder.exists()]
    parents = dict.fromkeys(folder.parent for folder in missing)
    if not missing:
        return
    makePrivateFolders(parents)
    for folder in missing:
        with suppress(FileExistsError):  # another program made it meanwhile
            os.mkdir(folder, 0o700)
    syncFolders(parents)


def openPrivately(path: str, flags: int) -> int:
    """For the `opener` of ``open``: a file that is made is for the user alone, mode 0600, as it is of a patient."""
    return os.open(path, flags, 0o600)


def removeFolder(folder: Path) -> None:
    """Remove a session's folder with what is in it. What another program has removed meanwhile is no error."""
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            removeFile(folder / name)
        os.rmdir(folder)


def removeFile(path: str | bytes | os.PathLike) -> bool:
    """Delete a file. :returns: False when there is none"""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def removeDurably(paths: Iterable[bytes]) -> list[bytes]:
    """Delete files so that they do not come back after a power cut. :returns: those that are still there, or may be"""
    failed, folders = [], {}
    for path in paths:
        try:
            if removeFile(path):
                folders.setdefault(os.path.dirname(path), []).append(path)
        except OSError:
            failed.append(path)
    for folder, removed in folders.items():
        try:
            syncFolder(folder)
        except OSError:
            failed += removed
    return failed


def syncFolder(folder: str | bytes | os.PathLike) -> None:
    """Make new names in a folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def syncFolders(folders: Iterable[Path]) -> None:
    """As :func:`syncFolder` for each; several at a time, because a journal takes them in one go."""
    folders = list(folders)
    if len(folders) < _FOLDERS_WORTH_THREADS:
        for folder in folders:
            syncFolder(folder)
    else:
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="sync") as pool:
            list(pool.map(syncFolder, folders))
