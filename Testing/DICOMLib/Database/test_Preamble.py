"""What stands before "DICM": programs do not get into the database's copies, a second picture format does."""

import hashlib
import os
from pathlib import Path

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.Preamble import makePreambleSafe, reasonToZero
from DICOMLib.Files.HeaderScanner import scanFile
from Testing.DICOMLib.Database.Importing import write
from Testing.Fixtures import noPreamble, validFile

PROGRAMS = {
    b"MZ\x90\0": "a Windows program",
    b"\x7fELF\x02\x01": "a Linux program",
    b"\xcf\xfa\xed\xfe\x07": "a macOS program",
    b"%PDF-1.7\n": "a PDF document",
    b"#!/bin/sh\n": "a script",
}
TIFF = (b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0")
WHOLE = validFile()


def withPreamble(beginning, contents=WHOLE):
    return beginning.ljust(128, b"\x90") + contents[128:]


@pytest.mark.parametrize(("beginning", "kind"), PROGRAMS.items())
def test_programsAreRecognized(beginning, kind):
    assert reasonToZero(withPreamble(beginning)) == f"its preamble is the beginning of {kind}"


def test_otherBytesAreNotKeptEither():
    assert "not part of the object" in reasonToZero(withPreamble(b"\0\0\0x"))


@pytest.mark.parametrize("beginning", TIFF)
def test_aTIFFHeaderIsKept(beginning):
    assert reasonToZero(withPreamble(beginning)) == ""


def test_zerosAndFilesWithoutAPreambleStayAsTheyAre():
    """The first bytes of a file without a preamble are its first elements."""
    bare = bytearray(noPreamble())
    before = bytes(bare)

    assert reasonToZero(WHOLE) == ""
    assert makePreambleSafe(memoryview(bare)) == ""
    assert bytes(bare) == before
    assert reasonToZero(b"MZ") == ""


def test_copiesOfProgramsHaveZerosAndANoteAndTheOriginalsAreAsTheyWere(database, tmp_path):
    """5 of 5: MZ, ELF, Mach-O, PDF, #!."""
    paths = [
        write(tmp_path / "files", str(number), withPreamble(beginning, validFile(seed=number)))
        for number, beginning in enumerate(PROGRAMS)
    ]
    before = [path.read_bytes() for path in paths]
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    notes = {os.fsdecode(note.path): note.reason for note in report.notes}
    good = 0
    for path, original, kind in zip(paths, before, PROGRAMS.values(), strict=True):
        copy = Path(database.fileForInstance(scanFile(path).value("0008,0018")))
        assert copy.read_bytes() == bytes(128) + original[128:]
        assert hashlib.sha256(copy.read_bytes()).digest() == database.store.digestOf(os.fsencode(copy))
        assert path.read_bytes() == original
        assert notes[str(path)] == f"its preamble is the beginning of {kind}; in the copy it is zeros"
        good += 1

    print(f"{good} of {len(PROGRAMS)} preambles that are programs are zeros in the copies")
    assert good == 5
    assert report.instancesAdded == 5 and database.verify().findings == []


def test_pixelsAreWhereTheHeaderSaysInTheCopyToo(database, tmp_path):
    path = write(tmp_path / "files", "1", withPreamble(b"MZ"))
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    (record,) = database.instancesForSeriesAsRecords(database.allSeries()[0])
    copy = Path(record.filePath).read_bytes()
    start, length = record.pixelDataOffset, record.pixelDataLength

    assert copy[start : start + length] == WHOLE[start : start + length]
    assert len(copy) == start + length


@pytest.mark.parametrize("beginning", TIFF)
def test_copiesKeepTheirTIFFHeader(database, tmp_path, beginning):
    path = write(tmp_path / "files", "1", withPreamble(beginning))
    report = DICOMIndexer(database).importPaths([path], copyFiles=True)

    assert Path(database.allFiles()[0]).read_bytes() == path.read_bytes()
    assert report.notes == []


def test_aLinkedOriginalIsNeverChanged(database, tmp_path):
    path = write(tmp_path / "files", "1", withPreamble(b"MZ"))
    before = path.read_bytes(), path.stat().st_mtime_ns
    DICOMIndexer(database).importPaths([path])

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert database.allFiles() == [str(path)]


def test_aCopyWithZerosIsTheSameAsItsOriginal(database, tmp_path):
    """The same file again, from the same place and from another, and one that differs in its preamble only."""
    path = write(tmp_path / "files", "1", withPreamble(b"MZ"))
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    (copy,) = database.allFiles()
    reports = [DICOMIndexer(database).importPaths([path], copyFiles=True)]
    for name, beginning in (("2", b"MZ"), ("3", b"#!/bin/sh"), ("4", bytes(128))):
        elsewhere = write(tmp_path / "elsewhere", name, withPreamble(beginning))
        reports.append(DICOMIndexer(database).importPaths([elsewhere], copyFiles=True))
    asTIFF = DICOMIndexer(database).importPaths([write(tmp_path / "tiff", "5", withPreamble(TIFF[0]))], copyFiles=True)

    assert all((report.instancesUnchanged, report.skipped, report.notes) == (1, [], []) for report in reports)
    assert "other contents" in asTIFF.skipped[0].reason
    assert database.allFiles() == [copy]


def test_aLinkedProgramTakenInLaterHasZeros(database, tmp_path):
    path = write(tmp_path / "files", "1", withPreamble(b"\x7fELF"))
    DICOMIndexer(database).importPaths([path])
    report = DICOMIndexer(database).importPaths([path], copyFiles=True)

    assert report.instancesUpdated == 1 and len(report.notes) == 1
    assert Path(database.allFiles()[0]).read_bytes()[:128] == bytes(128)
