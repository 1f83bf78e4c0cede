"""DICOMDIRs written by hand, so that every record can be wrong in any way, and archives that programs do not write."""

import io
import struct
import zipfile
import zlib

from Testing.Fixtures.BrokenFiles import shortElement

MEDIA_STORAGE_DIRECTORY = b"1.2.840.10008.1.3.10\0"
_ITEM = b"\xfe\xff\x00\xe0"


def directoryFile(records, first=None, links=None, undefinedLength=False):
    """The bytes of a DICOMDIR (explicit little endian).

    :param records: (type, file ID as bytes or None, SOPInstanceUID or "")
    :param first: offset of the first record; default: that of the first one
    :param links: {number of a record: (next, lower)} as numbers of records, or as offsets where negative
    :returns: the file; each record's "next" is the following one unless told otherwise
    """
    meta = (shortElement(0x0002, 0x0002, b"UI", MEDIA_STORAGE_DIRECTORY)
            + shortElement(0x0002, 0x0003, b"UI", b"2.25.9")
            + shortElement(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1\0"))
    beginning = bytes(128) + b"DICM" + shortElement(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta))) + meta
    start = len(beginning) + 3 * 12 + 12 - 2  # two offsets of 12 bytes, a flag of 10, and the sequence's header
    offsets, position = [], start
    for kind, fileID, uid in records:
        offsets.append(position)
        position += len(_record(kind, fileID, uid, 0, 0, undefinedLength))
    items = []
    for number, (kind, fileID, uid) in enumerate(records):
        following = number + 1 if number + 1 < len(records) else None
        following, lower = (links or {}).get(number, (following, None))
        items.append(_record(kind, fileID, uid, _offset(following, offsets), _offset(lower, offsets), undefinedLength))
    items = b"".join(items)
    firstOffset = first if first is not None else (offsets[0] if offsets else 0)
    return (
        beginning + shortElement(0x0004, 0x1200, b"UL", struct.pack("<I", firstOffset))
        + shortElement(0x0004, 0x1202, b"UL", struct.pack("<I", 0))
        + shortElement(0x0004, 0x1212, b"US", struct.pack("<H", 0))
        + struct.pack("<HH2sHI", 0x0004, 0x1220, b"SQ", 0, len(items)) + items
    )


def _offset(number, offsets):
    if number is None:
        return 0
    return -number if number < 0 else offsets[number]


def _record(kind, fileID, uid, following, lower, undefinedLength):
    contents = (shortElement(0x0004, 0x1400, b"UL", struct.pack("<I", following))
                + shortElement(0x0004, 0x1410, b"US", struct.pack("<H", 0xFFFF))
                + shortElement(0x0004, 0x1420, b"UL", struct.pack("<I", lower))
                + shortElement(0x0004, 0x1430, b"CS", kind.encode()))
    if fileID is not None:
        contents += shortElement(0x0004, 0x1500, b"CS", fileID)
        contents += shortElement(0x0004, 0x1511, b"UI", uid.encode())
    contents += shortElement(0x0008, 0x0005, b"CS", b"ISO_IR 100")
    if kind == "PATIENT":
        contents += shortElement(0x0010, 0x0010, b"PN", b"Invented^Name")
    if undefinedLength:
        return _ITEM + b"\xff\xff\xff\xff" + contents + b"\xfe\xff\x0d\xe0" + bytes(4)
    return _ITEM + struct.pack("<I", len(contents)) + contents


def zipOf(members, method=zipfile.ZIP_DEFLATED):
    """The bytes of a zip archive. :param members: {name: contents} or pairs, which may repeat names"""
    stream = io.BytesIO()
    pairs = members.items() if isinstance(members, dict) else members
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, contents in pairs:
            archive.writestr(name, contents)
    return stream.getvalue()


def overlappingZip(kernel, count):
    """A zip whose members all name the same bytes: small, and large when unpacked (as by Fifield, in its simplest
    form)."""
    data = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = data.compress(kernel) + data.flush()
    checksum = zlib.crc32(kernel)
    sizes = checksum, len(packed), len(kernel), 1
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 0) + b"a" + packed
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, min(count, 65535), min(count, 65535), len(directory), len(local), 0)
    return local + directory + end
