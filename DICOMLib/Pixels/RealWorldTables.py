"""Real world values that a file gives by a table, read by worker processes (PS3.3 C.7.6.16.2.11)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..Errors import PixelDataError
from ..Instance import Instance
from ..Progress import Progress
from ..Workers.WorkerPool import Task, WorkerPool, givenOrOwn
from .LookupTable import LookupTable
from .RealWorldValues import Code
from .TableTask import MOST_ENTRIES


@dataclass(frozen=True, eq=False)
class RealWorldTable:
    """A table of one frame or of several.

    :ivar table: stored value → real world value; NaN beyond the stored values that the file maps
    :ivar units: None when they are not stated in full
    :ivar quantity: what is measured; None when it is not stated
    """

    table: LookupTable
    label: str = ""
    units: Code | None = None
    quantity: Code | None = None


def readRealWorldTables(
    wanted: Sequence[tuple[Instance, Sequence[int]]],
    workers: WorkerPool | None = None,
    progress: Progress | None = None,
) -> list[dict[int, RealWorldTable]]:
    """The first table of each frame asked for: for each object, number of the frame → table.

    :param wanted: objects and the numbers of their frames, from 0
    :param workers: one is started for this call when none are given
    :raises PixelDataError: when a frame has none, or a damaged one
    """
    receivers = [_Receiver(instance, frozenset(frames)) for instance, frames in wanted]
    tasks = [receiver.task() for receiver in receivers]
    with givenOrOwn(workers) as pool:
        pool.runAll(tasks, progress)
    return [receiver.tables() for receiver in receivers]


class _Receiver:
    """Takes the tables of one object from a worker, and believes nothing of what comes."""

    def __init__(self, instance: Instance, frames: frozenset[int]):
        self._instance = instance
        self._frames = frames
        self._received: list[tuple[dict, numpy.ndarray]] = []

    def task(self) -> Task:
        path = self._instance.path
        arguments = {"path": os.fsdecode(path), "frames": sorted(self._frames)}
        return Task("DICOMLib.Pixels.TableTask:readRealWorldTables", arguments, self._receive, where=path)

    def _receive(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        sound = len(shape) == 1 and 0 < shape[0] <= MOST_ENTRIES and dtype.kind == "f"
        if not sound or not isinstance(information.get("first"), int) or len(self._received) >= len(self._frames):
            raise PixelDataError("a table of real world values is not one", self._instance.path)
        entries = numpy.empty(shape, dtype)
        self._received.append((information, entries))
        return entries

    def tables(self) -> dict[int, RealWorldTable]:
        found = {}
        for information, entries in self._received:
            made = RealWorldTable(
                _withoutValuesBeyond(information["first"], entries),
                str(information.get("label") or ""),
                _code(information.get("units")),
                _code(information.get("quantity")),
            )
            found.update((frame, made) for frame in information.get("frames") or () if frame in self._frames)
        if len(found) != len(self._frames):
            raise PixelDataError("a frame has no table of real world values", self._instance.path)
        return found


def _withoutValuesBeyond(first: int, entries: numpy.ndarray) -> LookupTable:
    """Single precision where that is exact. Nothing says what stored values mean that the file does not map."""
    narrow = entries.astype(numpy.float32)
    exact = entries if not numpy.array_equal(narrow, entries, equal_nan=True) else narrow
    return LookupTable(first - 1, numpy.concatenate([[numpy.nan], exact, [numpy.nan]], dtype=exact.dtype))


def _code(parts: object) -> Code | None:
    isComplete = isinstance(parts, list) and len(parts) == 3 and all(isinstance(part, str) for part in parts)
    return tuple(parts) if isComplete and parts[0] and parts[1] else None
