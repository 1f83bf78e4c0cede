"""The records of a DICOMDIR (PS3.3 F.3), read one after another as they lie in the file.

Their offsets, which a hostile file can turn into loops, are compared and never followed to read; nothing recurses, and
nothing is allocated by a number from the file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..Errors import LimitExceededError, NotDICOMError, UnreadableFileError
from ..Files.ByteWindow import ByteWindow, FileWindow
from ..Files.ElementEncoding import (
    EXPLICIT_LITTLE,
    ITEM,
    ITEM_END,
    LONG_VRS,
    SEQUENCE_END,
    UNDEFINED_LENGTH,
    ElementEncoding,
    encodingOfSyntax,
    recognizedEncoding,
)
from ..Files.SequenceWalk import MalformedSequence, SequenceEndsTooEarly, SequenceWalk

# A DVD of small images has some 50,000 records. The folder is searched in any case, so nothing is lost beyond.
MAX_RECORDS = 100_000
# Top-level elements before the records, and elements of one record. Real ones have below 20 and below 100.
_MAX_ELEMENTS = 10_000
# Elements of all records together: as many records as are read have a third of it. They take some seconds.
_MAX_ELEMENTS_OF_ALL = 6_000_000
# PS3.10 8.2 allows eight components of eight characters; some writers use whole paths.
_LONGEST_FILE_ID = 4096

_META_GROUP = 0x0002
_TRANSFER_SYNTAX = 0x00020010
_FIRST_RECORD, _RECORDS = 0x00041200, 0x00041220
_NEXT, _IN_USE, _LOWER, _TYPE = 0x00041400, 0x00041410, 0x00041420, 0x00041430
_FILE_ID, _SOP_INSTANCE = 0x00041500, 0x00041511
_DIRECTORY_GROUP = 0x0004
_INACTIVE = 0


@dataclass(frozen=True)
class DirectoryRecord:
    """One record.

    :ivar offset: of its item in the file
    :ivar next, lower: offsets of the record beside and the first one below; 0 for none
    :ivar kind: "PATIENT", "IMAGE", …
    :ivar fileID: components of the file's name; empty for records without a file
    """

    offset: int
    next: int
    lower: int
    kind: str
    fileID: tuple[bytes, ...]
    sopInstanceUID: str


@dataclass
class DirectoryListing:
    """What a DICOMDIR says.

    :ivar problems: sentences about records and structure that are not as they should be
    """

    records: list[DirectoryRecord] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    firstOffset: int = 0


def readDirectory(path: bytes) -> DirectoryListing:
    """Read all records of a file. Damage ends the list, and is a problem of the listing.

    :raises UnreadableFileError: when it cannot be opened
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise UnreadableFileError("the DICOMDIR cannot be opened", path, error.strerror) from error
    listing = DirectoryListing()
    try:
        _Reader(FileWindow(descriptor, os.fstat(descriptor).st_size, path), listing).read()
    except (_Damaged, MalformedSequence, SequenceEndsTooEarly, LimitExceededError, NotDICOMError):
        listing.problems.append("it is damaged: records after the first "
                                f"{len(listing.records):,} cannot be read")
    finally:
        os.close(descriptor)
    listing.problems += _chainProblems(listing)
    return listing


class _Damaged(Exception):
    """Something that is no element where one should be."""


