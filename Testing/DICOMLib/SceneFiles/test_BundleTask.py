"""Workers list and unpack bundles: what they say is checked, and their death is an error that names the file."""

from __future__ import annotations

import os
import signal
import zipfile
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import CancelledError, SceneFileError, UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles import BundleTask, ZipUnpacking
from DICOMLib.SceneFiles.FilePart import Place
from DICOMLib.SceneFiles.ZipUnpacking import BundleFiles
from DICOMLib.Workers.Answers import bytesArray, plainArray
from Testing.DICOMLib.Workers import MisbehavingTasks
from Testing.Fixtures.RunWorkers import runWorkers

HERE, MISBEHAVING = __name__, MisbehavingTasks.__name__
NOISE = numpy.random.default_rng(3).bytes(12 << 20)
NAMES = ["S/a.bin", "S/Data/b.bin", "S/c.txt"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "a.mrb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("S/S.mrml", '<MRML version="1"/>')
        for name, contents in zip(NAMES, (NOISE, NOISE[:5], b""), strict=True):
            archive.writestr(name, contents, zipfile.ZIP_DEFLATED)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "out").mkdir(0o700)
    return tmp_path / "out"


def filesIn(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class AtTheFirstNews(Progress):
    """Something happens while it is unpacked."""

    def __init__(self, happens):
        super().__init__()
        self.happens = happens

    def report(self, *arguments: object, **options: object) -> None:
        super().report(*arguments, **options)
        happens, self.happens = self.happens, lambda: None
        happens()


def test_filesAreUnpackedAsTheyWere_alsoEmptyOnes_withNewsInBetween(bundle, folder):
    told: list[tuple] = []
    progress = Progress()
    progress.report = lambda done, total, *_: told.append((done, total))
    files = BundleFiles(Place(bundle), runWorkers())
    assert files.unpack(NAMES, folder, runWorkers(), progress) == {}
    assert filesIn(folder) == dict(zip(NAMES, (NOISE, NOISE[:5], b""), strict=True))
    assert len(told) >= 3 and told[-1] == (len(NOISE) + 5,) * 2


def test_aWorkerThatIsKilledIsAnErrorOfBundleAndEntry_andNothingIsLeft(bundle, folder):
    files, workers = BundleFiles(Place(bundle), runWorkers()), runWorkers()
    kill = AtTheFirstNews(lambda: [os.kill(one, signal.SIGKILL) for one in workers.processIDs])
    with pytest.raises(SceneFileError, match=r"“S/a.bin” in the bundle cannot be read: .*died \(SIGKILL\)") as caught:
        files.unpack(["S/a.bin"], folder, workers, kill)
    assert caught.value.where == str(bundle)
    assert filesIn(folder) == {}


def test_aCancelLeavesNothing(bundle, folder):
    progress = AtTheFirstNews(lambda: progress.cancel())
    with pytest.raises(CancelledError):
        BundleFiles(Place(bundle), runWorkers()).unpack(["S/a.bin"], folder, runWorkers(), progress)
    assert filesIn(folder) == {}


@pytest.mark.parametrize(
    ("task", "words"),
    [("crashHalfWay", "died"), ("eatMemory", "more memory"), ("loop", "longer than"), ("fail", "cannot be read")],
)
def test_whateverAWorkerDies_theHostLives(bundle, monkeypatch, task, words):
    arguments = {"eatMemory": {"gigabytes": 8}}.get(task, {})
    monkeypatch.setattr(ZipUnpacking, "_LOOK", f"{MISBEHAVING}:{task}")
    monkeypatch.setattr(ZipUnpacking, "SECONDS_FOR_TEXT", 0.3 if task == "loop" else 30)
    ask = ZipUnpacking.answersOf
    monkeypatch.setattr(ZipUnpacking, "answersOf", lambda name, _, *rest: ask(name, arguments, *rest))
    with pytest.raises(SceneFileError, match=f"the bundle cannot be read.*{words}|{words}"):
        BundleFiles(Place(bundle), runWorkers())


# What a worker says that was taken over


def lie(path: str, offset: int, length: int | None):
    """Runs in a worker: the second entry has another name than the archive says, one that leads out."""
    for information, array in BundleTask.lookThrough(path, offset, length):
        if information["part"] == "entries":
            array = numpy.frombuffer(array.tobytes().replace(b"S/Data/b.bin", b"S/../../b.tx"), numpy.uint8)
        yield information, array


def lieAboutTypes(path: str, offset: int, length: int | None):
    """Runs in a worker."""
    yield {"part": "entries"}, plainArray({"size": 1, "shift": 0, "entries": [["a"] * 9]})
    yield {"part": "text"}, plainArray({})
    yield {"part": "elements"}, plainArray([])
    yield {"part": "thumbnail"}, bytesArray(b"")


def lieAboutParts(path: str, offset: int, length: int | None):
    """Runs in a worker."""
    yield {"part": []}, bytesArray(b"")


def talkForEver(**_: object):
    """Runs in a worker: it always has something to say, so that no deadline passes."""
    while True:
        yield {"done": 0}, numpy.zeros(1, numpy.uint8)


def writeNothing(**_: object):
    """Runs in a worker."""
    yield {"done": 1 << 60}, numpy.zeros(1, numpy.uint8)
    yield {"damaged": 99, "problem": "x"}, numpy.zeros(1, numpy.uint8)


def writeElsewhere(files: list, folder: str, **_: object):
    """Runs in a worker: it puts a link where the file is to be."""
    os.symlink("/etc/passwd", os.path.join(folder, files[0][0]))
    yield {"done": 1}, numpy.zeros(1, numpy.uint8)


@pytest.mark.parametrize(
    ("task", "words"), [("lie", "leads out of its folder"), ("lieAboutTypes", "no entry"), ("lieAboutParts", "read")]
)
def test_whatAWorkerListsIsCheckedAgain(bundle, monkeypatch, task, words):
    monkeypatch.setattr(ZipUnpacking, "_LOOK", f"{HERE}:{task}")
    with pytest.raises(SceneFileError, match=words):
        BundleFiles(Place(bundle), runWorkers())


@pytest.mark.parametrize(
    ("task", "kind"),
    [("writeNothing", UnreadableFileError), ("writeElsewhere", SceneFileError), ("talkForEver", SceneFileError)],
)
def test_whatAWorkerWroteIsLookedAt(bundle, folder, monkeypatch, task, kind):
    files = BundleFiles(Place(bundle), runWorkers())
    monkeypatch.setattr(ZipUnpacking, "_UNPACK", f"{HERE}:{task}")
    with pytest.raises(kind):
        files.unpack(["S/c.txt"], folder, runWorkers())
    assert not os.path.lexists(folder / "S/c.txt")


def test_manySmallFilesGoInFewTasks(tmp_path, folder):
    path = tmp_path / "many.mrb"
    names = [f"S/{number}.txt" for number in range(1500)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("S/S.mrml", "<MRML/>")
        for name in names:
            archive.writestr(name, b"x")
    files = BundleFiles(Place(path), runWorkers())
    assert len(list(files._batches(names))) == 1
    files.unpack(names, folder, runWorkers())
    assert len(filesIn(folder)) == 1500
