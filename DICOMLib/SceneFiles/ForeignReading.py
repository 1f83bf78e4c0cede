"""Having a worker read a file, and taking what it found in it."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy

from ..Errors import DICOMError, FileError, UnreadableFileError, WorkerError
from ..Progress import Progress
from ..Scene.ArrayFiles import isInflatedTooMuch
from ..Workers.Messages import UNKNOWN_FAILURE
from ..Workers.WorkerPool import Task, WorkerPool, deadlineFor

# More than any model or transform of a scene has.
MOST_BYTES = 2 << 30


def arraysOf(
    task: str, path: Path, workers: WorkerPool, progress: Progress | None, **arguments: object
) -> list[tuple[dict, numpy.ndarray]]:
    """What a task yields of a file: information and arrays, in its order.

    :param task: "package.module:function" of a generator with the parameter ``path``
    :raises FileError: when the file cannot be read
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    found: list[tuple[dict, numpy.ndarray]] = []
    size = sizeOf(path)

    def receive(shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        total = sum(array.nbytes for _, array in found) + math.prod(shape) * dtype.itemsize
        if total > MOST_BYTES or isInflatedTooMuch(total, size):
            raise FileError("the file holds more than can be taken", path, f"{total} bytes in {size}")
        array = numpy.empty(shape, dtype)
        found.append((information, array))
        return array

    given = {"path": os.fspath(path), **arguments}
    try:
        workers.run(Task(task, given, receive, deadlineFor(size), where=path, arrayBytes=0), progress)
    except WorkerError:
        raise
    except DICOMError as error:
        if isinstance(error, FileError) or type(error).__name__ == "CancelledError":
            raise
        what = "the file cannot be read" if error.what == UNKNOWN_FAILURE else error.what
        raise FileError(what, path, error.value, error.hint) from error
    return found


def sizeOf(path: Path) -> int:
    """Bytes of a plain file. :raises UnreadableFileError: when there is none"""
    try:
        if not path.is_file():
            raise UnreadableFileError("there is no such file", path)
        return path.stat().st_size
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error


def bytesOf(path: Path, most: int) -> bytes:
    """A file's contents. :raises UnreadableFileError: when it cannot be read :raises FileError: when it is longer"""
    if sizeOf(path) > most:
        raise FileError("the file is too long for its kind", path, f"more than {most} bytes")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error


def textOf(path: Path, most: int) -> str:
    """A text file's contents, UTF-8 with or without a mark; what is not UTF-8 is replaced. Errors as :func:`bytesOf`"""
    return bytesOf(path, most).decode("utf-8-sig", "replace")
