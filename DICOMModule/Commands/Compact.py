"""``dicommodule compact``: the database file as small as its contents."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from . import Upkeep
from .Console import Console

HELP = "make the database file as small as its contents"


def addArguments(parser: ArgumentParser) -> None:
    """The command takes what all take."""


def run(arguments: Namespace, console: Console) -> int:
    """Compact. :returns: the exit code"""
    report = Upkeep.withDatabase(arguments, console, lambda database, progress: database.compact(progress))
    return Upkeep.codeOf(report, isGood=True)
