"""A worker parses headers and inflates voxels: what comes is what is read here, and what it says is checked."""

from __future__ import annotations

import gzip
import json
import os
import signal
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import CancelledError, DICOMError, FileError, LimitExceededError, TruncatedFileError, WorkerError
from DICOMLib.Progress import Progress
from DICOMLib.Scene import Nrrd
from DICOMLib.Scene.Nifti import NiftiImage, readNifti, writeNifti
from DICOMLib.Scene.Nrrd import NrrdImage, readNrrd, writeNrrd
from DICOMLib.Scene.StoredArray import PIECE_BYTES
from DICOMLib.Workers.Answers import plainArray
from Testing.DICOMLib.Workers import MisbehavingTasks
from Testing.Fixtures.RunWorkers import runWorkers

PLACE = numpy.array([[2, 0, 0, 5], [0, 0, 3, 6], [0, -1, 0, 7], [0, 0, 0, 1.0]])
NOISE = numpy.random.default_rng(5).integers(-1000, 1000, (9, 300, 301)).astype(numpy.int16)
BIG = b"NRRD0005\ntype: short\ndimension: 3\nsizes: 2 1 3\nendian: big\nencoding: raw\n# x\nkey:=a\\nb\n\n"


def nrrd(path: Path, **more) -> Path:
    array = more.pop("array", NOISE)
    writeNrrd(NrrdImage(array, PLACE, {"key": "a\nb ä"}, **more.pop("image", {})), path, **more)
    return path


def nifti(path: Path, array=NOISE, slope=None, isSeries=False) -> Path:
    writeNifti(NiftiImage(array, PLACE, isSeries), path)
    if slope is not None:
        data = bytearray(path.read_bytes())
        data[112:120] = numpy.array([slope, 3], "<f4").tobytes()
        path.write_bytes(data)
    return path


def bigEndian(path: Path) -> Path:
    path.write_bytes(BIG + numpy.arange(6, dtype=">i2").tobytes())
    return path


COLOURS = numpy.arange(60 * 3, dtype=numpy.uint8).reshape(3, 4, 5, 3)
FILES = {
    "gzip.nrrd": nrrd,
    "raw.nrrd": lambda path: nrrd(path, compress=False),
    "beside.nhdr": nrrd,
    "rawBeside.nhdr": lambda path: nrrd(path, compress=False),
    "vectors.nrrd": lambda path: nrrd(path, array=COLOURS, image={"measurementFrame": numpy.eye(3)}),
    "series.nrrd": lambda path: nrrd(path, array=COLOURS[None].repeat(2, 0), image={"isSeries": True}),
    "big.nrrd": bigEndian,
    "a.nii": nifti,
    "a.nii.gz": nifti,
    "scaled.nii": lambda path: nifti(path, slope=0.5),
    "colours.nii.gz": lambda path: nifti(path, COLOURS),
    "series.nii": lambda path: nifti(path, COLOURS, isSeries=True),
}


def read(path: Path, workers=None, progress=None):
    if path.suffix in (".nii", ".gz"):
        return readNifti(path, progress, workers)
    return readNrrd(path, True, path.name.startswith("series"), progress, workers)


@pytest.mark.parametrize("name", FILES)
def test_aWorkerGivesWhatIsReadHere(tmp_path, name):
    path = FILES[name](tmp_path / name)
    here, there = read(path), read(path, runWorkers())
    assert there.array.dtype == here.array.dtype and numpy.array_equal(there.array, here.array)
    assert there.array.flags.writeable and there.array.flags.c_contiguous
    for field, value in vars(here).items():
        if field != "array":
            assert numpy.array_equal(getattr(there, field), value) if field in ("ijkToRAS", "measurementFrame") \
                else getattr(there, field) == value  # fmt: skip


