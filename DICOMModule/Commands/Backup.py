"""``dicommodule backup FILE``: a copy of the index, while the database may be in use."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from . import Upkeep
from .Console import Console

HELP = "write a copy of the index into a file, also while the database is in use"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("target", metavar="FILE", help="where to write the copy, for you alone (0600)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")


def run(arguments: Namespace, console: Console) -> int:
    """Back up. :returns: the exit code"""
    report = Upkeep.withDatabase(
        arguments, console, lambda database, progress: database.backUp(arguments.target, progress, arguments.overwrite)
    )
    return Upkeep.codeOf(report, isGood=True)
