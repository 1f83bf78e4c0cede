"""The power goes at any moment of an import: what the disk then holds opens, and has what was said to be safe."""

import random
import shutil

import pytest

from DICOMLib.Errors import DatabaseError
from Testing.DICOMLib.Database.OwnedState import openedAndSound, writeManyFiles
from Testing.Fixtures import DiskShim
from Testing.Fixtures.PowerLoss import KEPT, LOST, TORN, PowerLoss

SEED = 20261120
BATCH = 4

# What is recorded: copies come in, one object is replaced by a changed one, a series goes.
PROGRAM = """
import ctypes, sys
from pathlib import Path
from DICOMLib.Database import Connections, Indexer
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
folder, file, synchronous = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
Indexer.BATCH_SIZE = 4
Connections._PRAGMAS = tuple(line.replace("synchronous = FULL", f"synchronous = {synchronous}")
                             for line in Connections._PRAGMAS)
mark = ctypes.CDLL(None).shimMark
database = DICOMDatabase()
database.openDatabase(file)
steps = iter(range(1, 1000))
database.addObserver(lambda event: mark(next(steps)) if event == "changed" else None)
indexer = Indexer.DICOMIndexer(database)
indexer.importPaths([folder / "files"], copyFiles=True)
changed = folder / "files" / "000" / "000000.dcm"
changed.write_bytes((folder / "changed.dcm").read_bytes())
indexer.importPaths([folder / "files"], copyFiles=True)
database.removeSeries(database.allSeries()[0])
database.closeDatabase()
"""


def record(tmp_path, synchronous="FULL"):
    """What an import of four batches, a replacement and a removal do to the disk."""
    paths = writeManyFiles(tmp_path / "files", 4 * BATCH)
    (tmp_path / "changed.dcm").write_bytes(paths[0].read_bytes().replace(b"Fixture series", b"Changed series"))
    root, log = tmp_path / "root", tmp_path / "log"
    root.mkdir()
    library = DiskShim.build(tmp_path)
    arguments = [str(tmp_path), str(root / "study.sqlite"), synchronous]
    DiskShim.run(library, PROGRAM, arguments, root, log)
    return root, list(DiskShim.readEvents(log))


def rowsAfter(step, rows):
    """Whether the rows are what is there after so many commits: four batches, the replacement, the removal."""
    if step in (4, 5):
        return rows == 4 * BATCH
    return rows == (0 if step > 5 else step * BATCH)


def problemOf(folder, marked):
    """What is wrong with a disk after the power went; "" when all is well."""
    try:
        rows = openedAndSound(folder / "study.sqlite") if (folder / "study.sqlite").exists() or not marked else None
    except (DatabaseError, AssertionError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    if rows is None:
        return "the database is not there"
    if rowsAfter(marked, len(rows)) or rowsAfter(marked + 1, len(rows)):
        return ""
    return f"{len(rows)} rows after step {marked}"


def replay(root, events, tmp_path, wanted):
    """Let the power go at many moments. :returns: number of states looked at, and the problems found"""
    chance = random.Random(SEED)
    moments = set(range(len(events)))
    if wanted < 3 * len(events):
        moments = set(chance.sample(range(len(events)), wanted // 3))
    tornTimes = max(1, wanted // len(moments) - 1)
    disk, states, problems = PowerLoss(root), 0, []
    for number, event in enumerate(events):
        disk.take(event)
        if number not in moments:
            continue
        for fate in (LOST, KEPT) + (TORN,) * tornTimes:
            after = tmp_path / "after"
            after.mkdir()
            disk.writeTo(after, fate, chance)
            problem = problemOf(after, disk.marked)
            if problem:
                problems.append(f"event {number} ({event.kind} {event.path}), {fate}: {problem}")
            shutil.rmtree(after)
            states += 1
    return states, problems


@pytest.fixture(autouse=True)
def needsTheShim():
    if DiskShim.whyNot():
        pytest.skip(DiskShim.whyNot())


def check(tmp_path, wanted):
    root, events = record(tmp_path)
    states, problems = replay(root, events, tmp_path, wanted)
    print(f"power lost in {states} states at {len(events)} recorded changes (seed {SEED}): {len(problems)} problems")
    assert states >= wanted
    assert problems == [], "\n".join(problems)


def test_aPowerCutLeavesACommittedState(tmp_path):
    check(tmp_path, 150)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_aPowerCutAtEveryMomentLeavesACommittedState(tmp_path):
    check(tmp_path, 2000)


def test_theCheckFindsADatabaseThatDoesNotWaitForTheDisk(tmp_path):
    """With ``synchronous = OFF``, what was said to be safe is lost, and the check says so."""
    root, events = record(tmp_path, "OFF")
    states, problems = replay(root, events, tmp_path, 150)

    print(f"synchronous = OFF: {len(problems)} of {states} states are bad")
    assert problems
