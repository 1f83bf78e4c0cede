"""The copies of one batch: several files at a time, each of exactly the bytes that its row describes."""

from __future__ import annotations

import os
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace

from ..Errors import CancelledError, FileError
from ..Files.FileTimes import modifiedTimeOf
from ..Files.Header import Header
from ..Files.HeaderScanner import scanFile
from ..Progress import Progress
from .Durability import diskFull, freeBytes
from .Identity import reasonToSkip
from .Placement import Action, Placement
from .StoredHeader import SOP_INSTANCE_UID
from .StoreSession import StagedFile, StoreSession

# Two copy, and the others wait for the disk to have what was copied: a journal takes many files in one go, and the
# busier the machine is the longer that lasts.
_THREADS = 32
_CHANGED = "it changed while it was copied"
# How exactly file systems tell when something changed; two seconds is FAT's.
_CLOCK_NANOSECONDS = 2_000_000_000


class BatchCopies:
    """Keeps the copies it has made, so that none is made again when the batch is decided anew.

    :param extraTags: as for ``HeaderScanner.scanFile``
    :param begun: when the import began to read headers, in nanoseconds since the epoch
    """

    def __init__(self, session: StoreSession, extraTags: tuple[str, ...], begun: int, progress: Progress):
        self.session = session
        self._extraTags = extraTags
        self._begun = begun
        self._progress = progress
        self._made: dict[bytes, tuple[Header, StagedFile]] = {}
        self._failed = threading.Event()

    def make(self, placements: list[Placement]) -> dict[int, StagedFile]:
        """Copies by position in the batch. A file that cannot be copied is skipped, one that changed is read again.

        :raises CancelledError: when the progress is cancelled
        :raises DatabaseError: when the disk is full, or cannot be written
        """
        wanted = [placement for placement in placements if placement.copy]
        missing = [placement for placement in wanted if placement.header.readablePath not in self._made]
        self._requireRoom(missing)
        self._run(missing)
        self._again(missing)
        return self._byPosition(placements)

    def _run(self, placements: list[Placement]) -> None:
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="copy") as pool:
            futures = [pool.submit(self._makeOne, placement) for placement in placements]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                for future in futures:
                    if future.done():
                        future.result()
            finally:
                self._failed.set()
                pool.shutdown(wait=True, cancel_futures=True)
                self._failed.clear()

    def _again(self, placements: list[Placement]) -> None:
        """Files that have just been written to may be written to still: those that were are copied once more."""
        changed = [placement for placement in placements if placement.copy and self._hasChangedSince(placement)]
        for placement in changed:
            self.session.discard(self._made.pop(placement.header.readablePath)[1])
        if changed:
            self._run(changed)
        for placement in changed:
            if placement.copy and self._hasChangedSince(placement):
                self.session.discard(self._made.pop(placement.header.readablePath)[1])
                placement.action, placement.reason, placement.copy = Action.SKIP, _CHANGED, False

    def _hasChangedSince(self, placement: Placement) -> bool:
        path = placement.header.readablePath
        _, copy = self._made[path]
        if not self._isRecent(copy):
            return False
        try:
            status = os.stat(path)
        except OSError:
            return False  # the copy is what there was
        return (status.st_size, modifiedTimeOf(status)) != (copy.sourceSize, copy.sourceModifiedTime)

    def _isRecent(self, copy: StagedFile) -> bool:
        """Whether the original may have changed since this import has begun."""
        return copy.sourceChangeTime > self._begun - _CLOCK_NANOSECONDS

    def forget(self) -> None:
        """The copies have been published and taken back: they have to be made again."""
        self._made.clear()

    def raiseIfCancelled(self) -> None:
        """Whether the copy of a file should go on; for the session.

        :raises CancelledError: after a cancel, and when another copy of the batch has failed
        """
        self._progress.raiseIfCancelled()
        if self._failed.is_set():
            raise CancelledError()

    def _byPosition(self, placements: list[Placement]) -> dict[int, StagedFile]:
        copies = {}
        for position, placement in enumerate(placements):
            if placement.copy:
                placement.header, copies[position] = self._made[placement.header.readablePath]
        return copies

    def _requireRoom(self, placements: list[Placement]) -> None:
        needed = sum(placement.header.fileSize for placement in placements)
        free = freeBytes(self.session.folder)
        if free is not None and needed > free:
            raise diskFull(self.session.folder, self.session.bytesNeeded())

    def _makeOne(self, placement: Placement) -> None:
        try:
            made = self._copied(placement.header)
        except FileError as error:
            placement.action, placement.reason, placement.copy = Action.SKIP, error.what, False
        else:
            self._made[placement.header.readablePath] = made

    def _copied(self, header: Header) -> tuple[Header, StagedFile]:
        """A file that changes while it is copied is read again once."""
        for _ in range(2):
            copy = self.session.stage(header.readablePath, self)
            if copy.isWhole and (copy.sourceSize, copy.sourceModifiedTime) == (header.fileSize, header.modifiedTime):
                if self._isRecent(copy):
                    header = self._headerNow(header, copy)
                return header, copy
            self.session.discard(copy)
            header = self._headerNow(header, None)
        raise FileError(_CHANGED, header.path)

    def _headerNow(self, header: Header, copy: StagedFile | None) -> Header:
        """The header of the copy, which holds what the row has to describe; or of the original.

        :raises FileError: when it is another object, or none
        """
        path = header.readablePath if copy is None else copy.part
        again = scanFile(path, self._extraTags)
        if again.value(SOP_INSTANCE_UID) != header.value(SOP_INSTANCE_UID) or reasonToSkip(again):
            raise FileError(_CHANGED, header.path)
        size, modifiedTime = again.fileSize, again.modifiedTime
        if copy is not None:
            size, modifiedTime = copy.sourceSize, copy.sourceModifiedTime
        return replace(
            again, path=header.path, contentsPath=header.contentsPath, fileSize=size, modifiedTime=modifiedTime
        )
