"""Values as text."""

import struct

import pytest
from pydicom.datadict import dictionary_VR

from DICOMLib.Files.ValueDecoding import decodeValue, privateVR, standardVR
from DICOMLib.Tags import ALL_TAGS


@pytest.mark.parametrize("tag", ALL_TAGS, ids=lambda tag: tag.keyword)
def test_valueRepresentationsAreThoseOfTheDictionary(tag):
    assert standardVR(tag.number) == dictionary_VR(tag.number)


@pytest.mark.parametrize("raw, vr, expected", [
    (b"1.5\\ 2.5 ", "DS", "1.5\\2.5"),
    (b"1.2.840\0", "UI", "1.2.840"),
    (b"CT", "CS", "CT"),
    (b" kept in front ", "LO", " kept in front"),
    (struct.pack("<2H", 7, 65535), "US", "7\\65535"),
    (struct.pack("<h", -3), "SS", "-3"),
    (struct.pack("<2d", 0.1, -2.0), "FD", "0.1\\-2.0"),
    (struct.pack("<f", 0.5), "FL", "0.5"),
    (struct.pack("<HH", 0x0018, 0x9087), "AT", "0018,9087"),
    (b"\x00\x01\xff", "OB", "00\\01\\ff"),
    (b"readable ", "UN", "readable"),
    (bytes(10_000), "OB", ""),
    (b"\xff" * 5000, "OB", ""),
    (b"", "US", ""),
])
def test_valuesAreText(raw, vr, expected):
    assert decodeValue(raw, vr) == expected


def test_bigEndianNumbers():
    assert decodeValue(struct.pack(">H", 512), "US", ">") == "512"
    assert decodeValue(struct.pack(">2d", 1.5, 2.5), "FD", ">") == "1.5\\2.5"


def test_oddLengthsOfNumbersLoseOnlyTheRest():
    assert decodeValue(b"\x01\x00\x02", "US") == "1"


def test_unsignedOrSignedFollowsThePixels():
    assert decodeValue(b"\xff\xff", "US or SS") == "65535"
    assert decodeValue(b"\xff\xff", "US or SS", signed=True) == "-1"


def test_privateTagsHaveNoVR():
    assert standardVR(0x00091001) == "UN"
    assert standardVR(0x00090010) == "LO"


@pytest.mark.parametrize(
    ("number", "creator", "vr"),
    [
        (0x0019000E, "SIEMENS MR HEADER", "FD"),
        (0x00650037, "Image Private Header", "FD"),
        (0x00650009, "SOMEBODY ELSE", "UN"),
        (0x0065FF00, "Image Private Header", "UN"),
    ],
)
def test_privateElementsHaveTheVRTheirVendorGivesThem(number, creator, vr):
    assert privateVR(number, creator) == vr
