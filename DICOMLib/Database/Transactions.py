"""How a transaction ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def committed(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """For a transaction that has begun: committed at the end of the block, rolled back when an exception leaves it."""
    try:
        yield connection
        connection.execute("COMMIT")
    # Ctrl-C as well: a transaction that stays open keeps out everybody who wants to write.
    except BaseException:
        if connection.in_transaction:  # an interrupt may come when the commit is done
            connection.execute("ROLLBACK")
        raise
