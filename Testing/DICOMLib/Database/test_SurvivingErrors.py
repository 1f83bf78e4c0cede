"""Every call that writes fails once, or ends the process: what is said, and what is left."""

import errno
import itertools
import json
import shutil
import sys
from pathlib import Path

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import DICOMError
from Testing.DICOMLib.Database.OwnedState import Child, importCopies, openedAndSound, writeManyFiles
from Testing.Fixtures import DiskShim
from Testing.Fixtures.FaultInjection import KILL, FaultInjection

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts the calls of Linux")

BEFORE, ADDED = 3, 3
# What fails, and whether everything after it fails too: a full disk stays full.
FAULTS = {
    "full": (errno.ENOSPC, True),
    "error": (errno.EIO, False),
    "read-only": (errno.EROFS, True),
    "forbidden": (errno.EACCES, False),
    "killed": (KILL, False),
}


class Scene:
    """A database with some copies; since then one original has changed, and others have come."""

    def __init__(self, folder):
        self.folder = folder
        self.files = folder / "files"
        paths = writeManyFiles(self.files, BEFORE + ADDED)
        later = [(path, path.read_bytes()) for path in paths[BEFORE:]]
        for path, _ in later:
            path.unlink()
        importCopies(folder / "base" / "study.sqlite", self.files)
        for path, contents in later:
            path.write_bytes(contents)
        paths[0].write_bytes(paths[0].read_bytes().replace(b"Fixture series", b"Changed series"))
        self.rowsBefore = openedAndSound(folder / "base" / "study.sqlite")
        self.rowsAfter = self._finished(self.fresh())

    @property
    def database(self):
        return self.folder / "database" / "study.sqlite"

    def fresh(self):
        shutil.rmtree(self.folder / "database", ignore_errors=True)
        shutil.copytree(self.folder / "base", self.folder / "database")
        return self.database

    def _finished(self, database):
        importCopies(database, self.files)
        return openedAndSound(database)

    def failAt(self, number, code, goesOn):
        """Import, with a fault. :returns: (whether the fault came, the error's text or the report), None if killed"""
        self.fresh()
        return Child(importWithFault, self.database, self.files, number, code, goesOn).end()

    def check(self, outcome):
        """After a fault: the database is sound, each object is the old or the new one whole, and a new import brings
        in what is missing."""
        rows = openedAndSound(self.database)
        assert set(self.rowsBefore) <= set(rows) <= set(self.rowsAfter)
        for uid, digest in rows.items():
            assert digest in (self.rowsBefore.get(uid), self.rowsAfter[uid])
        if outcome is not None:
            assert not isinstance(outcome, BaseException), f"{type(outcome).__name__}: {outcome}"
        assert self._finished(self.database) == self.rowsAfter


def importWithFault(database, folder, number, code, goesOn):
    with FaultInjection(database.parent, number, code, goesOn) as faults:
        try:
            text = importCopies(database, folder).asText()
        except DICOMError as error:
            text = str(error)
    return faults.hasFailed, text


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


def walk(scene, faultsAt):
    """n = 1, 2, … with the faults named for each, until a run has no nth call. :returns: (points, runs, texts)"""
    runs, texts = 0, set()
    for number in itertools.count(1):
        for code, goesOn in faultsAt(number):
            outcome = scene.failAt(number, code, goesOn)
            if outcome is not None and not isinstance(outcome, BaseException):
                hasFailed, text = outcome
                if not hasFailed:
                    return number - 1, runs, texts
                texts.add(text)
            scene.check(outcome)
            runs += 1
    raise AssertionError


def test_eachCallFailsOnceAndTheDatabaseIsSound(scene):
    kinds = list(FAULTS.values())
    points, runs, texts = walk(scene, lambda number: [kinds[number % len(kinds)]])

    print(f"{points} of {points} injection points covered, {runs} runs, 0 tracebacks, 0 corrupt states")
    assert points >= 40
    assert runs >= points - 1
    assert not any("Traceback" in text for text in texts)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", FAULTS)
def test_everyCallFailsInEveryWay(scene, kind):
    points, runs, _ = walk(scene, lambda _: [FAULTS[kind]])

    print(f"{kind}: {points} of {points} injection points covered, 0 tracebacks, 0 corrupt states")
    assert runs == points >= 40


