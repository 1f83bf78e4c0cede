"""Loading a native CT series from the database, beside reading its bytes and beside other readers of series."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .Child import inFreshProcess
from .Peers import PeerMissingError, slicerPython
from .Program import Program, voxelFacts
from .Results import Row, atMost, figure, median, notMeasured, ratios
from .SeriesReaders import convertWithDcm2niix, readBytes, readWithSimpleITK, readWithSlicer
from .Setting import Setting
from .VolumeFiles import VolumeFiles, nativeVolume, storedSum

TITLE = "load a native CT series, beside its bytes, dcm2niix, SimpleITK and Slicer's reader"
INTERCEPT = -1024
_MEMORY_DISK = Path("/dev/shm")


def loadVolume(database: str, slices: int) -> dict:
    """Records and examination of the largest series, and then loading it into a node. Runs in a process of its own."""
    with Program(database) as program:
        examine, load, node = program.examineAndLoadLargest(slices)
        return {"examine": examine, "load": load, **voxelFacts(node.voxelArray())}


def run(setting: Setting) -> list[Row]:
    """Ours, the bytes and the peers in turn."""
    files = nativeVolume(setting)
    readers, missing = _readers(setting, files)
    ours: list[dict] = []
    theirs: dict[str, list[dict]] = {name: [] for name in readers}
    for _ in range(setting.repeats):
        ours.append(checked("ours", inFreshProcess(loadVolume, database=files.database, slices=files.slices), files))
        for name, read in readers.items():
            theirs[name].append(checked(name, read(), files))
        others = "; ".join(f"{name} {_milliseconds(results[-1]['seconds'])}" for name, results in theirs.items())
        setting.say(f"  {_milliseconds(ours[-1]['load'])} after {_milliseconds(ours[-1]['examine'])}; {others}")
    return _ownRows(setting, ours, theirs.pop("bytes")) + _peerRows(ours, theirs) + missing


def _readers(setting: Setting, files: VolumeFiles) -> tuple[dict[str, Callable[[], dict]], list[Row]]:
    """By name; and a row for each that is missing."""
    both = {"small": files.small, "large": files.large}
    onMemory = _MEMORY_DISK.is_dir() and os.access(_MEMORY_DISK, os.W_OK)
    target = _MEMORY_DISK / f"dicommodule-benchmark-{os.getpid()}" if onMemory else setting.fresh("nifti")
    readers = {
        "bytes": lambda: inFreshProcess(readBytes, database=files.database, folder=files.large),
        "dcm2niix": lambda: inFreshProcess(convertWithDcm2niix, target=str(target), **both),
        "SimpleITK's `ImageSeriesReader`": lambda: inFreshProcess(readWithSimpleITK, **both),
    }
    name = "Slicer's series reader"
    try:
        python = slicerPython()
    except PeerMissingError as error:
        return readers, [notMeasured(f"load beside {name}", str(error))]
    return readers | {name: lambda: inFreshProcess(readWithSlicer, python=python, **both)}, []


def checked(name: str, result: dict, files: VolumeFiles) -> dict:
    """The same voxels came out, stored or rescaled."""
    voxels = files.slices * 512 * 512
    if "bytes" in result:
        if result["bytes"] < voxels * 2:
            raise AssertionError(f"{name} wrote {result['bytes']} bytes")
        return result
    stored = storedSum(files.slices)
    if result["voxels"] != voxels or result["sum"] not in (stored, stored + INTERCEPT * voxels):
        raise AssertionError(f"{name} read {result['voxels']} voxels, which add up to {result['sum']}")
    return result


def _ownRows(setting: Setting, ours: list[dict], bytesRead: list[dict]) -> list[Row]:
    work = f"load {setting.slices:,} × 512² × int16 of CT from the database"
    reading = [one["seconds"] for one in bytesRead]
    loading = [one["load"] for one in ours]
    whole = [one["examine"] + one["load"] for one in ours]
    remark = f"reading: {_milliseconds(median(reading))}"
    return [
        atMost(work, [1000 * one for one in loading], "ms", remark="after the examination"),
        atMost("load beside reading the same bytes into one array", _quotients(loading, reading), "×", 2, remark),
        atMost("the same with the records' query and the examination", _quotients(whole, reading), "×"),
    ]


def _peerRows(ours: list[dict], theirs: dict[str, list[dict]]) -> list[Row]:
    """Others find out what the files are too: the examination counts."""
    whole = [one["examine"] + one["load"] for one in ours]
    rows = []
    for name, results in theirs.items():
        seconds = [one["seconds"] for one in results]
        made = f"writes {results[0]['bytes'] / 1e6:,.0f} MB" if "bytes" in results[0] else f"as {results[0]['type']}"
        remark = f"{results[0]['version']}: {figure(median(seconds))} s, {made}"
        least = 2 if name == "dcm2niix" else 5
        rows.append(ratios(f"query, examine and load beside {name}", seconds, whole, least, remark))
    return rows


def _quotients(ours: list[float], theirs: list[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def _milliseconds(seconds: float) -> str:
    return f"{figure(1000 * seconds)} ms"
