"""Tag values of instances and files, from the database where they were kept at import, else from the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..Files.HeaderScanner import scanFile
from ..Instance import Instance
from ..Tags import ALL_TAGS, normalizedTag
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, DatabasePart, inGroups, placeholders
from .StoredHeader import restoredValues

_STANDARD_TAGS = frozenset(tag.text for tag in ALL_TAGS)

_RECORD_COLUMNS = (
    f"{PATH_COLUMNS}, SOPInstanceUID, referenceValues, differingValues, fileSize, modifiedTime, pixelDataOffset,"
    " pixelDataLength, truncated, tagSetID"
)
_RECORD_TABLES = f"{PATH_TABLES} JOIN series ON series.id = instances.seriesKey"

TagLike = str | int | tuple[int, int]
PathLike = str | bytes | os.PathLike


class TagValues(DatabasePart):
    """Values are text; several values are joined by backslashes; absent ones are ""."""

    def __init__(self):
        super().__init__()
        self._tagsToPrecache: tuple[str, ...] = ()

    @property
    def tagsToPrecache(self) -> tuple[str, ...]:
        """Tags kept at import beside those of ``Tags.ALL_TAGS``: what the registered plugins ask for."""
        return self._tagsToPrecache

    @tagsToPrecache.setter
    def tagsToPrecache(self, tags: Iterable[TagLike]) -> None:
        self._tagsToPrecache = tuple(sorted({normalizedTag(tag) for tag in tags} - _STANDARD_TAGS))

    def instancesForSeriesAsRecords(self, seriesUID: str) -> list[Instance]:
        """Every instance of a series with all values kept at import, in order of instance number; one query."""
        return [
            self._record(row)
            for row in self._recordRows("WHERE series.SeriesInstanceUID = ? ORDER BY instanceNumber, instances.id",
                                        [seriesUID])
        ]

    def instanceRecordsForFiles(self, paths: Sequence[PathLike]) -> list[Instance]:
        """Records in the order of the paths. Files that are not in the database are scanned.

        :raises FileError: when a file that is not in the database cannot be read
        """
        absolute = [os.path.abspath(os.fsencode(path)) for path in paths]
        known = self._knownRecords(absolute)
        return [known.get(path) or scanFile(path, self._tagsToPrecache).toInstance() for path in absolute]

    def instanceRecord(self, sopInstanceUID: str) -> Instance | None:
        """One instance with all values kept at import; None when it is not in the database."""
        rows = self._recordRows("WHERE SOPInstanceUID = ?", [sopInstanceUID])
        return self._record(rows[0]) if rows else None

    def instanceValue(self, sopInstanceUID: str, tag: TagLike, element: int | None = None) -> str:
        """The value of a tag, "gggg,eeee" or group and element as two numbers.

        :raises FileError: when the tag was not kept at import and the file cannot be read
        """
        return self.instanceValues([sopInstanceUID], tag if element is None else (tag, element))[0]

    def instanceValues(self, sopInstanceUIDs: Sequence[str], tag: TagLike) -> list[str]:
        """Values of one tag for many instances, in their order; one query for every 500."""
        name = normalizedTag(tag)
        found: dict[str, str] = {}
        for group in inGroups(sopInstanceUIDs):
            for row in self._recordRows(f"WHERE SOPInstanceUID IN ({placeholders(len(group))})", group):
                found[row[3]] = self._valueInRow(row, name) or ""
        return [found.get(uid, "") for uid in sopInstanceUIDs]

    def fileValue(self, path: PathLike, tag: TagLike, element: int | None = None) -> str:
        """The value of a tag of a file; the file is opened only when the database does not have the answer.

        :raises FileError: when the file must be read and cannot be
        """
        return self._fileValue(path, tag if element is None else (tag, element)) or ""

    def fileValueExists(self, path: PathLike, tag: TagLike, element: int | None = None) -> bool:
        """Whether the tag is in the file, be its value empty or not."""
        return self._fileValue(path, tag if element is None else (tag, element)) is not None

    def instanceValueExists(self, sopInstanceUID: str, tag: TagLike, element: int | None = None) -> bool:
        """Whether the tag is in the instance, be its value empty or not."""
        name = normalizedTag(tag if element is None else (tag, element))
        rows = self._recordRows("WHERE SOPInstanceUID = ?", [sopInstanceUID])
        return bool(rows) and self._valueInRow(rows[0], name) is not None

    def _fileValue(self, path: PathLike, tag: TagLike) -> str | None:
        name = normalizedTag(tag)
        absolute = os.path.abspath(os.fsencode(path))
        rows = self._rowsOfFiles([absolute])
        if rows:
            return self._valueInRow(rows[0], name)
        return scanFile(absolute, (name,)).values.get(name)

    def _valueInRow(self, row: tuple, tag: str) -> str | None:
        values, _ = restoredValues(row[3], row[4], row[5])
        if tag in values or tag in self._tagsOfSet(row[11]):
            return values.get(tag)
        return scanFile(self.pathOfRow(row), (tag,)).values.get(tag)

    def _tagsOfSet(self, tagSetID: int) -> frozenset[str]:
        return parsedTagSet(self._single("SELECT tags FROM tagSets WHERE id = ?", tagSetID, default="[]"))

    def _record(self, row: tuple) -> Instance:
        values, syntax = restoredValues(row[3], row[4], row[5])
        size, modified, offset, length, truncated = row[6:11]
        return Instance(self.pathOfRow(row), values, syntax, size, modified, offset, length, truncated)

    def _knownRecords(self, paths: Sequence[bytes]) -> dict[bytes, Instance]:
        """Records by the path asked for; a path may name a copy or its original."""
        known = {}
        for row in self._rowsOfFiles(paths):
            record = self._record(row)
            known[record.path] = record
            if row[0] is not None:
                known[os.path.join(row[0], row[1])] = record
        return known

    def _rowsOfFiles(self, paths: Sequence[bytes]) -> list[tuple]:
        byFolder: dict[bytes, list[bytes]] = {}
        digests: list[bytes] = []
        for path in paths:
            digest = self._store.digestOf(path)
            if digest is not None:
                digests.append(digest)
            else:
                folder, name = os.path.split(path)
                byFolder.setdefault(folder, []).append(name)
        rows = []
        for group in inGroups(digests):
            rows += self._recordRows(f"WHERE digest IN ({placeholders(len(group))})", group)
        for folder, names in byFolder.items():
            for group in inGroups(names):
                condition = f"WHERE folders.path = ? AND instances.name IN ({placeholders(len(group))})"
                rows += self._recordRows(condition, [folder, *group])
        return rows

    def _recordRows(self, condition: str, parameters: Sequence[object]) -> list[tuple]:
        with self._reading() as connection:
            return connection.execute(
                f"SELECT {_RECORD_COLUMNS} FROM {_RECORD_TABLES} {condition}", parameters
            ).fetchall()


@lru_cache(maxsize=32)
def parsedTagSet(text: str) -> frozenset[str]:
    """The tags an import looked for, beside the standard ones of its time."""
    return frozenset(json.loads(text))


def tagSetText(extraTags: Iterable[str]) -> str:
    """How the set of tags that an import looks for is stored."""
    return json.dumps(sorted(_STANDARD_TAGS | set(extraTags)))
