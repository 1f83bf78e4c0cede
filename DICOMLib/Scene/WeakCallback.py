"""Observers of VTK objects that keep nobody alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable


def weakCallback(method: Callable[[], None]) -> Callable:
    """What calls a method as long as its object lives, without the arguments of the event.

    Python does not see what VTK holds: an object whose method is held by a part of it would stay for good.
    """
    reference = weakref.WeakMethod(method)

    def onEvent(*_arguments: object) -> None:
        found = reference()
        if found is not None:
            found()

    return onEvent
