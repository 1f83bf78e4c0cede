"""A large scene as a file and as one DICOM object, there and back, beside (de)compressing the same bytes."""

from __future__ import annotations

import gzip
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .Child import inFreshProcess
from .LoadMemory import canMeasure, forgetPeak, kilobytes
from .Program import Program, secondsFor
from .Results import Row, atMost, figure, median, notMeasured
from .Setting import SLICES, Setting, flush
from .VolumeFiles import PATTERNS, patterns

if TYPE_CHECKING:
    from DICOMLib.DICOMPlugin import PluginContext
    from DICOMLib.Scene.Scene import Scene

TITLE = "a scene of 1 GB as a file and as a DICOM object, beside (de)compressing its bytes"
MOST_TIMES_BYTES = 2
MOST_MEGABYTES = 300
MOST_SECONDS_TO_CANCEL = 1
VOLUMES = 2
SLICES_OF_A_VOLUME = 1024
_BLOCK = 1 << 22
_STEPS = {
    "save": "save it as .mrb", "open": "open the .mrb",
    "export": "export it as a DICOM object, read back included", "load": "load it from the database, digest included",
}  # fmt: skip


def throughFiles(folder: str, slices: int) -> dict:
    """Of each step seconds, memory in bytes above the scene's data, the longest time without news, and seconds from a
    cancel to its end; and seconds of the bytes alone. Runs in a process of its own."""
    from DICOMLib.Database.Indexer import DICOMIndexer
    from DICOMLib.SceneFiles.SceneOpening import openScene
    from DICOMLib.SceneFiles.SceneSaving import saveScene

    root = Path(folder)
    with Program(str(root / "database" / "ctk.sql")) as program:
        _makeSmall(program, root / "small")
        context = program.context()
        size = _fill(context.scene, slices)
        flush()
        written = secondsFor(lambda: _compressAndWrite(context.scene, root / "plain.gz"))[0]
        found: dict = {"data": size, "bytes": {"save": written, "export": written}}
        found["save"] = _watched(lambda progress: saveScene(context.scene, root / "s.mrb", progress=progress))
        flush()
        folders = iter((root / "object", root / "cancelled"))
        found["export"] = _watched(lambda progress: _export(context, next(folders), progress))
        flush()
        context.scene.Clear()
        read = secondsFor(lambda: _readAndDecompress(root / "plain.gz"))[0]
        found["bytes"] |= {"open": read, "load": read}
        found["open"] = _watched(lambda progress: openScene(root / "s.mrb", program.workers, progress), size)
        (uid,) = DICOMIndexer(program.database).importPaths([root / "object"], copyFiles=True).seriesUIDs
        offered = program.examine([uid])
        found["load"] = _watched(lambda progress: _load(program, offered, progress), size)
    return found


def _makeSmall(program: Program, folder: Path) -> None:
    """Everything that is needed is imported and started afterwards."""
    from DICOMLib.Database.Indexer import DICOMIndexer
    from DICOMLib.Progress import Progress

    context = program.context()
    _fill(context.scene, 2)
    _export(context, folder, Progress())
    (uid,) = DICOMIndexer(program.database).importPaths([folder], copyFiles=True).seriesUIDs
    _load(program, program.examine([uid]), Progress())


def _fill(scene: Scene, slices: int) -> int:
    """:returns: bytes of the voxels"""
    import numpy

    size = 0
    for number in range(VOLUMES):
        voxels = numpy.empty((slices, 512, 512), numpy.int16)
        for k in range(slices):
            voxels[k] = patterns()[k % PATTERNS]
            voxels[k] -= 1024
        scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"CT {number}").setVoxelArray(voxels)
        size += voxels.nbytes
    return size


def _export(context: PluginContext, folder: Path, progress: object) -> None:
    from DICOMPlugins.DICOMSlicerDataBundlePlugin import DICOMSlicerDataBundlePluginClass

    plugin = DICOMSlicerDataBundlePluginClass()
    plugin.context = context
    context.progress = progress
    plugin.exportScene(str(folder), {"PatientName": "Scene^Large", "PatientID": "1"})


