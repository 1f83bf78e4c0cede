"""Sequences of any nodes as .seq.mrb: with Slicer both ways, in scenes, and when hostile."""

import zipfile
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import DICOMError, FileError
from DICOMLib.Scene.Nodes import vtkMRMLSequenceNode, vtkMRMLTextNode, vtkMRMLVectorVolumeNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles import RoomWithin, SceneSaving
from DICOMLib.SceneFiles.MemberFiles import defaultFileName, readMember, storageClassName, writeMember
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene, writeBundleWithin
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.DICOMLib.SceneFiles.EveryKind import grid, segmentation, sphere, table
from Testing.DICOMLib.SceneFiles.ScenesForTests import digestOf
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

STORAGE = "vtkMRMLSequenceStorageNode"
# A scene that can have caches reads and writes bundles, as in the program.
_WITH_CACHE = """
import os, tempfile
manager, cache = MRMLCore.vtkDataIOManager(), MRMLCore.vtkCacheManager()
cache.SetRemoteCacheDirectory(tempfile.mkdtemp(dir=given["folder"]))
manager.SetCacheManager(cache)
scene.SetDataIOManager(manager)
scene.SetCacheManager(cache)
for name in ("vtkMRMLMarkupsJsonStorageNode", "vtkMRMLSequenceBrowserNode"):
    scene.RegisterNodeClass(getattr(slicer_core, name)())
"""


def writeBundle(node: vtkMRMLSequenceNode, path: Path) -> list[Path]:
    return writeMember(node, path, writeBundle=writeBundleWithin)


def readBundle(node: vtkMRMLSequenceNode, path: Path, workers: WorkerPool) -> None:
    readMember(node, path, workers, openBundle=lambda inner, progress: openScene(inner, workers, progress))


def of(*data, indexType="text", values=("früh", "late one", "a:b;c%20"), node=None) -> vtkMRMLSequenceNode:
    node = node or vtkMRMLSequenceNode()
    node.SetName("Phases")
    node.SetIndexName("phase")
    node.SetIndexUnit("%")
    node.SetIndexTypeFromString(indexType)
    for value, one in zip(values, data, strict=False):
        one.SetName("same name")
        one.SetAttribute("told", f"at {value}")
        node.SetDataNodeAtValue(one, value)
    return node


def text(words: str) -> vtkMRMLTextNode:
    node = vtkMRMLTextNode()
    node.SetText(words)
    return node


def valuesOf(node: vtkMRMLSequenceNode) -> list[str]:
    return [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]


def dataOf(node: vtkMRMLSequenceNode) -> list:
    return [node.GetNthDataNode(n) for n in range(node.GetNumberOfDataNodes())]


def volumesOfTwoSizes() -> list[vtkMRMLVectorVolumeNode]:
    found = []
    for size in (3, 4):
        volume = vtkMRMLVectorVolumeNode()
        volume.setVoxelArray(numpy.arange(size * 24.0, dtype=numpy.float32).reshape(size, 2, 4, 3))
        found.append(volume)
    return found


@pytest.mark.parametrize(
    "make", [lambda: [sphere(), sphere()], lambda: [table(), table()], lambda: [grid(), grid()], volumesOfTwoSizes,
             lambda: [segmentation(), segmentation()], lambda: [text("short"), text("long " * 100)]],
    ids=["models", "tables", "grids", "volumes of two sizes", "segmentations", "texts"],
)  # fmt: skip
def test_anyNodesComeBackAsTheyWere(tmp_path, make):
    node, path = of(*make()), tmp_path / "a.seq.mrb"
    assert (defaultFileName(node), storageClassName(node)) == (".seq.mrb", STORAGE)
    assert writeBundle(node, path) == [path]
    read = vtkMRMLSequenceNode()
    readBundle(read, path, runWorkers())
    assert valuesOf(read) == ["früh", "late one"]
    assert (read.GetIndexName(), read.GetIndexUnit(), read.GetIndexTypeAsString()) == ("phase", "%", "text")
    for found, expected in zip(dataOf(read), dataOf(node), strict=True):
        assert (found.GetClassName(), found.GetName()) == (expected.GetClassName(), "same name")
        assert found.GetAttribute("told") == expected.GetAttribute("told")
        assert digestOf(found) == digestOf(expected)
        assert found.GetScene() is read.GetSequenceScene()


