"""Files the database owns: copies kept under names of ours, written so that a row always has its file.

The order is: bytes to ``Incoming/<session>/<n>.part`` → fsync → (transaction begins) the names are announced → rename
to the name made of the SHA-256 of the contents → fsync of the folders → the transaction commits → the announcement is
removed. Whatever is killed at whatever point, a committed row has its whole file; files without a row are found by the
announcements that were left behind, and by nothing else: the store is never searched.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..Errors import DatabaseError, UnreadableFileError
from ..Progress import Progress
from .FileLock import FileLock

_INCOMING = "Incoming"
_ANNOUNCEMENT = "names"
_LOCK = "lock"
_BLOCK_SIZE = 1 << 20
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class StagedFile:
    """A complete copy that has no final name yet.

    :ivar digest: SHA-256 of its bytes
    :ivar sourceSize, sourceModifiedTime: of the original, from the descriptor the bytes came from
    """

    part: Path
    digest: bytes
    sourceSize: int
    sourceModifiedTime: int


class FileStore:
    """The copies of one database.

    :param folder: made when the first file comes in, with mode 0700
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)

    def pathOf(self, digest: bytes) -> bytes:
        """Where the copy with this SHA-256 is."""
        name = digest.hex()
        return os.fsencode(self.folder / name[:2] / f"{name[2:]}.dcm")

    def digestOf(self, path: bytes) -> bytes | None:
        """The SHA-256 that a path in the store stands for; None for a path elsewhere."""
        parent, name = os.path.split(path)
        beginning = os.path.basename(parent)
        if not name.endswith(b".dcm") or os.path.dirname(parent) != os.fsencode(self.folder):
            return None
        try:
            return bytes.fromhex((beginning + name[:-4]).decode("ascii"))
        except ValueError:
            return None

    def newSession(self) -> StoreSession:
        """A place to prepare copies or removals in; use it as a context manager."""
        return StoreSession(self)

    def recover(self, isKnown: Callable[[bytes], bool]) -> int:
        """Remove what sessions that ended abruptly left behind. Call it inside a write transaction.

        :param isKnown: whether a row exists for a digest
        :returns: how many files were removed
        """
        removed = 0
        for session in self._sessions():
            lock = FileLock(session / _LOCK)
            if lock.tryAcquire():
                try:
                    removed += self._discard(session, isKnown)
                finally:
                    lock.release()
                removeFolder(session)
        return removed

    def hasAbandonedSessions(self) -> bool:
        """Whether something is left of a session whose process has ended."""
        for session in self._sessions():
            lock = FileLock(session / _LOCK)
            if lock.tryAcquire():
                lock.release()
                return True
        return False

    def _sessions(self) -> list[Path]:
        incoming = self.folder / _INCOMING
        return sorted(path for path in incoming.iterdir() if path.is_dir()) if incoming.is_dir() else []

    def _discard(self, session: Path, isKnown: Callable[[bytes], bool]) -> int:
        removed = 0
        for digest in readAnnouncement(session):
            path = self.pathOf(digest)
            if not isKnown(digest) and os.path.exists(path):
                os.unlink(path)
                removed += 1
        for part in session.glob("*.part"):
            part.unlink()
            removed += 1
        return removed


