"""Servers on the loopback for tests that send: real ones, and ones that behave badly."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.transport import ThreadedAssociationServer

from DICOMLib.Networking.Servers import DICOMServer

VERIFICATION = "1.2.840.10008.1.1"
TITLE = "TESTSCP"
START_SECONDS = 60.0
SECONDS_TO_SHUT_DOWN = 0.01


def serverAt(port: int, **values: object) -> DICOMServer:
    """Waits shorter than for people's servers, so that what does not answer is told soon."""
    usual = {"calledAETitle": TITLE, "host": "127.0.0.1", "connectionTimeout": 40.0, "responseTimeout": 40.0}
    return DICOMServer(**{**usual, "port": port, **values})


class _PromptServer(ThreadedAssociationServer):
    def service_actions(self) -> None:
        """Collects no garbage each time that it looks whether it is to shut down."""


class StoreServer:
    """A pynetdicom server that keeps the data sets it gets, byte for byte. A context manager.

    :param syntaxes: transfer syntaxes it takes
    :param answer: status for an object by its number and SOPInstanceUID
    :param classes: SOP classes it takes; default: all of storage
    """

    def __init__(
        self, syntaxes: tuple[str, ...] = ("1.2.840.10008.1.2.1",), answer: Callable[[int, str], int] | None = None,
        classes: tuple[str, ...] = (), **options: object,
    ):  # fmt: skip
        self.received: list[tuple[str, str, bytes]] = []
        self.associations = 0
        self._answer = answer or (lambda _number, _uid: 0x0000)
        self._tls = options.pop("tls", None)
        self._ae = AE(TITLE)
        for uid in classes or [one.abstract_syntax for one in AllStoragePresentationContexts]:
            self._ae.add_supported_context(uid, list(syntaxes))
        self._ae.add_supported_context(VERIFICATION)
        for name, value in options.items():
            setattr(self._ae, name, value)

    def __enter__(self) -> StoreServer:
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_ACCEPTED, self._count)]
        self._server = self._ae.make_server(
            ("127.0.0.1", 0), evt_handlers=handlers, ssl_context=self._tls, server_class=_PromptServer
        )
        self._ae._servers.append(self._server)  # from where its shutdown takes it
        threading.Thread(target=self._server.serve_forever, args=(SECONDS_TO_SHUT_DOWN,), daemon=True).start()
        self.port = self._server.socket.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    @property
    def uids(self) -> list[str]:
        """SOPInstanceUIDs in the order they came."""
        return [uid for uid, _, _ in self.received]

    def _count(self, _event: object) -> None:
        self.associations += 1

    def _store(self, event: object) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        status = self._answer(len(self.received), uid)
        self.received.append((uid, str(event.context.transfer_syntax), event.request.DataSet.getvalue()))
        return status


class SocketServer:
    """Answers each connection with a function of the socket. A context manager."""

    def __init__(self, behave: Callable[[socket.socket, SocketServer], None]):
        self._behave = behave
        self.connections = 0
        self.closing = threading.Event()

    def __enter__(self) -> SocketServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._behave(connection, self)


def readPDU(connection: socket.socket) -> bytes:
    """The next message, whole; b"" at the end."""
    header = _read(connection, 6)
    return header + _read(connection, int.from_bytes(header[2:6], "big")) if header else b""


def readMessage(connection: socket.socket) -> bytes:
    """All parts of a request with its data set; b"" at the end, which is answered when it is a polite one."""
    whole = b""
    while pdu := readPDU(connection):
        if pdu[0] != 4:
            connection.sendall(struct.pack(">BBII", 6, 0, 4, 0))
            return b""
        whole += pdu
        if pdu[11] == 2:  # the last of the data set
            return whole
    return b""


def storeAnswer(request: bytes, status: int = 0) -> bytes:
    """A C-STORE-RSP to a request of which at least the command set is there."""
    at = request.index(struct.pack("<HHI", 0, 0x0110, 2)) + 8
    number = request[at : at + 2]
    fields = [(0x0100, b"\x01\x80"), (0x0120, number), (0x0800, b"\x01\x01"), (0x0900, struct.pack("<H", status))]
    command = b"".join(struct.pack("<HHI", 0, element, 2) + value for element, value in fields)
    command = struct.pack("<HHII", 0, 0, 4, len(command)) + command
    return struct.pack(">BBIIBB", 4, 0, len(command) + 6, len(command) + 2, request[10], 3) + command


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := connection.recv(min(1 << 16, count - len(data)))):
        data += piece
    return data


def acceptance(request: bytes, syntax: str = "1.2.840.10008.1.2.1", mostBytes: int = 16384) -> bytes:
    """An A-ASSOCIATE-AC that takes every context that is offered with this transfer syntax."""
    from pynetdicom.pdu import A_ASSOCIATE_RQ

    asked = A_ASSOCIATE_RQ()
    asked.decode(request)
    name = syntax.encode()
    items = _item(0x10, b"1.2.840.10008.3.1.1.1")
    for context in asked.presentation_context:
        result = 0 if syntax in context.transfer_syntax else 4
        items += _item(0x21, bytes([context.context_id, 0, result, 0]) + _item(0x40, name))
    items += _item(0x50, _item(0x51, struct.pack(">I", mostBytes)) + _item(0x52, b"1.2.3"))
    body = struct.pack(">HH", 1, 0) + request[10:42] + bytes(32) + items
    return b"\x02\x00" + struct.pack(">I", len(body)) + body


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


@contextlib.contextmanager
def storescp(folder: Path, *options: str, **environment: str) -> Iterator[int]:
    """DCMTK's server, which writes into a folder; gives its port."""
    port = freePort()
    process = subprocess.Popen(
        ["storescp", *options, "-od", str(folder), "-aet", TITLE, str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip
    try:
        waitForPort(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def hasStorescp() -> bool:
    """Whether DCMTK is installed."""
    return shutil.which("storescp") is not None


def freePort() -> int:
    """A port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def waitForPort(port: int) -> None:
    """:raises TimeoutError: when nothing listens there after a while"""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)
