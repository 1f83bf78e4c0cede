"""``dicommodule verify``: is every file there, is it what was imported, and is the index sound?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from . import Upkeep
from .Console import Console

HELP = "check every file of the database and its index; nothing is changed"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--headers", action="store_true",
        help="also read the headers of linked files that seem unchanged, and compare the SOPInstanceUID",
    )  # fmt: skip


def run(arguments: Namespace, console: Console) -> int:
    """Name everything that is wrong. :returns: 0 when all is sound, 1 when something is wrong"""
    report = Upkeep.withDatabase(
        arguments, console, lambda database, progress: database.verify(progress, readHeaders=arguments.headers)
    )
    return Upkeep.codeOf(report, report.isSound)
