"""One watched folder: which of its files are finished and wait to be imported, and when to look again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from .FolderPoll import FolderPoll, Signature
from .WatchedFolders import WatchedFolder

# Looking takes at most this part of the time, so that a large or slow folder keeps neither processor nor server busy.
PART_SPENT_LOOKING = 0.02
PART_SPENT_IN_FULL_LOOKS = 0.005
LOOK_SECONDS = (2.0, 600.0)
FULL_LOOK_SECONDS = (60.0, 3600.0)
MISSING_FOLDER_SECONDS = 5.0

WATCHING, MISSING, UNREADABLE, OFF, STARTING = (
    "watching", "folder not found", "cannot be read", "off", "not looked at yet",
)  # fmt: skip


@dataclass(frozen=True)
class FolderState:
    """What can be said of a watched folder.

    :ivar state: ``WATCHING``, ``MISSING``, ``UNREADABLE``, ``OFF`` or ``STARTING``
    :ivar lastLook: seconds since the epoch; 0 before the first look
    :ivar filesSeen: files there at the last look
    :ivar filesWaiting: files not yet finished, or finished and waiting for their turn
    :ivar instancesImported: objects that came in, or were updated, since the program was started
    :ivar filesRefused: files that could not be imported since then
    """

    path: bytes
    copyFiles: bool
    enabled: bool
    state: str
    lastLook: float = 0.0
    filesSeen: int = 0
    filesWaiting: int = 0
    instancesImported: int = 0
    filesRefused: int = 0


class FolderWatch:
    """Keeps what is known of one folder between two looks. One thread uses it.

    :param clock: monotonic seconds
    :param settleSeconds: how long size and time of a file have to stay the same until it counts as finished
    """

    def __init__(
        self, folder: WatchedFolder, excluded: Collection[bytes], clock: Callable[[], float], settleSeconds: float,
        shouldStop: Callable[[], bool],
    ):
        self.folder = folder
        self._clock = clock
        self._settleSeconds = settleSeconds
        self._poll = FolderPoll(folder.path, excluded, clock, shouldStop)
        self._waiting: dict[bytes, tuple[Signature, float]] = {}
        self._refused: dict[bytes, Signature] = {}
        self._unreadable: set[bytes] = set()
        self._nextLook = self._nextFullLook = float("-inf")
        self._state, self._lastLook = STARTING, 0.0
        self.instancesImported = 0

    def lookSoon(self) -> None:
        """Look at every file at the next occasion."""
        self._nextLook = self._nextFullLook = float("-inf")

    def lookIfDue(self) -> None:
        """Look for new and changed files if it is time. :raises StoppedError: when it was to stop"""
        started = self._clock()
        if started < self._nextLook:
            return
        full = started >= self._nextFullLook
        try:
            self._look(full)
        except OSError as error:
            gone = isinstance(error, FileNotFoundError | NotADirectoryError)
            self._state = MISSING if gone else UNREADABLE
            self._nextLook = self._clock() + MISSING_FOLDER_SECONDS
            self._nextFullLook = float("-inf")
            return
        self._state, self._lastLook = WATCHING, time.time()
        now = self._clock()
        self._nextLook = now + _between(LOOK_SECONDS, (now - started) / PART_SPENT_LOOKING)
        if full:
            self._nextFullLook = now + _between(FULL_LOOK_SECONDS, (now - started) / PART_SPENT_IN_FULL_LOOKS)

    def finishedFiles(self) -> list[bytes]:
        """Files whose size and time have not changed for long enough. They stay waiting until :meth:`done`."""
        now = self._clock()
        finished = []
        for path, (signature, since) in list(self._waiting.items()):
            if now - since < self._settleSeconds:
                continue
            current = _signatureOf(path)
            if current is None:
                del self._waiting[path]
            elif current == signature:
                finished.append(path)
            else:
                self._waiting[path] = (current, now)
        return finished

    def done(self, files: Iterable[bytes], skipped: Collection[bytes]) -> list[bytes]:
        """These were imported, but for those that were skipped, which are not tried again until they change.

        :returns: the skipped files that are worth telling: those that have not vanished meanwhile
        """
        told = []
        for path in files:
            signature, _ = self._waiting.pop(path, (None, 0.0))
            if path not in skipped or not os.path.lexists(path):
                continue
            told.append(path)
            if os.access(path, os.R_OK):
                self._refused[path] = signature
            else:
                self._unreadable.add(path)
        return told

    def secondsToNext(self) -> float:
        """Until there is something to do."""
        now = self._clock()
        moments = [self._nextLook, *(since + self._settleSeconds for _, since in self._waiting.values())]
        return max(0.0, min(moments) - now)

    @property
    def isWaiting(self) -> bool:
        """Whether a file has been seen that is not yet imported or refused."""
        return bool(self._waiting)

    def state(self) -> FolderState:
        """How it is now; may be asked from any thread."""
        folder = self.folder
        return FolderState(
            folder.path, folder.copyFiles, folder.enabled, self._state if folder.enabled else OFF, self._lastLook,
            self._poll.fileCount, len(self._waiting), self.instancesImported,
            len(self._refused) + len(self._unreadable),
        )  # fmt: skip

    def _look(self, full: bool) -> None:
        if full:
            self._tryUnreadableAgain()
        now = self._clock()
        for entry in self._poll.look(full):
            signature = (entry.size, entry.modifiedTime)
            if entry.path in self._unreadable or self._refused.get(entry.path) == signature:
                continue
            self._refused.pop(entry.path, None)
            if self._waiting.get(entry.path, (None, now))[0] != signature:
                self._waiting[entry.path] = (signature, now)

    def _tryUnreadableAgain(self) -> None:
        for path in [path for path in self._unreadable if os.access(path, os.R_OK) or not os.path.lexists(path)]:
            self._unreadable.discard(path)
            self._poll.forget(path)


def _between(limits: tuple[float, float], seconds: float) -> float:
    return min(limits[1], max(limits[0], seconds))


def _signatureOf(path: bytes) -> Signature | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns)
