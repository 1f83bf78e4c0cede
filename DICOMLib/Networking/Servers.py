"""Servers on the network: what is known of each, and the list of them in the settings. Named as CTK names them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from ..Errors import NetworkError
from ..Settings import Settings

SETTING = "DICOM/ServerNodes"
DEFAULT_CALLING_AE_TITLE = "DICOMMODULE"
DEFAULT_CALLED_AE_TITLE = "ANY-SCP"
DEFAULT_PORT = 104
# What is done with an object that the server does not take as it is stored.
AS_STORED, STORED_ELSE_UNCOMPRESSED, UNCOMPRESSED = "as stored", "as stored, else uncompressed", "uncompressed"
TRANSFER_SYNTAX_POLICIES = (STORED_ELSE_UNCOMPRESSED, AS_STORED, UNCOMPRESSED)
LONGEST_AE_TITLE = 16
LONGEST_SECONDS = 3600.0

# PS3.5 6.2, AE: the default character set without backslash and control characters.
_AE_TITLE = re.compile(r"[ -\[\]-~]*")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?")
_ADDRESS = re.compile(
    r"(?:dicom://)?(?:(?P<title>[^@/\\]*)@)?(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:/\[\]]+))(?::(?P<port>[^/]*))?/?"
)


_WRITTEN_AS = "Write it as host:port or TITLE@host:port"


@dataclass(frozen=True)
class DICOMServer:
    """One server (application entity) and how to talk to it.

    :ivar connectionName: what people call it; no two in a list have the same
    :ivar calledAETitle: the server's own title
    :ivar callingAETitle: what this program calls itself there; many servers know their clients by it
    :ivar host: name or address
    :ivar queryRetrieveEnabled, storageEnabled: what it is used for: asked for studies, sent to
    :ivar trustedEnabled: whether it may be asked about every patient, without a question
    :ivar connectionTimeout: seconds for the connection, and for the answer whether it wants to talk
    :ivar responseTimeout: seconds in which something has to move, or a request has to be answered
    :ivar transferSyntaxPolicy: one of :data:`TRANSFER_SYNTAX_POLICIES`
    :ivar useTLS: encrypt, and check that the server's certificate is signed and for this host
    :ivar certificateAuthorityFile: PEM file of who signed it; "" for those the system trusts
    :ivar certificateFile, keyFile: PEM files by which this program proves itself, where the server wants that
    """

    connectionName: str = ""
    calledAETitle: str = DEFAULT_CALLED_AE_TITLE
    host: str = ""
    port: int = DEFAULT_PORT
    callingAETitle: str = DEFAULT_CALLING_AE_TITLE
    queryRetrieveEnabled: bool = True
    storageEnabled: bool = True
    trustedEnabled: bool = True
    connectionTimeout: float = 10.0
    responseTimeout: float = 60.0
    transferSyntaxPolicy: str = STORED_ELSE_UNCOMPRESSED
    useTLS: bool = False
    certificateAuthorityFile: str = ""
    certificateFile: str = ""
    keyFile: str = ""

    @property
    def address(self) -> str:
        """"PACS@pacs.example.org:11112", as :func:`serverFromAddress` reads it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.calledAETitle}@{host}:{self.port}"

    @property
    def displayName(self) -> str:
        """Name and address, for messages."""
        named = self.connectionName and self.connectionName != self.address
        return f"{self.connectionName} ({self.address})" if named else self.address

    def problem(self) -> str:
        """What is wrong with it, one sentence; "" when it can be used."""
        return (
            titleProblem(self.calledAETitle, "Called AE title")
            or titleProblem(self.callingAETitle, "Calling AE title")
            or hostProblem(self.host)
            or portProblem(self.port)
            or _secondsProblem(self.connectionTimeout, "connecting")
            or _secondsProblem(self.responseTimeout, "an answer")
            or _policyProblem(self.transferSyntaxPolicy)
            or (self._filesProblem() if self.useTLS else "")
        )

    def requireUsable(self) -> None:
        """:raises NetworkError: with the :meth:`problem`, when there is one"""
        problem = self.problem()
        if problem:
            raise NetworkError(problem.rstrip("."), self.displayName)

    def _filesProblem(self) -> str:
        for path in (self.certificateAuthorityFile, self.certificateFile, self.keyFile):
            if path and not os.path.isfile(path):
                return f"There is no certificate file {path}."
        return "A key needs the certificate that goes with it." if self.keyFile and not self.certificateFile else ""


