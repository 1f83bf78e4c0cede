"""Whatever is changed in the text of a scene, it opens, or is refused with a sentence; nothing else happens."""

from __future__ import annotations

import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import SceneFileError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MrmlText import Element, parseXML, writeXML
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml

VALUES = st.sampled_from([
    "", "0", "-1", "1e999", "nan", "true", "vtkMRMLScalarVolumeNode1", "vtkMRMLLinearTransformNode1", "a:b;c:d", "^|^|",
    "1 2 3", "0 0 0", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "../../etc/passwd", "9" * 400, "x|y|z", "%", "\ufffd", ";;;",
    "display:vtkMRMLScalarVolumeNode1;storage:vtkMRMLTextNode1;transform:vtkMRMLModelNode1;",
    "transform:vtkMRMLLinearTransformNode1;color:vtkMRMLModelNode1;", "vtkMRMLColorTableNodeGrey", "1e300 1e300 1e-300",
    "vtkMRMLSubjectHierarchyNode1",
]) | st.text(max_size=20)  # fmt: skip
CLASSES = (
    "vtkMRMLScalarVolumeNode", "vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode",
    "vtkMRMLDiffusionWeightedVolumeNode", "vtkMRMLDiffusionTensorVolumeNode", "vtkMRMLModelNode",
    "vtkMRMLLinearTransformNode", "vtkMRMLGridTransformNode", "vtkMRMLColorTableNode", "vtkMRMLSegmentationNode",
    "vtkMRMLSequenceNode", "vtkMRMLSequenceBrowserNode", "vtkMRMLTableNode", "vtkMRMLTextNode",
)  # fmt: skip


def everything() -> str:
    scene = Scene()
    for className in CLASSES:
        node = scene.AddNewNodeByClass(className, className)
        node.SetAttribute("a", "b")
        if hasattr(node, "CreateDefaultDisplayNodes"):
            node.CreateDefaultDisplayNodes()
    volume = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    volume.setVoxelArray(numpy.zeros((2, 2, 2), numpy.uint8))
    volume.SetAndObserveTransformNodeID("vtkMRMLLinearTransformNode1")
    volume.GetDisplayNode().AddWindowLevelPreset(1, 2, "x")
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "p")
    hierarchy.SetItemUID(patient, "DICOM", "1")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volume), hierarchy.CreateStudyItem(patient, "s"))
    marks = ('<Marks id="m" name="m" singletonTag="x" references="storage:s;"><Part/></Marks>'
             '<MarksStorage id="s" fileName="f"/>')  # fmt: skip
    return sceneToMrml(scene).text.replace("</MRML>", marks + "</MRML>")


TEXT = everything()


def elementsOf(root: Element) -> list[Element]:
    found = [root]
    for element in found:
        found += element.children
    return found


def use(text: str | bytes) -> None:
    """What a program does with a scene: walk through it, add it to another, write it."""
    staged = mrmlToScene(text, "/nonexistent")
    assert all(isinstance(problem, str) for problem in staged.problems)
    shown = Scene()
    shown.merge(staged.scene)
    for node in shown.nodes():
        if node.IsA("vtkMRMLDisplayableNode"):
            node.GetDisplayVisibility()
            node.SetDisplayVisibility(True)
            node.GetStorageNode()
        if node.IsA("vtkMRMLTransformableNode") and node.GetParentTransformNode() is not None:
            node.GetParentTransformNode().GetTransformToWorld()
        if node.IsA("vtkMRMLDisplayNode"):
            node.GetColorName()
            assert node.GetColorNode() is None or node.GetColorNode().IsA("vtkMRMLColorNode")
    hierarchy = shown.GetSubjectHierarchyNode()
    for itemID in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True):
        hierarchy.GetItemName(itemID)
        hierarchy.GetItemDisplayVisibility(itemID)
    parseXML(sceneToMrml(shown).text)
    shown.Clear()


def test_theTextItselfOpens():
    assert len(mrmlToScene(TEXT, ".").scene.nodes()) > len(CLASSES)
    use(TEXT)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_anyAttributesWithOtherValuesOpen(data):
    root = parseXML(TEXT)
    elements = [one for one in elementsOf(root)[1:] if one.attributes]
    for _ in range(data.draw(st.integers(1, 6))):
        element = data.draw(st.sampled_from(elements))
        element.attributes[data.draw(st.sampled_from(list(element.attributes)))] = data.draw(VALUES)
    use(writeXML(root))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_elementsUnderOtherNamesAndInOtherPlacesOpen(data):
    root = parseXML(TEXT)
    elements = elementsOf(root)[1:]
    tags = sorted({one.tag for one in elements} | {"Slice", "SceneView", "FolderDisplay", "MRML", "Node"})
    for _ in range(data.draw(st.integers(1, 4))):
        data.draw(st.sampled_from(elements)).tag = data.draw(st.sampled_from(tags))
        moved = data.draw(st.sampled_from(elements))
        root.children.append(Element(moved.tag, dict(moved.attributes)))
    use(writeXML(root))


@pytest.mark.parametrize("seed", range(4))
def test_bytesThatAreChangedAnywhereOpenOrAreRefused(seed):
    chance = random.Random(seed)
    for _ in range(60):
        data = bytearray(TEXT.encode())
        for _ in range(chance.randrange(1, 5)):
            position = chance.randrange(len(data))
            data[position : position + chance.choice((0, 1, 20))] = bytes([chance.choice(b"a0 :;-.|^%\xff\"<>")])
        try:
            use(bytes(data))
        except SceneFileError as error:
            assert str(error).endswith(".")