HEADER = b"NRRD0005\ntype: uint8\ndimension: 3\nsizes: 1024 1024 1024\nencoding: gzip\n\n"
DAMAGED = {
    "cut.nrrd": (HEADER.replace(b"1024", b"64") + gzip.compress(bytes(1000)), TruncatedFileError),
    "noise.nrrd": (HEADER.replace(b"1024", b"8") + b"\x1f\x8b\x08" + NOISE.tobytes()[:5000], TruncatedFileError),
    "bomb.nrrd": (HEADER + gzip.compress(bytes(1 << 20)) * 1024, LimitExceededError),
    "short.nrrd": (BIG + b"123", TruncatedFileError),
    "none.nrrd": (b"no header", FileError),
    "endless.nrrd": (b"NRRD0005\n" + b"#\n" * (1 << 20), LimitExceededError),
    "elsewhere.nrrd": (BIG[:-1] + b"data file: x.raw\n\n", FileError),
    "cut.nii": (bytes(10), TruncatedFileError),
    "cut.nii.gz": (gzip.compress(bytes(400))[:12], TruncatedFileError),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_aWorkerRefusesAsIsRefusedHere_andLives(tmp_path, name):
    contents, kind = DAMAGED[name]
    path, workers = tmp_path / name, runWorkers()
    path.write_bytes(contents)
    deaths = workers.deaths
    with pytest.raises(DICOMError) as here:
        read(path)
    with pytest.raises(kind) as there:
        read(path, workers)
    assert type(there.value) is type(here.value) and there.value.what == here.value.what
    assert there.value.where == str(path)
    assert workers.deaths == deaths


def test_aWorkerThatIsKilledOnTheWayIsAnErrorWithTheFile(tmp_path):
    path, workers, progress = nrrd(tmp_path / "a.nrrd"), runWorkers(), Progress()
    assert NOISE.nbytes > PIECE_BYTES
    progress.report = lambda *_: [os.kill(one, signal.SIGKILL) for one in workers.processIDs]
    with pytest.raises(WorkerError, match=r"a\.nrrd: .* died \(SIGKILL\)"):
        read(path, workers, progress)
    progress.report = lambda *_: progress.cancel()
    with pytest.raises(CancelledError):
        read(path, workers, progress)


@pytest.mark.parametrize("task", ["crashHalfWay", "eatMemory", "loop", "fail", "sendWrongType", "ramp"])
def test_whateverAWorkerDiesOfOrSays_theHostLives(tmp_path, monkeypatch, task):
    """Also ``ramp``, which yields arrays of another type and no header."""
    path, arguments = nrrd(tmp_path / "a.nrrd"), {"eatMemory": {"gigabytes": 8}, "ramp": {"count": 2}}.get(task, {})
    monkeypatch.setattr(Nrrd, "TASK", f"{__name__}:misbehave")
    monkeypatch.setattr("DICOMLib.Scene.StoredArray.deadlineFor", lambda size: 0.5 if task == "loop" else 30)
    monkeypatch.setattr(Nrrd, "readByWorker", _with(task, arguments))
    with pytest.raises((FileError, WorkerError), match=r"a\.nrrd: "):
        read(path, runWorkers())


def _with(task: str, arguments: dict):
    ask = Nrrd.readByWorker
    return lambda name, _, *rest: ask(name, {"task": task, "arguments": arguments}, *rest)


def misbehave(path: str, task: str, arguments: dict):
    """Runs in a worker."""
    yield from getattr(MisbehavingTasks, task)(**arguments)


TOLD = {
    "fields": {}, "keyValues": {}, "type": "u1", "shape": [1, 1, 3], "isCompressed": False, "offset": 0, "skip": 0,
    "beside": "", "axis": -1, "place": numpy.eye(4).tolist(), "kind": "", "frame": None, "isSeries": False,
}  # fmt: skip
LIES = [
    {"beside": "../secret.raw"}, {"beside": "/etc/passwd"}, {"shape": [1 << 40, 1 << 40, 1]}, {"shape": [0, 1, 1]},
    {"shape": [1, 1]}, {"shape": "abc"}, {"type": "O"}, {"type": "f2"}, {"axis": 3}, {"axis": 1}, {"offset": -1},
    {"offset": 1 << 60}, {"place": [[1]]}, {"place": None}, {"place": [["x"] * 4] * 4},
    {"frame": [[float("nan")] * 3] * 3},
    {"fields": {"a": 1}}, {"keyValues": []}, {"isSeries": 1}, {"kind": None},
    {"isCompressed": True, "shape": [9, 9, 9]},
]  # fmt: skip


def lie(path: str, isForeign: bool, withSeries: bool):
    """Runs in a worker: what the file itself says is what the worker says."""
    yield {}, plainArray(TOLD | json.loads(Path(path).read_bytes()))


@pytest.mark.parametrize("told", LIES, ids=str)
def test_whatAWorkerSaysOfAFileIsChecked(tmp_path, monkeypatch, told):
    monkeypatch.setattr(Nrrd, "TASK", f"{__name__}:lie")
    path = tmp_path / "a.nhdr"
    path.write_text(json.dumps({}))
    with pytest.raises(TruncatedFileError):  # what is told is sound: there are two bytes of three
        readNrrd(path, True, workers=runWorkers())
    path.write_text(json.dumps(told))
    with pytest.raises(FileError):
        readNrrd(path, True, workers=runWorkers())
