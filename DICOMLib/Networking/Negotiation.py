"""Requests for associations and the answers to them (PS3.8 9.3), encoded and decoded by pynetdicom."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..Errors import AssociationRejectedError, NetworkProtocolError
from .Limits import MOST_CONTEXTS, MOST_PDU_BYTES
from .Servers import DICOMServer

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
# What a decoder of well-formed messages does with others.
_DECODING_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
                    struct.error)  # fmt: skip
_ACCEPTED = 0
_PERMANENT = 1
# (source, reason) → what, and what to do (PS3.8 9.3.4).
_REASONS = {
    (1, 1): ("it gives no reason", "Its log may tell why"),
    (1, 2): ("it does not know the application context", "It may be no DICOM server of today"),
    (1, 3): ("it does not know the calling AE title {calling}",
             "Ask who runs it to add this program, or change the calling AE title"),
    (1, 7): ("it is not called {called}", "Check the called AE title; capitals count"),
    (2, 1): ("it gives no reason", "Its log may tell why"),
    (2, 2): ("it speaks another version of the protocol", "It may be no DICOM server of today"),
    (3, 1): ("it is too busy", "Try again later"),
    (3, 2): ("all its connections are in use", "Try again later"),
}


@dataclass(frozen=True)
class ProposedContext:
    """A kind of object or service, and the ways of encoding it of which the server may choose one."""

    abstractSyntax: str
    transferSyntaxes: tuple[str, ...]


@dataclass(frozen=True)
class AcceptedContext:
    """:ivar number: the odd number by which messages name it"""

    number: int
    abstractSyntax: str
    transferSyntax: str


@dataclass
class Acceptance:
    """What a server agreed to.

    :ivar contexts: in the order proposed; None for those it does not take
    :ivar reasons: why not, for each: "" for those it takes
    :ivar mostBytes: of a P-DATA message it takes; 0 when it does not mind
    """

    contexts: list[AcceptedContext | None] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    mostBytes: int = 0


def encodeRequest(server: DICOMServer, contexts: Sequence[ProposedContext]) -> bytes:
    """An A-ASSOCIATE-RQ.

    :param contexts: at most 128
    """
    from pydicom.uid import UID
    from pynetdicom import PYNETDICOM_IMPLEMENTATION_UID, PYNETDICOM_IMPLEMENTATION_VERSION
    from pynetdicom.pdu import A_ASSOCIATE_RQ
    from pynetdicom.pdu_primitives import (
        A_ASSOCIATE,
        ImplementationClassUIDNotification,
        ImplementationVersionNameNotification,
        MaximumLengthNotification,
    )
    from pynetdicom.presentation import PresentationContext

    if not 1 <= len(contexts) <= MOST_CONTEXTS:
        raise ValueError(f"an association has 1 to {MOST_CONTEXTS} presentation contexts, not {len(contexts)}")
    proposed = []
    for number, context in enumerate(contexts):
        one = PresentationContext()
        one.context_id = 2 * number + 1
        one.abstract_syntax = UID(context.abstractSyntax)
        for syntax in context.transferSyntaxes:
            one.add_transfer_syntax(UID(syntax))
        proposed.append(one)
    length = MaximumLengthNotification()
    length.maximum_length_received = MOST_PDU_BYTES
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = PYNETDICOM_IMPLEMENTATION_UID
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = PYNETDICOM_IMPLEMENTATION_VERSION
    request = A_ASSOCIATE()
    request.application_context_name = UID(APPLICATION_CONTEXT)
    request.calling_ae_title = server.callingAETitle
    request.called_ae_title = server.calledAETitle
    request.presentation_context_definition_list = proposed
    request.user_information = [length, implementation, version]
    return A_ASSOCIATE_RQ(request).encode()


def decodeAcceptance(pdu: bytes, contexts: Sequence[ProposedContext], where: str) -> Acceptance:
    """What an A-ASSOCIATE-AC says of the contexts proposed.

    :raises NetworkProtocolError: when it cannot be understood, or accepts what was not proposed
    """
    from pynetdicom.pdu import A_ASSOCIATE_AC

    answer = A_ASSOCIATE_AC()
    try:
        answer.decode(pdu)
        primitive = answer.to_primitive()
        results = {one.context_id: one for one in primitive.presentation_context_definition_results_list}
        if not results:
            raise ValueError("no results")
        mostBytes = int(primitive.maximum_length_received or 0)
        found = Acceptance(mostBytes=mostBytes)
        for number, context in enumerate(contexts):
            _addResult(found, 2 * number + 1, context, results.get(2 * number + 1))
    except _DECODING_ERRORS as error:
        raise NetworkProtocolError(
            "the server's answer cannot be understood", where, type(error).__name__, "It may be no DICOM server"
        ) from error
    return found


def _addResult(found: Acceptance, number: int, context: ProposedContext, result: object) -> None:
    from pydicom.uid import UID

    chosen = None
    reason = "the server does not answer about it"
    if result is not None and result.result != _ACCEPTED:
        reasons = {1: "the server does not want it", 3: "the server does not take such objects",
                   4: "the server does not take this encoding"}  # fmt: skip
        reason = reasons.get(result.result, "the server does not want it")
    elif result is not None:
        chosen = str(result.transfer_syntax[0]) if result.transfer_syntax else ""
        if chosen not in context.transferSyntaxes:
            raise ValueError(UID(chosen))  # told as all that cannot be understood
    accepted = AcceptedContext(number, context.abstractSyntax, chosen) if chosen else None
    found.contexts.append(accepted)
    found.reasons.append("" if accepted else reason)


def rejection(pdu: bytes, server: DICOMServer) -> AssociationRejectedError:
    """What an A-ASSOCIATE-RJ says."""
    _, result, source, reason = pdu[6:10].ljust(4, b"\0")
    what, hint = _REASONS.get((source, reason), (f"it gives a reason nobody defined ({source}, {reason})", ""))
    titles = {"calling": server.callingAETitle, "called": server.calledAETitle}
    duration = "" if result == _PERMANENT else " for now"
    value = f"calling {server.callingAETitle}, called {server.calledAETitle}"
    return AssociationRejectedError(
        f"the server rejected the association{duration}: {what.format(**titles)}", server.displayName, value, hint
    )
