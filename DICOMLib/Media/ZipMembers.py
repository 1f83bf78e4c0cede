"""The members of a zip archive, read in helper and worker processes; elsewhere only the list of one just written here.

The list at the archive's end is read by our own code instead of the standard library's: one bad entry then costs one
member and not the archive, overlapping members are seen before anything is unpacked, names stay bytes, and half a
million members take little memory. Format: APPNOTE 6.3, with zip64.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from .ArchiveLimits import MAX_MEMBERS, MAX_ZIP_DIRECTORY_SIZE
from .ArchiveMember import ArchiveProblem, Member, MemberDamage, MemberProblem
from .BoundedInflate import DAMAGED_STREAM, TOO_MUCH, expandsTooMuch, newStep

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_READ_SIZE = 64 << 10

_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UNICODE = 0x800
_METHODS = {0: "stored", 8: "deflate", 12: "bzip2"}
_METHOD_NAMES = {9: "Deflate64", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES"}
_UNIX = 3
# APPNOTE 4.5.7: two times and two owners, behind them the file that a link is to, or the numbers of a device.
_OF_UNIX, _UNIX_TIMES = 0x000D, 12


class ZipEntry(NamedTuple):
    """What the list of members says of one."""

    offset: int
    compressedSize: int
    size: int
    checksum: int
    flags: int
    method: int
    mode: int
    name: bytes
    isLinked: bool = False

    @property
    def isFolder(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith((b"/", b"\\")) and not self.size

    @property
    def isUnicode(self) -> bool:
        """Whether its name is said to be UTF-8."""
        return bool(self.flags & _UNICODE)


class _Directory(NamedTuple):
    """Where the list of members is. ``shift``: bytes that were put before the archive (self-extracting ones)."""

    start: int
    size: int
    shift: int


class ZipContents:
    """What is in members of which the list says where they are.

    :param stream: the file, open for reading in any order
    :param shift: bytes that were put before the archive

    :ivar shift: those
    """

    def __init__(self, stream: BinaryIO, shift: int = 0):
        self._stream = stream
        self.shift = shift

    def blocks(self, entry: ZipEntry) -> Iterator[bytes]:
        """The contents of a member for which :func:`problemOf` says nothing.

        :raises MemberProblem: when they are not what the list says, or expand too much
        :raises MemberDamage: when they are no longer what was put in
        """
        position = self._startOf(entry)
        checksum, produced = 0, 0
        for block in self._inflated(entry, position):
            produced += len(block)
            if produced > entry.size:
                raise MemberProblem(f"it holds more than the {entry.size:,} bytes that the archive states")
            checksum = zlib.crc32(block, checksum)
            yield block
        if produced < entry.size:
            raise MemberProblem(f"it holds {produced:,} bytes, and the archive states {entry.size:,}")
        if checksum != entry.checksum:
            raise MemberDamage("its checksum is wrong: the archive is damaged")

    def _startOf(self, entry: ZipEntry) -> int:
        header = self._readAt(entry.offset + self.shift, _LOCAL.size + len(entry.name))
        if len(header) < _LOCAL.size + len(entry.name) or not header.startswith(b"PK\x03\x04"):
            raise MemberProblem("the archive is damaged: it is not where the list says")
        fields = _LOCAL.unpack_from(header)
        if header[_LOCAL.size :] != entry.name or fields[9] != len(entry.name):
            raise MemberProblem("the archive names it differently in two places")
        return entry.offset + self.shift + _LOCAL.size + fields[9] + fields[10]

    def _inflated(self, entry: ZipEntry, position: int) -> Iterator[bytes]:
        left = entry.compressedSize
        method = _METHODS[entry.method]
        step = None if method == "stored" else newStep(method)
        consumed = produced = 0
        while True:
            data = b""
            if step is None or step.needsInput:
                data = self._readAt(position + consumed, min(_READ_SIZE, left))
                consumed += len(data)
                left -= len(data)
            block = data if step is None else _decompressed(step, data)
            produced += len(block)
            if expandsTooMuch(produced, consumed):
                raise MemberProblem(TOO_MUCH)
            if block:
                yield block
            if (step is not None and step.eof) or not (block or data):
                return

    def _readAt(self, position: int, count: int) -> bytes:
        self._stream.seek(position)
        return self._stream.read(count)


class ZipMembers(ZipContents):
    """Iterates over the members, in the order of their bytes in the file.

    :param stream: the file, open for reading in any order
    :param size: of the file
    :param mostMembers: with more it is refused before its list is read; default: MAX_MEMBERS

    :ivar entries: all of them, folders included, in the order of their bytes
    :ivar count: members, folders left out
    :ivar totalSize: what their contents take, as stated
    :raises ArchiveProblem: when the list of members cannot be read, or members overlap
    """

    def __init__(self, stream: BinaryIO, size: int, mostMembers: int | None = None):
        super().__init__(stream)
        self._size = size
        self._mostMembers = MAX_MEMBERS if mostMembers is None else mostMembers
        directory = self._findDirectory()
        self.shift = directory.shift
        self.entries = sorted(self._readDirectory(directory), key=lambda entry: entry.offset)
        self._refuseOverlaps(self.entries, directory.start)
        self._entries = [entry for entry in self.entries if not entry.isFolder]
        self.count = len(self._entries)
        self.totalSize = sum(entry.size for entry in self._entries)

    def __iter__(self) -> Iterator[Member]:
        for entry in self._entries:
            problem = problemOf(entry)
            blocks = iter(()) if problem else self.blocks(entry)
            yield Member(entry.name, entry.size, problem, blocks)

    # The list of members

    def _findDirectory(self) -> _Directory:
        start = max(0, self._size - _END.size - _LONGEST_COMMENT)
        ending = self._readAt(start, self._size - start)
        at = ending.rfind(b"PK\x05\x06")
        if at < 0 or at + _END.size > len(ending):
            raise ArchiveProblem("it ends too early: the list of its members is missing")
        _, disk, firstDisk, _, count, size, offset, _ = _END.unpack_from(ending, at)
        position = start + at
        position, disk, firstDisk, count, size, offset = self._zip64End(position) or (
            position, disk, firstDisk, count, size, offset)
        if disk or firstDisk:
            raise ArchiveProblem("it is one part of a divided archive; put the parts together first")
        if count > self._mostMembers or size > MAX_ZIP_DIRECTORY_SIZE:
            self._refuseMembers()
        shift = position - size - offset
        if shift < 0:
            raise ArchiveProblem("it is damaged: the list of its members is not where it says")
        return _Directory(position - size, size, shift)

    def _zip64End(self, position: int) -> tuple[int, int, int, int, int, int] | None:
        locator = self._readAt(max(0, position - _END64_LOCATOR.size), _END64_LOCATOR.size)
        if len(locator) < _END64_LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
            return None
        # It lies directly before its locator; where the locator says may be off by what was put before the archive.
        for at in (_END64_LOCATOR.unpack(locator)[2], position - _END64_LOCATOR.size - _END64.size):
            record = self._readAt(at, _END64.size) if 0 <= at < self._size else b""
            if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
                _, _, _, _, disk, firstDisk, _, count, size, offset = _END64.unpack(record)
                return at, disk, firstDisk, count, size, offset
        return None

    def _readDirectory(self, directory: _Directory) -> Iterator[ZipEntry]:
        data = self._readAt(directory.start, directory.size)
        position, count = 0, 0
        while position + _ENTRY.size <= len(data):
            fields = _ENTRY.unpack_from(data, position)
            if fields[0] != b"PK\x01\x02":
                break
            lengths = fields[10:13]
            nameAt = position + _ENTRY.size
            name = data[nameAt : nameAt + lengths[0]]
            extra = data[nameAt + lengths[0] : nameAt + lengths[0] + lengths[1]]
            position = nameAt + sum(lengths)
            count += 1
            if count > self._mostMembers:
                self._refuseMembers()
            yield _entryOf(fields, name, extra)
        if position != len(data):
            raise ArchiveProblem("it is damaged: the list of its members cannot be read")

    def _refuseMembers(self) -> None:
        raise ArchiveProblem(f"it has more than {self._mostMembers:,} members; unpack it and open the folder")

    def _refuseOverlaps(self, entries: list[ZipEntry], directoryStart: int) -> None:
        """No program writes members that share bytes; it takes a bomb, whose few bytes count many times."""
        end = 0
        for entry in entries:
            if entry.offset < end:
                raise ArchiveProblem("its members overlap, as in archives that are made to fill a disk")
            end = entry.offset + _LOCAL.size + len(entry.name) + entry.compressedSize
        if end + self.shift > directoryStart:
            raise ArchiveProblem("it is damaged: its members reach into the list of members")


def _decompressed(step, data: bytes) -> bytes:
    try:
        return step.decompress(data, _READ_SIZE)
    except (zlib.error, OSError, EOFError) as error:
        raise MemberDamage(DAMAGED_STREAM) from error


def _entryOf(fields: tuple, name: bytes, extra: bytes) -> ZipEntry:
    system, flags, method = fields[1] >> 8, fields[3], fields[4]
    checksum, compressedSize, size = fields[7:10]
    attributes, offset = fields[15], fields[16]
    if 0xFFFFFFFF in (size, compressedSize, offset):
        size, compressedSize, offset = _zip64Sizes(extra, size, compressedSize, offset)
    mode = attributes >> 16 if system == _UNIX else 0
    isLinked = any(kind == _OF_UNIX and len(value) > _UNIX_TIMES for kind, value in _extraFields(extra))
    return ZipEntry(offset, compressedSize, size, checksum, flags, method, mode, name, isLinked)


def _zip64Sizes(extra: bytes, *stated: int) -> list[int]:
    """Size, compressed size and offset; those that do not fit in 32 bits are in the extra field, in this order."""
    for kind, wide in _extraFields(extra):
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{len(wide) // 8}Q", wide))
            return [next(numbers, value) if value == 0xFFFFFFFF else value for value in stated]
    return list(stated)


def _extraFields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        yield kind, extra[position + 4 : position + 4 + length]
        position += 4 + length


def problemOf(entry: ZipEntry) -> str:
    """Why a member cannot be had; "" when it can."""
    if entry.mode and not stat.S_ISREG(entry.mode) and stat.S_IFMT(entry.mode):
        if stat.S_ISLNK(entry.mode):
            return "a symbolic link; links in archives are not followed"
        return "not a regular file"
    if entry.isLinked:
        return "another name of a file (a hard link), or a device; links in archives are not followed"
    if entry.flags & _ENCRYPTED or entry.method == 99:
        return "it is encrypted; unpack the archive yourself with its password"
    if entry.method not in _METHODS:
        name = _METHOD_NAMES.get(entry.method, f"method {entry.method}")
        return f"it is compressed in a way that is not read here ({name}); unpack the archive yourself"
    return ""
