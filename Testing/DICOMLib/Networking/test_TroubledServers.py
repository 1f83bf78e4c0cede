"""Sending to servers that are slow, full, odd, or gone for a while; and names with several addresses."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import tempfile
import termios
import threading

import pytest

from DICOMLib.Errors import ConnectionFailedError
from DICOMLib.Networking import Connection, Send
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.DICOMLib.Networking.SentFiles import compressed, dataSetOf, uidsOf
from Testing.Fixtures.LaterClock import LaterClock
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import (
    SocketServer,
    StoreServer,
    acceptance,
    readMessage,
    readPDU,
    serverAt,
    storeAnswer,
)
from Testing.Fixtures.Waiting import waitFor

pytestmark = pytest.mark.network


# Servers that are slow, full, or gone for a while


def largeFile(tmp_path, megabytes):
    side = 1024
    return SeriesBuilder(rows=side, columns=side * megabytes // 2, slices=1).write(tmp_path / "large")


def test_cancellingEndsItWhileAServerTakesALittleAllTheTime(tmp_path):
    large = largeFile(tmp_path, 16)
    progress = Progress()
    taken = []

    def sip(connection, _server):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        connection.sendall(acceptance(readPDU(connection)))
        while piece := connection.recv(1 << 14):
            taken.append(len(piece))
            if sum(taken) > 1 << 20:
                progress.cancel()

    with SocketServer(sip) as server:
        report = sendFiles(serverAt(server.port), large, progress)
    assert report.cancelled and report.left == [os.fsencode(large[0])]
    assert sum(taken) < 12 << 20


def waiting(connection):
    """How many bytes have come and are not taken."""
    return struct.unpack("i", fcntl.ioctl(connection, termios.FIONREAD, bytes(4)))[0]


def test_halfAMessageIsFollowedByNothing(tmp_path):
    large = largeFile(tmp_path, 16)
    progress, taken, isOver = Progress(), bytearray(), threading.Event()

    def takeLate(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        waitFor(lambda: waiting(connection))
        before = 0
        while before != (before := waiting(connection)):  # until nothing moves any more
            isOver.wait(0.2)
        progress.cancel()
        isOver.wait(60)
        while piece := connection.recv(1 << 18):
            taken.extend(piece)

    with SocketServer(takeLate) as server:
        assert sendFiles(serverAt(server.port), large, progress).cancelled
        isOver.set()
    whole = dataSetOf(large[0])
    position, received = 0, b""
    while position < len(taken):
        kind, _, length = struct.unpack_from(">BBI", taken, position)
        assert kind == 4
        received += taken[position + 12 : position + 6 + length] if taken[position + 11] & 1 == 0 else b""
        position += 6 + length
    assert position > len(taken)  # it ends inside a message
    assert whole.startswith(bytes(received))


@pytest.mark.parametrize(
    ("status", "sent", "text"),
    [(0xA700, 2, "the server has no room or means to store it (status A700)"),
     (0, 0, "the server says it is done before it had the whole message")],
)  # fmt: skip
def test_anAnswerBeforeTheWholeMessageCanOnlyBeThatItFailed(tmp_path, paths, noPauses, status, sent, text):
    large = largeFile(tmp_path, 16)
    size = os.path.getsize(large[0])

    def answerEarly(connection, server):
        connection.sendall(acceptance(readPDU(connection)))
        while message := readPDU(connection):
            if message[0] != 4:
                connection.sendall(struct.pack(">BBII", 6, 0, 4, 0))
                return
            first = readPDU(connection)
            if first[11] == 2:  # a small object is whole
                connection.sendall(storeAnswer(message))
                continue
            connection.sendall(storeAnswer(message, status))
            server.closing.wait(60)
            return

    with SocketServer(answerEarly) as server:
        report = sendFiles(serverAt(server.port), [paths[0], *large, paths[1]])
        connections = server.connections
    if sent:
        assert (report.sent, report.left, connections) == (2, [os.fsencode(large[0])], 2)
        assert report.findings[0].text.startswith(text)
    else:
        assert os.fsencode(large[0]) in report.left and text in report.findings[0].text
    assert size > 16 << 20


def test_aServerThatBreaksOffAfterEachFailureStillGetsAllTheOthers(tmp_path, noPauses):
    many = SeriesBuilder(slices=9).write(tmp_path / "many")
    bad = [uid.encode() for uid in uidsOf(many)[2:7]]

    def breakAfterFailure(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        while message := readMessage(connection):
            isBad = any(uid in message for uid in bad)
            connection.sendall(storeAnswer(message, 0xA900 if isBad else 0))
            if isBad:
                return

    with SocketServer(breakAfterFailure) as server:
        report = sendFiles(serverAt(server.port), many)
    assert (report.sent, len(report.left), report.failure) == (4, 5, "")
    assert all("does not match its kind (status A900)" in one.text for one in report.findings)


def breakingAt(bad):
    """A server that breaks off at objects with one of some UIDs and stores all others."""
    names = [uid.encode() for uid in bad]

    def breakOff(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        while message := readMessage(connection):
            if any(name in message for name in names):
                return
            connection.sendall(storeAnswer(message))

    return SocketServer(breakOff)


def test_severalObjectsThatBreakTheConnectionDoNotKeepTheOthersFromBeingSent(tmp_path, noPauses):
    many = SeriesBuilder(slices=9).write(tmp_path / "many")
    with breakingAt(uidsOf(many)[1:3] + uidsOf(many)[5:7]) as server:
        report = sendFiles(serverAt(server.port), many)
    assert report.left == [os.fsencode(many[number]) for number in (1, 2, 5, 6)]
    assert (report.sent, report.failure) == (5, "")


def test_aKindAtWhichAServerBreaksOffIsGivenUpAndOtherKindsAreSent(tmp_path, noPauses):
    bad = SeriesBuilder(modality="MR", slices=40, seed=1).write(tmp_path / "mr")
    good = SeriesBuilder(slices=3, seed=2).write(tmp_path / "ct")
    with breakingAt(uidsOf(bad)) as server:
        report = sendFiles(serverAt(server.port), [*bad, *good])
        connections = server.connections
    assert (report.sent, len(report.left), report.failure) == (3, 40, "") and connections == Send.MOST_BREAKS + 1


def test_objectsAtWhichAServerHangsDoNotKeepOtherKindsFromBeingSent(tmp_path, noPauses, monkeypatch):
    first, last = (SeriesBuilder(modality=one, slices=2, seed=1).write(tmp_path / one) for one in ("CT", "PT"))
    bad = SeriesBuilder(modality="MR", slices=5, seed=2).write(tmp_path / "mr")
    names = [uid.encode() for uid in uidsOf(bad)]

    def hang(connection, server):
        connection.sendall(acceptance(readPDU(connection)))
        while message := readMessage(connection):
            if any(name in message for name in names):
                connection.settimeout(0.1)
                while not server.closing.is_set():
                    try:
                        connection.recv(1)
                        return  # it is not waited for any more
                    except TimeoutError:
                        clock.hours += 1
            connection.sendall(storeAnswer(message))

    clock = LaterClock()
    for module in ("Associations", "Connection"):
        monkeypatch.setattr(f"DICOMLib.Networking.{module}.time", clock)
    with SocketServer(hang) as server:
        report = sendFiles(serverAt(server.port), [*first, *bad, *last])
    assert (report.sent, report.left, report.failure) == (4, [os.fsencode(path) for path in bad], "")
    assert all("the server did not answer in time" in one.text for one in report.findings)


def test_aServerThatBreaksOffAtEveryKindIsGivenUp(tmp_path, noPauses):
    kinds = ("CT", "MR", "PT", "CR", "OT")
    many = [SeriesBuilder(modality=one, slices=5, seed=at).write(tmp_path / one) for at, one in enumerate(kinds)]
    with breakingAt(uid for paths in many for uid in uidsOf(paths)) as server:
        report = sendFiles(serverAt(server.port), [path for paths in many for path in paths])
        connections = server.connections
    assert (report.sent, len(report.left), connections) == (0, 25, Send.MOST_BREAKS**2)
    assert "closed the connection" in report.failure


def test_whatWasConvertedIsNotConvertedAgainWhenTheServerWasGoneMeanwhile(paths, noPauses, monkeypatch):
    compressed(paths[0])
    conversions = []
    run = WorkerPool.run
    monkeypatch.setattr(WorkerPool, "run", lambda pool, task, *more: (conversions.append(task), run(pool, task, *more)))

    def goneAtFirst(connection, server):
        connection.sendall(acceptance(readPDU(connection)))
        if server.connections == 1:
            return
        while message := readMessage(connection):
            connection.sendall(storeAnswer(message))

    with SocketServer(goneAtFirst) as server:
        report = sendFiles(serverAt(server.port), paths[:1])
    assert (report.sent, report.converted, report.reconnections, len(conversions)) == (1, 1, 1, 1)


def test_whatIsConvertedAndNotStoredIsNotCountedAsConverted(paths):
    compressed(paths[0])
    with StoreServer(answer=lambda _number, _uid: 0xA700) as server:
        report = sendFiles(serverAt(server.port), paths[:1])
    assert (report.sent, report.converted) == (0, 0)


def test_withoutAPlaceForTemporaryFilesOnlyWhatIsConvertedIsLeft(paths, monkeypatch):
    compressed(paths[0])
    monkeypatch.setattr(tempfile, "tempdir", "/proc/no-such-folder")
    with StoreServer() as server:
        report = sendFiles(serverAt(server.port), paths)
    assert (report.sent, report.left) == (3, [os.fsencode(paths[0])])
    assert "no temporary file can be made (No such file or directory)" in report.findings[0].text


# Several addresses of one name


def test_anAddressOfAKindThatIsNotHereIsPassedOver(paths, monkeypatch):
    with StoreServer() as server:
        found = [(kind, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)) for kind in (12345, socket.AF_INET)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert sendFiles(serverAt(server.port), paths).isComplete
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[:1])
        assert "The server cannot be reached (EAFNOSUPPORT)" in sendFiles(serverAt(server.port), paths).failure


def test_anAddressThatNeverAnswersLeavesTimeForTheNext(paths, monkeypatch):
    deadlines, connected = [], Connection._connected

    def remember(server, family, address, deadline, progress):
        deadlines.append(deadline)
        if len(deadlines) < 3:
            raise ConnectionFailedError("there was no answer in time")
        return connected(server, family, address, deadline, progress)

    with StoreServer() as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))] * 3
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(Connection, "_connected", remember)
        assert sendFiles(serverAt(server.port, connectionTimeout=9.0), paths[:1]).isComplete
    assert 2.5 < deadlines[2] - deadlines[0] < 9 and deadlines[0] < deadlines[1] < deadlines[2]
