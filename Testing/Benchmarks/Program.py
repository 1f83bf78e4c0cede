"""The program without its window, as the measured processes use it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from DICOMLib.DICOMPlugin import PluginContext
    from DICOMLib.PluginRegistry import LoadablesByPlugin


# Some readers make numbers of four bytes, from numbers of two.
_BYTES_TOUCHED_PER_VOXEL = 8


class Program:
    """A database, the built-in plugins and worker processes, together as the host has them."""

    def __init__(self, database: str):
        from DICOMLib import DICOMDatabase
        from DICOMLib.PluginRegistry import PluginRegistry
        from DICOMLib.Settings import Settings
        from DICOMLib.Workers.WorkerPool import WorkerPool
        from DICOMPlugins import registerBuiltins

        self.registry = PluginRegistry()
        registerBuiltins(self.registry)
        self.database = DICOMDatabase()
        self.database.openDatabase(database)
        self.database.tagsToPrecache = self.registry.tagsToPrecache()
        self.workers = WorkerPool()
        self._settings = Settings()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.workers.close()
        self.database.closeDatabase()

    def seriesBySize(self) -> list[str]:
        """UIDs of all series, the one with the fewest instances first."""
        database = self.database
        studies = database.studyRows(database.patients())
        rows = database.seriesRows([row["StudyInstanceUID"] for row in studies])
        return [row["SeriesInstanceUID"] for row in sorted(rows, key=lambda row: row["instanceCount"])]

    def examine(
        self, seriesUIDs: list[str], database: object = None, plugins: list[str] | None = None
    ) -> LoadablesByPlugin:
        """As the window does it: from the series' UIDs to what can be loaded, the best selected.

        :param database: in place of the program's own
        :param plugins: names of those that are asked; None for all
        """
        database = database or self.database
        messages: list[str] = []
        files = [database.filesForSeries(uid) for uid in seriesUIDs]
        found = self.registry.examine(files, self._context(database), plugins, messages=messages)
        if messages or not any(found.values()):
            raise AssertionError(f"examination: {messages or 'nothing was found'}")
        return found

    def load(self, found: LoadablesByPlugin) -> object:
        """The first node of what is selected, in a scene of its own."""
        messages: list[str] = []
        context = self._context(self.database)
        nodes = self.registry.load(found, context, messages=messages)
        if messages or not nodes:
            raise AssertionError(f"loading: {messages or 'no node came out'}")
        return context.scene.GetNodeByID(nodes[0])

    def examineAndLoadLargest(self, slices: int) -> tuple[float, float, object]:
        """Seconds for records and examination of the largest series, seconds for loading it, and its node.

        :param slices: of 512 × 512, for which memory is made ready
        """
        self.loadSmallest()
        largest = self.seriesBySize()[-1]
        touchMemory(slices)
        examine, found = secondsFor(lambda: self.examine([largest]))
        load, node = secondsFor(lambda: self.load(found))
        return examine, load, node

    def loadSmallest(self) -> None:
        """Everything that is needed is imported and started afterwards."""
        self.load(self.examine(self.seriesBySize()[:1]))

    def context(self) -> PluginContext:
        """A new one, with a scene of its own."""
        return self._context(self.database)

    def _context(self, database: object) -> PluginContext:
        from DICOMLib.DICOMPlugin import PluginContext
        from DICOMLib.Scene.Scene import Scene

        return PluginContext(database, Scene(), self._settings, None, self.workers)


def importFolder(folder: str, database: str) -> dict:
    """Import by link, with what plugins want to know. Runs in a process of its own."""
    from DICOMLib import DICOMIndexer

    with Program(database) as program:
        seconds, report = secondsFor(lambda: DICOMIndexer(program.database).importPaths([folder]))
    if report.skipped or report.notes:
        raise AssertionError(report.asText()[:1000])
    return {"added": report.instancesAdded, "seconds": seconds}


def secondsFor(action: Callable[[], object]) -> tuple[float, object]:
    """How long a call takes, and what it returns."""
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


def processorSeconds(processes: Iterable[int] = ()) -> float:
    """How long processors have worked for this process and others so far (Linux; elsewhere for this process alone)."""
    seconds = time.process_time()
    for number in processes:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
            fields = status.rpartition(")")[2].split()  # the program's name before may hold anything
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def touchMemory(slices: int) -> None:
    """Use as much memory as reading so many slices may take, and give it back.

    A virtual machine takes memory back from a system that has not used it for seconds; to have it again costs several
    times as long as reading the files. Who measures right after this does not pay for it.
    """
    import numpy

    numpy.ones(slices * 512 * 512 * _BYTES_TOUCHED_PER_VOXEL, numpy.uint8)


def voxelFacts(array: object) -> dict:
    """To be compared with what another program read: the number of voxels and their sum."""
    return {"voxels": int(array.size), "sum": int(array.sum(dtype="int64"))}
