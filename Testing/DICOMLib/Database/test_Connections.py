"""Several programs on one database, and databases that can only be read."""

import os
import sqlite3
import tempfile
import threading
import time
from contextlib import closing

import pytest

from DICOMLib.Database import Connections as ConnectionsModule
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import CancelledError, DatabaseError, DatabaseReadOnlyError
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.OtherPrograms import pythonProcess, writerElsewhere
from Testing.DICOMLib.Database.OwnedState import writeManyFiles
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.Waiting import waitFor

NOBODY = 65534
IMPORTER = (
    "import sys; from DICOMLib.Database.DICOMDatabase import DICOMDatabase;"
    "from DICOMLib.Database.Indexer import DICOMIndexer; database = DICOMDatabase();"
    "database.openDatabase(sys.argv[1]); copy = sys.argv[3] == 'copy';"
    "report = DICOMIndexer(database).importPaths([sys.argv[2]], copyFiles=copy);"
    "sys.exit(report.instancesAdded != int(sys.argv[4]))"
)


def test_readersGoOnWhileAnotherProgramWrites(filled, promised):
    before = filled.patientRows()
    with writerElsewhere(filled.databaseFilename), promised.within(0.5):
        rows = filled.patientRows()
        records = [filled.instancesForSeriesAsRecords(uid) for uid in filled.allSeries()]

    assert rows == before and all(records)


def test_aWriterSaysThatItWaitsAndGivesUpAfterFiveSeconds(filled, tmp_path, monkeypatch, promised):
    """With another program in the middle of a write, an import says that it is waiting, and after five seconds what is
    the matter; when the other one is done, it works."""
    SeriesBuilder(slices=3, seed="more").write(tmp_path / "more")
    texts = []
    assert ConnectionsModule.BUSY_SECONDS == 5.0
    wait = 5.0 if promised.isMeasured else 0.5
    monkeypatch.setattr(ConnectionsModule, "BUSY_SECONDS", wait)
    with writerElsewhere(filled.databaseFilename):
        started = promised.now()
        with pytest.raises(DatabaseError, match="another program is writing") as caught:
            DICOMIndexer(filled).importPaths([tmp_path / "more"], progress=Progress(lambda one: texts.append(one.text)))
        seconds = promised.now() - started
    monkeypatch.undo()

    assert seconds > 0.9 * wait
    promised.atMost(seconds, 6.5, "giving up")
    assert any("Another program is writing" in text for text in texts)
    assert "try again" in caught.value.hint
    assert DICOMIndexer(filled).importPaths([tmp_path / "more"]).instancesAdded == 3


def test_waitingEndsAsSoonAsTheOtherProgramIsDone(filled, monkeypatch, promised):
    monkeypatch.setattr(ConnectionsModule, "BUSY_SECONDS", 60.0)
    texts = []
    progress = Progress(lambda one: texts.append(one.text))
    with writerElsewhere(filled.databaseFilename):
        thread = threading.Thread(target=lambda: filled.removePatient(filled.patients()[0], progress))
        thread.start()
        waitFor(lambda: texts)
        assert filled.patientsCount() == 2
    with promised.within(1.0):
        thread.join()

    assert filled.patientsCount() == 1
    assert "Another program is writing" in texts[0] and "Another program" not in progress.text


def test_waitingCanBeCancelled(filled, monkeypatch, promised):
    monkeypatch.setattr(ConnectionsModule, "BUSY_SECONDS", 60.0)
    asked = []

    def cancel(progress):
        if "Another program is writing" in progress.text and not asked:
            asked.append(promised.now())
            progress.cancel()

    with writerElsewhere(filled.databaseFilename):
        with pytest.raises(CancelledError):
            filled.removePatient(filled.patients()[0], Progress(cancel))
        promised.atMost(promised.now() - asked[0], 0.5, "the cancel")

    assert filled.patientsCount() == 2


@pytest.mark.parametrize("each", [150, pytest.param(1000, marks=pytest.mark.slow)])
def test_twoProgramsImportAtOnceAndNoRowIsLost(database, tmp_path, each):
    """Two programs import into one database at the same time, one with copies: every file of both has its row."""
    for number in range(2):
        writeManyFiles(tmp_path / str(number), each, seed=number, patientID=str(number))
    importers = [
        pythonProcess(IMPORTER, database.databaseFilename, tmp_path / str(number), how, each)
        for number, how in enumerate(("link", "copy"))
    ]
    outcomes = [importer.wait() for importer in importers]

    print(f"two importers of {each} files each: {database.imagesCount()} rows")
    assert outcomes == [0, 0]
    assert database.imagesCount() == 2 * each
    assert database.verify(readHeaders=True).isSound


# Files for one's own eyes


def test_theFilesBesideTheDatabaseAreForTheUserAlone(tmp_path):
    mask = os.umask(0o022)
    try:
        database = DICOMDatabase()
        database.openDatabase(tmp_path / "new" / "study.sqlite")
        SeriesBuilder(slices=3).write(tmp_path / "files")
        DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
        database.backUp(tmp_path / "new" / "saved.sqlite")
        modes = {}
        for folder, folders, names in os.walk(tmp_path / "new"):
            for name in [*folders, *names]:
                modes[name] = os.stat(os.path.join(folder, name)).st_mode & 0o777
    finally:
        os.umask(mask)
    database.closeDatabase()

    assert {"study.sqlite", "study.sqlite-wal", "study.sqlite-shm", "saved.sqlite"} <= set(modes)
    files = {name: mode for name, mode in modes.items() if "." in name and not name.endswith("-files")}
    assert len(files) > 5
    assert set(files.values()) == {0o600}
    assert {mode for name, mode in modes.items() if name not in files} == {0o700}
    assert os.stat(tmp_path / "new").st_mode & 0o777 == 0o700


