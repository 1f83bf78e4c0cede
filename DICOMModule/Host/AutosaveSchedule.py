"""When the scene is to be autosaved. Needs no Qt."""

from __future__ import annotations

import time
from collections.abc import Callable

# A pause is at least so many times as long as the autosave before it, which then takes a twentieth of the time at most.
PAUSE = 19


class AutosaveSchedule:
    """Due some minutes after the first change, and after each autosave again.

    :param minutes: asked each time; 0 for never
    :param clock: seconds, which only run forward
    """

    def __init__(self, minutes: Callable[[], int], clock: Callable[[], float] = time.monotonic):
        self._minutes = minutes
        self._clock = clock
        self._waitsSince: float | None = None
        self._lastTook = 0.0
        self._startedAt: float | None = None

    def isDue(self) -> bool:
        """Ask it now and then while something is in no file."""
        minutes, now = self._minutes(), self._clock()
        if self._waitsSince is None:
            self._waitsSince = now
        return minutes > 0 and now - self._waitsSince >= max(60 * minutes, PAUSE * self._lastTook)

    def started(self) -> None:
        """Also of one that is begun again because the scene changed meanwhile: they count as one."""
        if self._startedAt is None:
            self._startedAt = self._clock()

    def ended(self) -> None:
        """It was written, or not."""
        now = self._clock()
        if self._startedAt is not None:
            self._lastTook = now - self._startedAt
        self._startedAt, self._waitsSince = None, now

    def reset(self) -> None:
        """Nothing is in no file."""
        self._waitsSince = self._startedAt = None
