"""``dicommodule send``: send files, or series of the database, to a DICOM server."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from DICOMLib.Database.UpkeepReport import NOTE, Finding, findingLine
from DICOMLib.Errors import displayPath
from DICOMLib.Files.FolderWalk import UNREADABLE, walkFiles
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.SendReport import NOT_SENT, PASSED_OVER, SendReport
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
    given = _lookBelow(arguments.paths)
    files = [*given.named, *given.below]
    if uids:
        with Session.openApplication(arguments.database, console) as application:
            database = application.database
            files += [path for series in Session.seriesOf(database, uids) for path in database.filesForSeries(series)]
    if not files:
        for line in _problemLines(given.skipped):
            console.problem(line)
        raise Session.NothingFoundError("there is no file", ", ".join(arguments.paths))
    report = _send(server, files, given.below, console)
    report.findings += given.skipped
    for line in _problemLines(report.findings):
        console.problem(line)
    console.say(report.summary())
    for line in _passedOverLines(report.findings):
        console.say(line)
    console.result(report.asData())
    if report.cancelled:
        return Session.CANCELLED
    if not report.objects:
        return Session.NOTHING_FOUND
    hasAll = report.isComplete and not any(finding.kind == NOT_SENT for finding in given.skipped)
    return Session.OK if hasAll else Session.FAILED


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


def _passedOverLines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each reason, with how many entries of folders it concerns; JSON has all of them."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.kind == NOTE and finding.text.startswith(PASSED_OVER):
            alike.setdefault(finding.text, []).append(finding)
    for text, some in alike.items():
        entries = displayPath(some[0].path) if len(some) == 1 else counted(len(some), "entry", "entries")
        yield f"{NOTE}: {entries} {text}"


@dataclass
class _Given:
    """What the paths of a command line stand for.

    :ivar named: files
    :ivar below: files in folders that are not named themselves
    :ivar skipped: what else is in the folders
    """

    named: list[bytes] = field(default_factory=list)
    below: list[bytes] = field(default_factory=list)
    skipped: list[Finding] = field(default_factory=list)

    def skip(self, path: bytes, reason: str) -> None:
        """Objects may be in what cannot be read: that is more than a note."""
        if reason.startswith(UNREADABLE):
            self.skipped.append(Finding(NOT_SENT, path, reason))
        else:
            self.skipped.append(Finding(NOTE, path, f"{PASSED_OVER}: {reason}"))


def _lookBelow(paths: Sequence[str]) -> _Given:
    given = _Given([os.path.abspath(os.fsencode(path)) for path in paths if not os.path.isdir(path)])
    named = set(given.named)
    for path in paths:
        if os.path.isdir(path):
            found = sorted(entry.path for entry in walkFiles([path], given.skip))
            given.below += [one for one in found if one not in named]
    return given


def _send(server: DICOMServer, files: list[str | bytes], passOver: Collection[bytes], console: Console) -> SendReport:
    progress = console.progress()
    report = None
    try:
        with Session.cancelOnInterrupt(progress):
            report = sendFiles(server, files, progress, passOver=passOver)
    except Session.CancelledError:
        if report is None:
            raise  # else it says how far it came
    finally:
        console.clearProgress()
    return report
