"""Tests of several processes side by side, except for those that measure: beside these nothing else runs.

A test needs no thought for this. It is alone when it is marked ``alone``, and also when it reads a clock
itself or by a function of its file, as every test that measures time has to.
"""

from __future__ import annotations

import contextlib
import os
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

try:
    import fcntl
except ImportError:  # Windows: one process
    fcntl = None

# More take memory (each has Qt, VTK and a display) and save little: what is alone stays as long as it is.
MOST_PROCESSES = 4
CLOCKS = frozenset({
    "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time",
})  # fmt: skip
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
    if item.get_closest_marker(ALONE_MARK):
        return True
    function = getattr(item, "function", None)
    return function is not None and _readsAClock(function, item.module, set())


def _readsAClock(function: Callable, module: types.ModuleType, seen: set[Callable]) -> bool:
    """Whether a function, or one of the same file that it names, names a clock."""
    function = getattr(function, "hypothesis", None) and function.hypothesis.inner_test or function
    code = getattr(function, "__code__", None)
    if code is None or function in seen:
        return False
    seen.add(function)
    names = _namesIn(code)
    if names & CLOCKS:
        return True
    helpers = (vars(module).get(name) for name in names)
    return any(
        _readsAClock(helper, module, seen)
        for helper in helpers
        if isinstance(helper, types.FunctionType) and helper.__module__ == module.__name__
    )


def _namesIn(code: types.CodeType) -> set[str]:
    """Every name that code and the functions inside it use."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _namesIn(constant)
    return names


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
