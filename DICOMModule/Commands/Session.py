"""What the commands share: arguments, the application on the right database, and stopping cleanly."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from DICOMLib.Database.Connections import IN_MEMORY
from DICOMLib.Database.ImportReport import ImportReport
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import CancelledError, DatabaseError, DICOMError, FileError
from DICOMLib.Progress import Progress

from ..EndingSignals import handlingEndingSignals
from ..Host.Application import HostApplication
from .Console import Console

OK, FAILED, USAGE, NOTHING_FOUND, CANCELLED = 0, 1, 2, 3, 130


# File systems allow 255 bytes; a letter takes up to four, and an ending and a number are added.
LONGEST_STEM_BYTES = 200


class UsageError(DICOMError):
    """The arguments do not go together."""


class NothingFoundError(DICOMError):
    """What was asked for is not there."""


def addDatabaseArgument(parser: ArgumentParser) -> None:
    """Let the user name another database than the own one."""
    parser.add_argument("--database", metavar="FILE", help="study database to use instead of the user's own")


def addNamesArgument(parser: ArgumentParser) -> None:
    """Let the user say which series to work on (see :func:`seriesToWorkOn`)."""
    parser.add_argument(
        "names", nargs="*", metavar="UID|PATH",
        help="UID of a patient, study or series, or files and folders; default: everything in the database",
    )  # fmt: skip


def addCommonArguments(parser: ArgumentParser) -> None:
    """Declare what every command takes."""
    addDatabaseArgument(parser)
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    parser.add_argument("--debug", action="store_true", help="show where in the program an error came from")


@contextmanager
def openApplication(
    database: str | None, console: Console, mayBeNew: bool = False
) -> Iterator[HostApplication]:
    """The application on the named database (None: the user's own), closed at the end.

    :param mayBeNew: make the named database if it does not exist
    :raises NothingFoundError: when it does not exist and may not be new
    """
    if database not in (None, IN_MEMORY) and not mayBeNew and not _isThere(database):
        raise NothingFoundError("there is no such database", database, hint="Make it with: dicommodule import")
    with HostApplication.create(databaseFile=database) as application:
        for message in application.moduleManager.messages:
            console.problem(message)
        yield application


def _isThere(file: str) -> bool:
    """Also true when it cannot be known: then opening it tells why."""
    try:
        os.stat(file)
    except OSError as error:
        return not isinstance(error, FileNotFoundError | NotADirectoryError)
    return True


@contextmanager
def cancelOnInterrupt(progress: Progress) -> Iterator[None]:
    """Turn the first Ctrl-C into a request to stop, so that what is half done is ended properly; the second one kills.

    :raises CancelledError: at the end, when Ctrl-C was pressed, or the program was asked to terminate
    """

    def onInterrupt(_number, _frame) -> None:
        progress.cancel()
        restore()

    with handlingEndingSignals(onInterrupt) as restore:
        yield
    progress.raiseIfCancelled()


@contextmanager
def interruptedByEndingSignals() -> Iterator[None]:
    """Have a request to terminate raise a KeyboardInterrupt as Ctrl-C does, so that the program cleans up."""
    with handlingEndingSignals(signal.default_int_handler):
        yield


def requirePaths(paths: Sequence[str]) -> None:
    """:raises NothingFoundError: when one of them does not exist; call it before a database is made for them"""
    for path in paths:
        if not os.path.lexists(path):
            raise NothingFoundError("there is no such file or folder", path)


def importPaths(
    application: HostApplication, paths: Sequence[str], console: Console, copyFiles: bool = False, **options: bool
) -> ImportReport:
    """Import with a progress bar.

    :param options: further ones of ``DICOMIndexer.importPaths``
    :returns: the ImportReport, also of a cancelled import
    :raises NothingFoundError: when a path does not exist
    """
    requirePaths(paths)
    progress = console.progress("files")
    report = None
    try:
        with cancelOnInterrupt(progress):
            indexer = DICOMIndexer(application.database)
            report = indexer.importPaths(paths, copyFiles=copyFiles, progress=progress, **options)
    except CancelledError:
        if report is None:
            raise
    finally:
        console.clearProgress()
    return report


@contextmanager
def seriesToWorkOn(
    arguments: Namespace, console: Console, names: Sequence[str]
) -> Iterator[tuple[HostApplication, list[str]]]:
    """The application, and the series that UIDs or paths stand for.

    Paths are read into a database in memory, so that looking at a file leaves no trace; UIDs of patients, studies or
    series are looked up in the study database; no name means every series of it.

    :raises UsageError: for paths and UIDs together
    :raises NothingFoundError: when there is no such path or UID, or no series
    """
    paths = [name for name in names if os.path.lexists(name) or os.sep in name]
    if paths and len(paths) < len(names):
        raise UsageError("give either paths or UIDs, not both")
    if paths and arguments.database:
        raise UsageError("--database goes with UIDs; files are read without it")
    with openApplication(IN_MEMORY if paths else arguments.database, console) as application:
        if paths:
            report = importPaths(application, paths, console)
            if report.cancelled:
                raise CancelledError()
            for entry in report.skipped:
                console.problem(f"{os.fsdecode(entry.path)}: skipped: {entry.reason}")
            series = report.seriesUIDs
        else:
            series = seriesOf(application.database, names)
        if not series:
            raise NothingFoundError("there is no series", ", ".join(names) or application.database.databaseFilename)
        yield application, list(series)


def seriesOf(database, uids: Sequence[str]) -> list[str]:
    """Series of patients, studies and series; without UIDs of all patients.

    :raises NothingFoundError: when a UID is none of these
    """
    found: list[str] = []
    for uid in uids or database.patients():
        below = _seriesBelow(database, uid)
        if not below:
            raise NothingFoundError("neither a file nor a patient, study or series of the database", uid)
        found += below
    return list(dict.fromkeys(found))


def _seriesBelow(database, uid: str) -> list[str]:
    if database.filesForSeries(uid, 1):
        return [uid]
    studies = [uid] if database.seriesForStudy(uid) else _studiesOfPatient(database, uid)
    return [series for study in studies for series in database.seriesForStudy(study)]


def _studiesOfPatient(database, uid: str) -> list[str]:
    try:
        return database.studiesForPatient(uid)
    except (DatabaseError, ValueError):  # patients are numbers; this is none
        return []


def outputFiles(given: str, names: Sequence[str], suffix: str = ".nrrd") -> list[Path]:
    """A file for each name: the given one when it ends in `suffix`, else files in the given folder, which is made.

    :raises UsageError: for one file and several names
    :raises FileError: when the folder cannot be made
    """
    target = Path(given)
    if target.suffix.lower() == suffix:
        if len(names) > 1:
            raise UsageError(f"{len(names)} of them do not fit into one file", target, hint="Give a folder instead")
        return [target] * len(names)
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        hint = f"Give a folder you may write to, or a file that ends in {suffix}"
        raise FileError("the folder for the files cannot be made", target, error.strerror, hint) from error
    taken: set[str] = set()
    return [target / f"{freeName(name, taken)}{suffix}" for name in names]


def freeName(name: str, taken: set[str]) -> str:
    """A file name without ending of letters that every file system takes, and that is not taken yet; now it is."""
    stem = "".join(c if c.isalnum() or c in "._- " else "_" for c in name)
    stem = stem.encode("utf-8")[:LONGEST_STEM_BYTES].decode("utf-8", "ignore").strip(" .") or "volume"
    candidate, number = stem, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{stem}_{number}"
    taken.add(candidate.lower())
    return candidate
