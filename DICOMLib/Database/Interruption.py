"""Long statements of SQLite that can be cancelled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..Errors import CancelledError
from ..Progress import Progress

# About a millisecond of SQLite's work.
_STEPS_BETWEEN_LOOKS = 20_000


@contextmanager
def interruptible(
    connection: sqlite3.Connection, progress: Progress, onLook: Callable[[], None] | None = None
) -> Iterator[None]:
    """Statements in the block end soon after the progress is cancelled.

    :param onLook: called now and then meanwhile, to say how far it is
    :raises CancelledError: when that has ended a statement
    """

    def look() -> bool:
        if onLook is not None:
            onLook()
        return progress.cancelled

    connection.set_progress_handler(look, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if progress.cancelled:
            raise CancelledError() from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
