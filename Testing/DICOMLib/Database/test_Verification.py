"""Every kind of harm to files and index is found and named; nothing is changed by looking."""

import os
import threading
from random import Random

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.UpkeepReport import (
    CHANGED,
    DAMAGED,
    INDEX,
    MISSING,
    ORPHAN,
    REPLACED,
    UNREADABLE,
    WRONG_COUNT,
)
from DICOMLib.Progress import Progress
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.Waiting import waitFor

SEED = 20261120
SECONDS_TO_STOP = 0.5


@pytest.fixture
def owned(database, tmp_path):
    """Twelve copied files of one series."""
    SeriesBuilder(slices=12).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    return database


def kinds(report):
    return {os.fsdecode(finding.path): finding.kind for finding in report.findings}


def everything(database):
    with database.connections().reading() as connection:
        return list(connection.iterdump())


def flipByte(path, random):
    with open(path, "r+b") as stream:
        position = random.randrange(os.path.getsize(path))
        stream.seek(position)
        before = stream.read(1)[0]
        stream.seek(position)
        stream.write(bytes([before ^ (1 << random.randrange(8))]))


def test_aSoundDatabaseIsSound(filled, files, tmp_path):
    DICOMIndexer(filled).importPaths([tmp_path / "files" / "mr"], copyFiles=True)
    before = everything(filled)
    report = filled.verify()

    assert report.isSound and report.findings == []
    assert report.ownedFiles == len(files["mr"])
    assert report.linkedFiles == len(files["ct"]) + len(files["other"])
    assert report.bytesRead == sum(path.stat().st_size for path in files["mr"])
    assert report.summary().startswith("The database is sound: ")
    assert everything(filled) == before


@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.slow)])
def test_oneFlippedByteInEachOfManyCopiesIsFoundAndNamed(database, tmp_path, count):
    """One random bit is turned over in each copied file: every single file is found and named, and no other."""
    random = Random(SEED)
    SeriesBuilder(slices=count + 5, rows=4, columns=4).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    harmed = sorted(database.allFiles())[:count]
    for path in harmed:
        flipByte(path, random)
    report = database.verify()

    print(f"{len(report.ofKind(DAMAGED))} of {count} damaged copies found and named (seed {SEED})")
    assert kinds(report) == dict.fromkeys(harmed, DAMAGED)
    assert report.ownedFiles == count + 5
    assert all(path in report.asText() for path in harmed)


def test_ownedFilesThatAreGoneCutOrStrangeAreNamed(owned):
    gone, cut, folder, *_ = owned.allFiles()
    os.unlink(gone)
    os.truncate(cut, 100)
    os.unlink(folder)
    os.mkdir(folder)

    assert kinds(owned.verify()) == {gone: MISSING, cut: DAMAGED, folder: REPLACED}


def test_linkedFilesThatAreGoneChangedOrReplacedAreNamed(filled, files):
    gone, touched, longer, replaced, text = map(str, files["ct"][:5])
    os.unlink(gone)
    os.utime(touched, (1, 1))
    with open(longer, "ab") as stream:
        stream.write(b"\0\0")
    with open(replaced, "wb") as stream:
        stream.write(files["mr"][0].read_bytes())
    with open(text, "w") as stream:
        stream.write("no DICOM any more")
    report = filled.verify()

    assert kinds(report) == {gone: MISSING, touched: CHANGED, longer: CHANGED, replaced: REPLACED, text: CHANGED}
    texts = {os.fsdecode(finding.path): finding.text for finding in report.findings}
    assert texts[touched] == "it was written to since it was imported"
    size = os.stat(longer).st_size
    assert texts[longer] == f"it has {size:,} bytes and had {size - 2:,} when it was imported"
    assert texts[replaced] == "another object is in the file now"
    assert "not a DICOM file" in texts[text]


