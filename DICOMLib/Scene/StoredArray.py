"""Where the voxels of a file are, as its header says; and having them from there, here or from a worker process."""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import numpy

from ..Errors import DICOMError, FileError, TruncatedFileError, UnreadableFileError, WorkerError
from ..Progress import Progress
from ..Workers.Answers import Workers, plainValue, worded
from ..Workers.Messages import ARRAY_TYPES
from ..Workers.WorkerPool import Task, deadlineFor
from .ArrayFiles import fillArray, readArray, requireSize, understandingDamage
from .NrrdDetached import openBeside
from .PlainSaid import PlainSaid

# What crosses at a time: large enough to cost nothing, and small enough to be cancelled at once.
PIECE_BYTES = 1 << 20
# A header has 1 MB at most, and its text in JSON some times that.
_MOST_HEADER = 16 << 20
_TYPES = {*ARRAY_TYPES, *(name.replace("<", ">") for name in ARRAY_TYPES)}


@dataclass(frozen=True)
class StoredArray:
    """Small, and the same in all processes.

    :ivar shape: slowest axis first
    :ivar isCompressed: with gzip
    :ivar offset: of the first byte in the file, as it lies there
    :ivar skip: bytes before the voxels in what comes out
    :ivar beside: name of the file that holds them; "" for that of the header
    """

    dtype: numpy.dtype
    shape: tuple[int, ...]
    isCompressed: bool
    offset: int = 0
    skip: int = 0
    beside: str = ""

    @property
    def size(self) -> int:
        """Bytes; Python's integers: nothing overflows, whatever a header says."""
        return math.prod(self.shape) * self.dtype.itemsize

    def plain(self) -> dict:
        """What JSON can carry."""
        return {
            "type": self.dtype.str.lstrip("|"), "shape": list(self.shape), "isCompressed": self.isCompressed,
            "offset": self.offset, "skip": self.skip, "beside": self.beside,
        }  # fmt: skip

    @classmethod
    def fromPlain(cls, said: PlainSaid) -> StoredArray:
        """:raises FileError: when it is none"""
        name, shape = said.text("type"), said.numbers("shape", 1)
        if name not in _TYPES or not 3 <= len(shape) <= 5:
            said.refuse()
        place = (said.flag("isCompressed"), said.number("offset"), said.number("skip"), said.text("beside"))
        return cls(numpy.dtype(name), shape, *place)


class HasStored(Protocol):
    """What a header says, with where its voxels are."""

    stored: StoredArray


_Layout = TypeVar("_Layout", bound=HasStored)


@contextmanager
def _opened(stored: StoredArray, source: Path, isForeign: bool) -> Iterator[BinaryIO]:
    """The file with the voxels, at their first byte. :raises UnreadableFileError: when it cannot be read"""
    data = source.with_name(stored.beside) if stored.beside else source
    try:
        with openBeside(data, source) if stored.beside and isForeign else open(data, "rb") as stream:
            stream.seek(stored.offset)
            yield stream
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", source, error.strerror or str(error)) from error


def readStored(stored: StoredArray, source: Path, isForeign: bool, progress: Progress | None) -> numpy.ndarray:
    """In this process. :param source: the file of the header. Errors as of ``readArray``"""
    with _opened(stored, source, isForeign) as stream:
        return readArray(
            stream, stored.dtype, stored.shape, stored.isCompressed, source, stored.skip, isForeign, progress
        )


