"""What a view draws once a thread has computed it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class MadeInThread:
    """Something that is computed for a picture, without holding up who draws.

    :param make: computes it on the thread; returns whether there is something to be drawn
    :param whenReady: called on the thread once there is; without it all is done when this returns
    """

    def __init__(self, make: Callable[[], bool], whenReady: Callable[[], None] | None):
        self._whenReady = whenReady
        # The thread's arguments go with its end: what the thing was made of is not kept as long as the thing.
        # No daemon: a program that ends while VTK computes would take VTK's memory away under it, and crash.
        self._thread = threading.Thread(target=self._run, args=(make,))
        self._thread.start()
        if whenReady is None:
            self.wait()

    def wait(self) -> None:
        """Until it is made."""
        self._thread.join()

    def cancel(self) -> None:
        """Nobody is told any more."""
        self._whenReady = None

    def _run(self, make: Callable[[], bool]) -> None:
        isThere = make()
        whenReady = self._whenReady
        if isThere and whenReady is not None:
            whenReady()
