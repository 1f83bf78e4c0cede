"""Programs that import into one database copy in turns, so that none copies what another is just adding.

This saves work and keeps nothing together: whoever does not get the turn in time goes on without it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..Progress import Progress
from .Durability import makePrivateFolder, nothingNeeded, storeErrors
from .FileLock import FileLock
from .StoreSession import INCOMING

# Long enough for a batch on a slow disk. A program that was stopped in the middle of one must not hold up the others.
PATIENCE_SECONDS = 20.0
_SECONDS_BETWEEN_LOOKS = 0.02


class CopyTurns:
    """Of one import. Two locks make it fair: who waits for the turn keeps others from coming before. The locks are on
    folders of the store, so that nothing is left of them.

    A batch may be begun while the one before is still being written; both then have the same turn.

    :param storeFolder: of the store that is copied to
    """

    def __init__(self, storeFolder: Path, patience: float = PATIENCE_SECONDS):
        self._folder = storeFolder / INCOMING
        self._patience = patience
        self._queue, self._turn = FileLock(self._folder.parent, isFolder=True), FileLock(self._folder, isFolder=True)
        self._batches = 0
        self._lock = threading.Lock()

    def isWantedElsewhere(self) -> bool:
        """Whether another program is waiting for its turn."""
        if os.name == "nt" or not self._folder.is_dir():
            return False
        isFree = self._queue.tryAcquire()
        self._queue.release()
        return not isFree and self._queue.isHeldElsewhere

    @contextmanager
    def taken(self, progress: Progress, needed: Callable[[], int] = nothingNeeded) -> Iterator[bool]:
        """Wait for the turn. :returns: whether it is ours; else the next ones are not waited for either

        :param needed: how many bytes are still to be written, asked for the message on a full disk
        :raises CancelledError: when the progress is cancelled while waiting
        :raises DatabaseError: when nothing can be written
        """
        with self._lock:
            self._batches += 1
            hasTurn = self._turn.isHeld
        try:
            if not hasTurn:
                hasTurn = self._wait(progress, needed)
            yield hasTurn
        finally:
            with self._lock:
                self._batches -= 1
                if not self._batches:
                    self._turn.release()

    def _wait(self, progress: Progress, needed: Callable[[], int]) -> bool:
        with storeErrors(self._folder, needed):
            deadline = time.monotonic() + self._patience
            try:
                hasTurn = all(self._acquire(lock, deadline, progress) for lock in (self._queue, self._turn))
            finally:
                self._queue.release()
        if not hasTurn:
            self._patience = 0.0
        return hasTurn

    def _acquire(self, lock: FileLock, deadline: float, progress: Progress) -> bool:
        makePrivateFolder(self._folder)
        while os.name != "nt" and not lock.tryAcquire():
            if time.monotonic() > deadline or not lock.isHeldElsewhere:
                return False
            progress.report(progress.done, text="Waiting for another program that is importing into this database")
            progress.raiseIfCancelled()
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            makePrivateFolder(self._folder)  # who had the turn may have taken the empty folders away
        return os.name != "nt"  # where folders cannot be locked
