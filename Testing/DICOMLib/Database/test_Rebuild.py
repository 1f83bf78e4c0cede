"""A new index from the files themselves, and from what a damaged one still tells."""

import os
import shutil
import sqlite3
from random import Random

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.LostDatabase import rebuildDatabase
from DICOMLib.Database.UpkeepReport import DAMAGED, LEFT
from DICOMLib.Errors import DatabaseError
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.OtherPrograms import readerElsewhere
from Testing.Fixtures import SeriesBuilder

LONG_AGO = 1_000_000_000
SEED = 20261120


@pytest.fixture
def mixed(database, files, tmp_path):
    """CT and MR copied, the other patient linked; everything came in long ago; one heading is the user's own."""
    indexer = DICOMIndexer(database)
    for name in ("ct", "mr"):
        indexer.importPaths([tmp_path / "files" / name], copyFiles=True)
    indexer.importPaths([tmp_path / "files" / "other"])
    with database.connections().writing() as connection:
        for table in ("patients", "studies", "series", "instances"):
            connection.execute(f"UPDATE {table} SET insertTimestamp = {LONG_AGO}")
        connection.execute("INSERT INTO watchedFolders(path, copyFiles, enabled, insertTimestamp) VALUES(?, 1, 1, 7)",
                           (b"/watched\xff",))
    database.setDisplayedNameForField("Patients", "PatientID", "Number")
    return database


def contents(database):
    """What a person and a program see of a database."""
    patients = database.patientRows()
    studies = database.studyRows([row["patientUID"] for row in patients])
    series = database.seriesRows([row["StudyInstanceUID"] for row in studies])
    records = {uid: database.instancesForSeriesAsRecords(uid) for uid in sorted(database.allSeries())}
    return (
        patients,
        studies,
        sorted(map(str, series)),
        records,
        {uid: database.insertDateTimeForInstance(uid) for one in records for uid in database.instancesForSeries(one)},
        database.displayedNameForField("Patients", "PatientID"),
        watched(database),
    )


def watched(database):
    with database.connections().reading() as connection:
        return connection.execute("SELECT path, copyFiles, enabled, insertTimestamp FROM watchedFolders").fetchall()


def test_aRebuiltIndexEqualsTheOldOne(mixed):
    before, path = contents(mixed), mixed.databaseFilename
    report = mixed.rebuild()

    assert contents(mixed) == before
    assert report.findings == [] and not report.cancelled
    assert (report.ownedFiles + report.linkedFiles, report.keptAs) == (mixed.imagesCount(), path + ".replaced")
    assert mixed.verify(readHeaders=True).isSound
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(mixed.databaseDirectory)) == [
        "study.sqlite", "study.sqlite-files", "study.sqlite-shm", "study.sqlite-wal", "study.sqlite.replaced"]


def test_theSourcesOfCopiesStayKnown(mixed, tmp_path):
    mixed.rebuild()
    report = DICOMIndexer(mixed).importPaths([tmp_path / "files"])

    assert (report.instancesAdded, report.instancesUnchanged) == (0, mixed.imagesCount())


def test_whatIsReadMeanwhileIsAnswered(mixed):
    before = contents(mixed)
    answers = []
    progress = Progress(lambda _progress: answers.append(contents(mixed)))
    mixed.rebuild(progress)

    assert answers and all(answer == before for answer in answers)


def test_aLostDatabaseFileIsMadeAgainFromTheCopies(mixed, files):
    path, store = mixed.databaseFilename, mixed.store.folder
    rows = sorted(row["PatientID"] for row in mixed.patientRows())
    mixed.closeDatabase()
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(path + ending):
            os.unlink(path + ending)
    report = rebuildDatabase(path, store)
    mixed.openDatabase(path)

    assert (report.ownedFiles, report.linkedFiles, report.keptAs) == (len(files["ct"]) + len(files["mr"]), 0, "")
    assert len(rows) == 2 and mixed.patientsCount() == 1
    assert mixed.verify().isSound


@pytest.mark.parametrize("damage", ["header", "cut", "page"])
def test_aDamagedFileIsKeptAndEverythingReadableIsSaved(mixed, files, damage):
    path, store = mixed.databaseFilename, mixed.store.folder
    mixed.closeDatabase()
    spoil(path, damage)
    spoiled = open(path, "rb").read()
    report = rebuildDatabase(path, store)
    mixed.openDatabase(path)

    assert report.keptAs == path + ".corrupt"
    assert open(report.keptAs, "rb").read()[4096:] == spoiled[4096:]  # SQLite keeps notes in the first page
    assert report.ownedFiles == len(files["ct"]) + len(files["mr"])
    assert mixed.verify().isSound


