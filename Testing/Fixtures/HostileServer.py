"""A server on the loopback that does anything at any time, from a seed: what a client has to survive."""

from __future__ import annotations

import random
import select
import socket
import struct
from collections.abc import Callable

from .StoreServers import SocketServer, acceptance, readPDU

MOST_STEPS = 40
_LONGEST_DELAY = 0.03
_NASTY = (b"\x1b[2J\x1b[31mred", b"\0\0\0", b"a\r\nb\rc", b"\x07\x08\x7f", b"%s%n{0}", b"\xff\xfe\x80", b"\\" * 40,
          b"\x9b1m", b"<b>bold</b>")  # fmt: skip
_STATUSES = (0, 0, 0, 0, 0, 0xB000, 0xB007, 0xA700, 0xA900, 0xC001, 0x0111, 0x0122, 0xFF00, 0xFE00, 1, 0xFFFF, 0x8000)
_PDU = struct.Struct(">BBI")


class HostileServer(SocketServer):
    """Each connection goes its own way, which the seed and its number say."""

    def __init__(self, seed: int):
        super().__init__(lambda connection, server: _Dialogue(connection, seed * 1000 + server.connections).run())


class _Dialogue:
    def __init__(self, connection: socket.socket, seed: int):
        self._connection, self._random = connection, random.Random(seed)
        self._message = b""
        # Some are mostly good and go wrong late, some are never good.
        self._goodness = self._random.choice((0.0, 0.6, 0.9, 0.97))

    def run(self) -> None:
        self._connection.settimeout(2.0)
        for step in range(MOST_STEPS):
            if self._random.random() < self._goodness:
                isOver = self._behave(isFirst=step == 0)
            else:
                isOver = self._random.choice(self._misdeeds())() is False
            if isOver:
                return

    def _behave(self, isFirst: bool) -> bool:
        """One proper answer. :returns: whether the conversation is over"""
        pdu = self._read()
        if not pdu:
            return True
        if pdu[0] == 1:
            self._say(acceptance(pdu, mostBytes=self._random.choice((0, 512, 4096, 16384, 0xFFFFFFFF))))
        elif pdu[0] == 4:
            while pdu and not (pdu[0] == 4 and pdu[11] & 3 == 2):
                self._note(pdu)
                pdu = self._read()
            self._say(self._answer())
        elif pdu[0] == 5:
            self._say(_PDU.pack(6, 0, 4) + bytes(4))
        return pdu[:1] in (b"\5", b"\7", b"")

    def _read(self) -> bytes:
        pdu = readPDU(self._connection)
        self._note(pdu)
        return pdu

    def _note(self, pdu: bytes) -> None:
        if pdu[:1] == b"\4" and pdu[11] & 1:
            self._message = pdu

    def _say(self, data: bytes) -> None:
        """All at once, or in pieces."""
        if self._random.random() < 0.9:
            self._connection.sendall(data)
            return
        for begin in range(0, min(len(data), 2000), 400):
            self._connection.sendall(data[begin : begin + 400])
            self._wait()

    def _wait(self) -> None:
        select.select([], [], [], self._random.random() * _LONGEST_DELAY)

    # Answers

    def _answer(self, **changes: int) -> bytes:
        choose = self._random.choice
        at = self._message.find(struct.pack("<HHI", 0, 0x0110, 2))
        number = self._message[at + 8 : at + 10] if at >= 0 else b"\1\0"
        context = changes.get("context", self._message[10] if len(self._message) > 10 else 1)
        if "number" in changes:
            number = struct.pack("<H", changes["number"])
        fields = [(0x0100, struct.pack("<H", changes.get("field", 0x8001))), (0x0120, number),
                  (0x0800, b"\1\1"), (0x0900, struct.pack("<H", choose(_STATUSES)))]  # fmt: skip
        if self._random.random() < 0.3:
            fields.append((0x0902, choose(_NASTY) * choose((1, 1, 3, 200))))
        command = b"".join(struct.pack("<HHI", 0, element, len(value)) + value for element, value in fields)
        command = struct.pack("<HHII", 0, 0, 4, len(command)) + command
        return _fragments(context, 3, command)

    def _misdeeds(self) -> list[Callable[[], bool | None]]:
        return [self._wait, self._silence, self._reset, self._halfClose, self._close, self._anyPDU, self._emptyPDU,
                self._garbage, self._wrongLength, self._mutated, self._manyResults, self._oddAcceptance,
                self._wrongAnswer, self._oddFragments, self._twice, self._abort, self._partOfPDU, self._unread,
                self._rejection, self._endlessSmall]  # fmt: skip

    def _silence(self) -> bool:
        self._connection.settimeout(1.0)
        while self._connection.recv(1 << 16):
            continue
        return False

    def _unread(self) -> None:
        select.select([], [], [], 0.15)

    def _reset(self) -> bool:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _halfClose(self) -> None:
        self._connection.shutdown(self._random.choice((socket.SHUT_WR, socket.SHUT_RD)))

    def _close(self) -> bool:
        return False

    def _anyPDU(self) -> None:
        length = self._random.choice((1, 4, 4, 4, 68, 300, 5000))
        kind = self._random.choice((1, 2, 3, 4, 5, 6, 7, self._random.randrange(256)))
        self._say(_PDU.pack(kind, 0, length) + self._random.randbytes(length))

    def _emptyPDU(self) -> None:
        for _ in range(self._random.choice((1, 1, 500))):
            self._connection.sendall(_PDU.pack(self._random.randrange(1, 8), 0, 0))

    def _garbage(self) -> None:
        self._say(self._random.choice((b"HTTP/1.1 200 OK\r\n\r\n", self._random.randbytes(100), b"\0" * 500)))

    def _wrongLength(self) -> None:
        length = self._random.choice((0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 131073, 131072, 20))
        self._say(_PDU.pack(self._random.randrange(2, 8), 0, length) + bytes(10))

    def _mutated(self) -> None:
        pdu = self._read() if self._random.random() < 0.5 else b""
        data = bytearray(acceptance(pdu) if pdu[:1] == b"\1" else self._answer())
        for _ in range(self._random.randrange(1, 5)):
            data[self._random.randrange(len(data))] = self._random.randrange(256)
        self._say(bytes(data))

    def _manyResults(self) -> None:
        item = b"\x21\0\0\x19" + bytes([self._random.randrange(256), 0, 0, 0]) + b"\x40\0\0\x111.2.840.10008.1.2"
        body = struct.pack(">HH", 1, 0) + bytes(64) + item * self._random.choice((129, 1000, 4400))
        self._say(_PDU.pack(2, 0, len(body)) + body)

    def _oddAcceptance(self) -> None:
        pdu = self._read()
        if pdu[:1] == b"\1":
            data = bytearray(acceptance(pdu, mostBytes=self._random.choice((1, 7, 511, 512, 0x80000000))))
            at = data.find(b"\x21\0")
            data[at + 6] = self._random.randrange(256)
            self._say(bytes(data))

    def _wrongAnswer(self) -> None:
        choose = self._random.choice
        changes = [{"number": choose((0, 2, 65535))}, {"context": choose((0, 2, 3, 255))},
                   {"field": choose((0x8030, 0x0001, 0x0FFF, 0xFFFF))}]  # fmt: skip
        self._say(self._answer(**choose(changes)))

    def _oddFragments(self) -> None:
        choose = self._random.choice
        bodies = (struct.pack(">I", choose((0, 1, 2, 0xFFFFFFFF, 0x80000000))), struct.pack(">IBB", 2, 1, 3),
                  struct.pack(">IBB", 2, 1, 1) * 3000, struct.pack(">IBB", 2, 1, 2), b"\0\0",
                  struct.pack(">IBB", 10, 1, 3) + struct.pack("<HHI", 0, 0x0900, 0xFFFFFFFF))  # fmt: skip
        body = choose(bodies)
        self._say(_PDU.pack(4, 0, len(body)) + body)

    def _twice(self) -> None:
        self._say(self._answer() * self._random.choice((2, 50)))

    def _abort(self) -> None:
        self._say(_PDU.pack(7, 0, 4) + self._random.randbytes(4))

    def _rejection(self) -> None:
        self._say(_PDU.pack(3, 0, 4) + bytes([0, *(self._random.randrange(5) for _ in range(3))]))

    def _partOfPDU(self) -> None:
        data = self._answer()
        self._connection.sendall(data[: self._random.randrange(1, len(data))])
        self._wait()

    def _endlessSmall(self) -> None:
        for _ in range(300):
            self._connection.sendall(_fragments(1, 1, b"\0\0"))


def _fragments(context: int, flags: int, body: bytes) -> bytes:
    return struct.pack(">BBIIBB", 4, 0, len(body) + 6, len(body) + 2, context, flags) + body
