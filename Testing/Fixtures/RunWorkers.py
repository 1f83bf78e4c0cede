"""Worker processes for a whole run of tests, as a host has them: starting some for each load takes half a second."""

from __future__ import annotations

import atexit
import functools

from DICOMLib.Workers.WorkerPool import WorkerPool


@functools.cache
def runWorkers() -> WorkerPool:
    """The same at every call. It starts processes when they are first needed."""
    pool = WorkerPool(size=2)
    atexit.register(pool.close)
    return pool