def inflatedPieces(stored: StoredArray, source: Path, isForeign: bool) -> Iterator[tuple[dict, numpy.ndarray]]:
    """What a task yields of voxels that are compressed, piece by piece; nothing of others, which are only read.

    :raises TruncatedFileError: when there are fewer than the header announces, or they are damaged
    :raises LimitExceededError: when they inflate too much, or there is not enough memory
    """
    with _opened(stored, source, isForeign) as stream:
        requireSize(stream, stored.size, stored.isCompressed, source, stored.skip, isForeign)
        if not stored.isCompressed:
            return
        inflated, left = gzip.GzipFile(fileobj=stream, mode="rb"), stored.size
        piece = numpy.empty(min(PIECE_BYTES, max(1, left)), numpy.uint8)
        with understandingDamage(source):
            if stored.skip and len(inflated.read(stored.skip)) < stored.skip:
                raise TruncatedFileError("the file is shorter than its header announces", source)
            while left:
                part = piece[: min(left, len(piece))]
                fillArray(inflated, memoryview(part), source)
                yield {}, part
                left -= len(part)


def readByWorker(
    task: str,
    arguments: dict,
    source: Path,
    fromPlain: Callable[[PlainSaid], _Layout],
    isForeign: bool,
    workers: Workers,
    progress: Progress | None,
) -> tuple[_Layout, numpy.ndarray]:
    """What the header of a file says, and its voxels as they are stored. A worker parses and inflates.

    Voxels that are not compressed are read here, once the worker has said where they are.

    :param task: yields what the header says as JSON, and :func:`inflatedPieces`
    :param fromPlain: makes something of that
    :raises FileError: what the task raised, or when it says what cannot be
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    voxels = _Voxels(source, fromPlain, isForeign, progress)
    given = {"path": os.path.abspath(source), **arguments}
    asked = Task(task, given, voxels, deadlineFor(PIECE_BYTES), source, arrayBytes=PIECE_BYTES, errors=FileError)
    try:
        workers.run(asked, progress)
    except (WorkerError, UnreadableFileError):
        raise
    except DICOMError as error:
        error.what = worded(error, "the file cannot be read")
        raise
    return voxels.finished()


class _Voxels:
    """Takes what a worker sends (a ``Consumer``): first the header, then bytes of an array, which is made meanwhile."""

    def __init__(
        self, source: Path, fromPlain: Callable[[PlainSaid], _Layout], isForeign: bool, progress: Progress | None
    ):
        self._source, self._fromPlain, self._isForeign, self._progress = source, fromPlain, isForeign, progress
        self._layout: _Layout | None = None
        self._bytes = memoryview(b"")
        self._filled = 0

    def check(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> None:
        """:raises FileError: for more than there are voxels, or anything but bytes"""
        room = _MOST_HEADER if self._layout is None else len(self._bytes) - self._filled
        if dtype != numpy.uint8 or len(shape) != 1 or shape[0] > room:
            raise FileError("the reading process sent something that is no image", self._source)

    def accept(self, array: numpy.ndarray, information: dict) -> None:
        """:raises FileError: when the header is none, or there is no room for the voxels"""
        if self._layout is None:
            self._layout = self._fromPlain(PlainSaid(plainValue(array), self._source))
            if self._layout.stored.isCompressed:
                self._allocate(self._layout.stored)
            return
        self._bytes[self._filled : self._filled + len(array)] = memoryview(array)
        self._filled += len(array)
        if self._progress is not None:
            self._progress.report(self._filled, len(self._bytes))

    def _allocate(self, stored: StoredArray) -> None:
        with _opened(stored, self._source, self._isForeign) as stream:
            requireSize(stream, stored.size, True, self._source, stored.skip, self._isForeign)
        self._array = numpy.empty(stored.shape, stored.dtype)
        self._bytes = memoryview(self._array.reshape(-1)).cast("B")

    def finished(self) -> tuple[_Layout, numpy.ndarray]:
        """:raises FileError: when something is missing :raises CancelledError: when progress was cancelled"""
        if self._progress is not None:
            self._progress.raiseIfCancelled()
        if self._layout is None:
            raise FileError("the file cannot be read", self._source)
        stored = self._layout.stored
        if not stored.isCompressed:
            return self._layout, readStored(stored, self._source, self._isForeign, self._progress)
        if self._filled < len(self._bytes):
            raise TruncatedFileError("the file is shorter than its header announces", self._source)
        return self._layout, self._array
