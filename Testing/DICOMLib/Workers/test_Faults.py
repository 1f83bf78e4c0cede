"""What a load does when its worker dies, hangs or grows, whenever that happens: 20 cases, 20 times the same outcome.

An error that names the file within two seconds (for a hanging worker: of its deadline, which comes here as soon as it
hangs); the next load works; no process, no shared memory, no file and no descriptor is left.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy
import psutil
import pytest

from DICOMLib.Errors import WorkerError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Workers import WorkerProcess as ProcessModule
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures import axialCT
from Testing.Fixtures.LaterClock import LaterClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")

RLE = "1.2.840.10008.1.2.5"
SECONDS_TO_TELL = 2.0
KINDS = ("SIGKILL", "SIGSEGV", "SIGABRT", "loop", "allocate")
FAULTY = Path(__file__).with_name("FaultyWorker.py")


@pytest.fixture
def arm(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(FAULTY, folder / "sitecustomize.py")
    note = tmp_path / "note"
    monkeypatch.syspath_prepend(str(folder))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)

    def arm(moment, kind):
        if kind == "loop":
            record = note.with_suffix(".record")
            monkeypatch.setattr(ProcessModule, "time", HastyClock(record))
        monkeypatch.setenv("WORKER_FAULT", f"{moment}:{kind}")
        monkeypatch.setenv("WORKER_FAULT_FILE", str(note))
        note.touch()
        return note

    return arm


class HastyClock(LaterClock):
    """An hour later whenever something has happened: whatever has a deadline, it has passed."""

    def __init__(self, record):
        self._record, self._last, self._passed = record, 0, 0

    @property
    def hours(self):
        written = self._record.stat().st_mtime_ns if self._record.exists() else 0
        if written != self._last:
            self._last, self._passed = written, self._passed + 1
        return self._passed


def leftovers():
    me = psutil.Process()
    children = {child.pid for child in me.children(recursive=True)}
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    return children, shared, descriptors


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moment", ["spawn", "header", "decode", "transfer"])
def test_aFaultOfAWorkerIsAnErrorThatNamesTheFileAndLeavesNothing(tmp_path, arm, moment, kind, promised):
    builder = axialCT(slices=5, transferSyntax=RLE)
    instances = [scanFile(path).toInstance() for path in builder.write(tmp_path / "series")]
    before = leftovers()
    note = arm(moment, kind)
    with WorkerPool(size=2) as pool:
        with pytest.raises(WorkerError) as caught:
            readVolume(instances, workers=pool)
        told = time.time()
        fault = json.loads(note.with_suffix(".record").read_text())
        note.unlink()
        promised.atMost(told - fault["time"], SECONDS_TO_TELL, "the error")
        files = {instance.filePath for instance in instances}
        assert caught.value.where in ({fault["path"]} if fault["path"] else files)
        if kind == "allocate" and moment != "spawn":
            assert "more memory than a worker may use" in caught.value.what
        assert numpy.array_equal(readVolume(instances, workers=pool).array, builder.array)
    children, shared, descriptors = leftovers()
    assert children <= before[0] and shared <= before[1] and descriptors <= before[2]
    assert os.listdir(tempfile.gettempdir()) == []
