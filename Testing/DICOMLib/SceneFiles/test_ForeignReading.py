"""A worker reads the file: what it found is taken within limits, and what went wrong is told with the file's name."""

from __future__ import annotations

import time
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import CancelledError, FileError, SceneError, UnreadableFileError, WorkerError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles import ForeignReading
from DICOMLib.SceneFiles.ForeignReading import arraysOf
from DICOMLib.Workers.Answers import sizeOfSaid
from DICOMLib.Workers.WorkerPool import deadlineFor
from Testing.Fixtures.RunWorkers import runWorkers

TASKS = f"{__name__}:"


def arrays(path: str, count: int = 2):
    """Runs in a worker."""
    for number in range(count):
        yield {"number": number, "path": path}, numpy.full((number + 1, 3), number, numpy.int16)


def damaged(path: str):
    """Runs in a worker."""
    raise FileError("it is damaged", path, "here", "Try another")
    yield


def otherTrouble(path: str):
    """Runs in a worker."""
    raise SceneError("it does not fit", None, "value", "Do this")
    yield


def unforeseen(path: str):
    """Runs in a worker."""
    yield {}, numpy.zeros(1 // 0)


def endless(path: str):
    """Runs in a worker."""
    time.sleep(60)
    yield {}, numpy.zeros(1)


@pytest.fixture
def path(tmp_path) -> Path:
    (tmp_path / "a.bin").write_bytes(b"12345")
    return tmp_path / "a.bin"


def read(name: str, path: Path, progress: Progress | None = None, **arguments):
    return arraysOf(f"{TASKS}{name}", path, runWorkers(), progress, **arguments)


def test_whatItFindsComesInItsOrderWithWhatIsSaidOfIt(path):
    found = read("arrays", path, count=3)
    assert [information for information, _ in found] == [{"number": n, "path": str(path)} for n in range(3)]
    assert [array.tolist() for _, array in found] == [[[n] * 3] * (n + 1) for n in range(3)]
    assert {array.dtype for _, array in found} == {numpy.dtype(numpy.int16)}


def test_allTogetherHaveALimit_andOneByteMoreIsRefused(path, monkeypatch):
    said = sum(sizeOfSaid(information) for information, _ in read("arrays", path, count=2))
    whole = 6 + 12 + said
    monkeypatch.setattr(ForeignReading, "MOST_BYTES", whole)
    assert len(read("arrays", path, count=2)) == 2
    monkeypatch.setattr(ForeignReading, "MOST_BYTES", whole - 1)
    with pytest.raises(FileError, match=rf"a.bin: the file holds more than can be taken \({whole} bytes"):
        read("arrays", path, count=2)


def test_whatItDoesNotLikeIsToldWithTheFile(path):
    with pytest.raises(FileError, match=r"a.bin: it is damaged \(here\)"):
        read("damaged", path)
    with pytest.raises(FileError, match=r"a.bin: it does not fit \(value\)\. Do this"):
        read("otherTrouble", path)


def test_whatNobodyForesawIsAFileThatCannotBeRead(path):
    with pytest.raises(FileError, match=r"a.bin: the file cannot be read \(ZeroDivisionError: .*\)"):
        read("unforeseen", path)


def test_aWorkerThatTakesTooLongIsEnded_andTheNextOneReads(path, monkeypatch, promised):
    given = []
    monkeypatch.setattr(ForeignReading, "deadlineFor", lambda size: given.append(size) or 0.3)
    with promised.within(20), pytest.raises(WorkerError):
        read("endless", path)
    assert given == [5]
    monkeypatch.undo()
    assert len(read("arrays", path)) == 2


def test_largerFilesHaveMoreTime():
    assert deadlineFor(4 << 30) > deadlineFor(0) > 1


def test_cancellingEndsIt(path):
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        read("endless", path, progress)


def test_whatIsNoPlainFileIsNotGivenToAWorker(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UnreadableFileError, match="there is no such file"):
            read("arrays", path)
