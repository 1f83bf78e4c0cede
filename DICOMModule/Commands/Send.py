"""``dicommodule send``: send files, or series of the database, to a DICOM server."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from DICOMLib.Database.UpkeepReport import NOTE, Finding, findingLine
from DICOMLib.Files.FolderWalk import walkFiles
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.SendReport import SendReport
from DICOMLib.Networking.Servers import TRANSFER_SYNTAX_POLICIES, DICOMServer
from DICOMLib.Wording import counted

from . import Servers, Session
from .Console import Console

MOST_LINES_ALIKE = 3
HELP = "send files or stored series to a DICOM server"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    Servers.addArguments(parser)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files to send, and folders with all that is in them")
    for level in ("patient", "study", "series"):
        parser.add_argument(
            f"--{level}", action="append", metavar="UID", default=[],
            help=f"this {level} of the database; may be given several times",
        )  # fmt: skip
    parser.add_argument(
        "--encoding", choices=TRANSFER_SYNTAX_POLICIES, metavar="POLICY",
        help=f"how objects are sent: {', '.join(map(repr, TRANSFER_SYNTAX_POLICIES))}; default: as set for the server",
    )  # fmt: skip


def run(arguments: Namespace, console: Console) -> int:
    """Send, and say what was not, and why. :returns: 0 when the server has stored all, 1 when it has not"""
    server = Servers.serverOf(arguments)
    if arguments.encoding:
        server = replace(server, transferSyntaxPolicy=arguments.encoding)
    uids = [*arguments.patient, *arguments.study, *arguments.series]
    if not uids and not arguments.paths:
        raise Session.UsageError("say what to send", hint="Give files or folders, or --patient, --study or --series")
    Session.requirePaths(arguments.paths)
    files = list(_filesBelow(arguments.paths))
    if uids:
        with Session.openApplication(arguments.database, console) as application:
            database = application.database
            files += [path for series in Session.seriesOf(database, uids) for path in database.filesForSeries(series)]
    if not files:
        raise Session.NothingFoundError("there is no file", ", ".join(arguments.paths))
    report = _send(server, files, console)
    for line in _problemLines(report.findings):
        console.problem(line)
    console.say(report.summary())
    console.result(report.asData())
    if report.cancelled:
        return Session.CANCELLED
    if not report.objects:
        return Session.NOTHING_FOUND
    return Session.OK if report.isComplete else Session.FAILED


def _problemLines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each, and one alone for many files with one reason; JSON has all of them."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.kind != NOTE:
            alike.setdefault((finding.kind, finding.text), []).append(finding)
    for some in alike.values():
        if len(some) > MOST_LINES_ALIKE:
            yield f"{findingLine(some[0])} (and {counted(len(some) - 1, 'other file')})"
        else:
            yield from map(findingLine, some)


def _filesBelow(paths: Iterable[str]) -> Iterable[str | bytes]:
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(entry.path for entry in walkFiles([path], lambda *_: None))
        else:
            yield path


def _send(server: DICOMServer, files: list[str | bytes], console: Console) -> SendReport:
    progress = console.progress()
    report = None
    try:
        with Session.cancelOnInterrupt(progress):
            report = sendFiles(server, files, progress, passOthers=True)
    except Session.CancelledError:
        if report is None:
            raise  # else it says how far it came
    finally:
        console.clearProgress()
    return report
