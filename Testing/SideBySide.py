"""Tests of several processes side by side, except for those that measure memory or the like and are marked ``alone``:
beside these nothing else runs. (Seconds count in runs of one process only, see Promises.py.)
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

try:
    import fcntl
except ImportError:  # Windows: one process
    fcntl = None

# More take memory (each has Qt, VTK and a display) and save little: what is alone stays as long as it is.
MOST_PROCESSES = 4
ALONE_MARK = "alone"


def processesFor(config: pytest.Config) -> int:
    """How many to use where nobody says: as many as there are processors for all tests, one (0 stands for it) for
    files that are named, for output that is to be seen at once, and for seconds that count."""
    isSelection = config.args_source is pytest.Config.ArgsSource.ARGS
    if fcntl is None or isSelection or config.option.capture == "no" or config.getoption("--timing"):
        return 0
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, MOST_PROCESSES) if processors > 1 else 0


def isAlone(item: pytest.Item) -> bool:
    """Whether nothing may run beside this test."""
    return item.get_closest_marker(ALONE_MARK) is not None


class Turns:
    """The order among processes, kept by locks that the operating system frees when a process dies; a plugin of pytest.

    :param folder: the same for all of them, theirs alone
    """

    def __init__(self, folder: Path):
        self._gate = open(folder / "gate", "a+b")  # both stay open as long as the process
        self._room = open(folder / "room", "a+b")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        """Outside of all time limits, because waiting for one's turn is no fault."""
        with self.taken(isAlone(item)):
            return (yield)

    @contextlib.contextmanager
    def taken(self, alone: bool) -> Iterator[None]:
        """Waits until a test may run: beside others, or alone. Who waits to be alone is overtaken by nobody."""
        fcntl.lockf(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.lockf(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.lockf(self._gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.lockf(self._room, fcntl.LOCK_UN)
