"""Tells when a window has nothing more to do in the background."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer

POLL_MILLISECONDS = 60
# Jobs start one another from callbacks, and views show what arrived a turn later: quiet must be seen several times.
QUIET_POLLS = 4


class LoadWatcher(QObject):
    """Calls back once when neither the window nor the modules' panels have run a job for a moment.

    :param window: the main window
    :param onQuiet: called on the GUI thread, once
    """

    def __init__(self, window, onQuiet: Callable[[], None]):
        super().__init__(window)
        self._window = window
        self._onQuiet = onQuiet
        self._quietPolls = 0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    def start(self) -> None:
        """Begin to watch."""
        self._timer.start()

    def _poll(self) -> None:
        self._quietPolls = 0 if self._window.isBusy() else self._quietPolls + 1
        if self._quietPolls >= QUIET_POLLS:
            self._timer.stop()
            self._onQuiet()
