"""Tag values of instances and files, from the database where they were kept at import, else from the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ..Files.HeaderScanner import scanFile
from ..Files.WantedValues import standardPaths
from ..FrameColumns import Column, isOfFrames, valueAt
from ..Instance import Instance, Tag
from ..NestedTags import PER_FRAME_FUNCTIONAL_GROUPS
from ..TagPaths import EVERY_ITEM, PathStep, TagPath, normalizedPath, parsedPath
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, DatabasePart, inGroups, placeholders
from .FrameValues import StoredColumns
from .StoredHeader import restoredValues

_EVERY_FRAME = PathStep(PER_FRAME_FUNCTIONAL_GROUPS, item=EVERY_ITEM)

_RECORD_COLUMNS = (
    f"{PATH_COLUMNS}, SOPInstanceUID, referenceValues, differingValues, fileSize, modifiedTime, pixelDataOffset,"
    " pixelDataLength, truncated, tagSetID, frameValues.contents"
)
_RECORD_TABLES = (
    f"{PATH_TABLES} JOIN series ON series.id = instances.seriesKey"
    " LEFT JOIN frameValues ON frameValues.instanceID = instances.id"
)

PathLike = str | bytes | os.PathLike


class TagValues(DatabasePart):
    """Values are text; several values are joined by backslashes; absent ones are "".

    A tag is given as "gggg,eeee", as a keyword, or as a path into sequences (see TagPaths.py). Whatever is none of
    these raises a TagPathError.
    """

    def __init__(self):
        super().__init__()
        self._tagsToPrecache: tuple[str, ...] = ()
        self._tagsToExclude: frozenset[str] = frozenset()

    @property
    def tagsToPrecache(self) -> tuple[str, ...]:
        """Tags and paths kept at import beside the standard ones: what the registered plugins ask for."""
        return tuple(tag for tag in self._tagsToPrecache if tag not in self._tagsToExclude)

    @tagsToPrecache.setter
    def tagsToPrecache(self, tags: Iterable[Tag]) -> None:
        self._tagsToPrecache = tuple(sorted({normalizedPath(tag) for tag in tags}.difference(standardPaths())))

    @property
    def tagsToExcludeFromStorage(self) -> tuple[str, ...]:
        """Tags that are not kept at import even though a plugin asks for them; they are read from the files instead.
        What the database itself and the geometry of images need is always kept."""
        return tuple(sorted(self._tagsToExclude))

    @tagsToExcludeFromStorage.setter
    def tagsToExcludeFromStorage(self, tags: Iterable[Tag]) -> None:
        self._tagsToExclude = frozenset(map(normalizedPath, tags))

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

    def instanceValue(self, sopInstanceUID: str, tag: Tag, element: int | None = None) -> str:
        """The value of a tag, also by group and element as two numbers.

        :raises FileError: when the tag was not kept at import and the file cannot be read
        """
        return self.instanceValues([sopInstanceUID], _joinedTag(tag, element))[0]

    def instanceValues(self, sopInstanceUIDs: Sequence[str], tag: Tag) -> list[str]:
        """Values of one tag for many instances, in their order; one query for every 500."""
        return [values[0] for values in self.instanceValuesOfTags(sopInstanceUIDs, [tag])]

    def instanceValuesOfTags(self, sopInstanceUIDs: Sequence[str], tags: Sequence[Tag]) -> list[list[str]]:
        """Values of several tags for many instances: for each instance a list in the order of the tags."""
        names = [normalizedPath(tag) for tag in tags]
        found: dict[str, list[str]] = {}
        for group in inGroups(sopInstanceUIDs):
            for row in self._recordRows(f"WHERE SOPInstanceUID IN ({placeholders(len(group))})", group):
                found[row[3]] = self._valuesInRow(row, names)
        return [found.get(uid) or [""] * len(names) for uid in sopInstanceUIDs]

    def seriesValues(self, seriesUID: str, tags: Sequence[Tag]) -> list[list[str]]:
        """Values of several tags for every instance of a series, in the order of :meth:`instancesForSeries`; one
        query."""
        names = [normalizedPath(tag) for tag in tags]
        condition = "WHERE series.SeriesInstanceUID = ? ORDER BY instanceNumber, instances.id"
        return [self._valuesInRow(row, names) for row in self._recordRows(condition, [seriesUID])]

    def fileValue(self, path: PathLike, tag: Tag, element: int | None = None) -> str:
        """The value of a tag of a file; the file is opened only when the database does not have the answer.

        :raises FileError: when the file must be read and cannot be
        """
        return self._fileValue(path, _joinedTag(tag, element)) or ""

    def fileValueExists(self, path: PathLike, tag: Tag, element: int | None = None) -> bool:
        """Whether the tag is in the file, be its value empty or not."""
        return self._fileValue(path, _joinedTag(tag, element)) is not None

    def instanceValueExists(self, sopInstanceUID: str, tag: Tag, element: int | None = None) -> bool:
        """Whether the tag is in the instance, be its value empty or not."""
        name = normalizedPath(_joinedTag(tag, element))
        rows = self._recordRows("WHERE SOPInstanceUID = ?", [sopInstanceUID])
        return bool(rows) and self._valueInRow(rows[0], name) is not None

    def _fileValue(self, path: PathLike, tag: Tag) -> str | None:
        name = normalizedPath(tag)
        absolute = os.path.abspath(os.fsencode(path))
        rows = self._rowsOfFiles([absolute])
        return self._valueInRow(rows[0], name) if rows else _valueInFile(absolute, name)

    def _valuesInRow(self, row: tuple, names: Sequence[str]) -> list[str]:
        return [self._valueInRow(row, name) or "" for name in names]

    def _valueInRow(self, row: tuple, tag: str) -> str | None:
        values, _ = restoredValues(row[3], row[4], row[5])
        if tag in values:
            return values[tag]
        path = parsedPath(tag)
        if isOfFrames(path):
            if str(TagPath((_EVERY_FRAME, *path.steps[1:]))) in self._tagsOfSet(row[11]):
                return valueAt(_columns(row[12]), path)
        elif tag in self._tagsOfSet(row[11]):
            return None
        return _valueInFile(self.pathOfRow(row), tag)

    def _tagsOfSet(self, tagSetID: int) -> frozenset[str]:
        return parsedTagSet(self._single("SELECT tags FROM tagSets WHERE id = ?", tagSetID, default="[]"))

    def _record(self, row: tuple) -> Instance:
        values, syntax = restoredValues(row[3], row[4], row[5])
        size, modified, offset, length, truncated = row[6:11]
        if row[2] is not None:
            modified = 0  # the original's: a copy that moved with its database has another time, and the same bytes
        columns = _columns(row[12])
        return Instance(self.pathOfRow(row), values, syntax, size, modified, offset, length, truncated, columns)

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


def _joinedTag(tag: Tag, element: int | None) -> Tag:
    return tag if element is None else (tag, element)


def _columns(contents: bytes | None) -> Mapping[str, Column]:
    return {} if contents is None else StoredColumns(contents)


def _valueInFile(path: bytes, tag: str) -> str | None:
    header = scanFile(path, (tag,))
    parsed = parsedPath(tag)
    return valueAt(header.functionalGroups, parsed) if isOfFrames(parsed) else header.values.get(tag)


@lru_cache(maxsize=32)
def parsedTagSet(text: str) -> frozenset[str]:
    """The tags and paths an import looked for, the standard ones of its time among them."""
    return frozenset(json.loads(text))


def tagSetText(extraTags: Iterable[str]) -> str:
    """How the set of tags that an import looks for is stored: paths into functional groups as those of every frame."""
    paths = map(parsedPath, extraTags)
    extra = {str(TagPath((_EVERY_FRAME, *path.steps[1:])) if isOfFrames(path) else path) for path in paths}
    return json.dumps(sorted(extra.union(standardPaths())))
