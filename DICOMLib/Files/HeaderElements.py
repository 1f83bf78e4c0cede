"""The elements of a whole header in view, for those that compare headers: strict, so that each is read by itself."""

from __future__ import annotations

from ..Tags import tagNumber, tagText
from ..TransferSyntaxes import DEFLATED_EXPLICIT_LITTLE_ENDIAN
from .ElementEncoding import EXPLICIT_LITTLE, SHORT_VRS, ElementEncoding, encodingOfSyntax, recognizedEncoding
from .ElementReader import PIXEL_DATA_TAGS
from .Header import Header
from .ValueDecoding import decodeValue
from .WellFormed import NotWellFormed, elementHeader, endOfValue

MAGIC = b"DICM"
FIRST_ELEMENT = 132  # after the preamble and "DICM", PS3.10 7.1

_META_GROUP = 0x0002
_TRANSFER_SYNTAX_UID = tagText("TransferSyntaxUID")
_SPECIFIC_CHARACTER_SET = tagText("SpecificCharacterSet")
# What other elements are read by, and what a series is told by.
_FIXED = frozenset(
    tagNumber(tagText(keyword)) for keyword in ("SpecificCharacterSet", "PixelRepresentation", "SeriesInstanceUID")
)
# The values of a frame come from both sequences of functional groups together (PS3.3 C.7.6.16).
_FUNCTIONAL_GROUPS = frozenset((0x52009229, 0x52009230))
# How a data set is written is recognised by its first element, and by what follows a longer one than this.
_LONGEST_FIRST_VALUE = 1024


class HeaderElement:
    """One element.

    :ivar vr: b"" in implicit encoding
    :ivar start: of the element; ``value`` of its value; ``end`` of what follows
    :ivar length: as stated
    :ivar isFixed: whether the rest of the header can only be read in the same way when this element is the same
    """

    __slots__ = ("end", "isFixed", "length", "number", "start", "value", "vr")

    def __init__(self, number: int, vr: bytes, start: int, value: int, end: int, length: int, isFixed: bool):
        self.number, self.vr, self.length, self.isFixed = number, vr, length, isFixed
        self.start, self.value, self.end = start, value, end

    @property
    def tagLength(self) -> int:
        """Bytes of what cannot differ in the same element: all before its length."""
        if not self.vr:
            return 4
        return 6 if self.value - self.start == 8 else 8

    @property
    def isMeta(self) -> bool:
        """Whether it is in the file's meta group."""
        return self.number >> 16 == _META_GROUP


def isPrivateCreator(number: int) -> bool:
    """Whether a tag names the owner of private elements (PS3.5 7.8.1)."""
    return bool(number >> 16 & 1) and number & 0xFFFF <= 0xFF


def listedElements(buffer: bytes, header: Header) -> list[HeaderElement]:
    """Every element before the pixel data, those of the meta group first.

    :param buffer: the beginning of a file
    :param header: what the ordinary reader has found there
    :raises NotWellFormed: when there are no pixel data in view, or something before them is odd
    """
    encoding = encodingOfSyntax(header.transferSyntaxUID)
    if (
        buffer[FIRST_ELEMENT - len(MAGIC) : FIRST_ELEMENT] != MAGIC
        or not 0 < header.pixelDataOffset <= len(buffer)
        or header.transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN
        or header.transferSyntaxUID != header.values.get(_TRANSFER_SYNTAX_UID)
        or not encoding.littleEndian
        or header.functionalGroups
        or header.note
    ):
        raise NotWellFormed
    elements = _metaElements(buffer, header)
    elements += _dataElements(buffer, elements[-1].end if elements else FIRST_ELEMENT, encoding, header)
    if len({element.number for element in elements}) < len(elements) or _hasOwnerOfTwoBlocks(elements, buffer, header):
        raise NotWellFormed
    return elements


def _hasOwnerOfTwoBlocks(elements: list[HeaderElement], buffer: bytes, header: Header) -> bool:
    """Whether two blocks of a group have one owner (PS3.5 7.8.1): one value is then looked for in two elements."""
    characterSet = header.values.get(_SPECIFIC_CHARACTER_SET, "").split("\\")
    owners = [
        (element.number >> 16, decodeValue(buffer[element.value : element.end], "LO", "<", characterSet).strip())
        for element in elements if isPrivateCreator(element.number) and element.number & 0xFFFF
    ]
    return len(set(owners)) < len(owners)


def _metaElements(buffer: bytes, header: Header) -> list[HeaderElement]:
    elements = []
    position = FIRST_ELEMENT
    while True:
        rawTag, vr, value, length = _metaHeader(buffer, position)
        if rawTag & 0xFFFF != _META_GROUP:
            return elements
        number = EXPLICIT_LITTLE.rawTag(rawTag)
        end = endOfValue(buffer, value, length, vr, EXPLICIT_LITTLE)
        isKept = f"{number >> 16:04X},{number & 0xFFFF:04X}" in header.values
        elements.append(HeaderElement(number, vr, position, value, end, length, isKept or vr not in SHORT_VRS))
        position = end


def _metaHeader(buffer: bytes, position: int) -> tuple[int, bytes, int, int]:
    """As :func:`elementHeader`; where the group ends the bytes need not be explicit little endian."""
    if buffer[position : position + 2] != b"\2\0":
        return 0, b"", position, 0
    return elementHeader(buffer, position, EXPLICIT_LITTLE)


def _dataElements(buffer: bytes, position: int, encoding: ElementEncoding, header: Header) -> list[HeaderElement]:
    if recognizedEncoding(buffer[position : position + 4096].ljust(12, b"\0"), encoding) != encoding:
        raise NotWellFormed
    elements: list[HeaderElement] = []
    while True:
        rawTag, vr, value, length = elementHeader(buffer, position, encoding)
        number = encoding.rawTag(rawTag)
        if number in PIXEL_DATA_TAGS:
            break
        isFirst = not elements
        isOdd = number >> 16 == _META_GROUP or number in _FUNCTIONAL_GROUPS or rawTag in encoding.delimiters
        if isOdd or (isFirst and length > _LONGEST_FIRST_VALUE):
            raise NotWellFormed
        end = endOfValue(buffer, value, length, vr, encoding)
        isFixed = isFirst or number in _FIXED or isPrivateCreator(number)
        elements.append(HeaderElement(number, vr, position, value, end, length, isFixed))
        position = end
    if value != header.pixelDataOffset:
        raise NotWellFormed
    return elements
