"""Where the values of some elements are in a file: for values too long to hold, and for what is behind the pixel data.

As careful as the header scanner, whose walk it is: without recursion, every length checked, nothing allocated by a
number from the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..Errors import FileError
from .ByteWindow import ByteWindow
from .ElementEncoding import UNDEFINED_LENGTH, ElementEncoding
from .ElementReader import PIXEL_DATA_TAGS, ElementReader
from .HeaderScanner import openDataSet
from .SequenceWalk import MalformedSequence, SequenceEndsTooEarly, SequenceWalk
from .WantedValues import WantedValues

# Values up to this many bytes are given with their place.
LONGEST_GIVEN_VALUE = 1024

_NO_VALUES = WantedValues(())


@dataclass(frozen=True)
class ElementPlace:
    """One element of the data set's top level.

    :ivar number: group in the upper half
    :ivar position: of the first byte of the value in the window that was given with it
    :ivar length: as stated, which may be beyond the end of the file
    :ivar value: its bytes where they are few and all there, else b""
    """

    number: int
    position: int
    length: int
    value: bytes


@dataclass(frozen=True)
class ElementPlaces:
    """What was found.

    :ivar places: in the order of the file
    :ivar window: the bytes that positions refer to: of the file, or of what was deflated in it
    :ivar problem: why nothing behind the last element was found, in words; "" when the file was read to its end
    """

    places: list[ElementPlace]
    window: ByteWindow
    problem: str = ""


def elementPlaces(window: ByteWindow, numbers: Iterable[int]) -> ElementPlaces:
    """Where elements of some tags are, before and behind the pixel data, as far as the file can be followed.

    :raises NotDICOMError: when it is no DICOM file
    :raises FileError: as ``HeaderScanner.scanFile`` before the data set begins
    """
    _, data, position, encoding = openDataSet(window)
    if encoding is None:
        return ElementPlaces([], data)
    reader = _PlaceReader(data, encoding, numbers)
    try:
        reader.read(position)
    except FileError as error:
        return ElementPlaces(reader.places, data, error.what)
    return ElementPlaces(reader.places, data, reader.shortage)


class _PlaceReader(ElementReader):
    """Goes on behind pixel data, and keeps places instead of values."""

    def __init__(self, window: ByteWindow, encoding: ElementEncoding, numbers: Iterable[int]):
        tags = dict.fromkeys(map(encoding.rawTag, (*numbers, *PIXEL_DATA_TAGS)))
        super().__init__(window, encoding, tags, _NO_VALUES)
        self._stopTags = frozenset(tags)  # all of them get the careful look, which this class replaces
        self.places: list[ElementPlace] = []

    def _readElement(self, position: int) -> int:
        self.pixelDataPosition = -1
        end = super()._readElement(position)
        return self._afterPixels() if self.pixelDataPosition >= 0 else end

    def _afterPixels(self) -> int:
        start, length = self.pixelDataPosition, self.pixelDataLength
        if length != UNDEFINED_LENGTH:
            return start + length
        try:
            return SequenceWalk(self._window, self.encoding).endOf(start, length, b"OB")
        except (MalformedSequence, SequenceEndsTooEarly) as problem:
            return self._afterDamage(problem, start, length)

    def _keepValue(self, rawTag: int, vr: bytes, start: int, length: int) -> None:
        if length == UNDEFINED_LENGTH or vr == b"SQ":
            return
        isGiven = length <= LONGEST_GIVEN_VALUE
        value = self._window.bytesAt(start, length) if isGiven else b""
        self.places.append(
            ElementPlace(self.encoding.rawTag(rawTag), start, length, value if len(value) == length else b"")
        )