def test_aFullDiskIsCalledFullWithWhatIsNeededAndWhatThereIs(scene):
    """Wherever it fills up, in the copies, the folders or the index."""
    texts = set()
    for number in range(1, 200, 4):
        hasFailed, text = scene.failAt(number, errno.ENOSPC, True)
        if not hasFailed:
            break
        if "Import finished" not in text:  # the last calls only clean up
            texts.add(text)

    assert texts
    for text in texts:
        assert "the disk is full" in text and "bytes" in text and "are needed" in text and "are free" in text, text
        assert "import again" in text


def test_anObjectBeingReplacedIsTheOldOrTheNewOneWhole(scene):
    """The process ends at every step of bringing in a changed file with the same SOPInstanceUID."""
    for path in sorted(scene.files.rglob("*.dcm"))[BEFORE:]:
        path.unlink()
    (changed,) = (uid for uid, digest in scene.rowsBefore.items() if scene.rowsAfter[uid] != digest)
    seen = []
    for number in itertools.count(1):
        outcome = scene.failAt(number, KILL, False)
        rows = openedAndSound(scene.database)
        assert set(rows) == set(scene.rowsBefore)
        assert rows[changed] in (scene.rowsBefore[changed], scene.rowsAfter[changed])
        seen.append(rows[changed] == scene.rowsAfter[changed])
        database = DICOMDatabase()
        database.openDatabase(scene.database)
        description = database.fileValue(database.fileForInstance(changed), "0008,103E")
        database.closeDatabase()
        assert description == ("Changed series" if seen[-1] else "Fixture series")
        if outcome is not None:
            break

    print(f"killed at {number - 1} steps: {seen.count(False)} times the old object, then the new one")
    assert number > 20
    assert seen == sorted(seen) and seen[-1]


# SQLite's own calls fail too, which takes the library that is loaded before the C library.

PROGRAM = """
import ctypes, errno, json, shutil, sys
from pathlib import Path
from DICOMLib.Errors import DICOMError
from Testing.DICOMLib.Database.OwnedState import Child, importCopies, openedAndSound
folder, step, kinds = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
database, files = folder / "database" / "study.sqlite", folder / "files"
shim = ctypes.CDLL(None)

def fresh():
    shutil.rmtree(database.parent, ignore_errors=True)
    shutil.copytree(folder / "base", database.parent)

def work(number, code, goesOn):
    shim.shimArm(ctypes.c_long(number), code, int(goesOn))
    try:
        text = importCopies(database, files).asText()
    except DICOMError as error:
        text = str(error)
    calls = shim.shimCalls()
    shim.shimArm(ctypes.c_long(0), 0, 0)
    return calls

fresh()
importCopies(database, files)
expected, before, number, runs = openedAndSound(database), openedAndSound(folder / "base" / "study.sqlite"), 1, 0
while True:
    code, goesOn = kinds[number // step % len(kinds)]
    fresh()
    outcome = Child(work, number, code, goesOn).end()
    if isinstance(outcome, BaseException):
        raise outcome
    rows = openedAndSound(database)
    assert set(before) <= set(rows) <= set(expected), (number, len(rows))
    assert all(digest in (before.get(uid), expected[uid]) for uid, digest in rows.items())
    importCopies(database, files)
    assert openedAndSound(database) == expected
    runs += 1
    if outcome is not None and outcome < number:
        break
    number += step
print(json.dumps([outcome, runs]))
"""


def walkBelow(scene, tmp_path, step, kinds):
    if DiskShim.whyNot():
        pytest.skip(DiskShim.whyNot())
    library = DiskShim.build(tmp_path)
    arguments = [str(tmp_path), str(step), json.dumps(kinds)]
    points, runs = json.loads(DiskShim.run(library, PROGRAM, arguments, Path(scene.database).parent))
    print(f"{runs - 1} of {points} injection points below Python and SQLite covered, 0 corrupt states")
    return points


def test_someCallsOfSQLiteFailAndTheDatabaseIsSound(scene, tmp_path):
    assert walkBelow(scene, tmp_path, 5, list(FAULTS.values())) >= 60


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", FAULTS)
def test_everyCallOfSQLiteFailsAndTheDatabaseIsSound(scene, tmp_path, kind):
    assert walkBelow(scene, tmp_path, 1, [FAULTS[kind]]) >= 60
