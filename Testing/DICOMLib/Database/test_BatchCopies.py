"""Files change while they are copied: each row describes the bytes that its copy has."""

import hashlib
import os
import random
import threading
import time
from pathlib import Path

import pytest

from DICOMLib.Database.BatchCopies import BatchCopies
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.StoreSession import StoreSession
from DICOMLib.Errors import DatabaseError, FileError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Files.Limits import FIRST_READ_SIZE
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.Importing import reasons
from Testing.DICOMLib.Database.OwnedState import soundRows, writeManyFiles

SEED = 20261120
FORMER, LATER = b"Fixture series", b"Changed series"
DESCRIPTION, UID = "0008,103E", "0008,0018"


class Meddler(threading.Thread):
    """Truncates, appends to, replaces or deletes files, one after the other, until it is told to stop.

    What it replaces says so in the header and in the last pixels: whoever mixes the two versions is found out.
    """

    def __init__(self, paths, seconds):
        super().__init__()
        self._paths = paths
        self._pause = seconds / len(paths)
        self.changed = 0

    def run(self):
        for number, path in enumerate(self._paths):
            (self._truncate, self._append, self._replace, self._rewrite, self._remove)[number % 5](path)
            self.changed += 1
            time.sleep(self._pause)

    def _truncate(self, path):
        os.truncate(path, path.stat().st_size - 16)

    def _append(self, path):
        with open(path, "ab") as stream:
            stream.write(b"\0" * 16)

    def _replace(self, path):
        other = path.with_suffix(".new")
        other.write_bytes(changed(path.read_bytes()))
        os.replace(other, path)

    def _rewrite(self, path):
        contents = changed(path.read_bytes())
        with open(path, "r+b", buffering=0) as stream:
            stream.write(contents[: len(contents) // 2])
            time.sleep(0)
            stream.write(contents[len(contents) // 2 :])

    def _remove(self, path):
        path.unlink()


def changed(contents):
    return contents.replace(FORMER, LATER)[:-4] + b"LATE"


def isMixed(contents):
    """Whether a file's beginning is of one version and its end of the other."""
    return (LATER in contents) != contents.endswith((b"LATE", b"LATE" + bytes(16)))


def importMeanwhile(tmp_path, count, meddled, copyFiles):
    """Import while some of the files change. :returns: database, report, all paths"""
    paths = writeManyFiles(tmp_path / "files", count, rows=64)
    chance = random.Random(SEED)
    chosen = sorted(chance.sample(paths, meddled))
    meddler = Meddler(chosen, seconds=0.0015 * count)
    database = DICOMDatabase()
    database.openDatabase(tmp_path / "database" / "study.sqlite")
    meddler.start()
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles)
    meddler.join()
    assert meddler.changed == meddled
    return database, report, paths


def checkCopies(tmp_path, count, meddled):
    database, report, paths = importMeanwhile(tmp_path, count, meddled, copyFiles=True)
    rows = soundRows(database)
    late = 0
    for series in database.allSeries():
        for record in database.instancesForSeriesAsRecords(series):
            copy = scanFile(record.filePath)
            contents = Path(record.filePath).read_bytes()
            assert {**copy.values, **record.values} == copy.values
            assert (record.pixelDataOffset, record.truncated) == (copy.pixelDataOffset, copy.truncated)
            assert hashlib.sha256(contents).digest() == rows[copy.value(UID)]
            assert not isMixed(contents) or record.truncated
            late += LATER in contents
    again = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    print(f"{meddled} of {count} files changed (seed {SEED}): {len(rows)} rows, {late} of them of a later version,"
          f" {len(report.skipped)} files listed, 0 rows with mixed data; imported again: {again.summary()}")
    assert len(rows) + len(report.skipped) >= count - meddled // 5
    present = sum(path.exists() for path in paths)
    assert again.instancesAdded + again.instancesUpdated + again.instancesUnchanged == present
    for path in filter(Path.exists, paths):
        header = scanFile(path)
        assert database.fileValue(database.fileForInstance(header.value(UID)), DESCRIPTION) == header.value(DESCRIPTION)
    database.closeDatabase()


def test_filesThatChangeDuringACopyImportAreWholeOrListed(tmp_path):
    checkCopies(tmp_path, 250, 50)


@pytest.mark.slow
def test_aFifthOfAThousandFilesChangesDuringACopyImport(tmp_path):
    checkCopies(tmp_path, 1000, 200)


def checkLinks(tmp_path, count, meddled):
    database, _, paths = importMeanwhile(tmp_path, count, meddled, copyFiles=False)
    with database.connections().reading() as connection:
        recorded = {
            os.path.join(folder, name): state for folder, name, *state in connection.execute(
                "SELECT path, name, fileSize, modifiedTime FROM instances JOIN folders ON folders.id = folderID")
        }  # fmt: skip
    claimed = 0
    for path in filter(Path.exists, paths):
        status = path.stat()
        if recorded.get(os.fsencode(path)) == [status.st_size, status.st_mtime_ns]:
            claimed += 1
            assert database.fileValue(str(path), DESCRIPTION) == scanFile(path).value(DESCRIPTION)
    print(f"{claimed} of {len(recorded)} links claim to be of the file as it is now, and all are")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    for path in filter(Path.exists, paths):
        assert database.fileValue(str(path), DESCRIPTION) == scanFile(path).value(DESCRIPTION)
    database.closeDatabase()


def test_aLinkNeverClaimsToBeOfAFileThatChangedSince(tmp_path):
    checkLinks(tmp_path, 400, 80)


@pytest.mark.slow
def test_aFifthOfAThousandFilesChangesDuringALinkImport(tmp_path):
    checkLinks(tmp_path, 1000, 200)


def test_aFileThatChangesWhileItsHeaderIsReadIsReadAgain(tmp_path, monkeypatch):
    from DICOMLib.Files import HeaderScanner

    (path,) = writeManyFiles(tmp_path, 1)
    reads = []

    def changeAfterReading(*arguments):
        reads.append(1)
        if len(reads) <= changes:
            path.write_bytes(path.read_bytes() + b"\0\0")
            os.utime(path, ns=(0, len(reads)))
        return window(*arguments)

    window = HeaderScanner.FileWindow
    monkeypatch.setattr(HeaderScanner, "FileWindow", changeAfterReading)
    changes = 1
    header = scanFile(path)
    assert (len(reads), header.fileSize, header.modifiedTime) == (2, path.stat().st_size, path.stat().st_mtime_ns)
    reads.clear()
    changes = 2
    with pytest.raises(FileError, match="it changed while it was read"):
        scanFile(path)


def test_aRowDescribesItsCopyEvenIfSizeAndTimeOfTheOriginalDoNotTell(database, tmp_path, monkeypatch):
    """The file is exchanged between the look at its header and the copy, for one of the same size and time."""
    (path,) = writeManyFiles(tmp_path / "files", 1)
    status = path.stat()
    stage = StoreSession.stage

    def exchangeFirst(session, source, progress):
        path.write_bytes(changed(path.read_bytes()))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return stage(session, source, progress)

    monkeypatch.setattr(StoreSession, "stage", exchangeFirst)
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    (copy,) = database.allFiles()

    assert database.fileValue(copy, DESCRIPTION) == LATER.decode()
    assert LATER in Path(copy).read_bytes()


def test_aFileThatChangesWhileItIsCopiedIsReadAgainOnceThenListed(database, tmp_path, monkeypatch):
    paths = writeManyFiles(tmp_path / "files", 3, rows=16)
    stage, times = StoreSession.stage, []

    def changeMeanwhile(session, source, progress):
        staged = stage(session, source, progress)
        if source == os.fsencode(paths[1]):
            times.append(1)
            paths[1].write_bytes(changed(paths[1].read_bytes()) + b"\0\0" * len(times))
            return type(staged)(**{**staged.__dict__, "isWhole": False})
        return staged

    monkeypatch.setattr(StoreSession, "stage", changeMeanwhile)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert len(times) == 2
    assert reasons(report) == {paths[1].name: "it changed while it was copied"}
    assert report.instancesAdded == 2


def test_whenOneCopyFailsTheOthersStopAndNothingIsLeft(database, tmp_path, monkeypatch):
    """A full disk ends a batch at once, also the copies that other threads are making."""
    writeManyFiles(tmp_path / "files", 12, rows=16)
    stage, started = StoreSession.stage, []

    def failOnce(session, source, progress):
        started.append(source)
        if len(started) == 3:
            raise DatabaseError("the disk is full")
        time.sleep(0.02)
        return stage(session, source, progress)

    monkeypatch.setattr(StoreSession, "stage", failOnce)
    with pytest.raises(DatabaseError, match="the disk is full"):
        DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert len(started) < 12 or database.imagesCount() == 0
    assert soundRows(database) == {}


def test_aBatchThatDoesNotFitIsRefusedBeforeItIsCopied(database, tmp_path, monkeypatch):
    writeManyFiles(tmp_path / "files", 3, rows=16)
    monkeypatch.setattr("DICOMLib.Database.BatchCopies.freeBytes", lambda place: 1000)
    monkeypatch.setattr(StoreSession, "stage", None)
    with pytest.raises(DatabaseError, match="bytes .* are needed"):
        DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)


def test_aCancelEndsTheCopyOfAFileOfFourGigabytes(database, tmp_path, promised):
    """Within half a second, wherever it is in the file, and nothing is left of it."""
    (path,) = writeManyFiles(tmp_path / "files", 1)
    os.truncate(path, 4 << 30)  # takes no room
    progress = Progress()
    cancelled = []

    look, looks = progress.raiseIfCancelled, iter(range(1 << 20))

    def cancelInTheMiddle():
        if next(looks) == 100:
            cancelled.append(promised.now())
            progress.cancel()
        look()

    progress.raiseIfCancelled = cancelInTheMiddle
    report = DICOMIndexer(database).importPaths([path], copyFiles=True, progress=progress)
    promised.atMost(promised.now() - cancelled[0], 0.5, "the cancel")

    assert report.cancelled
    assert soundRows(database) == {}


def test_aBatchKeepsItsCopiesWhenItIsDecidedAnew(database, tmp_path, monkeypatch):
    """Another program adds some of the same objects while they are copied: those are there already, and what was
    copied is not copied again."""
    paths = writeManyFiles(tmp_path / "files", 6)
    other = DICOMDatabase()
    other.openDatabase(database.databaseFilename)
    make, stage, staged = BatchCopies.make, StoreSession.stage, []

    def makeWhileAnotherImports(copies, placements):
        made = make(copies, placements)
        monkeypatch.setattr(BatchCopies, "make", make)
        DICOMIndexer(other).importPaths(paths[:2])
        return made

    def countStaged(session, source, progress):
        staged.append(source)
        return stage(session, source, progress)

    monkeypatch.setattr(BatchCopies, "make", makeWhileAnotherImports)
    monkeypatch.setattr(StoreSession, "stage", countStaged)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    other.closeDatabase()

    assert (report.instancesAdded, report.instancesUpdated) == (4, 2)  # two were links, and are copies now
    assert len(staged) == 6
    assert len(soundRows(database)) == 6


def test_theBeginningOfAFileIsEnoughForTheFilesOfTheseTests(tmp_path):
    """The tests above that exchange headers rely on the header being read in one piece."""
    (path,) = writeManyFiles(tmp_path, 1)
    assert scanFile(path).pixelDataOffset < FIRST_READ_SIZE
