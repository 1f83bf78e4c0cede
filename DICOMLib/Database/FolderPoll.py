"""Which files of a folder are new or changed, asked again and again at little cost. Nothing is opened but folders.

A quick look asks each known folder for its time of change and lists only those that changed; a full look asks for every
file, and so also finds files that changed in place.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from ..Files.FolderWalk import FileEntry

# File systems tell times in steps of up to two seconds: a folder listed sooner after a change may change once more
# without showing it.
COARSEST_TIME_SECONDS = 3.0
# Names under which programs keep what is still on its way: browsers, file managers, rsync, our own copies.
UNFINISHED_NAME = re.compile(
    rb"(?i).*(\.(part|partial|tmp|temp|crdownload|download|filepart|!ut|swp)|~)$|^\..+\.[a-z0-9]{6}$|^(~\$|\.~lock)"
)
_LOOKS_BETWEEN_QUESTIONS = 200

Signature = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


class StoppedError(Exception):
    """The look was broken off because the program wants to end."""


@dataclass
class _Folder:
    modifiedTime: int = -1
    settled: bool = False
    """Listed late enough after its last change for the listing to be trusted."""
    changedAt: float = 0.0
    files: dict[bytes, Signature] = field(default_factory=dict)
    below: list[bytes] = field(default_factory=list)


class FolderPoll:
    """Remembers what one folder and those below it held.

    Symbolic links are not followed below the folder itself.

    :ivar fileCount: how many files were there at the last look
    :param root: absolute path
    :param excluded: absolute paths of folders that are left out
    :param clock: monotonic seconds
    :param shouldStop: asked every few hundred files
    """

    def __init__(
        self, root: bytes, excluded: Collection[bytes], clock: Callable[[], float], shouldStop: Callable[[], bool]
    ):
        self.root = root
        self._excluded = frozenset(excluded)
        self._clock = clock
        self._shouldStop = shouldStop
        self._folders: dict[bytes, _Folder] = {}
        self._count = 0
        self.fileCount = 0

    def look(self, full: bool) -> Iterator[FileEntry]:
        """Every regular file that is new or differs from the last look, folder by folder.

        Files that vanished are forgotten, and new again when they come back.

        :param full: ask for every file, also in folders that have not changed
        :raises OSError: when the folder itself cannot be read; what is known of it stays
        :raises StoppedError: when it was to stop
        """
        os.stat(self.root)
        seen: set[bytes] = set()
        identities: set[tuple[int, int]] = set()
        pending = [self.root]
        while pending:
            path = pending.pop()
            status = _statusOf(path)
            if status is None or not self._isNew(status, identities):
                continue
            seen.add(path)
            folder = self._folders.setdefault(path, _Folder())
            yield from self._changedFiles(path, folder, status, full)
            pending.extend(reversed(folder.below))
        for path in self._folders.keys() - seen:
            del self._folders[path]
        self.fileCount = sum(len(folder.files) for folder in self._folders.values())

    def forget(self, path: bytes) -> None:
        """Give this file again at the next look, as if it were new."""
        parent, name = os.path.split(path)
        folder = self._folders.get(parent)
        if folder is not None:
            folder.files.pop(name, None)
            folder.settled = False

    def _isNew(self, status: os.stat_result, identities: set[tuple[int, int]]) -> bool:
        """Not visited in this look: a folder can be mounted inside itself."""
        identity = (status.st_dev, status.st_ino)
        if status.st_ino and identity in identities:
            return False
        identities.add(identity)
        return True

    def _changedFiles(
        self, path: bytes, folder: _Folder, status: os.stat_result, full: bool
    ) -> Iterator[FileEntry]:
        now = self._clock()
        if status.st_mtime_ns != folder.modifiedTime:
            folder.modifiedTime, folder.settled, folder.changedAt = status.st_mtime_ns, False, now
        if folder.settled and not full:
            self._ask()
            return
        found = self._list(path, folder)
        folder.settled = now - folder.changedAt >= COARSEST_TIME_SECONDS
        for name in folder.files.keys() - found.keys():
            del folder.files[name]
        for name, signature in found.items():
            if folder.files.get(name) != signature:
                folder.files[name] = signature
                yield FileEntry(os.path.join(path, name), *signature)

    def _list(self, path: bytes, folder: _Folder) -> dict[bytes, Signature]:
        found: dict[bytes, Signature] = {}
        below = []
        try:
            with os.scandir(path) as listing:
                for entry in listing:
                    self._ask()
                    status = _statusOfEntry(entry)
                    if status is None:
                        continue
                    if stat.S_ISDIR(status.st_mode) and entry.path not in self._excluded:
                        below.append(entry.path)
                    elif stat.S_ISREG(status.st_mode) and status.st_size and not UNFINISHED_NAME.match(entry.name):
                        found[entry.name] = (status.st_size, status.st_mtime_ns)
        except OSError:
            if path == self.root:
                raise
            return dict(folder.files)  # not readable just now: nothing is known to have changed
        folder.below = sorted(below)
        return dict(sorted(found.items()))

    def _ask(self) -> None:
        self._count += 1
        if self._count % _LOOKS_BETWEEN_QUESTIONS == 0 and self._shouldStop():
            raise StoppedError


def _statusOf(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None  # it vanished since its parent was listed


def _statusOfEntry(entry: os.DirEntry) -> os.stat_result | None:
    """None for what is no part of the folder: a symbolic link, or what vanished meanwhile."""
    try:
        return None if entry.is_symlink() else entry.stat(follow_symlinks=False)
    except OSError:
        return None
