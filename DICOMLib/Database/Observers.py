"""Who is told when something happens. Any thread may join, leave or tell."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

Event = TypeVar("Event")


class Observers(Generic[Event]):
    """Functions that are called with each event, on the thread that tells it, in the order they joined."""

    def __init__(self):
        self._callbacks: dict[int, Callable[[Event], None]] = {}
        self._tokens = itertools.count(1)

    def add(self, callback: Callable[[Event], None]) -> int:
        """:returns: a token for :meth:`remove`"""
        token = next(self._tokens)
        self._callbacks[token] = callback
        return token

    def remove(self, token: int) -> None:
        """Tell it nothing more; unknown tokens are ignored."""
        self._callbacks.pop(token, None)

    def tell(self, event: Event) -> None:
        """Call all that are there now; one may join or leave meanwhile."""
        for callback in list(self._callbacks.values()):
            callback(event)
