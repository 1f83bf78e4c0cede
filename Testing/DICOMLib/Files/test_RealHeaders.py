"""The scanner finds in real files what pydicom finds."""

import logging
import os
import random
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from DICOMLib.Errors import FileError
from DICOMLib.Files.Completeness import announcesPixels
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Files.SeriesScanner import SeriesScanner
from DICOMLib.Tags import ALL_TAGS, tagText

pytestmark = pytest.mark.data

# Where the scanner is right and pydicom 3.0.2 is not, and why.
PYDICOM_IS_WRONG = {
    "chrGB2312.dcm": "it leaves the escapes of ISO 2022 IR 58 in the name",
    "GH179A.dcm": "a VR of two spaces makes it take the rest of the header for one value",
    "emri_small_jpeg_2k_lossless_too_short.dcm": "it gives up the whole data set",
}
# Files the scanner refuses although pydicom reads them in part.
REFUSED = {"GH179B.dcm": "an element without a length in the middle of the header"}
NAMES = {
    "chrGB2312.dcm": "Zhang^XiaoDong=张^小东=", "chrArab.dcm": "قباني^لنزار", "chrFren.dcm": "Buc^Jérôme",
    "chrFrenMulti.dcm": "Buc^Jérôme", "chrGerm.dcm": "Äneas^Rüdiger", "chrGreek.dcm": "Διονυσιος",
    "chrH31.dcm": "Yamada^Tarou=山田^太郎=やまだ^たろう", "chrH32.dcm": "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    "chrHbrw.dcm": "שרון^דבורה", "chrI2.dcm": "Hong^Gildong=洪^吉洞=홍^길동", "chrJapMulti.dcm": "やまだ^たろう",
    "chrJapMultiExplicitIR6.dcm": "やまだ^たろう", "chrKoreanMulti.dcm": "김희중", "chrRuss.dcm": "Люкceмбypг",
    "chrX1.dcm": "Wang^XiaoDong=王^小東=", "chrX2.dcm": "Wang^XiaoDong=王^小东=",
}


@pytest.fixture(scope="module", autouse=True)
def quiet():
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def dicomFiles(sharedData: Path, most: int | None = None):
    """:param most: of a folder: files of a series are much alike"""
    for folder, _, names in sorted(os.walk(sharedData)):
        if "/dicom" in folder and "/ref" not in folder:
            kept = [name for name in sorted(names) if not name.endswith((".txt", ".json", ".md"))]
            yield from (Path(folder) / name for name in kept[:most])


def textOf(element) -> str:
    values = element.value if isinstance(element.value, MultiValue | list | tuple) else [element.value]
    return "\\".join("" if value is None else oneValue(value) for value in values)


def oneValue(value) -> str:
    if isinstance(value, BaseTag):
        return f"{value.group:04X},{value.element:04X}"
    if hasattr(value, "original_string") and not isinstance(value, PersonName):
        return value.original_string.strip()
    return str(value).rstrip(" \0").rstrip("=") if isinstance(value, PersonName) else str(value).rstrip(" \0")


def differences(path: Path) -> list[str]:
    try:
        dataset = pydicom.dcmread(path, defer_size=1000)
    except (pydicom.errors.InvalidDicomError, OSError):
        return []
    header = scanFile(path)
    found = []
    for tag in ALL_TAGS:
        source = dataset.file_meta if tag.number >> 16 == 2 else dataset
        element = source[tag.number] if tag.number in source else None
        expected = None if element is None else textOf(element)
        value = header.values.get(tag.text)
        if value is not None and element is not None and element.VR == "PN":
            value = value.rstrip("=")
        if value != expected:
            found.append(f"{path.name}: {tag.keyword}: {value!r}, pydicom {expected!r}")
    for number in (0x7FE00008, 0x7FE00009, 0x7FE00010):
        if number in dataset:
            element = dataset.get_item(number)
            position = getattr(element, "value_tell", None) or element.file_tell
            if position != header.pixelDataOffset:
                found.append(f"{path.name}: pixels at {header.pixelDataOffset}, pydicom {position}")
    return found


@pytest.mark.parametrize("most, least", [(30, 600), pytest.param(None, 1500, marks=pytest.mark.slow)])
def test_everyValueAndPositionAgreesWithPydicom(sharedData, most, least):
    paths = [path for path in dicomFiles(sharedData, most) if path.name not in (*PYDICOM_IS_WRONG, *REFUSED)]
    found = [difference for path in paths for difference in differences(path)]

    assert len(paths) > least
    assert found == []


def test_everyCharacterSetIsDecoded(sharedData):
    found = {}
    for path in (sharedData / "charset").rglob("*.dcm"):
        if path.name in NAMES:
            found[path.name] = scanFile(path).value(tagText("PatientName"))

    assert found == NAMES


def test_whatIsRefusedIsRefusedForAReason(sharedData):
    refused = {}
    for path in dicomFiles(sharedData):
        try:
            scanFile(path)
        except FileError as error:
            refused[path.name] = error.what

    assert set(refused) == {"GH179B.dcm", "no_meta.dcm", "README"}
    assert refused["GH179B.dcm"] == "the header is malformed"


def test_onlyBrokenFilesAreCalledShort(sharedData):
    for path in dicomFiles(sharedData):
        if path.name in {"GH179B.dcm", "no_meta.dcm", "README"}:
            continue
        header = scanFile(path)
        if header.truncated == "the file holds no pixel data":
            sopClass = header.value(tagText("SOPClassUID")) or header.value("0002,0002")
            assert header.pixelDataOffset == -1 and announcesPixels(sopClass)
        elif header.truncated:
            assert any(word in str(path) for word in ("broken", "truncated", "too_short")), (path, header.truncated)


def test_headersReadWithTheHelpOfOthersEqualThoseReadByThemselves(sharedData, capsys):
    """Every file, twice in order and once in disorder: so often enough that all series are known by then."""
    paths = [os.fsencode(path) for path in dicomFiles(sharedData)]
    alone = {path: outcome(scanFile, path) for path in paths}
    disordered = random.Random(7).sample(paths, len(paths))
    scanner = SeriesScanner()
    helped = 0
    for path in [*paths, *paths, *disordered]:
        found = outcome(scanner.scanFile, path)
        assert found == alone[path], path
        helped += getattr(found, "shared", None) is not None
    with capsys.disabled():
        print(f"\n{len(paths)} real files, read three times: {helped} headers with the help of others")

    assert len(paths) > 1600
    assert helped > len(paths)


def outcome(scan, path):
    """The header, or the error in words."""
    try:
        return scan(path)
    except FileError as error:
        return str(error)
