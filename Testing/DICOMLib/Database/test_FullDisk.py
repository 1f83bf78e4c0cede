"""A disk that is full at any point of an import: what is said, what is left, and how it goes on."""

import contextlib
import random
import resource
import signal
import subprocess
import sys

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseError, DatabaseReadOnlyError
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Database.OwnedState import Child, importCopies, openedAndSound, soundRows, writeManyFiles

SEED = 20261120
COUNT, ROWS = 40, 128  # 33 kB each, 1.4 MB together
# An empty database and its log take some 300 kB.
SMALLEST, LARGEST = 400, 1700

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="makes small disks in memory, as Linux can")


class SmallDisk:
    """A file system in memory; only the administrator may make one."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def mount(self, kilobytes):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(self.folder)],
                              capture_output=True)  # fmt: skip
        if done.returncode != 0:
            pytest.skip("no file system may be mounted here")

    def resize(self, kilobytes):
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(self.folder)], check=True)

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    writeManyFiles(folder, COUNT, ROWS)
    return folder


def loadEarlierObjects(databaseFile):
    """Read the pixels of what is in the database. :returns: how many there are"""
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    try:
        rows = soundRows(database)
        for series in database.allSeries():
            for record in database.instancesForSeriesAsRecords(series):
                assert readVolume([record]).array.shape == (1, ROWS, ROWS)
        return len(rows)
    finally:
        database.closeDatabase()


def importUntilFull(databaseFile, files):
    """:returns: what was said, or None when there was room enough"""
    try:
        importCopies(databaseFile, files)
    except DatabaseError as error:
        return str(error)
    return None


def checkFullDisks(tmp_path, files, times, monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.Indexer.BATCH_SIZE", 10)
    chance = random.Random(SEED)
    disk = SmallDisk(tmp_path / "disk")
    database = disk.folder / "database" / "study.sqlite"
    full, kept = 0, []
    for _ in range(times):
        disk.mount(chance.randint(SMALLEST, LARGEST))
        try:
            text = Child(importUntilFull, database, files).end()
            assert text is None or isinstance(text, str), text
            if text is not None:
                full += 1
                assert "the disk is full" in text and "bytes" in text and "are needed" in text and "free" in text
            kept.append(loadEarlierObjects(database) if database.exists() else 0)
            disk.resize(16_000)
            importCopies(database, files)
            assert len(openedAndSound(database)) == COUNT
        finally:
            disk.unmount()
    print(f"{full} of {times} disks were full (seed {SEED}), with {sorted(set(kept))} objects; every import went on")
    assert full >= times // 2
    assert len(set(kept)) > 2


@pytest.mark.timeout(300)
def test_aFullDiskSaysWhatIsNeededAndTheImportGoesOnWhenThereIsRoom(tmp_path, files, monkeypatch):
    checkFullDisks(tmp_path, files, 6, monkeypatch)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fiftyFullDisks(tmp_path, files, monkeypatch):
    checkFullDisks(tmp_path, files, 50, monkeypatch)


def test_aDiskWithoutAByteLeftIsBrowsedAndLoadedFromAndSaysWhyNothingCanBeWritten(tmp_path, files):
    """SQLite cannot even make the file that it needs to read beside writers."""
    disk = SmallDisk(tmp_path / "disk")
    disk.mount(4000)
    try:
        databaseFile = disk.folder / "database" / "study.sqlite"
        importCopies(databaseFile, files)
        with open(disk.folder / "fill", "wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(bytes(1024)):
                pass
        database = DICOMDatabase()
        database.openDatabase(databaseFile)
        assert database.imagesCount() == COUNT
        assert database.warnings[0] == "The database can only be read: its disk is full."
        (series,) = database.allSeries()
        assert readVolume(database.instancesForSeriesAsRecords(series)).array.shape == (COUNT, ROWS, ROWS)
        with pytest.raises(DatabaseReadOnlyError, match="its disk is full. Make free space"):
            DICOMIndexer(database).importPaths([files])
        database.closeDatabase()
        (disk.folder / "fill").unlink()
        database.openDatabase(databaseFile)
        assert not database.readOnly and database.integrityProblems() == []
        database.closeDatabase()
    finally:
        disk.unmount()


def importWithLimit(databaseFile, files, limit):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return importUntilFull(databaseFile, files)


@pytest.mark.parametrize("limit", [20_000, 32_000, 60_000])
def test_aFileThatMayNotGrowLeavesNothingHalfWritten(tmp_path, files, limit):
    """A limit for the size of a file, which needs no administrator: it hits copies (20 kB), or the index (60 kB)."""
    database = tmp_path / "database" / "study.sqlite"
    openedAndSound(database)
    text = Child(importWithLimit, database, files, limit).end()

    assert isinstance(text, str) and "study.sqlite" in text
    openedAndSound(database)
    assert importCopies(database, files).instancesAdded == COUNT
    assert len(openedAndSound(database)) == COUNT
