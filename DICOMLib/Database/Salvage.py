"""Reads what can be read of a damaged database file into a sound one, row by row."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from ..Progress import Progress
from . import Schema

# Children after their parents.
_TABLES = (
    "folders", "tagSets", "patients", "studies", "series", "instances", "frameValues", "displayedColumns",
    "watchedFolders",
)  # fmt: skip
_ROWS_AT_ONCE = 512
# No row takes fewer bytes: how many there can be at most when the file cannot say how many there are.
_SMALLEST_ROW = 32
_LARGEST_ROW_NUMBER = 2**63 - 1


def salvage(damaged: str, target: str, progress: Progress) -> dict[str, int]:
    """Fill a new database file with the readable rows of a damaged one, which is only read.

    :param target: of the new file, which must not exist
    :returns: rows by table; empty when nothing could be read
    :raises CancelledError: when the progress is cancelled
    """
    os.close(os.open(target, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
    found: dict[str, int] = {}
    with closing(_openDamaged(damaged)) as source, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        Schema.upgrade(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        for table in _TABLES:
            copy.execute("BEGIN")
            count = _copyTable(source, copy, table, progress)
            copy.execute("COMMIT")
            if count:
                found[table] = count
    return found


def _openDamaged(path: str) -> sqlite3.Connection:
    """With what its log holds if that can be had, else without."""
    address = Path(path).absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        connection = sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _copyTable(source: sqlite3.Connection, copy: sqlite3.Connection, table: str, progress: Progress) -> int:
    wanted = [row[1] for row in copy.execute(f"PRAGMA table_info({table})")]
    try:
        present = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        return 0
    columns = [column for column in wanted if column in present]
    if not columns:
        return 0
    query = f"SELECT {','.join(columns)} FROM {table}"
    insertion = f"INSERT OR IGNORE INTO {table}({','.join(columns)}) VALUES({','.join('?' * len(columns))})"
    count = 0
    for row in _rows(source, table, query, progress):
        with suppress(sqlite3.Error):  # a value that no sound row can have
            count += copy.execute(insertion, row).rowcount
    return count


def _rows(source: sqlite3.Connection, table: str, query: str, progress: Progress) -> Iterator[tuple]:
    if table == "displayedColumns":  # it has no row numbers, and some rows at most
        with suppress(sqlite3.Error):
            yield from source.execute(query)
        return
    last, first = _lastRow(source, table), 0
    while first <= last:
        progress.raiseIfCancelled()
        progress.report(first, text=f"Reading what can be read of {table}")
        yield from _rowsBetween(source, query, first, min(first + _ROWS_AT_ONCE - 1, _LARGEST_ROW_NUMBER))
        first = _nextRow(source, table, first + _ROWS_AT_ONCE)


def _lastRow(source: sqlite3.Connection, table: str) -> int:
    try:
        return source.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0
    except sqlite3.Error:
        return _mostRows(source)


def _nextRow(source: sqlite3.Connection, table: str, first: int) -> int:
    """The next number that a row has: a damaged page can hold any, and looking at all between would never end."""
    if first > _LARGEST_ROW_NUMBER:
        return first
    try:
        return source.execute(f"SELECT min(rowid) FROM {table} WHERE rowid >= ?", (first,)).fetchone()[0] or first
    except sqlite3.Error:
        return first if first <= _mostRows(source) else _LARGEST_ROW_NUMBER + 1


def _mostRows(source: sqlite3.Connection) -> int:
    """How many rows the file has room for."""
    size = source.execute("PRAGMA page_size").fetchone()[0] * source.execute("PRAGMA page_count").fetchone()[0]
    return size // _SMALLEST_ROW


def _rowsBetween(source: sqlite3.Connection, query: str, first: int, last: int) -> list[tuple]:
    """Rows by number; a page that cannot be read costs only its own."""
    try:
        return source.execute(f"{query} WHERE rowid BETWEEN ? AND ?", (first, last)).fetchall()
    except sqlite3.Error:
        if first == last:
            return []
    middle = (first + last) // 2
    return _rowsBetween(source, query, first, middle) + _rowsBetween(source, query, middle + 1, last)
