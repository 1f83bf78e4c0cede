"""Memory of all processes while many files are imported."""

from __future__ import annotations

from .Child import inFreshProcess
from .CTFiles import evenPlan
from .LinkImport import importInto
from .Memory import CAN_MEASURE, MemoryWatch
from .Results import Row, atMost, notMeasured
from .Setting import Setting

TITLE = "memory while importing"
MOST_GROWTH = 1.1


def run(setting: Setting) -> list[Row]:
    """One import, sampled ten times a second."""
    work = f"memory of all processes while importing {setting.filesForMemory:,} files"
    if not CAN_MEASURE:
        return [notMeasured(work, "this system does not tell")]
    folder, database = setting.fresh("many"), setting.fresh("many.sqlite")
    setting.generate(folder, evenPlan(setting.filesForMemory))
    watch = MemoryWatch()
    result = inFreshProcess(importInto, watch, folder=str(folder), database=str(database))
    setting.remove(folder)
    setting.remove(database)
    if result["added"] != setting.filesForMemory:
        raise AssertionError(f"{result['added']} of {setting.filesForMemory} files were imported")
    rate = setting.filesForMemory / result["seconds"]
    setting.say(f"  at most {watch.peak / 1e6:.0f} MB, {rate:,.0f} files/s")
    return [
        atMost(work, [watch.peak / 1e6], "MB", 300, "proportional set size, sampled every 0.1 s"),
        atMost("memory stays flat: peak of the last third over that of the second", [watch.growth()], "×", MOST_GROWTH),
    ]
