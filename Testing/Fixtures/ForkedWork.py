"""Work in a process of its own that has all that this one has: it may be killed, and its limits are its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

# After these calls other files, or other rows of a database, are there than before.
CHANGES = frozenset({"rename", "replace", "link", "unlink", "mkdir", "rmdir", "commit", "execute"})


def forked(work: Callable[[], object]) -> int:
    """Begin it. :returns: the number of the process; it ends with 0, or with 1 where something was raised"""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def exitCode(work: Callable[[], object]) -> int:
    """Do it, and wait for its end; negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(forked(work), 0)[1])


def countedCalls(work: Callable[[], object]) -> tuple[int, int]:
    """Do it in such a process. :returns: how many functions its first thread calls, and how many of ``CHANGES``"""
    here, there = os.pipe()
    calls = changes = 0

    def count(_frame: object, event: str, what: object) -> None:
        nonlocal calls, changes
        calls += event in ("call", "c_call")
        changes += event == "c_return" and what.__name__ in CHANGES

    def counted() -> None:
        sys.setprofile(count)
        work()
        sys.setprofile(None)
        os.write(there, f"{calls} {changes}".encode())

    assert exitCode(counted) == 0
    os.close(there)
    with os.fdopen(here) as answer:
        calls, changes = map(int, answer.read().split())
    return calls, changes


def killedAtCall(work: Callable[[], object], number: int) -> bool:
    """Do it in a process that is killed when its first thread calls its nth function: at the same place of its work on
    any machine. :returns: whether it came to that"""
    return _killedAt(work, number, lambda event, _what: event in ("call", "c_call"))


def killedAfterChange(work: Callable[[], object], number: int) -> bool:
    """The same right after the nth call of ``CHANGES`` has been done."""
    return _killedAt(work, number, lambda event, what: event == "c_return" and what.__name__ in CHANGES)


def _killedAt(work: Callable[[], object], number: int, isMeant: Callable[[str, object], bool]) -> bool:
    left = number

    def count(_frame: object, event: str, what: object) -> None:
        nonlocal left
        left -= isMeant(event, what)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted() -> None:
        sys.setprofile(count)
        work()
        sys.setprofile(None)

    return exitCode(counted) == -signal.SIGKILL