def spoil(path, damage):
    size = os.path.getsize(path)
    with open(path, "r+b") as stream:
        if damage == "header":
            stream.write(b"\xa5" * 100)
        elif damage == "cut":
            stream.truncate(size // 2 // 4096 * 4096 + 100)
        else:
            stream.seek(4096 * 5)
            stream.write(Random(SEED).randbytes(4096))


def test_linkedPathsAndInsertTimesAreSavedFromADamagedFile(mixed, files):
    """Every page in turn but the first is overwritten: what the file still tells is saved, and copies never suffer."""
    path, store = mixed.databaseFilename, mixed.store.folder
    before = contents(mixed)
    mixed.closeDatabase()
    original = open(path, "rb").read()
    pages, complete = len(original) // 4096, 0
    for page in range(1, pages, 3):
        with open(path, "wb") as stream:
            stream.write(original[: page * 4096] + b"\xa5" * 4096 + original[(page + 1) * 4096 :])
        rebuildDatabase(path, store)
        mixed.openDatabase(path)
        assert mixed.verify().isSound
        assert mixed.imagesCount() >= len(files["ct"]) + len(files["mr"])
        complete += contents(mixed)[3:5] == before[3:5]
        mixed.closeDatabase()

    tried = len(range(1, pages, 3))
    print(f"one page of {pages} overwritten: {complete} of {tried} indexes were complete again, links included")
    assert complete >= tried * 0.7


def test_linkedFilesThatAreNotThereKeepTheirEntries(mixed, files, tmp_path):
    before = contents(mixed)
    shutil.move(tmp_path / "files" / "other", tmp_path / "unplugged")
    report = mixed.rebuild()

    assert {finding.kind for finding in report.findings} == {LEFT}
    assert contents(mixed) == before
    shutil.move(tmp_path / "unplugged", tmp_path / "files" / "other")
    assert mixed.verify(readHeaders=True).isSound


def test_damagedCopiesArePutAsideAndNamed(mixed):
    path = next(path for path in mixed.allFiles() if "-files" in path)
    with open(path, "r+b") as stream:
        stream.seek(300)
        stream.write(b"\xff\xff")
    report = mixed.rebuild()

    assert [(finding.kind, os.fsdecode(finding.path)) for finding in report.findings] == [(DAMAGED, path)]
    assert mixed.verify().isSound


def test_aCancelChangesNothing(mixed):
    before = sorted(os.listdir(mixed.databaseDirectory))
    inode = os.stat(mixed.databaseFilename).st_ino
    progress = Progress()
    progress.cancel()
    report = mixed.rebuild(progress)

    assert report.cancelled and report.keptAs == ""
    assert os.stat(mixed.databaseFilename).st_ino == inode
    assert sorted(os.listdir(mixed.databaseDirectory)) == before


def test_aFileThatAnotherProgramHasOpenIsNotReplaced(mixed, monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.FileReplacement.BUSY_SECONDS", 0.2)
    with readerElsewhere(mixed.databaseFilename):
        before = contents(mixed)
        with pytest.raises(DatabaseError, match="is in use"):
            mixed.rebuild()
        assert contents(mixed) == before

    assert mixed.rebuild().keptAs


def test_aChangeMadeMeanwhileIsNotLost(mixed, tmp_path):
    SeriesBuilder(slices=2, seed="late", patientID="LATE").write(tmp_path / "late")
    hasImported = []

    def importOnce(_progress):
        if not hasImported:
            hasImported.append(True)
            DICOMIndexer(mixed).importPaths([tmp_path / "late"])

    before = mixed.imagesCount()
    with pytest.raises(DatabaseError, match="was changed meanwhile"):
        mixed.rebuild(Progress(importOnce))

    assert mixed.imagesCount() == before + 2


def test_aRebuildKilledAtTheSwapLeavesTheOldOrTheNewFile(mixed, monkeypatch):
    """Every call that moves a file fails once: the database is whole each time and nothing is left over."""
    before, path = contents(mixed), mixed.databaseFilename
    for name in ("link", "replace"):
        with monkeypatch.context() as patch:
            def fail(*_arguments, **_options):
                raise OSError(5, "Input/output error")

            patch.setattr(os, name, fail)
            if name == "replace":
                with pytest.raises(OSError, match="Input/output"):
                    mixed.rebuild()
            else:
                mixed.rebuild()
        if not os.path.exists(path):
            pytest.fail(f"no database after {name}")
        assert contents(mixed) == before
        assert not os.path.exists(path + ".new")
    mixed.closeDatabase()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_aMovedDatabaseWithItsFilesOpensAndFindsThem(mixed, files, tmp_path):
    linked = [path for path in mixed.allFiles() if "-files" not in path]
    mixed.closeDatabase()
    shutil.copytree(tmp_path / "database", tmp_path / "elsewhere" / "deep")
    shutil.rmtree(tmp_path / "database")
    for folder, _, names in os.walk(tmp_path / "elsewhere"):
        for name in names:
            os.utime(os.path.join(folder, name))  # as copying to another machine does
    moved = DICOMDatabase()
    moved.openDatabase(tmp_path / "elsewhere" / "deep" / "study.sqlite")
    owned = [path for path in moved.allFiles() if path.startswith(str(tmp_path / "elsewhere"))]

    assert len(owned) == len(files["ct"]) + len(files["mr"])
    assert sorted(set(moved.allFiles()) - set(owned)) == sorted(linked)
    assert moved.fileProblems(moved.allFiles()) == {}
    assert moved.verify(readHeaders=True).isSound
    from DICOMLib.Pixels.Volume import readVolume

    for uid in moved.allSeries():
        assert readVolume(moved.instancesForSeriesAsRecords(uid)).array.any()
    moved.closeDatabase()
