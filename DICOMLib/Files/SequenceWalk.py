"""Finding the end of a sequence without recursion, and refusing sequences nested too deeply."""

from __future__ import annotations

import re

from ..Errors import LimitExceededError
from .ByteWindow import ByteWindow
from .ElementEncoding import (
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_END,
    LONG_VRS,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    ElementEncoding,
)
from .Limits import BYTES_PER_LEVEL, MAX_ELEMENTS, MAX_NESTING

_FRAGMENT_VRS = frozenset((b"OB", b"OW"))
_EMPTY_ITEMS = {
    True: re.compile(rb"(?:\xfe\xff\x00\xe0\0{4})+"),
    False: re.compile(rb"(?:\xff\xfe\xe0\x00\0{4})+"),
}

# What a level of the walk is inside of. The items of fragments (an icon's compressed pixels) hold no elements.
_SEQUENCE, ITEM_LEVEL, _FRAGMENTS = 0, 1, 2


class MalformedSequence(Exception):
    """Inside the walk only: items or lengths contradict each other."""


class SequenceEndsTooEarly(Exception):
    """Inside the walk only: the file ends inside the sequence."""


def canHideTooManyLevels(length: int, depth: int) -> bool:
    """Whether a sequence or item of this length, found inside ``depth`` sequences, has room for more levels than are
    accepted."""
    return length >= (MAX_NESTING - depth) * BYTES_PER_LEVEL


