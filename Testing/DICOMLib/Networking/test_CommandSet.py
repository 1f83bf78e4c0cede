"""Command sets as bytes and back."""

from __future__ import annotations

import random

import pytest
from pynetdicom.dsutils import decode

from DICOMLib.Errors import NetworkProtocolError
from DICOMLib.Networking.CommandSet import C_STORE_RQ, HAS_DATA_SET, decodeCommand, encodeCommand

STORE = {
    "AffectedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "CommandField": C_STORE_RQ, "MessageID": 65535, "Priority": 0,
    "CommandDataSetType": HAS_DATA_SET, "AffectedSOPInstanceUID": "1.2.3",
}  # fmt: skip


def test_pydicomReadsACommandSetAsItWasMeant():
    from io import BytesIO

    dataset = decode(BytesIO(encodeCommand(STORE)), True, True)
    assert {name: dataset.get(name) for name in STORE} == STORE
    assert dataset.CommandGroupLength == len(encodeCommand(STORE)) - 12


def test_itComesBack():
    assert decodeCommand(encodeCommand(STORE)) == STORE


def test_unknownElementsAreLeftOut():
    assert decodeCommand(b"\0\0\xff\xff\x04\0\0\0abcd" + encodeCommand({"Status": 0xA700})) == {"Status": 0xA700}


def test_everyCutIsRefusedOrShorter():
    data = encodeCommand(STORE)
    for length in range(len(data)):
        try:
            assert decodeCommand(data[:length]).items() <= STORE.items()
        except NetworkProtocolError:
            continue


def test_damageIsRefusedAndNothingElseHappens():
    data, chance = encodeCommand(STORE), random.Random(20261121)
    for _ in range(2000):
        damaged = bytearray(data)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            decodeCommand(bytes(damaged))
        except NetworkProtocolError:
            continue


def test_aDataElementIsNoCommand():
    with pytest.raises(NetworkProtocolError, match="damaged.*0010,0010"):
        decodeCommand(b"\x10\0\x10\0\x04\0\0\0ABCD")
