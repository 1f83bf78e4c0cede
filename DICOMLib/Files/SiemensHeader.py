"""Siemens' own header block ("CSA header"), which says what the standard tags of a classic Siemens MR image do not.

The format is not published; what is known of it is in nibabel's documentation ("Siemens format DICOM with CSA header").
Two forms: the newer one begins with "SV10", the older one with the number of its elements. Everything is little endian.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Collection
from dataclasses import dataclass, field

from ..Errors import FileError
from .RawElement import readRawElement

IMAGE_HEADER = '(0029,"SIEMENS CSA HEADER",10)'

# Real blocks have some 100 elements of at most a few dozen items; nibabel refuses more items, too.
MOST_ELEMENTS = 1024
MOST_ITEMS = 1000

_SV10 = b"SV10"
_SV10_LENGTH = 8  # four more bytes follow, of no known meaning
_COUNT = struct.Struct("<II")
_ELEMENT = struct.Struct("<64si4siii")
_ITEM = struct.Struct("<4i")
# What follows the number of elements, and each element's header.
_MARKS = frozenset((77, 205))


class SiemensHeaderError(FileError):
    """The block is not what Siemens' scanners write."""


@dataclass
class SiemensHeader:
    """Elements by name.

    :ivar elements: name → texts of its values, empty ones at the end left out
    """

    elements: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def texts(self, name: str) -> tuple[str, ...]:
        """All values; none when the element is absent or empty."""
        return self.elements.get(name, ())

    def text(self, name: str) -> str:
        """The first value; "" when there is none."""
        return next(iter(self.texts(name)), "")

    def numbers(self, name: str, count: int | None = None) -> tuple[float, ...] | None:
        """All values as numbers; None when absent, not numeric, not finite or not ``count`` many."""
        try:
            parsed = tuple(float(text) for text in self.texts(name))
        except ValueError:
            return None
        if not parsed or (count is not None and len(parsed) != count) or not all(map(math.isfinite, parsed)):
            return None
        return parsed

    def number(self, name: str) -> float | None:
        """The first value as a number."""
        parsed = self.numbers(name)
        return parsed[0] if parsed else None


def readImageHeader(path: bytes | str | os.PathLike, names: Collection[str] = ()) -> SiemensHeader:
    """The block about one image; without elements when the file has none.

    :param names: of the elements to keep; none for all
    :raises FileError: when the file cannot be read or the block is damaged
    """
    try:
        return parseSiemensHeader(readRawElement(path, IMAGE_HEADER), names)
    except SiemensHeaderError as error:
        raise SiemensHeaderError(error.what, os.fsencode(path), error.value) from error


def parseSiemensHeader(contents: bytes, names: Collection[str] = ()) -> SiemensHeader:
    """The elements of a block; none of an empty one.

    :param names: of the elements to keep; none for all
    :raises SiemensHeaderError: when it is damaged
    """
    if not contents.strip(b"\0 "):
        return SiemensHeader()
    isNew = contents.startswith(_SV10)
    reader = _BlockReader(contents, _SV10_LENGTH if isNew else 0, isNew)
    return SiemensHeader({name: items for name, items in reader.elements(names) if not names or name in names})


class _BlockReader:
    """Walks a block; every length is checked before it is used."""

    def __init__(self, contents: bytes, position: int, isNew: bool):
        self._contents, self._position, self._isNew = contents, position, isNew
        self._lengthOffset = 0

    def elements(self, names: Collection[str]):
        """(name, values) of each; values are () where the name is not among those asked for."""
        count, mark = self._unpack(_COUNT)
        if not 0 < count <= MOST_ELEMENTS or mark not in _MARKS:
            raise SiemensHeaderError("this is no Siemens header", value=f"{count} elements, mark {mark}")
        for number in range(count):
            name, multiplicity, _, _, items, mark = self._unpack(_ELEMENT)
            if not 0 <= items <= MOST_ITEMS or mark not in _MARKS:
                raise SiemensHeaderError("the Siemens header is damaged", value=f"element {number}, {items} items")
            if number == 0:
                # In the older form the lengths of all items are too large by the number of items of the first element.
                self._lengthOffset = items
            text = _text(name)
            yield text, self._items(items, multiplicity, not names or text in names)

    def _items(self, items: int, multiplicity: int, isKept: bool) -> tuple[str, ...]:
        texts = []
        for _ in range(items):
            lengths = self._unpack(_ITEM)
            length = lengths[1] if self._isNew else lengths[0] - self._lengthOffset
            if length < 0 or self._position + length > len(self._contents):
                if self._isNew:
                    raise SiemensHeaderError("the Siemens header is damaged", value=f"an item of {length} bytes")
                break  # the older form ends an element like this
            if isKept:
                texts.append(_text(self._contents[self._position : self._position + length]))
            self._position += length + -length % 4
        values = texts[:multiplicity] if multiplicity > 0 else texts
        while values and not values[-1]:
            values.pop()
        return tuple(values)

    def _unpack(self, form: struct.Struct) -> tuple:
        if self._position + form.size > len(self._contents):
            raise SiemensHeaderError("the Siemens header ends too early", value=f"{len(self._contents)} bytes")
        values = form.unpack_from(self._contents, self._position)
        self._position += form.size
        return values


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("latin-1").strip()
