"""Opening, closing, sharing and refusing database files."""

import os
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from DICOMLib.Database import Connections as ConnectionsModule
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import (
    DatabaseClosedError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseReadOnlyError,
    DatabaseVersionError,
)
from Testing.Fixtures import SeriesBuilder, twoPatients


def opened(path):
    database = DICOMDatabase()
    database.openDatabase(path)
    return database


def test_aNewDatabaseIsEmptyAndPrivate(tmp_path):
    database = opened(tmp_path / "new" / "folder" / "study.sqlite")

    assert database.isOpen and not database.isInMemory and not database.readOnly
    assert (database.patients(), database.imagesCount()) == ([], 0)
    assert database.schemaVersion() == database.schemaVersionLoaded() == "2"
    assert os.stat(tmp_path / "new" / "folder").st_mode & 0o777 == 0o700
    assert os.stat(database.databaseFilename).st_mode & 0o777 == 0o600
    database.closeDatabase()
    assert not database.isOpen
    assert (database.databaseFilename, database.databaseDirectory, database.schemaVersionLoaded()) == ("", "", "")


def test_whatWasImportedIsThereAfterReopening(filled):
    path, before = filled.databaseFilename, filled.patientRows()
    filled.closeDatabase()

    assert opened(path).patientRows() == before


