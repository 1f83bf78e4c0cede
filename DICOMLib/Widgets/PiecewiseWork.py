"""Work of the GUI thread in pieces too short to be felt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from qtpy.QtCore import QObject, QTimer

PIECE_SECONDS = 0.02
_STEPS_BETWEEN_LOOKS = 50


class PiecewiseWork(QObject):
    """Runs one generator at a time, some milliseconds in each turn of Qt's loop; a new one replaces the one before."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._steps: Iterator[None] = iter(())
        self._onDone: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._work)

    @property
    def isRunning(self) -> bool:
        return self._timer.isActive()

    def start(self, steps: Iterator[None], onDone: Callable[[], None]) -> None:
        """Go through ``steps``, then call ``onDone``. What takes no longer than one piece is done on return."""
        self._steps, self._onDone = steps, onDone
        self._timer.start()
        self._work()

    def stop(self) -> None:
        """Forget it; ``onDone`` is not called."""
        self._timer.stop()

    def finish(self) -> None:
        """Do what is left at once."""
        if self.isRunning:
            for _ in self._steps:
                continue
            self._end()

    def _work(self) -> None:
        deadline = time.perf_counter() + PIECE_SECONDS
        while time.perf_counter() < deadline:
            for _ in range(_STEPS_BETWEEN_LOOKS):
                try:
                    next(self._steps)
                except StopIteration:
                    self._end()
                    return

    def _end(self) -> None:
        self._timer.stop()
        self._onDone()
