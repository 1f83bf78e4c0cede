"""Who may import next: one import at a time in this program, and what the user asks for before what comes by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..Progress import Progress

SECONDS_BETWEEN_LOOKS = 0.05


class ImportTurns:
    """Belongs to one database. A thread that has the turn may take it again."""

    def __init__(self):
        self._lock = threading.RLock()
        self._state = threading.Lock()
        self._waiting = 0
        self._spare: Progress | None = None

    @contextmanager
    def taken(self, progress: Progress) -> Iterator[None]:
        """Wait for the turn; an import that only used the spare time is asked to stop.

        :raises CancelledError: when the progress is cancelled while waiting
        """
        self._ask()
        try:
            while not self._lock.acquire(timeout=SECONDS_BETWEEN_LOOKS):
                progress.report(progress.done, text="Waiting for another import to finish")
                progress.raiseIfCancelled()
        finally:
            self._askNoMore()
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def spare(self, progress: Progress) -> Iterator[bool]:
        """Use the turn if nobody has or wants it. ``progress`` is cancelled as soon as somebody does.

        :returns: whether this thread has it
        """
        with self._state:
            has = not self._waiting and self._lock.acquire(blocking=False)
            if has:
                self._spare = progress
        try:
            yield has
        finally:
            if has:
                with self._state:
                    self._spare = None
                self._lock.release()

    def _ask(self) -> None:
        with self._state:
            self._waiting += 1
            if self._spare is not None and not self._isMine():
                self._spare.cancel()

    def _askNoMore(self) -> None:
        with self._state:
            self._waiting -= 1

    def _isMine(self) -> bool:
        """Whether the one who asks already has the turn, as an import inside of :meth:`spare` does."""
        if not self._lock.acquire(blocking=False):
            return False
        self._lock.release()
        return True
