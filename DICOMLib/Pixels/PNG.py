"""8-bit pictures as PNG (ISO/IEC 15948), with nothing in the file but the picture."""

from __future__ import annotations

import struct
import zlib

import numpy

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {2: 0, 3: 2}
# Each row as differences from the row above: smooth pictures then pack to about two thirds.
_FILTER_UP = 2


def encodePNG(picture: numpy.ndarray) -> bytes:
    """A picture as the bytes of a PNG file.

    :param picture: uint8, shape (rows, columns) for grey or (rows, columns, 3) for RGB
    """
    rows, columns = picture.shape[:2]
    lines = picture.reshape(rows, -1)
    differences = numpy.diff(lines, axis=0, prepend=numpy.zeros((1, lines.shape[1]), numpy.uint8))
    filtered = numpy.insert(differences, 0, _FILTER_UP, axis=1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOUR_TYPES[picture.ndim], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered.tobytes(), 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, contents) for kind, contents in chunks)


def _chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))
