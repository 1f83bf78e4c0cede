"""``dicommodule import PATH…``: add files to the study database."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from . import Session
from .Console import Console

HELP = "add DICOM files to the study database"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="file, or folder with all below it")
    parser.add_argument("--copy", action="store_true", help="keep copies of the files in the database's folder")


def run(arguments: Namespace, console: Console) -> int:
    """Import, and say what was added, what was skipped and why. :returns: the exit code"""
    with Session.openApplication(arguments.database, console, mayBeNew=True) as application:
        report = Session.importPaths(application, arguments.paths, console, arguments.copy)
        console.say(report.asText())
        console.result(_asData(report, application.database.databaseFilename))
    if report.cancelled:
        return Session.CANCELLED
    return Session.OK if report.seriesUIDs else Session.NOTHING_FOUND


def _asData(report, database: str) -> dict[str, object]:
    counts = (
        "patientsAdded", "studiesAdded", "seriesAdded", "instancesAdded", "instancesUpdated", "instancesUnchanged",
        "cancelled", "seconds", "seriesUIDs",
    )  # fmt: skip
    return {
        "database": database,
        **{name: getattr(report, name) for name in counts},
        "skipped": [{"path": os.fsdecode(entry.path), "reason": entry.reason} for entry in report.skipped],
        "notes": [{"path": os.fsdecode(entry.path), "text": entry.reason} for entry in report.notes],
    }
