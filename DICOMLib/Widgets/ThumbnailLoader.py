"""Brings pictures of series from the database, made where there are none yet, in the background."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtGui import QImage

from ..Database.Thumbnails import SeriesThumbnail
from ..Errors import CancelledError, DatabaseError
from ..Progress import Progress
from ..Workers.WorkerPool import WorkerPool
from .BackgroundJobs import JobRunner
from .ErrorReporting import ErrorReporter, errorSentence

# A picture that nobody waits for any more is finished if it takes no longer than this: ending a decoder costs as much.
PATIENCE_SECONDS = 0.5
# Pictures are written together, when nobody waits for others: each transaction waits for the disk.
MOST_IN_ONE_WRITE = 100
# Pictures kept in memory; some 20 KB each.
MOST_IN_MEMORY = 1500


class ThumbnailDatabase(Protocol):
    """What is asked of the database."""

    def thumbnailsForSeries(self, seriesUIDs: Iterable[str]) -> dict[str, SeriesThumbnail]: ...

    def makeThumbnail(self, seriesUID: str, workers: WorkerPool, progress: Progress) -> SeriesThumbnail: ...

    def keepThumbnails(self, thumbnails: Mapping[str, SeriesThumbnail]) -> None: ...

    def forgetFailedThumbnails(self) -> None: ...


@dataclass
class LoadedThumbnail:
    """A picture in memory.

    :ivar image: null for a series without images, and when it could not be made
    :ivar generation: when it was last compared with the database
    """

    source: SeriesThumbnail
    image: QImage = field(default_factory=QImage)
    generation: int = 0


class ThumbnailLoader(QObject):
    """One thread works off what is wanted, first things first; what is not wanted any more is left out.

    :param workers: decode what is compressed; a process of its own when none are given
    """

    arrived = Signal()
    """There are new pictures to ask :meth:`thumbnail` for."""

    _delivered = Signal(object, int)

    def __init__(
        self,
        database: ThumbnailDatabase,
        reporter: ErrorReporter,
        workers: WorkerPool | None = None,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._database, self._reporter = database, reporter
        self._ownWorkers = WorkerPool(size=1) if workers is None else None
        self._workers = workers or self._ownWorkers
        # A runner of its own: what it does is no news, and nobody waits for it.
        self._jobs = JobRunner(self)
        self._loaded: dict[str, LoadedThumbnail] = {}
        self._generation = 0
        self._lock = threading.Lock()  # for what follows: the thread reads and changes it too
        self._wanted: list[str] = []
        self._wantedGeneration = 0
        self._isWorking = self._isClosed = self._isToRetry = False
        self._current: tuple[str, Progress] | None = None
        self._delivered.connect(self._take, Qt.QueuedConnection)

    def thumbnail(self, seriesUID: str) -> LoadedThumbnail | None:
        """The picture of a series if it is here already."""
        return self._loaded.get(seriesUID)

    @property
    def isWorking(self) -> bool:
        """Whether pictures are being fetched, made or written."""
        with self._lock:
            return self._isWorking

    def want(self, seriesUIDs: Sequence[str]) -> None:
        """Bring the pictures of these series, in this order, and of no others; :attr:`arrived` follows."""
        missing = [uid for uid in seriesUIDs if not self._isUpToDate(uid)]
        with self._lock:
            self._wanted, self._wantedGeneration = missing, self._generation
            self._dropCurrent()
            if not missing or self._isWorking or self._isClosed:
                return
            self._isWorking = True
        self._jobs.start(lambda _progress: self._work(), onError=self._failed, description="thumbnails")

    def refresh(self) -> None:
        """The database has changed: what is here is compared with it when it is wanted next."""
        self._generation += 1

    def retryFailed(self) -> None:
        """Try again, when they are wanted next, those that could not be made."""
        with self._lock:
            self._isToRetry = True
        self.refresh()

    def close(self) -> None:
        """Stop; nothing arrives any more."""
        with self._lock:
            self._isClosed = True
            self._wanted = []
            if self._current is not None:
                self._current[1].cancel()
        self._jobs.shutdown()
        if self._ownWorkers is not None:
            self._ownWorkers.close()

    def _isUpToDate(self, seriesUID: str) -> bool:
        loaded = self._loaded.get(seriesUID)
        return loaded is not None and loaded.generation == self._generation

    def _dropCurrent(self) -> None:
        """End what is being made when nobody wants it and it takes long: a file that keeps its decoder busy, maybe."""
        if self._current is not None:
            uid, progress = self._current
            if uid not in self._wanted and progress.elapsedSeconds > PATIENCE_SECONDS:
                progress.cancel()

    def _take(self, loaded: dict[str, LoadedThumbnail], generation: int) -> None:
        for uid, one in loaded.items():
            one.generation = generation
            self._loaded.pop(uid, None)  # to the end of the queue of those that go when there are too many
            self._loaded[uid] = one
        while len(self._loaded) > MOST_IN_MEMORY:
            del self._loaded[next(iter(self._loaded))]
        if not self._isClosed:
            self.arrived.emit()

    def _failed(self, error: Exception) -> None:
        """Show the failure in place of the pictures, until the database changes or is read again."""
        with self._lock:
            abandoned, self._wanted, self._isWorking = self._wanted, [], False
        if not isinstance(error, DatabaseError):  # what the database cannot do, the tables beside say already
            self._reporter.report(error, "make the pictures of the series")
        problem = SeriesThumbnail(problem=errorSentence(error), isLasting=False)
        self._take({uid: LoadedThumbnail(problem) for uid in abandoned}, self._generation)

    # On the thread

    def _work(self) -> None:
        unwritten: dict[str, SeriesThumbnail] = {}
        asked: set[tuple[str, int]] = set()
        while True:
            wanted, generation = self._stillWanted(isLast=not unwritten)
            if wanted and len(unwritten) < MOST_IN_ONE_WRITE:
                self._forgetFailed()
                unasked = [uid for uid in wanted if (uid, generation) not in asked]
                asked.update((uid, generation) for uid in unasked)
                found = self._database.thumbnailsForSeries(unasked) if unasked else {}
                if not found:
                    found = self._made(wanted[0])
                    unwritten.update(found)
                self._deliver(found, generation)
            elif unwritten:
                self._write(unwritten)
                unwritten = {}
            else:
                return

    def _stillWanted(self, isLast: bool) -> tuple[list[str], int]:
        """:param isLast: the thread ends when nothing is wanted, and a new one is needed afterwards"""
        with self._lock:
            self._isWorking = bool(self._wanted) or not isLast
            return list(self._wanted), self._wantedGeneration

    def _forgetFailed(self) -> None:
        with self._lock:
            isToRetry, self._isToRetry = self._isToRetry, False
        if isToRetry:
            with suppress(DatabaseError):  # then the old reasons are shown
                self._database.forgetFailedThumbnails()

    def _made(self, seriesUID: str) -> dict[str, SeriesThumbnail]:
        progress = Progress()
        with self._lock:
            if self._isClosed:
                return {}
            self._current = seriesUID, progress
        try:
            found = {seriesUID: self._database.makeThumbnail(seriesUID, self._workers, progress)}
        except CancelledError:
            found = {}
        finally:
            with self._lock:
                self._current = None
        with self._lock:  # after an error it stays wanted, to be shown as failed together with the others
            self._wanted = [uid for uid in self._wanted if uid != seriesUID]
        return found

    def _deliver(self, found: Mapping[str, SeriesThumbnail], generation: int) -> None:
        if not found:
            return
        loaded = {uid: LoadedThumbnail(one, QImage.fromData(one.picture, "PNG")) for uid, one in found.items()}
        with self._lock:
            self._wanted = [uid for uid in self._wanted if uid not in found or self._wantedGeneration != generation]
            if not self._isClosed:
                self._delivered.emit(loaded, generation)

    def _write(self, thumbnails: Mapping[str, SeriesThumbnail]) -> None:
        """What cannot be written, because an import takes long or the disk is full, is made again another time."""
        with suppress(DatabaseError):
            self._database.keepThumbnails(thumbnails)