def test_aReplacementOfTheSameSizeAndTimeIsFoundByItsHeader(filled, files):
    first, second = files["ct"][:2]
    status = os.stat(first)
    contents = second.read_bytes()
    assert len(contents) == status.st_size
    first.write_bytes(contents)
    os.utime(first, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert filled.verify().isSound
    assert kinds(filled.verify(readHeaders=True)) == {str(first): REPLACED}


def test_filesNobodyMayReadAreNamed(filled, files, monkeypatch):
    access = os.access
    refused = os.fsencode(files["ct"][0])
    monkeypatch.setattr(os, "access", lambda path, mode: path != refused and access(path, mode))

    assert kinds(filled.verify()) == {str(files["ct"][0]): UNREADABLE}


def test_copiesThatTheIndexDoesNotKnowAreListed(owned):
    orphan = owned.allFiles()[0]
    with owned.connections().writing() as connection:
        connection.execute("DELETE FROM instances WHERE digest = ?", (owned.store.digestOf(os.fsencode(orphan)),))
        connection.execute("UPDATE series SET instanceCount = instanceCount - 1, frameCount = frameCount - 1")
    report = owned.verify()

    assert report.orphans == 1
    assert kinds(report) == {orphan: ORPHAN}


def test_wrongCountsAndStrayRowsAreNamed(filled):
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE series SET instanceCount = 77 WHERE id = 1")
        connection.execute("UPDATE series SET studyKey = 999 WHERE id = 2")
        connection.execute("PRAGMA foreign_keys = ON")
    report = filled.verify()

    assert [finding.kind for finding in report.findings] == [INDEX, WRONG_COUNT]
    assert report.findings[0].text == "row 2 of series belongs to no row of studies"
    assert "77 objects" in report.findings[1].text


def test_progressCountsBytesAndEndsFull(owned):
    seen = []
    progress = Progress(lambda one: seen.append((one.done, one.total, one.text)))
    report = owned.verify(progress)

    assert seen[-1][0] == seen[-1][1] >= report.bytesRead
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_aCancelEndsTheReadingOfALargeFileAtOnce(database, tmp_path, monkeypatch, promised):
    """Files that take for ever to read are given up within half a second, and what was found is told."""
    SeriesBuilder(slices=40, rows=512, columns=512).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    monkeypatch.setattr("DICOMLib.Database.FileStates._BLOCK_SIZE", 64)
    os.unlink(database.allFiles()[0])
    progress = Progress()
    found = []
    thread = threading.Thread(target=lambda: found.append(database.verify(progress)))
    thread.start()
    waitFor(lambda: progress.done > 0)
    with promised.within(SECONDS_TO_STOP):
        progress.cancel()
        thread.join()

    assert found[0].cancelled and not found[0].isSound
    assert "cancelled" in found[0].summary()


def test_theReportCanBeKeptAsTextTableAndData(filled, files):
    os.unlink(files["ct"][0])
    report = filled.verify()
    path = str(files["ct"][0])

    assert f"missing: {path}: the file is not there any more" in report.asText().splitlines()
    assert report.asCSV().splitlines() == ["kind,path,text", f"missing,{path},the file is not there any more"]
    assert report.asData()["findings"] == [{"kind": MISSING, "path": path, "text": "the file is not there any more"}]
    assert report.asData()["counts"] == {MISSING: 1}


# Before something is loaded


def test_problemsOfFilesAboutToBeReadAreTold(filled, files):
    gone, touched, fine = map(str, files["ct"][:3])
    os.unlink(gone)
    os.utime(touched, (1, 1))
    problems = filled.fileProblems([gone, touched, fine])

    assert {path: finding.kind for path, finding in problems.items()} == {gone: MISSING, touched: CHANGED}


def test_aFileThatTheIndexDoesNotKnowIsOnlyLookedFor(filled, tmp_path):
    unknown = SeriesBuilder(slices=1, seed="other").write(tmp_path / "elsewhere")[0]

    assert filled.fileProblems([str(unknown)]) == {}
    assert filled.fileProblems([str(unknown) + "x"])[str(unknown) + "x"].kind == MISSING


def test_copiesOfWhichOnlyTheTimeChangedAreFine(owned):
    paths = owned.allFiles()
    for path in paths:
        os.utime(path, (1, 1))

    assert owned.fileProblems(paths) == {}
    assert owned.verify().isSound
