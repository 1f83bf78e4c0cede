"""A header as text: everything that can be shown, and a sentence where it ends early."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from DICOMLib.Files.HeaderListing import MAX_LISTED_ELEMENTS, listFile
from Testing.Fixtures.BrokenFiles import ITEM, SEQUENCE_END, identification, part10, shortElement, truncated, validFile

CRASHES = Path(__file__).resolve().parents[2] / "Fixtures" / "Crashes"
MODALITY, ROWS = "0008,0060", "0028,0010"


def listed(tmp_path: Path, contents: bytes):
    path = tmp_path / "file.dcm"
    path.write_bytes(contents)
    return listFile(path)


def test_allElementsUpToThePixelsAreListedWithTheirText(tmp_path):
    listing = listed(tmp_path, validFile())
    texts = {element.path: element.text for element in listing.elements}
    assert (texts[MODALITY], texts[ROWS], listing.remark) == ("CT", "16", "")
    assert "7FE0,0010" not in texts


@pytest.mark.parametrize("itemHasElement", [True, False])
def test_ofAMillionItemsTheFirstTenThousandElementsAreShownAtOnceAndItIsSaid(tmp_path, itemHasElement, promised):
    """A header of 8 MB and more: listed in less than a second, however much there is."""
    inside = shortElement(0x0008, 0x0060, b"CS", b"MR") if itemHasElement else b""
    items = (ITEM + struct.pack("<I", len(inside)) + inside) * 1_000_000
    sequence = struct.pack("<HH2sHI", 0x0009, 0x1000, b"SQ", 0, len(items)) + items
    contents = part10() + identification() + sequence + shortElement(0x0010, 0x0020, b"LO", b"ID 7")
    with promised.within(1 if itemHasElement else 5, ofProcessor=True):
        listing = listed(tmp_path, contents)
    assert len(listing.elements) <= MAX_LISTED_ELEMENTS
    if itemHasElement:
        assert len(listing.elements) == MAX_LISTED_ELEMENTS == 10_000
        assert listing.remark == "Only the first 10000 elements are listed; the header holds more."
    else:
        assert listing.elements[-1].text == "ID 7" and listing.remark == ""


@pytest.mark.parametrize("delimiter", [SEQUENCE_END, b"\xfe\xff\x0d\xe0" + bytes(4)])
def test_theEndOfASequenceThatNeverBeganEndsTheListing(tmp_path, delimiter):
    contents = part10() + identification() + delimiter + shortElement(0x0010, 0x0020, b"LO", b"ID 7")
    listing = listed(tmp_path, contents)
    assert listing.elements[-1].path == MODALITY
    assert listing.remark == "The header is damaged or cut off after the last element listed."


def test_aCutHeaderIsListedAsFarAsItGoes(tmp_path):
    listing = listed(tmp_path, truncated(validFile(), 700))
    assert listing.elements and "cut off" in listing.remark


def test_whatBrokeSomethingOnceIsListed():
    files = [name for name in os.listdir(CRASHES) if name.endswith(".dcm")]
    assert all(listFile(CRASHES / name).elements for name in files) and files
