"""Progress and cancel as one small object, handed down to whatever works long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .Errors import CancelledError
from .ProgressRate import ProgressRate

# Redrawing a bar more often than this helps nobody and costs time in the work itself.
MINIMUM_SECONDS_BETWEEN_REPORTS = 0.05


class Progress:
    """How far a piece of work is, and whether it should stop. Safe to use from several threads.

    The worker calls :meth:`report` and :meth:`raiseIfCancelled`; the owner calls :meth:`cancel` and reads the fields.

    :param callback: called with this object, on the thread that reports, at most every 50 ms and always at the end
    :param clock: monotonic seconds, replaceable in tests
    """

    def __init__(self, callback: Callable[[Progress], None] | None = None, clock: Callable[[], float] = time.monotonic):
        self._callback = callback
        self._clock = clock
        self._cancelled = threading.Event()
        self._lastReport = float("-inf")
        self._started = clock()
        self._speed = ProgressRate(clock)
        self.done = 0
        self.total: int | None = None
        self.text = ""
        self.bytesDone = 0

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._cancelled.is_set()

    @property
    def fraction(self) -> float | None:
        """0 to 1, or None while the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def elapsedSeconds(self) -> float:
        """Since this object was made."""
        return self._clock() - self._started

    @property
    def rate(self) -> float:
        """Items a second of late, since the total is known; 0 before anything is done."""
        return self._speed.rate

    @property
    def bytesPerSecond(self) -> float:
        """Bytes a second of late; 0 where the work reports none."""
        return self._speed.bytesPerSecond

    @property
    def secondsLeft(self) -> float | None:
        """A calm estimate (see :class:`ProgressRate`); None while it cannot be told."""
        return self._speed.secondsLeft

    def cancel(self) -> None:
        """Ask the worker to stop at its next look."""
        self._cancelled.set()

    def raiseIfCancelled(self) -> None:
        """:raises CancelledError: after :meth:`cancel`"""
        if self.cancelled:
            raise CancelledError()

    def report(
        self, done: int, total: int | None = None, text: str | None = None, bytesDone: int | None = None
    ) -> None:
        """Set the state; the callback hears of it if enough time has passed or the work is complete.

        :param bytesDone: copied so far, where bytes are copied
        """
        self.done = done
        if bytesDone is not None:
            self.bytesDone = bytesDone
        if total is not None:
            self.total = total
        if text is not None:
            self.text = text
        self._speed.update(done, self.total, self.bytesDone)
        now = self._clock()
        finished = self.total is not None and done >= self.total
        if self._callback and (finished or now - self._lastReport >= MINIMUM_SECONDS_BETWEEN_REPORTS):
            self._lastReport = now
            self._callback(self)


class PartProgress(Progress):
    """Progress of one of several pieces of work, told as progress of the whole: its bar goes from 0 to 1 once for all.

    :param whole: told, and asked whether to stop
    :param before: what the earlier pieces have done
    :param total: what all of them do
    """

    def __init__(self, whole: Progress, before: int, total: int | None):
        super().__init__()
        self._whole, self._before, self._wholeTotal = whole, before, total

    @property
    def cancelled(self) -> bool:
        """Whether the whole was cancelled."""
        return self._whole.cancelled

    def cancel(self) -> None:
        """Ask the whole to stop."""
        self._whole.cancel()

    def report(
        self, done: int, total: int | None = None, text: str | None = None, bytesDone: int | None = None
    ) -> None:
        """As :meth:`Progress.report`; the whole hears of what this part has done."""
        super().report(done, total, text, bytesDone)
        self._whole.report(self._before + done, self._wholeTotal, text, bytesDone)
