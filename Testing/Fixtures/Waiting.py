"""Waiting for what another thread or process does: as long as it takes, and no longer than a test may hang."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 60


def waitFor(isThere: Callable[[], object], seconds: float = SECONDS, what: str = "it") -> object:
    """:returns: the first thing the function says that counts as true :raises AssertionError: when it never does"""
    end = time.monotonic() + seconds
    while True:
        found = isThere()
        if found:
            return found
        assert time.monotonic() < end, f"{what} has not happened within {seconds:g} s"
        time.sleep(0.01)
