"""The files of a bundle (.mrb, a zip archive), looked at as a whole before the first byte of one is written.

Worker processes read the archive. What they say is checked here again, as the archive itself would have to be.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

import numpy

from ..Errors import CancelledError, DICOMError, FileError, SceneFileError, UnreadableFileError, WorkerError
from ..Progress import Progress
from ..Workers.Answers import answersOf, bytesValue, plainValue, worded
from ..Workers.WorkerPool import Task, WorkerPool, deadlineFor, givenOrOwn
from .BundleEntries import BundleEntries, entryFrom, plainEntry
from .BundleTask import NEWS_BYTES
from .ElementRows import elementFrom
from .FilePart import Place
from .Limits import SECONDS_FOR_TEXT
from .SceneFacts import MOST_DESCRIPTION, factsFrom

_LOOK = "DICOMLib.SceneFiles.BundleTask:lookThrough"
_UNPACK = "DICOMLib.SceneFiles.BundleTask:unpack"
# Small files go into one task together; a task's text has a limit of its own (1 MiB).
_BYTES_OF_A_TASK, _TEXT_OF_A_TASK = 16 << 20, 256 << 10
_LONGEST_PROBLEM = 500


class BundleFiles(BundleEntries):
    """What is in a bundle, all of it checked; nothing of it is unpacked so far.

    :param workers: where it is looked through; None: in a process for this alone

    :ivar size: bytes of the bundle
    :ivar facts: what its text says (``SceneTextTask.describe``), and "named": the files that belong to nodes
    :ivar root: the element of its text
    :ivar thumbnail: the picture beside its text, PNG; b"" where there is none that is read. Nobody has looked into it
    :raises SceneFileError: when it is no bundle, or holds what no bundle holds; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    :raises UnreadableFileError: when it cannot be read
    :raises CancelledError: when progress was cancelled
    """

    def __init__(self, place: Place, workers: WorkerPool | None = None, progress: Progress | None = None):
        self.place = place
        answers = _lookedThrough(place, workers, progress)
        listed = answers["entries"]
        self.size, self._shift = _number(listed.get("size")), _number(listed.get("shift"))
        super().__init__([entryFrom(row) for row in _list(listed.get("entries"))], place.path)
        self.facts = factsFrom(answers["text"])
        self.named = [name for name in self.facts["named"] if name in self.sizes and name != self.sceneName]
        self.root = elementFrom(answers["elements"])
        self.thumbnail: bytes = answers["thumbnail"]

    def unpack(
        self, names: Sequence[str], folder: Path, workers: WorkerPool, progress: Progress | None = None
    ) -> dict[str, str]:
        """Write files below a folder that is new and empty, several at once. Nobody else can read them.

        Nothing is left when this raises.

        :returns: those that are damaged, and not there: their names → what is wrong, a sentence
        :raises SceneFileError: when one holds other than what the list of members says, or a worker dies of it
        :raises UnreadableFileError: when one cannot be written
        :raises CancelledError: when progress was cancelled
        """
        for name in names:
            for parent in reversed(PurePosixPath(name).parents):
                folder.joinpath(parent).mkdir(0o700, exist_ok=True)  # of several at once only the last has the mode
        counter = _Counter(sum(self.sizes[name] for name in names), progress)
        batches = [_Batch(batch, folder, counter) for batch in self._batches(names)]
        try:
            workers.runAll([self._task(batch) for batch in batches], progress)
            damaged = {name: problem for batch in batches for name, problem in batch.damaged.items()}
            self._check([name for name in names if name not in damaged], folder)
        except BaseException as error:  # Ctrl-C as well must not leave half a file
            for name in names:
                with suppress(OSError):
                    folder.joinpath(name).unlink()
            if isinstance(error, WorkerError):
                what = f"“{error.where}” in the bundle cannot be read: {error.what}"
                raise SceneFileError(what, self.path, error.value, error.hint) from error
            if isinstance(error, SceneFileError):
                raise SceneFileError(error.what, self.path, error.value, error.hint) from error
            raise
        return damaged

    def _batches(self, names: Sequence[str]) -> Iterator[dict[str, list]]:
        """Files that are unpacked by one task, with their entries; the largest come first."""
        batch: dict[str, list] = {}
        size = length = 0
        for name in sorted(names, key=lambda name: -self.sizes[name]):
            row = plainEntry(self.entries[name])
            size, length = size + self.sizes[name], length + len(json.dumps([name, row]))
            if batch and (size > _BYTES_OF_A_TASK or length > _TEXT_OF_A_TASK):
                yield batch
                batch, size, length = {}, self.sizes[name], len(json.dumps([name, row]))
            batch[name] = row
        if batch:
            yield batch

    def _task(self, batch: _Batch) -> Task:
        arguments = {
            "path": os.path.abspath(self.path), "offset": self.place.offset, "length": self.place.length,
            "shift": self._shift, "files": list(batch.files.items()), "folder": os.path.abspath(batch.folder),
        }  # fmt: skip
        return Task(_UNPACK, arguments, batch, deadlineFor(NEWS_BYTES), where=batch.current, errors=FileError)

    def _check(self, names: Sequence[str], folder: Path) -> None:
        for name in names:
            try:
                found = os.lstat(folder / name)
            except OSError as error:
                raise UnreadableFileError("a file of the bundle cannot be unpacked", name, error.strerror) from error
            if not stat.S_ISREG(found.st_mode) or found.st_size != self.sizes[name]:
                raise SceneFileError(f"“{name}” in the bundle holds other than what the bundle states", self.path)


def _lookedThrough(place: Place, workers: WorkerPool | None, progress: Progress | None) -> dict:
    arguments = {"path": os.path.abspath(place.path), "offset": place.offset, "length": place.length}
    try:
        with givenOrOwn(workers) as pool:
            answers = answersOf(_LOOK, arguments, pool, progress, place.path, MOST_DESCRIPTION, SECONDS_FOR_TEXT)
    except WorkerError as error:
        raise SceneFileError("the bundle cannot be read", place.path, error.what) from error
    except CancelledError:
        raise
    except DICOMError as error:
        kind = SceneFileError if type(error) is FileError else type(error)
        raise kind(worded(error, "the bundle cannot be read"), place.path, error.value, error.hint) from error
    found = {str(information.get("part")): array for information, array in answers}
    if not found.keys() >= {"entries", "text", "elements", "thumbnail"}:
        raise SceneFileError("the bundle cannot be read", place.path)
    read = {name: plainValue(found[name]) for name in ("entries", "text", "elements")}
    if not isinstance(read["entries"], dict):
        raise SceneFileError("the bundle cannot be read", place.path)
    return {**read, "thumbnail": bytesValue(found["thumbnail"])}


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise SceneFileError("the reading process sent something that is no number")
    return value


def _list(value: object) -> list:
    return value if isinstance(value, list) else []


class _Batch:
    """Files of one task, and what the worker says of them (a ``Consumer``).

    :ivar damaged: names → sentences
    """

    def __init__(self, files: dict[str, list], folder: Path, counter: _Counter):
        self.files, self.folder, self._counter = files, folder, counter
        self._names = list(files)
        self._said, self._mostSaid = 0, 2 + len(files) + counter.total // NEWS_BYTES
        self.damaged: dict[str, str] = {}

    def current(self) -> str:
        """The file that the worker is at, seen on the disk: whatever it died of, it was begun last."""
        begun = [name for name in self._names if os.path.lexists(self.folder / name)]
        return begun[-1] if begun else self._names[0]

    def check(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> None:
        """:raises SceneFileError: for anything but one byte"""
        if shape != (1,):
            raise SceneFileError("the reading process sent something that was not asked for")

    def accept(self, array: numpy.ndarray, information: dict) -> None:
        """:raises CancelledError: when progress was cancelled :raises SceneFileError: for more than there is to say"""
        self._said += 1
        if self._said > self._mostSaid:
            raise SceneFileError("the reading process sent something that was not asked for")
        number = information.get("damaged")
        if number is None:
            self._counter.add(_number(information.get("done")))
        elif 0 <= _number(number) < len(self._names):
            self.damaged[self._names[number]] = f"{str(information.get('problem'))[:_LONGEST_PROBLEM]}."


class _Counter:
    """Adds up what several workers write. :ivar total: bytes there will be"""

    def __init__(self, total: int, progress: Progress | None):
        self.total, self._progress = total, progress
        self._lock = threading.Lock()
        self._done = 0

    def add(self, count: int) -> None:
        """:raises CancelledError: when progress was cancelled"""
        with self._lock:
            self._done = done = min(self._done + count, self.total)
        if self._progress is not None:
            self._progress.raiseIfCancelled()
            self._progress.report(done, max(1, self.total), "Unpacking", done)
