"""What files that hold one array have in common: checked lengths, compression, and whole files or none."""

from __future__ import annotations

import gzip
import math
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy

from ..Errors import LimitExceededError, TruncatedFileError, UnreadableFileError
from ..Files.Limits import MAX_INFLATE_RATIO, MAX_INFLATED_SIZE
from ..Progress import Progress
from ..SystemMemory import freeMemory
from .GzipStream import GzipStream

# Deflate cannot shrink by more than this: a header that announces more than so many times the file's size is lying.
MAXIMUM_DEFLATE_RATIO = 1032
CHUNK_BYTES = 1 << 22
# Below this nobody asks for how much memory there is.
_ALWAYS_THERE = 64 << 20
# Components that are taken out of interleaved voxels at once: enough to use most of what the processor fetches from
# memory with each of them.
COMPONENTS_AT_ONCE = 16


@contextmanager
def replacingFile(target: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``target`` when all was written, and is gone when it was not.

    :raises UnreadableFileError: when the file cannot be written
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}")
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            os.replace(temporary, target)
        except BaseException:  # Ctrl-C as well: half a file must not stay beside the target
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        hint = "Check that the folder exists, is writable and has space left"
        raise UnreadableFileError("the file cannot be written", target, error.strerror, hint) from error


@contextmanager
def compressing(stream: BinaryIO, compress: bool = True) -> Iterator[BinaryIO]:
    """A stream whose bytes arrive in another one as gzip; with ``compress`` False as they are. No name, no time."""
    if not compress:
        yield stream
        return
    packed = GzipStream(stream)
    try:
        yield packed
        packed.finish()
    finally:
        packed.close()


def writeArrays(stream: BinaryIO, arrays: Iterable[numpy.ndarray], total: int, progress: Progress | None) -> None:
    """Write arrays one after the other, little endian, last axis fastest.

    :param total: bytes of all of them, for the progress
    :raises CancelledError: when progress was cancelled
    """
    done = 0
    for array in arrays:
        little = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        data = memoryview(little.reshape(-1)).cast("B")
        for start in range(0, len(data), CHUNK_BYTES):
            if progress is not None:
                progress.raiseIfCancelled()
                progress.report(done, total)
            done += stream.write(data[start : start + CHUNK_BYTES])


def componentImages(array: numpy.ndarray) -> Iterator[numpy.ndarray]:
    """The images (slices, rows, columns) of each component of an array (slices, rows, columns, components)."""
    for start in range(0, array.shape[3], COMPONENTS_AT_ONCE):
        yield from numpy.ascontiguousarray(numpy.moveaxis(array[..., start : start + COMPONENTS_AT_ONCE], 3, 0))


def readArray(
    stream: BinaryIO,
    dtype: numpy.dtype,
    shape: tuple[int, ...],
    isCompressed: bool,
    source: Path,
    skip: int = 0,
    isForeign: bool = False,
    progress: Progress | None = None,
) -> numpy.ndarray:
    """The next bytes of a file as an array, in memory only when the file can hold so many.

    :param stream: a file of the disk, at the first byte of the (compressed) data
    :param skip: bytes to leave out before the array, after decompression
    :param isForeign: of somebody else: what inflates more than images do is a trap
    :raises TruncatedFileError: when there are fewer bytes, or compressed ones are damaged
    :raises LimitExceededError: for such a trap, or when there is not enough memory
    :raises CancelledError: when progress was cancelled
    """
    size = math.prod(shape) * dtype.itemsize  # Python integers: no overflow whatever the header says
    requireSize(stream, size, isCompressed, source, skip, isForeign)
    opened = gzip.GzipFile(fileobj=stream, mode="rb") if isCompressed else stream
    array = numpy.empty(shape, dtype=dtype)
    with understandingDamage(source):
        if skip and len(opened.read(skip)) < skip:
            raise TruncatedFileError("the file is shorter than its header announces", source, f"{size} bytes")
        fillArray(opened, memoryview(array.reshape(-1)).cast("B"), source, progress)
    return array


def requireSize(
    stream: BinaryIO, size: int, isCompressed: bool, source: Path, skip: int = 0, isForeign: bool = False
) -> None:
    """Whether so many bytes can come out of the rest of a file, and there is room for them.

    :raises TruncatedFileError: when there are fewer
    :raises LimitExceededError: when they inflate too much for a file of somebody else, or there is not enough memory
    """
    available = os.fstat(stream.fileno()).st_size - stream.tell()
    limit = available * MAXIMUM_DEFLATE_RATIO if isCompressed else available
    if size + skip > limit:
        raise TruncatedFileError("the file is shorter than its header announces", source, f"{size} bytes")
    if isForeign and isCompressed and isInflatedTooMuch(size, available):
        raise LimitExceededError(
            "the file inflates more than is accepted of a file of somebody else", source, f"{size} bytes"
        )
    if size > _ALWAYS_THERE and 0 < freeMemory() < size:
        hint = "Close other scenes or programs"
        raise LimitExceededError("there is not enough memory for what is in the file", source, f"{size} bytes", hint)


def isInflatedTooMuch(size: int, compressed: int) -> bool:
    """Whether so many bytes of so few are refused in files of somebody else."""
    return size > MAX_INFLATED_SIZE and size > compressed * MAX_INFLATE_RATIO


def fillArray(stream: BinaryIO, target: memoryview, source: Path, progress: Progress | None = None) -> None:
    """Bytes of a stream into memory. :raises TruncatedFileError: when there are fewer

    :raises CancelledError: when progress was cancelled
    """
    filled = 0
    while filled < len(target):
        if progress is not None:
            progress.raiseIfCancelled()
            progress.report(filled, len(target))
        count = stream.readinto(target[filled : filled + CHUNK_BYTES])
        if not count:
            raise TruncatedFileError("the file is shorter than its header announces", source, f"{filled} bytes")
        filled += count


@contextmanager
def understandingDamage(source: Path) -> Iterator[None]:
    """What a decompressor says of damaged bytes, as an error of ours. :raises TruncatedFileError: instead of it"""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TruncatedFileError("the compressed voxels are damaged or incomplete", source, str(error)) from error
