"""Scenes that Slicer's own classes write come back from this program as they were: read by them, node by node."""

from __future__ import annotations

import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.KeptFiles import keptContents, readKeptMember
from DICOMLib.SceneFiles.MemberFiles import formatOf, readMember, suffixOfMember, writeMember
from DICOMLib.SceneFiles.Members import KEPT
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerScenes import slicerScenes  # noqa: F401  (a fixture)

# Slicer computes them anew whenever it reads a scene, or reads them wrongly from what it wrote itself.
COMPUTED = {"interactionHandleToWorldMatrix", "gradients", "bValues", "numcolors", "version"}
# They come from member files, whose reading and writing has tests of its own.
FROM_MEMBERS = {("DiffusionTensorVolume", "attributes"), ("DiffusionWeightedVolume", "attributes")}


@pytest.fixture
def read(slicerScenes):  # noqa: F811
    path = slicerScenes.everything()
    return readWhole(path.read_bytes(), path.parent)


def readWhole(text, folder):
    staged = mrmlToScene(text, folder)
    for member in staged.members:
        if member.kind == KEPT:
            readKeptMember(member, folder)
        elif suffixOfMember(member.fileName) in formatOf(member.node).suffixes:
            readMember(member.node, folder / member.fileName, runWorkers())
    return staged


def writeMembers(document, folder):
    (folder / "Data").mkdir()
    for member in document.members:
        if member.kind == KEPT:
            (folder / member.fileName).write_bytes(keptContents(member))
        else:
            writeMember(member.node, folder / member.fileName)


def elementsByID(data: bytes) -> dict[str, object]:
    return {one.attributes["id"]: one for one in parseXML(data).children if not one.tag.endswith("Storage")}


def differences(before, after) -> list[tuple]:
    found = []
    for nodeID, element in before.items():
        other = after.get(nodeID)
        if other is None:
            found.append((nodeID, "missing"))
            continue
        names = (set(element.attributes) | set(other.attributes)) - COMPUTED
        for name in sorted(names):
            values = [one.attributes.get(name) for one in (element, other)]
            if name == "references":
                values = [withoutStorage(value or "") for value in values]
            if values[0] != values[1] and (element.tag, name) not in FROM_MEMBERS:
                found.append((nodeID, name, *values))
    return found + [(nodeID, "new") for nodeID in after if nodeID not in before]


def withoutStorage(references: str) -> list[str]:
    return [part for part in references.split(";") if "storage" not in part]


def items(data: bytes) -> list[tuple]:
    hierarchy = next(one for one in parseXML(data).children if one.tag == "SubjectHierarchy")
    waiting, found = [(0, hierarchy.children[0])], []
    while waiting:
        depth, element = waiting.pop()
        said = {name: value for name, value in element.attributes.items() if name not in ("id", "parent")}
        found.append((depth, said))
        waiting += [(depth + 1, child) for child in reversed(element.children)]
    return found


def test_everyKindOfNodeOfSlicersIsReadAndWrittenSoThatSlicerSeesTheSame(read, slicerScenes, tmp_path):  # noqa: F811
    original = slicerScenes.everything()
    document = sceneToMrml(read.scene)
    writeMembers(document, tmp_path)
    (tmp_path / "ours.mrml").write_text(document.text, encoding="utf-8")

    complaints = slicerScenes.rewritten(tmp_path / "ours.mrml", tmp_path / "again.mrml")
    slicerScenes.rewritten(original, tmp_path / "slicers.mrml")

    again = (tmp_path / "again.mrml").read_bytes()
    assert document.problems == []
    assert differences(elementsByID((tmp_path / "slicers.mrml").read_bytes()), elementsByID(again)) == []
    before = items((tmp_path / "slicers.mrml").read_bytes())
    # Nodes that had no item have one at the top, as in Slicer's application.
    isNew = {said.get("dataNode") for _, said in items(again)} - {said.get("dataNode") for _, said in before}
    assert [item for item in items(again) if item[1].get("dataNode") not in isNew] == before
    assert "Failed to read" not in complaints, complaints


