"""``dicommodule copyout``: copy stored series out as a tree of folders, a media set with a DICOMDIR, or a zip."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from DICOMLib.Database.UpkeepReport import findingLine
from DICOMLib.Export.CopyOut import LAYOUTS, TREE, ZIP, copyOut
from DICOMLib.Export.CopyOutReport import CopyOutReport

from . import Session
from .Console import Console

HELP = "copy stored series out as folders, a media set with a DICOMDIR, or a zip"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("target", metavar="TARGET", help="folder to copy to; of a zip its file, or a folder for it")
    parser.add_argument("--layout", choices=LAYOUTS, default=TREE, help=f"default: {TREE}")
    parser.add_argument(
        "--dicomdir", action="store_true", help=f"with --layout {ZIP}: a media set with a DICOMDIR in the archive"
    )
    for level in ("patient", "study", "series"):
        parser.add_argument(
            f"--{level}", action="append", metavar="UID", default=[],
            help=f"this {level}; may be given several times",
        )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="everything in the database")


def run(arguments: Namespace, console: Console) -> int:
    """Copy, and name every file that was not. :returns: 0 when all were copied, 1 when some were not"""
    uids = [*arguments.patient, *arguments.study, *arguments.series]
    if bool(uids) == arguments.all:
        raise Session.UsageError("say what to copy", hint="Give --patient, --study or --series with a UID, or --all")
    if arguments.dicomdir and arguments.layout != ZIP:
        raise Session.UsageError(f"--dicomdir goes with --layout {ZIP}", hint="A media set always has one")
    with Session.openApplication(arguments.database, console) as application:
        series = Session.seriesOf(application.database, uids)
        if not series:
            raise Session.NothingFoundError("there is no series", application.database.databaseFilename)
        report = _copy(application.database, series, arguments, console)
    for finding in report.findings:
        console.say(findingLine(finding))
    console.say(report.summary())
    console.result(report.asData())
    return Session.OK if report.isComplete else Session.FAILED


def _copy(database, series: list[str], arguments: Namespace, console: Console) -> CopyOutReport:
    progress = console.progress("files")
    report = None
    try:
        with Session.cancelOnInterrupt(progress):
            report = copyOut(database, series, arguments.target, arguments.layout, progress, arguments.dicomdir)
    except Session.CancelledError:
        if report is None:
            raise  # else everything was there already when the user asked to stop
    finally:
        console.clearProgress()
    return report
