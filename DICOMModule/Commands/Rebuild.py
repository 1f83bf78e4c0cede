"""``dicommodule rebuild``: a new index from the copied files and from what can be read of the old one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from DICOMLib.Errors import DatabaseCorruptError

from . import Session, Upkeep
from .Console import Console

HELP = "make the index anew from the files; the old one is kept beside it"


def addArguments(parser: ArgumentParser) -> None:
    """The command takes what all take."""


def run(arguments: Namespace, console: Console) -> int:
    """Rebuild, also when the database file is lost or damaged. :returns: the exit code"""
    try:
        report = Upkeep.withDatabase(arguments, console, lambda database, progress: database.rebuild(progress))
    except (DatabaseCorruptError, Session.NothingFoundError):
        report = Upkeep.rebuiltWithoutOpening(arguments, console)
    return Upkeep.codeOf(report, isGood=True)
