"""A batch is committed while the next one is copied; what fails or is cancelled leaves the others whole."""

import threading

import pytest

from DICOMLib.Database.BatchWriter import BatchWriter
from DICOMLib.Database.CopyTurns import CopyTurns
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseError
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.Importing import reasons
from Testing.DICOMLib.Database.OwnedState import soundRows, writeManyFiles

BATCH = 4


@pytest.fixture(autouse=True)
def smallBatches(monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.Indexer.BATCH_SIZE", BATCH)


@pytest.fixture
def steps(monkeypatch):
    """What was done, in order: ("prepare" or "commit", number of the batch, on the main thread or not)."""
    done = []

    def recorded(name):
        function = getattr(BatchWriter, name)

        def record(writer, argument):
            result = function(writer, argument)
            isMain = threading.current_thread() is threading.main_thread()
            done.append((name, sum(step[0] == name for step in done), isMain))
            return result

        monkeypatch.setattr(BatchWriter, name, record)

    recorded("prepare")
    recorded("commit")
    return done


def test_aBatchIsCommittedWhileTheNextOneIsCopied(database, tmp_path, steps):
    writeManyFiles(tmp_path / "files", 3 * BATCH)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert report.instancesAdded == len(soundRows(database)) == 3 * BATCH
    assert [number for name, number, _ in steps if name == "commit"] == [0, 1, 2]
    assert all(isMain == (name == "prepare") for name, _, isMain in steps)
    assert steps.index(("prepare", 2, True)) > steps.index(("commit", 0, False))


def test_linksAreCommittedAtOnce(database, tmp_path, steps):
    writeManyFiles(tmp_path / "files", 2 * BATCH)
    DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert [step[:2] for step in steps] == [("prepare", 0), ("commit", 0), ("prepare", 1), ("commit", 1)]


def test_theEventComesOnTheThreadOfTheImportWhenTheRowsAreThere(database, tmp_path):
    writeManyFiles(tmp_path / "files", 3 * BATCH)
    seen = []
    database.addObserver(lambda event: seen.append((event, database.imagesCount() >= BATCH, threading.get_ident())))
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert [event for event, *_ in seen] == ["patientAdded", "seriesAdded", "changed", "changed", "changed"]
    assert all(isThere and thread == threading.get_ident() for _, isThere, thread in seen)


def test_twoContentsOfOneObjectInBatchesThatFollowEachOtherAreNotMixed(database, tmp_path):
    """The second batch is decided before the first is in the database; then it is decided anew."""
    paths = writeManyFiles(tmp_path / "files", BATCH)
    copies = [tmp_path / "files" / "001" / path.name for path in paths]
    copies[0].parent.mkdir()
    for number, (path, copy) in enumerate(zip(paths, copies, strict=True)):
        copy.write_bytes(path.read_bytes() + (b"\0\0" if number == 0 else b""))
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert (report.instancesAdded, report.instancesUnchanged) == (BATCH, BATCH - 1)
    assert "other contents" in reasons(report)[copies[0].name]
    assert len(soundRows(database)) == BATCH


def test_anErrorOfACommitEndsTheImportAndNothingIsLeftOfTheBatchesAfterIt(database, tmp_path, monkeypatch):
    writeManyFiles(tmp_path / "files", 3 * BATCH)
    commit, times = BatchWriter.commit, []

    def failSecond(writer, batch):
        times.append(1)
        if len(times) == 2:
            batch.close()
            raise DatabaseError("the disk reports an error")
        return commit(writer, batch)

    monkeypatch.setattr(BatchWriter, "commit", failSecond)
    with pytest.raises(DatabaseError, match="the disk reports an error"):
        DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert len(times) == 2
    assert len(soundRows(database)) == BATCH


def test_aCancelKeepsTheBatchThatIsBeingCommitted(database, tmp_path, monkeypatch):
    writeManyFiles(tmp_path / "files", 4 * BATCH)
    progress, prepare, times = Progress(), BatchWriter.prepare, []

    def cancelInTheThird(writer, headers):
        times.append(1)
        if len(times) == 3:
            progress.cancel()
        return prepare(writer, headers)

    monkeypatch.setattr(BatchWriter, "prepare", cancelInTheThird)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True, progress=progress)

    assert report.cancelled
    assert report.instancesAdded == len(soundRows(database)) == 2 * BATCH
    assert len(report.seriesUIDs) == 1


def test_theTurnGoesToAProgramThatWaitsForIt(database, tmp_path, monkeypatch):
    """Else an import of many batches would keep the turn to its end."""
    writeManyFiles(tmp_path / "files", 6 * BATCH)
    took = []

    def wait():
        with CopyTurns(database.store.folder).taken(Progress()) as isMine:
            took.append((isMine, database.imagesCount()))

    prepare, waiters = BatchWriter.prepare, []

    def startWaiting(writer, headers):
        batch = prepare(writer, headers)
        if not waiters:
            waiters.append(threading.Thread(target=wait))
            waiters[0].start()
            while not writer.isWaitedFor:
                pass
        return batch

    monkeypatch.setattr(BatchWriter, "prepare", startWaiting)
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    waiters[0].join()

    assert took == [(True, BATCH)]
