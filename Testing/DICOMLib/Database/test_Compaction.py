"""Smaller files and safe copies."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from contextlib import closing

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseError
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.OtherPrograms import readerElsewhere
from Testing.DICOMLib.Database.OwnedState import writeManyFiles
from Testing.Fixtures import SeriesBuilder

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def emptied(filled, tmp_path):
    """A database from which most was removed."""
    writeManyFiles(tmp_path / "large", 400, patientID="LARGE")
    DICOMIndexer(filled).importPaths([tmp_path / "large"])
    filled.removePatient(filled.patients()[-1])
    return filled


def rows(path):
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.iterdump())


def test_compactingFreesWhatWasRemovedAndKeepsTheRest(emptied):
    before = emptied.patientRows(), emptied.allFiles(), emptied.imagesCount()
    path = emptied.databaseFilename
    report = emptied.compact()

    assert report.bytesAfter == os.path.getsize(path) < report.bytesBefore
    assert (emptied.patientRows(), emptied.allFiles(), emptied.imagesCount()) == before
    assert emptied.verify().isSound
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(emptied.databaseDirectory)) == ["study.sqlite", "study.sqlite-shm", "study.sqlite-wal"]
    with emptied.connections().reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_whatAKilledCompactionLeftIsGoneAfterTheNextStart(filled):
    """It holds values that may be removed from the database since."""
    name = filled.databaseFilename
    filled.closeDatabase()
    dies = (
        "import os, signal, sys; from DICOMLib.Database import FileReplacement;"
        "from DICOMLib.Database.DICOMDatabase import DICOMDatabase;"
        "FileReplacement.FileReplacement.swap = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "database = DICOMDatabase(); database.openDatabase(sys.argv[1]); database.compact()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", dies, name], env=environment)
    left = {entry.name for entry in os.scandir(os.path.dirname(name))}
    assert done.returncode == -9 and {"study.sqlite.new", "study.sqlite.upkeep"} <= left

    filled.openDatabase(name)
    assert not {entry for entry in os.listdir(os.path.dirname(name)) if ".new" in entry or ".upkeep" in entry}
    assert filled.imagesCount() > 0


def test_aFullDiskIsSaidBeforehand(emptied, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9 - 1000, 1000))
    before = rows(emptied.databaseFilename)
    with pytest.raises(DatabaseError, match=r"compacting needs .* of free space, there are 1\.0 kB"):
        emptied.compact()

    assert rows(emptied.databaseFilename) == before


def test_aCancelledCompactionChangesNothing(emptied):
    size = os.path.getsize(emptied.databaseFilename)
    progress = Progress()
    progress.cancel()
    report = emptied.compact(progress)

    assert report.cancelled
    assert os.path.getsize(emptied.databaseFilename) == size
    assert not os.path.exists(emptied.databaseFilename + ".new")


def test_whatIsInUseIsNotCompacted(emptied, monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.FileReplacement.BUSY_SECONDS", 0.2)
    with readerElsewhere(emptied.databaseFilename), pytest.raises(DatabaseError, match="is in use"):
        emptied.compact()

    assert emptied.patientsCount() == 2 and emptied.verify().isSound


def test_aBackupIsADatabaseOfItsOwn(filled, tmp_path):
    target = tmp_path / "saved.sqlite"
    report = filled.backUp(target)
    assert report.bytesWritten == os.path.getsize(target)
    assert rows(target) == rows(filled.databaseFilename)
    assert os.stat(target).st_mode & 0o777 == 0o600
    copy = DICOMDatabase()
    copy.openDatabase(target)

    assert copy.patientRows() == filled.patientRows()
    copy.closeDatabase()


def test_aBackupIsMadeWhileAnImportWrites(database, tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.Compaction._PAGES_AT_ONCE", 1)
    SeriesBuilder(slices=20).write(tmp_path / "first")
    SeriesBuilder(slices=20, seed="second").write(tmp_path / "second")
    DICOMIndexer(database).importPaths([tmp_path / "first"])
    hasImported = []

    def importOnce(_progress):
        if not hasImported:
            hasImported.append(DICOMIndexer(database).importPaths([tmp_path / "second"]))

    database.backUp(tmp_path / "saved.sqlite", Progress(importOnce))

    with closing(sqlite3.connect(tmp_path / "saved.sqlite")) as saved:
        assert saved.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert saved.execute("SELECT count(*) FROM instances").fetchone()[0] in (20, 40)
    assert hasImported and database.imagesCount() == 40


def test_nothingIsOverwrittenUnasked(filled, tmp_path):
    target = tmp_path / "saved.sqlite"
    target.write_text("mine")
    with pytest.raises(DatabaseError, match="there is a file of this name already"):
        filled.backUp(target)
    assert target.read_text() == "mine"
    filled.backUp(target, overwrite=True)
    assert rows(target) == rows(filled.databaseFilename)
    with pytest.raises(DatabaseError, match="cannot be its own backup"):
        filled.backUp(filled.databaseFilename, overwrite=True)
    with pytest.raises(DatabaseError, match="cannot be written"):
        filled.backUp(tmp_path / "nowhere" / "saved.sqlite")


def test_aCancelledBackupLeavesNothing(filled, tmp_path):
    progress = Progress()
    progress.cancel()
    report = filled.backUp(tmp_path / "saved.sqlite", progress)

    assert report.cancelled
    assert not list(tmp_path.glob("saved*"))


def test_aDatabaseInMemoryCanBeSavedAndBecomesAFile(tmp_path):
    SeriesBuilder(slices=3).write(tmp_path / "files")
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    database.backUp(tmp_path / "saved.sqlite")
    saved = DICOMDatabase()
    saved.openDatabase(tmp_path / "saved.sqlite")

    assert saved.imagesCount() == 3
    with pytest.raises(DatabaseError, match="in memory has no file"):
        database.compact()
    saved.closeDatabase()
