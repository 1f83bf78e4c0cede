"""Lookup tables of files, read by worker processes before the pixels they are applied to."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy

from ..Errors import PixelDataError
from ..Instance import Instance
from ..Progress import Progress
from ..TagPaths import normalizedPath
from ..Workers.WorkerPool import Task, WorkerPool, givenOrOwn
from .LookupTable import LookupTable
from .TableTask import MOST_ENTRIES

MODALITY_TABLE = normalizedPath("ModalityLUTSequence[0].LUTDescriptor")
# More tables than this in one file are not there to be looked at.
_MOST_TABLES = 1000
DISPLAY_TABLES = normalizedPath("VOILUTSequence[*].LUTDescriptor")


def hasModalityTable(instance: Instance) -> bool:
    """Whether a table, not slope and intercept, gives voxels their values."""
    return bool(instance.values.get(MODALITY_TABLE))


def hasDisplayTables(instance: Instance) -> bool:
    """Whether there is a table for showing the image instead of a window."""
    return bool(instance.values.get(DISPLAY_TABLES))


def readPalettes(
    instances: Sequence[Instance], workers: WorkerPool, progress: Progress | None = None
) -> list[LookupTable]:
    """The colours of each object.

    :raises PixelDataError: when one has no palette, or a damaged one
    """
    return _readFirst("readPalette", instances, workers, progress)


def readModalityTables(
    instances: Sequence[Instance], workers: WorkerPool, progress: Progress | None = None
) -> list[LookupTable]:
    """The modality table of each object. :raises PixelDataError: when one has none, or a damaged one"""
    return _readFirst("readModalityTable", instances, workers, progress)


def readModalityTable(
    instance: Instance, workers: WorkerPool | None = None, progress: Progress | None = None
) -> LookupTable:
    """The modality table of one object.

    :param workers: one is started for this call when none are given
    :raises PixelDataError: when it has none, or a damaged one
    """
    with givenOrOwn(workers) as pool:
        return readModalityTables([instance], pool, progress)[0]


def readDisplayTables(
    instance: Instance, workers: WorkerPool | None = None, progress: Progress | None = None
) -> list[LookupTable]:
    """The tables of an object for showing it, none when it has none.

    :param workers: one is started for this call when none are given
    :raises PixelDataError: when they are damaged
    """
    receiver = _TableReceiver(instance)
    task = _task("readDisplayTables", receiver)
    with givenOrOwn(workers) as pool:
        pool.run(task, progress)
    return receiver.tables()


def _readFirst(
    function: str, instances: Sequence[Instance], workers: WorkerPool, progress: Progress | None
) -> list[LookupTable]:
    receivers = [_TableReceiver(instance) for instance in instances]
    workers.runAll([_task(function, receiver) for receiver in receivers], progress)
    return [receiver.tables()[0] for receiver in receivers]


def _task(function: str, receiver: _TableReceiver) -> Task:
    path = receiver.instance.path
    arguments = {"path": os.fsdecode(path)}
    return Task(f"DICOMLib.Pixels.TableTask:{function}", arguments, receiver.receive, where=path)


class _TableReceiver:
    """Takes the tables of one object from a worker."""

    def __init__(self, instance: Instance):
        self.instance = instance
        self._received: list[tuple[dict, numpy.ndarray]] = []

    def receive(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        sound = len(shape) in (1, 2) and shape[0] <= MOST_ENTRIES and shape[1:] in ((), (3,)) and dtype.kind == "u"
        if not sound or not isinstance(information.get("first"), int) or len(self._received) > _MOST_TABLES:
            raise PixelDataError("a lookup table is not one", self.instance.path)
        entries = numpy.empty(shape, dtype)
        self._received.append((information, entries))
        return entries

    def tables(self) -> list[LookupTable]:
        return [
            LookupTable(information["first"], entries, str(information.get("explanation") or ""))
            for information, entries in self._received
        ]

