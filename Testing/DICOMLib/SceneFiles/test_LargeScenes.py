"""A large scene is saved and opened in about the time that its bytes take, and in the memory that they take."""

from __future__ import annotations

import gzip
import os
import sys
import threading
import time

import numpy
import pytest

from DICOMLib.Progress import Progress
from DICOMLib.Scene.GzipStream import GzipStream
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Promises import Promises

SLICES = 1024
VOLUMES = 2
MOST_ABOVE = 300 << 20
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory of the process is read from /proc")


def _scene() -> Scene:
    """Two CTs of 512 MiB, with noise as scanners have it."""
    scene, generator = Scene(), numpy.random.default_rng(1)
    noise = generator.integers(-30, 30, (64, 512, 512)).astype(numpy.int16)
    noise += numpy.linspace(-1000, 1500, 512).astype(numpy.int16)
    for number in range(VOLUMES):
        array = numpy.empty((SLICES, 512, 512), numpy.int16)
        for start in range(0, SLICES, 64):
            array[start : start + 64] = noise + start
        scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"CT {number}").setVoxelArray(array)
    return scene


class _PeakMemory:
    """The most memory that this process had inside the block, above what it had at its start."""

    def __enter__(self):
        self._isOver, self._start = False, self._now()
        self.bytes = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._isOver = True
        self._thread.join()

    def _watch(self):
        while not self._isOver:
            self.bytes = max(self.bytes, self._now() - self._start)
            time.sleep(0.005)

    @staticmethod
    def _now() -> int:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _compressAndWrite(scene: Scene, path) -> None:
    with open(path, "wb") as stream:
        packed = GzipStream(stream)
        for node in scene.GetNodesByClass("vtkMRMLScalarVolumeNode"):
            data = memoryview(node.voxelArray().reshape(-1)).cast("B")
            for start in range(0, len(data), 1 << 22):
                packed.write(data[start : start + (1 << 22)])
        packed.finish()
        packed.close()
        os.fsync(stream.fileno())


def _readAndDecompress(path) -> None:
    buffer = bytearray(1 << 22)
    with gzip.open(path) as stream:
        while stream.readinto(buffer):
            continue


def _seconds(promised: Promises, work) -> float:
    start = promised.now()
    work()
    return promised.now() - start


@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.timeout(600)
def test_aSceneOf1GBTakesTwiceTheTimeOfItsBytesAtMostAndLittleMemoryBesideThem(tmp_path, promised):
    scene, path, plain = _scene(), tmp_path / "large.mrb", tmp_path / "plain.gz"
    reports: list[int] = []
    progress = Progress(lambda state: reports.append(state.done))
    size = VOLUMES * SLICES * 512 * 512 * 2
    written = _seconds(promised, lambda: _compressAndWrite(scene, plain))
    with _PeakMemory() as saving:
        saved = _seconds(promised, lambda: saveScene(scene, path, progress=progress))
    assert len(reports) > 20
    scene.Clear()
    read = _seconds(promised, lambda: _readAndDecompress(plain))
    with _PeakMemory() as opening:
        opened = _seconds(promised, lambda: openScene(path, runWorkers(), Progress()))
    print(
        f"saved in {saved:.1f} s (bytes alone {written:.1f} s) with {saving.bytes / 1e6:.0f} MB more; "
        f"opened in {opened:.1f} s (bytes alone {read:.1f} s) with {(opening.bytes - size) / 1e6:.0f} MB above the data"
    )
    assert saved < 2 * written
    assert opened < 2 * read
    assert max(saving.bytes, opening.bytes - size) < MOST_ABOVE
