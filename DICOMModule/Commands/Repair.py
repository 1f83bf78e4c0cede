"""``dicommodule repair``: mend what ``verify`` finds, and say what was done."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from DICOMLib.Database.UpkeepReport import LEFT
from DICOMLib.Errors import DatabaseCorruptError

from . import Session, Upkeep
from .Console import Console

HELP = "mend what verify finds; a damaged database file is kept aside and made anew"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--moved-to", action="append", default=[], metavar="FOLDER", dest="movedTo",
        help="look here for linked files that are missing (may be given several times)",
    )  # fmt: skip
    parser.add_argument(
        "--keep-missing", action="store_true", dest="keepMissing",
        help="keep the entries of linked files that are missing, for instance on a disk that is not connected",
    )  # fmt: skip


def run(arguments: Namespace, console: Console) -> int:
    """Mend. :returns: 0 when nothing is left to do, 1 when something could not be mended"""
    Session.requirePaths(arguments.movedTo)
    try:
        report = Upkeep.withDatabase(
            arguments, console,
            lambda database, progress: database.repair(progress, arguments.movedTo, arguments.keepMissing),
        )  # fmt: skip
    except DatabaseCorruptError as error:
        console.problem(f"{error.what}; a new index is made of what can be read")
        report = Upkeep.rebuiltWithoutOpening(arguments, console)
    return Upkeep.codeOf(report, not report.ofKind(LEFT))
