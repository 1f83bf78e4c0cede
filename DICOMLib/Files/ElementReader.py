"""Walking the top level of a data set: wanted values are kept, the rest is jumped over, pixel data ends the walk."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..Errors import LimitExceededError, NotDICOMError, TruncatedFileError
from ..Tags import DOUBLE_FLOAT_PIXEL_DATA, FLOAT_PIXEL_DATA, PIXEL_DATA, normalizedTag, tagNumber
from .ByteWindow import ByteWindow
from .ElementEncoding import LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, ElementEncoding
from .Limits import MAX_ELEMENTS, MAX_VALUE_LENGTH
from .NestedValues import NestedValues, numbersToStopAt, privateNumbers
from .SequenceWalk import MalformedSequence, SequenceEndsTooEarly, SequenceWalk, canHideTooManyLevels
from .ValueDecoding import standardVR
from .WantedValues import WantedElement, WantedValues

PIXEL_DATA_TAGS = tuple(map(tagNumber, (FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA, PIXEL_DATA)))

# Shorter values cannot hide too many levels of nesting: the quick walk jumps over them without a look inside.
_QUICK_LENGTH = next(length for length in range(1 << 16) if canHideTooManyLevels(length, 0))

_VRS_OF_SEQUENCES = (b"SQ", b"UN", b"")


class ElementReader:
    """Reads one data set.

    :param window: the file
    :param encoding: how its elements are written
    :param tags: raw tags (in the form of the encoding) whose values are kept or looked into; pixel data among them
    :param wanted: what is looked for

    :ivar found: (raw tag, VR or b"", value) of wanted elements in file order
    :ivar nested: values found inside sequences and those of private elements by their creators
    :ivar privateTags: raw tags that a private element looked for by its creator may have
    :ivar pixelDataPosition: first byte of the pixel data's value, -1 without pixel data
    :ivar pixelDataLength: as stated
    :ivar shortage: where the file ends too early, in words; "" when it does not
    """

    def __init__(
        self, window: ByteWindow, encoding: ElementEncoding, tags: Mapping[int, object], wanted: WantedValues
    ):
        self._window = window
        self.encoding = encoding
        self.wanted = tags
        self._pixelTags = frozenset(map(encoding.rawTag, PIXEL_DATA_TAGS))
        self._stopTags = _tagsToStopAt(wanted, encoding)
        self.privateTags = _privateTags(wanted, encoding)
        self._quickWalk = _walkExplicit if encoding.explicit else _walkImplicit
        self._elementsLeft = MAX_ELEMENTS
        self._lastTag = 0
        self.found: list[tuple[int, bytes, bytes]] = []
        self.nested = NestedValues(window, encoding, wanted, self.found)
        self.pixelDataPosition = -1
        self.pixelDataLength = -1
        self.shortage = ""

    def needsCare(self, rawTag: int) -> bool:
        """Whether something may be looked for inside an element, so that decoding its value is not enough."""
        return rawTag in self._stopTags

    def read(self, position: int) -> None:
        """Walk from ``position`` to the pixel data or the end.

        :raises TruncatedFileError: when a wanted value is cut off
        :raises LimitExceededError: when a limit is passed
        :raises NotDICOMError: when something that is no element is met
        """
        window = self._window
        while position >= 0:
            window.show(position, 12)
            offset, count = self._quickWalk(
                window.buffer, position - window.base, self._elementsLeft, self.encoding, self.wanted,
                self._stopTags, self.found,
            )
            self._elementsLeft -= count + 1
            if self._elementsLeft <= 0:
                raise LimitExceededError("the data set has too many elements", value=f"more than {MAX_ELEMENTS}")
            position = self._readElement(window.base + offset)

    def _readElement(self, position: int) -> int:
        """One element that the quick walk left: the position after it, -1 at the end."""
        if not self._window.show(position, 8):
            return self._atEnd(position)
        rawTag, vr, start, length = self._elementHeader(position)
        self._lastTag = self.encoding.rawTag(rawTag)
        if rawTag in self._pixelTags:
            self.pixelDataPosition, self.pixelDataLength = start, length
            return -1
        if rawTag in self.wanted:
            self._keepValue(rawTag, vr, start, length)
            if rawTag in self._stopTags and vr in _VRS_OF_SEQUENCES:
                element = self.nested.sequenceAt(rawTag)
                if element is not None:
                    return self._readNested(rawTag, element, vr, start, length)
        if length == UNDEFINED_LENGTH or (canHideTooManyLevels(length, 0) and self._isSequence(vr, start)):
            return self._afterSequence(vr, start, length)
        return start + length

    def _readNested(self, rawTag: int, element: WantedElement, vr: bytes, start: int, length: int) -> int:
        """A sequence that something is looked for in: the position after it, -1 when the file ends inside."""
        if length != UNDEFINED_LENGTH and start + length > self._window.size:
            return start + length
        try:
            end = self.nested.read(rawTag, element, vr, start, length)
        except (MalformedSequence, SequenceEndsTooEarly) as problem:
            return self._afterDamage(problem, start, length)
        return end if length == UNDEFINED_LENGTH else start + length

    def _afterDamage(self, problem: Exception, start: int, length: int) -> int:
        if length != UNDEFINED_LENGTH:
            return start + length
        what = "ends" if isinstance(problem, SequenceEndsTooEarly) else "is damaged"
        self.shortage = f"the header {what} inside sequence {normalizedTag(self._lastTag)}"
        return -1

    def _atEnd(self, position: int) -> int:
        rest = self._window.bytesAt(position, 8)
        if position > self._window.size or rest.strip(b"\0"):
            self.shortage = "the file ends inside its header"
        return -1

    def _elementHeader(self, position: int) -> tuple[int, bytes, int, int]:
        """Raw tag, VR, start and length of the value, for well and badly written elements."""
        encoding = self.encoding
        self._window.show(position, 12)
        buffer, offset = self._window.buffer, position - self._window.base
        if not encoding.explicit:
            rawTag, length = encoding.element.unpack_from(buffer, offset)
            return rawTag, b"", position + 8, length
        rawTag, vr, length = encoding.element.unpack_from(buffer, offset)
        if vr in SHORT_VRS:
            return rawTag, vr, position + 8, length
        if rawTag in encoding.delimiters:
            return rawTag, b"", position + 8, 0
        if offset + 12 > len(buffer):
            return rawTag, vr, position + 12, 0  # past the end, and noticed as such
        if vr in LONG_VRS:
            return rawTag, vr, position + 12, encoding.length.unpack_from(buffer, offset + 8)[0]
        return self._oddHeader(rawTag, vr, length, position)

    def _oddHeader(self, rawTag: int, vr: bytes, length: int, position: int) -> tuple[int, bytes, int, int]:
        """An unknown VR has a 32-bit length by the standard (PS3.5 6.2) and a 16-bit one by many writers; some leave
        single elements implicit. The reading after which another element follows is right."""
        buffer, offset = self._window.buffer, position - self._window.base
        longLength = self.encoding.length.unpack_from(buffer, offset + 8)[0]
        implicitLength = self.encoding.length.unpack_from(buffer, offset + 4)[0]
        readings = [(8, length), (8, implicitLength)]
        if length == 0:
            readings.insert(0, (12, longLength))
        fitting = [(start, count) for start, count in readings if position + start + count <= self._window.size]
        for start, count in fitting:
            if self._elementFollows(position + start + count):
                return rawTag, b"", position + start, count
        if implicitLength == UNDEFINED_LENGTH:
            return rawTag, b"", position + 8, implicitLength
        if vr.isalpha() and fitting:
            return rawTag, b"", position + fitting[0][0], fitting[0][1]
        raise NotDICOMError("the header is malformed", value=f"no element at byte {position}")

    def _elementFollows(self, position: int) -> bool:
        vr = self._window.bytesAt(position, 6)[4:]
        return position == self._window.size or vr in SHORT_VRS or vr in LONG_VRS

    def _keepValue(self, rawTag: int, vr: bytes, start: int, length: int) -> None:
        if length == UNDEFINED_LENGTH or vr == b"SQ" or (rawTag in self._stopTags and vr in _VRS_OF_SEQUENCES):
            self.found.append((rawTag, b"SQ", b""))
            return
        name = normalizedTag(self._lastTag)
        if start + length > self._window.size:
            raise TruncatedFileError("the file ends inside a value that is needed", value=name)
        if length > MAX_VALUE_LENGTH:
            raise LimitExceededError("a header value is too long", value=f"{name}, {length} bytes")
        value = self._window.bytesAt(start, length)
        if len(value) < length:
            raise TruncatedFileError("the file ends inside a value that is needed", value=name)
        self.found.append((rawTag, vr, value))

    def _isSequence(self, vr: bytes, start: int) -> bool:
        if vr == b"SQ":
            return True
        return vr in (b"", b"UN") and self._window.bytesAt(start, 4) == b"\xfe\xff\x00\xe0"

    def _afterSequence(self, vr: bytes, start: int, length: int) -> int:
        if length != UNDEFINED_LENGTH and start + length > self._window.size:
            return start + length
        walk = SequenceWalk(self._window, self.encoding)
        try:
            end = walk.endOf(start, length, vr)
        except (MalformedSequence, SequenceEndsTooEarly) as problem:
            return self._afterDamage(problem, start, length)
        return end if length == UNDEFINED_LENGTH else start + length


def _walkExplicit(buffer, offset, limit, encoding, wanted, pixelTags, found) -> tuple[int, int]:
    """As many plain elements as are in view.

    :returns: offset of the first element that needs care, and how many were passed
    """
    unpack, unpackLength = encoding.element.unpack_from, encoding.length.unpack_from
    shortVRs, longVRs, last, end = SHORT_VRS, LONG_VRS, len(buffer) - 12, len(buffer)
    count = 0
    for count in range(limit):  # noqa: B007 - returned
        if offset > last:
            break
        tag, vr, length = unpack(buffer, offset)
        if vr in shortVRs:
            start = offset + 8
        elif vr in longVRs:
            length = unpackLength(buffer, offset + 8)[0]
            if length >= _QUICK_LENGTH:
                break
            start = offset + 12
        else:
            break
        if tag in wanted:
            if tag in pixelTags or start + length > end or vr == b"SQ":
                break
            found.append((tag, vr, buffer[start : start + length]))
        offset = start + length
    return offset, count


def _walkImplicit(buffer, offset, limit, encoding, wanted, pixelTags, found) -> tuple[int, int]:
    """As :func:`_walkExplicit`, for implicit VR."""
    unpack, last, end = encoding.element.unpack_from, len(buffer) - 12, len(buffer)
    count = 0
    for count in range(limit):  # noqa: B007 - returned
        if offset > last:
            break
        tag, length = unpack(buffer, offset)
        if length >= _QUICK_LENGTH:
            break
        start = offset + 8
        if tag in wanted:
            if tag in pixelTags or start + length > end:
                break
            found.append((tag, b"", buffer[start : start + length]))
        offset = start + length
    return offset, count


@lru_cache(maxsize=64)
def wantedRawTags(wanted: WantedValues, encoding: ElementEncoding) -> dict[int, tuple[str, str]]:
    """Raw tag → ("GGGG,EEEE", VR of the standard), for every tag that is wanted, looked into or ends the walk. The text
    is "" for tags whose value is not kept under their number."""
    numbers = wanted.numbers | frozenset(PIXEL_DATA_TAGS)
    others = (numbersToStopAt(wanted) | privateNumbers(wanted)) - numbers
    return {
        **{encoding.rawTag(number): (normalizedTag(number), standardVR(number)) for number in numbers},
        **{encoding.rawTag(number): ("", standardVR(number)) for number in others},
    }


@lru_cache(maxsize=64)
def _tagsToStopAt(wanted: WantedValues, encoding: ElementEncoding) -> frozenset[int]:
    """Raw tags that the quick walk leaves to a careful look."""
    return frozenset(map(encoding.rawTag, (*PIXEL_DATA_TAGS, *numbersToStopAt(wanted))))


@lru_cache(maxsize=64)
def _privateTags(wanted: WantedValues, encoding: ElementEncoding) -> frozenset[int]:
    return frozenset(map(encoding.rawTag, privateNumbers(wanted)))
