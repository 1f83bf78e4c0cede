"""What the commands that look after a database share."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable

from DICOMLib.Database.DICOMDatabase import STORE_SUFFIX, DICOMDatabase
from DICOMLib.Database.LostDatabase import rebuildDatabase
from DICOMLib.Database.UpkeepReport import RebuildReport, UpkeepReport, findingLine
from DICOMLib.Errors import CancelledError
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.Settings import Settings, SettingsFile
from DICOMPlugins import registerBuiltins

from ..Host.Application import databasePath
from ..Host.UserFolders import settingsFile
from . import Session
from .Console import Console


def withDatabase(
    arguments: Namespace, console: Console, work: Callable[[DICOMDatabase, Progress], UpkeepReport]
) -> UpkeepReport:
    """Open the database, work on it with a progress bar, and say what came of it.

    :raises DatabaseError: when it cannot be opened
    """
    with Session.openApplication(arguments.database, console) as application:
        for text in application.database.warnings:
            console.problem(text)
        database = application.database
        return _told(console, database.databaseFilename, lambda progress: work(database, progress))


def rebuiltWithoutOpening(arguments: Namespace, console: Console) -> RebuildReport:
    """Make a new index for a database that cannot be opened, and say what came of it.

    :raises NothingFoundError: when there is neither a database file nor a folder of its owned files
    """
    path = databaseFile(arguments)
    if not os.path.exists(path) and not os.path.isdir(path + STORE_SUFFIX):
        raise Session.NothingFoundError("there is no such database, and no folder of its copied files", path)
    registry = PluginRegistry()
    registerBuiltins(registry)
    tags = tuple(registry.tagsToPrecache())
    return _told(console, path, lambda progress: rebuildDatabase(path, path + STORE_SUFFIX, tags, progress))


def databaseFile(arguments: Namespace) -> str:
    """Absolute path of the database that the arguments or the settings name."""
    if arguments.database is not None:
        return os.path.abspath(arguments.database)
    return os.path.abspath(databasePath(None, Settings(SettingsFile(settingsFile()))))


def codeOf(report: UpkeepReport, isGood: bool) -> int:
    """The exit code."""
    if report.cancelled:
        return Session.CANCELLED
    return Session.OK if isGood else Session.FAILED


def _told(console: Console, path: str, work: Callable[[Progress], UpkeepReport]) -> UpkeepReport:
    progress = console.progress()
    report = None
    try:
        with Session.cancelOnInterrupt(progress):
            report = work(progress)
    except CancelledError:
        if report is None:
            raise
    finally:
        console.clearProgress()
    for finding in report.findings:
        console.say(findingLine(finding))
    console.say(report.summary())
    console.result({"database": path, **report.asData()})
    return report