# Only to be read


@pytest.fixture
def ordinaryUser():
    """The test runs as somebody whom file permissions bind."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def shared():
    """A folder that every user may enter and nobody may write to: "linked", "copied", and a database of both."""
    with tempfile.TemporaryDirectory(prefix="dicommodule-shared-") as folder:
        os.chmod(folder, 0o755)
        SeriesBuilder(slices=4).write(os.path.join(folder, "linked"))
        SeriesBuilder(slices=4, seed="copied").write(os.path.join(folder, "copied"))
        database = DICOMDatabase()
        database.openDatabase(os.path.join(folder, "database", "study.sqlite"))
        DICOMIndexer(database).importPaths([os.path.join(folder, "linked")])
        DICOMIndexer(database).importPaths([os.path.join(folder, "copied")], copyFiles=True)
        database.closeDatabase()
        for parent, folders, names in os.walk(folder):
            for name in [*folders, *names]:
                path = os.path.join(parent, name)
                os.chmod(path, 0o555 if os.path.isdir(path) else 0o444)
        yield folder
        for parent, _, _ in os.walk(folder):
            os.chmod(parent, 0o755)


def check(database, folder):
    """Browsing and loading work; writing is refused with the reason; nothing is left in the folder."""
    before = sorted(os.listdir(os.path.dirname(database.databaseFilename)))
    assert database.readOnly
    assert len(database.seriesRows(database.studiesForPatient(database.patients()[0]))) == 2
    for uid in database.allSeries():
        assert readVolume(database.instancesForSeriesAsRecords(uid)).array.any()
    assert database.verify(readHeaders=True).isSound
    patient = database.patients()[0]
    for write in (lambda: database.removePatient(patient), lambda: DICOMIndexer(database).importPaths([folder]),
                  database.repair, database.rebuild, database.compact,
                  lambda: database.setWeightForField("Patients", "PatientID", 1)):
        with pytest.raises(DatabaseReadOnlyError, match="because its file or its folder cannot be written") as caught:
            write()
        assert caught.value.hint
    assert database.readOnlyReason == "The database can only be read: its file or its folder cannot be written."
    assert database.warnings == (database.readOnlyReason,)
    assert sorted(os.listdir(os.path.dirname(database.databaseFilename))) == before


def test_aReadOnlyFolderIsBrowsedAndLoadedFrom(shared, ordinaryUser):
    database = DICOMDatabase()
    database.openDatabase(os.path.join(shared, "database", "study.sqlite"))
    check(database, shared)
    database.closeDatabase()


def test_aReadOnlyFileInAWritableFolderIsBrowsedAndLoadedFrom(shared, ordinaryUser):
    if os.getuid() == NOBODY:
        os.setresuid(0, 0, 0)
        os.chmod(os.path.join(shared, "database"), 0o777)
        os.setresuid(NOBODY, NOBODY, 0)
    database = DICOMDatabase()
    database.openDatabase(os.path.join(shared, "database", "study.sqlite"))
    assert database.readOnly and database.imagesCount() == 8
    with pytest.raises(DatabaseReadOnlyError):
        database.removePatient(database.patients()[0])
    database.closeDatabase()


def test_aDatabaseThatIsBusyIsStillOpened(filled):
    with closing(sqlite3.connect(filled.databaseFilename, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        second = DICOMDatabase()
        second.openDatabase(filled.databaseFilename)
        assert second.patientsCount() == 2
        other.execute("ROLLBACK")
    second.closeDatabase()


# The clock


@pytest.mark.parametrize("step", [-86_400, 10 * 366 * 86_400, 3600, -3600],
                         ids=["a day back", "ten years on", "summer time begins", "summer time ends"])
def test_theClockDecidesNothing(database, tmp_path, monkeypatch, step):
    """While files come in, the clock is set: what is known already, the order of things and durations do not change."""
    monkeypatch.setattr("DICOMLib.Database.Indexer.BATCH_SIZE", 10)
    SeriesBuilder(slices=30).write(tmp_path / "files" / "first")
    SeriesBuilder(slices=30, seed="second", patientID="SECOND").write(tmp_path / "files" / "second")
    real, calls = time.time, []

    def steppedTime():
        calls.append(1)
        return real() + (step if len(calls) > 2 else 0)

    monkeypatch.setattr(time, "time", steppedTime)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])
    again = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert len(calls) > 3
    assert (report.instancesAdded, again.instancesAdded, again.instancesUnchanged) == (60, 0, 60)
    assert 0 <= report.seconds < 60 and 0 <= again.seconds < 60
    assert database.patients() == sorted(database.patients(), key=int)
    for uid in database.allSeries():
        numbers = [record.instanceNumber for record in database.instancesForSeriesAsRecords(uid)]
        assert numbers == sorted(numbers) == list(range(1, 31))
    assert database.verify().isSound and database.verify().seconds < 60


def test_timesAreKeptInUniversalTime(database, tmp_path, monkeypatch):
    SeriesBuilder(slices=1).write(tmp_path / "files")
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.9)
    for zone in ("America/New_York", "Asia/Kathmandu"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        DICOMIndexer(database).importPaths([tmp_path / "files"])
        (row,) = database.patientRows()
        assert row["insertTimestamp"] == "2023-11-14 22:13:20"
    monkeypatch.undo()
    time.tzset()
