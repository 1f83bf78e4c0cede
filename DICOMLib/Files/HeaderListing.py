"""A whole header as text, element by element, sequences included: for looking at a file, not for reading it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from ..Errors import FileError
from ..TagPaths import PathStep, TagPath
from ..Tags import tagNumber, tagText
from .ByteWindow import ByteWindow
from .ElementEncoding import UNDEFINED_LENGTH, ElementEncoding
from .ElementReader import PIXEL_DATA_TAGS
from .HeaderScanner import openDataSet, readFile
from .SequenceWalk import ITEM_LEVEL, MalformedSequence, SequenceEndsTooEarly, SequenceWalk
from .ValueDecoding import decodeValue, privateVR, standardVR

# More are neither read nor of use to anybody; the listing then says so.
MAX_LISTED_ELEMENTS = 10_000
# Of one value; the rest is left out with its length.
MAX_LISTED_BYTES = 1024

_SPECIFIC_CHARACTER_SET = tagNumber(tagText("SpecificCharacterSet"))
_PIXEL_REPRESENTATION = tagNumber(tagText("PixelRepresentation"))


@dataclass(frozen=True)
class ListedElement:
    """One element of a header.

    :ivar path: where it is, in normal form: "GGGG,EEEE" or a path into sequences
    :ivar vr: two letters; "SQ" for sequences, whose elements follow
    :ivar length: of the value in bytes; -1 when it is not stated
    :ivar text: the value; "" for sequences
    """

    path: str
    vr: str
    length: int
    text: str


@dataclass(frozen=True)
class HeaderListing:
    """The elements of a header in file order.

    :ivar remark: why the listing ends before the header does, a sentence; "" when it does not
    """

    elements: tuple[ListedElement, ...]
    remark: str = ""


def listFile(path: bytes | str) -> HeaderListing:
    """The elements of a file up to its pixel data; the file meta information is left out.

    Of headers with more than ``MAX_LISTED_ELEMENTS`` elements that many are listed.

    :raises FileError: when the file cannot be read or is no DICOM file
    """
    listings: list[HeaderListing] = []

    def scan(window: ByteWindow):
        header, inside, position, encoding = openDataSet(window)
        listings.append(_ListingWalk(inside, encoding).listed(position) if encoding else HeaderListing(()))
        return header

    readFile(os.path.abspath(os.fsencode(path)), scan)
    return listings[0]


class _ListingWalk(SequenceWalk):
    """Enters every sequence. The data set itself is the lowest level, an item that ends with the file."""

    def __init__(self, window: ByteWindow, encoding: ElementEncoding):
        super().__init__(window, encoding)
        self._elements: list[ListedElement] = []
        self._steps: list[PathStep] = []
        self._counts: list[int] = []
        self._characterSets: list[tuple[str, ...]] = [()]
        self._creators: list[dict[tuple[int, int], str]] = [{}]
        self._signed = False
        self._isAtPixels = False

    def listed(self, position: int) -> HeaderListing:
        """Everything from ``position`` on."""
        self._levels.append((ITEM_LEVEL, self._window.size, self._encoding))
        try:
            while len(self._elements) < MAX_LISTED_ELEMENTS and not self._isAtPixels and self._levels:
                position = self._step(position)
        except (MalformedSequence, SequenceEndsTooEarly):
            return self._ended("The header is damaged or cut off after the last element listed.")
        except FileError as error:
            return self._ended(str(error))
        if self._levels and not self._isAtPixels:
            return self._ended(f"Only the first {MAX_LISTED_ELEMENTS} elements are listed; the header holds more.")
        return self._ended("")

    def _ended(self, remark: str) -> HeaderListing:
        return HeaderListing(tuple(self._elements), remark)

    def _push(self, kind: int, end: int, encoding: ElementEncoding) -> None:
        super()._push(kind, end, encoding)
        if kind == ITEM_LEVEL:
            self._counts[-1] += 1
            self._characterSets.append(self._characterSets[-1])
            self._creators.append({})
        else:
            self._counts.append(-1)

    def _leave(self, damaged: bool = False) -> None:
        kind = self._levels[-1][0]
        super()._leave(damaged)
        if not self._levels:
            return
        if kind == ITEM_LEVEL:
            self._characterSets.pop()
            self._creators.pop()
        else:
            self._counts.pop()
            self._steps.pop()

    def _mustEnterItem(self, length: int) -> bool:
        return True

    def _isDeepSequence(self, vr: bytes, start: int, length: int) -> bool:
        return length > 0 and (vr == b"SQ" or (vr in (b"", b"UN") and self._beginsWithItem(start)))

    def _readElement(self, position: int, encoding: ElementEncoding) -> int:
        if len(self._levels) == 1 and not self._window.show(position, 8):
            return self._window.size
        rawTag, vr, start, length = self._elementHeader(position, encoding)
        if rawTag in encoding.delimiters:
            if len(self._levels) == 1:  # the end of a sequence that never began
                raise MalformedSequence
            return self._readDelimiter(encoding.rawTag(rawTag), position + 8)
        number = encoding.rawTag(rawTag)
        if number in PIXEL_DATA_TAGS and len(self._levels) == 1:
            self._isAtPixels = True
            return position
        isSequence = length == UNDEFINED_LENGTH or self._isDeepSequence(vr, start, length)
        if not isSequence and start + length > self._window.size:
            raise SequenceEndsTooEarly
        self._add(number, vr, start, length, isSequence, encoding)
        if not isSequence:
            return start + length
        self._steps.append(PathStep(number))
        self._enterSequence(start, length, vr)
        return start

    def _add(
        self, number: int, vr: bytes, start: int, length: int, isSequence: bool, encoding: ElementEncoding
    ) -> None:
        name = "SQ" if isSequence or vr == b"SQ" else self._nameOfVR(number, vr)
        text = "" if name == "SQ" else self._textOf(name, start, length, encoding)
        self._remember(number, text)
        stated = -1 if length == UNDEFINED_LENGTH else length
        self._elements.append(ListedElement(self._pathOf(number), name, stated, text))

    def _textOf(self, vr: str, start: int, length: int, encoding: ElementEncoding) -> str:
        raw = self._window.bytesAt(start, min(length, MAX_LISTED_BYTES))
        text = decodeValue(raw, vr, encoding.order, self._characterSets[-1], self._signed)
        return text if length <= MAX_LISTED_BYTES else f"{text}… ({length} bytes)"

    def _nameOfVR(self, number: int, vr: bytes) -> str:
        if vr and vr != b"UN":
            return vr.decode("latin-1")
        creator = self._creatorOf(number)
        return privateVR(number & 0xFFFF00FF, creator) if creator else standardVR(number)

    def _remember(self, number: int, text: str) -> None:
        """What later elements are read by."""
        if number == _SPECIFIC_CHARACTER_SET:
            self._characterSets[-1] = tuple(text.split("\\"))
        elif number == _PIXEL_REPRESENTATION:
            self._signed = text == "1"
        elif number >> 16 & 1 and 0x10 <= number & 0xFFFF <= 0xFF:
            self._creators[-1][number >> 16, number & 0xFF] = text.strip()

    def _creatorOf(self, number: int) -> str:
        return self._creators[-1].get((number >> 16, number >> 8 & 0xFF), "") if number >> 16 & 1 else ""

    def _pathOf(self, number: int) -> str:
        entered = zip(self._steps, self._counts, strict=True)
        steps: Iterable[PathStep] = (PathStep(step.number, step.creator, index) for step, index in entered)
        return str(TagPath((*steps, PathStep(number))))
