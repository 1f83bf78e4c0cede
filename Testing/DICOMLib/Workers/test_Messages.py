import io

from DICOMLib.Workers.Messages import LARGEST_HEADER, LENGTH, readHeader, readPayload, writeMessage


def test_aHeaderAndItsBytesComeBack():
    stream = io.BytesIO()
    writeMessage(stream, {"path": "/caf\udce9.dcm"}, memoryview(b"abc"))
    stream.seek(0)
    assert readHeader(stream) == {"path": "/caf\udce9.dcm"}
    target = bytearray(3)
    assert readPayload(stream, memoryview(target)) and target == b"abc"


def test_theEndOfTheStreamIsNoHeader():
    assert readHeader(io.BytesIO(b"")) is None
    assert readHeader(io.BytesIO(LENGTH.pack(10) + b"{}")) is None
    assert not readPayload(io.BytesIO(b"ab"), memoryview(bytearray(3)))


def test_whatIsNotOursIsNoHeader():
    assert readHeader(io.BytesIO(LENGTH.pack(LARGEST_HEADER + 1))) is None
    assert readHeader(io.BytesIO(LENGTH.pack(4) + b"\x80ABC")) is None
    assert readHeader(io.BytesIO(LENGTH.pack(2) + b"[]")) is None
    assert readHeader(io.BytesIO(LENGTH.pack(900_000) + b"[" * 900_000)) is None
