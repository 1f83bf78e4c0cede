"""What the paths given to an import stand for, and what becomes of files that are no DICOM objects themselves.

- A DICOMDIR stands for its folder; it is compared with the folder when that was imported.
- A database of 3D Slicer stands for the files it lists; its folder for these and for all that lies in it.
- An archive stands for its members when it was given itself. One that merely lies in a folder is named in the report,
  unless archives in folders are asked for: unpacking copies everything, which should not happen by the way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..Files.FileTimes import modifiedTimeOf
from ..Files.FolderWalk import FileEntry
from ..Files.ScanOutcome import ScanOutcome, scanOne
from ..Files.SeriesScanner import SeriesScanner
from ..Media.ArchiveKinds import archiveKind, beginningOf, unsupportedArchiveKind
from ..Media.DicomDirectory import compareDirectory
from ..Media.SlicerDatabase import FILE_NAME, SQLITE_MAGIC, TAG_CACHE_NAME, THUMBNAILS_FOLDER
from ..Media.SlicerFileList import filesOfSlicerDatabase, isSlicerDatabase, unfinishedFiles
from ..Progress import Progress
from ..Wording import counted
from .ArchiveImport import IN_MEMORY_REASON
from .DatabasePart import DatabasePart
from .Identity import IS_DICOMDIR, reasonToSkip
from .ImportReport import ImportReport
from .KnownArchives import KnownArchive, KnownArchives

_DIRECTORY_NAME = b"DICOMDIR"
_IN_FOLDER = {
    "zip": "a zip archive; import it directly to bring in what is in it",
    "tar": "a tar archive; import it directly to bring in what is in it",
}
_COMPRESSED_IN_FOLDER = "compressed with {}; import it directly if DICOM files are in it"
_UNSUPPORTED = "a {} archive, which is not read here; unpack it and import the folder"
_SLICER_IN_FOLDER = "a database of 3D Slicer; import it directly to bring in the files it links to"
_TAG_CACHE = "values that 3D Slicer keeps of its database; they are read from the files instead"


class ImportSources:
    """The sources of one import.

    :param archivesInFolders: also look into archives that lie in imported folders
    :param followLinks: as for ``walkFiles``

    :ivar excluded: folders not to be walked
    :ivar archives: found so far, to be imported
    """

    def __init__(
        self, database: DatabasePart, report: ImportReport, progress: Progress, archivesInFolders: bool = False,
        followLinks: bool = False,
    ):
        self._database = database
        self._report = report
        self._progress = progress
        self._archivesInFolders = archivesInFolders
        self._followLinks = followLinks
        own = os.fsencode(database.connections().path)
        self._ownFiles = {own + ending for ending in (b"", b"-wal", b"-shm")}
        self._given: set[bytes] = set()
        self._slicerDatabases: set[bytes] = set()
        self._directories: list[bytes] = []
        self.known = KnownArchives(database)
        self.excluded: list[bytes] = []
        self.archives: list[FileEntry] = []

    def expanded(self, paths: Iterable[bytes | str | os.PathLike]) -> list[bytes]:
        """The files and folders that are to be walked for what was given."""
        found: dict[bytes, None] = {}
        for given in paths:
            path = os.path.abspath(os.fsencode(given))
            self._given.add(path)
            if self._isDirectoryFile(path):
                found[os.path.dirname(path)] = None
            elif isSlicerDatabase(path):
                found.update(dict.fromkeys(self._filesOf(path)))
            else:
                found[path] = None
                database = self._slicerDatabaseIn(path)
                if database is not None:
                    found.update(dict.fromkeys(self._filesOf(database)))
        return list(found)

    def unchangedArchive(self, entry: FileEntry) -> KnownArchive | None:
        """What the database has of a file that is an archive which came in whole before; such a one is not opened."""
        return self.known.unchanged(entry)

    def takeAside(self, outcome: ScanOutcome) -> bool:
        """Whether a file that is no object for the database is something of this kind; then it is dealt with, now or
        later."""
        if outcome.header is not None:
            if reasonToSkip(outcome.header) != IS_DICOMDIR:
                return False
            self._directories.append(outcome.path)
            return True
        if outcome.path in self._ownFiles:
            return True
        beginning = beginningOf(outcome.path)
        kind = archiveKind(beginning)
        if kind:
            return self._takeArchive(outcome.path, kind)
        return self._takeOther(outcome.path, beginning)

    def addSkipped(self, path: bytes, reason: str) -> None:
        """Report a file or folder that is passed over, unless it is the database's own."""
        if path not in self._ownFiles:
            self._report.addSkipped(path, reason)

    def compareDirectories(self) -> None:
        """Report where the DICOMDIRs that were met and their folders differ. Call it when all files are in."""
        for path in self._directories:
            comparison = compareDirectory(path, self._instancesIn, self._followLinks)
            files = counted(comparison.listed, "other file") if comparison.listed else "other files"
            self._report.addSkipped(path, IS_DICOMDIR.replace("other files", files))
            for finding in comparison.findings:
                (self._report.addSkipped if finding.isMissing else self._report.addNote)(finding.path, finding.reason)

    # Given paths

    def _isDirectoryFile(self, path: bytes) -> bool:
        isNamedSo = os.path.basename(path).upper().startswith(_DIRECTORY_NAME)
        if not isNamedSo or not os.path.isfile(path):
            return False
        outcome = scanOne(path, SeriesScanner())
        return outcome.header is not None and reasonToSkip(outcome.header) == IS_DICOMDIR

    def _slicerDatabaseIn(self, folder: bytes) -> bytes | None:
        """The database of 3D Slicer whose folder was given, whatever the case of its name."""
        path = os.path.join(folder, FILE_NAME)
        if not isSlicerDatabase(path):
            return None
        self.excluded.append(os.path.join(folder, THUMBNAILS_FOLDER))
        return path

    def _filesOf(self, path: bytes) -> list[bytes]:
        if self._database.connections().isInMemory or not unfinishedFiles(path):
            found = filesOfSlicerDatabase(path, None, self._progress)
        else:
            with self._database.store.newSession() as session:
                found = filesOfSlicerDatabase(path, session.newPart().parent, self._progress)
        self._slicerDatabases.add(path)
        if found.problem:
            self._report.addSkipped(path, found.problem)
        else:
            self._report.addNote(path, found.text())
        return found.paths

    # Files that turned out to be something else

    def _takeArchive(self, path: bytes, kind: str) -> bool:
        if path not in self._given and not self._archivesInFolders:
            self._report.addSkipped(path, _IN_FOLDER.get(kind, _COMPRESSED_IN_FOLDER.format(kind)))
        elif self._database.connections().isInMemory:
            self._report.addSkipped(path, IN_MEMORY_REASON)
        else:
            try:
                status = os.stat(path)
            except OSError as error:
                self._report.addSkipped(path, f"it cannot be read any more: {error.strerror}")
            else:
                self.archives.append(FileEntry(path, status.st_size, modifiedTimeOf(status)))
        return True

    def _takeOther(self, path: bytes, beginning: bytes) -> bool:
        unsupported = unsupportedArchiveKind(beginning)
        if unsupported:
            self._report.addSkipped(path, _UNSUPPORTED.format(unsupported))
            return True
        if not beginning.startswith(SQLITE_MAGIC):
            return False
        name = os.path.basename(path).lower()
        if name == FILE_NAME.lower() and path not in self._slicerDatabases:
            self._report.addSkipped(path, _SLICER_IN_FOLDER)
        elif name == TAG_CACHE_NAME.lower():
            self._report.addSkipped(path, _TAG_CACHE)
        return name == TAG_CACHE_NAME.lower() or name == FILE_NAME.lower()

    def _instancesIn(self, folder: bytes) -> dict[bytes, str]:
        with self._database.connections().reading() as connection:
            rows = connection.execute(
                "SELECT name, SOPInstanceUID FROM instances WHERE folderID = (SELECT id FROM folders WHERE path = ?)",
                (folder,),
            )
            return dict(rows.fetchall())
