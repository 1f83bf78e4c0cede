"""Owned files into the index, from the files themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..Errors import FileError, displayPath
from ..Files.Header import Header
from ..Files.HeaderScanner import scanFile
from ..Progress import Progress
from .BatchRows import BatchRows
from .DatabasePart import DatabasePart, isKnownDigest, placeholders
from .Durability import makePrivateFolder, storeErrors
from .FileStates import digestOfFile
from .Identity import reasonToSkip
from .ImportReport import ImportReport
from .Placement import Action, Placement
from .Schema import unusedPath
from .StoredHeader import SOP_INSTANCE_UID
from .StoreSession import StagedFile
from .TagValues import tagSetText
from .UpkeepReport import DAMAGED, RepairReport

# In the folder of owned files: those whose bytes are not what was copied.
DAMAGED_FOLDER = "Damaged"
_READERS = 4
_BATCH = 500


@dataclass(frozen=True)
class Origin:
    """Where an owned file came from, and its time there."""

    source: bytes
    modifiedTime: int


class OwnedFiles:
    """Puts files of the store into the index of a database whose store they are in.

    :param report: gets a finding for every file that has no place in the index
    :param originOf: what is known of where a copy came from
    """

    def __init__(
        self, database: DatabasePart, report: RepairReport, progress: Progress,
        originOf: Callable[[bytes], Origin | None] = lambda _digest: None,
    ):
        self._database = database
        self._report = report
        self._progress = progress
        self._originOf = originOf
        self._tags = tuple(database.tagsToPrecache)

    def index(self, files: Iterable[tuple[bytes, bytes]]) -> int:
        """Index files by SHA-256 and path. What is damaged, no object, or an object that the index has already is put
        aside.

        :returns: how many are in the index now
        :raises CancelledError: when the progress is cancelled; batches before stay
        """
        indexed = 0
        batch: list[tuple[bytes, Header]] = []
        for digest, path, outcome in self._read(files):
            self._progress.raiseIfCancelled()
            if isinstance(outcome, str):
                with self._database.connections().writing() as connection:
                    if not isKnownDigest(connection, digest):
                        self._putAside(path, outcome)
                continue
            batch.append((digest, outcome))
            if len(batch) >= _BATCH:
                indexed += self._write(batch)
                batch = []
        return indexed + self._write(batch)

    def _read(self, files: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes, Header | str]]:
        with ThreadPoolExecutor(_READERS, thread_name_prefix="owned") as pool:
            for group in _groups(files):
                outcomes = pool.map(self._readOne, group)
                yield from ((digest, path, outcome) for (digest, path), outcome in zip(group, outcomes, strict=True))

    def _readOne(self, file: tuple[bytes, bytes]) -> Header | str:
        """The header, or why the file has no place in the index."""
        digest, path = file
        try:
            if digestOfFile(path, self._progress) != digest:
                return "its contents are not what was copied"
            header = scanFile(path, self._tags)
        except OSError as error:
            return f"it cannot be read ({error.strerror})"
        except FileError as error:
            return error.what
        return reasonToSkip(header) or header

    def _write(self, batch: list[tuple[bytes, Header]]) -> int:
        if not batch:
            return 0
        indexed = 0
        with self._database.connections().writing() as connection:
            known = _knownObjects(connection, [header.value(SOP_INSTANCE_UID) for _, header in batch])
            rows = BatchRows(connection, ImportReport(), tagSetText(self._tags))
            for digest, header in batch:
                if isKnownDigest(connection, digest):  # it was imported since it was found without an entry
                    continue
                uid = header.value(SOP_INSTANCE_UID)
                if uid in known:
                    self._putAside(header.path, "another copy of the same object is in the index")
                    continue
                known.add(uid)
                self._place(rows, digest, header)
                rows.addPlaced()
                if self._originOf(digest) is None:
                    connection.execute(
                        "UPDATE instances SET folderID = NULL, name = NULL WHERE SOPInstanceUID = ?", (uid,)
                    )
                indexed += 1
            rows.finish()
            connection.execute(
                "DELETE FROM folders WHERE id NOT IN (SELECT folderID FROM instances WHERE folderID IS NOT NULL)"
            )
        return indexed

    def _place(self, rows: BatchRows, digest: bytes, header: Header) -> None:
        origin = self._originOf(digest)
        copy = StagedFile(Path(os.fsdecode(header.path)), digest, header.fileSize, header.modifiedTime)
        if origin is not None:
            header = replace(header, path=origin.source, contentsPath=header.path, modifiedTime=origin.modifiedTime)
        rows.place(Placement(header, Action.ADD), copy)

    def _putAside(self, path: bytes, reason: str) -> None:
        target = putAside(self._database, path)
        self._report.add(DAMAGED, path, f"{reason}; it was moved to {displayPath(target)}")


def putAside(database: DatabasePart, path: bytes) -> str:
    """Move a file out of the store's names into its folder for damaged files. :returns: where it is now

    :raises DatabaseError: when it cannot be moved
    """
    folder = database.store.folder / DAMAGED_FOLDER
    with storeErrors(folder):
        makePrivateFolder(folder)
        parent, name = os.path.split(os.fsdecode(path))
        target = unusedPath(str(folder / (os.path.basename(parent) + name)))
        os.rename(path, target)
    return target


def forgetText(source: bytes | None) -> str:
    """What to do about an object whose owned file is gone."""
    if source is None:
        return "import it again"
    return f"import it again; it came from {displayPath(source)}"


def _groups(files: Iterable[tuple[bytes, bytes]]) -> Iterator[list[tuple[bytes, bytes]]]:
    group = []
    for file in files:
        group.append(file)
        if len(group) >= 4 * _READERS:
            yield group
            group = []
    if group:
        yield group


def _knownObjects(connection, uids: list[str]) -> set[str]:
    query = f"SELECT SOPInstanceUID FROM instances WHERE SOPInstanceUID IN ({placeholders(len(uids))})"
    return {row[0] for row in connection.execute(query, uids)}


