"""Acceptance: sequences in sequences. Up to 64 levels are read; deeper ones are refused with one sentence, in less than
a second, however deep they are and however full the stack of the caller is."""

import sys

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import LimitExceededError
from DICOMLib.Files.HeaderListing import listFile
from DICOMLib.Files.HeaderScanner import scanBytes
from Testing.Fixtures.BrokenFiles import deeplyNested, shortElement

ACCEPTED = (10, 63, 64)
REFUSED = (65, 180, 200, 1000, 20_000, 100_000)
SECONDS = 1.0
# A path that leads into the sequence, so that the reader of nested values walks it and not only the one that skips.
WANTED = ("(0040,A730)[0].(0040,A730)[*].(0008,0060)",)
IDENTIFIERS = b"".join(
    shortElement(0x0020, element, b"UI", b"2.25.%d" % element) for element in (0x000D, 0x000E)
)


def nested(depth: int, definedLength: bool) -> bytes:
    """An object of the database with sequences so deep."""
    contents = deeplyNested(depth, definedLength)
    first = contents.index(b"\x40\x00\x30\xa7")
    return contents[:first] + IDENTIFIERS + contents[first:]


def outcome(contents: bytes, extraTags=()) -> str:
    """"read" or the sentence."""
    try:
        header = scanBytes(contents, extraTags=extraTags)
    except LimitExceededError as error:
        return str(error)
    assert header.values["0008,0060"] == "CT" and header.note == ""
    return "read"


@pytest.mark.parametrize("extraTags", [(), WANTED])
@pytest.mark.parametrize("definedLength", [False, True])
def test_theLimitIs64Levels(definedLength, extraTags, promised):
    for depth in ACCEPTED + REFUSED:
        contents = nested(depth, definedLength)
        with promised.within(SECONDS):
            result = outcome(contents, extraTags)
        assert result == ("read" if depth in ACCEPTED else "sequences are too deeply nested (more than 64 levels).")


def test_theStackOfTheCallerDoesNotMatter():
    """With a recursion limit that leaves room for some forty calls, the same answers."""
    contents = nested(64, False), nested(20_000, False)
    for each in contents:
        outcome(each, WANTED)  # imports and caches are filled before the stack is made small
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 40)
    try:
        results = [outcome(each, WANTED) for each in contents]
    finally:
        sys.setrecursionlimit(limit)

    assert results == ["read", "sequences are too deeply nested (more than 64 levels)."]


def imported(folder) -> tuple[list[str], list[str]]:
    """Names of the files indexed, reasons for the others."""
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    report = DICOMIndexer(database).importPaths([folder])
    names = [path.rsplit("/", 1)[1] for path in database.allFiles()]
    database.closeDatabase()
    return names, [entry.reason for entry in report.skipped]


@pytest.fixture
def folderOfDepths(tmp_path):
    for depth in ACCEPTED + REFUSED:
        contents = nested(depth, False).replace(b"2.25.1234", b"2.25.%-4d" % (depth % 10_000))
        (tmp_path / f"{depth}.dcm").write_bytes(contents)
    return tmp_path


def test_theImportSaysWhichAreTooDeep(folderOfDepths, promised):
    with promised.within(SECONDS * len(REFUSED)):
        names, reasons = imported(folderOfDepths)

    assert sorted(names) == ["10.dcm", "63.dcm", "64.dcm"]
    assert len(reasons) == len(REFUSED) and all("too deeply nested" in reason for reason in reasons)


@pytest.mark.gui
def test_theSameInsideAQtSlot(folderOfDepths, qtbot, caplog):
    """Slots are called from Qt's own stack, where an exception that gets out ends the program."""
    from qtpy.QtCore import QTimer

    results = []
    QTimer.singleShot(0, lambda: results.append(imported(folderOfDepths)))
    qtbot.waitUntil(lambda: bool(results), timeout=20_000)

    assert sorted(results[0][0]) == ["10.dcm", "63.dcm", "64.dcm"]
    assert "RecursionError" not in caplog.text


def test_theListingOfAHeaderEndsAtTheLimitToo(tmp_path):
    path = tmp_path / "deep.dcm"
    path.write_bytes(nested(20_000, False))
    listing = listFile(path)

    assert listing.elements[-1].path.count("[0]") == 64
    assert "too deeply nested" in listing.remark
