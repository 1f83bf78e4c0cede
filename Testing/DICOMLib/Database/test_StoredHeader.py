"""What is stored of an instance: the differences to its series, told in the same way however its header was read."""

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Database.BatchRows import integerOrNone
from DICOMLib.Database.StoredHeader import (
    SOP_INSTANCE_UID,
    SeriesReference,
    asText,
    differencesText,
    restoredValues,
    storedValues,
)
from DICOMLib.Files.Header import Header
from DICOMLib.Tags import MEDIA_STORAGE_SOP_CLASS_UID, tagText

_TAGS = [SOP_INSTANCE_UID, MEDIA_STORAGE_SOP_CLASS_UID, tagText("TransferSyntaxUID"), "0008,0060", "0010,0010",
         "0020,0013", "0020,0032", "0008,1140[*].0008,1155", "(0019,\"ACME\",01)", "0019,1001", "0019,1002",
         "(0019,\"A \"\"B\"\"\",01)", "(0019,\"A \"\"B\"\"\",02)", "(0019,\"ACME\",01)[*].(0019,\"ACME\",02)"]
_TEXTS = ["", "1", "2", "a\\b", "ü", '"=']
values = st.builds(
    lambda texts, creator: {**texts, **creator}, st.dictionaries(st.sampled_from(_TAGS), st.sampled_from(_TEXTS)),
    st.sampled_from([{}, {"0019,0010": "ACME"}, {"0019,0010": 'A "B"'}, {"0019,0010": ""}]),
)


def header(contents, shared=None):
    contents = {SOP_INSTANCE_UID: "1.2.3", tagText("TransferSyntaxUID"): "1.2", **contents}
    whole = Header(values=contents, transferSyntaxUID=contents[tagText("TransferSyntaxUID")])
    if shared is not None:
        whole.shared = {tag: value for tag, value in contents.items() if tag in shared}
        whole.own = {tag: value for tag, value in contents.items() if tag not in shared}
    return whole


@given(values, values, values, st.sets(st.sampled_from(_TAGS)), st.booleans())
def test_sharedValuesMakeNoDifference(first, second, third, shared, recognized):
    first = header(first)
    if recognized:
        first.transferSyntaxUID = "1.2.840.10008.1.2"
    reference = SeriesReference(storedValues(first))
    for contents in (second, third, second):
        byItself = header(contents)
        found = reference.differences(header(contents, shared))
        stored = differencesText(found, byItself.values)
        restored, syntax = restoredValues(byItself.values[SOP_INSTANCE_UID], asText(storedValues(first)), stored)
        byItself.values.pop(MEDIA_STORAGE_SOP_CLASS_UID, None)

        assert found == reference.differences(header(contents))
        assert restored == byItself.values
        assert syntax == byItself.transferSyntaxUID


def test_aPrivateElementFoundByItsCreatorAndByItsTagIsStoredOnce():
    values = {"0019,0010": "ACME 1", "0019,100C": "1000", '(0019,"ACME 1",0C)': "1000", "0019,100D": "7"}
    changed = {tag: value for tag, value in values.items() if tag != "0019,0010"}

    assert json.loads(differencesText(changed, values)) == {"=0019,100C": "1000", "0019,100D": "7"}
    assert restoredValues("1.2", asText({"0019,0010": "ACME 1"}), differencesText(changed, values))[0] == {
        **values, SOP_INSTANCE_UID: "1.2"}


@pytest.mark.parametrize("other", [
    {"0019,0010": "ACME 2"}, {"0019,0010": None}, {"0019,100C": "999"}, {"0019,100C": None},
])
def test_whatIsNotTheSameElementIsStoredByItself(other):
    values = {"0019,0010": "ACME 1", "0019,100C": "1000", '(0019,"ACME 1",0C)': "1000", **other}
    held = {tag: value for tag, value in values.items() if value is not None}

    assert json.loads(differencesText(values, held)) == values


def test_sharedValuesAreComparedOnce():
    first = header({"0008,0060": "CT"})
    reference = SeriesReference(storedValues(first))
    shared = {"0008,0060": "CT", tagText("TransferSyntaxUID"): "1.2"}
    others = [Header(values={}, shared=shared, own={SOP_INSTANCE_UID: "1.2.4", "0020,0013": str(number)})
              for number in range(3)]

    assert [reference.differences(other) for other in others] == [{"0020,0013": str(number)} for number in range(3)]


@pytest.mark.parametrize("text, number", [
    ("12", 12), (" 12 ", 12), ("-3", -3), ("7.9", 7), ("1e3", 1000), ("4\\5", 4), ("", None), (None, None), ("x", None),
    ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("inf", None), ("nan", None), ("9" * 5000, None),
])
def test_numbersFitTheirColumn(text, number):
    assert integerOrNone(text) == number
    sqlite3.connect(":memory:").execute("SELECT ?", (integerOrNone(text),))


def test_textsAreStoredAsTheyAre():
    assert asText({"a": "ü\u0000\"\\", "b": None}) == '{"a":"ü\\u0000\\"\\\\","b":null}'
    assert json.loads(asText({"a": "山"})) == {"a": "山"}
