"""The program is killed at random times while it imports copies; what it had said to be safe is there when it starts
again."""

import os
import random
import shutil
import signal
import sys
import time

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.DICOMLib.Database.OwnedState import importCopies, soundRows, writeManyFiles

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and counts what a killed fork leaves")

SEED = 20261120
# Pass figures: seconds to open a database of 10,000 rows after a kill.
SECONDS_TO_RESTART = 2.0


class Importing:
    """An import in a process of its own, which says after each batch how many objects are safe."""

    def __init__(self, databaseFile, files, batch):
        self._reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._reader)
                self._run(databaseFile, files, batch, writer)
            finally:
                os._exit(0)
        os.close(writer)
        os.read(self._reader, 1)  # it has begun

    @staticmethod
    def _run(databaseFile, files, batch, writer):
        sys.modules["DICOMLib.Database.Indexer"].BATCH_SIZE = batch
        os.write(writer, b" ")
        database = DICOMDatabase()
        database.openDatabase(databaseFile)
        database.addObserver(
            lambda event: os.write(writer, b"%d " % database.imagesCount()) if event == "changed" else None)
        DICOMIndexer(database).importPaths([files], copyFiles=True)

    def killAfter(self, seconds):
        """:returns: how many objects it had said to be safe"""
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGKILL)
        return self.end()

    def end(self):
        os.waitpid(self.pid, 0)
        with os.fdopen(self._reader, "rb") as stream:
            return max(map(int, stream.read().split()), default=0)


def restart(promised, databaseFile):
    """Open what a killed program left. :returns: the rows, all checked"""
    database = DICOMDatabase()
    with promised.within(SECONDS_TO_RESTART):
        database.openDatabase(databaseFile)
    try:
        return soundRows(database)
    finally:
        database.closeDatabase()


def killAgainAndAgain(promised, tmp_path, count, kills, batch, seed=SEED):
    """An import is killed, started again where it stopped, killed, …; when it is complete, a new one begins."""
    files, database = tmp_path / "files", tmp_path / "database" / "study.sqlite"
    writeManyFiles(files, count)
    chance = random.Random(seed)
    started = promised.now()
    Importing(tmp_path / "whole" / "study.sqlite", files, batch).end()
    whole = promised.now() - started
    complete, interrupted = 0, set()
    for _ in range(kills):
        known = restart(promised, database)
        safe = Importing(database, files, batch).killAfter(chance.uniform(0, 0.4 * whole))
        rows = restart(promised, database)
        assert len(rows) >= safe
        assert known.items() <= rows.items()
        interrupted.add(len(rows))
        if len(rows) == count:
            complete += 1
            shutil.rmtree(database.parent)
    importCopies(database, files)
    assert len(restart(promised, database)) == count
    print(f"{kills} kills (seed {seed}) left {len(interrupted)} different numbers of objects, {complete} imports came"
          f" to their end; 0 objects lost, 0 files without a row")


@pytest.mark.timeout(300)
def test_killedImportsLoseNothingThatWasSafe(tmp_path, promised):
    killAgainAndAgain(promised, tmp_path, 400, 8, batch=25)


@pytest.mark.slow
@pytest.mark.timeout(290)
@pytest.mark.parametrize("part", range(5))
def test_twoHundredKillsLoseNothingThatWasSafe(tmp_path, part, promised):
    """In parts, because a test that takes five minutes is taken for one that hangs."""
    killAgainAndAgain(promised, tmp_path, 2000, 40, batch=100, seed=SEED + part)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_aDatabaseOfTenThousandObjectsStartsAtOnceAfterAKill(tmp_path, promised):
    files, database = tmp_path / "files", tmp_path / "database" / "study.sqlite"
    writeManyFiles(files, 10_000)
    safe, importing = 0, Importing(database, files, 500)
    while safe < 9500:  # in the middle of the last batch
        safe = max(map(int, os.read(importing._reader, 1 << 16).split()), default=0)
    safe = max(safe, importing.killAfter(0.05))
    assert len(restart(promised, database)) >= safe >= 9500
