"""No part of a message has an odd length (PS3.8 E.2), whatever a file or a server says; objects stay what they are."""

from __future__ import annotations

import os
import zlib

import numpy
import pydicom
import pytest

from DICOMLib.Networking.Send import sendFiles
from DICOMLib.Networking.StoredObjects import storedObject
from Testing.Fixtures.SeriesBuilder import SeriesBuilder
from Testing.Fixtures.StoreServers import (
    SocketServer,
    StoreServer,
    acceptance,
    hasStorescp,
    readPDU,
    serverAt,
    storeAnswer,
    storescp,
)

pytestmark = pytest.mark.network
EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"


def oddDeflated(folder):
    """Deflated as some programs do it: without the zero that makes the length even."""
    for seed in range(20):
        path = SeriesBuilder(slices=1, seed=seed, rows=17).write(folder / str(seed))[0]
        one = storedObject(path)
        plain = b"".join(one.pieces())
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = packer.compress(plain) + packer.flush()
        if len(packed) % 2:
            meta = pydicom.filereader.read_file_meta_info(path)
            meta.TransferSyntaxUID = DEFLATED
            with open(path, "wb") as file:
                file.write(bytes(128) + b"DICM")
                pydicom.filewriter.write_file_meta_info(file, meta)
                file.write(packed)
            return path, packed, plain
    raise AssertionError("no length is odd")


def oddPixels(folder):
    """8-bit pixels of odd number without the byte behind them."""
    values = numpy.arange(15 * 11).reshape(1, 15, 11).astype("u1")
    path = SeriesBuilder(slices=1, rows=15, columns=11, dtype="uint8", rescale=None, pattern=values).write(folder)[0]
    data = open(path, "rb").read()
    assert data.endswith(bytes(values.tobytes()) + b"\0")
    at = len(data) - 166 - 4
    assert data[at : at + 4] == (166).to_bytes(4, "little")
    with open(path, "wb") as file:
        file.write(data[:at] + (165).to_bytes(4, "little") + data[at + 4 : -1])
    return path, values


def test_aDeflatedObjectOfOddLengthGetsItsZero(tmp_path):
    path, packed, _ = oddDeflated(tmp_path)
    with StoreServer((DEFLATED, EXPLICIT)) as server:
        report = sendFiles(serverAt(server.port), [path])
    assert server.received[0][1:] == (DEFLATED, packed + b"\0")
    assert report.isComplete and report.findings == []


def test_aValueOfOddLengthIsPaddedAndTold(tmp_path):
    path, values = oddPixels(tmp_path)
    assert storedObject(path).isOdd
    with StoreServer() as server:
        report = sendFiles(serverAt(server.port), [path])
    assert [one.text for one in report.findings] == ["a value of odd length was padded"]
    assert server.received[0][2].endswith(values.tobytes() + b"\0") and len(server.received[0][2]) % 2 == 0


@pytest.mark.skipif(not hasStorescp(), reason="DCMTK's storescp is not installed")
def test_storescpStoresBoth(tmp_path):
    deflated, _, plain = oddDeflated(tmp_path / "deflated")
    pixels, values = oddPixels(tmp_path / "pixels")
    (tmp_path / "stored").mkdir()
    with storescp(tmp_path / "stored", "+xa") as port:
        report = sendFiles(serverAt(port), [deflated, pixels])
    assert (report.sent, report.reconnections) == (2, 0)
    stored = {str(one.SOPInstanceUID): one for one in map(pydicom.dcmread, (tmp_path / "stored").iterdir())}
    for path in (deflated, pixels):
        before = pydicom.dcmread(path)
        assert (stored[str(before.SOPInstanceUID)].pixel_array == before.pixel_array).all()


@pytest.mark.parametrize("mostBytes", [513, 4097, 16383, 65535])
def test_noPartIsOddWhateverAServerSaysItTakes(tmp_path, mostBytes):
    path = SeriesBuilder(slices=1, rows=256, columns=256).write(tmp_path)[0]
    lengths, received = [], b""

    def take(connection, _server):
        nonlocal received
        connection.sendall(acceptance(readPDU(connection), mostBytes=mostBytes))
        command = pdu = readPDU(connection)
        while pdu[11] != 2:
            pdu = readPDU(connection)
            lengths.append(len(pdu) - 6)
            received += pdu[12:]
        connection.sendall(storeAnswer(command))
        readPDU(connection)

    with SocketServer(take) as server:
        assert sendFiles(serverAt(server.port), [path]).isComplete
    assert max(lengths) <= mostBytes and all(length % 2 == 0 for length in lengths)
    assert received == b"".join(storedObject(path).pieces()) and os.path.getsize(path) > len(received)
