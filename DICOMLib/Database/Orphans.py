"""Owned files that no row of the index belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..Progress import Progress
from .DatabasePart import DatabasePart, isKnownDigest

FIRST_BYTES = 256


def storedFiles(database: DatabasePart, progress: Progress) -> Iterator[tuple[bytes, bytes]]:
    """SHA-256 by name, and path, of every file under a final name in the store.

    :raises CancelledError: when the progress is cancelled
    """
    for first in range(FIRST_BYTES):
        progress.raiseIfCancelled()
        yield from _filesBelow(database, first)


def orphansOf(database: DatabasePart, progress: Progress) -> list[bytes]:
    """Paths of owned files without a row. A copy that another program is just adding is none.

    :raises CancelledError: when the progress is cancelled
    """
    if not database.store.folder.is_dir():
        return []
    suspects: list[tuple[bytes, bytes]] = []
    for first in range(FIRST_BYTES):
        progress.raiseIfCancelled()
        below = list(_filesBelow(database, first))
        if below:
            known = _knownDigests(database, first)
            suspects += [(digest, path) for digest, path in below if digest not in known]
    return _confirmed(database, suspects)


def _filesBelow(database: DatabasePart, first: int) -> Iterator[tuple[bytes, bytes]]:
    folder = os.fsencode(database.store.folder / f"{first:02x}")
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        path = os.path.join(folder, name)
        digest = database.store.digestOf(path)
        if digest is not None:
            yield digest, path


def _knownDigests(database: DatabasePart, first: int) -> set[bytes]:
    condition, limits = "digest >= ?", [bytes([first])]
    if first < FIRST_BYTES - 1:
        condition, limits = "digest >= ? AND digest < ?", [bytes([first]), bytes([first + 1])]
    with database.connections().reading() as connection:
        return {row[0] for row in connection.execute(f"SELECT digest FROM instances WHERE {condition}", limits)}


def _confirmed(database: DatabasePart, suspects: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Copies get their final names inside the transaction that adds their rows: while we hold the lock, none is half
    way in."""
    if not suspects:
        return []
    connections = database.connections()
    with connections.reading() if connections.readOnly else connections.writing() as connection:
        left = [path for digest, path in suspects if not isKnownDigest(connection, digest)]
    return [path for path in left if os.path.exists(path)]
