"""All regular files below some folders, in bytes: names need not be text. What is no file is named with a reason."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from .FileTimes import modifiedTimeOf


@dataclass(frozen=True)
class FileEntry:
    """A regular file: absolute path, size in bytes, time of the last change in nanoseconds since the epoch."""

    path: bytes
    size: int
    modifiedTime: int


SkipCallback = Callable[[bytes, str], None]
# What the reasons begin with for entries that the system does not let anybody read: there may be something in them.
UNREADABLE = ("cannot be read", "its path is longer than the system can open")

_KINDS = (
    (stat.S_ISFIFO, "a named pipe, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
)


def walkFiles(
    paths: Iterable[bytes | str | os.PathLike],
    onSkipped: SkipCallback,
    followLinks: bool = False,
    excluded: Collection[bytes] = (),
) -> Iterator[FileEntry]:
    """Every regular file in the folders and among the files given, each once, folder by folder.

    Nothing is opened but folders. Files with several hard links are given once. The paths given may be symbolic links;
    links found below them are followed only with ``followLinks``, and every folder is visited once even then.

    :param onSkipped: called with path and reason for each entry that is no readable regular file
    :param excluded: absolute paths of folders that are left out without a word
    """
    walk = _Walk(onSkipped, followLinks, frozenset(excluded))
    for path in paths:
        yield from walk.files(os.path.abspath(os.fsencode(path)))


class _Walk:
    def __init__(self, onSkipped: SkipCallback, followLinks: bool, excluded: frozenset[bytes]):
        self._onSkipped = onSkipped
        self._followLinks = followLinks
        self._excluded = excluded
        self._visited: set[tuple[int, int]] = set()
        self._pending: list[bytes] = []

    def files(self, root: bytes) -> Iterator[FileEntry]:
        try:
            status = os.stat(root)
        except (OSError, ValueError) as error:
            self._onSkipped(root, _reason(error))
            return
        if not stat.S_ISDIR(status.st_mode):
            yield from self._file(root, status)
            return
        self._visit(root, status)
        while self._pending:
            yield from self._folder(self._pending.pop())

    def _folder(self, folder: bytes) -> Iterator[FileEntry]:
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._onSkipped(folder, _reason(error))
            return
        below: list[tuple[bytes, os.stat_result]] = []
        for entry in entries:
            status = self._status(entry)
            if status is None:
                continue
            if stat.S_ISDIR(status.st_mode):
                below.append((entry.path, status))
            else:
                yield from self._file(entry.path, status)
        for path, status in reversed(below):
            self._visit(path, status)

    def _status(self, entry: os.DirEntry) -> os.stat_result | None:
        try:
            if not entry.is_symlink():
                return entry.stat(follow_symlinks=False)
            if not self._followLinks:
                os.stat(entry.path)
                self._onSkipped(entry.path, "a symbolic link; links are not followed")
                return None
            return os.stat(entry.path)
        except (OSError, ValueError) as error:
            dangling = isinstance(error, FileNotFoundError) and os.path.islink(entry.path)
            self._onSkipped(entry.path, "a symbolic link that leads nowhere" if dangling else _reason(error))
            return None

    def _visit(self, path: bytes, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        if path in self._excluded or identity in self._visited:
            return
        if status.st_ino:  # 0 on file systems without numbers
            self._visited.add(identity)
        self._pending.append(path)

    def _file(self, path: bytes, status: os.stat_result) -> Iterator[FileEntry]:
        if not stat.S_ISREG(status.st_mode):
            kind = next((text for isKind, text in _KINDS if isKind(status.st_mode)), "not a regular file")
            self._onSkipped(path, kind)
        elif status.st_size == 0:
            self._onSkipped(path, "an empty file")
        elif self._isFirstLink(path, status):
            yield FileEntry(path, status.st_size, modifiedTimeOf(status))

    def _isFirstLink(self, path: bytes, status: os.stat_result) -> bool:
        if status.st_nlink < 2 and not self._followLinks:
            return True
        identity = (status.st_dev, status.st_ino)
        if identity in self._visited:
            self._onSkipped(path, "another name of a file that was already met")
            return False
        self._visited.add(identity)
        return True


def _reason(error: Exception) -> str:
    if getattr(error, "errno", None) == errno.ENAMETOOLONG:
        return f"{UNREADABLE[1]}; move it, with what is in it, to a higher folder"
    return f"{UNREADABLE[0]}: {getattr(error, 'strerror', None) or 'the name is not valid'}"
