"""The four ways the elements of a data set are written (PS3.5 7.1 and A), and how to tell them from the bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from ..TransferSyntaxes import (
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    GE_PRIVATE_IMPLICIT,
    IMPLICIT_LITTLE_ENDIAN,
)

# VRs whose length takes 32 bits after two reserved bytes (PS3.5 7.1.2); all others have a length of 16 bits.
LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
SHORT_VRS = frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS",
     b"ST", b"TM", b"UI", b"UL", b"US")
)
UNDEFINED_LENGTH = 0xFFFFFFFF

# Tags without VR that structure sequences and encapsulated pixel data (PS3.5 7.5).
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD

# A first element with a value longer than this is a misread one: group 0008 begins with short values.
_LONGEST_FIRST_VALUE = 1024
# The groups a data set may begin with (PS3.3; 0008 in all composite objects, lower ones in messages and directories).
_FIRST_GROUPS = frozenset((0x0002, 0x0004, 0x0008))


@dataclass(frozen=True)
class ElementEncoding:
    """How tags, VRs and lengths are laid out.

    Tags are compared in the form in which one ``struct`` call reads them (four bytes as one number), so that the walk
    over a header does no arithmetic for elements nobody wants.
    """

    explicit: bool
    littleEndian: bool
    element: struct.Struct = field(init=False, repr=False)
    """Explicit: tag, VR, 16-bit length. Implicit: tag, 32-bit length."""
    length: struct.Struct = field(init=False, repr=False)
    item: struct.Struct = field(init=False, repr=False)
    """Tag and 32-bit length, as items have in every encoding."""
    delimiters: frozenset[int] = field(init=False, repr=False)
    """Item, item end and sequence end, as :attr:`element` reads their tags."""

    def __post_init__(self):
        order = "<" if self.littleEndian else ">"
        object.__setattr__(self, "element", struct.Struct(order + ("I2sH" if self.explicit else "II")))
        object.__setattr__(self, "length", struct.Struct(order + "I"))
        object.__setattr__(self, "item", struct.Struct(order + "II"))
        object.__setattr__(self, "delimiters", frozenset(map(self.rawTag, (ITEM, ITEM_END, SEQUENCE_END))))

    def rawTag(self, number: int) -> int:
        """A tag number (group in the upper half) as :attr:`element` reads it; its own inverse."""
        return (number & 0xFFFF) << 16 | number >> 16 if self.littleEndian else number

    @property
    def order(self) -> str:
        """Byte order as ``struct`` writes it."""
        return "<" if self.littleEndian else ">"


EXPLICIT_LITTLE = ElementEncoding(explicit=True, littleEndian=True)
IMPLICIT_LITTLE = ElementEncoding(explicit=False, littleEndian=True)
EXPLICIT_BIG = ElementEncoding(explicit=True, littleEndian=False)
_ALL = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)
_SYNTAX_OF = {
    EXPLICIT_LITTLE: EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE: IMPLICIT_LITTLE_ENDIAN,
    EXPLICIT_BIG: EXPLICIT_BIG_ENDIAN,
}


def encodingOfSyntax(transferSyntaxUID: str) -> ElementEncoding | None:
    """How a transfer syntax writes its elements; None for an empty UID. Compressed ones are all explicit little."""
    if transferSyntaxUID in (IMPLICIT_LITTLE_ENDIAN, GE_PRIVATE_IMPLICIT):
        return IMPLICIT_LITTLE
    if transferSyntaxUID == EXPLICIT_BIG_ENDIAN:
        return EXPLICIT_BIG
    return EXPLICIT_LITTLE if transferSyntaxUID else None


def syntaxOfEncoding(encoding: ElementEncoding) -> str:
    """The uncompressed transfer syntax that writes elements this way."""
    return _SYNTAX_OF[encoding]


def recognizedEncoding(beginning: bytes, declared: ElementEncoding | None) -> ElementEncoding | None:
    """The encoding that the first element of a data set is written in: the declared one if it fits, else the one that
    does; None when the bytes are no data set."""
    candidates = [declared, *_ALL] if declared else list(_ALL)
    for encoding in candidates:
        if _looksLikeElement(beginning, encoding):
            return encoding
    return None


def looksLikeBareDataSet(beginning: bytes) -> bool:
    """Whether bytes without preamble and meta group are a data set: two elements in ascending order, the first of
    group 0008 (or a meta group without preamble)."""
    for encoding in _ALL:
        first = _elementAt(beginning, 0, encoding)
        if first is None or first[0] >> 16 not in _FIRST_GROUPS or first[2] > _LONGEST_FIRST_VALUE:
            continue
        second = _elementAt(beginning, first[1] + first[2], encoding)
        if second is not None and second[0] > first[0] and second[0] >> 16 <= 0x0010:
            return True
    return False


def _looksLikeElement(beginning: bytes, encoding: ElementEncoding) -> bool:
    found = _elementAt(beginning, 0, encoding)
    if found is None:
        return False
    _, start, length = found
    return length == UNDEFINED_LENGTH or length <= max(_LONGEST_FIRST_VALUE, len(beginning) - start)


def _elementAt(data: bytes, position: int, encoding: ElementEncoding) -> tuple[int, int, int] | None:
    """Tag number, start and length of the value; None when no element of this encoding can be there."""
    if position + 12 > len(data):
        return None
    if not encoding.explicit:
        rawTag, length = encoding.element.unpack_from(data, position)
        if data[position + 4 : position + 6] in LONG_VRS | SHORT_VRS:
            return None  # two letters that are a VR: the length would be absurd
        return encoding.rawTag(rawTag), position + 8, length
    rawTag, vr, length = encoding.element.unpack_from(data, position)
    if vr in SHORT_VRS:
        return encoding.rawTag(rawTag), position + 8, length
    if vr in LONG_VRS:
        return encoding.rawTag(rawTag), position + 12, encoding.length.unpack_from(data, position + 8)[0]
    return None