class SequenceWalk:
    """Walks items and nested sequences of one sequence with a stack of its own.

    :param window: the file
    :param encoding: of the elements in the items
    """

    def __init__(self, window: ByteWindow, encoding: ElementEncoding):
        self._window = window
        self._encoding = encoding
        # One entry a level: what it is, where it ends (-1: at a delimiter), how its elements are written.
        self._levels: list[tuple[int, int, ElementEncoding]] = []
        self._depth = 0

    def endOf(self, position: int, length: int, vr: bytes = b"SQ") -> int:
        """The position after a sequence whose value starts at ``position``.

        :param length: in bytes, or ``UNDEFINED_LENGTH``
        :param vr: b"UN" of undefined length is written in implicit little endian (PS3.5 6.2.2)
        :raises LimitExceededError: for sequences nested too deeply or more elements than accepted
        :raises SequenceEndsTooEarly: when the file ends first
        :raises MalformedSequence: when an undefined length leads nowhere
        """
        self._enterSequence(position, length, vr)
        for _ in range(MAX_ELEMENTS):
            try:
                position = self._step(position)
            except (MalformedSequence, SequenceEndsTooEarly):
                if all(end < 0 for _, end, _ in self._levels):
                    raise
                position = self._afterDamage()
            if not self._levels:
                return position
        raise LimitExceededError("a sequence has too many elements", value=f"more than {MAX_ELEMENTS}")

    def _step(self, position: int) -> int:
        kind, end, encoding = self._levels[-1]
        if 0 <= end <= position:
            self._leave()
            return end
        if kind == ITEM_LEVEL:
            return self._readElement(position, encoding)
        return self._readItemHeader(position, encoding, kind)

    def _afterDamage(self) -> int:
        """Where the innermost level of stated length ends: what is wrong inside it does not matter to what follows."""
        end = -1
        while end < 0:
            end = self._levels[-1][1]
            self._leave(damaged=True)
        return end

    def _enterSequence(
        self, position: int, length: int, vr: bytes, encoding: ElementEncoding | None = None
    ) -> None:
        if self._depth >= MAX_NESTING:
            raise LimitExceededError("sequences are too deeply nested", value=f"more than {MAX_NESTING} levels")
        encoding = encoding or (self._levels[-1][2] if self._levels else self._encoding)
        if vr == b"UN" and length == UNDEFINED_LENGTH:
            encoding = IMPLICIT_LITTLE
        kind = _FRAGMENTS if vr in _FRAGMENT_VRS else _SEQUENCE
        self._push(kind, self._endOfValue(position, length), encoding)
        self._depth += 1

    def _push(self, kind: int, end: int, encoding: ElementEncoding) -> None:
        self._levels.append((kind, end, encoding))

    def _leave(self, damaged: bool = False) -> None:
        kind = self._levels.pop()[0]
        if kind != ITEM_LEVEL:
            self._depth -= 1

    def _endOfValue(self, position: int, length: int) -> int:
        if length == UNDEFINED_LENGTH:
            return -1
        if position + length > self._window.size:
            raise SequenceEndsTooEarly
        return position + length

    def _readItemHeader(self, position: int, encoding: ElementEncoding, kind: int) -> int:
        rawTag, length = encoding.item.unpack_from(*self._header(position, 8))
        tag = encoding.rawTag(rawTag)
        position += 8
        if tag == ITEM:
            end = self._endOfValue(position, length)
            if end >= 0 and (kind == _FRAGMENTS or not self._mustEnterItem(length)):
                return end if length else self._afterEmptyItems(end, encoding)
            self._push(ITEM_LEVEL, end, encoding)
        elif tag == SEQUENCE_END:
            self._leave()
        else:
            raise MalformedSequence
        return position

    def _afterEmptyItems(self, position: int, encoding: ElementEncoding) -> int:
        """Empty items may come by the million: those in view are passed at once."""
        end = self._levels[-1][1]
        start = position - self._window.base
        limit = len(self._window.buffer) if end < 0 else max(start, end - self._window.base)
        run = _EMPTY_ITEMS[encoding.littleEndian].match(self._window.buffer, start, limit)
        return position if run is None else position + run.end() - start

    def _mustEnterItem(self, length: int) -> bool:
        return canHideTooManyLevels(length, self._depth)

    def _readElement(self, position: int, encoding: ElementEncoding) -> int:
        rawTag, vr, start, length = self._elementHeader(position, encoding)
        if rawTag in encoding.delimiters:
            return self._readDelimiter(encoding.rawTag(rawTag), position + 8)
        if length == UNDEFINED_LENGTH or self._isDeepSequence(vr, start, length):
            self._enterSequence(start, length, vr)
            return start
        if start + length > self._window.size:
            raise SequenceEndsTooEarly
        return start + length

    def _readDelimiter(self, tag: int, position: int) -> int:
        if tag == SEQUENCE_END:  # the item's own delimiter is missing
            self._leave()
            self._leave()
        elif tag == ITEM_END:
            self._leave()
        else:
            raise MalformedSequence
        return position

    def _elementHeader(self, position: int, encoding: ElementEncoding) -> tuple[int, bytes, int, int]:
        buffer, offset = self._header(position, 8)
        if not encoding.explicit:
            rawTag, length = encoding.element.unpack_from(buffer, offset)
            return rawTag, b"", position + 8, length
        rawTag, vr, length = encoding.element.unpack_from(buffer, offset)
        if vr in SHORT_VRS:
            return rawTag, vr, position + 8, length
        if vr in LONG_VRS:
            buffer, offset = self._header(position, 12)
            return rawTag, vr, position + 12, encoding.length.unpack_from(buffer, offset + 8)[0]
        # Delimiters have no VR; nor have elements that some writers leave implicit.
        return rawTag, vr, position + 8, encoding.length.unpack_from(buffer, offset + 4)[0]

    def _isDeepSequence(self, vr: bytes, start: int, length: int) -> bool:
        if not canHideTooManyLevels(length, self._depth):
            return False
        return vr == b"SQ" or (vr in (b"", b"UN") and self._beginsWithItem(start))

    def _beginsWithItem(self, position: int) -> bool:
        return self._window.bytesAt(position, 4) == b"\xfe\xff\x00\xe0"

    def _header(self, position: int, count: int) -> tuple[bytes, int]:
        if not self._window.show(position, count):
            raise SequenceEndsTooEarly
        return self._window.buffer, position - self._window.base
