"""Asking a server whether it is there and wants to talk (C-ECHO, PS3.7 9.1.5)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ..Errors import ServerStatusError
from ..Progress import Progress
from ..TransferSyntaxes import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from .Associations import Association
from .CommandSet import C_ECHO_RQ, NO_DATA_SET
from .Negotiation import ProposedContext
from .Servers import DICOMServer
from .Statuses import FAILURE, generalStatus

VERIFICATION = "1.2.840.10008.1.1"


@dataclass(frozen=True)
class EchoResult:
    """:ivar connectSeconds: until the server wanted to talk
    :ivar answerSeconds: from the question to the answer
    """

    server: DICOMServer
    connectSeconds: float
    answerSeconds: float

    def summary(self) -> str:
        """One sentence."""
        return (
            f"{self.server.displayName} answers: connected in {1000 * self.connectSeconds:.0f} ms,"
            f" answered in {1000 * self.answerSeconds:.1f} ms."
        )


def echo(server: DICOMServer, progress: Progress | None = None) -> EchoResult:
    """Ask a server.

    :raises NetworkError: why it does not answer as it should
    :raises CancelledError: when `progress` was cancelled
    """
    started = time.monotonic()
    syntaxes = (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN)
    with Association(server, [ProposedContext(VERIFICATION, syntaxes)], progress) as association:
        connected = time.monotonic()
        command = {
            "AffectedSOPClassUID": VERIFICATION, "CommandField": C_ECHO_RQ, "CommandDataSetType": NO_DATA_SET,
        }  # fmt: skip
        answer = association.request(association.accepted[0], command)
        answered = time.monotonic()
    status = generalStatus(int(answer.command["Status"]))
    if status.kind == FAILURE:
        what = "the server did not answer as it should"
        raise ServerStatusError(what, server.displayName, status.text, status.advice)
    return EchoResult(server, connected - started, answered - connected)
