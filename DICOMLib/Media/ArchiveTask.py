"""What the helper process does with an archive: it sends the members that are DICOM, and says what the others are.

Messages to the program (see ``Workers.Messages``); names are text with undecodable bytes as surrogates:

- ``listing``: members, bytes (as stated); zip only
- ``member``: name, length, last; the bytes follow. A member of several pieces has ``member``, then ``piece``…
- ``drop``: name, text; the member whose pieces were sent so far turned out to be bad
- ``skip``: name, text: a member that is not sent
- ``sign``: position: how far the archive was read
- ``done``, or ``failed``: text
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..Files.ElementEncoding import looksLikeBareDataSet
from ..Workers.Messages import writeMessage
from .ArchiveKinds import BEGINNING_SIZE, archiveKind, unsupportedArchiveKind
from .ArchiveLimits import (
    MAX_DEPTH,
    MAX_NAME_BYTES,
    MAX_PATH_BYTES,
    PIECE_SIZE,
    SECONDS_BETWEEN_SIGNS,
)
from .ArchiveMember import ArchiveProblem, Member, MemberProblem
from .BoundedInflate import TOO_MUCH, InflatedStream, expandsTooMuch
from .TarMembers import TarMembers
from .ZipMembers import ZipMembers

# What is looked at to tell what a member is.
_LOOK_SIZE = 4096
_LONGEST_NAME_SHOWN = 120
NOT_DICOM = "not a DICOM file"
EMPTY = "an empty file"
NESTED = "an archive inside an archive; take it out and import it by itself"


class ArchiveTask:
    """Sends one archive.

    :param stream: open for reading
    :param name: of the file, for the member of an archive that names none
    :param output: where messages go
    """

    def __init__(self, stream: BinaryIO, name: bytes, output: BinaryIO):
        self._stream = _SigningFile(stream, output)
        self._size = os.fstat(stream.fileno()).st_size
        self._name = name
        self._output = output
        self._produced = 0

    def run(self) -> None:
        """Send everything, the last message included."""
        try:
            for member in self._members():
                self._sendMember(member)
        except ArchiveProblem as problem:
            writeMessage(self._output, {"kind": "failed", "text": str(problem)})
        except OSError as error:
            writeMessage(self._output, {"kind": "failed", "text": f"it cannot be read: {error.strerror}"})
        except MemoryError:
            writeMessage(self._output, {"kind": "failed", "text": "unpacking it needs more memory than is allowed"})
        else:
            writeMessage(self._output, {"kind": "done"})

    def _members(self) -> Iterable[Member]:
        kind = archiveKind(self._stream.read(BEGINNING_SIZE))
        self._stream.seek(0)
        if kind == "zip":
            members = ZipMembers(self._stream, self._size)
            listing = {"kind": "listing", "members": members.count, "bytes": members.totalSize}
            writeMessage(self._output, listing)
            return members
        if kind == "tar":
            return TarMembers(self._stream)
        if kind in ("gzip", "bzip2", "xz"):
            return self._membersOfStream(kind)
        raise ArchiveProblem("it is no archive")

    def _membersOfStream(self, kind: str) -> Iterator[Member]:
        inflated = _Peeked(InflatedStream(self._stream, kind))
        if archiveKind(inflated.beginning) == "tar":
            yield from TarMembers(inflated)
        else:
            name = self._name
            for ending in (b".gz", b".bz2", b".xz"):
                name = name[: -len(ending)] if name.lower().endswith(ending) else name
            yield Member(name, blocks=inflated.blocks())

    def _sendMember(self, member: Member) -> None:
        name = os.fsdecode(shownName(member.name))
        problem = member.problem or nameProblem(member.name)
        sent = 0
        try:
            if not problem:
                pieces = self._pieces(member)
                first = next(pieces, (b"", True))
                problem = contentsProblem(first[0])
            if problem:
                writeMessage(self._output, {"kind": "skip", "name": name, "text": problem})
                return
            self._sendPiece("member", name, *first)
            sent = 1
            for piece, isLast in pieces:
                self._sendPiece("piece", name, piece, isLast)
        except MemberProblem as error:
            writeMessage(self._output, {"kind": "drop" if sent else "skip", "name": name, "text": str(error)})
        except ArchiveProblem as error:
            writeMessage(self._output, {"kind": "drop" if sent else "skip", "name": name, "text": str(error)})
            raise

    def _sendPiece(self, kind: str, name: str, piece: bytes, isLast: bool) -> None:
        header = {"kind": kind, "name": name, "length": len(piece), "last": isLast, "position": self._stream.tell()}
        writeMessage(self._output, header, memoryview(piece))

    def _pieces(self, member: Member) -> Iterator[tuple[bytes, bool]]:
        """The contents in pieces of ``PIECE_SIZE``, and whether each is the last; an empty member has none."""
        waiting = bytearray()
        for block in member.blocks:
            self._count(len(block))
            waiting += block
            if len(waiting) > PIECE_SIZE:
                yield bytes(waiting[:PIECE_SIZE]), False
                del waiting[:PIECE_SIZE]
        if waiting:
            yield bytes(waiting), True

    def _count(self, produced: int) -> None:
        self._produced += produced
        if expandsTooMuch(self._produced, self._size):
            raise ArchiveProblem(TOO_MUCH)


class _SigningFile:
    """A file that tells the program how far it was read, so that the program sees that something happens."""

    def __init__(self, stream: BinaryIO, output: BinaryIO):
        self._file = stream
        self._output = output
        self._lastSign = time.monotonic()
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, count: int) -> bytes:
        """As a file's."""
        now = time.monotonic()
        if now - self._lastSign > SECONDS_BETWEEN_SIGNS:
            self._lastSign = now
            writeMessage(self._output, {"kind": "sign", "position": self._file.tell()})
        return self._file.read(count)


