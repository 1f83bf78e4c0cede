"""Reading the records of a DICOMDIR, sound ones and wrong ones."""

import os

import pytest

from DICOMLib.Errors import UnreadableFileError
from DICOMLib.Media import DirectoryRecords
from DICOMLib.Media.DirectoryRecords import readDirectory
from Testing.DICOMLib.Media.MediaFiles import directoryFile

RECORDS = [("PATIENT", None, ""), ("STUDY", None, ""), ("SERIES", None, ""), ("IMAGE", rb"IM\A", "1.2"),
           ("IMAGE", rb"IM\B", "1.3")]
TREE = {0: (None, 1), 1: (None, 2), 2: (None, 3)}


def read(tmp_path, contents):
    path = tmp_path / "DICOMDIR"
    path.write_bytes(contents)
    return readDirectory(os.fsencode(path))


@pytest.mark.parametrize("undefinedLength", [False, True])
def test_recordsCarryTypeFileAndObject(tmp_path, undefinedLength):
    listing = read(tmp_path, directoryFile(RECORDS, links=TREE, undefinedLength=undefinedLength))

    assert [record.kind for record in listing.records] == ["PATIENT", "STUDY", "SERIES", "IMAGE", "IMAGE"]
    assert [record.fileID for record in listing.records[2:]] == [(), (b"IM", b"A"), (b"IM", b"B")]
    assert [record.sopInstanceUID for record in listing.records[3:]] == ["1.2", "1.3"]
    assert listing.firstOffset == listing.records[0].offset
    assert listing.problems == []


def test_directoriesThatPydicomWritesAreRead(tmp_path):
    from pydicom.fileset import FileSet

    from Testing.Fixtures import SeriesBuilder

    media = FileSet()
    for path in SeriesBuilder(slices=5).write(tmp_path / "files"):
        media.add(path)
    media.write(tmp_path / "media")
    listing = readDirectory(os.fsencode(tmp_path / "media" / "DICOMDIR"))

    assert [record.kind for record in listing.records].count("IMAGE") == 5
    assert listing.problems == []


def test_aRecordThatNamesItselfIsALoop(tmp_path):
    listing = read(tmp_path, directoryFile(RECORDS, links={**TREE, 3: (3, None)}))

    assert len(listing.records) == 5
    assert len(listing.problems) == 1 and "a loop" in listing.problems[0]


def test_aCycleOfRecordsIsALoop(tmp_path):
    listing = read(tmp_path, directoryFile(RECORDS, links={**TREE, 4: (1, 2)}))

    assert len(listing.records) == 5
    assert len(listing.problems) == 2 and all("a loop" in problem for problem in listing.problems)


def test_offsetsToNowhereAreNamed(tmp_path):
    listing = read(tmp_path, directoryFile(RECORDS, links={**TREE, 3: (-4_000_000_000, None)}))

    assert "byte 4,000,000,000 as the next one, where no record is" in listing.problems[0]


def test_everyCutIsSurvivedAndTold(tmp_path):
    contents = directoryFile(RECORDS, links=TREE)
    whole = read(tmp_path, contents).records
    for length in range(0, len(contents), 7):
        listing = read(tmp_path, contents[:length])
        assert whole[: max(0, len(listing.records) - 1)] == listing.records[:-1]
        assert len(listing.records) == 5 or listing.problems or length < 300


def test_everyChangedByteIsSurvived(tmp_path):
    contents = bytearray(directoryFile(RECORDS, links=TREE))
    for position in range(128, len(contents)):
        former, contents[position] = contents[position], 0xFF
        read(tmp_path, bytes(contents))
        contents[position] = former


def test_recordsBeyondTheLimitAreNotRead(tmp_path, monkeypatch):
    monkeypatch.setattr(DirectoryRecords, "MAX_RECORDS", 5)
    assert read(tmp_path, directoryFile(RECORDS, links=TREE)).problems == []
    monkeypatch.setattr(DirectoryRecords, "MAX_RECORDS", 4)
    listing = read(tmp_path, directoryFile(RECORDS, links=TREE))

    assert len(listing.records) == 4
    assert "more than 4 records" in listing.problems[0]


def test_elementsBeyondTheLimitAreNotRead(tmp_path, monkeypatch):
    monkeypatch.setattr(DirectoryRecords, "_MAX_ELEMENTS_OF_ALL", 20)
    listing = read(tmp_path, directoryFile(RECORDS, links=TREE))

    assert len(listing.records) < len(RECORDS)
    assert "cannot be read" in listing.problems[0]


def test_aMillionRecordsTakeSeconds(tmp_path, promised):
    one = directoryFile([("IMAGE", b"A", "1.2")])
    at = one.index(b"\xfe\xff\x00\xe0")
    items = one[at:] * 1_000_000
    contents = one[: at - 4] + len(items).to_bytes(4, "little") + items
    with promised.within(5):
        listing = read(tmp_path, contents)

    assert len(listing.records) == DirectoryRecords.MAX_RECORDS
    assert "the rest was not compared" in listing.problems[0]


def test_aFileThatIsNotThereCannotBeOpened(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        readDirectory(os.fsencode(tmp_path / "DICOMDIR"))