class StoreSession:
    """One batch of files on their way into the store, or out of it."""

    def __init__(self, store: FileStore):
        self._store = store
        self._folder = store.folder / _INCOMING / secrets.token_hex(8)
        self._lock = FileLock(self._folder / _LOCK)
        self._count = 0
        self._announced: list[bytes] = []

    def __enter__(self) -> StoreSession:
        with storeErrors(self._folder):
            makePrivateFolder(self._folder)
            self._lock.tryAcquire()
        return self

    def __exit__(self, *exceptionInfo) -> None:
        for leftover in self._folder.glob("*.part"):
            leftover.unlink(missing_ok=True)
        self._lock.release()
        if not (self._folder / _ANNOUNCEMENT).exists():
            removeFolder(self._folder)

    def newPart(self) -> Path:
        """A name for a temporary file, which goes when the session ends or is found abandoned."""
        self._count += 1
        return self._folder / f"{self._count - 1}.part"

    def stage(self, source: bytes, progress: Progress | None = None) -> StagedFile:
        """Copy a file's bytes to the disk under a temporary name.

        :raises CancelledError: when the progress is cancelled meanwhile
        :raises UnreadableFileError: when the original cannot be read
        :raises DatabaseError: when the disk is full
        """
        part = self.newPart()
        try:
            descriptor = os.open(source, _OPEN_FLAGS)
        except OSError as error:
            raise UnreadableFileError("the file cannot be opened", source, error.strerror) from error
        with os.fdopen(descriptor, "rb", buffering=0) as reader, storeErrors(part):
            target = os.open(part, _CREATE_FLAGS, 0o600)
            with os.fdopen(target, "wb", buffering=0) as writer:
                digest = _copy(reader, writer, source, progress or Progress())
                os.fsync(writer.fileno())
            status = os.fstat(reader.fileno())
            os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        return StagedFile(part, digest, status.st_size, status.st_mtime_ns)

    def announce(self, digests: Iterable[bytes]) -> None:
        """Say durably which files may be left without a row if the transaction does not come to its end."""
        self._announced = list(digests)
        with storeErrors(self._folder):
            target = os.open(self._folder / _ANNOUNCEMENT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(target, "w", encoding="ascii") as stream:
                stream.writelines(f"{digest.hex()}\n" for digest in self._announced)
                stream.flush()
                os.fsync(stream.fileno())
            syncFolder(self._folder)

    def publish(self, staged: Iterable[StagedFile]) -> None:
        """Give announced copies their final names. Call it inside the transaction that adds their rows."""
        folders = set()
        for copy in staged:
            target = Path(os.fsdecode(self._store.pathOf(copy.digest)))
            with storeErrors(target):
                if target.parent not in folders:
                    makePrivateFolder(target.parent)
                os.replace(copy.part, target)
            folders.add(target.parent)
        for folder in folders:
            syncFolder(folder)

    def committed(self, isKnown: Callable[[bytes], bool] | None = None) -> list[bytes]:
        """The transaction is committed (or rolled back): announced files without a row go away.

        Call it inside a write transaction, as :meth:`FileStore.recover`, unless all have one.

        :param isKnown: whether a row exists for a digest; None when all have one
        :returns: paths of files that could not be deleted
        """
        undeletable = []
        for digest in self._announced if isKnown else ():
            path = self._store.pathOf(digest)
            try:
                if not isKnown(digest):
                    os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError:
                undeletable.append(path)
        self._announced = []
        (self._folder / _ANNOUNCEMENT).unlink(missing_ok=True)
        return undeletable


def _copy(reader: BinaryIO, writer: BinaryIO, source: bytes, progress: Progress) -> bytes:
    digest = hashlib.sha256()
    while True:
        progress.raiseIfCancelled()
        try:
            block = reader.read(_BLOCK_SIZE)
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", source, error.strerror) from error
        if not block:
            return digest.digest()
        digest.update(block)
        view = memoryview(block)
        while view:
            view = view[writer.write(view) :]


def readAnnouncement(session: Path) -> list[bytes]:
    """Digests announced in a session's folder; a half-written last line is left out."""
    try:
        lines = (session / _ANNOUNCEMENT).read_text("ascii").splitlines()
    except FileNotFoundError:
        return []
    return [bytes.fromhex(line) for line in lines if len(line) == 2 * hashlib.sha256().digest_size]


@contextmanager
def storeErrors(place: Path) -> Iterator[None]:
    """Turns errors of the file system into DatabaseErrors that name the place."""
    try:
        yield
    except OSError as error:
        hint = "Check the free space on the disk and that you may write to the folder; nothing was lost"
        raise DatabaseError("the database's files cannot be written", place, error.strerror, hint) from error


def makePrivateFolder(folder: Path) -> None:
    """Make a folder and those above it, for the user alone."""
    missing = [folder, *folder.parents]
    for path in reversed([path for path in missing if not path.exists()]):
        path.mkdir(mode=0o700, exist_ok=True)
        syncFolder(path.parent)


def removeFolder(folder: Path) -> None:
    """Remove a session's folder with what is in it."""
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def syncFolder(folder: Path) -> None:
    """Make renames in a folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
