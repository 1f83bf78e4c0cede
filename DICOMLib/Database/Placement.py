"""What becomes of a scanned file: decided before anything is written, by rules that never mix two objects.

- A file with a new SOPInstanceUID is added.
- The file that the database has under this UID is replaced when it changed on the disk, and followed when it moved
  (when nothing is left where it was).
- Another file with the same UID is a duplicate: equal bytes change nothing, different ones are left out and reported.
- A file that another program has just brought in, with the same size and time, is there already.
- But a whole file takes the place of one that was cut short: it is what the user was asked to copy again.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from ..Errors import UnreadableFileError, displayPath
from ..Files.Header import Header
from ..Progress import Progress
from ..Tags import tagText
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, DatabasePart, inGroups, placeholders
from .FileContents import haveEqualContents, keptDigest
from .StoredHeader import SOP_INSTANCE_UID

logger = logging.getLogger(__name__)

_SERIES_UID = tagText("SeriesInstanceUID")
# Enough of a SHA-256 to tell two files apart by eye.
_SHOWN_DIGITS = 12


class Action(Enum):
    """What is done with a file."""

    ADD = auto()
    REPLACE = auto()
    UNCHANGED = auto()
    SKIP = auto()


@dataclass(frozen=True)
class Existing:
    """What the database has under a file's SOPInstanceUID.

    :ivar path: of the file to read
    :ivar source: where it came from; None when that is another object's by now
    :ivar digest: of the copy; None for a link
    """

    path: bytes
    source: bytes | None
    digest: bytes | None
    seriesKey: int
    seriesUID: str
    isTruncated: bool
    fileSize: int
    modifiedTime: int

    @property
    def isOwned(self) -> bool:
        """Whether it is a copy."""
        return self.digest is not None

    def cameFrom(self, header: Header) -> bool:
        """Whether this very file, unchanged, was brought in."""
        known = (self.source, self.fileSize, self.modifiedTime)
        return known == (header.path, header.fileSize, header.modifiedTime)


@dataclass
class Placement:
    """What was decided for one file.

    :ivar copy: whether a copy of the file is kept
    :ivar reason: why it is skipped
    :ivar seriesKey: of the instance that stays as it is
    :ivar existing: what the decision rests on: what the database had then; None for nothing
    :ivar seen: the state of the database then, as far as it is cheap to tell
    """

    header: Header
    action: Action
    copy: bool = False
    reason: str = ""
    seriesKey: int = 0
    existing: Existing | None = None
    seen: tuple | None = field(default=None, repr=False, compare=False)


class PlacementRules:
    """Decides by the rules above.

    :param copyFiles: files are to be kept as copies, so that one only linked to so far is taken in. What is kept as a
        copy already stays a copy in any case
    """

    def __init__(self, database: DatabasePart, copyFiles: bool):
        self._database = database
        self._copyFiles = copyFiles

    def decide(self, headers: list[Header], progress: Progress) -> list[Placement]:
        """One placement for each header, in order.

        :raises CancelledError: when the progress is cancelled; comparing files may take long
        """
        with self._database.connections().reading() as connection:
            seen = _stateOf(connection)
            existing = self._existing(connection, [header.values[SOP_INSTANCE_UID] for header in headers])
        inBatch: dict[str, Placement] = {}
        placements = []
        for header in headers:
            progress.raiseIfCancelled()
            uid = header.values[SOP_INSTANCE_UID]
            if uid in inBatch:
                placements.append(self._besideNew(header, inBatch[uid], progress))
            elif uid in existing:
                placements.append(self._besideExisting(header, existing[uid], progress))
            else:
                placements.append(Placement(header, Action.ADD, copy=self._keepsCopyOf(header)))
            placements[-1].existing, placements[-1].seen = existing.get(uid), seen
            if placements[-1].action in (Action.ADD, Action.REPLACE):
                inBatch[uid] = placements[-1]
        return placements

    def stillHold(self, connection: sqlite3.Connection, placements: list[Placement]) -> bool:
        """Whether the database has what it had when the placements were decided.

        :param connection: in a write transaction, so that it stays so
        """
        state = _stateOf(connection)
        if all(placement.seen == state for placement in placements):
            return True
        before = {placement.header.values[SOP_INSTANCE_UID]: placement.existing for placement in placements}
        now = self._existing(connection, before)
        return all(now.get(uid) == existing for uid, existing in before.items())

    def _existing(self, connection: sqlite3.Connection, uids: Iterable[str]) -> dict[str, Existing]:
        found = {}
        for group in inGroups(uids):
            rows = connection.execute(
                f"SELECT {PATH_COLUMNS}, SOPInstanceUID, seriesKey, SeriesInstanceUID, truncated, fileSize,"
                f" modifiedTime FROM {PATH_TABLES} JOIN series ON series.id = seriesKey"
                f" WHERE SOPInstanceUID IN ({placeholders(len(group))})",
                group,
            )
            for row in rows:
                source = None if row[0] is None else os.path.join(row[0], row[1])
                path, isTruncated = self._database.pathOfRow(row), row[6] != ""
                found[row[3]] = Existing(path, source, row[2], row[4], row[5], isTruncated, row[7], row[8])
        return found

    def _keepsCopyOf(self, header: Header) -> bool:
        """There is nothing to link to when a file came out of an archive."""
        return self._copyFiles or header.contentsPath != b""

    def _besideNew(self, header: Header, first: Placement, progress: Progress) -> Placement:
        other = first.header.readablePath
        if haveEqualContents(header.readablePath, other, progress.raiseIfCancelled):
            return Placement(header, Action.UNCHANGED)
        if first.header.truncated and not header.truncated:
            instead = Placement(header, first.action, first.copy)
            first.action, first.copy = Action.SKIP, False
            first.reason = f"it is incomplete, and {displayPath(header.path)} holds the same object whole"
            return instead
        digests = _digests((other, None), (header.readablePath, None), progress=progress)
        return Placement(header, Action.SKIP, reason=_duplicateReason(first.header.path, digests))

    def _besideExisting(self, header: Header, existing: Existing, progress: Progress) -> Placement:
        keepCopy = self._keepsCopyOf(header) or existing.isOwned
        replacement = Placement(header, Action.REPLACE, copy=keepCopy)
        isBetter = existing.isTruncated and not header.truncated
        if isBetter or not os.path.exists(existing.path):
            return replacement
        takesIn = self._copyFiles and not existing.isOwned
        unchanged = replacement if takesIn else Placement(header, Action.UNCHANGED, seriesKey=existing.seriesKey)
        if not header.contentsPath and existing.source == header.path:
            return unchanged if existing.cameFrom(header) else replacement
        if haveEqualContents(header.readablePath, existing.path, progress.raiseIfCancelled):
            return unchanged
        if existing.source == header.path:
            return replacement
        digests = _digests((existing.path, existing.digest), (header.readablePath, None), progress=progress)
        reason = _duplicateReason(existing.path, digests)
        if header.value(_SERIES_UID) != existing.seriesUID:
            reason += "; it is in another series"
        return Placement(header, Action.SKIP, reason=reason)


def _stateOf(connection: sqlite3.Connection) -> tuple[sqlite3.Connection, int, int]:
    """Another one when anything was written meanwhile, by this connection or by others."""
    return connection, connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes


def _duplicateReason(path: bytes, digests: list[str]) -> str:
    """Which two contents claim to be one object, in words and in the log. Digests do not name a patient, as paths and
    identifiers may."""
    logger.info("two contents for one object: SHA-256 %s is kept, %s is left out", *digests)
    kept, leftOut = (digest[:_SHOWN_DIGITS] for digest in digests)
    return (
        f"its SOPInstanceUID belongs to {displayPath(path)} already, which has other contents; the first one is kept"
        f" (SHA-256 {kept}…, this one's is {leftOut}…)"
    )


def _digests(*files: tuple[bytes, bytes | None], progress: Progress) -> list[str]:
    """SHA-256 of paths, some of which are known."""
    found = []
    for path, digest in files:
        try:
            found.append((digest or keptDigest(path, progress.raiseIfCancelled)).hex())
        except UnreadableFileError:
            found.append("unreadable")
    return found
