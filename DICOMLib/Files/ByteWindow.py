"""A sliding view of a file's bytes: what the scanner looks at, and no more of it than it needs."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable

from ..Errors import LimitExceededError, NotDICOMError, UnreadableFileError
from .Limits import (
    FIRST_READ_SIZE,
    INFLATE_RATIO_APPLIES_FROM,
    MAX_INFLATE_RATIO,
    MAX_INFLATED_SIZE,
    MAX_PLAIN_HEADER,
    NEXT_READ_SIZE,
)

_UNKNOWN_SIZE = 1 << 62


class NotPlainError(Exception):
    """Inside ``Files`` only: reading this header takes more than that of an image does, and so a process of its own."""


class ByteWindow:
    """Bytes of a file from :attr:`base` on. Moving on reads more; jumping over a large value reads nothing of it.

    :ivar buffer: the bytes in view
    :ivar base: position of ``buffer[0]`` in the file
    :ivar size: where the file ends
    :ivar onlyPlain: whether what is not plain raises a :class:`NotPlainError`
    """

    def __init__(self, size: int, read: Callable[[int, int], bytes], buffer: bytes = b""):
        self.onlyPlain = False
        self._read = read
        self.size = size
        self.buffer = buffer
        self.base = 0

    def show(self, position: int, count: int) -> bool:
        """Bring ``count`` bytes from ``position`` on into view, or as many as there are.

        :returns: False when the file ends before
        """
        start = position - self.base
        if start < 0 or start + count > len(self.buffer):
            wanted = max(count, NEXT_READ_SIZE)
            self.buffer = self._read(position, min(wanted, max(0, self.size - position)))
            self.base = position
            start = 0
        return start + count <= len(self.buffer)

    def bytesAt(self, position: int, count: int) -> bytes:
        """``count`` bytes, fewer at the end of the file."""
        self.show(position, count)
        start = position - self.base
        return self.buffer[start : start + count]

    def fromStart(self) -> ByteWindow:
        """A window on the same bytes that may be moved to any of them: this one, where it can be moved back."""
        return self


class FileWindow(ByteWindow):
    """A window on an open file.

    :param onlyPlain: give up on data sets that are deflated, and on headers of many bytes
    :param firstRead: how much to read at once
    :raises UnreadableFileError: when reading fails, at the construction or later
    """

    def __init__(
        self, descriptor: int, size: int, path: bytes, onlyPlain: bool = False, firstRead: int = FIRST_READ_SIZE
    ):
        self._descriptor = descriptor
        self._path = path
        self._bytesRead = 0
        super().__init__(size, self._readFile)
        self.onlyPlain = onlyPlain
        self.buffer = self._readFile(0, firstRead)

    def _readFile(self, position: int, count: int) -> bytes:
        self._bytesRead += count
        if self.onlyPlain and self._bytesRead > MAX_PLAIN_HEADER:
            raise NotPlainError
        try:
            if hasattr(os, "pread"):
                return os.pread(self._descriptor, count, position)
            os.lseek(self._descriptor, position, os.SEEK_SET)
            return os.read(self._descriptor, count)
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", self._path, error.strerror) from error


class BufferWindow(ByteWindow):
    """A window on bytes in memory, which may be the beginning of a longer file."""

    def __init__(self, contents: bytes, size: int):
        super().__init__(size, lambda position, count: contents[position : position + count], contents)


class InflatedWindow(ByteWindow):
    """A window on a deflated data set (PS3.5 A.5), inflated no further than it is looked at.

    It can be moved forwards only. ``size`` is larger than any file until the end of the stream has been seen.

    :ivar start: where the deflated bytes begin in the file
    :raises LimitExceededError: when the data inflates beyond the accepted size or ratio
    :raises NotDICOMError: when it cannot be inflated
    """

    def __init__(self, compressed: ByteWindow, position: int):
        if compressed.onlyPlain:
            raise NotPlainError
        self._compressed = compressed
        self.start = position
        self._consumed = position
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._produced = 0
        super().__init__(_UNKNOWN_SIZE, self._inflate)

    def fromStart(self) -> InflatedWindow:
        """Another one: what was inflated and passed is gone."""
        return InflatedWindow(self._compressed, self.start)

    def _inflate(self, position: int, count: int) -> bytes:
        kept = bytearray(self.buffer[max(0, position - self.base) :])
        while len(kept) < count:
            piece = self._nextPiece()
            if not piece:
                self.size = self._produced
                break
            skipped = max(0, position - (self._produced - len(piece)))
            kept += piece[skipped:]
        return bytes(kept)

    def _nextPiece(self) -> bytes:
        while not self._inflater.eof:
            source = self._inflater.unconsumed_tail or self._nextCompressed()
            if not source:
                return b""
            try:
                piece = self._inflater.decompress(source, NEXT_READ_SIZE)
            except zlib.error as error:
                raise NotDICOMError("the deflated data set is damaged") from error
            self._produced += len(piece)
            self._checkLimits()
            if piece:
                return piece
        return b""

    def _nextCompressed(self) -> bytes:
        piece = self._compressed.bytesAt(self._consumed, FIRST_READ_SIZE)
        self._consumed += len(piece)
        return piece

    def _checkLimits(self) -> None:
        if self._produced > MAX_INFLATED_SIZE:
            raise LimitExceededError("the data set inflates too far", value=f"more than {MAX_INFLATED_SIZE} bytes")
        consumed = self._consumed - self.start - len(self._inflater.unconsumed_tail)
        if self._produced > INFLATE_RATIO_APPLIES_FROM and self._produced > MAX_INFLATE_RATIO * max(1, consumed):
            raise LimitExceededError("the data set inflates more than real headers do", value=f"{MAX_INFLATE_RATIO}:1")
