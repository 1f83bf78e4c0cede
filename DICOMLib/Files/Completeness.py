"""Whether a file holds what its header announces; nothing is read but the headers of fragments."""

from __future__ import annotations

from collections.abc import Mapping

from ..Tags import tagText
from .ByteWindow import ByteWindow
from .ElementEncoding import ITEM, SEQUENCE_END, UNDEFINED_LENGTH, ElementEncoding
from .Limits import MAX_ELEMENTS

_ROWS, _COLUMNS, _BITS_ALLOCATED = tagText("Rows"), tagText("Columns"), tagText("BitsAllocated")
_SAMPLES_PER_PIXEL, _NUMBER_OF_FRAMES = tagText("SamplesPerPixel"), tagText("NumberOfFrames")
_PHOTOMETRIC_INTERPRETATION = tagText("PhotometricInterpretation")

NO_PIXEL_DATA = "the file holds no pixel data"
HALVED_CHROMINANCE = frozenset({"YBR_FULL_422", "YBR_PARTIAL_422"})

# Storage classes whose objects hold pixel data (PS3.4 table B.5-1), as what follows 1.2.840.10008.5.1.4.1.1.
_IMAGE_ROOT = "1.2.840.10008.5.1.4.1.1."
_IMAGE_CLASSES = frozenset(
    """1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 2.2 3 3.1 4 4.1 4.3 4.4 5 6 6.1 6.2 7 7.1 7.2 7.3 7.4 12.1 12.1.1 12.2
    12.2.1 12.3 13.1.1 13.1.2 13.1.3 13.1.4 13.1.5 14.1 14.2 20 30 66.4 66.7 77.1 77.1.1 77.1.2 77.1.3 77.1.4 77.1.5.1
    77.1.5.2 77.1.5.4 77.1.6 77.1.7 128 128.1 130 481.1 481.2""".split()
)


def announcesPixels(sopClassUID: str) -> bool:
    """Whether objects of this class have pixel data."""
    return sopClassUID.startswith(_IMAGE_ROOT) and sopClassUID[len(_IMAGE_ROOT) :] in _IMAGE_CLASSES


def nativeLength(values: Mapping[str, str]) -> int:
    """Bytes that native pixel data must have (PS3.5 8.1.1, 8.2), from the header alone; 0 when it does not say.

    :param values: "GGGG,EEEE" → text
    """
    try:
        rows, columns, bits = int(values[_ROWS]), int(values[_COLUMNS]), int(values[_BITS_ALLOCATED])
        samples = int(values.get(_SAMPLES_PER_PIXEL) or 1)
        frames = int(values.get(_NUMBER_OF_FRAMES) or 1)
    except (KeyError, ValueError):
        return 0
    photometricInterpretation = values.get(_PHOTOMETRIC_INTERPRETATION, "").strip()
    return (frameBits(rows, columns, samples, bits, photometricInterpretation) * frames + 7) // 8


def frameBits(rows: int, columns: int, samples: int, bitsAllocated: int, photometricInterpretation: str) -> int:
    """Bits of one native frame; frames follow each other without padding, also in the middle of a byte (PS3.5 8.1.1).

    In YBR_FULL_422 and YBR_PARTIAL_422 two pixels share their chrominance (PS3.3 C.7.6.3.1.2).
    """
    if photometricInterpretation in HALVED_CHROMINANCE and samples == 3:
        samples = 2
    return rows * columns * samples * bitsAllocated


def nativeShortage(values: Mapping[str, str], length: int, available: int) -> str:
    """What native pixel data lacks, in words; "" when it is complete.

    :param length: as the element states it
    :param available: bytes from the start of the value to the end of the file
    """
    have, need = min(length, available), max(length, nativeLength(values))
    return f"pixel data short: have {have} bytes, need {need}" if have < need else ""


UNMARKED_END = "the end of its pixel data is not marked; as many fragments as it has frames are there, and complete"

# What JPEG and JPEG 2000 end with (T.81 B.1.1.3, T.800 A.4.4), and how much padding may follow.
_END_OF_CODESTREAM, _PADDING = b"\xff\xd9", 16


def fragmentShortage(
    window: ByteWindow, position: int, encoding: ElementEncoding, frames: int = 1, isCodestream: bool = False
) -> tuple[str, str]:
    """What encapsulated pixel data lacks (PS3.5 A.4), in words; "" when every fragment lies inside the file.

    The mark at the end tells nothing about pixels: a file that ends right after its last fragment lacks nothing else,
    if this is the last one.

    :param position: of the basic offset table's item
    :param frames: how many the header announces
    :param isCodestream: whether frames are such of JPEG or JPEG 2000
    :returns: what is missing, and what to note though nothing is
    """
    ending = encoding.item.pack(encoding.rawTag(SEQUENCE_END), 0)
    if window.bytesAt(max(position, window.size - 8), 8) == ending:
        return "", ""
    last = -1  # so that the offset table is not counted
    for number in range(-1, MAX_ELEMENTS):
        left = window.size - position
        hasAll = number == frames or (frames == 1 and number > 0)
        if hasAll and left < 8 and ending.startswith(window.bytesAt(position, left)):
            tail = window.bytesAt(max(last, position - _PADDING), min(_PADDING, position - last))
            if not isCodestream or _END_OF_CODESTREAM in tail:
                return "", UNMARKED_END
        found = _fragmentAt(window, position, encoding)
        if isinstance(found, str):
            return found, ""
        if found is None:
            return "", ""
        last, position = position + 8, found
    return "pixel data damaged: too many fragments", ""


def _fragmentAt(window: ByteWindow, position: int, encoding: ElementEncoding) -> int | str | None:
    """The end of the fragment that begins here; None where the sequence ends; what is wrong, in words."""
    if not window.show(position, 8):
        return "pixel data short: the end of its last fragment is missing"
    rawTag, length = encoding.item.unpack_from(window.buffer, position - window.base)
    tag = encoding.rawTag(rawTag)
    if tag == SEQUENCE_END:
        return None
    if tag != ITEM or length == UNDEFINED_LENGTH:
        return "pixel data damaged: something else than a fragment where a fragment should be"
    if position + 8 + length > window.size:
        return f"pixel data short: have {window.size - position - 8} bytes of a fragment, need {length}"
    return position + 8 + length
