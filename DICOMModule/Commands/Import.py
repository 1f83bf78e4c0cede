"""``dicommodule import PATH…``: add files to the study database."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from . import Session
from .Console import Console

HELP = "add DICOM files to the study database"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH",
        help="file, folder with all below it, DICOMDIR, zip or tar archive, or database of 3D Slicer",
    )  # fmt: skip
    parser.add_argument("--copy", action="store_true", help="keep copies of the files in the database's folder")
    parser.add_argument(
        "--archives", action="store_true", dest="archivesInFolders", help="also unpack archives that lie in the folders"
    )
    parser.add_argument(
        "--follow-links", action="store_true", dest="followLinks", help="also follow symbolic links in the folders"
    )


def run(arguments: Namespace, console: Console) -> int:
    """Import, and say what was added, what was skipped and why. :returns: the exit code"""
    Session.requirePaths(arguments.paths)
    with Session.openApplication(arguments.database, console, mayBeNew=True) as application:
        report = Session.importPaths(
            application, arguments.paths, console, arguments.copy,
            archivesInFolders=arguments.archivesInFolders, followLinks=arguments.followLinks,
        )  # fmt: skip
        console.say(report.asText())
        console.result({"database": application.database.databaseFilename, **asData(report)})
    if report.cancelled:
        return Session.CANCELLED
    return Session.OK if report.seriesUIDs else Session.NOTHING_FOUND


def asData(report) -> dict[str, object]:
    """An ImportReport as JSON has it."""
    counts = (
        "patientsAdded", "studiesAdded", "seriesAdded", "instancesAdded", "instancesUpdated", "instancesUnchanged",
        "cancelled", "seconds", "seriesUIDs",
    )  # fmt: skip
    return {
        **{name: getattr(report, name) for name in counts},
        "skipped": [{"path": os.fsdecode(entry.path), "reason": entry.reason} for entry in report.skipped],
        "notes": [{"path": os.fsdecode(entry.path), "text": entry.reason} for entry in report.notes],
    }
