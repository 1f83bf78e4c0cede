"""The one point in patient coordinates that all views share. Needs no Qt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class Crosshair:
    """A RAS position, whether it is shown, and who wants to hear of changes.

    Observers are called as ``observer(crosshair)`` after each change, on the thread that changed it: the GUI's.
    """

    def __init__(self):
        self._position: np.ndarray | None = None
        self._visible = True
        self._observers: list[Callable[[Crosshair], None]] = []

    @property
    def position(self) -> np.ndarray | None:
        """RAS mm, shape (3,); None before it was placed."""
        return None if self._position is None else self._position.copy()

    @property
    def visible(self) -> bool:
        """Whether views draw it; nothing is drawn before it was placed."""
        return self._visible and self._position is not None

    @property
    def isSwitchedOn(self) -> bool:
        """Whether it is drawn once it has a place."""
        return self._visible

    def setPosition(self, ras) -> None:
        """Place it. :param ras: three numbers, RAS mm"""
        self._position = np.array(ras, dtype=float)
        self._changed()

    def setVisible(self, visible: bool) -> None:
        self._visible = bool(visible)
        self._changed()

    def clear(self) -> None:
        """Take it away until it is placed again."""
        self._position = None
        self._changed()

    def addObserver(self, observer: Callable[[Crosshair], None]) -> None:
        self._observers.append(observer)

    def removeObserver(self, observer: Callable[[Crosshair], None]) -> None:
        if observer in self._observers:
            self._observers.remove(observer)

    def _changed(self) -> None:
        for observer in tuple(self._observers):
            observer(self)
