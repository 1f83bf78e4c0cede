"""Grows a database by real imports of portions of files, and records what each portion costs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .Child import inFreshProcess
from .CTFiles import SeriesPlan, fileName, seriesFolder
from .LinkImport import importInto
from .Results import Row, atLeast, atMost
from .Setting import Setting

TITLE = "growth of a database"
PORTIONS = 10
SERIES_OF_FIRST_PATIENT = 200
INSTANCES_OF_LARGEST_SERIES = 1000


@dataclass
class GrownDatabase:
    """A large database and how it came to be.

    :ivar rates: files a second of each portion
    """

    path: Path
    rates: list[float] = field(default_factory=list)


def hospitalPlan(instances: int, series: int, patients: int) -> list[SeriesPlan]:
    """So many of each in all, as evenly as it goes, but for one patient with 200 series and one series with 1,000
    instances (a tenth of all where that is less).

    >>> plans = hospitalPlan(1_000_000, 20_000, 5_000)
    >>> sum(plan.slices for plan in plans), len(plans), len({plan.patient for plan in plans}), plans[0].slices
    (1000000, 20000, 5000, 1000)
    """
    largest = min(INSTANCES_OF_LARGEST_SERIES, instances // 10)
    first = min(SERIES_OF_FIRST_PATIENT, series // 10)
    each, rest = divmod(instances - largest, series - 1)
    plans = []
    for number in range(series):
        slices = largest if number == 0 else each + (number <= rest)
        patient = 0 if number < first else 1 + (number - first) * (patients - 1) // (series - first)
        study = number // 20 if number < first else series + patient * 2 + number % 2
        plans.append(SeriesPlan(patient, study, number, slices))
    return plans


def portions(plans: list[SeriesPlan], count: int) -> list[list[SeriesPlan]]:
    """Whole series in portions of about the same number of files."""
    total = sum(plan.slices for plan in plans)
    parts: list[list[SeriesPlan]] = [[] for _ in range(count)]
    done = 0
    for plan in plans:
        parts[done * count // total].append(plan)
        done += plan.slices
    return [part for part in parts if part]


def grow(setting: Setting, path: Path) -> GrownDatabase:
    """Import portion by portion; the files of each are written over those of the last, whose entries stay."""
    grown = GrownDatabase(path)
    plans = hospitalPlan(setting.instances, setting.series, setting.patients)
    folder, before = setting.fresh("portion"), []
    for part in portions(plans, PORTIONS):
        files = sum(plan.slices for plan in part)
        handOn(folder, before, part)
        setting.generate(folder, part)
        result = inFreshProcess(importInto, folder=str(folder), database=str(path))
        if result["added"] != files:
            raise AssertionError(f"{result['added']} of {files} files were imported")
        grown.rates.append(files / result["seconds"])
        setting.say(f"  {grown.rates[-1]:,.0f} files/s")
        before = part
    setting.remove(folder)
    return grown


def handOn(folder: Path, before: Sequence[SeriesPlan], after: Sequence[SeriesPlan]) -> None:
    """Move the files of one portion to where those of the next belong, to be written over; remove the others.

    New files right after as many were removed cost ten times as much: ext4 does not use the inode of a file again for
    some seconds (``recently_deleted`` in its ialloc.c) and looks at each such one for every new file.
    """
    for old, new in zip(before, after, strict=False):
        source, target = seriesFolder(folder, old), seriesFolder(folder, new)
        target.parent.mkdir(exist_ok=True)
        source.rename(target)
        for index in range(new.slices, old.slices):
            (target / fileName(index)).unlink()
    for old in before[len(after) :]:
        shutil.rmtree(seriesFolder(folder, old))
    for patient in {seriesFolder(folder, old).parent for old in before}:
        if not any(patient.iterdir()):
            patient.rmdir()


def run(setting: Setting) -> list[Row]:
    """Import cost from the first tenth to the last, and the size on the disk."""
    grown = setting.largeDatabase()
    size = os.path.getsize(grown.path)
    each = " · ".join(f"{rate:,.0f}" for rate in grown.rates)
    remark = f"files/s in each tenth: {each}"
    return [
        atLeast(f"growth to {setting.instances:,} instances by link-import", grown.rates, "files/s", None, remark),
        atLeast("growth is linear: rate of the last three tenths beside that of the first three",
                [sum(grown.rates[-3:]) / sum(grown.rates[:3])], "×", 0.7),
        atMost("size on disk per instance", [size / setting.instances], "bytes", 700),
    ]  # fmt: skip
