"""Decoding that takes as long as a test wants: slices of a volume arrive when they are let through, and not before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from DICOMLib.Pixels import Decoded
from DICOMLib.Pixels.SliceReading import SliceReading
from DICOMPlugins.ScalarVolume import SlowLoad

_SECONDS = 600  # a worker may wait for a test


class HeldDecoding:
    """Frames of compressed images are taken from the workers one by one; see :meth:`letThrough`.

    :ivar arrived: how many have been taken
    """

    def __init__(self):
        self.arrived = 0
        self._allowed = 0
        self._isOpen = False
        self._changed = threading.Condition()

    def letThrough(self, count: int) -> None:
        """So many more."""
        with self._changed:
            self._allowed += count
            self._changed.notify_all()

    def release(self) -> None:
        """All others, at once."""
        with self._changed:
            self._isOpen = True
            self._changed.notify_all()

    def takeOne(self) -> None:
        """On the thread that reads: until the next may arrive."""
        with self._changed:
            self._changed.wait_for(lambda: self._isOpen or self.arrived < self._allowed, _SECONDS)
            self.arrived += 1


@contextmanager
def heldDecoding(monkeypatch) -> Iterator[HeldDecoding]:
    """At first one slice is let through: the one that is shown first. What is held at the end is released."""
    held = HeldDecoding()
    held.letThrough(1)
    accept = SliceReading._acceptDecoded

    def acceptWhenAllowed(reading, *arguments):
        held.takeOne()
        accept(reading, *arguments)

    monkeypatch.setattr(SliceReading, "_acceptDecoded", acceptWhenAllowed)
    monkeypatch.setattr(Decoded, "deadlineFor", lambda _bytes: _SECONDS)
    for name in ("PATIENCE_SECONDS", "PATIENCE_SECONDS_DECODING"):  # the first slice is shown, however soon it came
        monkeypatch.setattr(SlowLoad, name, 0.0)
    yield held
    held.release()
