"""What a worker says that the text of a scene says, checked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from ..Database.TemporaryFolders import TemporaryFolder
from ..Errors import CancelledError, DICOMError, FileError, SceneFileError, WorkerError
from ..Progress import Progress
from ..Workers.Answers import answersOf, plainValue, worded
from ..Workers.WorkerPool import WorkerPool, givenOrOwn
from .ElementRows import elementFrom
from .Limits import SECONDS_FOR_TEXT
from .MrmlText import Element

MOST_DESCRIPTION = 512 << 20
_TASK = "DICOMLib.SceneFiles.SceneTextTask:describeText"
_UNREAD = "the text of the scene cannot be read"


class ReadText(NamedTuple):
    """The text of a .mrml.

    :ivar facts: "nodes" (how many), "version", "writer"; "files" as storage nodes name them, "beside" what headers and
        lists among these say of others
    :ivar root: its element
    """

    facts: dict
    root: Element


def readText(source: Path, workers: WorkerPool | None, progress: Progress | None = None) -> ReadText:
    """Of a .mrml file.

    :param workers: where it is read; None: in a process for this alone
    :raises SceneFileError: when it is none of a scene, or too much; it names the file
    :raises LimitExceededError: when it is too long
    :raises UnreadableFileError: when it cannot be read
    :raises CancelledError: when progress was cancelled
    """
    return _read(source, source, workers, progress)


def readGivenText(text: bytes, source: Path, workers: WorkerPool, progress: Progress | None = None) -> ReadText:
    """The same of a text that somebody has. :param source: what stands for its file, in the folder of its data"""
    with TemporaryFolder() as folder:
        handle, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
        return _read(Path(path), source, workers, progress)


def _read(path: Path, source: Path, workers: WorkerPool | None, progress: Progress | None) -> ReadText:
    arguments = {"path": os.path.abspath(path), "folder": os.path.abspath(source.parent)}
    try:
        with givenOrOwn(workers) as pool:
            answers = answersOf(_TASK, arguments, pool, progress, source, MOST_DESCRIPTION, SECONDS_FOR_TEXT)
    except WorkerError as error:
        raise SceneFileError(_UNREAD, source, error.what) from error
    except CancelledError:
        raise
    except DICOMError as error:
        kind = SceneFileError if type(error) is FileError else type(error)
        raise kind(worded(error, _UNREAD), source, error.value, error.hint) from error
    found = {str(information.get("part")): array for information, array in answers}
    if not found.keys() >= {"text", "elements"}:
        raise SceneFileError(_UNREAD, source)
    return ReadText(factsFrom(plainValue(found["text"])), elementFrom(plainValue(found["elements"])))


def factsFrom(said: object) -> dict:
    """:raises SceneFileError: for anything but texts, numbers and lists of texts where they belong"""
    facts = said if isinstance(said, dict) else {}
    lists = {name: facts.get(name, []) for name in ("files", "beside", "named")}
    isSound = type(facts.get("nodes")) is int and _areTexts([facts.get("version"), facts.get("writer")])
    if not isSound or not all(map(_areTexts, lists.values())):
        raise SceneFileError("the reading process sent something that is no text of a scene")
    return {name: facts[name] for name in ("nodes", "version", "writer")} | lists


def _areTexts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)
