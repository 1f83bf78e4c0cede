"""Files copied byte for byte by several threads, each read back and compared with its original by SHA-256."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from ..Database.FileContents import SYNC_SIZE, newBuffer, openForReading, writeAll
from ..Database.FileStates import IndexedFile
from ..Database.UpkeepReport import CHANGED, DAMAGED, UNREADABLE, Finding
from ..Errors import ExportError, UnreadableFileError
from ..Processors import availableProcessors
from ..Progress import Progress
from .CopyOutPlan import PlannedFile
from .CopyOutReport import NOT_COPIED

# Reading, summing up and writing let others work; more threads than this only wait for Python's lock.
_MOST_THREADS = 4
_SYNC_THREADS = 8
_TAKEN_AT_A_TIME = 16
PREFIX = b"DICM"
_PREFIX_AT = 128


@dataclass(frozen=True)
class Copy:
    """A file and where it goes to."""

    planned: PlannedFile
    destination: str


@dataclass
class Copied:
    """:ivar copies: those that are there and equal
    :ivar findings: why others are not"""

    copies: list[Copy] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    bytesWritten: int = 0


class ProgressOfFiles:
    """Counts files and bytes that several threads have done, and hands on whether to stop."""

    def __init__(self, progress: Progress, total: int):
        self._progress, self._total = progress, total
        self._lock = threading.Lock()
        self.check = progress.raiseIfCancelled
        self.files = self.bytes = 0
        progress.report(0, total, "Copying", 0)

    def add(self, files: int, size: int) -> None:
        """So many more are done."""
        with self._lock:
            self.files += files
            self.bytes += size
            if self.files < self._total:  # the end is told when everything is in its place
                self._progress.report(self.files, self._total, None, self.bytes)


class SourceProblem(Exception):
    """A file cannot be copied for a reason of its own; its argument is the Finding."""

    @property
    def finding(self) -> Finding:
        """What is the matter."""
        return self.args[0]


def copyFiles(copies: Iterable[Copy], counter: ProgressOfFiles, needsPrefix: bool = False) -> Copied:
    """Copy files into folders that exist.

    :param needsPrefix: leave out files that do not begin as PS3.10 7.1 wants it
    :raises OSError: when the copies cannot be written
    :raises ExportError: when a copy is not what was written
    :raises CancelledError: when the progress is cancelled
    """
    done, lock, source = Copied(), threading.Lock(), _Shared(copies)

    def work() -> None:
        buffer = newBuffer()
        for copy in source.items():
            try:
                size = _copyFile(copy, buffer, counter.check, needsPrefix)
            except SourceProblem as problem:
                with lock:
                    done.findings.append(problem.finding)
                counter.add(1, 0)
                continue
            with lock:
                done.copies.append(copy)
                done.bytesWritten += size
            counter.add(1, size)

    _inThreads(work, min(_MOST_THREADS, 1 + availableProcessors()), source)
    return done


def syncFiles(paths: Iterable[str], check: Callable[[], None]) -> None:
    """Have the disk keep what was written: the first file takes its journal along, the others take little time."""
    source = _Shared(paths)

    def work() -> None:
        for path in source.items():
            check()
            descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    _inThreads(work, _SYNC_THREADS, source)


def readBlocks(
    file: IndexedFile, digest: hashlib._Hash, buffer: memoryview, check: Callable[[], None], needsPrefix: bool
) -> Iterator[memoryview]:
    """The contents of a file as they come, in views of the buffer; what is wrong with it is told at the latest after
    the last block.

    :param digest: a new SHA-256, which is that of the file in the end
    :raises SourceProblem: when it cannot be read, is not what the index says, or changes meanwhile
    """
    try:
        with openForReading(file.path) as reader:
            before = os.fstat(reader.fileno())
            if before.st_size != file.fileSize:
                raise SourceProblem(_finding(file, CHANGED, f"it has {before.st_size:,} bytes now"))
            isFirst = True
            while True:
                check()
                count = _read(reader, buffer, file)
                if isFirst and needsPrefix and bytes(buffer[_PREFIX_AT : _PREFIX_AT + 4]) != PREFIX:
                    text = "it has no file meta information, without which no file is in a media set"
                    raise SourceProblem(_finding(file, NOT_COPIED, text))
                isFirst = False
                if not count:
                    break
                digest.update(buffer[:count])
                yield buffer[:count]
            after = os.fstat(reader.fileno())
    except UnreadableFileError as error:
        raise SourceProblem(_finding(file, UNREADABLE, f"{error.what} ({error.value})")) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceProblem(_finding(file, CHANGED, "it changed while it was copied"))
    if file.digest is not None and digest.digest() != file.digest:
        raise SourceProblem(_finding(file, DAMAGED, "its contents are not those that were imported"))


def _read(reader: io.FileIO, buffer: memoryview, file: IndexedFile) -> int:
    try:
        return reader.readinto(buffer)
    except OSError as error:
        raise SourceProblem(_finding(file, UNREADABLE, f"the file cannot be read ({error.strerror})")) from error


def _copyFile(copy: Copy, buffer: memoryview, check: Callable[[], None], needsPrefix: bool) -> int:
    digest, size, unsynced = hashlib.sha256(), 0, 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    writer = os.open(copy.destination, flags, 0o600)
    try:
        for block in readBlocks(copy.planned.file, digest, buffer, check, needsPrefix):
            writeAll(writer, block)
            size += len(block)
            unsynced += len(block)
            if unsynced >= SYNC_SIZE:  # so that little is left for the end
                os.fsync(writer)
                unsynced = 0
    except SourceProblem:
        with suppress(OSError):
            os.unlink(copy.destination)
        raise
    finally:
        os.close(writer)
    check()
    if _digestOf(os.fsencode(copy.destination), buffer, check) != digest.digest():
        raise ExportError("a copy differs from what was written", copy.destination, hint="Check the disk")
    return size


def _digestOf(path: bytes, buffer: memoryview, check: Callable[[], None]) -> bytes:
    digest = hashlib.sha256()
    with openForReading(path) as reader:
        while count := reader.readinto(buffer):
            check()
            digest.update(buffer[:count])
    return digest.digest()


class _Shared:
    """Items that several threads take from one iterator, until one of them has failed."""

    def __init__(self, items: Iterable):
        self._iterator = iter(items)
        self._lock = threading.Lock()
        self.isStopped = False

    def items(self) -> Iterator:
        while not self.isStopped:
            with self._lock:
                taken = list(islice(self._iterator, _TAKEN_AT_A_TIME))
            if not taken:
                return
            for item in taken:
                if self.isStopped:
                    return
                yield item


def _inThreads(work: Callable[[], None], threads: int, source: _Shared) -> None:
    def guarded() -> None:
        try:
            work()
        except BaseException:  # whatever it is, the other threads have to end too
            source.isStopped = True
            raise

    with ThreadPoolExecutor(threads, thread_name_prefix="copyOut") as pool:
        futures = [pool.submit(guarded) for _ in range(threads)]
    for future in futures:
        future.result()


def _finding(file: IndexedFile, kind: str, text: str) -> Finding:
    return Finding(kind, file.path, text, file.sopInstanceUID)
