"""Diffusion series: what recognising them adds to an examination, and loading them beside dcm2niix."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median

from .Child import inFreshProcess
from .DiffusionFiles import SERIES, DiffusionFiles
from .Program import Program, importFolder, secondsFor, voxelFacts
from .Results import Row, atMost, figure, ratios
from .SeriesReaders import convertWithDcm2niix
from .Setting import Setting
from .VolumeFiles import nativeVolume

TITLE = "diffusion series: what examining them adds, and loading beside dcm2niix"
_SCALAR = "DICOMScalarVolumePlugin"
_MEMORY_DISK = Path("/dev/shm")
# What is added is the difference of two times, each of which has its own weather.
TIMES_EXAMINED = 5


def examineTwice(database: str) -> dict:
    """Seconds to examine the largest series with the scalar volume plugin alone, and with all. In a process of its own.

    In turn, several times; the least of each counts, since nothing makes work faster than it is.
    """
    with Program(database) as program:
        program.loadSmallest()
        largest = program.seriesBySize()[-1]
        files = len(program.database.filesForSeries(largest))
        alone, together = [], []
        for _ in range(TIMES_EXAMINED):
            alone.append(secondsFor(lambda: program.examine([largest], plugins=[_SCALAR]))[0])
            together.append(secondsFor(lambda: program.examine([largest]))[0])
        return {"alone": min(alone), "together": min(together), "files": files}


def loadDiffusion(database: str, slices: int) -> dict:
    """Records and examination of the largest series, and then loading it into one node. In a process of its own."""
    with Program(database) as program:
        examine, load, node = program.examineAndLoadLargest(slices)
        gradients = node.GetNumberOfGradients()
        return {"examine": examine, "load": load, "volumes": gradients, **voxelFacts(node.voxelArray())}


def run(setting: Setting) -> list[Row]:
    """Ours and dcm2niix in turn."""
    made = {name: make(setting) for name, make in SERIES.items()}
    rows = _examining(setting, made["classic"])
    for name, files in made.items():
        rows += _loading(setting, name, files)
    return rows


def _examining(setting: Setting, files: DiffusionFiles) -> list[Row]:
    rows = []
    for what, database in (("a CT series", nativeVolume(setting).database), ("a diffusion series", files.database)):
        found = [inFreshProcess(examineTwice, database=database) for _ in range(setting.repeats)]
        added = [1e6 * (one["together"] - one["alone"]) / one["files"] for one in found]
        count = found[0]["files"]
        remark = f"{count:,} files in {figure(1000 * median(one['together'] for one in found))} ms"
        rows.append(atMost(f"examine {what}: what diffusion adds for 1,000 files", added, "ms", 20, remark))
    return rows


def _loading(setting: Setting, name: str, files: DiffusionFiles) -> list[Row]:
    onMemory = _MEMORY_DISK.is_dir() and os.access(_MEMORY_DISK, os.W_OK)
    target = _MEMORY_DISK / f"dicommodule-benchmark-{os.getpid()}" if onMemory else setting.fresh("nifti")
    ours, theirs, imports = [], [], []
    for _ in range(setting.repeats):
        ours.append(checked(inFreshProcess(loadDiffusion, database=files.database, slices=files.equivalent), files))
        theirs.append(
            inFreshProcess(convertWithDcm2niix, small=files.small, large=files.large, target=str(target),
                           slices=files.equivalent)
        )  # fmt: skip
        database = setting.fresh("imported.sqlite")
        imports.append(inFreshProcess(importFolder, folder=files.large, database=str(database))["seconds"])
        if theirs[-1]["bytes"] < ours[-1]["voxels"] * 2:
            raise AssertionError(f"dcm2niix wrote {theirs[-1]['bytes']} bytes")
        setting.say(f"  {name}: {ours[-1]['examine']:.3f} s + {ours[-1]['load']:.3f} s; dcm2niix "
                    f"{theirs[-1]['seconds']:.3f} s; import {imports[-1]:.3f} s")  # fmt: skip
    whole = [one["examine"] + one["load"] for one in ours]
    seconds = [one["seconds"] for one in theirs]
    work = f"load {files.volumes} diffusion volumes of {files.slices} × {files.side}² from {files.files:,} {name} files"
    remark = f"{theirs[0]['version']}: {figure(median(seconds))} s, writes {theirs[0]['bytes'] / 1e6:,.0f} MB"
    everything = [one + imported for one, imported in zip(whole, imports, strict=True)]
    return [
        atMost(work, [1000 * one for one in whole], "ms", remark="query, examination and loading"),
        ratios(f"load diffusion from {name} files beside dcm2niix", seconds, [one["load"] for one in ours], 2, remark),
        ratios(f"query, examine and load diffusion from {name} files beside dcm2niix", seconds, whole, 2),
        ratios(f"import, examine and load diffusion from {name} files beside dcm2niix", seconds, everything, None),
    ]


def checked(result: dict, files: DiffusionFiles) -> dict:
    """All measurements came out."""
    voxels = files.volumes * files.slices * files.side**2
    if (result["volumes"], result["voxels"], result["sum"]) != (files.volumes, voxels, files.sum):
        raise AssertionError(f"{result['volumes']} volumes of {result['voxels']} voxels adding up to {result['sum']}")
    return result