def test_aClosedDatabaseSaysSo(filled):
    filled.closeDatabase()
    for call in (filled.patients, filled.patientRows, lambda: filled.fileValue("x", "0008,0060"),
                 lambda: DICOMIndexer(filled).importPaths([])):
        with pytest.raises(DatabaseClosedError, match="no study database is open"):
            call()


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_aDatabaseInMemoryIsSharedByThreads(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    twoPatients(tmp_path / "files")
    database = opened(name)
    thread = threading.Thread(target=lambda: DICOMIndexer(database).importPaths([tmp_path / "files"]))
    thread.start()
    thread.join()

    assert database.isInMemory and database.databaseDirectory == ""
    assert database.patientsCount() == 2
    assert database.removePatient(database.patients()[0]).instances > 0
    assert database.patientsCount() == 1
    assert os.listdir(tmp_path) == ["files"]


def test_readersGoOnWhileAnImportWrites(database, tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.Indexer.BATCH_SIZE", 5)
    SeriesBuilder(slices=100, rows=2, columns=2).write(tmp_path / "files")
    finished, problems, seen = threading.Event(), [], set()

    def read():
        while not finished.is_set():
            try:
                for row in database.seriesRows(database.studiesForPatient("1")):
                    records = database.instancesForSeriesAsRecords(row["SeriesInstanceUID"])
                    seen.add(row["instanceCount"])
                    if len(records) < row["instanceCount"]:
                        problems.append((len(records), row["instanceCount"]))
            except DatabaseError as error:
                problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    finished.set()
    for reader in readers:
        reader.join()

    assert problems == []
    assert seen


def test_connectionsOfEndedThreadsAreClosed(filled):
    for _ in range(20):
        thread = threading.Thread(target=filled.patients)
        thread.start()
        thread.join()

    assert len(filled.connections()._all) <= 2


def test_closingEndsTheQueriesOfOtherThreads(filled):
    outcome = []
    started = threading.Event()

    def countForever():
        try:
            with filled.connections().reading() as connection:
                started.set()
                endless = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
                connection.execute(endless)
        except DatabaseClosedError as error:
            outcome.append(error)

    thread = threading.Thread(target=countForever)
    thread.start()
    started.wait()
    time.sleep(0.1)
    filled.closeDatabase()
    thread.join(60)

    assert not thread.is_alive()
    assert len(outcome) == 1


def test_twoProcessesImportIntoOneDatabase(database, tmp_path):
    for number in range(2):
        SeriesBuilder(slices=40, rows=2, columns=2, seed=number, patientID=str(number)).write(tmp_path / str(number))
    program = (
        "import sys; from DICOMLib.Database.DICOMDatabase import DICOMDatabase;"
        "from DICOMLib.Database.Indexer import DICOMIndexer; database = DICOMDatabase();"
        "database.openDatabase(sys.argv[1]); DICOMIndexer(database).importPaths([sys.argv[2]], copyFiles=True)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        subprocess.Popen([sys.executable, "-c", program, database.databaseFilename, folder], env=environment)
        for folder in (tmp_path / "0", tmp_path / "1")
    ]

    assert [process.wait() for process in processes] == [0, 0]
    assert (database.patientsCount(), database.imagesCount()) == (2, 80)
    assert all(os.path.exists(path) for path in database.allFiles())


# Refusals


def check(caught, path):
    message = str(caught.value)
    assert str(path) in message
    assert caught.value.hint


@pytest.mark.parametrize("contents", [
    b"This is no database. " * 100, b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 4000,
])
def test_whatIsNoDatabaseIsLeftAsItIs(tmp_path, contents):
    path = tmp_path / "study.sqlite"
    path.write_bytes(contents)
    with pytest.raises(DatabaseCorruptError) as caught:
        opened(path)

    check(caught, path)
    assert path.read_bytes() == contents
    assert os.listdir(tmp_path) == ["study.sqlite"]


def test_aDamagedDatabaseIsReportedWhenItIsUsed(filled):
    path = filled.databaseFilename
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    filled.closeDatabase()
    with open(path, "r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xaa" * (os.path.getsize(path) - 4096))
    with pytest.raises(DatabaseCorruptError) as caught:
        damaged = opened(path)
        damaged.patientRows()

    check(caught, path)
    assert os.path.exists(path)


def test_aCutDatabaseIsReported(filled):
    path = filled.databaseFilename
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    filled.closeDatabase()
    os.truncate(path, 4096)
    with pytest.raises(DatabaseCorruptError) as caught:
        opened(path).patientRows()

    check(caught, path)


def test_integrityProblemsAreNamed(filled):
    assert filled.integrityProblems() == []


def test_databasesOfOtherProgramsAreNotTouched(tmp_path):
    path = tmp_path / "ctkDICOM.sql"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE Images(SOPInstanceUID TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseVersionError, match="another program") as caught:
        opened(path)

    check(caught, path)
    assert path.read_bytes() == before


def test_aNewerDatabaseIsReadOnly(filled, tmp_path):
    path = filled.databaseFilename
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA user_version = 99")
    filled.closeDatabase()
    database = opened(path)

    assert database.readOnly
    assert database.schemaVersionLoaded() == "99"
    assert database.patientsCount() == 2
    for call in (lambda: database.removePatient(database.patients()[0]),
                 lambda: database.setWeightForField("Patients", "PatientID", 1),
                 lambda: DICOMIndexer(database).importPaths([tmp_path / "files"])):
        with pytest.raises(DatabaseReadOnlyError, match="newer version of this program made it"):
            call()


def test_aFolderIsNoDatabase(tmp_path):
    with pytest.raises(DatabaseError, match="a folder is where"):
        opened(tmp_path)


def test_anImpossibleFolderIsNamed(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseError) as caught:
        opened(tmp_path / "file" / "study.sqlite")

    assert str(tmp_path / "file") in str(caught.value)


def test_aLockedDatabaseSaysSoAfterAWhile(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(ConnectionsModule, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(filled.databaseFilename, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    second = opened(filled.databaseFilename)
    with pytest.raises(DatabaseError, match="another program is writing"):
        second.removePatient(second.patients()[0])
    other.execute("ROLLBACK")
    other.close()

    assert second.removePatient(second.patients()[0]).instances > 0


def test_aFullDiskSaysSoAndKeepsWhatWasThere(filled, tmp_path):
    before = filled.imagesCount()
    SeriesBuilder(slices=200, rows=2, columns=2, seed="more").write(tmp_path / "more")
    with filled.connections().reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(DatabaseError, match="disk is full"):
        DICOMIndexer(filled).importPaths([tmp_path / "more"])

    assert filled.imagesCount() == before
    assert filled.integrityProblems() == []
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert DICOMIndexer(filled).importPaths([tmp_path / "more"]).instancesAdded == 200


def test_observersHearOnceAndNoMoreAfterTheyLeave(filled, tmp_path):
    events = []
    token = filled.addObserver(events.append)
    filled.removeSeries(filled.allSeries()[0])
    filled.removeObserver(token)
    filled.removeSeries(filled.allSeries()[0])

    assert events == ["removed", "changed"]


def test_insertImportsOneFile(database, tmp_path):
    paths = SeriesBuilder(slices=2).write(tmp_path)

    assert database.insert(paths[1]).instancesAdded == 1
    assert database.allFiles() == [str(paths[1])]


def test_initializeRemovesEverything(filled):
    filled.initializeDatabase()

    assert (filled.patients(), filled.imagesCount()) == ([], 0)
