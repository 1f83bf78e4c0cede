"""Makes the database file as small as its contents, and copies of it for safety."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from ..Errors import CancelledError, DatabaseError, displayPath
from ..Progress import Progress
from ..Wording import sizeText
from .DatabaseErrors import translatedErrors
from .Durability import syncFolder
from .FileReplacement import FileReplacement, removeDatabaseFile
from .Interruption import interruptible
from .Rebuild import Rebuild
from .Schema import syncFile
from .UpkeepReport import BackupReport, CompactionReport

# Of a backup; between steps others may write and a cancel is seen.
_PAGES_AT_ONCE = 512
# Beside the new file, for what SQLite needs while writing it.
_SPARE_BYTES = 16 << 20


class Compaction(Rebuild):
    """Compacting and backing up."""

    def compact(self, progress: Progress | None = None) -> CompactionReport:
        """Write the database into a new, smaller file, which then takes the place of the old one.

        Nothing of what was removed before is in it. The old file is complete until the last moment.

        :returns: also of a cancelled compaction, which changes nothing
        :raises DatabaseError: when there is not enough space, or another program has the database open
        """
        path = self._pathToReplace()
        progress = progress or Progress()
        started = time.monotonic()
        report = CompactionReport(bytesBefore=_sizeOf(path))
        with suppress(CancelledError), FileReplacement(path) as replacement:
            expected = self._requireSpace(path)
            replacement.makePrivateFile()

            def tell() -> None:
                progress.report(min(_sizeOf(replacement.newPath), expected - 1), expected, "Compacting the database")

            with self._reading() as connection, interruptible(connection, progress, tell):
                connection.execute("VACUUM INTO ?", (replacement.newPath,))
            with translatedErrors(replacement.newPath), closing(sqlite3.connect(replacement.newPath)) as compacted:
                compacted.execute("PRAGMA journal_mode = WAL")
            progress.raiseIfCancelled()
            self._swapping(lambda: replacement.swap())
            report.bytesAfter = _sizeOf(path)
        report.cancelled = not report.bytesAfter
        report.seconds = time.monotonic() - started
        if not report.cancelled:
            progress.report(1, 1, report.summary())
        return report

    def backUp(
        self, target: str | os.PathLike, progress: Progress | None = None, overwrite: bool = False
    ) -> BackupReport:
        """Write a copy of the index into a file for the user alone (0600), while others read and write.

        Copied DICOM files are not in it. The copy appears under its name only when it is complete.

        :raises DatabaseError: when the file exists and ``overwrite`` is False, or cannot be written
        """
        started = time.monotonic()
        target = os.path.abspath(target)
        if os.path.lexists(target) and not overwrite:
            raise DatabaseError(
                "there is a file of this name already", target, hint="Choose another name, or have it overwritten"
            )
        if not self.connections().isInMemory and _isSame(target, self.connections().path):
            raise DatabaseError("a database cannot be its own backup", target, hint="Choose another name")
        report = BackupReport(path=target)
        try:
            with suppress(CancelledError):
                self._copyTo(f"{target}.part", progress or Progress())
                os.replace(f"{target}.part", target)
                syncFolder(os.path.dirname(target))
                report.bytesWritten = _sizeOf(target)
        except OSError as error:
            hint = "Choose a folder you may write to, with enough space"
            raise DatabaseError("the backup cannot be written", target, error.strerror, hint) from error
        finally:
            removeDatabaseFile(f"{target}.part")
        report.cancelled = not report.bytesWritten
        report.seconds = time.monotonic() - started
        return report

    def _copyTo(self, partial: str, progress: Progress) -> None:
        def tell(_status: int, remaining: int, total: int) -> None:
            progress.raiseIfCancelled()
            progress.report(total - remaining, max(total, 1), f"Backing up, {sizeText(_sizeOf(partial))} written")

        removeDatabaseFile(partial)
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
        with translatedErrors(partial), closing(sqlite3.connect(partial)) as copy:
            with self._reading() as connection:
                connection.backup(copy, pages=_PAGES_AT_ONCE, progress=tell)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        syncFile(partial)

    def _requireSpace(self, path: str) -> int:
        """:returns: bytes of the new file, about"""
        with self._reading() as connection:
            pages, free, size = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        needed = (pages - free) * size
        left = shutil.disk_usage(Path(path).parent).free
        if left < needed + _SPARE_BYTES:
            what = f"compacting needs {sizeText(needed + _SPARE_BYTES)} of free space, there are {sizeText(left)}"
            hint = f"Free some space on the disk of {displayPath(os.path.dirname(path))}; nothing was changed"
            raise DatabaseError(what, path, hint=hint)
        return max(1, needed)


def _sizeOf(path: str) -> int:
    """Bytes of a file, 0 while it is not there."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _isSame(first: str, second: str) -> bool:
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
