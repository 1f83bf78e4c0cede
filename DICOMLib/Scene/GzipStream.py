"""Gzip on all processors: blocks are deflated on threads of their own and follow one another in one stream.

The result is one ordinary gzip member (RFC 1952); each block ends at a byte (zlib's sync flush) and looks back at
nothing before it, as pigz does with ``--independent``.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from ..Processors import availableProcessors

# Level 1 halves a CT as level 6 nearly does, in a fifth of the time.
COMPRESSION_LEVEL = 1
BLOCK_BYTES = 1 << 20
# Magic number, deflate, no flags, no time, fastest, system unknown.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_RAW_DEFLATE = -15
_END = b"\x03\x00"


class DeflateStream:
    """Takes bytes, gives them deflated to another stream. Not thread-safe: one caller at a time.

    Memory that is written must not change until :meth:`finish` returns.

    :ivar size: bytes taken
    :ivar checksum: CRC-32 of them
    """

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._threads = ThreadPoolExecutor(availableProcessors(), thread_name_prefix="gzip")
        self._most = 2 * availableProcessors()
        self._blocks: deque[Future[bytes]] = deque()
        self.checksum = 0
        self.size = 0

    def write(self, data: bytes | memoryview) -> int:
        """:returns: how many bytes were taken: all"""
        view = memoryview(data).cast("B")
        for start in range(0, len(view), BLOCK_BYTES):
            block = view[start : start + BLOCK_BYTES]
            while len(self._blocks) >= self._most:
                self._stream.write(self._blocks.popleft().result())
            self._blocks.append(self._threads.submit(_deflated, block))
            self.checksum = zlib.crc32(block, self.checksum)
        self.size += len(view)
        return len(view)

    def finish(self) -> None:
        """Everything that is left, and the end of the stream."""
        while self._blocks:
            self._stream.write(self._blocks.popleft().result())
        self._stream.write(_END)

    def close(self) -> None:
        """End the threads; without :meth:`finish` before, what was written is incomplete."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class GzipStream(DeflateStream):
    """The same as a gzip member."""

    def __init__(self, stream: BinaryIO):
        super().__init__(stream)
        stream.write(_HEADER)

    def finish(self) -> None:
        """Everything that is left, and the end of the member."""
        super().finish()
        self._stream.write(struct.pack("<II", self.checksum, self.size & 0xFFFFFFFF))


def _deflated(block: memoryview) -> bytes:
    packer = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
    return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
