"""What becomes of a scanned file: decided before anything is written, by rules that never mix two objects.

- A file with a new SOPInstanceUID is added.
- The file that the database has under this UID is replaced when it changed on the disk, and followed when it moved
  (when nothing is left where it was).
- Another file with the same UID is a duplicate: equal bytes change nothing, different ones are left out and reported.
- But a whole file takes the place of one that was cut short: it is what the user was asked to copy again.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from enum import Enum, auto

from ..Errors import displayPath
from ..Files.Header import Header
from ..Progress import Progress
from ..Tags import tagText
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, DatabasePart, inGroups, placeholders
from .StoredHeader import SOP_INSTANCE_UID

_SERIES_UID = tagText("SeriesInstanceUID")
_BLOCK_SIZE = 1 << 20


class Action(Enum):
    """What is done with a file."""

    ADD = auto()
    REPLACE = auto()
    UNCHANGED = auto()
    SKIP = auto()


@dataclass
class Placement:
    """What was decided for one file.

    :ivar copy: whether a copy of the file is kept
    :ivar reason: why it is skipped
    :ivar seriesKey: of the instance that stays as it is
    """

    header: Header
    action: Action
    copy: bool = False
    reason: str = ""
    seriesKey: int = 0


@dataclass(frozen=True)
class _Existing:
    path: bytes
    source: bytes | None
    isOwned: bool
    seriesKey: int
    seriesUID: str
    isTruncated: bool


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
            existing = self._existing(connection, [header.values[SOP_INSTANCE_UID] for header in headers])
        inBatch: dict[str, Placement] = {}
        placements = []
        for header in headers:
            progress.raiseIfCancelled()
            uid = header.values[SOP_INSTANCE_UID]
            if uid in inBatch:
                placements.append(self._besideNew(header, inBatch[uid]))
            elif uid in existing:
                placements.append(self._besideExisting(header, existing[uid]))
            else:
                placements.append(Placement(header, Action.ADD, copy=self._keepsCopyOf(header)))
            if placements[-1].action in (Action.ADD, Action.REPLACE):
                inBatch[uid] = placements[-1]
        return placements

    def _existing(self, connection: sqlite3.Connection, uids: list[str]) -> dict[str, _Existing]:
        found = {}
        for group in inGroups(uids):
            rows = connection.execute(
                f"SELECT {PATH_COLUMNS}, SOPInstanceUID, seriesKey, SeriesInstanceUID, truncated FROM {PATH_TABLES}"
                f" JOIN series ON series.id = seriesKey WHERE SOPInstanceUID IN ({placeholders(len(group))})",
                group,
            )
            for row in rows:
                source = None if row[0] is None else os.path.join(row[0], row[1])
                path, isOwned = self._database.pathOfRow(row), row[2] is not None
                found[row[3]] = _Existing(path, source, isOwned, row[4], row[5], isTruncated=row[6] != "")
        return found

    def _keepsCopyOf(self, header: Header) -> bool:
        """There is nothing to link to when a file came out of an archive."""
        return self._copyFiles or header.contentsPath != b""

    def _besideNew(self, header: Header, first: Placement) -> Placement:
        if haveEqualBytes(header.readablePath, first.header.readablePath):
            return Placement(header, Action.UNCHANGED)
        if first.header.truncated and not header.truncated:
            instead = Placement(header, first.action, first.copy)
            first.action, first.copy = Action.SKIP, False
            first.reason = f"it is incomplete, and {displayPath(header.path)} holds the same object whole"
            return instead
        return Placement(header, Action.SKIP, reason=_duplicateReason(first.header.path))

    def _besideExisting(self, header: Header, existing: _Existing) -> Placement:
        keepCopy = self._keepsCopyOf(header) or existing.isOwned
        isBetter = existing.isTruncated and not header.truncated
        isNextVersion = existing.source == header.path and not header.contentsPath
        if isBetter or isNextVersion or not os.path.exists(existing.path):
            return Placement(header, Action.REPLACE, copy=keepCopy)
        if haveEqualBytes(header.readablePath, existing.path):
            if self._copyFiles and not existing.isOwned:
                return Placement(header, Action.REPLACE, copy=True)
            return Placement(header, Action.UNCHANGED, seriesKey=existing.seriesKey)
        if existing.source == header.path:
            return Placement(header, Action.REPLACE, copy=keepCopy)
        reason = _duplicateReason(existing.path)
        if header.value(_SERIES_UID) != existing.seriesUID:
            reason += "; it is in another series"
        return Placement(header, Action.SKIP, reason=reason)


def _duplicateReason(path: bytes) -> str:
    return (
        f"its SOPInstanceUID belongs to {displayPath(path)} already, which has other contents; the first one is kept"
    )


def haveEqualBytes(first: bytes, second: bytes) -> bool:
    """Whether two files hold the same bytes; False when one cannot be read."""
    try:
        if os.path.samefile(first, second):
            return True
        if os.path.getsize(first) != os.path.getsize(second):
            return False
        with open(first, "rb", buffering=0) as left, open(second, "rb", buffering=0) as right:
            while True:
                block = left.read(_BLOCK_SIZE)
                if block != right.read(len(block) or 1):
                    return False
                if not block:
                    return True
    except OSError:
        return False
