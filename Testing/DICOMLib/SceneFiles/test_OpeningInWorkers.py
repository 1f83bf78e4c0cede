"""Workers read everything of a scene: this process inflates and parses nothing, and lives whatever they die of."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import zlib
from contextlib import suppress
from pathlib import Path
from xml.parsers import expat

import numpy
import pytest

from DICOMLib.Errors import DICOMError
from DICOMLib.Media.ZipMembers import ZipContents
from DICOMLib.Progress import Progress
from DICOMLib.Scene import Nifti, Nrrd
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import vtkMRMLVolumePropertyNode
from DICOMLib.SceneFiles import (
    ColorText,
    DelimitedText,
    FileContents,
    MatrixSequenceText,
    PropertyText,
    ReadAhead,
    RegionNodes,
    TransformText,
)
from DICOMLib.SceneFiles.ManyTask import runMany
from DICOMLib.SceneFiles.MemberFiles import readMember
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import inspectScene
from DICOMLib.Workers.WorkerPool import Task
from DICOMLib.Workers.WorkerProcess import WorkerProcess
from Testing.DICOMLib.SceneFiles.EveryKind import everyKindScene
from Testing.DICOMLib.SceneFiles.test_HostileMembers import SEEDS, linear, sequence, table, text, volume
from Testing.DICOMLib.Workers import MisbehavingTasks
from Testing.Fixtures.RunWorkers import runWorkers

# What parses or inflates, wherever it is called from.
FORBIDDEN = [
    (zlib, "decompress"), (zlib, "decompressobj"), (gzip, "GzipFile"), (expat, "ParserCreate"), (csv, "reader"),
    (ZipContents, "__init__"), (Nrrd.NrrdLayout, "ofFile"), (Nifti.NiftiLayout, "ofFile"), (Nrrd, "readHeader"),
    (FileContents, "bytesOf"), (DelimitedText, "rowsOf"), (ColorText, "colorsOf"), (PropertyText, "propertyOf"),
    (RegionNodes, "saidIn"), (MatrixSequenceText, "matricesOf"), (TransformText, "parseTransformText"),
]  # fmt: skip


@pytest.fixture(scope="module")
def scenes(tmp_path_factory) -> list[Path]:
    """One with nodes of every kind, as one file and as many."""
    folder, scene = tmp_path_factory.mktemp("scenes"), everyKindScene()
    rendering = vtkMRMLVolumePropertyNode()
    rendering.setOpacityPoints([(0.0, 0.0, 0.5, 0.0), (1.0, 1.0, 0.5, 0.0)])
    rendering.setColorPoints([(0.0, 0.0, 0.5, 1.0, 0.5, 0.0), (1.0, 1.0, 0.5, 0.0, 0.5, 0.0)])
    scene.AddNode(rendering)
    scene.AddNode(sequence(table))
    return [saveScene(scene, folder / name).path for name in ("every.mrb", "every.mrml")]


@pytest.mark.parametrize("number", [0, 1], ids=["mrb", "mrml"])
def test_thisProcessInflatesAndParsesNothing(scenes, monkeypatch, number):
    path, deaths = scenes[number], runWorkers().deaths
    for holder, name in FORBIDDEN:
        monkeypatch.setattr(holder, name, lambda *_, name=name, **__: pytest.fail(f"{name} was called in the host"))
    assert inspectScene(path, runWorkers()).nodeCount > 40
    staged = openScene(path, runWorkers())
    assert [problem for problem in staged.problems if "was not read" in problem] == []
    endings = {member.fileName[member.fileName.index(".") :] for member in staged.members}
    assert {".nrrd", ".tfm", ".vtp", ".seg.nrrd", ".seq.nrrd", ".seq.mha", ".seq.mrb", ".tsv", ".csv", ".vp"} <= endings
    assert runWorkers().deaths == deaths


def lie(path: str, **_arguments: object):
    """Runs in a worker: what it says beside its arrays is of kinds that cannot be."""
    for wrong in ([], {}, 1, None):
        yield {name: wrong for name in SAID}, numpy.ones((3, 3))


SAID = ("part", "kind", "roles", "fields", "space", "isEmpty", "isToParent", "fixed")


@pytest.mark.parametrize("name", SEEDS)
def test_whatNoWorkerOfOursSaysBesideAnArrayIsNotHeard_orAnErrorOfOurs(tmp_path, name):
    nodeClass, write = SEEDS[name]
    write(tmp_path / name)
    with suppress(DICOMError):
        readMember(nodeClass(), tmp_path / name, Misbehaving("lie", module=__name__, path=""))


class Misbehaving:
    """Workers in which every task does something else than it should."""

    def __init__(self, name: str, deadline: float = 30, module: str = MisbehavingTasks.__name__, **arguments: object):
        self._task, self._arguments, self._deadline = f"{module}:{name}", arguments, deadline

    def run(self, task: Task, progress: Progress | None = None) -> None:
        other = dataclasses.replace(task, task=self._task, arguments=self._arguments, deadline=self._deadline)
        runWorkers().run(other, progress)


MISBEHAVIOURS = {
    "killed": (Misbehaving("crash", signalName="SIGKILL"), "died"),
    "outOfMemory": (Misbehaving("eatMemory", gigabytes=8), "more memory"),
    "looping": (Misbehaving("loop", deadline=0.05), "longer than allowed"),
}
KINDS = [
    "volume.nrrd", "volume.nii.gz", "linear.h5", "linear.tfm", "model.vtp", "a.tsv", "a.txt", "colors.csv", "a.seq.mha",
]  # fmt: skip


@pytest.mark.parametrize("misbehaviour", MISBEHAVIOURS)
@pytest.mark.parametrize("name", KINDS)
def test_whateverAWorkerDiesOf_theFileIsNamedAndTheHostLives(tmp_path, name, misbehaviour):
    nodeClass, write = SEEDS[name]
    write(tmp_path / name)
    workers, words = MISBEHAVIOURS[misbehaviour]
    with pytest.raises(DICOMError, match=words) as caught:
        readMember(nodeClass(), tmp_path / name, workers)
    assert caught.value.where == str(tmp_path / name)


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("task", ["ramp", "sendWrongType", "fail"])
def test_whatNoFileSaysIsAnErrorOfThatFile(tmp_path, name, task):
    """Numbers in the place of texts, and arrays of other shapes than there can be."""
    nodeClass, write = SEEDS[name]
    write(tmp_path / name)
    arguments = {"count": 2} if task == "ramp" else {}
    with pytest.raises(DICOMError):
        readMember(nodeClass(), tmp_path / name, Misbehaving(task, **arguments))


def manyScene(count: int) -> Scene:
    """Volumes, texts and transforms with a file each."""
    scene = Scene()
    for number in range(count):
        for make in (volume, text, linear):
            node = make()
            node.SetName(f"{make.__name__} {number}")
            scene.AddNode(node)
    return scene


def test_aSceneOfManySmallFilesIsReadInFewTasks(tmp_path, monkeypatch):
    path, tasks, run = saveScene(manyScene(60), tmp_path / "many.mrb").path, [], WorkerProcess.run
    monkeypatch.setattr(
        WorkerProcess, "run", lambda self, task, *rest: (tasks.append(task.task), run(self, task, *rest))
    )
    staged = openScene(path, runWorkers())
    assert staged.problems == [] and len(staged.members) == 180
    assert staged.scene.GetFirstNodeByName("volume 59").voxelArray().max() == 59
    assert len(tasks) <= 4, tasks  # looked through, unpacked, and read by one or two


def test_whatIsWrongWithOneOfManyIsToldOfThatOne_andTheOthersAreThere(tmp_path):
    path = saveScene(manyScene(2), tmp_path / "s.mrml").path
    (tmp_path / "s_Data" / "volume 1.nrrd").write_bytes(b"NRRD0005\nno header")
    staged = openScene(path, runWorkers())
    assert len(staged.problems) == 1 and "volume 1.nrrd" in staged.problems[0]
    assert staged.scene.GetFirstNodeByName("volume 0").voxelArray().max() == 59


def test_filesThatAWorkerDiesOfWhenTheyAreReadAheadAreReadAlone(tmp_path, monkeypatch):
    path, deaths = saveScene(manyScene(2), tmp_path / "s.mrml").path, runWorkers().deaths
    monkeypatch.setattr(ReadAhead, "_TASK", f"{__name__}:dieAfterOne")
    staged = openScene(path, runWorkers())
    assert staged.problems == [] and runWorkers().deaths == deaths + 1
    assert staged.scene.GetFirstNodeByName("volume 1").voxelArray().max() == 59


def dieAfterOne(tasks: list):
    """Runs in a worker."""
    yield from runMany(tasks[:1])
    yield from MisbehavingTasks.crash("SIGKILL")
