"""Command sets of DIMSE messages as bytes and back (PS3.7 6.3.1 and annex E): group 0000 in implicit little endian."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ..Errors import NetworkProtocolError

C_STORE_RQ, C_ECHO_RQ = 0x0001, 0x0030
RESPONSE_BIT = 0x8000
NO_DATA_SET = 0x0101
HAS_DATA_SET = 0x0001
MEDIUM_PRIORITY = 0x0000

Value = int | str
"""Texts, and numbers of "US" elements; of several numbers the first."""

_UI, _US, _TEXT = "UI", "US", "LO"
_ELEMENTS = {
    "AffectedSOPClassUID": (0x0002, _UI),
    "RequestedSOPClassUID": (0x0003, _UI),
    "CommandField": (0x0100, _US),
    "MessageID": (0x0110, _US),
    "MessageIDBeingRespondedTo": (0x0120, _US),
    "MoveDestination": (0x0600, _TEXT),
    "Priority": (0x0700, _US),
    "CommandDataSetType": (0x0800, _US),
    "Status": (0x0900, _US),
    "ErrorComment": (0x0902, _TEXT),
    "ErrorID": (0x0903, _US),
    "AffectedSOPInstanceUID": (0x1000, _UI),
    "RequestedSOPInstanceUID": (0x1001, _UI),
    "NumberOfRemainingSuboperations": (0x1020, _US),
    "NumberOfCompletedSuboperations": (0x1021, _US),
    "NumberOfFailedSuboperations": (0x1022, _US),
    "NumberOfWarningSuboperations": (0x1023, _US),
    "MoveOriginatorApplicationEntityTitle": (0x1030, _TEXT),
    "MoveOriginatorMessageID": (0x1031, _US),
}
_NAMES = {element: (keyword, vr) for keyword, (element, vr) in _ELEMENTS.items()}
_HEADER = struct.Struct("<HHI")


def encodeCommand(fields: Mapping[str, Value]) -> bytes:
    """The bytes of a command set, its group length first.

    :param fields: keyword → value
    :raises KeyError: for a keyword that is none of a command set
    """
    parts = []
    for keyword in sorted(fields, key=lambda keyword: _ELEMENTS[keyword][0]):
        element, vr = _ELEMENTS[keyword]
        value = _encodedValue(fields[keyword], vr)
        parts.append(_HEADER.pack(0, element, len(value)) + value)
    body = b"".join(parts)
    return _HEADER.pack(0, 0, 4) + struct.pack("<I", len(body)) + body


def _encodedValue(value: Value, vr: str) -> bytes:
    if vr == _US:
        return struct.pack("<H", value)
    raw = str(value).encode("ascii")
    padding = b"\0" if vr == _UI else b" "
    return raw + padding * (len(raw) % 2)


def decodeCommand(data: bytes) -> dict[str, Value]:
    """Keyword → value; elements that are not known here are left out.

    :raises NetworkProtocolError: when it is no command set
    """
    fields: dict[str, Value] = {}
    position = 0
    while position < len(data):
        if position + _HEADER.size > len(data):
            raise NetworkProtocolError("the command set of a message ends inside an element")
        group, element, length = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        if group != 0 or position + length > len(data):
            raise NetworkProtocolError("the command set of a message is damaged", value=f"{group:04X},{element:04X}")
        if element in _NAMES:
            keyword, vr = _NAMES[element]
            fields[keyword] = _decodedValue(data[position : position + length], vr, keyword)
        position += length
    return fields


def _decodedValue(raw: bytes, vr: str, keyword: str) -> Value:
    if vr != _US:
        return raw.decode("ascii", "replace").strip(" \0")
    if len(raw) < 2:
        raise NetworkProtocolError("the command set of a message is damaged", value=keyword)
    return struct.unpack_from("<H", raw)[0]
