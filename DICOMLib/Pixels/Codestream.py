"""What a compressed frame says about itself, looked at before it is decoded: its size, and whether its end is there.

A decoder makes room for the size in the codestream, whatever the header says, and most decode half a codestream
without complaint.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ..Errors import PixelDataError
from ..TransferSyntaxes import RLE_LOSSLESS, transferSyntax

# JPEG and JPEG 2000 end alike; inside entropy-coded data this pair of bytes cannot occur (ITU-T T.81 B.1.1.2, T.87,
# T.800 A.1), so that what follows it, however long, is padding.
_END = b"\xff\xd9"
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_SEQUENTIAL_MARKERS = frozenset({0xC0, 0xC1})
_SCAN_MARKER = 0xDA
_ADOBE_MARKER = 0xEE
_WITHOUT_LENGTH = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_SIZE_IN_JPEG_2000 = b"\xff\x4f\xff\x51"
_CODING_STYLE_MARKER, _TILE_PART_MARKER = 0x52, 0x90
_RLE_HEADER = struct.Struct("<16I")
# Two bytes of packed bits become at most 128.
_RLE_EXPANSION = 64


@dataclass(frozen=True)
class StreamSize:
    """What a codestream announces."""

    rows: int
    columns: int
    components: int
    bits: int


def checkCodestream(frame: bytes, transferSyntaxUID: str, rows: int, columns: int, components: int, bits: int) -> int:
    """That a frame is what the header of its file says, as far as the codestream itself tells.

    :param bits: allocated for a sample
    :returns: bits that the codestream gives a sample
    :raises PixelDataError: when sizes differ, samples are larger than allocated, or the end is missing
    """
    if transferSyntaxUID == RLE_LOSSLESS:
        _checkPackedBits(frame, rows * columns, components, bits)
        return bits
    if not transferSyntax(transferSyntaxUID).package:
        return bits
    size = jpeg2000Size(frame) or jpegSize(frame)
    if size is None:
        raise PixelDataError("the compressed image has no beginning", hint="The file is damaged")
    if size.rows and (size.rows, size.columns, size.components) != (rows, columns, components):
        got = f"{size.columns}×{size.rows} with {size.components} samples a pixel"
        what = f"the compressed image is {got}, not {columns}×{rows} with {components} as the header announces"
        raise PixelDataError(what, hint="The file is damaged")
    if size.bits > bits:
        what = f"the compressed image has {size.bits} bits a sample, more than the {bits} that the header allocates"
        raise PixelDataError(what, hint="The file is damaged")
    if frame.rfind(_END) < 0:
        raise PixelDataError("the end of the compressed image is missing", hint="Copy or send the file again")
    return size.bits


def jpegSize(frame: bytes) -> StreamSize | None:
    """From the frame header of JPEG (T.81 B.2.2) or JPEG-LS (T.87 C.2.2); None when there is none."""
    for marker, position in _segments(frame):
        if marker in _FRAME_MARKERS:
            head = frame[position + 4 : position + 10]
            return StreamSize(*struct.unpack(">HHB", head[1:]), head[0]) if len(head) == 6 else None
    return None


def adobeTransform(frame: bytes) -> int | None:
    """How colours of a JPEG frame are coded, by its Adobe marker (ITU-T T.872 6.5.3): 0 RGB, 1 YBR, None unsaid."""
    for marker, position in _segments(frame):
        if marker == _ADOBE_MARKER and frame[position + 4 : position + 9] == b"Adobe":
            return frame[position + 15] if position + 15 < len(frame) else None
    return None


def withSoundScan(frame: bytes) -> bytes:
    """A sequential JPEG frame whose first scan says that it spans all coefficients, as it must (T.81 table B.3).

    Some writers of 12 bits left these three bytes 0. There is nothing else that they could mean.
    """
    isSequential = False
    for marker, position in _segments(frame):
        isSequential = isSequential or marker in _SEQUENTIAL_MARKERS
        if marker == _SCAN_MARKER:
            end = position + 2 + int.from_bytes(frame[position + 2 : position + 4], "big")
            if isSequential and frame[end - 3 : end] == b"\0\0\0":
                return frame[: end - 3] + b"\0\x3f\0" + frame[end:]
            break
    return frame


def _segments(frame: bytes) -> Iterator[tuple[int, int]]:
    """Markers of JPEG up to the first scan, each with its position."""
    position = 2 if frame[:2] == b"\xff\xd8" else len(frame)
    while position + 4 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:  # padding before a marker
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        else:
            yield marker, position
            if marker == _SCAN_MARKER:
                return
            position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")


def jpeg2000Size(frame: bytes) -> StreamSize | None:
    """From the SIZ marker segment (T.800 A.5.1), also of a codestream in a file of its own; None when there is none."""
    start = frame.find(_SIZE_IN_JPEG_2000, 0, 4096)
    if start < 0 or (start > 0 and not frame.startswith(b"\0\0\0\x0c")) or len(frame) < start + 43:
        return None
    width, height, left, top = struct.unpack_from(">4I", frame, start + 8)
    (components,) = struct.unpack_from(">H", frame, start + 40)
    return StreamSize(height - top, width - left, components, (frame[start + 42] & 0x7F) + 1)


def hasColourTransform(frame: bytes) -> bool:
    """Whether a JPEG 2000 codestream says that its components are a transform of red, green and blue, which decoders
    undo (COD marker segment, T.800 A.6.1)."""
    position = frame.find(_SIZE_IN_JPEG_2000, 0, 4096) + 2
    while position >= 2 and position + 9 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == _CODING_STYLE_MARKER:
            return frame[position + 8] == 1
        if marker == _TILE_PART_MARKER:
            break
        position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")
    return False


def _checkPackedBits(frame: bytes, pixels: int, components: int, bits: int) -> None:
    """The header of RLE (PS3.5 G.5), and that so few bytes can become so many."""
    if len(frame) < _RLE_HEADER.size:
        raise PixelDataError("the end of the compressed image is missing", hint="The file is damaged")
    count, *offsets = _RLE_HEADER.unpack_from(frame)
    expected = components * max(1, bits // 8)
    if count != expected:
        what = f"the compressed image has {count} segments; the header asks for {expected}"
        raise PixelDataError(what, hint="The file is damaged")
    starts = [*offsets[:count], len(frame)]
    ascending = all(before < after for before, after in zip(starts, starts[1:], strict=False))
    if starts[0] < _RLE_HEADER.size or not ascending:
        what = "the segments of the compressed image are not where they should be"
        raise PixelDataError(what, hint="The file is damaged")
    need = pixels if bits > 1 else -(-pixels // 8)
    if (len(frame) - _RLE_HEADER.size) * _RLE_EXPANSION < need * count:
        what = f"{len(frame)} compressed bytes cannot be {need * count} bytes of pixels"
        raise PixelDataError(what, hint="The file is damaged")


def checkUnpackedLengths(frame: bytes, pixels: int) -> None:
    """That each segment of an RLE frame unpacks to as many bytes as the image has pixels (PS3.5 G.3.2).

    For readers that do not look themselves; the frame has to be checked by :func:`checkCodestream` before.

    :raises PixelDataError: when one is shorter, or is no runs of bytes
    """
    from rle.utils import decode_segment

    count, *offsets = _RLE_HEADER.unpack_from(frame)
    starts = [*offsets[:count], len(frame)]
    for start, end in zip(starts, starts[1:], strict=False):
        try:
            length = len(decode_segment(frame[start:end]))
        except ValueError as error:
            value, hint = str(error), "The file is damaged"
            raise PixelDataError("the pixel data cannot be decoded", value=value, hint=hint) from None
        if length < pixels:
            raise PixelDataError(f"pixel data short: have {length}, need {pixels}", hint="The file is damaged")
