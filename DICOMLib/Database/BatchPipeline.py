"""One batch is committed while the next one is copied, so that neither the disk nor the processors stand still."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from ..Files.Header import Header
from .BatchWriter import BatchWriter


class BatchPipeline:
    """Use it as a context manager: when it ends, all that was given to it is committed, or has failed.

    :param onCommitted: called with the numbers of the series after every commit, on the thread that writes batches
    """

    def __init__(self, writer: BatchWriter, onCommitted: Callable[[set[int]], None]):
        self._writer = writer
        self._onCommitted = onCommitted
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._running: Future[set[int]] | None = None

    def __enter__(self) -> BatchPipeline:
        return self

    def __exit__(self, *exceptionInfo) -> None:
        try:
            self.finish()
        finally:
            self._pool.shutdown()

    def write(self, headers: list[Header]) -> None:
        """Add the files of a batch, at the latest when the next one comes.

        :raises CancelledError: when the progress was cancelled
        :raises DatabaseError: when this batch, or the one before, could not be written
        """
        if self._writer.isWaitedFor:
            self.finish()  # the turn goes to another program
        batch = self._writer.prepare(headers)
        try:
            self.finish()
        except BaseException:  # Ctrl-C as well: a batch that nobody commits holds copies and a turn
            batch.close()
            raise
        if batch.canWait:
            self._running = self._pool.submit(self._writer.commit, batch)
        else:
            self._onCommitted(self._writer.commit(batch))

    def finish(self) -> None:
        """Wait until all that was given is committed.

        :raises CancelledError, DatabaseError: as :meth:`write`
        """
        running, self._running = self._running, None
        if running is not None:
            self._onCommitted(running.result())
