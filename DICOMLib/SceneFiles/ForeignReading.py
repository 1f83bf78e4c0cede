"""Having a worker read a file, and taking what it found in it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy

from ..Errors import CancelledError, DICOMError, FileError, WorkerError
from ..Progress import Progress
from ..Scene.ArrayFiles import isInflatedTooMuch
from ..Workers.Answers import Workers, answersOf, plainValue, worded
from ..Workers.WorkerPool import deadlineFor
from .FileContents import sizeOf

# More than any model or transform of a scene has.
MOST_BYTES = 2 << 30


def arraysOf(
    task: str, path: Path, workers: Workers, progress: Progress | None, **arguments: object
) -> list[tuple[dict, numpy.ndarray]]:
    """What a task yields of a file: information and arrays, in its order.

    :param task: "package.module:function" of a generator with the parameter ``path``
    :raises FileError: when the file cannot be read
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    size = sizeOf(path)

    def check(total: int) -> None:
        if isInflatedTooMuch(total, size):
            raise FileError("the file holds more than can be taken", path, f"{total} bytes in {size}")

    given = {"path": os.path.abspath(path), **arguments}
    try:
        return answersOf(task, given, workers, progress, path, MOST_BYTES, deadlineFor(size), check)
    except (WorkerError, CancelledError):
        raise
    except DICOMError as error:
        kind = type(error) if isinstance(error, FileError) else FileError
        raise kind(worded(error, "the file cannot be read"), error.where, error.value, error.hint) from error


def plainOf(task: str, path: Path, workers: Workers, progress: Progress | None, **arguments: object) -> object:
    """What a task that yields JSON says. Errors as of :func:`arraysOf`"""
    found = arraysOf(task, path, workers, progress, **arguments)
    if len(found) != 1:
        raise FileError("the file cannot be read", path)
    return plainValue(found[0][1])
