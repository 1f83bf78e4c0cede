"""Sending: to good servers, to such as refuse, break off or hang, and what the report says."""

from __future__ import annotations

import struct
import threading

import pydicom
import pytest
from pynetdicom import AllStoragePresentationContexts

from DICOMLib.Networking import Send
from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.Servers import AS_STORED, UNCOMPRESSED
from DICOMLib.Networking.StoredObjects import PIECE_BYTES
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Networking.SentFiles import compressed, dataSetOf, uidsOf
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import (
    SocketServer,
    StoreServer,
    acceptance,
    freePort,
    hasStorescp,
    readMessage,
    readPDU,
    serverAt,
    storeAnswer,
    storescp,
)

pytestmark = pytest.mark.network
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"


def test_everyObjectArrivesByteForByteAndInOrder(paths):
    with StoreServer() as server:
        report = sendFiles(serverAt(server.port), paths)
    assert server.uids == uidsOf(paths)
    assert [data for _, _, data in server.received] == [dataSetOf(path) for path in paths]
    assert server.associations == 1
    assert (report.objects, report.sent, report.left, report.findings) == (4, 4, [], [])
    assert report.bytesSent == sum(len(dataSetOf(path)) for path in paths)
    assert report.summary().startswith(f"4 objects (5.0 kB) sent to TESTSCP@127.0.0.1:{server.port} in ")