def _load(program: Program, offered: dict, progress: object) -> object:
    """:returns: the context, for its scene to last"""
    context = program.context()
    messages: list[str] = []
    if not program.registry.load(offered, context, messages, progress):
        raise AssertionError(messages)
    return context


def _watched(work: Callable, size: int = 0) -> dict:
    """Do it once, and once more to cancel it half way.

    :param size: bytes that it leaves in memory
    """
    from DICOMLib.Errors import CancelledError
    from DICOMLib.Progress import Progress

    class Watched(Progress):
        """Remembers when it was told something."""

        times: list[float]

        def report(self, *arguments: object, **options: object) -> None:
            self.times.append(time.perf_counter())
            super().report(*arguments, **options)

    progress = Watched()
    progress.times = [time.perf_counter()]
    before = kilobytes("self", "VmRSS")
    forgetPeak()
    seconds, result = secondsFor(lambda: work(progress))
    more = (kilobytes("self", "VmHWM") - before) * 1024 - size
    times = [*progress.times, time.perf_counter()]
    silence = max(later - earlier for earlier, later in zip(times, times[1:], strict=False))
    del result
    cancelled = Progress()
    asked: list[float] = []
    timer = threading.Timer(seconds / 2, lambda: (asked.append(time.perf_counter()), cancelled.cancel()))
    timer.start()
    try:
        work(cancelled)
    except CancelledError:
        ended = time.perf_counter() - asked[0]
    else:
        ended = 0.0
        timer.cancel()
    return {"seconds": seconds, "more": more, "news": len(times), "silence": silence, "cancel": ended}


def _compressAndWrite(scene: Scene, path: Path) -> None:
    import os

    from DICOMLib.Scene.GzipStream import GzipStream

    with open(path, "wb") as stream:
        packed = GzipStream(stream)
        for node in scene.GetNodesByClass("vtkMRMLScalarVolumeNode"):
            data = memoryview(node.voxelArray().reshape(-1)).cast("B")
            for start in range(0, len(data), _BLOCK):
                packed.write(data[start : start + _BLOCK])
        packed.finish()
        packed.close()
        os.fsync(stream.fileno())


def _readAndDecompress(path: Path) -> None:
    buffer = bytearray(_BLOCK)
    with gzip.open(path) as stream:
        while stream.readinto(buffer):
            continue


def run(setting: Setting) -> list[Row]:
    """Each step beside the bytes alone of the same run."""
    if not canMeasure():
        return [notMeasured("memory of a scene's file beside its data", "this system does not tell")]
    slices = max(4, SLICES_OF_A_VOLUME * setting.slices // SLICES)
    results = []
    for _ in range(min(3, setting.repeats)):
        folder = setting.fresh("scene")
        folder.mkdir()
        results.append(inFreshProcess(throughFiles, folder=str(folder), slices=slices))
        shutil.rmtree(folder)
        setting.say(f"  {_told(results[-1])}")
    data = f"a scene of {results[0]['data'] / 1e9:.2g} GB"
    return [row for step, words in _STEPS.items() for row in _rows(f"{data}: {words}", step, results)]


def _told(result: dict) -> str:
    return "; ".join(f"{step} {result[step]['seconds']:.2f} s" for step in _STEPS)


def _rows(work: str, step: str, results: list[dict]) -> list[Row]:
    bytesAlone = [one["bytes"][step] for one in results]
    times = [one[step]["seconds"] / one["bytes"][step] for one in results]
    alone = "reading and decompressing" if step in ("open", "load") else "compressing and writing"
    silence = max(one[step]["silence"] for one in results)
    news = f"at most {figure(silence)} s without news of its progress"
    return [
        atMost(f"{work}, beside {alone} the same bytes", times, "×", MOST_TIMES_BYTES,
               f"{figure(median([one[step]['seconds'] for one in results]))} s; bytes alone "
               f"{figure(median(bytesAlone))} s; {news}"),
        atMost(f"{work}: peak memory above the data", [max(0, one[step]["more"]) / 1e6 for one in results], "MB",
               MOST_MEGABYTES),
        atMost(f"{work}: from a cancel half way to its end", [one[step]["cancel"] for one in results], "s",
               MOST_SECONDS_TO_CANCEL, worst=True),
    ]  # fmt: skip
