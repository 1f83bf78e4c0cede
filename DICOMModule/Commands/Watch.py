"""``dicommodule watch FOLDER…``: add to the study database what is put into folders, until it is stopped."""

from __future__ import annotations

import os
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from DICOMLib.Database.FolderWatch import MISSING, UNREADABLE
from DICOMLib.Database.FolderWatcher import SETTLE_SECONDS, FolderWatcher, WatchEvent
from DICOMLib.Database.WatchedFolders import WatchedFolder, WatchedFolders
from DICOMLib.Errors import DatabaseReadOnlyError, displayPath
from DICOMLib.Wording import counted

from . import Import, Session
from .Console import Console

HELP = "add to the study database what is put into folders, until Ctrl+C"
# An import that is being committed may take its time.
SECONDS_TO_STOP = 10.0


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="default: those the database watches")
    parser.add_argument("--copy", action="store_true", help="keep copies of the files in the database's folder")
    parser.add_argument("--archives", action="store_true", help="also unpack archives that are put there")
    parser.add_argument("--once", action="store_true", help="end when all that is there now has come in")
    parser.add_argument(
        "--settle", type=float, default=SETTLE_SECONDS, metavar="SECONDS",
        help="a file is complete when it has not changed for so long (default: %(default)g)",
    )  # fmt: skip


def run(arguments: Namespace, console: Console) -> int:
    """Watch, and say one line for each import. :returns: the exit code; being stopped is the normal end"""
    with Session.openApplication(arguments.database, console, mayBeNew=True) as application:
        database = application.database
        if database.readOnly:
            raise DatabaseReadOnlyError("the study database can only be read", database.databaseFilename)
        folders = _folders(arguments, database)
        watcher = FolderWatcher(
            database, lambda: folders, settleSeconds=max(0.0, arguments.settle),
            makeProgress=lambda: console.progress("files"), archivesInFolders=lambda: arguments.archives,
        )  # fmt: skip
        return _Session(watcher, console, arguments.once).run(folders)


def _folders(arguments: Namespace, database) -> list[WatchedFolder]:
    """Those given, else those of the database that are switched on."""
    if arguments.folders:
        database.requireWritable(arguments.copy)
        paths = dict.fromkeys(os.path.abspath(os.fsencode(folder)) for folder in arguments.folders)
        for path in paths:
            if os.path.lexists(path) and not os.path.isdir(path):
                raise Session.UsageError("only folders can be watched", path)
            if arguments.once and not os.path.lexists(path):
                raise Session.NothingFoundError("there is no such folder", path)
        return [WatchedFolder(path, arguments.copy) for path in paths]
    listed = [folder for folder in WatchedFolders(database).folders() if folder.enabled]
    if not listed:
        hint = "Name some: dicommodule watch FOLDER"
        raise Session.NothingFoundError("the database watches no folders", database.databaseFilename, hint=hint)
    return listed


class _Session:
    """One run of the command; the watcher has a thread of its own, which this one waits for."""

    def __init__(self, watcher: FolderWatcher, console: Console, once: bool):
        self._watcher, self._console, self._once = watcher, console, once
        self._finished = threading.Event()
        self._told: dict[bytes, str] = {}
        self._imported = 0
        self._error: Exception | None = None

    def run(self, folders: Sequence[WatchedFolder]) -> int:
        if not self._once:
            names = ", ".join(displayPath(folder.path) for folder in folders)
            self._say(f"Watching {counted(len(folders), 'folder')}: {names}")
        self._watcher.addObserver(self._onEvent)
        self._watcher.start()
        try:
            while not self._finished.wait(1.0):  # a wait without an end would not hear of Ctrl-C on Windows
                continue
        except KeyboardInterrupt:
            if self._once:
                raise
        finally:
            self._watcher.stop(SECONDS_TO_STOP)
            self._console.clearProgress()
        if self._error is not None:
            raise self._error
        self._say(f"{counted(self._imported, 'instance')} came in.")
        return Session.OK

    def _onEvent(self, event: WatchEvent) -> None:
        if event.report is not None:
            self._tellImport(event)
        elif event.error is not None and self._once:
            self._error = event.error
            self._finished.set()
        elif event.error is not None:
            self._console.problem(event.error)
        self._tellMissingFolders()
        if self._once and self._watcher.isIdle:
            self._finished.set()

    def _tellImport(self, event: WatchEvent) -> None:
        report = event.report
        self._imported += report.instancesAdded + report.instancesUpdated
        self._say(f"{displayPath(event.folder)}: {report.summary()}")
        for entry in report.skipped:
            self._console.problem(f"{displayPath(entry.path)}: skipped: {entry.reason}")
        self._console.result({"folder": os.fsdecode(event.folder), **Import.asData(report)}, onOneLine=True)
        self._console.flush()

    def _tellMissingFolders(self) -> None:
        """Once when a folder goes, and once when it is there again."""
        for state in self._watcher.states():
            before = self._told.get(state.path)
            if state.state in (MISSING, UNREADABLE):
                if before != state.state:
                    self._console.problem(f"{displayPath(state.path)}: {state.state}; waiting for it")
                self._told[state.path] = state.state
            elif before is not None:
                self._say(f"{displayPath(state.path)}: watching again")
                del self._told[state.path]

    def _say(self, text: str) -> None:
        self._console.say(text)
        self._console.flush()