def test_nodesOfUnknownClassesAreInTheSceneByTheirClassNames(read):
    scene = read.scene
    for className in ("vtkMRMLMarkupsFiducialNode", "vtkMRMLCameraNode", "vtkMRMLSliceNode", "vtkMRMLLayoutNode"):
        assert scene.GetFirstNodeByClass(className).GetClassName() == className
    assert scene.GetNodeByID("vtkMRMLSliceNodeRed").GetSingletonTag() == "Red"
    active = scene.GetNodeByID("vtkMRMLSelectionNodeSingleton").GetNodeReference("ActiveVolume")
    assert active is scene.GetFirstNodeByName("2: CT Thorax/äö")


def test_whatIsKnownIsSetOnNodes(read):
    volume = read.scene.GetFirstNodeByName("2: CT Thorax/äö")
    display = volume.GetDisplayNode()
    assert volume.GetAttribute("odd") == "a;b:c%d\"e'f<g>&h\ni é😀"
    assert volume.GetDescription() == 'with "quotes"'
    assert volume.GetSpacing() == pytest.approx((0.5, 0.75, 2.5))
    assert volume.GetOrigin() == pytest.approx((10.25, 20, -30.125))
    assert volume.GetParentTransformNode().GetMatrixTransformToParent().GetElement(0, 3) == 12.5
    assert (display.GetWindow(), display.GetLevel(), display.GetAutoWindowLevel()) == (400, 40, False)
    assert (display.GetLowerThreshold(), display.GetUpperThreshold(), display.GetApplyThreshold()) == (10, 200, True)
    assert (display.GetWindowPreset(0), display.GetLevelPreset(0)) == (1500, -600)
    model = read.scene.GetFirstNodeByName("liver").GetDisplayNode()
    assert (model.GetColor(), model.GetOpacity()) == ((1, 0.5, 0.25), 0.4)
    assert read.scene.GetFirstNodeByName("text").GetText() == 'hello\nworld "x" <y>'


def test_theSubjectHierarchyHasPatientsStudiesAndUIDs(read):
    hierarchy = read.scene.GetSubjectHierarchyNode()
    patient = hierarchy.GetItemByUID("DICOM", "P;1:2")
    assert hierarchy.GetItemLevel(patient) == "Patient" and not hierarchy.GetItemExpanded(patient)
    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientName") == "Doe^J;o:h%n\"'<>&"
    item = hierarchy.GetItemByDataNode(read.scene.GetFirstNodeByName("2: CT Thorax/äö"))
    assert hierarchy.GetItemUID(item, "DICOMInstanceUID") == "1.2.3.4.1 1.2.3.4.2"
    assert hierarchy.GetItemName(hierarchy.GetItemParent(item)) == "folder"
    assert hierarchy.GetItemAncestorAtLevel(item, "Patient") == patient


def test_nodesKeepTheirReferencesWhenTheSceneIsAddedToAnotherThatHasTheirIDs(read):
    shown = Scene()
    own = shown.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "own")
    shown.merge(read.scene)
    volume = shown.GetFirstNodeByName("2: CT Thorax/äö")
    assert own.GetID() == "vtkMRMLScalarVolumeNode1" and volume.GetID() == "vtkMRMLScalarVolumeNode2"
    assert shown.GetNodeByID("vtkMRMLSelectionNodeSingleton").GetNodeReference("ActiveVolume") is volume
    text = sceneToMrml(shown).text
    assert 'references="ActiveVolume:vtkMRMLScalarVolumeNode2;"' in text


def test_whatIsReadIsWrittenTheSameAgain(read, tmp_path):
    first = sceneToMrml(read.scene)
    writeMembers(first, tmp_path)
    again = readWhole(first.text, tmp_path)
    assert again.problems == []
    assert sceneToMrml(again.scene).text == first.text
