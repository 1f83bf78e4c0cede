"""Private elements are believed below their creator, or where anonymising took it away; never below another one."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.PrivateValues import (
    PrivateElement,
    isNamed,
    orphanNote,
    privateNumbers,
    privateTexts,
    tagsToKeep,
)
from Testing.DICOMPlugins.Diffusion.Slices import planesFrom, record

ELEMENT = PrivateElement(0x0043, "ACME_PARM_01", 0x39)
ACME = ("ACME",)


def read(mustBeNamed=False, **values):
    planes = planesFrom([record(1, 0, **values)])
    texts, isOrphan = privateTexts(planes, ELEMENT, ACME, mustBeNamed)
    return texts[0], bool(isOrphan[0])


def test_anElementHasAPathATagAndTheTagOfItsCreator():
    assert ELEMENT.tags == ('(0043,"ACME_PARM_01",39)', "0043,1039", "0043,0010")
    assert str(ELEMENT) == "ACME_PARM_01 (0043,xx39)"
    assert set(tagsToKeep([ELEMENT]).values()) == set(ELEMENT.tags)


def test_anElementBelowItsCreatorIsRead():
    assert read(**{ELEMENT.path: "7"}) == ("7", False)


def test_theElementOfTheBlockIsOfNobodyElse():
    assert read(**{"0043,1039": "7", "0043,0010": "SOMEBODY ELSE", "Manufacturer": "Acme"}) == ("", False)


def test_anOrphanIsBelievedWithTheVendorsName():
    assert read(**{"0043,1039": "7", "Manufacturer": "Acme Corp."}) == ("7", True)


def test_anOrphanWithoutManufacturerIsBelievedOnlyWhereItIsAskedFor():
    values = {"0043,1039": "7", "Manufacturer": ""}
    assert read(**values) == ("7", True)
    assert read(mustBeNamed=True, **values) == ("", False)


def test_anOrphanOfAnotherManufacturerIsNotBelieved():
    assert read(**{"0043,1039": "7", "Manufacturer": "Nobody"}) == ("", False)


def test_orphansAreTold():
    assert orphanNote(numpy.array([True, False]), ELEMENT) == [
        "The creator of (0043,1039), ACME_PARM_01, is missing in 1 of 2 slices, perhaps removed by anonymising: the "
        "element is believed nevertheless."
    ]
    assert orphanNote(numpy.array([False]), ELEMENT) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1000\\8\\0\\0", 1000), ("-0.5", -0.5), ("00\\00\\7a\\44", 1000), ("31\\30\\30\\30\\5c\\38\\5c\\30", 1000),
        ("2d\\30\\2e\\35", -0.5), ("", numpy.nan), ("abc", numpy.nan), ("ff\\ff", numpy.nan),
        ("00\\00\\c0\\7f", numpy.nan), ("00\\00\\00\\00\\00\\40\\8f\\40", 1000), ("inf", numpy.nan),
        ("1e400", numpy.nan),
    ],
)  # fmt: skip
def test_theFirstNumberIsTakenOfTextsFloatsAndBytes(text, number):
    found = privateNumbers(numpy.array([text, "5"], object))
    assert found == pytest.approx([number, 5], nan_ok=True)


def test_namesAreLookedForInTheManufacturer():
    planes = planesFrom([record(1, 0, Manufacturer="acme inc"), record(2, 1, Manufacturer="")])
    assert isNamed(planes, ACME).tolist() == [True, False]
