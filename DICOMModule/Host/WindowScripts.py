"""Scripts given on the command line, run in the program's window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer

from .Headless import ScriptResult

if TYPE_CHECKING:
    from .Application import HostApplication


class WindowScripts:
    """Runs a function once the window lives. A script that calls ``exit`` closes the window.

    :ivar exitCode: the script's, 0 until it has ended
    """

    def __init__(self, application: HostApplication, run: Callable[[], ScriptResult]):
        self._application = application
        self._run = run
        self.exitCode = 0

    def start(self) -> None:
        """Run in the first turn of the event loop: a script may wait for events, and close the window."""
        QTimer.singleShot(0, self._runNow)

    def _runNow(self) -> None:
        result = self._run()
        self.exitCode = result.code
        if result.askedToLeave and self._application.mainWindow is not None:
            self._application.mainWindow.closeUnasked()
