"""A scene is exported whole or not at all, whenever the program dies, is asked to end, or the disk is full."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.TemporaryFolders import removeAbandonedFolders
from DICOMLib.Export.Exporting import examineItems, exportToDatabase, exportToFolder
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMPlugins.SceneBundle.BundleReading import extractBundle
from Testing.DICOMLib.SceneFiles.ScenesForTests import richScene
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures.ForkedWork import countedCalls, exitCode, killedAfterChange, killedAtCall
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.Waiting import waitFor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked, and their files limited")
REPOSITORY = Path(__file__).parents[3]
FEW, MANY = 4, 50
POINTS = pytest.mark.parametrize("points", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
TARGETS = pytest.mark.parametrize("target", ["folder", "database"])
REFUSED = 3
# A program that stops where it has unpacked what is below a folder, until it is asked to end.
HELD = """
import sys, time
from pathlib import Path
from DICOMLib.Progress import Progress
from DICOMModule.__main__ import main

folder, mark = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
raiseIfCancelled = Progress.raiseIfCancelled

def held(progress):
    if list(folder.rglob("scene/source/Data/*")):
        mark.touch()
        while not progress.cancelled:
            time.sleep(0.01)
    raiseIfCancelled(progress)

Progress.raiseIfCancelled = held
sys.exit(main())
"""


class Place:
    """Where objects are exported to, by processes that may end at any moment."""

    def __init__(self, folder: Path, target: str):
        self.folder = folder / target
        self.folder.mkdir()
        self._target = target
        self._temporary = folder / "temporary"
        self._temporary.mkdir()
        self.whole = 0
        if target == "database":
            self._opened().closeDatabase()  # so that the first export does no more than those after it

    def export(self) -> None:
        """In this process, which starts a worker of its own."""
        import tempfile

        tempfile.tempdir = str(self._temporary)
        bench = Bench(scene=richScene(), workers=None)
        hierarchy = bench.scene.GetSubjectHierarchyNode()
        item = hierarchy.GetItemByDataNode(bench.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"))
        types = examineItems(bench.registry, [item], bench.context)
        (found,) = [one for one in types if one.label == "Slicer Data Bundle"]
        if self._target == "folder":
            exportToFolder(bench.registry, found.exportables, str(self.folder), bench.context)
        else:
            bench.context.database = self._opened()
            exportToDatabase(bench.registry, found.exportables, bench.context)

    def _opened(self) -> DICOMDatabase:
        database = DICOMDatabase()
        database.openDatabase(str(self.folder / "ctk.sql"))
        return database

    def check(self) -> int:
        """Everything there is a whole object. :returns: how many more than before"""
        if self._target == "folder":
            files = [path for path in self.folder.rglob("*.dcm") if not path.relative_to(self.folder).parts[0][0] == "."
                     and "DICOMModule-" not in str(path.relative_to(self.folder))]  # fmt: skip
        else:
            database = self._opened()
            files = [Path(file) for uid in database.allSeries() for file in database.filesForSeries(uid)]
            database.closeDatabase()
        for number, file in enumerate(files):
            target = self._temporary.parent / f"out {number}"
            assert extractBundle(str(file), str(target), runWorkers()).isVerified
            target.unlink()
        before, self.whole = self.whole, len(files)
        return len(files) - before

    def tidy(self) -> None:
        """Take away what a killed export left: the next one would do so, by changes that nobody has counted."""
        for folder in (self.folder, self._temporary):
            removeAbandonedFolders(folder)

    def leftovers(self) -> list[str]:
        """Of exports that were killed, after a program has been started anew."""
        removeAbandonedFolders(self._temporary)
        found = [path for folder in (self.folder, self._temporary) for path in folder.rglob("*")]
        return [str(path) for path in found if path.is_file() and "DICOMModule-" in str(path)]


@pytest.mark.timeout(600)
@POINTS
@TARGETS
def test_aProgramKilledAtAnyMomentLeavesAWholeObjectOrNone(tmp_path, target, points):
    """Half of the moments are anywhere, half are after the last things it changes on the disk, one by one."""
    place = Place(tmp_path, target)
    calls, changes = countedCalls(place.export)
    assert place.check() == 1
    chance, whole = random.Random(5), 0
    for point in range(points):
        place.tidy()
        moment = chance.randrange(1, calls) if point > 1 else calls // 2
        isKilled = killedAfterChange(place.export, changes - point // 2) if point % 2 else (
            killedAtCall(place.export, moment)
        )  # fmt: skip
        more = place.check()
        assert more in (0, 1) and (isKilled or more)
        whole += more
    print(f"killed {points} times while exporting to a {target}: {whole} whole objects, the others left nothing")
    assert 0 < whole < points
    assert exitCode(place.export) == 0
    assert place.check() == 1
    assert place.leftovers() == []


@pytest.mark.timeout(600)
@POINTS
@TARGETS
def test_aDiskThatIsFullAtAnyByteLeavesAWholeObjectOrNone(tmp_path, target, points):
    """A limit of the system on the size of files stands for the disk: writes fail half way, in Python and in C.

    Whatever does not reach the end of the object fails, and what does succeeds: half of the points are around it.
    """
    place = Place(tmp_path, target)
    assert exitCode(place.export) == 0
    assert place.check() == 1
    largest = max(path.stat().st_size for path in place.folder.rglob("*") if path.is_file())
    chance, failures = random.Random(6), 0
    for point in range(points):
        isBelow = point % 2 == 0
        # Numbers and identifiers, which are new in each object, make it some bytes shorter or longer.
        limit = chance.randrange(1, largest - 200) if isBelow else chance.randrange(largest + 200, 2 * largest)
        code = exitCode(lambda limit=limit: limited(place.export, limit))
        assert code == (REFUSED if isBelow else 0), f"at {limit} bytes, of {largest}"
        assert place.check() == (not isBelow)
        assert place.leftovers() == []
        failures += isBelow
    print(f"{failures} of {points} exports to a {target} failed, and left nothing; {points - failures} had room")


def limited(work, size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    from DICOMLib.Errors import DICOMError

    try:
        work()
    except DICOMError as error:
        os._exit(REFUSED if str(error).endswith(".") else 1)


@pytest.mark.parametrize("output", ["scene.mrml", "scene.dcm"])
def test_aProgramThatIsAskedToEndWhileItWorksLeavesNoProcessAndNoFile(tmp_path, output):
    scene, temporary, mark = Scene(), tmp_path / "temporary", tmp_path / "held"
    voxels = numpy.arange(64, dtype=numpy.int16).reshape(4, 4, 4)
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT").setVoxelArray(voxels)
    source, target = saveScene(scene, tmp_path / "source.mrb").path, tmp_path / "out" / output
    temporary.mkdir()
    target.parent.mkdir()
    command = [sys.executable, "-c", HELD, temporary, mark, "scene", "convert", str(source), "-o", str(target)]
    with subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ, "TMPDIR": str(temporary)},
                          stderr=subprocess.PIPE, start_new_session=True) as program:  # fmt: skip
        waitFor(lambda: mark.exists() or program.poll() is not None, what="the unpacking")
        assert list(temporary.rglob("scene/source/Data/*"))
        program.send_signal(signal.SIGTERM)
        said = program.communicate(timeout=60)[1]
    assert (program.returncode, said) == (130, b"dicommodule: cancelled.\n")
    assert subprocess.run(["ps", "-o", "pid=", "-g", str(program.pid)], capture_output=True).stdout == b""
    assert list(temporary.iterdir()) == [] and list(target.parent.iterdir()) == []
