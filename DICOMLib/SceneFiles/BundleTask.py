"""Runs in a worker process: what is in a bundle, and its files out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy

from ..Errors import SceneFileError, UnreadableFileError
from ..Media.ArchiveMember import ArchiveProblem, MemberDamage, MemberProblem
from ..Media.ZipMembers import ZipContents, ZipEntry, ZipMembers
from ..Workers.Answers import bytesArray, plainArray
from .BlockFiles import pieceFiles
from .BundleEntries import BundleEntries, entryFrom, plainEntry
from .DetachedVoxels import voxelFiles
from .FilePart import FilePart, Place
from .Limits import MAX_MEMBERS
from .MemberNames import memberName
from .SceneTextTask import GET_AGAIN, describe, withCompanions

# Written between two words on how far it is.
NEWS_BYTES = 4 << 20
_BYTE = numpy.zeros(1, numpy.uint8)


class DamagedMemberError(SceneFileError):
    """The bytes of one file in a bundle are not those that were saved; the others may be."""


def lookThrough(path: str, offset: int, length: int | None) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Four answers, each with its name as ``part``: the "entries" of the bundle, and what its "text" says, both as
    JSON; the "elements" of the text as rows (``elementRows``), and the "thumbnail".

    :raises SceneFileError: when it is no bundle, is damaged, or holds what no bundle holds; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    :raises UnreadableFileError: when it cannot be read
    """
    place = Place(Path(path), offset, length)
    with FilePart(place) as part, _understood(part, place):
        members = ZipMembers(part, part.size, MAX_MEMBERS)
        files = BundleEntries(members.entries, place.path)
        entries = [plainEntry(entry) for entry in members.entries]
        yield {"part": "entries"}, plainArray({"size": part.size, "shift": members.shift, "entries": entries})

        def contents(name: str) -> bytes:
            return b"".join(_blocks(members, files.entries[name], name))

        facts, rows = describe(contents(files.sceneName))
        yield {"part": "text"}, plainArray(facts | {"named": _named(files, facts["files"], contents)})
        yield {"part": "elements"}, plainArray(rows)
        thumbnail = files.thumbnailName()
        yield {"part": "thumbnail"}, bytesArray(contents(thumbnail) if thumbnail else b"")


def _named(files: BundleEntries, names: list[str], contents) -> list[str]:
    """Files of a bundle that nodes of its scene name, with those that belong to them, as paths in the bundle."""
    found = (files.pathOf(path) for name in names for path in withCompanions(memberName(name)))
    named = [name for name in dict.fromkeys(found) if name in files.sizes and name != files.sceneName]
    beside = [*voxelFiles(named, files.sizes.__getitem__, contents),
              *pieceFiles(named, files.sizes.__getitem__, contents)]  # fmt: skip
    return list(dict.fromkeys(named + [name for name in beside if name in files.sizes]))


@contextmanager
def _understood(part: FilePart, place: Place) -> Iterator[None]:
    try:
        yield
    except ArchiveProblem as problem:
        if not part.size:
            raise SceneFileError("the file is empty", place.path, hint=GET_AGAIN) from problem
        part.seek(0)
        if part.read(2) != b"PK":
            raise SceneFileError("this is no scene bundle, which is a zip archive", place.path) from problem
        raise SceneFileError(f"the bundle cannot be opened: {problem}", place.path) from problem


def unpack(
    path: str, offset: int, length: int | None, shift: int, files: list[list], folder: str
) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Write files below a folder, in which theirs are already. Nobody else can read them.

    Yields ``done``, bytes that were written, now and then; ``damaged`` and ``problem`` for one that is damaged and not
    there; and ``done`` at the end.

    :param shift: bytes that the bundle has before its archive
    :param files: of each its path in the bundle, and what ``plainEntry`` says of it
    :raises SceneFileError: when one holds other than what the list of members says
    :raises UnreadableFileError: when one cannot be written
    """
    done = 0
    with FilePart(Place(Path(path), offset, length)) as part:
        members = ZipContents(part, shift)
        for number, (name, row) in enumerate(files):
            try:
                for count in _write(members, entryFrom(row), name, Path(folder, name)):
                    done += count
                    if done >= NEWS_BYTES:
                        yield {"done": done}, _BYTE
                        done = 0
            except DamagedMemberError as error:
                yield {"damaged": number, "problem": error.what}, _BYTE
    yield {"done": done}, _BYTE


def _write(members: ZipContents, entry: ZipEntry, name: str, target: Path) -> Iterator[int]:
    """:returns: bytes of one block after the other"""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(target, flags, 0o600), "wb", 1 << 20) as stream:
            for block in _blocks(members, entry, name):
                stream.write(block)
                yield len(block)
    except DamagedMemberError:
        target.unlink()
        raise
    except OSError as error:
        hint = "Make free space on the disk of the temporary folder"
        raise UnreadableFileError("a file of the bundle cannot be unpacked", name, error.strerror, hint) from error


def _blocks(members: ZipContents, entry: ZipEntry, name: str) -> Iterator[bytes]:
    try:
        yield from members.blocks(entry)
    except MemberProblem as problem:
        kind = DamagedMemberError if isinstance(problem, MemberDamage) else SceneFileError
        raise kind(f"“{name}” in the bundle cannot be read: {problem}") from problem
