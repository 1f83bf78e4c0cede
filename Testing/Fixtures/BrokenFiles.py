"""Files that are not what they claim to be: what a reader must refuse, or survive, with one clear sentence."""

from __future__ import annotations

import struct

from .Encoding import encodeDataset
from .SeriesBuilder import SeriesBuilder

EXPLICIT_LITTLE_ENDIAN = b"1.2.840.10008.1.2.1\0"
IMPLICIT_LITTLE_ENDIAN = b"1.2.840.10008.1.2\0"
DEFLATED = b"1.2.840.10008.1.2.1.99"
UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM = b"\xfe\xff\x00\xe0"
ITEM_END = b"\xfe\xff\x0d\xe0" + bytes(4)
SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)


def validFile(**changes: object) -> bytes:
    """The bytes of one good CT slice (keyword arguments as for `SeriesBuilder`)."""
    return SeriesBuilder(**{"slices": 1, **changes}).encoded()[0]


def emptyFile() -> bytes:
    """No bytes at all."""
    return b""


def notDICOM() -> bytes:
    """Plain text, long enough to have something where "DICM" would be.

    >>> b"DICM" in notDICOM()
    False
    """
    return b"This is a reading list, not an image.\r\n" * 40


def truncated(contents: bytes, n: int) -> bytes:
    """The first `n` bytes, or all but the last `-n` where `n` is negative (a copy that was cut short).

    >>> len(truncated(bytes(300), 200)), len(truncated(bytes(300), -10))
    (200, 290)
    """
    return contents[:n]


def noPreamble() -> bytes:
    """A good file that begins at group 0002."""
    return encodeDataset(SeriesBuilder(slices=1).datasets()[0], preamble=False)


def noMeta(transferSyntax: str = "1.2.840.10008.1.2") -> bytes:
    """A good data set with neither preamble nor group 0002 (implicit little endian unless told otherwise)."""
    return encodeDataset(SeriesBuilder(slices=1).datasets()[0], transferSyntax, meta=False)


def deeplyNested(depth: int = 5000, definedLength: bool = False) -> bytes:
    """An explicit little endian file with sequences `depth` deep (0040,A730): a recursive reader overflows its stack.

    With `definedLength` the lengths are stated (the file then grows by 20 bytes a level).

    >>> deeplyNested(3).count(b"SQ")
    3
    """
    header = struct.pack("<HH2sH", 0x0040, 0xA730, b"SQ", 0)
    if not definedLength:
        opening = header + struct.pack("<I", UNDEFINED_LENGTH) + ITEM + struct.pack("<I", UNDEFINED_LENGTH)
        return part10() + identification() + opening * depth + (ITEM_END + SEQUENCE_END) * depth
    # Level n (from the inside) holds n - 1 levels of 20 bytes each: its item that many, its sequence 8 more.
    levels = [header + struct.pack("<I", 20 * inside + 8) + ITEM + struct.pack("<I", 20 * inside)
              for inside in range(depth - 1, -1, -1)]
    return part10() + identification() + b"".join(levels)


def giantLengthClaim(length: int = 0xFFFFFFF0, tag: tuple[int, int] = (0x7FE0, 0x0010)) -> bytes:
    """A small file whose last element claims `length` bytes: nothing of that size may be allocated.

    >>> len(giantLengthClaim()) < 1000
    True
    """
    claim = struct.pack("<HH2sHI", *tag, b"OW", 0, length)
    return part10() + identification() + claim + bytes(16)


def giantTextClaim(length: int = 0xFFF0) -> bytes:
    """A file whose PatientName claims more bytes than follow."""
    return part10() + identification() + struct.pack("<HH2sH", 0x0010, 0x0010, b"PN", length) + b"Short^Name"


def unknownValueRepresentation() -> bytes:
    """A file with an element whose VR, "ZZ", does not exist."""
    return part10() + identification() + struct.pack("<HH2sH", 0x0010, 0x0010, b"ZZ", 4) + b"Name"


def inflateBomb(megabytes: int = 64) -> bytes:
    """A deflated file of a few kilobytes that inflates to `megabytes` MB of one private element."""
    import zlib

    size = megabytes << 20
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    beginning = compressor.compress(identification() + struct.pack("<HH2sHI", 0x0011, 0x1010, b"OB", 0, size))
    beginning += compressor.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing depends on what was before: the same bytes serve for every megabyte.
    megabyte = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return part10(DEFLATED) + beginning + megabyte * megabytes + compressor.flush()


def part10(transferSyntax: bytes = EXPLICIT_LITTLE_ENDIAN) -> bytes:
    """Preamble, "DICM" and a file meta group for a CT image (PS3.10 section 7.1)."""
    elements = (
        struct.pack("<HH2sHI", 0x0002, 0x0001, b"OB", 0, 2) + b"\0\1"
        + shortElement(0x0002, 0x0002, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0")
        + shortElement(0x0002, 0x0003, b"UI", b"2.25.1234")
        + shortElement(0x0002, 0x0010, b"UI", transferSyntax)
        + shortElement(0x0002, 0x0012, b"UI", b"2.25.4321")
    )
    return bytes(128) + b"DICM" + shortElement(0x0002, 0x0000, b"UL", struct.pack("<I", len(elements))) + elements


def identification() -> bytes:
    """The least a database wants, in explicit little endian: class, instance, modality (in tag order)."""
    return (shortElement(0x0008, 0x0016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0")
            + shortElement(0x0008, 0x0018, b"UI", b"2.25.1234")
            + shortElement(0x0008, 0x0060, b"CS", b"CT"))


def shortElement(group: int, element: int, vr: bytes, value: bytes) -> bytes:
    """An explicit little endian element with a 16-bit length; the value is padded to an even length."""
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    return struct.pack("<HH2sH", group, element, vr, len(value)) + value
