"""What the commands that talk to servers share: which server, and what this program calls itself there."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from DICOMLib.Networking.Servers import DICOMServer, serverNamed
from DICOMLib.Settings import Settings, SettingsFile

from ..Host.UserFolders import settingsFile


def addArguments(parser: ArgumentParser) -> None:
    """Declare the server and how to talk to it."""
    parser.add_argument(
        "server", metavar="SERVER|[TITLE@]HOST:PORT", help="name of a server in the settings, or an address"
    )
    parser.add_argument("--called", metavar="TITLE", help="the server's own AE title")
    parser.add_argument("--calling", metavar="TITLE", help="the AE title of this program")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, help="how long the server may take to answer")


def serverOf(arguments: Namespace) -> DICOMServer:
    """The server that the arguments name.

    :raises NetworkError: when there is none, or it cannot be one
    """
    server = usableServer(arguments.server)
    changes = {"calledAETitle": arguments.called, "callingAETitle": arguments.calling}
    if arguments.timeout is not None:
        changes |= {"connectionTimeout": arguments.timeout, "responseTimeout": arguments.timeout}
    server = replace(server, **{name: value for name, value in changes.items() if value is not None})
    server.requireUsable()
    return server


def usableServer(name: str) -> DICOMServer:
    """The server of this name in the user's list, else that of this address.

    :raises NetworkError: when there is none, or it cannot be one
    """
    return serverNamed(Settings(SettingsFile(settingsFile())), name)