def test_numbersAsIndexKeepTheirOrderAndTolerance(tmp_path):
    node = of(text("a"), text("b"), text("c"), indexType="numeric", values=("2.5", "-1", "10"))
    path = tmp_path / "a.seq.mrb"
    node.SetNumericIndexValueTolerance(0.25)
    writeBundle(node, path)
    read = vtkMRMLSequenceNode()
    readBundle(read, path, runWorkers())
    assert valuesOf(read) == ["-1", "2.5", "10"]
    assert [one.GetText() for one in dataOf(read)] == ["b", "a", "c"]
    assert read.GetDataNodeAtValue("2.3").GetText() == "a"


@pytest.mark.parametrize("ending", [".mrb", ".mrml"])
def test_aSceneKeepsThem_withTheirBrowserAndItsProxies(tmp_path, ending):
    scene = Scene()
    node = of(sphere(), sphere(), node=scene.AddNewNodeByClass("vtkMRMLSequenceNode"))
    proxy = scene.AddNewNodeByClass("vtkMRMLModelNode", "shown")
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetAndObserveMasterSequenceNodeID(node.GetID())
    browser.AddProxyNode(proxy, node, False)
    browser.SetSelectedItemNumber(1)
    browser.keptAttributes["synchronizationNames"] = "x"
    path = tmp_path / f"scene{ending}"
    saveScene(scene, path)
    for _ in range(2):
        staged = openScene(path, runWorkers())
        assert staged.problems == []
        read = staged.scene.GetFirstNodeByName("Phases")
        assert valuesOf(read) == ["früh", "late one"]
        browser = staged.scene.GetFirstNodeByName("Browser")
        assert browser.GetMasterSequenceNode() is read
        assert browser.GetProxyNode(read).GetName() == "shown"
        assert browser.GetSelectedItemNumber() == 1
        saveScene(staged.scene, path)


def test_slicerOpensOurs_andWeOpenIts(slicerPrograms, tmp_path):  # noqa: F811
    node = of(sphere(), sphere(), sphere(), values=("früh", "late one", "third"))
    node.GetNthDataNode(1).GetPolyData().GetPoints().SetPoint(0, 7, 8, 9)
    writeBundle(node, tmp_path / "ours.seq.mrb")
    found = slicerPrograms.run(
        _WITH_CACHE
        + """
node = load("vtkMRMLSequenceNode", "vtkMRMLSequenceStorageNode", given["folder"] + "/ours.seq.mrb")
count = node.GetNumberOfDataNodes()
result["values"] = [node.GetNthIndexValue(n) for n in range(count)]
result["index"] = [node.GetIndexName(), node.GetIndexUnit(), node.GetIndexTypeAsString()]
result["points"] = [node.GetNthDataNode(n).GetPolyData().GetPoint(0) for n in range(count)]
result["names"] = [node.GetNthDataNode(n).GetName() for n in range(count)]
save(node, "vtkMRMLSequenceStorageNode", given["folder"] + "/theirs.seq.mrb")
""",
        folder=tmp_path,
    )
    assert found["values"] == ["früh", "late one", "third"]
    assert found["index"] == ["phase", "%", "text"]
    assert found["points"][1] == [7, 8, 9]
    assert found["names"] == ["same name"] * 3
    read = vtkMRMLSequenceNode()
    readBundle(read, tmp_path / "theirs.seq.mrb", runWorkers())
    assert valuesOf(read) == found["values"]
    assert [digestOf(one) for one in dataOf(read)] == [digestOf(one) for one in dataOf(node)]


def test_markupsInASequenceOfSlicersAreKeptThroughOurSave(slicerPrograms, tmp_path):  # noqa: F811
    """Nodes of classes that are not known here, with files of their own in the bundle within the bundle."""
    slicerPrograms.run(
        _WITH_CACHE
        + """
node = make("vtkMRMLSequenceNode", "Points")
for number in range(2):
    points = slicer_core.vtkMRMLMarkupsFiducialNode()
    points.SetName("points")
    points.AddControlPoint(1, 2, 3 + number, "tip")
    node.SetDataNodeAtValue(points, str(number))
storage = make("vtkMRMLSequenceStorageNode")
storage.SetFileName(given["folder"] + "/Points.seq.mrb")
node.SetAndObserveStorageNodeID(storage.GetID())
assert storage.WriteData(node)
scene.SetURL(given["folder"] + "/theirs.mrml")
assert scene.Commit()
""",
        folder=tmp_path,
    )
    staged = openScene(tmp_path / "theirs.mrml", runWorkers())
    assert staged.problems == []
    copy = vtkMRMLSequenceNode()
    copy.CopyContent(staged.scene.GetFirstNodeByName("Points"))
    staged.scene.GetFirstNodeByName("Points").CopyContent(copy)
    (tmp_path / "out").mkdir()
    saveScene(staged.scene, tmp_path / "out" / "ours.mrml")
    found = slicerPrograms.run(
        _WITH_CACHE
        + """
scene.SetURL(given["folder"] + "/out/ours.mrml")
assert scene.Connect()
node = scene.GetFirstNodeByName("Points")
found = [node.GetNthDataNode(n) for n in range(node.GetNumberOfDataNodes())]
result["points"] = [[one.GetNthControlPointLabel(0), *one.GetNthControlPointPosition(0)] for one in found]
""",
        folder=tmp_path,
    )
    assert found["points"] == [["tip", 1, 2, 3], ["tip", 1, 2, 4]]


