"""Strict reading of elements in view: what a sequence holds fills it exactly, on every level.

The ordinary readers go on after damage as well as they can, and where they end up may depend on what follows in the
file. What is well-formed in the sense of this file is read from its own bytes alone, the same wherever it stands.
"""

from __future__ import annotations

from .ElementEncoding import (
    ITEM,
    ITEM_END,
    LONG_VRS,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    ElementEncoding,
)

# Sequences of image headers stay far below; deeper ones are left to the ordinary readers, which have a limit too.
_DEEPEST_LEVEL = 32
_ITEM_BYTES = b"\xfe\xff\x00\xe0"


class NotWellFormed(Exception):
    """Inside ``Files`` only: something is damaged, odd, or reaches out of view."""


def elementHeader(buffer: bytes, position: int, encoding: ElementEncoding) -> tuple[int, bytes, int, int]:
    """Raw tag, VR (b"" in implicit encoding), start and stated length of an element's value.

    :raises NotWellFormed: when the bytes are not an element as the standard writes it
    """
    if position + 12 > len(buffer):
        raise NotWellFormed
    if not encoding.explicit:
        rawTag, length = encoding.element.unpack_from(buffer, position)
        return rawTag, b"", position + 8, length
    rawTag, vr, length = encoding.element.unpack_from(buffer, position)
    if vr in SHORT_VRS:
        return rawTag, vr, position + 8, length
    if vr in LONG_VRS:
        return rawTag, vr, position + 12, encoding.length.unpack_from(buffer, position + 8)[0]
    raise NotWellFormed


def isSequence(buffer: bytes, start: int, length: int, vr: bytes) -> bool:
    """Whether a value holds items.

    :raises NotWellFormed: when an unknown VR hides them, which are then written in another encoding
    """
    if vr == b"SQ":
        return True
    if vr and vr != b"UN":
        if length == UNDEFINED_LENGTH:
            raise NotWellFormed  # fragments of pixels
        return False
    holdsItems = length == UNDEFINED_LENGTH or buffer.startswith(_ITEM_BYTES, start)
    if holdsItems and vr:
        raise NotWellFormed
    return holdsItems


def endOfValue(buffer: bytes, start: int, length: int, vr: bytes, encoding: ElementEncoding) -> int:
    """The position after a value.

    :raises NotWellFormed: also when it ends out of view
    """
    if isSequence(buffer, start, length, vr):
        return endOfSequence(buffer, start, length, encoding)
    if start + length > len(buffer):
        raise NotWellFormed
    return start + length


def endOfSequence(buffer: bytes, start: int, length: int, encoding: ElementEncoding) -> int:
    """The position after a sequence whose value begins at ``start``.

    :raises NotWellFormed: when its items and their elements do not fill it exactly, or are nested very deeply
    """
    # One entry for each level: whether it is an item, and where it ends (-1: at a delimiter).
    levels = [(False, _end(start, length))]
    position = start
    while levels:
        inItem, end = levels[-1]
        if position == end:
            levels.pop()
        elif end >= 0 and position > end or len(levels) > _DEEPEST_LEVEL:
            raise NotWellFormed
        elif inItem:
            position = _inItem(buffer, position, end, encoding, levels)
        else:
            position = _inSequence(buffer, position, end, encoding, levels)
    return position


def _end(start: int, length: int) -> int:
    return -1 if length == UNDEFINED_LENGTH else start + length


def _inSequence(buffer: bytes, position: int, end: int, encoding: ElementEncoding, levels: list) -> int:
    tag, length = _itemHeader(buffer, position, encoding)
    if tag == ITEM:
        levels.append((True, _end(position + 8, length)))
    elif tag == SEQUENCE_END and end < 0 and length == 0:
        levels.pop()
    else:
        raise NotWellFormed
    return position + 8


def _inItem(buffer: bytes, position: int, end: int, encoding: ElementEncoding, levels: list) -> int:
    if end < 0 and _itemHeader(buffer, position, encoding) == (ITEM_END, 0):
        levels.pop()
        return position + 8
    rawTag, vr, start, length = elementHeader(buffer, position, encoding)
    if rawTag in encoding.delimiters:
        raise NotWellFormed
    if isSequence(buffer, start, length, vr):
        levels.append((False, _end(start, length)))
        return start
    return start + length


def _itemHeader(buffer: bytes, position: int, encoding: ElementEncoding) -> tuple[int, int]:
    if position + 8 > len(buffer):
        raise NotWellFormed
    rawTag, length = encoding.item.unpack_from(buffer, position)
    return encoding.rawTag(rawTag), length
