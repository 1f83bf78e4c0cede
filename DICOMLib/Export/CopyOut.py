"""Stored series copied out of the database as they are: a tree of folders, a media set with a DICOMDIR, or a zip.

Every file is copied byte for byte and compared with its original. Nothing is ever overwritten, and nothing has its
final name before all of it is there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from ..Database.DICOMDatabase import DICOMDatabase
from ..Errors import ExportError
from ..Progress import Progress
from .CopyOutPlace import CopyOutPlace, removeEmptyFolders, writingErrors
from .CopyOutPlan import CopyOutPlan, planCopyOut
from .CopyOutReport import CopyOutReport
from .FileCopies import Copied, Copy, ProgressOfFiles, copyFiles, syncFiles
from .MediaDirectory import DIRECTORY_NAME, FILES_FOLDER, MediaDirectory, fileNames
from .SafeNames import NamesInFolder, safeName
from .ZipWriting import ZipWriting

TREE, MEDIA, ZIP = LAYOUTS = ("tree", "media", "zip")
_ARCHIVE = "archive.zip"
_ZIP_ENDING = ".zip"


def copyOut(
    database: DICOMDatabase, seriesUIDs: Sequence[str], target: str | os.PathLike, layout: str = TREE,
    progress: Progress | None = None, zipWithDirectory: bool = False,
) -> CopyOutReport:  # fmt: skip
    """Copy the files of series, linked and owned, out of the database.

    :param target: a folder; folders of patients that are there already stay as they are, and the new ones get numbers.
        For a media set a folder without one. For a zip the file to make, or a folder to make it in
    :param layout: "tree": ``<Patient>/<Study>/<Series>/0001.dcm``; "media": file IDs of PS3.10 8 and a DICOMDIR
        (PS3.3 annex F); "zip": the tree in an archive
    :param zipWithDirectory: the archive holds a media set instead of a tree
    :returns: what was copied, and which files were not and why
    :raises ExportError: when nothing could be copied, or not all could be written: full disk, no permission, something
        of this name is there. Nothing is left behind then
    :raises CancelledError: when the progress is cancelled; nothing is left behind then
    """
    if layout not in LAYOUTS:
        raise ExportError("there is no such layout", value=layout, hint=f"Choose one of {', '.join(LAYOUTS)}")
    started = time.monotonic()
    progress = progress or Progress()
    progress.report(0, None, "Looking for the files")
    plan = planCopyOut(database, seriesUIDs, progress)
    target = zipFile(target) if layout == ZIP else os.path.abspath(os.fspath(target))
    _checkTarget(target, layout)
    if not plan.fileCount:
        reason = plan.findings[0].text if plan.findings else "the series have no files"
        raise ExportError("there is nothing to copy", target, reason)
    report = CopyOutReport(layout=layout, target=target, findings=list(plan.findings))
    counter = ProgressOfFiles(progress, plan.fileCount)
    with CopyOutPlace(target, plan.bytesNeeded) as place:
        with writingErrors(target, plan.bytesNeeded):
            work = _Work(database, plan, place, counter, report)
            if layout == ZIP:
                work.archive(zipWithDirectory)
            elif layout == MEDIA:
                work.mediaSet()
            else:
                work.tree()
            progress.raiseIfCancelled()
        report.places = tuple(work.publish())
    report.seconds = time.monotonic() - started
    progress.report(plan.fileCount, plan.fileCount, report.summary(), report.bytesWritten)
    return report


def zipFile(target: str | os.PathLike) -> str:
    """The archive that a target stands for: a free name in a folder, else the name given, with its ending."""
    path = os.path.abspath(os.fspath(target))
    if os.path.isdir(path):
        return os.path.join(path, NamesInFolder(os.listdir(path)).free("DICOM", _ZIP_ENDING))
    return path if path.lower().endswith(_ZIP_ENDING) else path + _ZIP_ENDING


def _checkTarget(target: str, layout: str) -> None:
    """:raises ExportError: before anything is done, when the target cannot be used"""
    if os.path.lexists(target) and (layout == ZIP or not os.path.isdir(target)):
        raise ExportError("there is something of this name already", target, hint="Choose another name")
    if layout == MEDIA and os.path.isdir(target):
        with writingErrors(target):
            names = {name.upper() for name in os.listdir(target)}
        if names & {DIRECTORY_NAME, FILES_FOLDER}:
            hint = "A media set is written as a whole: choose another folder, and copy everything that is to be in it"
            raise ExportError("there is a media set in the folder already", target, hint=hint)


class _Work:
    """One copying out."""

    def __init__(
        self, database: DICOMDatabase, plan: CopyOutPlan, place: CopyOutPlace, counter: ProgressOfFiles,
        report: CopyOutReport,
    ):  # fmt: skip
        self._database, self._plan, self._place, self._counter, self._report = database, plan, place, counter, report
        self._seriesOf: dict[str, str] = {}

    def tree(self) -> None:
        """Folders of patients, studies and series."""
        self._copyIntoFolders(self._placesInTree(not self._place.takesAllLetters))

    def mediaSet(self) -> None:
        """Files with short names, and the DICOMDIR."""
        copied = self._copyIntoFolders(self._placesOnMedia(), needsPrefix=True)
        directory, path = MediaDirectory(), os.path.join(self._place.folder, DIRECTORY_NAME)
        left = self._list(directory, copied, self._place.folder)
        for copy in left:
            os.unlink(copy.destination)
        self._report.files -= len(left)
        self._report.bytesWritten -= sum(copy.planned.file.fileSize for copy in left)
        self._report.findings += directory.findings
        removeEmptyFolders(self._place.folder)
        directory.write(path)
        directory.check(path)

    def archive(self, withDirectory: bool) -> None:
        """One file."""
        archive = ZipWriting(os.path.join(self._place.folder, _ARCHIVE))
        if withDirectory:
            self._archiveMediaSet(archive)
        else:
            self._take(archive.copyFiles(self._copies("", self._placesInTree(asciiOnly=False), "/"), self._counter))
        archive.finish(self._counter.check)

    def publish(self) -> list[str]:
        """Give everything its name. :returns: the new paths"""
        if self._report.layout == ZIP:
            return [self._place.publishFile(_ARCHIVE)]
        isMedia = self._report.layout == MEDIA
        # The DICOMDIR comes last: with it the media set is there.
        return self._place.publish(lambda name: (name == DIRECTORY_NAME, name), areNumbered=not isMedia)

    def _archiveMediaSet(self, archive: ZipWriting) -> None:
        """The DICOMDIR is made first, so that no member has to leave the archive again."""
        directory = MediaDirectory()
        copies = list(self._copies("", self._placesOnMedia(), "/"))
        left = {copy.destination for copy in self._list(directory, Copied(copies=copies), "")}
        self._report.findings += directory.findings
        copied = archive.copyFiles((copy for copy in copies if copy.destination not in left), self._counter, True)
        self._take(copied)
        if copied.findings:  # again, without those that could not be copied
            directory = MediaDirectory()
            self._list(directory, copied, "")
        path = os.path.join(self._place.folder, DIRECTORY_NAME)
        directory.write(path)
        archive.addFile(path, DIRECTORY_NAME)

    def _copyIntoFolders(self, places: Iterator[tuple], needsPrefix: bool = False) -> Copied:
        copies = list(self._copies(self._place.folder, places, os.sep))
        for folder in dict.fromkeys(os.path.dirname(copy.destination) for copy in copies):
            _makePrivateFolders(folder)
        copied = copyFiles(copies, self._counter, needsPrefix)
        self._take(copied)
        syncFiles((copy.destination for copy in copied.copies), self._counter.check)
        removeEmptyFolders(self._place.folder)
        return copied

    def _take(self, copied: Copied) -> None:
        """:raises ExportError: when no file could be copied"""
        self._report.findings += copied.findings
        self._report.files, self._report.bytesWritten = len(copied.copies), copied.bytesWritten
        self._report.series = len({self._seriesOf[copy.planned.file.sopInstanceUID] for copy in copied.copies})
        if not copied.copies:
            raise ExportError("no file could be copied", self._report.target, copied.findings[0].text)

    def _copies(self, folder: str, places: Iterator[tuple], separator: str) -> Iterator[Copy]:
        for series, planned, parts in places:
            self._seriesOf[planned.file.sopInstanceUID] = series.UID
            yield Copy(planned, separator.join((folder, *parts) if folder else parts))

    def _placesInTree(self, asciiOnly: bool) -> Iterator[tuple]:
        """(series, file, parts of its name)"""
        patients = NamesInFolder()
        for patient in self._plan.patients:
            patientName = patients.free(safeName(patient.name, "Patient", asciiOnly))
            studies = NamesInFolder()
            for study in patient.studies:
                studyName = studies.free(safeName(study.name, "Study", asciiOnly))
                names = NamesInFolder()
                for series in study.series:
                    seriesName = names.free(safeName(series.name, "Series", asciiOnly))
                    digits = max(4, len(str(len(series.files))))
                    for number, planned in enumerate(series.files, 1):
                        yield series, planned, (patientName, studyName, seriesName, f"{number:0{digits}d}.dcm")

    def _placesOnMedia(self) -> Iterator[tuple]:
        name = fileNames()
        for patient in self._plan.patients:
            patientFolder = (FILES_FOLDER, name("PT", ()))
            for study in patient.studies:
                studyFolder = (*patientFolder, name("ST", patientFolder))
                for series in study.series:
                    folder = (*studyFolder, name("SE", studyFolder))
                    for planned in series.files:
                        yield series, planned, (*folder, name("IM", folder))

    def _list(self, directory: MediaDirectory, copied: Copied, folder: str) -> list[Copy]:
        """Add what was copied to a directory.

        :param folder: of the media set; "" where names are those in an archive
        :returns: files that cannot be in it; the directory's findings say why
        :raises ExportError: when none can
        """
        byInstance = {copy.planned.file.sopInstanceUID: copy for copy in copied.copies}
        left = []
        for patient in self._plan.patients:
            for series in (series for study in patient.studies for series in study.series):
                for number, instance in enumerate(self._database.instancesForSeriesAsRecords(series.UID), 1):
                    self._counter.check()
                    copy = byInstance.get(instance.SOPInstanceUID)
                    if copy is None:
                        continue
                    relative = os.path.relpath(copy.destination, folder) if folder else copy.destination
                    fileID = tuple(relative.replace(os.sep, "/").split("/"))
                    if not directory.add(instance, fileID, patient.UID, number):
                        left.append(copy)
        if len(left) == len(copied.copies):
            raise ExportError("no file can be in a media set", self._report.target, directory.findings[0].text)
        return left


def _makePrivateFolders(folder: str) -> None:
    if not os.path.isdir(folder):
        _makePrivateFolders(os.path.dirname(folder))
        os.mkdir(folder, 0o700)


def targetProblem(target: str, layout: str) -> str:
    """Why nothing can be copied there, a sentence; "" when it can, as far as that can be told beforehand."""
    try:
        _checkTarget(zipFile(target) if layout == ZIP else os.path.abspath(target), layout)
    except ExportError as error:
        return str(error)
    return ""
