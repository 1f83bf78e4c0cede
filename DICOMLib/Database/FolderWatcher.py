"""Imports what is put into the watched folders, once it is complete, one folder after the other in one thread.

Folders are asked again and again (see FolderPoll.py): notifications of the operating system do not reach programs
across a network, and a look costs little.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..Errors import DatabaseClosedError, DICOMError
from ..Progress import Progress
from .FolderPoll import StoppedError
from .FolderWatch import OFF, STARTING, FolderState, FolderWatch
from .ImportReport import ImportReport
from .Indexer import DICOMIndexer
from .LeftOut import leftOut
from .Observers import Observers
from .WatchedFolders import WatchedFolder, WatchedFolders

SETTLE_SECONDS = 5.0
STOP_SECONDS = 0.5
# How soon to ask for the turn again that somebody else has.
SECONDS_UNTIL_NEXT_TURN = 1.0
# After a failure of the database the next attempt waits, twice as long each time.
RETRY_SECONDS = (5.0, 600.0)
LONGEST_SLEEP_SECONDS = 5.0
IDLE_SECONDS = 2.0


@dataclass(frozen=True)
class WatchEvent:
    """What happened in a watched folder.

    :ivar folder: its path; b"" when it concerns all
    :ivar report: of an import that added, updated or refused something; None otherwise
    :ivar error: why an import was not possible; it is told once and tried again later
    """

    folder: bytes = b""
    report: ImportReport | None = None
    error: Exception | None = None


class FolderWatcher:
    """Watches the folders of one database, as the list in the database says at the time.

    :param folders: gives the folders to watch instead of the database's own list
    :param clock: monotonic seconds, replaceable in tests, which then call :meth:`step` themselves
    :param settleSeconds: how long size and time of a file have to stay the same until it counts as finished
    :param makeProgress: gives the progress object of each import
    :param archivesInFolders: whether zip and tar archives are unpacked; otherwise they are named as left out
    """

    def __init__(
        self, database, folders: Callable[[], Iterable[WatchedFolder]] | None = None,
        clock: Callable[[], float] = time.monotonic, settleSeconds: float = SETTLE_SECONDS,
        makeProgress: Callable[[], Progress] = Progress, archivesInFolders: Callable[[], bool] = lambda: False,
    ):
        self._database = database
        self._folders = folders or WatchedFolders(database).folders
        self._clock = clock
        self._settleSeconds = settleSeconds
        self._makeProgress = makeProgress
        self._archivesInFolders = archivesInFolders
        self._watches: dict[bytes, FolderWatch] = {}
        self._others: list[WatchedFolder] = []
        self._databaseFilename = ""
        self._hasReadList = False
        self._observers: Observers[WatchEvent] = Observers()
        self._thread: threading.Thread | None = None
        self._threadLock = threading.Lock()  # held while it is decided whether the thread goes on
        self._stopping, self._woken = threading.Event(), threading.Event()
        self._progress: Progress | None = None
        self._retryAt, self._retryDelay, self._failure = float("-inf"), RETRY_SECONDS[0], ""

    def start(self) -> None:
        """Watch in a thread of its own until :meth:`stop`; again does no harm.

        A thread that has not yet ended since, because a disk does not answer, goes on: there are never two.
        """
        with self._threadLock:
            self._stopping.clear()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="folder watcher", daemon=True)
                self._thread.start()

    def stop(self, timeoutSeconds: float = STOP_SECONDS) -> bool:
        """End the thread; an import that is running keeps what it has committed.

        :returns: whether it has ended in time; if not, as when a network disk does not answer, it ends by itself later
        """
        self._stopping.set()
        self._woken.set()
        progress = self._progress
        if progress is not None:
            progress.cancel()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeoutSeconds)
            return not thread.is_alive()
        return True

    @property
    def isRunning(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def isImporting(self) -> bool:
        """Whether an import is going on just now."""
        return self._progress is not None

    @property
    def isIdle(self) -> bool:
        """Whether each folder was looked at, or found missing, and nothing is waiting."""
        looked = all(state.state != STARTING for state in self.states())
        return self._hasReadList and looked and not self.isWaiting and not self.isImporting

    @property
    def isWaiting(self) -> bool:
        """Whether a file has been seen that is not yet imported or refused."""
        return any(watch.isWaiting for watch in list(self._watches.values()))

    def lookNow(self) -> None:
        """Look at every file of every folder at once; the list of folders is read again too."""
        for watch in list(self._watches.values()):
            watch.lookSoon()
        self._woken.set()

    def addObserver(self, callback: Callable[[WatchEvent], None]) -> int:
        """``callback(event)`` is called on the watcher's thread after every look and every import.

        :returns: a token for :meth:`removeObserver`
        """
        return self._observers.add(callback)

    def removeObserver(self, token: int) -> None:
        """Stop notifying; unknown tokens are ignored."""
        self._observers.remove(token)

    def states(self) -> list[FolderState]:
        """How each folder is, those switched off too; any thread may ask."""
        off = [FolderState(folder.path, folder.copyFiles, False, OFF) for folder in self._others]
        return [watch.state() for watch in list(self._watches.values())] + off

    def step(self) -> float:
        """Look where it is time to look, and import what is finished.

        :returns: seconds until the next step is worth while
        """
        try:
            self._readList()
            for watch in list(self._watches.values()):
                watch.lookIfDue()
            for watch in list(self._watches.values()):
                self._importFinished(watch)
            self._observers.tell(WatchEvent())
        except (DatabaseClosedError, StoppedError):
            return IDLE_SECONDS
        except DICOMError as error:
            self._postpone(error)
        return self._secondsToNextStep()

    def _run(self) -> None:
        while self._goesOn():
            try:
                delay = self.step()
            except Exception as error:  # noqa: BLE001 - a thread has no caller to raise to: the observers are told instead
                self._postpone(error)
                delay = RETRY_SECONDS[0]
            self._woken.wait(min(LONGEST_SLEEP_SECONDS, delay))
            self._woken.clear()

    def _goesOn(self) -> bool:
        with self._threadLock:
            if self._stopping.is_set():
                self._thread = None
            return self._thread is not None

    def _readList(self) -> None:
        if self._database.databaseFilename != self._databaseFilename:
            self._databaseFilename = self._database.databaseFilename
            self._watches.clear()
        listed = [] if not self._database.isOpen or self._database.readOnly else list(self._folders())
        enabled = {folder.path: folder for folder in listed if folder.enabled}
        for path in self._watches.keys() - enabled.keys():
            del self._watches[path]
        for path, folder in enabled.items():
            if path not in self._watches:
                self._watches[path] = FolderWatch(
                    folder, self._database.ownFolders(), self._clock, self._settleSeconds, self._stopping.is_set
                )
            self._watches[path].folder = folder
        self._others = [folder for folder in listed if not folder.enabled]
        self._hasReadList = True

    def _importFinished(self, watch: FolderWatch) -> None:
        """:raises DICOMError: when nothing can be imported at the moment"""
        if self._clock() < self._retryAt:
            return
        files = watch.finishedFiles()
        if not files:
            return
        self._progress = progress = self._makeProgress()
        try:
            with self._database.importTurns.spare(progress) as hasTurn:
                if not hasTurn or self._stopping.is_set():
                    self._retryAt = self._clock() + SECONDS_UNTIL_NEXT_TURN
                    return
                report = self._import(files, watch.folder.copyFiles, progress)
        finally:
            self._progress = None
        self._retryDelay, self._failure = RETRY_SECONDS[0], ""
        self._take(watch, files, report)

    def _import(self, files: list[bytes], copyFiles: bool, progress: Progress) -> ImportReport:
        reasons = leftOut(files, self._archivesInFolders())
        wanted = [path for path in files if path not in reasons]
        report = ImportReport()
        if wanted:
            report = DICOMIndexer(self._database).importPaths(wanted, copyFiles=copyFiles, progress=progress)
        for path, reason in reasons.items():
            if reason:
                report.addSkipped(path, reason)
        return report

    def _take(self, watch: FolderWatch, files: list[bytes], report: ImportReport) -> None:
        changed = report.instancesAdded + report.instancesUpdated
        watch.instancesImported += changed
        if report.cancelled:  # the rest has its turn later; what is in is found unchanged then
            report = replace(report, skipped=[])
            self._retryAt = self._clock() + SECONDS_UNTIL_NEXT_TURN
        else:
            told = set(watch.done(files, {entry.path for entry in report.skipped}))
            vanished = set(files) - told
            report.skipped = [entry for entry in report.skipped if entry.path not in vanished]
        if changed or report.skipped or report.notes:
            self._observers.tell(WatchEvent(watch.folder.path, report))

    def _postpone(self, error: Exception) -> None:
        self._retryAt = self._clock() + self._retryDelay
        self._retryDelay = min(RETRY_SECONDS[1], 2 * self._retryDelay)
        if str(error) != self._failure:
            self._failure = str(error)
            self._observers.tell(WatchEvent(error=error))

    def _secondsToNextStep(self) -> float:
        now = self._clock()
        seconds = min((watch.secondsToNext() for watch in self._watches.values()), default=IDLE_SECONDS)
        blocked = self.isWaiting and now < self._retryAt
        return max(seconds, self._retryAt - now) if blocked and seconds <= 0 else seconds
