"""SQLite's errors in the project's words: what, where, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ..Errors import DatabaseClosedError, DatabaseCorruptError, DatabaseError, DatabaseReadOnlyError
from .Durability import DISK_FULL

_CORRUPT_HINT = (
    "Nothing was changed. \"dicommodule repair --database FILE\" keeps the file aside and makes a new one of what can "
    "be read; a backup may lie beside it"
)
DISK_ERROR = "the disk reports an error"
# Beginnings of SQLite's messages (Python 3.10 has no error codes). The first that fits decides.
_MEANINGS: tuple[tuple[str, type[DatabaseError], str, str], ...] = (
    ("file is not a database", DatabaseCorruptError, "this is not a study database, or it is damaged", _CORRUPT_HINT),
    ("database disk image is malformed", DatabaseCorruptError, "the study database is damaged", _CORRUPT_HINT),
    ("malformed database schema", DatabaseCorruptError, "the study database is damaged", _CORRUPT_HINT),
    ("unsupported file format", DatabaseCorruptError, "the study database is damaged", _CORRUPT_HINT),
    ("no such table", DatabaseCorruptError, "tables are missing in the study database", _CORRUPT_HINT),
    ("no such column", DatabaseCorruptError, "columns are missing in the study database", _CORRUPT_HINT),
    ("database is locked", DatabaseError, "another program is writing to the study database",
     "Wait until its import has finished, then try again"),
    ("database table is locked", DatabaseError, "another thread is writing to the study database", "Try again"),
    ("database or disk is full", DatabaseError, DISK_FULL, "Free some space, then import again: what was "
     "imported before is safe"),
    ("disk I/O error", DatabaseError, DISK_ERROR, "Check the disk and its free space"),
    ("attempt to write a readonly database", DatabaseReadOnlyError, "the study database can only be read",
     "Choose a database in a folder you may write to"),
    ("unable to open database file", DatabaseError, "the study database cannot be opened",
     "Check that its folder exists and that you may read it"),
    ("interrupted", DatabaseClosedError, "the study database was closed", ""),
    ("Cannot operate on a closed database", DatabaseClosedError, "the study database was closed", ""),
)


@contextmanager
def translatedErrors(path: str) -> Iterator[None]:
    """Turns errors of SQLite into those of the project. Their texts do not hold values of the tables.

    :raises DatabaseError: or one of its children
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # a race between two writers, settled by whoever started the transaction
    except sqlite3.Error as error:
        message = str(error)
        for beginning, kind, what, hint in _MEANINGS:
            if message.startswith(beginning):
                raise kind(what, path, hint=hint) from error
        raise DatabaseError("the study database failed", path, message) from error


def isDamage(error: sqlite3.Error) -> bool:
    """Whether an error of SQLite says that the file itself is damaged or no database."""
    meanings = (kind for beginning, kind, _, _ in _MEANINGS if str(error).startswith(beginning))
    return next(meanings, None) is DatabaseCorruptError
