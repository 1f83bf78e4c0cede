"""Files the database owns: copies kept under names of ours, written so that a row always has its file.

The order is: bytes to ``Incoming/<session>/<n>.part`` → fsync → (transaction begins) the names are announced → rename
to the name made of the SHA-256 of the contents → fsync of the folders → the transaction commits → the announcement is
removed. Whatever is killed at whatever point, a committed row has its whole file; files without a row are found by the
announcements that were left behind, and by nothing else: the store is never searched.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .Durability import nothingNeeded, removeDurably, removeFile, removeFolder
from .FileLock import FileLock
from .StoreSession import INCOMING, LOCK, PART_ENDING, StoreSession, readAnnouncement


class FileStore:
    """The copies of one database.

    :param folder: made when the first file comes in, with mode 0700
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        self._beginning = os.path.join(os.fsencode(self.folder), b"")

    def pathOf(self, digest: bytes) -> bytes:
        """Where the copy with this SHA-256 is."""
        name = digest.hex()
        return os.fsencode(self.folder / name[:2] / f"{name[2:]}.dcm")

    def digestOf(self, path: bytes) -> bytes | None:
        """The SHA-256 that a path in the store stands for; None for a path elsewhere."""
        if not path.startswith(self._beginning):  # as nearly all that are asked for, a thousand at a time
            return None
        parent, name = os.path.split(path)
        beginning = os.path.basename(parent)
        if not name.endswith(b".dcm") or os.path.dirname(parent) != os.fsencode(self.folder):
            return None
        try:
            return bytes.fromhex((beginning + name[:-4]).decode("ascii"))
        except ValueError:
            return None

    def newSession(self, needed: Callable[[], int] = nothingNeeded) -> StoreSession:
        """A place to prepare copies or removals in; use it as a context manager.

        :param needed: how many bytes are still to be written, asked for the message on a full disk
        """
        return StoreSession(self.folder, self.pathOf, needed)

    def recover(self, isKnown: Callable[[bytes], bool]) -> int:
        """Remove what sessions that ended abruptly left behind. Call it inside a write transaction.

        What cannot be removed stays for the next time.

        :param isKnown: whether a row exists for a digest
        :returns: how many files were removed
        """
        removed = 0
        for session in self._sessions():
            lock = FileLock(session / LOCK)
            if _isAbandoned(lock):
                with suppress(OSError):
                    removed += self._discard(session, isKnown, lock)
                lock.release()
        return removed

    def hasAbandonedSessions(self) -> bool:
        """Whether something is left of a session whose process has ended."""
        for session in self._sessions():
            lock = FileLock(session / LOCK)
            if _isAbandoned(lock):
                lock.release()
                return True
        return False

    def removeIfEmpty(self) -> None:
        """Take away the store's folders where there are no files in them and nobody is at work; else they stay."""
        incoming = self.folder / INCOMING
        locks = [FileLock(folder, isFolder=True) for folder in (self.folder, incoming) if folder.is_dir()]
        try:
            # A file in any of them, or a folder that cannot be locked, ends it.
            with suppress(OSError):
                if os.name == "nt" or all(lock.tryAcquire() for lock in locks):
                    for folder in sorted(self.folder.iterdir()):
                        folder.rmdir()
                    self.folder.rmdir()
        finally:
            for lock in locks:
                lock.release()

    def _sessions(self) -> list[Path]:
        incoming = self.folder / INCOMING
        return sorted(path for path in incoming.iterdir() if path.is_dir()) if incoming.is_dir() else []

    def _discard(self, session: Path, isKnown: Callable[[bytes], bool], lock: FileLock) -> int:
        unknown = [self.pathOf(digest) for digest in readAnnouncement(session) if not isKnown(digest)]
        unknown = [path for path in unknown if os.path.exists(path)]
        if removeDurably(unknown):
            return 0  # the announcement is still needed
        removed = len(unknown)
        for name in os.listdir(session):
            if name.endswith(PART_ENDING):
                removed += removeFile(session / name)
        if os.name == "nt":  # where a file that is open cannot be deleted
            lock.release()
        removeFolder(session)
        return removed


def _isAbandoned(lock: FileLock) -> bool:
    try:
        return lock.tryAcquire()
    except OSError:  # the session has ended meanwhile, or nothing can be written here
        return False
