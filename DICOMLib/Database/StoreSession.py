"""One batch of files on their way into the store, or out of it."""

from __future__ import annotations

import itertools
import os
import queue
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..Files.FileTimes import modifiedTimeOf
from ..Progress import Progress
from .Durability import (
    makePrivateFolder,
    makePrivateFolders,
    nothingNeeded,
    removeDurably,
    removeFile,
    removeFolder,
    storeErrors,
    syncFolder,
    syncFolders,
)
from .FileContents import copyContents, newBuffer, openForReading, writeAll
from .FileLock import FileLock

INCOMING = "Incoming"
LOCK = "lock"
PART_ENDING = ".part"
_ANNOUNCEMENT = "names"
_DIGEST_DIGITS = 64
# Copying is work for the processor (SHA-256); more threads than this only take Python's lock from each other.
_COPIES_AT_A_TIME = 2
# What may be copied and not yet on the disk: a cancel waits for it.
_UNSYNCED_SIZE = 32 << 20
# Another program that opens the database just when a session's folder is made takes it for an abandoned one.
_ATTEMPTS = 10
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class StagedFile:
    """A complete copy that has no final name yet.

    :ivar digest: SHA-256 of its bytes
    :ivar sourceSize, sourceModifiedTime: of the original, from the descriptor the bytes came from, after the last one
    :ivar sourceChangeTime: when the original's bytes, name or times were last changed, in nanoseconds; 0 if unknown
    :ivar isWhole: whether the original did not change while it was read
    :ivar preamble: why the copy has another preamble than the original; "" when it has the same
    """

    part: Path
    digest: bytes
    sourceSize: int
    sourceModifiedTime: int
    sourceChangeTime: int = 0
    isWhole: bool = True
    preamble: str = ""


