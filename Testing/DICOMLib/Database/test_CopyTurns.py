"""Two programs import the same files into one database: each object comes in once, and is copied once."""

import os
import sys
import threading
import time

import pytest

from DICOMLib.Database.CopyTurns import CopyTurns
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.StoreSession import StoreSession
from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.OwnedState import Child, filesInStore, openedAndSound, writeManyFiles

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


def importWhenTold(databaseFile, folder, copyFiles, gate):
    """:returns: objects added, updated, already there, left out, and how many copies were made"""
    copies, stage = [], StoreSession.stage

    def countCopies(session, source, progress):
        copies.append(source)
        return stage(session, source, progress)

    StoreSession.stage = countCopies
    sys.modules["DICOMLib.Database.Indexer"].BATCH_SIZE = 50
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    os.read(gate, 1)
    report = DICOMIndexer(database).importPaths([folder], copyFiles)
    database.closeDatabase()
    return (report.instancesAdded, report.instancesUpdated, report.instancesUnchanged, len(report.skipped),
            len(copies))  # fmt: skip


def importTogether(databaseFile, folders, copyFiles):
    """One program for each folder, all at once. :returns: sums over the programs"""
    openedAndSound(databaseFile)
    gate, start = os.pipe()
    children = [Child(importWhenTold, databaseFile, folder, copyFiles, gate) for folder in folders]
    time.sleep(0.2)
    os.write(start, b"x" * len(children))
    outcomes = [child.end() for child in children]
    for outcome in outcomes:
        assert not isinstance(outcome, BaseException), outcome
    return [sum(column) for column in zip(*outcomes, strict=True)], outcomes


def checkSameFiles(tmp_path, count, copyFiles):
    files, database = tmp_path / "files", tmp_path / "database" / "study.sqlite"
    writeManyFiles(files, count)
    (added, updated, unchanged, skipped, copies), outcomes = importTogether(database, [files, files], copyFiles)
    opened = DICOMDatabase()
    opened.openDatabase(database)

    print(f"{count:,} files by two programs at once ({'copies' if copyFiles else 'links'}): {added} added"
          f" ({outcomes[0][0]} + {outcomes[1][0]}), {updated} updated, {copies} copies made, {skipped} left out")
    assert (added, updated, unchanged, skipped) == (count, 0, count, 0)
    assert copies == (count if copyFiles else 0)
    assert opened.imagesCount() == count
    opened.closeDatabase()
    if copyFiles:
        assert len(openedAndSound(database)) == len(filesInStore(database)) == count


@pytest.mark.parametrize("copyFiles", [False, True])
def test_theSameFilesComeInOnceAndAreCopiedOnce(tmp_path, copyFiles):
    checkSameFiles(tmp_path, 300, copyFiles)


@pytest.mark.slow
@pytest.mark.parametrize("copyFiles", [False, True])
def test_twoThousandFilesComeInOnceAndAreCopiedOnce(tmp_path, copyFiles):
    checkSameFiles(tmp_path, 2000, copyFiles)


def test_twoProgramsWithDifferentFilesLoseNothing(tmp_path):
    writeManyFiles(tmp_path / "files", 300, perFolder=150)
    database = tmp_path / "database" / "study.sqlite"
    folders = [tmp_path / "files" / "000", tmp_path / "files" / "001"]
    (added, updated, _, skipped, copies), _ = importTogether(database, folders, copyFiles=True)

    assert (added, updated, skipped, copies) == (300, 0, 0, 300)
    assert len(openedAndSound(database)) == 300


def test_turnsAreTakenOneAfterTheOtherAndFairly(tmp_path):
    """Who comes first is not served again before those who were waiting."""
    order = []

    def work(name):
        turns = CopyTurns(tmp_path / "store")
        for _ in range(5):
            with turns.taken(Progress()) as isMine:
                assert isMine
                order.append(name)
                time.sleep(0.03)
                assert order[-1] == name
            time.sleep(0.001)

    threads = [threading.Thread(target=work, args=(name,)) for name in "AB"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(order) == list("AAAAABBBBB")
    assert "AAAA" not in "".join(order)


def test_whoDoesNotGetTheTurnGoesOnWithoutIt(tmp_path, promised):
    """A program that was stopped in the middle holds up the others once, and not for ever."""
    stopped, other = CopyTurns(tmp_path / "store"), CopyTurns(tmp_path / "store", patience=0.2)
    texts = []
    with stopped.taken(Progress()) as isStoppedOnes:
        started = promised.now()
        with other.taken(Progress(lambda one: texts.append(one.text))) as isOthers:
            waited = promised.now() - started
        again = []
        with promised.within(0.1), other.taken(Progress(lambda one: again.append(one.text))):
            assert again == []

    assert isStoppedOnes and not isOthers
    assert waited >= 0.2
    promised.atMost(waited, 1.0)
    assert texts and "another program" in texts[0]


def test_waitingEndsWithACancel(tmp_path, promised):
    progress = Progress(lambda one: one.cancel())  # the first thing told is that it waits
    with CopyTurns(tmp_path / "store").taken(Progress()), promised.within(0.5):
        with pytest.raises(CancelledError), CopyTurns(tmp_path / "store", patience=60).taken(progress):
            raise AssertionError("the turn was taken twice")


def test_turnsLeaveNothingBehind(tmp_path):
    with CopyTurns(tmp_path / "store").taken(Progress()):
        assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []
