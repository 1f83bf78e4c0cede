"""Runs in a worker process: tasks of many small files, one after the other, so that none costs a message of its own."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import numpy

# What a small file may yield.
MOST_ANSWER_BYTES = 1 << 20
_BYTE = numpy.zeros(1, numpy.uint8)


def runMany(tasks: list[tuple[str, dict]]) -> Iterator[tuple[dict, numpy.ndarray]]:
    """All that tasks yield, with the ``number`` of the task, its ``information``, and how many are ``left`` of it.

    One that fails, or yields more than a small file may, yields nothing: it is run again alone, which tells why.

    :param tasks: "package.module:function" and the arguments of each
    """
    for number, (task, arguments) in enumerate(tasks):
        answers = _answersOf(task, arguments)
        for place, (information, array) in enumerate(answers, 1):
            yield {"number": number, "information": information, "left": len(answers) - place}, array


def _answersOf(task: str, arguments: dict) -> list[tuple[dict, numpy.ndarray]]:
    moduleName, functionName = task.split(":")
    answers, size = [], 0
    try:
        for information, array in getattr(importlib.import_module(moduleName), functionName)(**arguments):
            size += array.nbytes
            if size > MOST_ANSWER_BYTES:
                return []
            answers.append((information, array.copy()))  # its memory may be used again for the next
    # The edge of a task: whatever is wrong with one file is no reason to leave out the others.
    except Exception:  # noqa: BLE001
        return []
    return answers
