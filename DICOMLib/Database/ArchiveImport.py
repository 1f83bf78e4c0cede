"""Files out of one archive, on their way into the database as copies.

A helper process unpacks; what it sends goes batch by batch to a folder of the database's own store, is read there like
any other file, and is gone when its batch was written. Names in the archive become labels and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..Files.FolderWalk import FileEntry
from ..Files.Header import Header
from ..Files.ParallelScan import scanFiles
from ..Media.ArchiveLimits import DISK_RESERVE
from ..Media.ArchiveTask import EMPTY, NOT_DICOM
from ..Media.MediaHelper import MediaHelper
from ..Progress import Progress
from ..Wording import sizeText
from .DatabasePart import DatabasePart
from .Durability import freeBytes, openPrivately, storeErrors
from .Identity import IS_DICOMDIR, reasonToSkip
from .ImportReport import ImportReport
from .StoreSession import StoreSession

# As for files that are copied: see Indexer.
BATCH_SIZE = 500
BATCH_BYTES = 64 << 20
IN_MEMORY_REASON = (
    "an archive; a database in memory keeps no copies: open a database in a folder, or unpack the archive"
)
# What need not be told a second time.
_HARMLESS = (NOT_DICOM, EMPTY, IS_DICOMDIR)


class ArchiveImport:
    """One archive.

    :param entry: the archive
    :param report: gets the members that are left out

    :ivar isWhole: whether all of it was read, and nothing left out that should have come in
    :ivar membersStated: how many files it has as far as it says; 0 when it does not
    :ivar membersDone: how many were looked at
    :ivar position: how many bytes of the archive were read
    """

    def __init__(
        self, database: DatabasePart, entry: FileEntry, extraTags: tuple[str, ...], report: ImportReport,
        progress: Progress,
    ):
        self._database = database
        self._entry = entry
        self._extraTags = extraTags
        self._report = report
        self._progress = progress
        self._labels: set[bytes] = set()
        self._complete = 0
        self.isWhole = True
        self.membersStated = 0
        self.membersDone = 0
        self.position = 0

    def batches(self) -> Iterator[list[Header]]:
        """Headers of members; their bytes are there until the next batch is asked for. Ends early after a cancel.

        An empty list only says that something was done.

        :raises DatabaseError: when the disk is full
        """
        task = {"task": "archive", "path": os.fsdecode(self._entry.path)}
        with self._database.store.newSession() as session, MediaHelper(task, self._progress) as helper:
            spool = _Spool(session, self._entry.modifiedTime)
            try:
                for message, contents in helper.messages():
                    stop = self._take(message, contents, spool)
                    if stop or spool.isFull:
                        yield self._headers(spool)
                        spool.empty()
                    if stop:
                        return
                    yield []
            finally:
                spool.empty()
        self.isWhole = False  # cancelled

    def text(self) -> str:
        """How far it is, in words."""
        name = os.fsdecode(os.path.basename(self._entry.path))
        return f"Unpacking {name}: {sizeText(self.position)} of {sizeText(self._entry.size)}"

    def _take(self, message: dict, contents: bytes, spool: _Spool) -> bool:
        """Deal with one message. :returns: whether it was the last"""
        kind, text = message.get("kind"), str(message.get("text", ""))
        self.position = _number(message, "position") or self.position
        if kind == "listing":
            self.membersStated = _number(message, "members")
            return self._refuses(_number(message, "bytes"))
        if kind in ("member", "piece"):
            isLast = message.get("last") is True
            if kind == "member":
                spool.begin(self._label(message))
                self.membersDone += 1
            spool.add(contents, isLast)
            self._complete += isLast
            return not isLast and self._refuses(0)
        if kind in ("skip", "drop"):
            if kind == "drop":
                spool.drop()
            else:
                self.membersDone += 1
            self._leaveOut(self._label(message) if kind == "skip" else spool.lastLabel, text)
        elif kind == "failed":
            self._fail(text)
        elif kind == "done":
            if not self._complete:
                self._leaveOut(self._entry.path, "an archive without DICOM files")
            return True
        elif kind != "sign":
            self._fail("the process that unpacks it cannot be understood")
        return kind not in ("skip", "drop", "sign")

    def _fail(self, text: str) -> None:
        self._leaveOut(self._entry.path, f"{text}; the members before that came in" if self._complete else text)

    def _refuses(self, size: int) -> bool:
        """Whether so many bytes more do not fit on the disk."""
        free = freeBytes(self._database.store.folder)
        if free is None or max(1, size) <= free - DISK_RESERVE:
            return False
        wanted = f"unpacking takes up to {sizeText(size)}" if size else "unpacking takes more than there is"
        usable = sizeText(max(0, free - DISK_RESERVE))
        self._fail(f"there is not enough room on the database's disk: {wanted}, and {usable} are free")
        return True

    def _headers(self, spool: _Spool) -> list[Header]:
        headers = []
        labels = dict(spool.files)
        for outcome in scanFiles(list(labels), self._extraTags, self._progress):
            label = labels[outcome.path]
            reason = outcome.reason or reasonToSkip(outcome.header)
            if reason:
                self._leaveOut(label, reason)
                continue
            outcome.header.path, outcome.header.contentsPath = label, outcome.path
            headers.append(outcome.header)
        return headers

    def _leaveOut(self, path: bytes, reason: str) -> None:
        self._report.addSkipped(path, reason)
        self.isWhole = self.isWhole and reason in _HARMLESS

    def _label(self, message: dict) -> bytes:
        """A name for the report and the database: below the archive, whatever the member is called, and used once."""
        name = os.fsencode(str(message.get("name", "")))
        parts = [part for part in name.replace(b"\\", b"/").replace(b"\0", b"_").split(b"/") if part not in (b"", b".")]
        parts = [b"__" if part == b".." else part for part in parts]
        label = first = b"/".join([self._entry.path, *(parts or [b"_"])])
        number = 1
        while label in self._labels:
            number += 1
            label = b"%s (%d)" % (first, number)
        self._labels.add(label)
        return label


class _Spool:
    """Members that have come out of the archive and not yet gone into the store.

    :ivar files: path → label, of complete members
    """

    def __init__(self, session: StoreSession, modifiedTime: int):
        self._session = session
        self._modifiedTime = modifiedTime
        self._writer: BinaryIO | None = None
        self._part = Path()
        self._size = 0
        self.lastLabel = b""
        self.files: dict[bytes, bytes] = {}

    @property
    def isFull(self) -> bool:
        """Whether the batch should be written."""
        return len(self.files) >= BATCH_SIZE or self._size >= BATCH_BYTES

    def begin(self, label: bytes) -> None:
        """A member comes."""
        self.drop()
        self.lastLabel = label
        self._part = self._session.newPart()
        with storeErrors(self._part):
            self._writer = open(self._part, "xb", buffering=0, opener=openPrivately)

    def add(self, contents: bytes, isLast: bool) -> None:
        """A piece of the member that comes."""
        if self._writer is None:
            return
        with storeErrors(self._part):
            view = memoryview(contents)
            while view:
                view = view[self._writer.write(view) :]
            self._size += len(contents)
            if isLast:
                self._writer.close()
                self._writer = None
                os.utime(self._part, ns=(self._modifiedTime, self._modifiedTime))
                self.files[os.fsencode(self._part)] = self.lastLabel

    def drop(self) -> None:
        """The member that was coming does not come."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._part.unlink(missing_ok=True)

    def empty(self) -> None:
        """The batch was written, or is not wanted."""
        self.drop()
        for path in self.files:
            Path(os.fsdecode(path)).unlink(missing_ok=True)
        self.files.clear()
        self._size = 0


def _number(message: dict, key: str) -> int:
    value = message.get(key)
    return value if isinstance(value, int) and value >= 0 else 0
