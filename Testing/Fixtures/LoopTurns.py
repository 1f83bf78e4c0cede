"""How well Qt's loop keeps turning: the time between one tick of a timer and the next."""

from __future__ import annotations

import time

from qtpy.QtCore import QTimer

TICK = 0.005


class LoopTurns:
    """Measures while its ``with`` block takes.

    :ivar turns: seconds of each turn
    """

    def __init__(self):
        self.turns: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setInterval(round(TICK * 1000))
        self._timer.timeout.connect(self._tick)

    def __enter__(self) -> LoopTurns:
        self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(self, *_error) -> None:
        self._timer.stop()

    @property
    def longest(self) -> float:
        return max(self.turns)

    @property
    def nearlyLongest(self) -> float:
        """Two of a hundred take longer: other programs have the processors now and then."""
        return sorted(self.turns)[int(len(self.turns) * 0.98)]

    def _tick(self) -> None:
        now = time.perf_counter()
        self.turns.append(now - self._last)
        self._last = now
