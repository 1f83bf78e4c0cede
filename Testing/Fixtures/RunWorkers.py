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


class LentWorkers:
    """The workers of the run, for whoever takes a pool for his own and closes it."""

    def __init__(self):
        self._pool = runWorkers()

    def __getattr__(self, name: str) -> object:
        return getattr(self._pool, name)

    def __enter__(self) -> LentWorkers:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """They stay."""
