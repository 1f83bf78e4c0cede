"""A DICOMDIR compared with the folder it lies in (PS3.10 8.6): it is a hint, and never says which files are opened.

The folder is searched as any other, so nothing unlisted is lost and nothing listed elsewhere is touched. What the
DICOMDIR promises and the folder does not hold is reported by name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..Errors import UnreadableFileError, displayPath
from .DirectoryRecords import DirectoryListing, DirectoryRecord, readDirectory

# More sentences help nobody; one more then tells how many there are.
MAX_FINDINGS = 10_000
_LONGEST_NAME_SHOWN = 200

# What a folder of imported files holds: name → SOPInstanceUID.
KnownInstances = Callable[[bytes], Mapping[bytes, str]]


@dataclass(frozen=True)
class DirectoryFinding:
    """Something the DICOMDIR says that is not so.

    :ivar path: the file it says it of, or the DICOMDIR itself
    :ivar isMissing: whether a listed file did not come in for it
    """

    path: bytes
    reason: str
    isMissing: bool


@dataclass
class DirectoryComparison:
    """What came of it.

    :ivar listed: how many files it lists
    """

    listed: int
    findings: list[DirectoryFinding]


def compareDirectory(path: bytes, knownInstances: KnownInstances, followLinks: bool = False) -> DirectoryComparison:
    """Compare a DICOMDIR with its folder, after the folder was imported. No file but the DICOMDIR is opened.

    :param knownInstances: gives the imported files of a folder
    :param followLinks: whether the import followed symbolic links
    """
    try:
        listing = readDirectory(path)
    except UnreadableFileError as error:
        return DirectoryComparison(0, [DirectoryFinding(path, f"{error.what} ({error.value})", isMissing=False)])
    comparison = _Comparison(path, knownInstances, followLinks)
    findings: list[DirectoryFinding] = []
    left = 0
    for finding in comparison.findings(listing):
        if len(findings) < MAX_FINDINGS:
            findings.append(finding)
        else:
            left += 1
    if left:
        findings.append(DirectoryFinding(path, f"it has {left:,} more records that are wrong", isMissing=False))
    return DirectoryComparison(sum(1 for record in listing.records if record.fileID), findings)


_NO_SUCH_FILE = "the DICOMDIR lists it, and there is no such file"
# Records that lead deeper are wrong: real media have at most eight levels (PS3.10 8.2).
_MAX_DEPTH = 64


class _NotThere(Exception):
    """A listed file cannot be had: why, and whether its record is to blame instead of the folder."""

    def __init__(self, reason: str, isOfRecord: bool = False):
        super().__init__(reason)
        self.isOfRecord = isOfRecord


class _Comparison:
    def __init__(self, path: bytes, knownInstances: KnownInstances, followLinks: bool):
        self._path = path
        self._root = os.path.dirname(path)
        self._realRoot = os.path.realpath(self._root)
        self._knownInstances = knownInstances
        self._followLinks = followLinks
        self._folders: dict[bytes, dict[bytes, bytes]] = {}
        self._resolved: dict[tuple[bytes, ...], bytes] = {}
        self._known: dict[bytes, Mapping[bytes, str]] = {}

    def findings(self, listing: DirectoryListing) -> Iterator[DirectoryFinding]:
        """All there are, record by record."""
        for problem in listing.problems:
            yield DirectoryFinding(self._path, problem, isMissing=False)
        for record in listing.records:
            if record.fileID:
                yield from self._ofRecord(record)

    def _ofRecord(self, record: DirectoryRecord) -> Iterator[DirectoryFinding]:
        try:
            path = self._resolve(record)
        except _NotThere as problem:
            place = self._path if problem.isOfRecord else os.path.join(self._root, *record.fileID)
            yield DirectoryFinding(place, str(problem), isMissing=True)
            return
        known = self._sopInstanceUIDOf(path)
        if known and record.sopInstanceUID and known != record.sopInstanceUID:
            reason = "the DICOMDIR lists it as another object (SOPInstanceUID); what the file itself says was taken"
            yield DirectoryFinding(path, reason, isMissing=False)

    def _sopInstanceUIDOf(self, path: bytes) -> str:
        folder, name = os.path.split(path)
        if folder not in self._known:
            self._known[folder] = self._knownInstances(folder)
        return self._known[folder].get(name, "")

    def _resolve(self, record: DirectoryRecord) -> bytes:
        """Where the file of a record is, found by looking through the folders from the root down."""
        name = _shown(record.fileID)
        if len(record.fileID) > _MAX_DEPTH or not all(map(_isPlain, record.fileID)):
            raise _NotThere(
                f"its record at byte {record.offset:,} names a file outside of the medium ({name});"
                " it was not opened", isOfRecord=True)
        folder = self._folderOf(record, record.fileID[:-1], name)
        path = self._step(record, folder, record.fileID[-1], name)
        if os.path.isdir(path):
            raise _NotThere("the DICOMDIR lists it as a file, and it is a folder")
        return path

    def _folderOf(self, record: DirectoryRecord, parts: tuple[bytes, ...], name: str) -> bytes:
        if not parts:
            return self._root
        found = self._resolved.get(parts)
        if found is None:
            found = self._step(record, self._folderOf(record, parts[:-1], name), parts[-1], name)
            if not os.path.isdir(found):
                raise _NotThere(_NO_SUCH_FILE)
            self._resolved[parts] = found
        return found

    def _step(self, record: DirectoryRecord, folder: bytes, part: bytes, name: str) -> bytes:
        """One component further down."""
        actual = self._entryNamed(folder, part)
        if actual is None:
            raise _NotThere(_NO_SUCH_FILE)
        path = os.path.join(folder, actual)
        if os.path.islink(path):
            self._checkLink(path, record, name)
        return path

    def _checkLink(self, path: bytes, record: DirectoryRecord, name: str) -> None:
        if not self._isInside(path):
            raise _NotThere(
                f"its record at byte {record.offset:,} leads out of the medium through a symbolic link ({name});"
                " it was not opened", isOfRecord=True)
        if not self._followLinks:
            raise _NotThere("the DICOMDIR lists it, and it is reached by a symbolic link; links are not followed")

    def _isInside(self, path: bytes) -> bool:
        real = os.path.realpath(path)
        return real == self._realRoot or real.startswith(self._realRoot.rstrip(b"/\\") + os.fsencode(os.sep))

    def _entryNamed(self, folder: bytes, name: bytes) -> bytes | None:
        """The entry that a component stands for: the one of this name, else one that differs as media are written on
        different systems (ISO 9660: case, version number, closing dot)."""
        names = self._folders.get(folder)
        if names is None:
            try:
                names = {_comparable(entry): entry for entry in sorted(os.listdir(folder), reverse=True)}
            except OSError:
                names = {}
            self._folders[folder] = names
        found = names.get(_comparable(name))
        if found is not None and found != name and os.path.lexists(os.path.join(folder, name)):
            return name
        return found


def _isPlain(part: bytes) -> bool:
    """Whether a component names an entry of a folder and nothing else: no way up, no root, no drive."""
    return part not in (b"", b".", b"..") and b"\0" not in part and b":" not in part


def _comparable(name: bytes) -> bytes:
    base, semicolon, version = name.partition(b";")
    return (base if semicolon and version.isdigit() else name).rstrip(b".").lower()


def _shown(fileID: tuple[bytes, ...]) -> str:
    text = displayPath(b"\\".join(fileID))
    return text if len(text) <= _LONGEST_NAME_SHOWN else text[:_LONGEST_NAME_SHOWN] + "…"
