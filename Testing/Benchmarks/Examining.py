"""Examining series that the database knows: from their UIDs to the ways they can be loaded."""

from __future__ import annotations

import time
from collections.abc import Callable

from .Child import inFreshProcess
from .CTFiles import SeriesPlan
from .Program import Program, importFolder, secondsFor
from .Results import Row, atMost
from .Setting import Setting
from .VolumeFiles import SLICES_TO_WARM_UP

TITLE = "examine a long series, and a patient with many"
_SMALL, _LONG, _MANY = "small", "long", "many"


class TimedDatabase:
    """A database that adds up the time of the outermost calls of its methods.

    :ivar seconds: so far
    """

    def __init__(self, database: object):
        self._database = database
        self._depth = 0
        self.seconds = 0.0

    def __getattr__(self, name: str) -> object:
        value = getattr(self._database, name)
        return self._timed(value) if callable(value) else value

    def _timed(self, method: Callable) -> Callable:
        def call(*arguments: object, **keywords: object) -> object:
            started = time.perf_counter()
            self._depth += 1
            try:
                return method(*arguments, **keywords)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.seconds += time.perf_counter() - started

        return call


def examinePatients(database: str) -> dict:
    """Seconds for the long series and for all series of a patient; the part of the database. Runs in a process of its
    own."""
    with Program(database) as program:
        series = {}
        for patient in program.database.patientRows():
            studies = program.database.studyRows([patient["patientUID"]])
            rows = program.database.seriesRows([study["StudyInstanceUID"] for study in studies])
            kind = _MANY if len(rows) > 1 else _LONG if rows[0]["instanceCount"] > SLICES_TO_WARM_UP else _SMALL
            series[kind] = [row["SeriesInstanceUID"] for row in rows]
        program.examine(series[_SMALL])
        return {kind: _examined(program, series[kind]) for kind in (_LONG, _MANY)}


def _examined(program: Program, seriesUIDs: list[str]) -> dict:
    timed = TimedDatabase(program.database)
    seconds, found = secondsFor(lambda: program.examine(seriesUIDs, timed))
    files = {file for loadables in found.values() for one in loadables if one.selected for file in one.files}
    return {"seconds": seconds, "database": timed.seconds, "files": len(files)}


def run(setting: Setting) -> list[Row]:
    """Each time in a new process."""
    slices, long = max(4, setting.slices // 3), max(4, setting.slices * 5 // 3)
    many = [SeriesPlan(0, number // 4, number, slices) for number in range(setting.seriesExamined)]
    others = [SeriesPlan(1, len(many), len(many), long), SeriesPlan(2, len(many) + 1, len(many) + 1, SLICES_TO_WARM_UP)]
    folder = setting.once("examined", lambda folder: setting.generate(folder, [*many, *others]))
    database = setting.fresh("examined.sqlite")
    inFreshProcess(importFolder, folder=str(folder), database=str(database))
    found = []
    for _ in range(setting.repeats):
        found.append(inFreshProcess(examinePatients, database=str(database)))
        if [found[-1][kind]["files"] for kind in (_LONG, _MANY)] != [long, slices * len(many)]:
            raise AssertionError(f"{found[-1]} were selected")
    work = f"examine a patient with {len(many)} series of {slices:,} slices"
    return [
        *_rows(f"examine a series of {long:,} slices", [one[_LONG] for one in found], "ms", 50),
        *_rows(work, [one[_MANY] for one in found], "s", 1),
    ]


def _rows(work: str, results: list[dict], unit: str, most: float) -> list[Row]:
    """The whole, and what of it is not the database's."""
    times = 1000 if unit == "ms" else 1
    whole = [times * one["seconds"] for one in results]
    analysis = [times * (one["seconds"] - one["database"]) for one in results]
    return [
        atMost(work, whole, unit, most, "the records' query included"),
        atMost(f"{work}: of this the analysis", analysis, unit),
    ]
