"""A few persistent worker processes shared by everything that decodes."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from ..Errors import CancelledError, PixelDataError, WorkerError
from ..Processors import availableProcessors
from ..Progress import Progress
from .WorkerProcess import SECONDS_BETWEEN_LOOKS, Consumer, Receiver, Task, WorkerProcess

__all__ = ["Consumer", "Receiver", "Task", "WorkerPool", "deadlineFor", "givenOrOwn"]

# Address space of a worker; a decoder that asks for more gets a clean error instead of the machine's memory.
MEMORY_LIMIT = 4 << 30
# Time allowed for a task: a base, and a part for the bytes it makes.
DEADLINE_SECONDS = 10.0
DECODED_BYTES_PER_SECOND = 20_000_000
# What other workers may still take when one has failed: it is reported soon, and most need no new start.
SECONDS_TO_FINISH = 0.5
# More workers than this make the disk and memory wait, not the user.
MOST_WORKERS = 4


def deadlineFor(decodedBytes: int) -> float:
    """Seconds a task may take that makes this many bytes."""
    return DEADLINE_SECONDS + decodedBytes / DECODED_BYTES_PER_SECOND


class WorkerPool:
    """Starts workers when they are first needed, starts new ones in place of dead ones, ends them on :meth:`close`.

    Thread-safe. A worker also ends by itself when the host is gone, however that happens.

    :param size: at most this many processes; default: the processors it may use, at most four
    :param memoryLimit: bytes of address space of each (POSIX; not enforced on macOS and Windows)
    """

    def __init__(self, size: int | None = None, memoryLimit: int = MEMORY_LIMIT):
        self.size = size or min(MOST_WORKERS, availableProcessors())
        self._all = [WorkerProcess(memoryLimit) for _ in range(self.size)]
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        for worker in self._all:
            self._idle.put(worker)
        self._closed = False
        self._starting: list[threading.Thread] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def processIDs(self) -> list[int]:
        """Identifiers of the processes that exist now."""
        return [worker.processID for worker in self._all if worker.isAlive]

    @property
    def deaths(self) -> int:
        """How many processes died of a task, or were ended because that took too long."""
        return sum(worker.deaths for worker in self._all)

    @property
    def isClosed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    def warmUp(self, preparation: Task | None = None) -> None:
        """Start all processes now, in the background, so that the first task finds them ready.

        :param preparation: run in each that is started, to load what will be needed
        """
        for worker in self._takeIdle():
            if worker.isAlive:
                self._idle.put(worker)
            else:
                thread = threading.Thread(target=self._start, args=(worker, preparation), name="worker start")
                thread.daemon = True
                thread.start()
                self._starting = [one for one in self._starting if one.is_alive()] + [thread]

    def run(self, task: Task, progress: Progress | None = None) -> None:
        """Run one task and wait for it.

        :raises WorkerError: when the worker died, ran out of memory or time, or the pool is closed
        :raises CancelledError: when `progress` was cancelled
        :raises PixelDataError: what the task raised
        """
        self._run(task, None if progress is None else (lambda: progress.cancelled))

    def runAll(
        self, tasks: Iterable[Task], progress: Progress | None = None, onDone: Callable[[Task], None] | None = None
    ) -> None:
        """Run tasks on all workers and wait; `onDone(task)` is called after each, on some thread.

        :raises DICOMError: the first error; tasks that have not begun are then dropped, and others soon stopped
        """
        tasks = list(tasks)
        stop = _Stop(progress)

        def work(task: Task) -> None:
            stop.raiseIfCancelled()
            try:
                self._run(task, stop.isStopped)
                if onDone is not None:
                    onDone(task)
            except BaseException:  # whatever it is, the other tasks are not needed any more
                stop.failed()
                raise

        with ThreadPoolExecutor(min(self.size, max(1, len(tasks))), thread_name_prefix="worker") as threads:
            try:
                futures = [threads.submit(work, task) for task in tasks]
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            except BaseException:  # Ctrl-C must not wait for what has not begun
                stop.failed()
                threads.shutdown(wait=False, cancel_futures=True)
                raise
            errors = [future.exception() for future in done if future.exception() is not None]
            if errors:
                threads.shutdown(wait=True, cancel_futures=True)
                # Those that were stopped because of another one's error do not tell what is wrong.
                raise min(errors, key=lambda error: isinstance(error, CancelledError))

    def _run(self, task: Task, isStopped: Callable[[], bool] | None) -> None:
        with self._borrowed(task.place, isStopped) as worker:
            worker.run(task, isStopped)
        if task.finish is not None:
            task.finish()

    def _start(self, worker: WorkerProcess, preparation: Task | None) -> None:
        try:
            if not self._closed:
                with suppress(WorkerError, PixelDataError):  # whoever needs it will be told
                    worker.start()
                    if preparation is not None:
                        worker.run(preparation)
        finally:
            self._idle.put(worker)
            if self._closed:
                worker.end()

    def close(self) -> None:
        """End all workers; running and waiting tasks fail. Safe to call twice."""
        self._closed = True
        idle = self._takeIdle()
        for worker in self._all:
            if worker in idle:
                worker.leave()
            else:
                worker.kill()
        for worker in idle:  # a task that waits for a worker wakes up and finds the pool closed
            self._idle.put(worker)
        for thread in self._starting:  # one that was just being started ends too
            thread.join()

    def _awaitIdle(self, isStopped: Callable[[], bool] | None) -> WorkerProcess:
        """The next worker that is free; others may use all of them for long. :raises CancelledError: when stopped"""
        while True:
            try:
                return self._idle.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                if isStopped is not None and isStopped():
                    raise CancelledError() from None

    def _takeIdle(self) -> list[WorkerProcess]:
        taken = []
        with suppress(queue.Empty):  # a task that begins may take one meanwhile
            while True:
                taken.append(self._idle.get_nowait())
        return taken

    @contextmanager
    def _borrowed(self, where: object, isStopped: Callable[[], bool] | None) -> Iterator[WorkerProcess]:
        worker = self._awaitIdle(isStopped)
        try:
            if self._closed:
                raise WorkerError("the decoding processes have been shut down", where)
            yield worker
        finally:
            self._idle.put(worker)
            if self._closed:
                worker.end()


def givenOrOwn(workers: WorkerPool | None) -> AbstractContextManager[WorkerPool]:
    """The workers of somebody else, which stay; where there are none, a process for as long as this is in use."""
    return WorkerPool(1) if workers is None else nullcontext(workers)


class _Stop:
    """Whether tasks that run together have to stop: the user cancelled, or one of them failed a while ago."""

    def __init__(self, progress: Progress | None):
        self._progress = progress
        self._end = math.inf

    def raiseIfCancelled(self) -> None:
        """:raises CancelledError: when the user cancelled"""
        if self._progress is not None:
            self._progress.raiseIfCancelled()

    def failed(self) -> None:
        """One failed: others may finish what they are at, for a moment."""
        self._end = min(self._end, time.monotonic() + SECONDS_TO_FINISH)

    def isStopped(self) -> bool:
        """Asked by the threads that look after workers."""
        return (self._progress is not None and self._progress.cancelled) or time.monotonic() > self._end
