"""Loading and closing over and over: memory, descriptors and threads stay as they are."""

import gc
import os
import re
import sys
import threading
from pathlib import Path

import numpy
import pytest

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import axialCT

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="memory and descriptors are read from /proc"),
    pytest.mark.usefixtures("quickGarbage"),
]

MOST_KILOBYTES_A_CYCLE = 50


def residentKilobytes():
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def soak(folder, cycles, settled):
    """:returns: kilobytes a cycle after `settled` cycles, and the numbers of descriptors and threads seen since"""
    bench = Bench()
    for number, syntax in enumerate(("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80")):
        axialCT(
            slices=12, rows=128, columns=128, seriesNumber=number + 1, transferSyntax=syntax, seed=number
        ).write(folder / str(number))
    resident, counts = [], set()
    with WorkerPool(size=2) as workers:
        bench.context = PluginContext(bench.database, bench.scene, workers=workers)
        chosen = bench.examine(folder)
        for cycle in range(cycles):
            bench.registry.load(chosen, bench.context, bench.messages)
            loaded = len(bench.scene.GetNodesByClass("vtkMRMLScalarVolumeNode"))
            bench.scene.Clear()
            gc.collect()
            assert loaded == 3, bench.messages
            if cycle >= settled:
                resident.append(residentKilobytes())
                counts.add((len(os.listdir("/proc/self/fd")), threading.active_count()))
    bench.close()
    slope = numpy.polyfit(range(len(resident)), resident, 1)[0]
    print(f"{cycles} cycles: {slope:.1f} KB a cycle, descriptors and threads {sorted(counts)}")
    return slope, counts


def test_loadingAndClosing60TimesLeavesMemoryHandlesAndThreadsAsTheyAre(tmp_path):
    slope, counts = soak(tmp_path, 60, 20)
    assert slope < MOST_KILOBYTES_A_CYCLE and len(counts) == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_loadingAndClosing1000TimesLeavesMemoryHandlesAndThreadsAsTheyAre(tmp_path):
    """Less than 50 KB a cycle after the first 100; the same descriptors and threads all the time."""
    slope, counts = soak(tmp_path, 1000, 100)
    assert slope < MOST_KILOBYTES_A_CYCLE and len(counts) == 1
