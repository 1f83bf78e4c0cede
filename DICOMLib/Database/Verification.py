"""Is everything there, and is it what was imported? Nothing is changed."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from ..Errors import CancelledError, DatabaseCorruptError, displayPath
from ..Progress import Progress
from ..Wording import counted, sizeText
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, DatabasePart, inGroups, placeholders
from .FileStates import IndexedFile, asItIs, checkContents, lookAt
from .Interruption import interruptible
from .Orphans import orphansOf
from .UpkeepReport import INDEX, ORPHAN, WRONG_COUNT, Finding, VerificationReport

# Disks answer several questions at a time faster; hashing runs without Python's lock.
READERS = 4
_FILES_WAITING = 64
_FILES_IN_A_QUERY = 500
# What looking at a file costs beside its bytes, so that the bar also moves over linked files.
_LOOK_BYTES = 4096

_COLUMNS = f"{PATH_COLUMNS}, SOPInstanceUID, fileSize, modifiedTime, instances.id"
# Sums of what is there beside what is written down; only where they differ.
WRONG_COUNTS = """
    SELECT series.id, SeriesInstanceUID, instanceCount, frameCount, count(instances.id), coalesce(sum(frames), 0)
    FROM series LEFT JOIN instances ON seriesKey = series.id GROUP BY series.id
    HAVING instanceCount <> count(instances.id) OR frameCount <> coalesce(sum(frames), 0)"""


class Verification(DatabasePart):
    """Looks at every file and at the index itself."""

    def verify(self, progress: Progress | None = None, readHeaders: bool = False) -> VerificationReport:
        """Every owned file by its SHA-256, every linked one by size and time, and the index for consistency.

        :param progress: counts bytes; after a cancel the report holds what was found until then
        :param readHeaders: also read the headers of linked files that seem unchanged, and compare the SOPInstanceUID
        :raises DatabaseError: when the database is closed
        """
        return _Verification(self, progress or Progress(), readHeaders).run()

    def integrityProblems(self) -> list[str]:
        """What SQLite finds wrong with the file, in its words; empty when it is sound."""
        try:
            found = self._firstColumn("PRAGMA integrity_check(20)")
        except DatabaseCorruptError as error:
            found = [error.what]
        return [] if found == ["ok"] else found

    def fileProblems(self, paths: Sequence[str | bytes | os.PathLike]) -> dict[str | bytes | os.PathLike, Finding]:
        """What is the matter with files that are about to be read, by path: missing, unreadable, changed or replaced.

        Contents of owned files are not read. A file that the index does not know is only looked for.
        """
        absolutes = [os.path.abspath(os.fsencode(path)) for path in paths]
        known = self._indexedFilesAt(absolutes)
        problems = {}
        for path, absolute in zip(paths, absolutes, strict=True):
            found = lookAt(known.get(absolute) or asItIs(absolute))
            if found is not None:
                problems[path] = found
        return problems

    def indexedFiles(self) -> Iterator[IndexedFile]:
        """All files, a query for every 500, so that nothing is held up while they are looked at."""
        last = 0
        while True:
            with self._reading() as connection:
                rows = connection.execute(
                    f"SELECT {_COLUMNS} FROM {PATH_TABLES} WHERE instances.id > ? ORDER BY instances.id LIMIT ?",
                    (last, _FILES_IN_A_QUERY),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][6]
            yield from map(self.indexedFile, rows)

    def _indexedFilesAt(self, paths: Sequence[bytes]) -> dict[bytes, IndexedFile]:
        """Files of the index by the path they are read from."""
        digests = {path: self._store.digestOf(path) for path in paths}
        folders: dict[bytes, list[bytes]] = {}
        for path, digest in digests.items():
            if digest is None:
                folder, name = os.path.split(path)
                folders.setdefault(folder, []).append(name)
        rows = []
        with self._reading() as connection:
            for group in inGroups(filter(None, digests.values())):
                query = f"SELECT {_COLUMNS} FROM {PATH_TABLES} WHERE digest IN ({placeholders(len(group))})"
                rows += connection.execute(query, group).fetchall()
            for folder, names in folders.items():
                for group in inGroups(names):
                    condition = f"folders.path = ? AND instances.name IN ({placeholders(len(group))})"
                    query = f"SELECT {_COLUMNS} FROM {PATH_TABLES} WHERE {condition}"
                    rows += connection.execute(query, (folder, *group)).fetchall()
        return {file.path: file for file in map(self.indexedFile, rows)}

    def indexedFile(self, row: tuple) -> IndexedFile:
        """From ``PATH_COLUMNS``, SOPInstanceUID, fileSize, modifiedTime."""
        source = None if row[0] is None else os.path.join(row[0], row[1])
        digest = row[2]
        path = source if digest is None else self._store.pathOf(digest)
        return IndexedFile(path or b"", row[3], row[4], row[5], digest, source)


class _Verification:
    def __init__(self, database: Verification, progress: Progress, readHeaders: bool):
        self._database = database
        self._progress = progress
        self._readHeaders = readHeaders
        self._report = VerificationReport()
        self._lock = threading.Lock()
        self._bytesDone = self._bytesTotal = 0

    def run(self) -> VerificationReport:
        started = time.monotonic()
        with suppress(CancelledError):  # the report says so
            for check in (self._checkIndex, self._checkFiles, self._lookForOrphans):
                self._carryOut(check)
        report = self._report
        report.cancelled = self._progress.cancelled
        report.seconds = time.monotonic() - started
        if not report.cancelled:
            self._progress.report(max(1, self._bytesTotal), max(1, self._bytesTotal), report.summary())
        return report

    def _carryOut(self, check: Callable[[], None]) -> None:
        """One step; an index too damaged for it is a finding, and the others may still be possible."""
        try:
            check()
        except DatabaseCorruptError as error:
            text = "the index is damaged, so that not everything could be looked at"
            if not any(finding.text == text for finding in self._report.findings):
                self._report.add(INDEX, os.fsencode(str(error.where)), text)

    def _checkIndex(self) -> None:
        self._progress.report(0, text="Checking the index")
        with self._database.connections().reading() as connection, interruptible(connection, self._progress):
            for (text,) in connection.execute("PRAGMA integrity_check(100)"):
                if text != "ok":
                    self._report.add(INDEX, b"", text)
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
                self._report.add(INDEX, b"", f"row {row} of {table} belongs to no row of {parent}")
            for _, uid, instances, frames, found, foundFrames in connection.execute(WRONG_COUNTS):
                text = f"series {uid}: {instances} objects and {frames} frames are written down, "
                self._report.add(WRONG_COUNT, b"", f"{text}{found} and {foundFrames} are there")

    def _checkFiles(self) -> None:
        with self._database.connections().reading() as connection:
            owned, instances = connection.execute(
                "SELECT coalesce(sum(CASE WHEN digest IS NULL THEN 0 ELSE fileSize END), 0), count(*) FROM instances"
            ).fetchone()
        self._bytesTotal = owned + instances * _LOOK_BYTES
        waiting: deque[tuple[IndexedFile, Future]] = deque()
        with ThreadPoolExecutor(READERS, thread_name_prefix="verify") as pool:
            try:
                for file in self._database.indexedFiles():
                    self._progress.raiseIfCancelled()
                    waiting.append((file, pool.submit(self._check, file)))
                    if len(waiting) > _FILES_WAITING:
                        self._take(*waiting.popleft())
                while waiting:
                    self._take(*waiting.popleft())
            finally:
                for _, future in waiting:
                    future.cancel()

    def _check(self, file: IndexedFile) -> Finding | None:
        onBytes = partial(self._advance, True)
        found = checkContents(file, self._progress, onBytes, self._readHeaders)
        self._advance(False, _LOOK_BYTES)
        return found

    def _advance(self, isContents: bool, count: int) -> None:
        with self._lock:
            self._bytesDone += count
            if isContents:
                self._report.bytesRead += count

    def _take(self, file: IndexedFile, future: Future) -> None:
        found = future.result()
        report = self._report
        if file.isOwned:
            report.ownedFiles += 1
        else:
            report.linkedFiles += 1
        if found is not None:
            report.findings.append(found)
        with self._lock:
            done = min(self._bytesDone, self._bytesTotal - 1)
        problems = f", {counted(len(report.findings), 'problem')}" if report.findings else ""
        files = counted(report.ownedFiles + report.linkedFiles, "file")
        self._progress.report(done, self._bytesTotal, f"{files}, {sizeText(report.bytesRead)} read{problems}")

    def _lookForOrphans(self) -> None:
        for path in orphansOf(self._database, self._progress):
            self._report.orphans += 1
            self._report.add(ORPHAN, path, f"a copy that no entry of the index belongs to ({displayPath(path)})")


