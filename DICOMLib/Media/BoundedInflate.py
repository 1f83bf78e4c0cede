"""Decompressing step by step, counting what comes out. Runs in helper and worker processes only."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import BinaryIO

from .ArchiveLimits import MAX_RATIO, RATIO_APPLIES_FROM, XZ_MEMORY
from .ArchiveMember import ArchiveProblem

_READ_SIZE = 64 << 10
_STREAM_MAGIC = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\0"}
TOO_MUCH = f"it expands more than {MAX_RATIO}-fold, as archives do that are made to fill a disk"
DAMAGED_STREAM = "its compressed data are damaged"


def expandsTooMuch(produced: int, consumed: int) -> bool:
    """Whether so many bytes may not come out of so few."""
    return produced > RATIO_APPLIES_FROM and produced > MAX_RATIO * max(1, consumed)


class ZlibStep:
    """One zlib stream: ``window`` is -15 for raw deflate, 31 for gzip."""

    def __init__(self, window: int):
        self._decompressor = zlib.decompressobj(window)
        self._waiting = b""

    @property
    def eof(self) -> bool:
        """Whether the stream has come to its end."""
        return self._decompressor.eof

    @property
    def needsInput(self) -> bool:
        """Whether more compressed bytes are wanted."""
        return not self._waiting

    @property
    def unused(self) -> bytes:
        """Bytes after the end of the stream."""
        return self._decompressor.unused_data

    def decompress(self, data: bytes, count: int) -> bytes:
        """At most ``count`` bytes."""
        produced = self._decompressor.decompress(self._waiting + data, count)
        self._waiting = self._decompressor.unconsumed_tail
        return produced


class _BufferedStep:
    """bzip2 and xz keep what they have not consumed themselves."""

    def __init__(self, decompressor):
        self._decompressor = decompressor

    @property
    def eof(self) -> bool:
        """Whether the stream has come to its end."""
        return self._decompressor.eof

    @property
    def needsInput(self) -> bool:
        """Whether more compressed bytes are wanted."""
        return self._decompressor.needs_input

    @property
    def unused(self) -> bytes:
        """Bytes after the end of the stream."""
        return self._decompressor.unused_data

    def decompress(self, data: bytes, count: int) -> bytes:
        """At most ``count`` bytes."""
        return self._decompressor.decompress(data, count)


def newStep(kind: str):
    """A decompressor for one stream of "deflate", "gzip", "bzip2" or "xz"."""
    if kind in ("deflate", "gzip"):
        return ZlibStep(-zlib.MAX_WBITS if kind == "deflate" else zlib.MAX_WBITS | 16)
    if kind == "bzip2":
        return _BufferedStep(bz2.BZ2Decompressor())
    return _BufferedStep(lzma.LZMADecompressor(memlimit=XZ_MEMORY))


class InflatedStream:
    """A compressed file as the bytes in it; several streams one after another are one (as gzip and bzip2 define it).

    :param source: the compressed file; no more of it is read than is needed
    """

    def __init__(self, source: BinaryIO, kind: str):
        self._source = source
        self._kind = kind
        self._step = newStep(kind)
        self._pushedBack = b""
        self._consumed = 0
        self.produced = 0

    def read(self, count: int) -> bytes:
        """Up to ``count`` bytes, b"" at the end.

        :raises ArchiveProblem: when the data are damaged or expand too much
        """
        while not self._step.eof or self._beginNextStream():
            data = self._readSource() if self._step.needsInput else b""
            isAtEnd = self._step.needsInput and not data
            produced = self._decompress(data, count)
            self.produced += len(produced)
            if expandsTooMuch(self.produced, self._consumed):
                raise ArchiveProblem(TOO_MUCH)
            if produced:
                return produced
            if isAtEnd and not self._step.eof:
                raise ArchiveProblem(f"{DAMAGED_STREAM}: they end too early")
        return b""

    def _decompress(self, data: bytes, count: int) -> bytes:
        try:
            return self._step.decompress(data, count)
        except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
            raise ArchiveProblem(DAMAGED_STREAM) from error

    def _readSource(self) -> bytes:
        data, self._pushedBack = self._pushedBack, b""
        data = data or self._source.read(_READ_SIZE)
        self._consumed += len(data)
        return data

    def _beginNextStream(self) -> bool:
        """Whether another stream follows; padding of zeros is none, nor is anything else after the end."""
        rest = self._step.unused.lstrip(b"\0")
        while len(rest) < 6:
            more = self._readSource()
            if not more:
                break
            rest = (rest + more).lstrip(b"\0")
        if not rest.startswith(_STREAM_MAGIC[self._kind]):
            return False
        self._step = newStep(self._kind)
        self._pushedBack = rest
        self._consumed -= len(rest)
        return True
