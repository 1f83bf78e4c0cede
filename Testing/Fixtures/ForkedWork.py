"""Work in a process of its own that has all that this one has: it may be killed, and its limits are its own."""

from __future__ import annotations

import os
from collections.abc import Callable


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