# Hostile


def rewritten(path, change) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in change(members).items():
            archive.writestr(name, data)


def test_aBundleInABundleInABundleIsRefused(tmp_path):
    inner, path = of(text("a")), tmp_path / "scene.mrb"
    outer = vtkMRMLSequenceNode()
    outer.addDataNode(inner, "0")
    scene = Scene()
    scene.AddNode(of(text("b")))
    node = scene.AddNode(outer)
    node.SetName("outer")
    saveScene(scene, path)
    staged = openScene(path, runWorkers())
    assert len(staged.problems) == 1 and "a bundle in a bundle in a bundle is not opened" in staged.problems[0]
    assert valuesOf(staged.scene.GetFirstNodeByName("Phases")) == ["früh"]


def test_theBundlesWithinAShareTheLimitsOfTheOuterOne(tmp_path, monkeypatch):
    scene = Scene()
    for number in range(3):
        of(text("x" * 3000), node=scene.AddNewNodeByClass("vtkMRMLSequenceNode")).SetName(f"s{number}")
    saveScene(scene, tmp_path / "scene.mrb")
    monkeypatch.setattr(RoomWithin, "MAX_TOTAL_BYTES", 12_000)
    staged = openScene(tmp_path / "scene.mrb", runWorkers())
    assert len(staged.problems) == 1 and "more than is accepted" in staged.problems[0]
    assert staged.scene.GetFirstNodeByName("s2").GetNumberOfDataNodes() == 0
    monkeypatch.setattr(RoomWithin, "MAX_TOTAL_BYTES", 1 << 30)
    monkeypatch.setattr(RoomWithin, "MAX_MEMBERS", 9)
    staged = openScene(tmp_path / "scene.mrb", runWorkers())
    assert len(staged.problems) == 1 and "more than is accepted" in staged.problems[0]


def test_whatNobodyCouldOpenIsNotSaved(tmp_path, monkeypatch):
    scene = Scene()
    of(text("x" * 30000), node=scene.AddNewNodeByClass("vtkMRMLSequenceNode"))
    monkeypatch.setattr(SceneSaving, "MAX_TOTAL_BYTES", 36_000)
    saveScene(scene, tmp_path / "scene.mrb")
    of(text("y" * 30000), node=scene.AddNewNodeByClass("vtkMRMLSequenceNode"))
    with pytest.raises(DICOMError, match="at most"):
        saveScene(scene, tmp_path / "scene.mrb")


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt", "Data/CON.txt"])
def test_namesThatLeadOutOfTheInnerBundleRefuseIt(tmp_path, name):
    path = tmp_path / "a.seq.mrb"
    writeBundle(of(text("x" * 300)), path)
    rewritten(path, lambda members: {**members, name: b"evil"})
    with pytest.raises(DICOMError, match="refused"):
        readBundle(vtkMRMLSequenceNode(), path, runWorkers())
    assert not list(tmp_path.rglob("evil.txt"))


@pytest.mark.parametrize("index", ["", "vtkMRMLTextNode9:0", "vtkMRMLTextNode1:0;vtkMRMLTextNode2:0", "a" * 1000])
def test_anIndexThatDoesNotFitIsRefused(tmp_path, index):
    path = tmp_path / "a.seq.mrb"
    writeBundle(of(text("a"), text("b"), values=("0", "1")), path)

    def change(members):
        name = next(one for one in members if one.endswith(".mrml"))
        fitting = b"vtkMRMLTextNode1:0;vtkMRMLTextNode2:1"
        assert fitting in members[name]
        return {**members, name: members[name].replace(fitting, index.encode())}

    rewritten(path, change)
    with pytest.raises(FileError, match="no sequence|other index values"):
        readBundle(vtkMRMLSequenceNode(), path, runWorkers())


@pytest.mark.parametrize("contents", [b"", b"PK\x05\x06" + bytes(18), b"not a zip" * 100])
def test_whatIsNoBundleIsRefused(tmp_path, contents):
    path = tmp_path / "a.seq.mrb"
    path.write_bytes(contents)
    with pytest.raises(DICOMError):
        readBundle(vtkMRMLSequenceNode(), path, runWorkers())
