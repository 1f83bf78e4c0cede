"""Foreign readers that may have one file open and no second: what a file refers to stays closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def oneFileAtATime() -> Iterator[None]:
    """In here the process can have one more file open than now: the one that is read.

    HDF5 opens a file that another one links to while that is open; it then finds no descriptor for it. Libraries that
    are loaded lazily need descriptors too: import them before. Where there are no such limits (Windows) nothing is
    limited.
    """
    try:
        import resource
    except ImportError:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    # Descriptors are numbered from the lowest that is free, and have to be below the limit.
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
