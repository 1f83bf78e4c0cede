"""Small files of a scene, read and parsed by few tasks before they are asked for one by one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy

from ..Errors import CancelledError, DICOMError, FileError
from ..Progress import Progress
from ..Workers.Answers import SMALL_BYTES, handOver, sizeOfSaid
from ..Workers.WorkerPool import Task, WorkerPool
from .ManyTask import MOST_ANSWER_BYTES

_TASK = "DICOMLib.SceneFiles.ManyTask:runMany"
SMALL_FILE_BYTES = 64 << 10
# A task takes some milliseconds then, and all of them that a worker has at a time are heard of when it is cancelled.
_FILES_OF_A_TASK, _TEXT_OF_A_TASK = 200, 256 << 10
# What is kept until it is asked for.
MOST_BYTES = 64 << 20

Request = tuple[str, dict]
_Answers = list[tuple[dict, numpy.ndarray]]


class ReadAhead:
    """Runs tasks as the workers behind it do, but for those whose answers are there already. Thread-safe.

    :param workers: where all tasks run
    """

    def __init__(self, workers: WorkerPool):
        self._workers = workers
        self._found: dict[str, _Answers] = {}

    def fetch(self, requests: Iterable[Request], progress: Progress | None = None) -> None:
        """Have tasks of small files run together.

        What fails is asked for again when it is needed, and tells then what is wrong.

        :param requests: tasks with their arguments, among which is the ``path``
        :raises CancelledError: when progress was cancelled
        """
        batches = list(_batches(requests))
        if sum(map(len, batches)) < 2:
            return
        keeping = _Keeping(self._found)
        tasks = [Task(_TASK, {"tasks": batch}, _Receiver(batch, keeping), arrayBytes=SMALL_BYTES, errors=FileError)
                 for batch in batches]  # fmt: skip
        try:
            self._workers.runAll(tasks, progress)
        except CancelledError:
            raise
        except DICOMError:
            return

    def run(self, task: Task, progress: Progress | None = None) -> None:
        """As of a ``WorkerPool``."""
        answers = self._found.pop(_key(task.task, task.arguments), None)
        if answers is None:
            self._workers.run(task, progress)
        else:
            handOver(task, answers)


def _key(task: str, arguments: dict) -> str:
    return json.dumps([task, arguments], sort_keys=True)


def _batches(requests: Iterable[Request]) -> Iterable[list[Request]]:
    batch: list[Request] = []
    length = 0
    for task, arguments in requests:
        if not _isSmall(arguments["path"]):
            continue
        size = len(_key(task, arguments))
        if batch and (len(batch) >= _FILES_OF_A_TASK or length + size > _TEXT_OF_A_TASK):
            yield batch
            batch, length = [], 0
        batch.append((task, arguments))
        length += size
    if batch:
        yield batch


def _isSmall(path: str) -> bool:
    try:
        return Path(path).is_file() and os.stat(path).st_size <= SMALL_FILE_BYTES
    except OSError:
        return False


class _Keeping:
    """:ivar left: bytes that may still be kept"""

    def __init__(self, found: dict[str, _Answers]):
        self.found, self.left = found, MOST_BYTES


class _Receiver:
    """Takes what tasks of one batch yield (a ``Consumer``), and keeps what is whole."""

    def __init__(self, batch: list[Request], keeping: _Keeping):
        self._batch, self._keeping = batch, keeping
        self._begin(-1)

    def check(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> None:
        """:raises FileError: for more than small files yield"""
        if numpy.prod(shape, dtype=object) * dtype.itemsize > MOST_ANSWER_BYTES:
            raise FileError("the reading process sent more than was asked for")

    def accept(self, array: numpy.ndarray, information: dict) -> None:
        """:raises FileError: for what belongs to no file of the batch"""
        number, said = information.get("number"), information.get("information")
        if type(number) is not int or not 0 <= number < len(self._batch) or not isinstance(said, dict):
            raise FileError("the reading process sent something that was not asked for")
        if number != self._number:
            self._begin(number)
        self._size += array.nbytes + sizeOfSaid(said)
        if self._size > 2 * MOST_ANSWER_BYTES:
            raise FileError("the reading process sent more than was asked for")
        self._answers.append((said, array.copy()))
        if information.get("left") == 0:
            self._keep()

    def _begin(self, number: int) -> None:
        self._number, self._answers, self._size = number, [], 0

    def _keep(self) -> None:
        if self._size <= self._keeping.left:
            self._keeping.left -= self._size
            self._keeping.found[_key(*self._batch[self._number])] = self._answers
        self._begin(-1)
