"""What host and worker say to each other over two pipes: a length, a JSON header, and raw bytes for an array.

The worker reads files nobody trusts, so nothing it sends is ever unpickled or executed: numbers, texts and pixels only.
"""

from __future__ import annotations

import json
import struct
from typing import BinaryIO

LENGTH = struct.Struct(">I")
# A header holds a few numbers and an error text; more than this is not a header of ours.
LARGEST_HEADER = 1 << 20
# Pixel types a worker may send.
ARRAY_TYPES = frozenset({"u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"})

UNKNOWN_FAILURE = "the pixel data cannot be decoded"
"""What is told of a task that raised no error of ours."""


def writeMessage(stream: BinaryIO, header: dict, payload: memoryview | None = None) -> None:
    """Send one header and, if given, the bytes of an array; the header then holds "shape" and "type"."""
    text = json.dumps(header).encode("ascii")
    stream.write(LENGTH.pack(len(text)) + text)
    if payload is not None:
        stream.write(payload)
    stream.flush()


def readHeader(stream: BinaryIO) -> dict | None:
    """The next header, or None when the other side is gone or what it sent is not a header."""
    prefix = stream.read(LENGTH.size)
    if len(prefix) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(prefix)
    if length > LARGEST_HEADER:
        return None
    text = stream.read(length)
    if len(text) < length:
        return None
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def readPayload(stream: BinaryIO, target: memoryview) -> bool:
    """Fill `target` (bytes, writable) from the stream; False when the other side is gone before it is full."""
    filled = 0
    while filled < len(target):
        count = stream.readinto(target[filled:])
        if not count:
            return False
        filled += count
    return True
