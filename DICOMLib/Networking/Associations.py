"""Associations: conversations with a server over one connection, with our limits and deadlines (PS3.8).

Messages are sent and received by the thread that uses the association; there is no other. pynetdicom encodes and
decodes the negotiation. Its own requestor is not used: it puts a whole data set into a queue before the first byte
leaves, gives a message no deadline and its length no limit, cannot be stopped while the other side takes nothing, and
on a busy machine its second thread at times takes the answer that the first one waits for.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..Errors import (
    AssociationAbortedError,
    CancelledError,
    ConnectionLostError,
    ContextNotAcceptedError,
    DICOMError,
    NetworkProtocolError,
)
from ..Progress import Progress
from .CommandSet import NO_DATA_SET, RESPONSE_BIT, Value, decodeCommand, encodeCommand
from .Connection import Connection, PeerSpoke, connect
from .Limits import (
    FEWEST_PDU_BYTES,
    MOST_ANSWER_BYTES,
    MOST_COMMAND_BYTES,
    MOST_NEGOTIATION_BYTES,
    MOST_PDU_BYTES,
    RELEASE_SECONDS,
)
from .Negotiation import (
    AcceptedContext,
    ProposedContext,
    decodeAcceptance,
    encodeRequest,
    rejection,
)
from .Servers import DICOMServer
from .Statuses import FAILURE, storageStatus

_ACCEPT, _REJECT, _DATA, _RELEASE_REQUEST, _RELEASE_RESPONSE, _ABORT = 2, 3, 4, 5, 6, 7
_PDU_HEADER = struct.Struct(">BBI")
# Of a fragment: length with the two bytes after it, number of the context, whether it is command, and last (PS3.8 E.2).
_FRAGMENT_HEADER = struct.Struct(">BBIIBB")
_COMMAND, _LAST = 1, 2
# For what a server has said already, or says while it closes the connection.
_EARLY_SECONDS = 0.2
_ABORT_REASONS = {0: "it gives no reason", 1: "it did not know the message", 2: "it did not expect the message",
                  4: "it did not know a part of the message", 5: "it did not expect a part of the message",
                  6: "a part of the message had a value that it does not accept"}  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A DIMSE message that was received.

    :ivar context: number of the presentation context
    :ivar command: keyword → value
    :ivar dataSet: its bytes; b"" where there is none
    """

    context: int
    command: Mapping[str, Value]
    dataSet: bytes = b""


