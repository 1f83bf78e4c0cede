"""How fast work goes and how long it will take: an estimate that counts down calmly instead of jumping about."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from .Wording import durationText, sizeText

# The rate follows what happened in about the last so many seconds: long enough to look calm, short enough to be true.
RATE_SECONDS = 5.0
# A new estimate of the end moves the shown one there within this part of the time that is left, but within limits.
SMOOTHED_PART = 0.2
SMOOTHING_SECONDS = (1.0, 12.0)
# An end that seems so many times nearer than was said a moment ago was a mistake, made when little was done: work that
# shows a first result early pauses then.
MISTAKE = 3.0
# Rates and times of the first moments are noise.
SECONDS_BEFORE_ESTIMATE = 1.0
# Arithmetic for every file would cost more than it tells.
SECONDS_BETWEEN_UPDATES = 0.1
# Work that has not reported for so long has stalled, and no estimate holds.
STALLED_SECONDS = 10.0


class ProgressRate:
    """Fed with what is done so far; answers with speeds and the time left. One thread feeds, any may ask.

    What is done when the total becomes known, such as files that needed no work, does not count as speed.

    :param clock: monotonic seconds, replaceable in tests
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._countedWithoutTotal = False
        self._restart(clock(), 0, 0)

    def update(self, done: int, total: int | None = None, bytesDone: int = 0) -> None:
        """Take in how much is done.

        :param done: items since the work began
        :param total: items there are; None while unknown
        :param bytesDone: bytes since the work began; 0 where nothing is copied
        """
        now = self._clock()
        hasToRestart = self._countedWithoutTotal and total is not None or done < self._done
        self._countedWithoutTotal = total is None
        if hasToRestart:
            self._restart(now, done, bytesDone)
            return
        elapsed = now - self._updated
        if elapsed < SECONDS_BETWEEN_UPDATES and not (total is not None and done >= total):
            return
        if elapsed > 0:
            self._rate = self._smoothed(self._rate, (done - self._done) / elapsed, now, elapsed)
            self._bytesPerSecond = self._smoothed(
                self._bytesPerSecond, (bytesDone - self._bytesDone) / elapsed, now, elapsed
            )
            self._end = self._newEnd(now, elapsed, done, total)
        self._updated, self._done, self._bytesDone = now, done, bytesDone

    @property
    def rate(self) -> float:
        """Items a second of late; 0 before anything is done."""
        return self._rate

    @property
    def bytesPerSecond(self) -> float:
        """Bytes a second of late; 0 where none are counted."""
        return self._bytesPerSecond

    @property
    def secondsLeft(self) -> float | None:
        """Until the end as it is estimated now; None in the first second, without a total, and when nothing moves."""
        now = self._clock()
        if self._end is None or now - self._started < SECONDS_BEFORE_ESTIMATE or now - self._updated > STALLED_SECONDS:
            return None
        return max(0.0, self._end - now)

    def _restart(self, now: float, done: int, bytesDone: int) -> None:
        self._started = self._updated = now
        self._done, self._bytesDone = done, bytesDone
        self._rate = self._bytesPerSecond = 0.0
        self._end: float | None = None

    def _smoothed(self, before: float, latest: float, now: float, elapsed: float) -> float:
        """A mean in which the past fades; while all of it is young, the plain mean."""
        since = now - self._started
        if since <= RATE_SECONDS:
            return before + (latest - before) * elapsed / since
        return before + (latest - before) * (1 - math.exp(-elapsed / RATE_SECONDS))

    def _newEnd(self, now: float, elapsed: float, done: int, total: int | None) -> float | None:
        if total is None or self._rate <= 0:
            return None
        estimated = now + (total - done) / self._rate
        if self._end is None or now - self._started < SECONDS_BEFORE_ESTIMATE:
            return estimated
        if estimated - now < (self._end - now) / MISTAKE:
            return estimated
        fewest, most = SMOOTHING_SECONDS
        smoothing = min(most, max(fewest, SMOOTHED_PART * (estimated - now)))
        return self._end + (estimated - self._end) * (1 - math.exp(-elapsed / smoothing))


def rateText(rate: float, unit: str) -> str:
    """"8,500 files/s", "2.5 files/s"."""
    return f"{rate:,.0f} {unit}/s" if rate >= 10 else f"{rate:.1f} {unit}/s"


def progressParts(progress, unit: str = "") -> list[str]:
    """What is known of a :class:`Progress`: "1,200 of 3,400 files", "850 files/s", "12 MB/s", "3 s left".

    :param unit: what the progress counts, in the plural; "" when the count means nothing to people
    """
    parts = []
    if progress.done and unit:
        total = f" of {progress.total:,}" if progress.total else ""
        parts.append(f"{progress.done:,}{total} {unit}")
    elif progress.fraction is not None:
        parts.append(f"{progress.fraction:.0%}")
    if progress.elapsedSeconds < SECONDS_BEFORE_ESTIMATE:
        return parts
    if unit and progress.rate > 0:
        parts.append(rateText(progress.rate, unit))
    if progress.bytesPerSecond >= 1:
        parts.append(f"{sizeText(progress.bytesPerSecond)}/s")
    left = progress.secondsLeft
    if left is not None and left >= 1:
        parts.append(f"{durationText(left)} left")
    return parts