def titleProblem(title: object, name: str = "AE title") -> str:
    """What is wrong with an application entity title (PS3.5 6.2); "" when nothing is."""
    if not isinstance(title, str) or not title.strip():
        return f"{name} is empty."
    if len(title.strip()) > LONGEST_AE_TITLE:
        return f"{name} {title.strip()} has {len(title.strip())} characters; {LONGEST_AE_TITLE} are the most."
    isPlain = _AE_TITLE.fullmatch(title) is not None
    return "" if isPlain else f"{name} may have letters without accents, digits and signs, but no \\."


def hostProblem(host: object) -> str:
    """What is wrong with the name or address of a computer; "" when nothing is."""
    if not isinstance(host, str) or not host:
        return "The host is missing: a name such as pacs.example.org, or an address such as 192.168.1.20."
    if len(host) > 253 or not _HOST.fullmatch(host):
        return "The host has characters that no name of a computer has."
    return ""


def portProblem(port: object) -> str:
    """What is wrong with a port; "" when nothing is."""
    isPort = isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535
    return "" if isPort else f"The port must be a number from 1 to 65535, not {port}."


def _secondsProblem(seconds: object, what: str) -> str:
    isNumber = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    fits = isNumber and 0 < seconds <= LONGEST_SECONDS
    return "" if fits else f"The time for {what} must be more than 0 and at most {LONGEST_SECONDS:.0f} seconds."


def _policyProblem(policy: object) -> str:
    return "" if policy in TRANSFER_SYNTAX_POLICIES else f"There is no way of sending {policy!r}."


# Addresses


def serverFromAddress(address: str, calledAETitle: str = "", callingAETitle: str = "") -> DICOMServer:
    """A server from "host:port", "TITLE@host:port" or "[::1]:11112".

    :param calledAETitle: for an address without one
    :raises NetworkError: when it is no such address, or what it says cannot be
    """
    match = _ADDRESS.fullmatch(address.strip())
    if match is None:
        raise NetworkError("this is no address of a DICOM server", address, hint=_WRITTEN_AS)
    port = match["port"] or ""
    if port and not re.fullmatch(r"[0-9]{1,6}", port):
        raise NetworkError("the port is no number", address, port, _WRITTEN_AS)
    server = DICOMServer(
        calledAETitle=match["title"] or calledAETitle or DEFAULT_CALLED_AE_TITLE,
        callingAETitle=callingAETitle or DEFAULT_CALLING_AE_TITLE,
        host=match["six"] or match["host"],
        port=int(port) if port else DEFAULT_PORT,
    )
    server.requireUsable()
    return server


def serverNamed(settings: Settings, name: str) -> DICOMServer:
    """The server of this name in the list, else that of this address.

    :raises NetworkError: when it is neither
    """
    found = next((one for one in readServers(settings) if one.connectionName == name), None)
    if found is not None:
        found.requireUsable()
        return found
    if ":" not in name and "@" not in name:
        names = ", ".join(one.connectionName for one in readServers(settings)) or "none"
        raise NetworkError("there is no server of this name", name, hint=f"Known are: {names}. An address has a port")
    return serverFromAddress(name)


# The list


def readServers(settings: Settings) -> list[DICOMServer]:
    """The servers in the settings; entries that cannot be understood are left out."""
    return [server for server in map(serverFromText, settings.value(SETTING)) if server is not None]


def writeServers(settings: Settings, servers: Iterable[DICOMServer]) -> None:
    """Keep a list of servers.

    :raises NetworkError: when one of them cannot be, or two have the same name
    :raises SettingsError: when the settings cannot be saved
    """
    servers = list(servers)
    problem = listProblem(servers)
    if problem:
        raise NetworkError(problem.rstrip("."))
    settings.setValue(SETTING, [json.dumps(asdict(server)) for server in servers])


def listProblem(servers: Sequence[DICOMServer]) -> str:
    """What is wrong with a list of servers, one sentence; "" when nothing is."""
    names: set[str] = set()
    for server in servers:
        if not server.connectionName.strip():
            return "Every server needs a name."
        if server.connectionName in names:
            return f"There are two servers of the name {server.connectionName}."
        names.add(server.connectionName)
        if server.problem():
            return f"{server.connectionName}: {server.problem()}"
    return ""


def serverFromText(text: str) -> DICOMServer | None:
    """A server as it is written in the settings (JSON); None when it cannot be understood."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    kinds = {field.name: type(field.default) for field in fields(DICOMServer)}
    known = {name: value for name, value in values.items() if name in kinds}
    if not all(_isOf(kinds[name], value) for name, value in known.items()):
        return None
    return DICOMServer(**known)


def _isOf(kind: type, value: object) -> bool:
    return type(value) is kind or (kind is float and type(value) is int)
