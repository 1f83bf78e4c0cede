"""What this program's own scenes are in text: read again they are the same, and Slicer's classes understand them."""

from __future__ import annotations

import numpy
import pytest
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MemberFiles import writeMember
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerScenes import slicerScenes  # noqa: F401  (a fixture)

PLACE = numpy.array([[0, 0, 2.5, -10], [0.7, 0.1, 0, 20.125], [0, 0.8, 0.3, 30], [0, 0, 0, 1]])


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "shift")
    matrix = vtkMatrix4x4()
    matrix.SetElement(0, 3, 1 / 3)
    transform.SetMatrixTransformToParent(matrix)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", 'CT "ö" <&>; 50%')
    volume.setVoxelArray(numpy.arange(24, dtype=numpy.int16).reshape(2, 3, 4))
    volume.SetIJKToRASMatrix(PLACE)
    volume.SetAttribute("DICOM.instanceUIDs", "1.2 1.3")
    volume.SetAndObserveTransformNodeID(transform.GetID())
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.SetWindowLevel(0.1, 1e-7)
    display.AddWindowLevelPreset(1500, -600, "LUNG")
    display.SetColorName("PET-Heat")
    display.SetInvert(True)
    volume.AddDefaultStorageNode("/home/somebody/secret patient.dcm")
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Doe^Jane")
    hierarchy.SetItemUID(patient, "DICOM", "P|1^2")
    hierarchy.SetItemAttribute(patient, "DICOM.PatientComments", "a|b^c\x01\n")
    hierarchy.SetItemDisplayVisibility(hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "hidden"), False)
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volume), hierarchy.CreateStudyItem(patient, "Study"))
    return scene


def element(document, tag: str):
    return next(one for one in parseXML(document.text).children if one.tag == tag)


def reread(document, folder) -> Scene:
    (folder / "Data").mkdir()
    for member in document.members:
        writeMember(member.node, folder / member.fileName)
    staged = mrmlToScene(document.text, folder)
    assert staged.problems == []
    return staged.scene


def test_theSceneStaysAsItIs(scene):
    before = [(node.GetID(), node.GetName(), node.GetMTime()) for node in scene.nodes()]
    sceneToMrml(scene)
    assert [(node.GetID(), node.GetName(), node.GetMTime()) for node in scene.nodes()] == before


def test_everyNodeWithDataHasAFileAndAStorageElementThatNamesIt(scene):
    document = sceneToMrml(scene, "Files")
    assert [member.fileName for member in document.members] == [
        "Files/shift.tfm", "Files/CT %22%c3%b6%22 %3c%26%3e%3b 50%25.nrrd",
    ]  # fmt: skip
    storage = element(document, "VolumeArchetypeStorage")
    assert storage.attributes["fileName"] == "Files/CT%20%2522%25c3%25b6%2522%20%253c%2526%253e%253b%2050%2525.nrrd"
    assert f"storage:{storage.attributes['id']};" in element(document, "Volume").attributes["references"]
    assert element(document, "TransformStorage").attributes["id"] == "vtkMRMLTransformStorageNode1"


def test_whereFilesWereOnThisMachineIsNotTold(scene):
    assert "somebody" not in sceneToMrml(scene).text and "secret" not in sceneToMrml(scene).text


def test_nodesWithoutDataHaveNoFile():
    scene = Scene()
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty").AddDefaultStorageNode()
    document = sceneToMrml(scene)
    assert document.members == []
    assert "Storage" not in document.text and "storage" not in document.text


def test_twoNodesWithOneStorageNodeHaveAFileEach(scene):
    volume = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    other = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "other")
    other.setVoxelArray(numpy.zeros((1, 1, 1), numpy.uint8))
    other.SetAndObserveStorageNodeID(volume.GetStorageNode().GetID())
    document = sceneToMrml(scene)
    names = [one.attributes["fileName"] for one in parseXML(document.text).children if "VolumeArchetype" in one.tag]
    assert len(set(names)) == 2


def test_tablesHaveTheIDsThatSlicerKnowsThemBy(scene):
    shown = element(sceneToMrml(scene), "VolumeDisplay")
    assert shown.attributes["colorNodeID"] == "vtkMRMLPETProceduralColorNodePET-Heat"


def test_charactersThatXMLCannotHoldAreToldWhereTheyAreReplaced(scene):
    scene.GetFirstNodeByName("shift").SetName("a\x01b")
    document = sceneToMrml(scene)
    assert document.problems == [
        "Characters that XML cannot hold were replaced in the name of the LinearTransform element "
        "vtkMRMLLinearTransformNode1."
    ]


