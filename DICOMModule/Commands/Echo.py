"""``dicommodule echo``: ask a DICOM server whether it is there and wants to talk."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from DICOMLib.Networking.Echo import echo

from . import Servers, Session
from .Console import Console

HELP = "ask a DICOM server whether it answers"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    Servers.addArguments(parser)


def run(arguments: Namespace, console: Console) -> int:
    """Ask once. :returns: 0 when it answered; anything else raises"""
    server = Servers.serverOf(arguments)
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        result = echo(server, progress)
    console.say(result.summary())
    console.result(asdict(result))
    return Session.OK
