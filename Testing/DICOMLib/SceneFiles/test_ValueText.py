import math
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.SceneFiles.ValueText import (
    attributesOf,
    attributesText,
    decodedFileName,
    encodedFileName,
    exactText,
    exactValues,
    flag,
    integer,
    isPlainAttribute,
    isPlainPair,
    number,
    numbers,
    numberText,
    pairsOf,
    pairsText,
    referencesOf,
    referencesText,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
ODD_TEXT = st.text(st.sampled_from("ab;:%|^ \"'<>&\n\t\r3B25\0\x01é😀\ud800"), max_size=20)


@settings(max_examples=300, deadline=None)
@given(values=st.dictionaries(ODD_TEXT | ANY_TEXT, ODD_TEXT | ANY_TEXT, max_size=5))
def test_attributesComeBackFromTheTwoListsTheyAreSplitInto(values):
    plain = {name: value for name, value in values.items() if isPlainAttribute(name, value)}
    others = {name: value for name, value in values.items() if name not in plain}
    assert attributesOf(attributesText(plain)) | exactValues(exactText(others)) == values


@settings(max_examples=300, deadline=None)
@given(values=st.dictionaries(ODD_TEXT | ANY_TEXT, ODD_TEXT | ANY_TEXT, max_size=5))
def test_pairsOfItemsComeBackFromTheTwoListsTheyAreSplitInto(values):
    plain = {name: value for name, value in values.items() if isPlainPair(name, value)}
    others = {name: value for name, value in values.items() if name not in plain}
    assert pairsOf(pairsText(plain)) | exactValues(exactText(others)) == values


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_numbersComeBackExactly(value):
    assert number(numberText(value)) == value


@given(name=ODD_TEXT)
def test_namesOfFilesComeBack(name):
    if "%" not in name:
        assert decodedFileName(encodedFileName(name)) == name


def test_namesOfFilesAreEncodedAsSlicerDoes():
    assert encodedFileName("Data/2%3a a'b<c>\"d\".nrrd") == "Data/2%253a%20a%27b%3Cc%3E%22d%22.nrrd"
    assert decodedFileName("Data/2%253a%20a%27b%3Cc%3E%22d%22.nrrd") == "Data/2%3a a'b<c>\"d\".nrrd"
    assert decodedFileName("%41") == "%41"


def test_listsOfAttributesAreAsSlicerWritesAndReadsThem():
    assert attributesText({"DICOM.x": "1;2:3%4"}) == "DICOM.x:1%3B2:3%254"
    assert attributesOf("x:y%20z%3c;noColon;:v") == {"x": "y%20z%3c", "noColon": "noColon"}


def test_manyReferencesOfOneRoleTakeNoMemory():
    text = "role:ID;" * 20_000
    tracemalloc.start()
    found = referencesOf(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == {"role": ["ID"]} and most < 100_000


def test_referencesAreInAlphabeticalOrderOfTheirRoles():
    text = referencesText({"storage": ["b1"], "display": ["a1", "a2"]})
    assert text == "display:a1 a2;storage:b1;"
    assert referencesOf(text) == {"display": ["a1", "a2"], "storage": ["b1"]}
    assert referencesOf(";:x;role:; a : b ") == {"a": ["b"]}


def test_pairsAreAsSlicerWritesAndReadsThem():
    assert pairsText({"b": "2^3", "a": "x"}) == "a^x|b^2^3|"
    assert pairsOf("a^x|noValue|b^2^3|") == {"a": "x", "noValue": "noValue", "b": "2^3"}


def test_exactListsThatNobodyWroteGiveSomething():
    assert exactValues("a%zz:b%;;x") == {"a%zz": "b%", "x": ""}
    assert all(isinstance(value, str) for value in exactValues("%ED%ff:%ED;%ff:%ff").values())


def test_textIsWrittenLikeNumbersOfMRML():
    assert [numberText(value) for value in (1.0, -0.5, 1e300, 0.1)] == ["1", "-0.5", "1e+300", "0.1"]


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "x", "1 2"])
def test_whatIsNoFiniteNumberIsRefused(text):
    with pytest.raises(ValueError):
        number(text)


def test_listsOfNumbersHaveTheirLength():
    assert numbers(" 1 2.5  -3 ", 3) == [1, 2.5, -3]
    with pytest.raises(ValueError, match="not 3 numbers"):
        numbers("1 2", 3)


def test_flagsAreWordsOrDigits():
    assert [flag(text) for text in ("true", "1", "False", "0")] == [True, True, False, False]
    with pytest.raises(ValueError):
        flag("yes")


def test_endlessIntegersAreRefusedBeforeTheyAreRead():
    assert integer("-12") == -12 and math.isfinite(integer("9" * 20))
    with pytest.raises(ValueError):
        integer("9" * 100_000)