@pytest.mark.parametrize("value", ["", "a;b:c%3B%", "\x00\x1f", "\ud800", "quote ' \" <>&", "line\r\n\ttab", "é😀"])
def test_attributesOfAnyCharactersComeBack(value, tmp_path):
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", "t")
    for name in ("plain", "odd;name:%", "\x02"):
        node.SetAttribute(name, value)
    document = sceneToMrml(scene)
    again = mrmlToScene(document.text, tmp_path).scene.GetFirstNodeByName("t")
    assert {name: again.GetAttribute(name) for name in again.GetAttributeNames()} == dict.fromkeys(
        ("plain", "odd;name:%", "\x02"), value
    )
    assert document.problems == []


def test_theSceneComesBack(scene, tmp_path):
    again = reread(sceneToMrml(scene), tmp_path)
    volume = again.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    display = volume.GetDisplayNode()
    assert volume.GetName() == 'CT "ö" <&>; 50%' and volume.GetAttribute("DICOM.instanceUIDs") == "1.2 1.3"
    numpy.testing.assert_allclose(volume.ijkToRASArray(), PLACE, atol=1e-12)
    assert volume.GetParentTransformNode().GetMatrixTransformToParent().GetElement(0, 3) == 1 / 3
    assert (display.GetWindow(), display.GetLevel(), display.GetInvert()) == (0.1, 1e-7, True)
    assert display.GetWindowLevelPresetExplanation(0) == "LUNG" and display.GetColorName() == "PET-Heat"
    hierarchy = again.GetSubjectHierarchyNode()
    patient = hierarchy.GetItemByUID("DICOM", "P|1^2")
    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientComments") == "a|b^c\x01\n"
    assert hierarchy.GetItemAncestorAtLevel(hierarchy.GetItemByDataNode(volume), "Patient") == patient
    kept = [node for node in scene.nodes() if again.GetNodeByID(node.GetID())]
    assert len(kept) == scene.GetNumberOfNodes()
    assert all(again.GetNodeByID(node.GetID()).GetHideFromEditors() == node.GetHideFromEditors() for node in kept)


def test_aTextOfAnyLengthIsInTheSceneOrInAFile(tmp_path):
    scene = Scene()
    for name, length in (("short", 10), ("long", 1000)):
        scene.AddNewNodeByClass("vtkMRMLTextNode", name).SetText("x" * length)
    document = sceneToMrml(scene)
    assert [member.node.GetName() for member in document.members] == ["long"]
    assert "x" * 10 in document.text and "x" * 11 not in document.text


def test_slicerSeesTheNodesOfOurScene(scene, slicerScenes, tmp_path):  # noqa: F811
    document = sceneToMrml(scene)
    reread(document, tmp_path)
    (tmp_path / "ours.mrml").write_text(document.text, encoding="utf-8")
    complaints = slicerScenes.rewritten(tmp_path / "ours.mrml", tmp_path / "again.mrml")
    seen = {one.tag: one.attributes for one in parseXML((tmp_path / "again.mrml").read_bytes()).children}
    volume, shown = seen["Volume"], seen["VolumeDisplay"]
    assert "Failed" not in complaints, complaints
    assert volume["name"] == 'CT "ö" <&>; 50%' and volume["attributes"] == "DICOM.instanceUIDs:1.2 1.3"
    assert "transform:vtkMRMLLinearTransformNode1;" in volume["references"]
    assert (shown["window"], shown["level"], shown["windowLevelPreset0"]) == ("0.1", "1e-07", "1500|-600")
    assert shown["invertDisplayScalarRange"] == "1"
    assert volume["origin"] == "-10 20.125 30"
    matrix = [float(word) for word in seen["LinearTransform"]["matrixTransformToParent"].split()]
    assert matrix[3] == pytest.approx(1 / 3, abs=1e-6)
    patient = parseXML((tmp_path / "again.mrml").read_bytes())
    tree = next(one for one in patient.children if one.tag == "SubjectHierarchy").children[0]
    names = {child.attributes.get("name") for child in tree.children}
    assert "Doe^Jane" in names
    hidden = next(child for child in tree.children if child.attributes.get("dataNode") == "vtkMRMLFolderDisplayNode1")
    assert hidden.attributes["attributes"] == "Level^Folder|"
    assert (seen["FolderDisplay"]["name"], seen["FolderDisplay"]["visibility"]) == ("hidden", "false")