class Association:
    """A context manager: opened on entering, released on leaving, aborted when left by an exception.

    :param contexts: what it is to be used for, at most 128
    :param progress: cancelling it ends every wait within a tenth of a second

    :ivar accepted: for each proposed context what the server made of it; None where it does not take it
    :ivar reasons: why not
    """

    def __init__(self, server: DICOMServer, contexts: Sequence[ProposedContext], progress: Progress | None = None):
        self.server = server
        self._contexts, self._progress = list(contexts), progress
        self._connection: Connection | None = None
        self._mostSent = MOST_PDU_BYTES
        self._lastMessageID = 0
        self.accepted: list[AcceptedContext | None] = []
        self.reasons: list[str] = []

    def __enter__(self) -> Association:
        self.open()
        return self

    def __exit__(self, exceptionType: type | None, *_: object) -> None:
        if exceptionType is None:
            self.release()
        else:
            self.abort()

    @property
    def isOpen(self) -> bool:
        """Whether messages can be sent, as far as is known."""
        return self._connection is not None

    def open(self) -> None:
        """Connect and agree on what is to be done.

        :raises ConnectionFailedError: when there is no connection
        :raises AssociationRejectedError: when the server does not want to talk
        :raises AssociationAbortedError, ConnectionLostError, NetworkProtocolError: when it answers otherwise
        :raises ContextNotAcceptedError: when it takes nothing of what was proposed
        :raises CancelledError: when the progress was cancelled
        """
        self.server.requireUsable()
        self._connection = connect(self.server, self._progress)
        try:
            self._negotiate()
        except BaseException:  # an interrupt, too, would leave an open connection that nobody else knows of
            self.abort()
            raise

    def _negotiate(self) -> None:
        server = self.server
        with suppress(PeerSpoke):  # what it says is received next
            self._connection.send([encodeRequest(server, self._contexts)], server.connectionTimeout)
        kind, pdu = self._receivePDU(time.monotonic() + server.connectionTimeout, MOST_NEGOTIATION_BYTES)
        if kind == _REJECT:
            self._drop()
            raise rejection(pdu, server)
        if kind != _ACCEPT:
            raise self._unexpected(kind, pdu)
        answer = decodeAcceptance(pdu, self._contexts, server.displayName)
        if 0 < answer.mostBytes < FEWEST_PDU_BYTES:
            raise NetworkProtocolError("the server takes too few bytes at once", server.displayName, answer.mostBytes)
        self._mostSent = min(answer.mostBytes or MOST_PDU_BYTES, MOST_PDU_BYTES)
        self.accepted, self.reasons = answer.contexts, answer.reasons
        if not any(self.accepted):
            raise self.notAccepted(range(len(self._contexts)))

    def notAccepted(self, numbers: Iterable[int]) -> ContextNotAcceptedError:
        """That none of some proposed contexts was accepted, as an error that names them."""
        from ..TransferSyntaxes import transferSyntax

        contexts = [(self._contexts[number], self.reasons[number]) for number in numbers]
        kinds = dict.fromkeys(className(context.abstractSyntax) for context, _ in contexts)
        ways = dict.fromkeys(transferSyntax(uid).name for context, _ in contexts for uid in context.transferSyntaxes)
        reasons = " and ".join(dict.fromkeys(reason for _, reason in contexts))
        return ContextNotAcceptedError(
            f"{reasons}: {_shortList(kinds)}", self.server.displayName, f"offered as {_shortList(ways)}",
            "Its configuration says what it stores and in which encodings",
        )  # fmt: skip

    # Messages

    def nextMessageID(self) -> int:
        """A number for a request; they begin anew after 65,535 (PS3.7 9.1)."""
        self._lastMessageID = self._lastMessageID % 0xFFFF + 1
        return self._lastMessageID

    def request(
        self, context: AcceptedContext, command: Mapping[str, Value], dataSet: Iterable[bytes | memoryview] = ()
    ) -> Message:
        """Send a request and wait for the answer to it.

        :param command: without MessageID
        :param dataSet: pieces of it, taken one after the other
        :returns: the answer. One that comes before the server has the whole request can only say that it failed; the
            association is closed then
        :raises NetworkError: as :meth:`send` and :meth:`receive`; after it the association is closed
        """
        number = self.nextMessageID()
        isEarly = False
        try:
            self.send(context, {**command, "MessageID": number}, dataSet)
            answer = self.receive()
        except PeerSpoke:
            isEarly, answer = True, self._earlyAnswer()
        expected = int(command["CommandField"]) | RESPONSE_BIT
        answered = (answer.command.get("CommandField"), answer.command.get("MessageIDBeingRespondedTo"))
        if answered != (expected, number) or "Status" not in answer.command:
            self.abort()
            raise NetworkProtocolError("the server answered something that was not asked", self.server.displayName)
        if isEarly and storageStatus(int(answer.command["Status"])).kind != FAILURE:
            what = "the server says it is done before it had the whole message"
            raise NetworkProtocolError(what, self.server.displayName)
        return answer

    def _earlyAnswer(self) -> Message:
        """What the server says while it takes no more; nothing can follow half a message."""
        try:
            return self._receive(time.monotonic() + _EARLY_SECONDS)
        finally:
            self._drop()

    def send(
        self, context: AcceptedContext, command: Mapping[str, Value], dataSet: Iterable[bytes | memoryview] = ()
    ) -> None:
        """Send one message.

        :raises PeerSpoke: when the server says something instead of taking it: what, is to be received next
        :raises ConnectionLostError: when the connection breaks or nothing moves for ``server.responseTimeout``
        :raises AssociationAbortedError: when the server ends the conversation
        :raises CancelledError: when the progress was cancelled
        """
        seconds = self.server.responseTimeout
        try:
            self._connection.send(self._fragments(context.number, [encodeCommand(command)], _COMMAND), seconds)
            for pieces in self._groups(context.number, dataSet):
                self._connection.send(pieces, seconds)
        except PeerSpoke:
            raise
        except ConnectionLostError as error:
            raise self._reasonOfPeer(error) from error
        except BaseException:
            self.abort()  # half a message is on its way: nothing else can follow it
            raise

    def receive(self) -> Message:
        """The next message of the server.

        :raises ConnectionLostError: when the connection breaks or it does not come in ``server.responseTimeout``
        :raises AssociationAbortedError: when the server ends the conversation
        :raises NetworkProtocolError: when it is more than is accepted, or cannot be understood
        :raises CancelledError: when the progress was cancelled
        """
        try:
            return self._receive(time.monotonic() + self.server.responseTimeout)
        except BaseException:  # a message of which a part was read, even by an interrupt: what follows has no beginning
            self.abort()
            raise

    def _receive(self, deadline: float) -> Message:
        command, data = bytearray(), bytearray()
        fields: dict[str, Value] | None = None
        while True:
            for number, flags, fragment in self._receiveFragments(deadline):
                isCommand = bool(flags & _COMMAND)
                if isCommand != (fields is None):
                    raise NetworkProtocolError("the parts of a message are out of order", self.server.displayName)
                part, most = (command, MOST_COMMAND_BYTES) if isCommand else (data, MOST_ANSWER_BYTES)
                part += fragment
                if len(part) > most:
                    raise NetworkProtocolError("the server's answer is too long", self.server.displayName, len(part))
                if flags & _LAST and isCommand:
                    fields = decodeCommand(bytes(command))
                    if fields.get("CommandDataSetType", NO_DATA_SET) == NO_DATA_SET:
                        return Message(number, fields)
                elif flags & _LAST:
                    return Message(number, fields, bytes(data))

    def _receiveFragments(self, deadline: float) -> Iterator[tuple[int, int, bytes]]:
        kind, pdu = self._receivePDU(deadline, MOST_PDU_BYTES)
        if kind != _DATA:
            raise self._unexpected(kind, pdu)
        position = _PDU_HEADER.size
        while position < len(pdu):
            length = int.from_bytes(pdu[position : position + 4], "big")
            if length < 2 or position + 4 + length > len(pdu):
                raise NetworkProtocolError("a part of a message is damaged", self.server.displayName)
            number, flags = pdu[position + 4], pdu[position + 5]
            yield number, flags, pdu[position + 6 : position + 4 + length]
            position += 4 + length

    def _groups(self, number: int, dataSet: Iterable[bytes | memoryview]) -> Iterator[list[bytes | memoryview]]:
        """Fragments of a data set, those of one of its pieces together; the last is marked."""
        waiting: bytes | memoryview | None = None
        for piece in dataSet:
            if waiting is not None:
                yield self._fragments(number, [waiting], 0, isEnd=False)
            waiting = piece
        if waiting is not None:
            yield self._fragments(number, [waiting], 0)

    def _fragments(
        self, number: int, pieces: Sequence[bytes | memoryview], kind: int, isEnd: bool = True
    ) -> list[bytes | memoryview]:
        most = (self._mostSent - 6) & ~1  # servers break off at parts of odd length (PS3.8 E.2)
        found: list[bytes | memoryview] = []
        for piece in pieces:
            view = memoryview(piece)
            for begin in range(0, len(view), most):
                part = view[begin : begin + most]
                flags = kind | (_LAST if isEnd and begin + most >= len(view) else 0)
                found += [_FRAGMENT_HEADER.pack(_DATA, 0, len(part) + 6, len(part) + 2, number, flags), part]
        return found

    def _receivePDU(self, deadline: float, most: int) -> tuple[int, bytes]:
        """:raises NetworkProtocolError: when it is none, or longer than `most`"""
        header = self._connection.receive(_PDU_HEADER.size, deadline)
        kind, _, length = _PDU_HEADER.unpack(header)
        if not _ACCEPT <= kind <= _ABORT:
            raise NetworkProtocolError(
                "what answers does not speak DICOM", self.server.displayName, hint="Check host and port"
            )
        if length > most:
            raise NetworkProtocolError("the server's answer is too long", self.server.displayName, f"{length:,} bytes")
        return kind, header + self._connection.receive(length, deadline)

    # Ends

    def release(self) -> None:
        """End the conversation politely; when the server does not answer to that, impolitely."""
        if self._connection is None:
            return
        with suppress(DICOMError, PeerSpoke):
            self._connection.send([_PDU_HEADER.pack(_RELEASE_REQUEST, 0, 4) + bytes(4)], RELEASE_SECONDS)
            deadline = time.monotonic() + RELEASE_SECONDS
            kind = 0
            while kind not in (_RELEASE_RESPONSE, _ABORT):
                kind, _ = self._receivePDU(deadline, MOST_PDU_BYTES)
                if kind == _RELEASE_REQUEST:  # both at once (PS3.8 7.2.2.7)
                    self._connection.send([_PDU_HEADER.pack(_RELEASE_RESPONSE, 0, 4) + bytes(4)], RELEASE_SECONDS)
        self._drop()

    def abort(self) -> None:
        """End the conversation at once."""
        if self._connection is None:
            return
        if not self._connection.isMidway:  # else a server would take it for the last bytes of an object
            with suppress(DICOMError, PeerSpoke):
                # By the service user, without a reason (PS3.8 9.3.8). Nobody waits for a server that does not take it.
                self._connection.send([_PDU_HEADER.pack(_ABORT, 0, 4) + bytes(4)], 0.0)
        self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _reasonOfPeer(self, error: ConnectionLostError) -> DICOMError:
        """What the server said before the connection broke, or the error when it said nothing."""
        try:
            kind, pdu = self._receivePDU(time.monotonic() + _EARLY_SECONDS, MOST_PDU_BYTES)
            return self._aborted(pdu) if kind == _ABORT else error
        except CancelledError as cancelled:
            return cancelled
        except DICOMError:
            return error
        finally:
            self._drop()

    def _unexpected(self, kind: int, pdu: bytes) -> DICOMError:
        if kind == _ABORT:
            return self._aborted(pdu)
        if kind == _RELEASE_REQUEST:
            return AssociationAbortedError("the server ended the association", self.server.displayName)
        return NetworkProtocolError("the server answered something that was not asked", self.server.displayName)

    def _aborted(self, pdu: bytes) -> AssociationAbortedError:
        source, reason = pdu[8:10].ljust(2, b"\0")
        why = _ABORT_REASONS.get(reason, "it gives no reason") if source == 2 else "it gives no reason"
        return AssociationAbortedError(
            f"the server broke off the association: {why}", self.server.displayName, hint="Its log may tell why"
        )


def className(uid: str) -> str:
    """The name of a kind of object or service; its UID where it has none."""
    from pydicom.uid import UID

    return UID(uid).name


def _shortList(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
