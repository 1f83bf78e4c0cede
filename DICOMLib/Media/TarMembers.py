"""The members of a tar archive, read once from its beginning to its end. Runs in the helper process only.

Formats: the old one, POSIX ustar and pax, GNU (long names). Every block is read in its turn, so that a stream that is
being decompressed will do, and a damaged header is said to be one instead of being taken for the end.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO

from .ArchiveLimits import MAX_MEMBERS, MAX_TAR_EXTENSION_SIZE
from .ArchiveMember import ArchiveProblem, Member

_BLOCK = 512
_READ_SIZE = 64 << 10
_EMPTY_BLOCK = bytes(_BLOCK)
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link; links in archives are not followed",
    tarfile.LNKTYPE: "another name of a member (a hard link); links in archives are not followed",
    tarfile.CHRTYPE: "a device, not a file",
    tarfile.BLKTYPE: "a device, not a file",
    tarfile.FIFOTYPE: "a named pipe, not a file",
    tarfile.GNUTYPE_SPARSE: "a file with holes, written in a way that is not supported; unpack it yourself",
}
# Types whose size says something else than how many bytes follow.
_WITHOUT_CONTENTS = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE,
                     tarfile.DIRTYPE)


class TarMembers:
    """Iterates over the members.

    :param stream: has ``read(count)``, which may give fewer bytes than asked for
    """

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._position = 0
        self._left = 0  # of the present member, padding included
        self._longName = b""
        self._paxName = b""
        self._paxSize = -1

    def __iter__(self) -> Iterator[Member]:
        """:raises ArchiveProblem: when nothing more can be read"""
        count = 0
        while (header := self._nextHeader()) is not None:
            if self._readExtension(header):
                continue
            member = self._memberOf(header)
            if member is None:
                continue
            count += 1
            if count > MAX_MEMBERS:
                raise ArchiveProblem(f"it has more than {MAX_MEMBERS:,} members; unpack it and import the folder")
            yield member

    def _nextHeader(self) -> tarfile.TarInfo | None:
        """The next header; None at the end of the archive."""
        self._skipRest()
        start = self._position
        block = self._readExactly(_BLOCK, mayEnd=True)
        if not block or block == _EMPTY_BLOCK:
            return None
        damaged = ArchiveProblem(f"it is damaged at byte {start:,}; nothing after that can be read")
        try:
            header = tarfile.TarInfo.frombuf(block, "latin-1", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise damaged from error
        if header.size < 0:
            raise damaged
        return header

    def _readExtension(self, header: tarfile.TarInfo) -> bool:
        """Read a header that only says something about the one that follows."""
        if header.type not in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, *_PAX_TYPES):
            return False
        if header.size > MAX_TAR_EXTENSION_SIZE:
            raise ArchiveProblem(f"a name in it takes {header.size:,} bytes; nothing after that was read")
        contents = self._readExactly(header.size)
        self._left = -header.size % _BLOCK
        if header.type == tarfile.GNUTYPE_LONGNAME:
            self._longName = contents.rstrip(b"\0")
        elif header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            facts = _paxFacts(contents)
            self._paxName = facts.get(b"path", self._paxName)
            size = facts.get(b"size", b"")
            self._paxSize = int(size) if size.isdigit() and len(size) < 20 else self._paxSize
        return True

    def _memberOf(self, header: tarfile.TarInfo) -> Member | None:
        name = self._paxName or self._longName or header.name.encode("latin-1")
        size = self._paxSize if self._paxSize >= 0 else header.size
        self._longName = self._paxName = b""
        self._paxSize = -1
        if header.type in _WITHOUT_CONTENTS:
            size = 0
        self._left = size + -size % _BLOCK
        if header.type == tarfile.DIRTYPE or (header.type == tarfile.AREGTYPE and name.endswith(b"/")):
            return None
        if header.type not in _REGULAR:
            return Member(name, size, _KINDS.get(header.type, "neither a file nor a folder"))
        return Member(name, size, blocks=self._blocks(size))

    def _blocks(self, size: int) -> Iterator[bytes]:
        while size:
            data = self._stream.read(min(size, _READ_SIZE))
            if not data:
                raise ArchiveProblem("it ends too early; the last member in it is incomplete")
            self._took(len(data))
            size -= len(data)
            yield data

    def _skipRest(self) -> None:
        while self._left:
            data = self._stream.read(min(self._left, _READ_SIZE))
            if not data:
                raise ArchiveProblem("it ends too early; the last member in it is incomplete")
            self._took(len(data))

    def _took(self, count: int) -> None:
        self._left -= count
        self._position += count

    def _readExactly(self, count: int, mayEnd: bool = False) -> bytes:
        found = bytearray()
        while len(found) < count:
            data = self._stream.read(count - len(found))
            if not data:
                break
            found += data
        self._position += len(found)
        if len(found) < count and (found or not mayEnd):
            raise ArchiveProblem("it ends too early")
        return bytes(found)


_PAX_TYPES = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)


def _paxFacts(contents: bytes) -> dict[bytes, bytes]:
    """Keys and values of a pax header: lines of "length key=value", the length counting the whole line."""
    facts = {}
    position = 0
    while position < len(contents):
        length, space, _ = contents[position : position + 20].partition(b" ")
        if not space or not length.isdigit() or not int(length):
            break
        line = contents[position + len(length) + 1 : position + int(length) - 1]
        key, equals, value = line.partition(b"=")
        if equals:
            facts[key] = value
        position += int(length)
    return facts
