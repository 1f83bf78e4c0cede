"""Which archives came in whole: an unchanged one is not opened again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..Files.FolderWalk import FileEntry
from .DatabasePart import DatabasePart, inGroups, placeholders

_QUERY = (
    "SELECT path, importedArchives.fileSize, importedArchives.modifiedTime, group_concat(seriesKey), sum(instances)"
    " FROM importedArchives JOIN series ON series.id = seriesKey GROUP BY path"
    # A series that was removed took its row with it; one that lost instances no longer has them all.
    " HAVING count(*) = max(seriesCount) AND min(instanceCount >= instances)"
)


@dataclass(frozen=True)
class KnownArchive:
    """What is in the database of an archive.

    :ivar series: their numbers
    """

    size: int
    modifiedTime: int
    series: tuple[int, ...]
    instances: int


class KnownArchives:
    """The archives of a database; read once, when the first one is asked for."""

    def __init__(self, database: DatabasePart):
        self._database = database
        self._known: Mapping[bytes, KnownArchive] | None = None

    def unchanged(self, entry: FileEntry) -> KnownArchive | None:
        """What the database has of an archive of this size and time; None when it has to be opened."""
        if self._known is None:
            self._known = self._read()
        known = self._known.get(entry.path)
        return known if known and (known.size, known.modifiedTime) == (entry.size, entry.modifiedTime) else None

    def remember(self, entry: FileEntry, instanceIDs: Iterable[int]) -> None:
        """An archive came in whole, as these instances (rows of the table)."""
        with self._database.connections().writing() as connection:
            counts: Counter[int] = Counter()
            for group in inGroups(instanceIDs):
                query = (f"SELECT seriesKey, count(*) FROM instances WHERE id IN ({placeholders(len(group))})"
                         " GROUP BY seriesKey")
                counts.update(dict(connection.execute(query, group).fetchall()))
            connection.execute("DELETE FROM importedArchives WHERE path = ?", (entry.path,))
            connection.executemany(
                "INSERT INTO importedArchives(path, seriesKey, fileSize, modifiedTime, seriesCount, instances)"
                " VALUES(?,?,?,?,?,?)",
                [(entry.path, series, entry.size, entry.modifiedTime, len(counts), count)
                 for series, count in counts.items()],
            )

    def instanceIDs(self, sopInstanceUIDs: Iterable[str]) -> set[int]:
        """Rows of the table of instances."""
        found: set[int] = set()
        with self._database.connections().reading() as connection:
            for group in inGroups(sopInstanceUIDs):
                query = f"SELECT id FROM instances WHERE SOPInstanceUID IN ({placeholders(len(group))})"
                found.update(row[0] for row in connection.execute(query, group))
        return found

    def _read(self) -> dict[bytes, KnownArchive]:
        with self._database.connections().reading() as connection:
            return {
                path: KnownArchive(size, modifiedTime, tuple(map(int, series.split(","))), instances)
                for path, size, modifiedTime, series, instances in connection.execute(_QUERY)
            }
