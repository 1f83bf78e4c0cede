"""What a task of a few answers yields, kept: texts as JSON, and arrays. For both sides."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy

from ..Errors import DICOMError, FileError, WorkerError
from ..Progress import Progress
from .SharedBlock import FIRST_BYTES, SLOTS
from .WorkerPool import DEADLINE_SECONDS, Task

# What goes through the memory that a worker has anyway.
SMALL_BYTES = FIRST_BYTES // SLOTS
# Nothing that is shorter takes much memory. Of what is longer: lists, dictionaries, keys in them, and values, of which
# the largest table has the most.
_FEW_BYTES = 4 << 20
_MOST_OF = {"[": 1_000_000, "{": 1_000_000, ":": 5_000_000, ",": 60_000_000}
# The largest table has a tenth of these columns.
MOST_ANSWERS = 100_000
# Memory for each character of what is said beside an array.
_BYTES_OF_A_CHARACTER = 32


class Workers(Protocol):
    """What runs tasks: a ``WorkerPool``, or something before one."""

    def run(self, task: Task, progress: Progress | None = None) -> None:
        """As of a ``WorkerPool``."""


def plainArray(value: object) -> numpy.ndarray:
    """What JSON can carry as the bytes of it, to be yielded by a task."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return numpy.frombuffer(text.encode("utf-8", "surrogatepass"), numpy.uint8)


def plainValue(array: numpy.ndarray) -> object:
    """The other way. :raises FileError: for other arrays, and for more values than any file has"""
    if array.nbytes > _FEW_BYTES:
        _requireFew(array)
    try:
        return json.loads(array.tobytes().decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise FileError("the reading process sent something that is no answer") from error


def _requireFew(array: numpy.ndarray) -> None:
    """Three bytes of JSON may become a hundred of memory: what is outside of its texts is counted first."""
    counts, isWithin = dict.fromkeys(_MOST_OF, 0), False
    data = array.tobytes().replace(b"\\\\", b"").replace(b'\\"', b"")
    for start in range(0, len(data), _FEW_BYTES):
        piece = numpy.frombuffer(data, numpy.uint8, min(_FEW_BYTES, len(data) - start), start)
        # One byte counts to 255 and begins again: whether the number of quotation marks is even stays right.
        texts = (numpy.cumsum(piece == ord('"'), dtype=numpy.uint8) + isWithin) & 1
        isWithin = bool(texts[-1])
        for mark in counts:
            counts[mark] += numpy.count_nonzero((piece == ord(mark)) & (texts == 0))
    if any(counts[mark] > most for mark, most in _MOST_OF.items()):
        raise FileError("the reading process sent more than any file has")


def sizeOfSaid(information: dict) -> int:
    """Bytes of memory, about, that is taken by what is said beside an array."""
    return _BYTES_OF_A_CHARACTER * len(str(information))


def bytesArray(data: bytes) -> numpy.ndarray:
    """Bytes to be yielded by a task; arrays that are empty do not cross, so there is one byte more."""
    return numpy.frombuffer(data + b"\0", numpy.uint8)


def bytesValue(array: numpy.ndarray) -> bytes:
    """The other way."""
    return array.tobytes()[:-1]


def answersOf(
    task: str,
    arguments: dict,
    workers: Workers,
    progress: Progress | None,
    where: object,
    most: int,
    deadline: float = DEADLINE_SECONDS,
    check: Callable[[int], None] = lambda total: None,
) -> list[tuple[dict, numpy.ndarray]]:
    """All that a task yields, in its order.

    :param where: the file it is about
    :param most: bytes that are taken of it, with what is said beside its arrays
    :param check: called with the bytes there will be before more memory is taken; may raise
    :raises FileError: what the task raised, or when it yields more
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    if progress is not None:
        progress.raiseIfCancelled()  # a task may be done before anybody looks whether it is still wanted
    found: list[tuple[dict, numpy.ndarray]] = []
    total = 0

    def receive(shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        nonlocal total
        total += math.prod(shape) * dtype.itemsize + sizeOfSaid(information)
        if total > most or len(found) == MOST_ANSWERS:
            raise FileError("the file holds more than can be taken", where, f"{total} bytes")
        check(total)
        found.append((information, numpy.empty(shape, dtype)))
        return found[-1][1]

    workers.run(Task(task, arguments, receive, deadline, where, arrayBytes=SMALL_BYTES, errors=FileError), progress)
    return found


def worded(error: DICOMError, what: str) -> str:
    """What went wrong in a task, for files: of a task that raised no error of ours the words given."""
    from .Messages import UNKNOWN_FAILURE

    return what if error.what == UNKNOWN_FAILURE and not isinstance(error, WorkerError) else error.what


def handOver(task: Task, answers: Iterable[tuple[dict, numpy.ndarray]]) -> None:
    """Give answers that are there already to whom a task is for. Errors as of its receiver"""
    for information, array in answers:
        if callable(task.receive):
            numpy.copyto(task.receive(array.shape, array.dtype, information), array)
        else:
            task.receive.check(array.shape, array.dtype, information)
            task.receive.accept(array, information)
    if task.finish is not None:
        task.finish()
