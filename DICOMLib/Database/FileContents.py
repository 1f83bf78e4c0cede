"""Bytes of files as the database keeps them: copied, compared, summed up in a SHA-256."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import zip_longest

from ..Errors import UnreadableFileError
from .Preamble import makePreambleSafe

# A core's own memory holds it between reading, hashing and writing; a cancel is noticed after each.
BLOCK_SIZE = 256 << 10
# A long file goes to the disk in pieces of this size: what is left for the end, and for a cancel to wait for, is short.
SYNC_SIZE = 16 << 20
_OPEN_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
)

Check = Callable[[], None]


def openForReading(path: bytes) -> io.FileIO:
    """A file to read, without a buffer.

    :raises UnreadableFileError: when the file cannot be opened
    """
    try:
        return os.fdopen(os.open(path, _OPEN_FLAGS), "rb", buffering=0)
    except OSError as error:
        raise UnreadableFileError("the file cannot be opened", path, error.strerror) from error


def newBuffer() -> memoryview:
    """A buffer to copy through. One that is used again and again costs nothing; a new one for every block would cost
    as much as copying."""
    return memoryview(bytearray(BLOCK_SIZE))


def copyContents(
    reader: io.FileIO, writer: int, buffer: memoryview, source: bytes, check: Check
) -> tuple[bytes, int, str]:
    """Copy what an open file holds, with a preamble of zeros where :mod:`Preamble` asks for it.

    :param writer: a descriptor
    :param source: the file's name, for errors
    :param check: called for every block; what it raises ends the copy
    :returns: SHA-256 and number of the bytes written, and why the preamble was changed ("" when it was not)
    :raises UnreadableFileError: when reading fails
    :raises OSError: when writing fails
    """
    digest = hashlib.sha256()
    size = unsynced = 0
    reason = ""
    for block in _blocks(reader, buffer, source):
        check()
        if size == 0:
            reason = makePreambleSafe(block)
        digest.update(block)
        writeAll(writer, block)
        size += len(block)
        unsynced += len(block)
        if unsynced >= SYNC_SIZE:
            os.fsync(writer)
            unsynced = 0
    return digest.digest(), size, reason


def keptDigest(path: bytes, check: Check) -> bytes:
    """The SHA-256 that a copy of a file would have.

    :raises UnreadableFileError: when it cannot be read
    """
    digest = hashlib.sha256()
    with closing(_keptBlocks(path)) as blocks:
        for block in blocks:
            check()
            digest.update(block)
    return digest.digest()


def haveEqualContents(first: bytes, second: bytes, check: Check) -> bool:
    """Whether copies of two files would hold the same bytes; False when one cannot be read."""
    try:
        if os.path.samefile(first, second):
            return True
        if os.path.getsize(first) != os.path.getsize(second):
            return False
        with closing(_keptBlocks(first)) as left, closing(_keptBlocks(second)) as right:
            for one, other in zip_longest(left, right):
                check()
                if one != other:
                    return False
        return True
    except (OSError, UnreadableFileError):
        return False


def _keptBlocks(path: bytes) -> Iterator[memoryview]:
    with openForReading(path) as reader:
        for number, block in enumerate(_blocks(reader, newBuffer(), path)):
            if number == 0:
                makePreambleSafe(block)
            yield block


def _blocks(reader: io.FileIO, buffer: memoryview, path: bytes) -> Iterator[memoryview]:
    """The contents in views of the buffer, all of them full but the last; each is gone when the next is asked for."""
    while True:
        filled = 0
        try:
            while filled < len(buffer) and (count := reader.readinto(buffer[filled:])):
                filled += count
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", path, error.strerror) from error
        if filled:
            yield buffer[:filled]
        if filled < len(buffer):
            return


def writeAll(descriptor: int, block: bytes | memoryview) -> None:
    """Write all of it, however little the system takes at a time."""
    written = os.write(descriptor, block)
    while written < len(block):
        written += os.write(descriptor, memoryview(block)[written:])