class StoreSession:
    """Use it as a context manager. Several threads may stage files at the same time.

    :param storeFolder: of the store
    :param pathOf: where the copy with a SHA-256 is
    :param needed: how many bytes are still to be written, asked for the message on a full disk
    """

    def __init__(self, storeFolder: Path, pathOf: Callable[[bytes], bytes], needed: Callable[[], int] = nothingNeeded):
        self._storeFolder = storeFolder
        self._pathOf = pathOf
        self._numbers = itertools.count()
        self._buffers: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        for _ in range(_COPIES_AT_A_TIME):
            self._buffers.put(newBuffer())
        self._unsynced = _Budget(_UNSYNCED_SIZE)
        self._announced: list[bytes] | None = None
        self._needed = needed
        self._takeFolder(storeFolder)

    def _takeFolder(self, storeFolder: Path) -> None:
        self._folder = storeFolder / INCOMING / secrets.token_hex(8)
        self._lock = FileLock(self._folder / LOCK)

    def __enter__(self) -> StoreSession:
        with storeErrors(self._folder, self._needed):
            for _ in range(_ATTEMPTS):
                makePrivateFolder(self._folder)
                if self._lockFolder():
                    return self
                self._takeFolder(self._storeFolder)
            # A file system without locks: nobody can take the session for an abandoned one either.
            makePrivateFolder(self._folder)
        return self

    def _lockFolder(self) -> bool:
        try:
            return self._lock.tryAcquire() and os.path.exists(self._folder / LOCK)
        except FileNotFoundError:
            return False

    def __exit__(self, *exceptionInfo) -> None:
        try:
            for name in os.listdir(self._folder):
                if name.endswith(PART_ENDING):
                    removeFile(self._folder / name)
            isFinished = not os.path.exists(self._folder / _ANNOUNCEMENT)
            if isFinished and os.name != "nt":
                removeFolder(self._folder)
        except OSError:
            isFinished = False  # it is found and cleared when the database is opened again
        self._lock.release()
        if isFinished and os.name == "nt":  # where a file that is open cannot be deleted
            removeFolder(self._folder)

    @property
    def folder(self) -> Path:
        """Where its temporary files are."""
        return self._folder

    @property
    def hasAnnounced(self) -> bool:
        """Whether files are announced that :meth:`committed` has to look after."""
        return self._announced is not None

    def bytesNeeded(self) -> int:
        """How many bytes are still to be written; 0 when that is not known."""
        return self._needed()

    def newPart(self) -> Path:
        """A name for a temporary file, which goes when the session ends or is found abandoned."""
        return self._folder / f"{next(self._numbers)}{PART_ENDING}"

    def stage(self, source: bytes, progress: Progress | None = None) -> StagedFile:
        """Copy a file's bytes durably to the disk under a temporary name.

        :raises CancelledError: when the progress is cancelled meanwhile
        :raises UnreadableFileError: when the original cannot be read
        :raises DatabaseError: when the disk is full
        """
        check = (progress or Progress()).raiseIfCancelled
        part = self.newPart()
        with openForReading(source) as reader, storeErrors(part, self._needed):
            with _closing(os.open(part, _CREATE_FLAGS, 0o600)) as writer:
                with self._buffer() as buffer:
                    before = os.fstat(reader.fileno())
                    digest, size, preamble = copyContents(reader, writer, buffer, source, check)
                    after = os.fstat(reader.fileno())
                    unsynced = self._unsynced.take(size)
                try:
                    os.utime(part, ns=(after.st_atime_ns, after.st_mtime_ns))
                    check()
                    os.fsync(writer)
                finally:
                    self._unsynced.give(unsynced)
        isWhole = size == before.st_size == after.st_size and before.st_mtime_ns == after.st_mtime_ns
        changeTime = max(after.st_ctime_ns, after.st_mtime_ns)
        return StagedFile(part, digest, after.st_size, modifiedTimeOf(after), changeTime, isWhole, preamble)

    @contextmanager
    def _buffer(self) -> Iterator[memoryview]:
        buffer = self._buffers.get()
        try:
            yield buffer
        finally:
            self._buffers.put(buffer)

    def discard(self, staged: StagedFile) -> None:
        """A copy is not wanted."""
        with storeErrors(staged.part):
            removeFile(staged.part)

    def announce(self, digests: Iterable[bytes]) -> None:
        """Say durably which files may be left without a row if the transaction does not come to its end."""
        announced = list(digests)
        with storeErrors(self._folder, self._needed):
            with _closing(os.open(self._folder / _ANNOUNCEMENT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)) as names:
                self._announced = announced
                writeAll(names, "".join(f"{digest.hex()}\n" for digest in announced).encode("ascii"))
                os.fsync(names)
            syncFolder(self._folder)

    def publish(self, staged: Iterable[StagedFile]) -> None:
        """Give announced copies their final names. Call it inside the transaction that adds their rows."""
        targets = [(copy.part, Path(os.fsdecode(self._pathOf(copy.digest)))) for copy in staged]
        folders = dict.fromkeys(target.parent for _, target in targets)
        with storeErrors(self._storeFolder, self._needed):
            makePrivateFolders(folders)
        for part, target in targets:
            with storeErrors(target, self._needed):
                os.replace(part, target)
        with storeErrors(self._storeFolder, self._needed):
            syncFolders(folders)

    def leaveAnnounced(self) -> None:
        """Whether the transaction came to its end is not known: it is found out when the database is opened again."""
        self._announced = None

    def committed(self, isKnown: Callable[[bytes], bool] | None = None) -> list[bytes]:
        """The transaction is committed (or rolled back): announced files without a row go away.

        Call it inside a write transaction, as :meth:`FileStore.recover`, unless all have one.

        :param isKnown: whether a row exists for a digest; None when all have one
        :returns: paths of files that could not be deleted; they stay announced, for the next start
        """
        announced, self._announced = self._announced or [], None
        unknown = [self._pathOf(digest) for digest in announced if isKnown and not isKnown(digest)]
        undeletable = removeDurably(unknown)
        if not undeletable:
            with storeErrors(self._folder):
                removeFile(self._folder / _ANNOUNCEMENT)
        return undeletable


class _Budget:
    """So many bytes may be in some state at a time."""

    def __init__(self, total: int):
        self._total = self._left = total
        self._changed = threading.Condition()

    def take(self, size: int) -> int:
        """Wait until there is room. :returns: what to give back"""
        taken = min(size, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._left >= taken)
            self._left -= taken
        return taken

    def give(self, size: int) -> None:
        """Give back what was taken."""
        with self._changed:
            self._left += size
            self._changed.notify_all()


def readAnnouncement(session: Path) -> list[bytes]:
    """Digests announced in a session's folder; a half-written last line is left out."""
    try:
        lines = (session / _ANNOUNCEMENT).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [digest for digest in map(_digest, lines) if digest is not None]


def _digest(line: bytes) -> bytes | None:
    if len(line) != _DIGEST_DIGITS:
        return None
    try:
        return bytes.fromhex(line.decode("ascii"))
    except ValueError:  # torn by a power cut
        return None


@contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
