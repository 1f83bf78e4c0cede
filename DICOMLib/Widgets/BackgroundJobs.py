"""Work off the GUI thread: a thread a job, results back on the GUI thread through one queued signal."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, Signal

from ..Errors import CancelledError
from ..Progress import Progress

DEFAULT_SHUTDOWN_SECONDS = 5.0
# Each time Qt asks a Python model for a cell while a job computes, the window waits this long for its turn; with
# Python's own 5 ms, drawing one table took half a second.
TURN_SECONDS = 0.0005


class Job:
    """One piece of background work. Made by :meth:`JobRunner.start`; attributes are read on the GUI thread.

    :ivar description: what is being done, for the user
    :ivar unit: what :attr:`progress` counts, in the plural ("files"); "" when the rate means nothing to people
    :ivar progress: the object the working function reports to
    """

    def __init__(self, description: str, unit: str, progressCallback: Callable[[Job], None]):
        self.description = description
        self.unit = unit
        self.progress = Progress(lambda _progress: progressCallback(self))
        self.isRunning = True
        self.thread: threading.Thread | None = None
        self.progressIsQueued = False

    def cancel(self) -> None:
        """Ask the function to stop; it ends at its next look at the progress object."""
        self.progress.cancel()


class JobRunner(QObject):
    """Runs functions in threads. Callbacks and signals arrive on the thread this object lives in.

    Nothing here runs a nested event loop, so a callback is never entered from inside another one.
    """

    jobStarted = Signal(object)
    jobProgressed = Signal(object)
    jobFinished = Signal(object)
    callbackFailed = Signal(object)
    """An exception that left an ``onDone`` callback of a job without ``onError``."""

    _woken = Signal()

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._deliveries: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._isShutDown = False
        self._woken.connect(self._deliver, Qt.QueuedConnection)

    @property
    def jobs(self) -> list[Job]:
        """The jobs that are running."""
        return list(self._jobs)

    def start(
        self,
        function: Callable[[Progress], object],
        onDone: Callable[[object], None] | None = None,
        onError: Callable[[Exception], None] | None = None,
        onProgress: Callable[[Progress], None] | None = None,
        description: str = "",
        unit: str = "",
    ) -> Job:
        """Run ``function(progress)`` in a thread of its own.

        :param onDone: gets the function's result
        :param onError: gets what the function or ``onDone`` raised; a cancelled job gives a CancelledError
        :param onProgress: gets the job's progress object, at most every 50 ms
        :returns: the job; after :meth:`shutdown` one that is already cancelled and has reported so
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), TURN_SECONDS))
        job = Job(description, unit, lambda reporting: self._postProgress(reporting, onProgress))
        if self._isShutDown:
            job.isRunning = False
            self._fail(onError, CancelledError())
            return job
        job.thread = threading.Thread(
            target=self._work, args=(job, function, onDone, onError), name=description or "job", daemon=True
        )
        self._jobs.append(job)
        self.jobStarted.emit(job)
        job.thread.start()
        return job

    def cancelAll(self) -> None:
        for job in self.jobs:
            job.cancel()

    def waitFor(self, job: Job, timeoutSeconds: float | None = None) -> bool:
        """Block until a job has ended and deliver its callbacks; for scripts, which have no use for a live window.

        :returns: whether it ended in time
        """
        if job.thread is not None and job.thread is not threading.current_thread():
            job.thread.join(timeoutSeconds)
        self._deliver()
        return not job.isRunning

    def shutdown(self, timeoutSeconds: float = DEFAULT_SHUTDOWN_SECONDS) -> bool:
        """Cancel every job and wait for the threads; no callback runs any more.

        Threads that do not listen are left behind as daemons, which cannot keep the program alive.

        :returns: whether all of them ended in time
        """
        self._isShutDown = True
        jobs = self.jobs
        self.cancelAll()
        deadline = time.monotonic() + timeoutSeconds
        for job in jobs:
            job.thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            self._deliveries.clear()
        self._jobs.clear()
        return not any(job.thread.is_alive() for job in jobs)

    def _work(self, job: Job, function: Callable, onDone: Callable | None, onError: Callable | None) -> None:
        try:
            result = function(job.progress)
        except Exception as raised:  # noqa: BLE001 - a thread has no caller to raise to: whatever it is goes to the job's owner
            error = raised
            self._post(lambda: self._finish(job, lambda: self._fail(onError, error)))
        else:
            self._post(lambda: self._finish(job, lambda: self._succeed(result, onDone, onError)))

    def _finish(self, job: Job, callback: Callable[[], None]) -> None:
        job.isRunning = False
        if job in self._jobs:
            self._jobs.remove(job)
        self.jobFinished.emit(job)
        callback()

    def _succeed(self, result: object, onDone: Callable | None, onError: Callable | None) -> None:
        if onDone is None:
            return
        try:
            onDone(result)
        except Exception as error:  # noqa: BLE001 - leaving a Qt slot with an exception ends a PyQt5 process
            self._fail(onError, error)

    def _fail(self, onError: Callable | None, error: Exception) -> None:
        if onError is not None:
            onError(error)
        elif not isinstance(error, CancelledError):
            self.callbackFailed.emit(error)

    def _postProgress(self, job: Job, onProgress: Callable[[Progress], None] | None) -> None:
        if job.progressIsQueued:
            return  # a busy window shall not be buried in reports it has not come to read
        job.progressIsQueued = True
        self._post(lambda: self._showProgress(job, onProgress))

    def _showProgress(self, job: Job, onProgress: Callable[[Progress], None] | None) -> None:
        job.progressIsQueued = False
        if not job.isRunning:
            return
        if onProgress is not None:
            onProgress(job.progress)
        self.jobProgressed.emit(job)

    def _post(self, delivery: Callable[[], None]) -> None:
        with self._lock:  # shutdown and the last emit must not cross: the receiver may be deleted right after shutdown
            if not self._isShutDown:
                self._deliveries.append(delivery)
                self._woken.emit()

    def _deliver(self) -> None:
        while True:
            with self._lock:
                if not self._deliveries:
                    return
                delivery = self._deliveries.popleft()
            delivery()
