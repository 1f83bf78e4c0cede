"""Where exported files go: first into a private folder beside their place, then all of them into it at once."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..Database.Durability import DISK_FULL, isDiskFull, systemError
from ..Database.TemporaryFolders import PREFIX, TemporaryFolder, removeAbandonedFolders
from ..Errors import CancelledError, DatabaseError, DICOMError, ExportError
from ..Wording import counted
from .NewFolders import NewFolders

if TYPE_CHECKING:
    from ..Database.DICOMDatabase import DICOMDatabase
    from ..Database.ImportReport import ImportReport
    from ..Progress import Progress

_PRIVATE_NAME = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")  # as tempfile makes them


class Destination:
    """Folders that appear in a directory complete, or not at all. Use it as a context manager.

    Until :meth:`publish` everything is in one private folder in that directory, which goes whatever happens; what a
    killed program left there goes when the next export to the directory begins.

    :param directory: made where it does not exist
    """

    def __init__(self, directory: str | os.PathLike):
        self._directory = os.path.abspath(os.fspath(directory))
        self._staging: TemporaryFolder | None = None
        self._newFolders = NewFolders()

    def __enter__(self) -> Destination:
        try:
            with writingErrors(self._directory):
                self._newFolders.make(self._directory)
                removeAbandonedFolders(self._directory)
                self._staging = TemporaryFolder(self._directory)
        except ExportError:
            self._newFolders.remove()
            raise
        return self

    def __exit__(self, exceptionType: type | None, *_: object) -> None:
        self._staging.remove()
        if exceptionType is not None:
            self._newFolders.remove()

    def folder(self, name: str) -> str:
        """A new private folder that will be `name` in the directory.

        :raises ExportError: when there is something of this name already
        """
        target = os.path.join(self._directory, name)
        if os.path.lexists(target) and not _isEmptyFolder(target):
            raise ExportError("the folder is not empty", target, hint="Choose another folder or remove it first")
        path = os.path.join(self._staging.path, name)
        with writingErrors(path):
            os.mkdir(path, 0o700)
        return path

    def privateFolder(self) -> str:
        """Where everything is until it is published, also what others write here."""
        return self._staging.path

    def publish(self) -> dict[str, str]:
        """Move everything that is in the private folder to the directory.

        :returns: path in the private folder → path now
        :raises ExportError: when a name is taken, before anything is moved, or when something cannot be moved; what
            was moved is taken away again
        """
        for name in self._written():
            target = os.path.join(self._directory, name)
            if os.path.lexists(target) and not _isEmptyFolder(target):
                raise ExportError("there is something of this name already", target, hint="Choose another folder")
        return self.publishBeside()

    def publishBeside(self) -> dict[str, str]:
        """As :meth:`publish`, but what has a name that is taken gets a number."""
        moved: dict[str, str] = {}
        try:
            for name in self._written():
                path = os.path.join(self._staging.path, name)
                with writingErrors(os.path.join(self._directory, name)):
                    moved[path] = _moveToFreeName(path, self._directory)
        except ExportError:
            for target in moved.values():
                _remove(target)
            raise
        return moved

    def _written(self) -> list[str]:
        return sorted(name for name in os.listdir(self._staging.path) if not self._staging.isOwn(name))


def exportToDatabase(
    database: DICOMDatabase, write: Callable[[str], None], progress: Progress | None = None
) -> ImportReport:
    """Write files into a private folder and import copies of them; the folder goes whatever happens.

    :param write: writes DICOM files below the folder it is given
    :returns: what was imported
    :raises ExportError: when not every file could be imported; none is in the database then
    :raises CancelledError: when `progress` was cancelled; none is in the database then
    :raises DICOMError: what `write` raises, or the database
    """
    removeAbandonedFolders()
    with TemporaryFolder() as private:
        folder = os.path.join(private, "export")
        with writingErrors(private):
            os.mkdir(folder, 0o700)
        write(folder)
        isNewStore = not os.path.lexists(database.store.folder)
        try:
            return _importWhole(database, folder, progress)
        except DICOMError:
            if isNewStore:
                database.store.removeIfEmpty()
            raise


def _importWhole(database: DICOMDatabase, folder: str, progress: Progress | None) -> ImportReport:
    from ..Database.Indexer import DICOMIndexer

    before = set(database.allSeries())
    try:
        report = DICOMIndexer(database).importPaths([folder], copyFiles=True, progress=progress, asOneBatch=True)
    except DatabaseError as error:
        error.hint = "Nothing was added to the database"  # its own is on imports, which can be taken up again
        raise
    try:
        _requireWhole(report)
    except DICOMError:
        # What others import meanwhile stays.
        for uid in set(report.seriesUIDs) - before:
            database.removeSeries(uid)
        raise
    return report


def _requireWhole(report: ImportReport) -> None:
    if report.cancelled:
        raise CancelledError()
    if report.skipped:
        files = counted(len(report.skipped), "file")
        raise ExportError(f"{files} could not be added to the database", value=report.skipped[0].reason)


def _moveToFreeName(path: str, directory: str) -> str:
    stem, ending = os.path.splitext(os.path.basename(path))
    target, number = os.path.join(directory, stem + ending), 1
    while os.path.lexists(target) and not _isEmptyFolder(target):
        number += 1
        target = os.path.join(directory, f"{stem}_{number}{ending}")
    if _isEmptyFolder(target):
        os.rmdir(target)
    os.rename(path, target)
    return target


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.remove(path)


def _isEmptyFolder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path) and not os.listdir(path)


@contextmanager
def writingErrors(where: str | os.PathLike) -> Iterator[None]:
    """What the system says about writing, as an ExportError that names the place as the user knows it."""
    try:
        yield
    except OSError as error:
        what, hint = "files cannot be written", None
        if isDiskFull(error):
            what, hint = DISK_FULL, "Nothing was left behind. Make room or choose another folder"
        raise ExportError(what, _shown(where), systemError(error).strerror or type(error).__name__, hint) from None


def _shown(where: str | os.PathLike) -> str:
    """A path without the private folders in it, which are gone when it is read."""
    return str(Path(*(part for part in Path(where).parts if not _PRIVATE_NAME.fullmatch(part))))
