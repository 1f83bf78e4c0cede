"""Mends what a verification finds. Nothing goes without being named in the report."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from ..Errors import CancelledError, DatabaseCorruptError, displayPath
from ..Files.Header import Header
from ..Progress import Progress
from ..Wording import counted
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, inGroups, placeholders
from .FileStates import IndexedFile, checkContents
from .Indexer import DICOMIndexer
from .OwnedFiles import OwnedFiles, forgetText, putAside
from .Rebuild import Rebuild
from .Relocation import findMoved
from .Removal import forgetInstances, recount, removeEmptyOnes
from .UpkeepReport import (
    CHANGED,
    DAMAGED,
    FORGOTTEN,
    INDEX,
    LEFT,
    MENDED,
    MISSING,
    ORPHAN,
    REPLACED,
    UNREADABLE,
    WRONG_COUNT,
    Finding,
    RepairReport,
    VerificationReport,
)
from .Verification import WRONG_COUNTS, Verification


class Repair(Verification, Rebuild):
    """See :meth:`repair`."""

    def repair(
        self,
        progress: Progress | None = None,
        movedTo: Sequence[str | bytes | os.PathLike] = (),
        keepMissing: bool = False,
        verification: VerificationReport | None = None,
    ) -> RepairReport:
        """Verify, and mend what can be mended.

        Every file is looked at again before it is moved or forgotten: much may have happened since it was verified.

        - Missing linked files are looked for below ``movedTo``; those not found are forgotten, unless ``keepMissing``.
        - Changed and replaced linked files are read again.
        - Damaged owned files go into the folder ``Damaged`` of the store. They and missing ones are copied again when
          their original is still there, else forgotten.
        - Owned files without an entry are indexed; wrong counts are counted again.
        - A damaged index is rebuilt (see :meth:`Rebuild.rebuild`).

        :param verification: what was found before; without it everything is looked at first
        :raises DatabaseError: when the database cannot be written
        """
        return _Repair(self, progress or Progress(), movedTo, keepMissing).run(verification)


class _Repair:
    def __init__(
        self, database: Repair, progress: Progress, movedTo: Sequence[str | bytes | os.PathLike], keepMissing: bool
    ):
        self._database = database
        self._progress = progress
        self._movedTo = movedTo
        self._keepMissing = keepMissing
        self._report = RepairReport()

    def run(self, verification: VerificationReport | None) -> RepairReport:
        started = time.monotonic()
        self._database.requireWritable()
        with suppress(CancelledError):  # the report says so
            if verification is None:
                verification = self._database.verify(self._progress)
                self._progress.raiseIfCancelled()
            self._mend(verification)
        report = self._report
        report.cancelled = self._progress.cancelled
        report.seconds = time.monotonic() - started
        if report.ofKind(MENDED, FORGOTTEN, DAMAGED):
            self._database.notify("removed")
            self._database.notify("changed")
        if not report.cancelled:
            self._progress.report(1, 1, report.summary())
        return report

    def _mend(self, verification: VerificationReport) -> None:
        if verification.ofKind(INDEX):
            self._mendIndex(verification.ofKind(INDEX))
            verification = self._database.verify(self._progress)
            self._progress.raiseIfCancelled()
        isOwned = self._database.store.digestOf
        owned = [one for one in verification.ofKind(MISSING, DAMAGED) if isOwned(one.path) is not None]
        linked = [one for one in verification.ofKind(MISSING) if isOwned(one.path) is None]
        self._step("Owned files", self._mendOwned, self._stillSo(owned))
        self._step("Missing files", self._mendMissing, self._stillSo(linked))
        self._step("Changed files", self._readAgain, self._stillSo(verification.ofKind(CHANGED, REPLACED)))
        self._step("Files without an entry", self._indexOrphans, verification.ofKind(ORPHAN))
        if verification.ofKind(WRONG_COUNT):
            self._countAgain()
        for finding in verification.ofKind(UNREADABLE):
            self._report.add(LEFT, finding.path, f"{finding.text}; check its permissions, its disk or its network")

    def _step(self, text: str, work: Callable[[list[Finding]], None], findings: list[Finding]) -> None:
        self._progress.raiseIfCancelled()
        if findings:
            self._progress.report(0, text=f"{text}: {len(findings):,}")
            work(findings)

    # The index

    def _mendIndex(self, findings: list[Finding]) -> None:
        with suppress(DatabaseCorruptError):  # what that cannot mend is rebuilt
            self._removeStrayRows()
        if not self._database.integrityProblems():
            self._report.add(MENDED, b"", f"the index: {counted(len(findings), 'problem')}")
            return
        rebuilt = self._database.rebuild(self._progress)
        self._report.findings += rebuilt.findings
        if not rebuilt.cancelled:
            self._report.add(MENDED, b"", rebuilt.summary().rstrip("."))

    def _removeStrayRows(self) -> None:
        with self._writing() as connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            for table, row, _, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
                if row is not None:
                    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
                    self._report.add(FORGOTTEN, b"", f"row {row} of {table}, which belonged to nothing")
            connection.execute("REINDEX")
            removeEmptyOnes(connection)

    def _countAgain(self) -> None:
        with self._writing() as connection:
            rows = connection.execute(WRONG_COUNTS).fetchall()
            recount(connection, [row[0] for row in rows])
        for _, uid, instances, _, found, _ in rows:
            self._report.add(MENDED, b"", f"series {uid}: {counted(found, 'object')}, no longer {instances:,}")

    # Owned files

    def _mendOwned(self, findings: list[Finding]) -> None:
        """Bad copies go aside, their entries go, and their originals come in again where they still are."""
        files = self._indexed([finding.sopInstanceUID for finding in findings])
        with self._writing() as connection:
            forgetInstances(connection, files)
            aside = {
                one.sopInstanceUID: putAside(self._database, one.path) for one in findings if os.path.exists(one.path)
            }
        sources = [file.source for file in files.values() if file.source and os.path.isfile(file.source)]
        self._import(sources, copyFiles=True)
        back = self._indexed(files)
        for finding in findings:
            uid, file = finding.sopInstanceUID, files.get(finding.sopInstanceUID)
            moved = f"; the damaged file is now {displayPath(aside[uid])}" if uid in aside else ""
            if uid in back:
                self._report.add(MENDED, finding.path, f"copied again from {displayPath(file.source)}{moved}")
            else:
                kind = DAMAGED if uid in aside else FORGOTTEN
                advice = forgetText(file.source if file else None)
                self._report.add(kind, finding.path, f"{finding.text}{moved}; {advice}")

    def _indexOrphans(self, findings: list[Finding]) -> None:
        digestOf = self._database.store.digestOf
        before = len(self._report.findings)
        OwnedFiles(self._database, self._report, self._progress).index(
            (digestOf(finding.path), finding.path) for finding in findings
        )
        aside = {finding.path for finding in self._report.findings[before:]}
        for finding in findings:
            if finding.path not in aside:
                self._report.add(MENDED, finding.path, "it has its entry in the index again")

    # Linked files

    def _mendMissing(self, findings: list[Finding]) -> None:
        files = self._indexed([finding.sopInstanceUID for finding in findings])
        moved = self._moved(files)
        gone = [finding for finding in findings if finding.sopInstanceUID not in moved]
        if self._keepMissing:
            for finding in gone:
                self._report.add(LEFT, finding.path, "not there, its entry stays; connect the disk it was on")
            return
        with self._writing() as connection:
            forgetInstances(connection, [finding.sopInstanceUID for finding in gone])
        for finding in gone:
            self._report.add(FORGOTTEN, finding.path, "not there any more; import it again from where it is now")

    def _moved(self, files: dict[str, IndexedFile]) -> set[str]:
        """Have the index follow files that were found elsewhere. :returns: their SOPInstanceUIDs"""
        if not self._movedTo:
            return set()
        tags = tuple(self._database.tagsToPrecache)
        found = findMoved(files.values(), self._movedTo, tags, self._progress)
        followed = set()
        with self._writing() as connection:
            for uid, header in found.items():
                if self._follow(connection, uid, header):
                    followed.add(uid)
            removeEmptyOnes(connection)
        self._import([header.path for uid, header in found.items() if uid not in followed], copyFiles=False)
        for uid, header in found.items():
            self._report.add(MENDED, files[uid].path, f"found as {displayPath(header.path)}")
        return set(found)

    def _follow(self, connection: sqlite3.Connection, uid: str, header: Header) -> bool:
        """Point an entry to the file's new place. :returns: False when its header must be taken in anew"""
        folder, name = os.path.split(header.path)
        connection.execute("INSERT OR IGNORE INTO folders(path) VALUES(?)", (folder,))
        changed = connection.execute(
            "UPDATE OR IGNORE instances SET folderID = (SELECT id FROM folders WHERE path = ?), name = ?,"
            " modifiedTime = ? WHERE SOPInstanceUID = ? AND pixelDataOffset = ? AND pixelDataLength = ?",
            (folder, name, header.modifiedTime, uid, header.pixelDataOffset, header.pixelDataLength),
        )
        return changed.rowcount > 0

    def _readAgain(self, findings: list[Finding]) -> None:
        skipped = self._import([finding.path for finding in findings], copyFiles=False)
        problems = self._database.fileProblems([finding.path for finding in findings])
        lost = [finding for finding in findings if finding.path in problems]
        with self._writing() as connection:
            forgetInstances(connection, [finding.sopInstanceUID for finding in lost])
        for finding in findings:
            if finding in lost:
                reason = skipped.get(finding.path, "it cannot be read again")
                self._report.add(FORGOTTEN, finding.path, f"{finding.text}: {reason}")
            else:
                self._report.add(MENDED, finding.path, f"{finding.text}: read again")

    # Common

    def _stillSo(self, findings: list[Finding]) -> list[Finding]:
        """Those of which the entry still names the file, and something is the matter with it: an import may have
        brought another one since, or the user the disk that was missing."""
        files = self._indexed([finding.sopInstanceUID for finding in findings])
        left = []
        for finding in findings:
            file = files.get(finding.sopInstanceUID)
            if file is not None and file.path == finding.path and checkContents(file, self._progress, _ignore):
                left.append(finding)
        return left

    def _import(self, paths: Iterable[bytes], copyFiles: bool) -> dict[bytes, str]:
        """:returns: why files did not come in, by path"""
        paths = list(paths)
        if not paths:
            return {}
        report = DICOMIndexer(self._database).importPaths(paths, copyFiles=copyFiles, progress=self._progress)
        self._progress.raiseIfCancelled()
        return {entry.path: entry.reason for entry in report.skipped}

    def _indexed(self, uids: Iterable[str]) -> dict[str, IndexedFile]:
        files = {}
        with self._database.connections().reading() as connection:
            for group in inGroups(uids):
                rows = connection.execute(
                    f"SELECT {PATH_COLUMNS}, SOPInstanceUID, fileSize, modifiedTime FROM {PATH_TABLES}"
                    f" WHERE SOPInstanceUID IN ({placeholders(len(group))})",
                    group,
                )
                files.update({row[3]: self._database.indexedFile(row) for row in rows})
        return files

    def _writing(self):
        return self._database.connections().writing(self._progress)


def _ignore(_count: int) -> None:
    """Nobody waits for the bytes that are counted here."""