class _Peeked:
    """A stream whose beginning was looked at."""

    def __init__(self, stream: InflatedStream):
        self._stream = stream
        self._waiting = b""
        while len(self._waiting) < BEGINNING_SIZE and (more := stream.read(_LOOK_SIZE)):
            self._waiting += more
        self.beginning = self._waiting

    def read(self, count: int) -> bytes:
        """Up to ``count`` bytes."""
        if not self._waiting:
            return self._stream.read(count)
        data, self._waiting = self._waiting[:count], self._waiting[count:]
        return data

    def blocks(self) -> Iterator[bytes]:
        """All of it."""
        while data := self.read(PIECE_SIZE):
            yield data


def contentsProblem(beginning: bytes) -> str:
    """Why a member that begins so is not sent; "" for one that looks like DICOM."""
    if not beginning:
        return EMPTY
    if beginning[128:132] == b"DICM" or looksLikeBareDataSet(beginning[:_LOOK_SIZE]):
        return ""
    isArchive = archiveKind(beginning[:BEGINNING_SIZE]) or unsupportedArchiveKind(beginning)
    return NESTED if isArchive else NOT_DICOM


def nameProblem(name: bytes) -> str:
    """What is wrong with a member's name as a label; "" when nothing is. Where it would lead does not matter."""
    parts = name.replace(b"\\", b"/").split(b"/")
    if not name.strip(b"/\\"):
        return "it has no name"
    if len(name) > MAX_PATH_BYTES or max(map(len, parts)) > MAX_NAME_BYTES:
        return f"its name is longer than {MAX_NAME_BYTES} bytes"
    if len([part for part in parts if part]) > MAX_DEPTH:
        return f"it lies more than {MAX_DEPTH} folders deep"
    return ""


def shownName(name: bytes) -> bytes:
    """A name of bearable length."""
    return name if len(name) <= MAX_PATH_BYTES else name[:_LONGEST_NAME_SHOWN] + b"..."
