"""Scenes that nobody vouches for: what does not fit is told and left out, and nothing of it reaches other scenes."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import SceneFileError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.Members import DATA, KEPT
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml


def read(body: str, folder="/nonexistent"):
    return mrmlToScene(f'<MRML version="Slicer 5.8.1 33241" userTags="">{body}</MRML>', folder)


def test_theVersionOfTheFormatIsTold():
    assert read("").formatVersion == "Slicer 5.8.1 33241"


def test_anotherRootIsNoScene():
    with pytest.raises(SceneFileError, match="not that of a scene"):
        mrmlToScene("<html/>", ".")


def test_nodesHaveTheIDsTheyHaveInTheFile():
    staged = read('<Volume id="vtkMRMLScalarVolumeNode7" name="a"/><Model id="x" name="b"/>')
    assert [node.GetID() for node in staged.scene.nodes()[:2]] == ["vtkMRMLScalarVolumeNode7", "x"]
    assert staged.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode").GetID() == "vtkMRMLScalarVolumeNode1"


def test_nodesWithoutAnIDOrWithOneThatIsTakenGetAnother():
    staged = read('<Text id="a" name="1"/><Text id="a" name="2"/><Text name="3"/><Text id="b c;" name="4"/>')
    names = [node.GetName() for node in staged.scene.GetNodesByClass("vtkMRMLTextNode")]
    assert names == ["1", "2", "3", "4"]
    assert len({node.GetID() for node in staged.scene.nodes()}) == 5
    assert "no ID of its own" in staged.problems[0]


def test_aNodeWithTheIDOfABuiltInTableDoesNotTakeItsPlace():
    staged = read('<ColorTable id="vtkMRMLColorTableNodeGrey" name="fake"/>')
    assert staged.scene.GetNodeByID("vtkMRMLColorTableNodeGrey").GetName() == "Grey"


def test_referencesToNodesThatAreNotThereDoNotFindOthersInTheSceneTheyAreAddedTo():
    staged = read('<Volume id="a" name="a" references="display:vtkMRMLScalarVolumeDisplayNode1;"/>')
    shown = Scene()
    shown.AddNewNodeByClass("vtkMRMLScalarVolumeDisplayNode")
    shown.merge(staged.scene)
    assert shown.GetFirstNodeByName("a").GetDisplayNode() is None
    assert "does not have" in staged.problems[0]


def test_tablesAndViewsOfSlicersOwnNeedNotBeInTheFile():
    viridis = "vtkMRMLColorTableNodeFileViridis.txt"
    staged = read(f'<VolumeDisplay id="a" colorNodeID="{viridis}" viewNodeRef="vtkMRMLSliceNodeRed"/>')
    assert staged.problems == []
    assert f'colorNodeID="{viridis}"' in sceneToMrml(staged.scene).text
    assert 'viewNodeRef="vtkMRMLSliceNodeRed"' in sceneToMrml(staged.scene).text


def test_nodesOfAnotherKindThanTheirRoleWantsAreNotUsedButWrittenBack():
    body = ('<Volume id="v" name="v" references="display:d;storage:v;transform:b;"/>'
            '<MyDisplay id="d" name="d" odd="1"/><FutureTransform id="b" name="b"/>')  # fmt: skip
    staged = read(body)
    volume = staged.scene.GetNodeByID("v")
    assert (volume.GetDisplayNode(), volume.GetStorageNode(), volume.GetParentTransformNode()) == (None, None, None)
    assert any("under a transform of a kind that is not known" in problem for problem in staged.problems)
    assert 'references="display:d;transform:b;"' in sceneToMrml(staged.scene).text


def test_whatWasKeptOfANodeLeavesTheSceneWithIt():
    scene = read('<Volume id="v" name="v" references="display:d;"/><MyDisplay id="d" name="d"/>').scene
    scene.RemoveNode(scene.GetNodeByID("v"))
    assert scene.GetNodeByID("d") is None


def test_transformsUnderThemselvesAreTakenApart():
    body = "".join(
        f'<LinearTransform id="t{n}" name="t{n}" references="transform:t{(n + 1) % 3};"/>' for n in range(3)
    )
    staged = read(body + '<Volume id="v" name="v" references="transform:t0;"/>')
    volume = staged.scene.GetNodeByID("v")
    assert volume.GetParentTransformNode().GetTransformToWorld().GetNumberOfConcatenatedTransforms() >= 0
    assert any("was under itself" in problem for problem in staged.problems)


def test_aNodeIsUnderOneTransformAndNotUnderAThousand():
    body = '<LinearTransform id="t0" name="t0" references="transform:t1 t0;"/>' + "".join(
        f'<LinearTransform id="t{n}" name="t{n}" references="transform:t{n + 1};"/>' for n in range(1, 5000)
    )
    staged = read(body + '<LinearTransform id="t5000" name="t5000"/>')
    first = staged.scene.GetNodeByID("t0")
    assert first.GetNumberOfNodeReferences("transform") == 1
    assert first.GetMatrixTransformToWorld().GetElement(0, 0) == 1
    assert any("under too many transforms" in problem for problem in staged.problems)
    staged.scene.GetNodeByID("t101").Modified()


@pytest.mark.parametrize("attribute", ['window="nan"', 'window="1e999"', 'window="x"', 'color="1 2"',
                                       'visibility="maybe"', 'windowLevelPreset0="1|x"', 'windowLevelPreset0=""'])
def test_valuesThatAreNoneAreToldAndLeftOut(attribute):
    staged = read(f'<VolumeDisplay id="a" name="a" level="7" {attribute}/>')
    display = staged.scene.GetNodeByID("a")
    assert len(staged.problems) == 1 and "not understood" in staged.problems[0]
    assert (display.GetWindow(), display.GetLevel(), display.GetVisibility()) == (256, 7, True)


@pytest.mark.parametrize("attribute", ['spacing="0 0 0"', 'spacing="1 1"', 'origin="nan 0 0"',
                                       'ijkToRASDirections="1 0 0 1 0 0 0 0 1"'])  # fmt: skip
def test_placesThatAreNoneAreToldAndLeftOut(attribute):
    staged = read(f'<Volume id="a" name="a" {attribute}/>')
    assert len(staged.problems) == 1
    assert staged.scene.GetNodeByID("a").ijkToRASArray().tolist() == [
        [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1],
    ]  # fmt: skip


def test_filesBelowTheFolderAreMembers(tmp_path):
    (tmp_path / "Data").mkdir()
    for name in ("a%b.nrrd", "m.json"):
        (tmp_path / "Data" / name).write_bytes(b"")
    body = ('<Volume id="v" name="v" references="storage:s;"/><Marks id="m" name="m" references="storage:t;"/>'
            '<VolumeArchetypeStorage id="s" fileName="Data/a%25b.nrrd" fileListMember0="a%25b.nrrd" centerImage="1"/>'
            '<MarksStorage id="t" fileName="Data\\m.json" odd="1"/>')  # fmt: skip
    staged = read(body, tmp_path)
    volume, marks = staged.members
    assert staged.problems == []
    assert (volume.node.GetID(), volume.fileName, volume.kind) == ("v", "Data/a%b.nrrd", DATA)
    assert volume.storage.GetID() == "s"
    assert volume.attributes == {"centerImage": "1"}
    assert (marks.node.GetID(), marks.fileName, marks.kind) == ("m", "Data/m.json", KEPT)


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.nrrd", "C:\\x.nrrd", "file:///x.nrrd", "Data/../../x.nrrd"])
def test_filesElsewhereAreNoMembers(name, tmp_path):
    folder = tmp_path / "scene"
    folder.mkdir()
    (tmp_path / "secret.nrrd").write_bytes(b"")
    body = f'<Volume id="v" name="v" references="storage:s;"/><VolumeArchetypeStorage id="s" fileName="{name}"/>'
    staged = read(body, folder)
    assert staged.members == []
    assert staged.problems == ["A file of the node “v” is outside of the scene's folder, and is not read."]


def test_filesThatAreMissingAreTold(tmp_path):
    body = '<Volume id="v" name="v" references="storage:s;"/><VolumeArchetypeStorage id="s" fileName="Data/x.nrrd"/>'
    staged = read(body, tmp_path)
    assert staged.members == [] and staged.problems == ["A file of the node “v” is missing: Data/x.nrrd."]


def test_severalHierarchiesAreOne():
    item = '<SubjectHierarchyItem id="5" name="p{0}" parent="1" expanded="true" attributes="Level^Patient|"/>'
    hierarchy = '<SubjectHierarchy id="h{0}" name="h">' + item + "</SubjectHierarchy>"
    body = hierarchy.format(1) + hierarchy.format(2)
    scene = read(body).scene
    hierarchy = scene.GetSubjectHierarchyNode()
    assert [hierarchy.GetItemName(one) for one in hierarchy.GetItemChildren(hierarchy.GetSceneItemID())] == ["p1", "p2"]
    assert scene.GetNumberOfNodesByClass("vtkMRMLSubjectHierarchyNode") == 1


def test_scenesOfBeforeTheHierarchyGetOne():
    scene = read('<Volume id="v" name="v" displayNodeRef="d" storageNodeRef="s"/><VolumeDisplay id="d"/>').scene
    assert scene.GetSubjectHierarchyNode().GetItemByDataNode(scene.GetNodeByID("v"))
    assert scene.GetNodeByID("v").GetDisplayNode() is scene.GetNodeByID("d")


def test_aNodeKnownHereIsNeverTheOnlyOneOfItsKind():
    shown = Scene()
    for _ in range(2):
        shown.merge(read('<Text id="vtkMRMLTextNodeSingleton" singletonTag="Singleton" name="a" text="x"/>').scene)
    assert len(shown.GetNodesByClass("vtkMRMLTextNode")) == 2


def test_aNodeOfWhichASceneHasOneIsCopiedOntoTheOneThatIsThere():
    shown = Scene()
    for n in (1, 2):
        body = (f'<Slice id="vtkMRMLSliceNodeRed" singletonTag="Red" name="Red" offset="{n}" references="v:v;"/>'
                f'<Volume id="v" name="v{n}"/>')  # fmt: skip
        shown.merge(read(body).scene)
    slices = shown.GetNodesByClass("vtkMRMLSliceNode")
    assert [(one.GetID(), one.keptAttributes["offset"]) for one in slices] == [("vtkMRMLSliceNodeRed", "2")]
    assert slices[0].GetNodeReference("v").GetName() == "v2"


def test_tenThousandNodesOfOneNameOpenInTime(promised):
    body = "".join(f'<Text id="t{n}" name="same" references="other:t{n - 1};"/>' for n in range(1, 10_000))
    shown = Scene()
    with promised.within(20):
        shown.merge(read('<Text id="t0" name="same"/>' + body).scene)
    assert len(shown.GetNodesByClass("vtkMRMLTextNode")) == 10_000
