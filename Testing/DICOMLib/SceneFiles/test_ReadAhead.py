"""Small files are read by few tasks; what is not there, too large or wrong is asked for when it is needed."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles import ReadAhead as ReadAheadModule
from DICOMLib.SceneFiles.ForeignReading import arraysOf
from DICOMLib.SceneFiles.ManyTask import MOST_ANSWER_BYTES, runMany
from DICOMLib.SceneFiles.ReadAhead import SMALL_FILE_BYTES, ReadAhead
from DICOMLib.Workers.Answers import bytesValue, sizeOfSaid
from Testing.Fixtures.RunWorkers import runWorkers

CONTENTS = "DICOMLib.SceneFiles.SmallFileTask:readContents"
HERE = __name__


class Counting:
    """Workers that note what they were asked for alone, and how many tasks came together."""

    def __init__(self):
        self.alone, self.together = [], []

    def run(self, task, progress=None):
        self.alone.append(Path(task.arguments["path"]).name)
        runWorkers().run(task, progress)

    def runAll(self, tasks, progress=None):
        self.together.append(len(tasks))
        runWorkers().runAll(tasks, progress)


def large(path: str):
    """Runs in a worker."""
    yield {}, numpy.zeros(MOST_ANSWER_BYTES + 1, numpy.uint8)


@pytest.fixture
def folder(tmp_path) -> Path:
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(b"%d" % number)
    (tmp_path / "large").write_bytes(bytes(SMALL_FILE_BYTES + 1))
    return tmp_path


def requests(folder: Path, *names: str) -> list[tuple[str, dict]]:
    return [(CONTENTS, {"path": str(folder / name), "most": 1 << 20}) for name in names]


def ask(ahead: ReadAhead, path: Path) -> bytes:
    ((_, array),) = arraysOf(CONTENTS, path, ahead, None, most=1 << 20)
    return bytesValue(array)


def test_filesThatWereReadAheadAreAskedForNoMore_andOnlyOnce(folder):
    workers = Counting()
    ahead = ReadAhead(workers)
    ahead.fetch(requests(folder, "0", "1", "2", "3", "gone", "large"))
    assert [ask(ahead, folder / f"{number}") for number in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    assert (workers.together, workers.alone) == ([1], ["4"])
    assert ask(ahead, folder / "0") == b"0" and workers.alone == ["4", "0"]
    assert len(ask(ahead, folder / "large")) == SMALL_FILE_BYTES + 1 and workers.alone[-1] == "large"


def test_oneFileIsNotReadAhead(folder):
    workers = Counting()
    ReadAhead(workers).fetch(requests(folder, "0", "gone"))
    assert workers.together == []


def test_manyAreDividedByTheirNumber_andTheirNames(folder, monkeypatch):
    workers = Counting()
    monkeypatch.setattr(ReadAheadModule, "_FILES_OF_A_TASK", 2)
    ReadAhead(workers).fetch(requests(folder, "0", "1", "2", "3", "4"))
    monkeypatch.setattr(ReadAheadModule, "_TEXT_OF_A_TASK", 10)
    ReadAhead(workers).fetch(requests(folder, "0", "1"))
    assert workers.together == [3, 2]


def test_noMoreIsKeptThanThereIsRoomFor(folder, monkeypatch):
    monkeypatch.setattr(ReadAheadModule, "MOST_BYTES", 2 * (2 + sizeOfSaid({})))  # two bytes each
    workers = Counting()
    ahead = ReadAhead(workers)
    ahead.fetch(requests(folder, "0", "1", "2"))
    assert [ask(ahead, folder / name) for name in "012"] == [b"0", b"1", b"2"] and workers.alone == ["2"]


def endless(tasks: list):
    """Runs in a worker: there is always one more."""
    while True:
        yield {"number": 0, "information": {}, "left": 1}, numpy.zeros(1 << 18, numpy.uint8)


def test_aWorkerThatNeverEndsAFileIsNotListenedTo(folder, monkeypatch):
    monkeypatch.setattr(ReadAheadModule, "_TASK", f"{HERE}:endless")
    workers = Counting()
    ahead = ReadAhead(workers)
    ahead.fetch(requests(folder, "0", "1"))
    assert ask(ahead, folder / "0") == b"0" and workers.alone == ["0"]


def test_aTaskThatFailsOrYieldsTooMuchYieldsNothing(folder):
    tasks = [
        (CONTENTS, {"path": str(folder / "gone"), "most": 1}), (f"{HERE}:large", {"path": ""}), ("no:thing", {}),
        *requests(folder, "1"),
    ]  # fmt: skip
    found = list(runMany(tasks))
    assert [(said["number"], said["left"]) for said, _ in found] == [(3, 0)]


def test_aCancelIsHeard(folder):
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        ReadAhead(runWorkers()).fetch(requests(folder, "0", "1"), progress)