class _Reader:
    def __init__(self, window: ByteWindow, listing: DirectoryListing):
        self._window = window
        self._listing = listing
        self._encoding = EXPLICIT_LITTLE
        self._elementsLeft = _MAX_ELEMENTS_OF_ALL

    def read(self) -> None:
        position = self._startOfDataSet()
        for _ in range(_MAX_ELEMENTS):
            if not self._window.show(position, 8):
                return
            tag, vr, start, length = self._element(position)
            if tag == _FIRST_RECORD:
                self._listing.firstOffset = self._number(start, length)
            elif tag == _RECORDS:
                self._readRecords(start, length)
                return
            position = self._after(vr, start, length)
        raise _Damaged

    def _startOfDataSet(self) -> int:
        beginning = self._window.bytesAt(0, 132)
        position = 132 if beginning[128:] == b"DICM" else 0
        syntax = ""
        while self._window.show(position, 8):
            tag, vr, start, length = self._element(position)
            if tag >> 16 != _META_GROUP:
                break
            if tag == _TRANSFER_SYNTAX:
                syntax = self._text(start, length)
            position = self._after(vr, start, length)
        declared = encodingOfSyntax(syntax)
        encoding = recognizedEncoding(self._window.bytesAt(position, 4096).ljust(12, b"\0"), declared)
        if encoding is None:
            raise _Damaged
        self._encoding = encoding
        return position

    def _readRecords(self, position: int, length: int) -> None:
        end = self._window.size if length == UNDEFINED_LENGTH else position + length
        while position < end and self._window.show(position, 8):
            rawTag, itemLength = self._encoding.item.unpack_from(self._window.buffer, position - self._window.base)
            tag = self._encoding.rawTag(rawTag)
            if tag == SEQUENCE_END:
                return
            if tag != ITEM:
                raise _Damaged
            if len(self._listing.records) >= MAX_RECORDS:
                self._listing.problems.append(f"it has more than {MAX_RECORDS:,} records; the rest was not compared")
                return
            position = self._readRecord(position, position + 8, itemLength)

    def _readRecord(self, offset: int, position: int, length: int) -> int:
        """One record; the position after it."""
        isOpen = length == UNDEFINED_LENGTH
        end = self._window.size if isOpen else position + length
        if end > self._window.size:
            self._listing.problems.append("it ends too early: its last record is incomplete")
            end = self._window.size
        found: dict[int, tuple[int, int]] = {}
        for _ in range(_MAX_ELEMENTS):
            if position + 8 > end:
                break
            tag, vr, start, valueLength = self._element(position)
            if tag == ITEM_END or (not isOpen and tag >> 16 > _DIRECTORY_GROUP):
                end = start if tag == ITEM_END else end
                break
            if tag in _OF_A_RECORD:
                found[tag] = (start, valueLength)
                if tag in _TEXTS:
                    found[tag] = (start, min(valueLength, _LONGEST_FILE_ID))
            position = self._after(vr, start, valueLength)
        else:
            raise _Damaged
        self._add(offset, found)
        return end

    def _add(self, offset: int, found: dict[int, tuple[int, int]]) -> None:
        numbers = {tag: self._number(*found[tag]) for tag in (_NEXT, _IN_USE, _LOWER) if tag in found}
        texts = {tag: self._bytes(*found[tag]) for tag in _TEXTS if tag in found}
        isActive = numbers.get(_IN_USE, 0xFFFF) != _INACTIVE
        fileID = texts.get(_FILE_ID, b"").strip(b" \0") if isActive else b""
        self._listing.records.append(DirectoryRecord(
            offset, numbers.get(_NEXT, 0), numbers.get(_LOWER, 0), _asText(texts.get(_TYPE, b"")),
            tuple(part.strip(b" \0") for part in fileID.replace(b"/", b"\\").split(b"\\")) if fileID else (),
            _asText(texts.get(_SOP_INSTANCE, b"")),
        ))  # fmt: skip

    def _element(self, position: int) -> tuple[int, bytes, int, int]:
        """Tag, VR, start and length of the value."""
        window, encoding = self._window, self._encoding
        self._elementsLeft -= 1
        if self._elementsLeft < 0:
            raise _Damaged
        if not window.show(position, 12) and not window.show(position, 8):
            raise _Damaged
        offset = position - window.base
        if not encoding.explicit:
            rawTag, length = encoding.element.unpack_from(window.buffer, offset)
            return encoding.rawTag(rawTag), b"", position + 8, length
        rawTag, vr, length = encoding.element.unpack_from(window.buffer, offset)
        tag = encoding.rawTag(rawTag)
        if rawTag in encoding.delimiters:
            return tag, b"", position + 8, 0
        if vr not in LONG_VRS:
            return tag, vr, position + 8, length
        if len(window.buffer) < offset + 12:
            raise _Damaged
        return tag, vr, position + 12, encoding.length.unpack_from(window.buffer, offset + 8)[0]

    def _after(self, vr: bytes, start: int, length: int) -> int:
        if length == UNDEFINED_LENGTH:
            return SequenceWalk(self._window, self._encoding).endOf(start, length, vr or b"SQ")
        if start + length > self._window.size:
            raise _Damaged
        return start + length

    def _bytes(self, start: int, length: int) -> bytes:
        return self._window.bytesAt(start, min(length, _LONGEST_FILE_ID))

    def _text(self, start: int, length: int) -> str:
        return _asText(self._bytes(start, length))

    def _number(self, start: int, length: int) -> int:
        value = self._window.bytesAt(start, length) if length in (2, 4) else b""
        if len(value) != length or not value:
            return 0
        return struct.unpack(_order(self._encoding) + ("H" if length == 2 else "I"), value)[0]


_TEXTS = (_TYPE, _FILE_ID, _SOP_INSTANCE)
_OF_A_RECORD = frozenset((_NEXT, _IN_USE, _LOWER, *_TEXTS))


def _order(encoding: ElementEncoding) -> str:
    return "<" if encoding.littleEndian else ">"


def _asText(value: bytes) -> str:
    return value.decode("latin-1").strip(" \0")


def _chainProblems(listing: DirectoryListing) -> Iterator[str]:
    """Records that point back, or to where no record is."""
    known = {record.offset: record for record in listing.records}
    reached = {listing.firstOffset} if listing.firstOffset else set()
    for record in listing.records:
        for word, target in (("next", record.next), ("lower", record.lower)):
            if not target:
                continue
            if target not in known:
                yield (f"its record at byte {record.offset:,} ({record.kind}) names byte {target:,} as the {word} one,"
                       " where no record is")
            elif target in reached or target == record.offset:
                yield (f"its record at byte {record.offset:,} ({record.kind}) names byte {target:,} as the {word} one,"
                       " which is a loop or belongs to another record")
            reached.add(target)
