"""Texts of scenes that are made to take all time or memory: each is opened with what is wrong told, or refused.

Each of them took minutes, or would have taken all memory, before there was a limit or a faster way. The time
limit of every test stands for "no hang": all of them take a second or two.
"""

from __future__ import annotations

import pytest

from DICOMLib.Errors import LimitExceededError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles import KeptFiles, SceneReading
from DICOMLib.SceneFiles.Limits import MAX_FILES, MAX_NODES, MAX_NODES_OF_A_FILE, MAX_REFERENCES
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneReading import MAX_PROBLEMS
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml
from Testing.Fixtures.RunWorkers import runWorkers

MANY = 3000


def opened(text: str):
    """What is staged, after it went through all that a program does with it."""
    staged = mrmlToScene(f"<MRML>{text}</MRML>", "/nonexistent")
    sceneToMrml(staged.scene)
    return staged


def transforms(parentOf) -> str:
    node = '<LinearTransform id="vtkMRMLLinearTransformNode%d" references="transform:vtkMRMLLinearTransformNode%d;"/>'
    return "".join(node % (number, parentOf(number)) for number in range(MANY))


@pytest.mark.parametrize(
    ("parentOf", "words"),
    [
        (lambda number: number, "was under itself"),
        (lambda number: (number + 1) % MANY, "was under itself"),
        (lambda number: number + 1, "was under too many transforms"),
    ],
    ids=["each under itself", "a ring", "a chain"],
)
def test_transformsUnderThemselvesAndWithoutEndAreTakenApart(parentOf, words):
    staged = opened(transforms(parentOf))
    assert any(words in problem for problem in staged.problems)
    for node in staged.scene.GetNodesByClass("vtkMRMLLinearTransformNode")[::1000]:
        node.GetTransformToWorld()


@pytest.mark.parametrize("attributes", ["", 'id="vtkMRMLScalarVolumeNode1"', 'id=""', 'id="a b"'])
def test_thousandsOfNodesWithTheSameIDOrWithoutOneGetTheirOwn(attributes):
    before = "".join(f'<Volume id="vtkMRMLScalarVolumeNode{number}"/>' for number in range(MANY // 2, MANY))
    staged = opened(before + f"<Volume {attributes}/>" * (MANY // 2))
    assert len({node.GetID() for node in staged.scene.nodes()}) == MANY + 1
    assert "A Volume node has no ID of its own; what refers to it may be missing." in staged.problems


def test_nodesHoldAtTheLimit_andOneMoreIsRefused():
    assert len(opened('<Layout id="a"/>' * 10 + "<Text/>" * (MAX_NODES - 10)).scene.nodes()) == MAX_NODES + 1
    with pytest.raises(LimitExceededError, match="20,001 of at most 20,000"):
        opened("<Text/>" * (MAX_NODES + 1))


@pytest.mark.parametrize("form", ['displayNodeRef="{}"', 'references="display:{};"', 'storageNodeRef="{}"'])
def test_moreReferencesThanAnyNodeHasAreLeftOut(form):
    def withCount(count: int):
        nodeIDs = " ".join(f"x{number}" for number in range(count))
        return opened(f'<Volume id="vtkMRMLScalarVolumeNode1" {form.format(nodeIDs)}/>')

    (problem,) = withCount(MAX_REFERENCES + 1).problems
    assert problem == "Of a Volume node the references are left out: they are more than 100,000."
    role = "storage" if "storage" in form else "display"
    node = withCount(MAX_REFERENCES).scene.GetNodeByID("vtkMRMLScalarVolumeNode1")
    assert sum(map(len, node.allReferences().values())) == MAX_REFERENCES and node.allReferences().keys() <= {
        role, f"kept.{role}"
    }  # fmt: skip


def test_filesThatAreNamedWithoutEndAreNotLookedFor(monkeypatch):
    names = " ".join(f'fileListMember{number}="{number}.raw"' for number in range(MAX_FILES // 3))
    storage = f'<FooStorage id="vtkMRMLFooStorageNode1" {names}/>'
    nodes = '<Foo name="foo" references="storage:vtkMRMLFooStorageNode1;"/>' * 5000
    assert len(opened(storage + nodes).problems) == MAX_PROBLEMS
    monkeypatch.setattr(SceneReading, "MAX_FILES", 2)
    two = '<FooStorage id="vtkMRMLFooStorageNode1" fileName="1.raw" fileListMember0="2.raw"/>'
    problems = opened(two + '<Foo name="foo" references="storage:vtkMRMLFooStorageNode1;"/>' * 2).problems
    assert problems[-1] == "The scene names files more than 2 times; that of “foo” is not read."


def test_aFileThatManyNodesNameIsReadForAFewOnly(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"kept")
    nodes = "".join(
        f'<Foo id="f{n}" name="f{n}" references="storage:s{n};"/><FooStorage id="s{n}" fileName="a.bin"/>'
        for n in range(100)
    )
    (tmp_path / "scene.mrml").write_text(f"<MRML>{nodes}</MRML>")
    staged = openScene(tmp_path / "scene.mrml", runWorkers())
    kept = [node for node in staged.scene.GetNodesByClass("vtkMRMLFooNode") if node.keptFiles]
    assert len(kept) == MAX_NODES_OF_A_FILE
    assert "The file of the node “f99” is that of too many nodes, and is not read for it." in staged.problems


def test_whatIsKeptOfAllNodesTogetherHasALimit(tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.SceneFiles.RoomWithin.MAX_KEPT_BYTES", 10)
    assert KeptFiles.MAX_BYTES_OF_A_NODE > 10
    for number in range(3):
        (tmp_path / f"{number}.bin").write_bytes(b"12345")
    nodes = "".join(
        f'<Foo id="f{n}" name="f{n}" references="storage:s{n};"/><FooStorage id="s{n}" fileName="{n}.bin"/>'
        for n in range(3)
    )
    (tmp_path / "scene.mrml").write_text(f"<MRML>{nodes}</MRML>")
    staged = openScene(tmp_path / "scene.mrml", runWorkers())
    assert staged.problems == ["“2.bin” of the node “f2” was not read: the file is too large to be kept (5 bytes)."]


def test_aSceneWhoseNodesAreEachOthersDisplayCanBeClearedAgain():
    chain = "".join(
        f'<Volume id="vtkMRMLScalarVolumeNode{number}" references="display:vtkMRMLScalarVolumeNode{number + 1};"/>'
        for number in range(3000)
    )
    shown = Scene()
    shown.merge(mrmlToScene(f"<MRML>{chain}</MRML>", "/nonexistent").scene)
    assert shown.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 3000
    shown.Clear()
    assert shown.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