@pytest.mark.parametrize("size", [PIECE_BYTES - 6, PIECE_BYTES, PIECE_BYTES + 2, 3 * PIECE_BYTES])
def test_aLargeObjectArrivesInOnePieceWhateverItsLength(paths, size):
    with open(paths[0], "ab") as file:
        missing = size - len(dataSetOf(paths[0])) - 16
        file.write(struct.pack("<HH2sHHH2s2xI", 0x7FE1, 0x0010, b"LO", 0, 0x7FE1, 0x1010, b"OB", missing - 4))
        file.write(bytes(range(256)) * (missing // 256 + 1))
        file.truncate(file.tell() - (256 * (missing // 256 + 1) - missing + 4))
    assert len(dataSetOf(paths[0])) == size
    with StoreServer() as server:
        report = sendFiles(serverAt(server.port), paths[:1])
    assert server.received[0][2] == dataSetOf(paths[0])
    assert report.bytesSent == size


def test_aCompressedObjectIsSentAsItIsToAServerThatTakesIt(paths):
    compressed(paths[0])
    with StoreServer((RLE, EXPLICIT)) as server:
        report = sendFiles(serverAt(server.port), paths[:1])
    assert server.received[0][1:] == (RLE, dataSetOf(paths[0]))
    assert report.converted == 0


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_aCompressedObjectIsDecompressedForAServerThatDoesNotTakeIt(paths, syntax):
    before = pydicom.dcmread(paths[0])
    compressed(paths[0])
    with StoreServer((syntax,)) as server:
        report = sendFiles(serverAt(server.port), paths[:1])
    uid, used, data = server.received[0]
    received = pydicom.dcmread(pydicom.filebase.DicomBytesIO(_withMeta(data, syntax)))
    assert (used, uid, report.sent, report.converted) == (syntax, str(before.SOPInstanceUID), 1, 1)
    assert (received.pixel_array == before.pixel_array).all()
    assert report.findings[0].text.startswith("the server does not take RLE Lossless: sent as ")


def _withMeta(data, syntax):
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    buffer = pydicom.filebase.DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    pydicom.filewriter.write_file_meta_info(buffer, meta, enforce_standard=False)
    return bytes(128) + b"DICM" + buffer.getvalue() + data


def test_theWayOfSendingIsTheServersToChoose(paths):
    compressed(paths[0])
    with StoreServer((RLE, EXPLICIT)) as server:
        sendFiles(serverAt(server.port, transferSyntaxPolicy=UNCOMPRESSED), paths[:1])
    assert server.received[0][1] == EXPLICIT
    with StoreServer((EXPLICIT,)) as server:
        report = sendFiles(serverAt(server.port, transferSyntaxPolicy=AS_STORED), paths[:2])
    assert server.uids == uidsOf(paths[1:2])
    assert "does not take this encoding" in report.findings[0].text and "RLE Lossless" in report.findings[0].text


def test_whatAServerDoesNotTakeIsToldForEachObjectAndTheOthersGo(tmp_path, paths):
    others = SeriesBuilder(modality="MR", slices=1, seed=9).write(tmp_path / "mr")
    with StoreServer(classes=("1.2.840.10008.5.1.4.1.1.2",)) as server:
        report = sendFiles(serverAt(server.port), [*others, *paths])
    assert report.sent == 4 and len(report.left) == 1
    assert "the server does not take such objects" in report.findings[0].text
    assert "MR Image Storage" in report.findings[0].text
    with StoreServer(classes=("1.2.840.10008.5.1.4.1.1.2",)) as server:
        nothing = sendFiles(serverAt(server.port), others)
    assert (nothing.sent, len(nothing.findings)) == (0, 1) and "MR Image Storage" in nothing.findings[0].text


@pytest.mark.parametrize(
    ("status", "sent", "kind", "text"),
    [
        (0xB000, 4, "stored with a warning", "stored, and values in it were changed by the server (status B000)"),
        (0xB006, 4, "stored with a warning", "stored, and elements of it were left out by the server (status B006)"),
        (0xA700, 3, "not sent", "the server has no room or means to store it (status A700)"),
        (0xA900, 3, "not sent", "the server finds that the object does not match its kind (status A900)"),
        (0xC123, 3, "not sent", "the server does not understand the object (status C123)"),
        (0x0124, 3, "not sent", "the server does not allow it (status 0124)"),
        (0xEEEE, 3, "not sent", "the server refused for a reason of its own (status EEEE)"),
        (0x0111, 3, "not sent", "the server has an object of this SOPInstanceUID already (status 0111)"),
    ],
)
def test_aStatusIsToldInWordsAndOnlyAWarningCountsAsStored(paths, status, sent, kind, text):
    with StoreServer(answer=lambda number, _uid: status if number == 1 else 0) as server:
        report = sendFiles(serverAt(server.port), paths)
    assert len(server.received) == 4
    assert report.sent == sent
    assert len(report.findings) == 1
    assert report.findings[0].kind == kind and report.findings[0].text.startswith(text)
    assert report.left == ([] if sent == 4 else [bytes(str(paths[1]), "utf-8")])


def test_manyKindsOfObjectsGoOverSeveralAssociations(tmp_path):
    paths, classes = [], []
    for number, context in enumerate(AllStoragePresentationContexts[:70]):  # 2 contexts each: more than there can be
        uid = context.abstract_syntax
        path = SeriesBuilder(slices=1, seed=number, extra={"SOPClassUID": uid}).write(tmp_path / str(number))[0]
        dataset = pydicom.dcmread(path)
        dataset.SOPInstanceUID = f"1.2.3.{number}"
        dataset.save_as(path)
        classes.append(uid)
        paths.append(path)
    with StoreServer(classes=tuple(classes)) as server:
        report = sendFiles(serverAt(server.port), paths)
    assert (report.sent, server.associations) == (70, 2)


def test_filesThatAreNoObjectsAreToldAndTheOthersGo(tmp_path, paths):
    text, short = tmp_path / "notes.txt", tmp_path / "short.dcm"
    text.write_text("no DICOM file, and long enough to be looked at" * 10)
    short.write_bytes(open(paths[0], "rb").read()[:-50])
    with StoreServer() as server:
        report = sendFiles(serverAt(server.port), [text, short, tmp_path / "none.dcm", paths[0]])
        passing = sendFiles(serverAt(server.port), [text, paths[0]], passOver=[text])
    assert report.sent == 1
    texts = [one.text for one in report.findings]
    assert texts[0].startswith("not a DICOM file")
    assert texts[1].startswith("the file is incomplete")
    assert texts[2].startswith("the file cannot be opened")
    assert passing.isComplete and passing.objects == 1


# Connections that fail


def test_whereNothingListensAllIsLeft(paths):
    report = sendFiles(serverAt(freePort()), paths)
    assert report.sent == 0 and len(report.left) == 4
    assert "Nothing listens there" in report.failure
    assert report.summary().startswith("Nothing was sent to ")


@pytest.mark.parametrize(
    ("options", "values", "text"),
    [
        ({"require_called_aet": True}, {"calledAETitle": "OTHER"}, "it is not called OTHER"),
        ({"require_calling_aet": ["ME"]}, {"callingAETitle": "YOU"}, "it does not know the calling AE title YOU"),
    ],
)
def test_aServerThatDoesNotWantToTalkSaysWhy(paths, options, values, text):
    with StoreServer(**options) as server:
        report = sendFiles(serverAt(server.port, **values), paths)
    assert report.sent == 0 and text.lower() in report.failure.lower()


def test_aLostConnectionIsMadeAgainAndEveryObjectIsStoredOnce(paths, noPauses):
    received = []

    def breakOffAtTheThird(connection, server):
        connection.sendall(acceptance(readPDU(connection)))
        while pdu := readMessage(connection):
            if server.connections == 1 and len(received) == 2:
                return
            received.append(pdu)
            connection.sendall(storeAnswer(pdu))

    with SocketServer(breakOffAtTheThird) as server:
        report = sendFiles(serverAt(server.port), paths)
        assert server.connections == 2
    assert len(received) == 4
    assert (report.sent, report.reconnections, report.left) == (4, 1, [])
    assert "lost 1 time and made again" in report.summary()


def test_anObjectThatBreaksTheConnectionEachTimeIsLeftOutAndTheOthersGo(paths, noPauses):
    poison = uidsOf(paths)[1].encode()

    def breakAtOne(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        while pdu := readMessage(connection):
            if poison in pdu:
                connection.sendall(struct.pack(">BBIBBBB", 7, 0, 4, 0, 0, 2, 6))
                return
            connection.sendall(storeAnswer(pdu))

    with SocketServer(breakAtOne) as server:
        report = sendFiles(serverAt(server.port), paths)
    assert report.sent == 3
    assert report.left == [bytes(str(paths[1]), "utf-8")]
    assert "the server broke off the association: a part of the message had a value that it does not" in (
        report.findings[0].text
    )


def test_aServerThatAlwaysBreaksOffIsGivenUp(paths, noPauses):
    def accept(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        readPDU(connection)

    with SocketServer(accept) as server:
        report = sendFiles(serverAt(server.port), paths)
        assert server.connections == Send.MOST_BREAKS
    assert report.sent == 0 and len(report.left) == 4 and report.failure


# Servers that misbehave


def silent(connection, server):
    server.closing.wait(600)


def silentAfterAcceptance(connection, server):
    connection.sendall(acceptance(readPDU(connection)))
    server.closing.wait(600)


def dropByDrop(connection, server):
    for byte in acceptance(readPDU(connection)):
        if server.closing.wait(0.05):
            return
        connection.sendall(bytes([byte]))


@pytest.mark.parametrize("behaviour", [silent, silentAfterAcceptance, dropByDrop])
def test_aServerThatDoesNotAnswerIsLeftAfterItsTime(paths, noPauses, behaviour):
    with SocketServer(behaviour) as server:
        report = sendFiles(serverAt(server.port, connectionTimeout=0.2, responseTimeout=0.2), paths)
    assert report.sent == 0 and "he server did not answer in time" in report.failure


def cancelledAfter(seconds, port, files):
    progress = Progress()
    timer = threading.Timer(seconds, progress.cancel)
    timer.start()
    # Were it not heard, the server would be waited for longer than any test may take.
    return sendFiles(serverAt(port, connectionTimeout=3600.0, responseTimeout=3600.0), files, progress)


@pytest.mark.parametrize("behaviour", [silent, silentAfterAcceptance, dropByDrop])
def test_cancellingEndsItWhileTheServerHangs(tmp_path, behaviour):
    large = SeriesBuilder(rows=1024, columns=1024, slices=4).write(tmp_path)  # more than sockets take
    with SocketServer(behaviour) as server:
        report = cancelledAfter(0.2, server.port, large)
    assert report.cancelled and len(report.left) == 4
    assert "was stopped" in report.summary()


def test_cancellingTakesLessThanASecond(paths, promised):
    with SocketServer(silentAfterAcceptance) as server, promised.within(1.2):
        assert cancelledAfter(0.2, server.port, paths).cancelled


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers does not speak DICOM"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers does not speak DICOM"),
        (struct.pack(">BBI", 2, 0, 0xFFFFFFFF) + b"x" * 99999, "answer is too long (4,294,967,295 bytes)"),
        (struct.pack(">BBI", 2, 0, 10) + b"\xff" * 10, "the server's answer cannot be understood"),
        (struct.pack(">BBIBBBB", 3, 0, 4, 0, 2, 3, 2), "for now: all its connections are in use"),
        (struct.pack(">BBI", 4, 0, 4) + bytes(4), "the server answered something that was not asked"),
        (struct.pack(">BBI", 5, 0, 4) + bytes(4), "the server ended the association"),
        (struct.pack(">BBI", 7, 0, 4) + bytes(4), "the server broke off the association"),
        (struct.pack(">BBIBBBB", 3, 0, 4, 0, 1, 9, 9), "it gives a reason nobody defined (9, 9)"),
        (b"", "the server closed the connection"),
    ],
)
def test_whatIsNoProperAnswerIsToldAsSuch(paths, noPauses, answer, text):
    def say(connection, _server):
        readPDU(connection)
        connection.sendall(answer)

    with SocketServer(say) as server:
        report = sendFiles(serverAt(server.port), paths)
    assert report.sent == 0 and text.lower() in report.failure.lower()


def test_anEndlessAnswerIsCutOff(paths, noPauses):
    def endless(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        part = struct.pack(">BBIIBB", 4, 0, 60006, 60002, 1, 1) + bytes(60000)
        while True:
            connection.sendall(part)

    with SocketServer(endless) as server:
        report = sendFiles(serverAt(server.port), paths[:1])
    assert report.sent == 0


def test_aServerThatTakesAFewBytesAtOnceIsRefused(paths, noPauses):
    def tiny(connection, _server):
        connection.sendall(acceptance(readPDU(connection), mostBytes=10))
        readPDU(connection)

    with SocketServer(tiny) as server:
        report = sendFiles(serverAt(server.port), paths)
    assert "takes too few bytes at once (10)" in report.failure


def test_anAnswerToAnotherMessageIsNoAnswer(paths, noPauses):
    def answerWrongly(connection, _server):
        connection.sendall(acceptance(readPDU(connection)))
        message = readMessage(connection)
        at = message.index(struct.pack("<HHI", 0, 0x0110, 2)) + 8
        connection.sendall(storeAnswer(message[:at] + b"\x63\x00" + message[at + 2 :]))
        readPDU(connection)

    with SocketServer(answerWrongly) as server:
        report = sendFiles(serverAt(server.port), paths)
    assert report.sent == 0 and "answered something that was not asked" in report.failure


def test_progressCountsBytesToTheEnd(paths):
    seen = []
    with StoreServer() as server:
        progress = Progress(lambda one: seen.append((one.done, one.total, one.text)))
        report = sendFiles(serverAt(server.port), paths, progress)
    total = report.bytesSent
    assert seen[-1] == (total, total, "4 of 4 objects sent")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


@pytest.mark.skipif(not hasStorescp(), reason="DCMTK's storescp is not installed")
@pytest.mark.parametrize("options", [(), ("+xa", "--max-pdu", "131072"), ("+xi",)])
def test_storescpStoresTheSameObjects(tmp_path, paths, options):
    compressed(paths[0])
    expected = {uid: pydicom.dcmread(path) for uid, path in zip(uidsOf(paths), paths, strict=True)}
    target = tmp_path / "stored"
    target.mkdir()
    with storescp(target, *options) as port:
        report = sendFiles(serverAt(port), paths)
    assert report.isComplete, report.asText()
    stored = [pydicom.dcmread(path) for path in target.iterdir()]
    assert {str(one.SOPInstanceUID) for one in stored} == set(expected)
    for one in stored:
        assert (one.pixel_array == expected[str(one.SOPInstanceUID)].pixel_array).all()
