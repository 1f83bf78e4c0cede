"""A node as an element of a scene's text: what every node says, what is kept of it, and what is not understood."""

from __future__ import annotations

import pytest

from DICOMLib.Scene.Nodes import (
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeDisplayNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLTextNode,
)
from DICOMLib.SceneFiles import NodeText
from DICOMLib.SceneFiles.MrmlText import Element
from DICOMLib.SceneFiles.NodeText import applyElement, elementOfNode, fieldsOf, writtenReferences
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode

# What Slicer writes of every node, in its order.
COMMON = {"id": "x1", "name": "", "hideFromEditors": "false", "selectable": "true", "selected": "false", "userTags": ""}


def unknown() -> vtkMRMLUnknownNode:
    return vtkMRMLUnknownNode("vtkMRMLPlotChartNode", "PlotChart")


def read(node, **attributes: str) -> list[str]:
    return applyElement(node, Element("Any", dict(attributes)))


def test_everyNodeSaysWhatSlicersSay_inTheirOrder():
    element = elementOfNode(vtkMRMLModelNode(), "x1", {})
    assert element.tag == "Model"
    assert element.attributes == COMMON
    assert list(element.attributes) == list(COMMON)


def test_nameDescriptionAndWhetherItIsHidden():
    node = vtkMRMLModelNode()
    node.SetName("Left lobe")
    node.SetDescription("two; parts")
    node.SetHideFromEditors(True)
    node.SetSingletonTag("one")
    assert elementOfNode(node, "x1", {}).attributes == {
        **COMMON, "name": "Left lobe", "description": "two; parts", "hideFromEditors": "true", "singletonTag": "one",
    }  # fmt: skip
    node.SetDescription("")
    assert elementOfNode(node, "x1", {}).attributes["description"] == ""


def test_attributesThatSlicersListCannotHoldAreInOneOfOurs():
    node = vtkMRMLModelNode()
    for name, value in (("b", "1;2%"), ("a", ""), ("c:d", "x"), ("e", "\x01")):
        node.SetAttribute(name, value)
    attributes = elementOfNode(node, "x1", {}).attributes
    assert (attributes["attributes"], attributes["exactAttributes"]) == ("a:;b:1%3B2%25", "c%3Ad:x;e:%01")
    again = vtkMRMLModelNode()
    assert read(again, **attributes) == []
    assert {name: again.GetAttribute(name) for name in again.GetAttributeNames()} == {
        "a": "", "b": "1;2%", "c:d": "x", "e": "\x01",
    }  # fmt: skip


def test_referencesAreInOneList_butColorsAndViewsOnTheirOwn():
    references = {"storage": ["s1"], "display": ["d1", "d2"], "color": ["c1"], "view": ["v1", "v2"]}
    attributes = elementOfNode(vtkMRMLModelNode(), "x1", references).attributes
    assert attributes["references"] == "display:d1 d2;storage:s1;"
    assert (attributes["colorNodeID"], attributes["viewNodeRef"]) == ("c1", "v1 v2")
    assert "references" not in elementOfNode(vtkMRMLModelNode(), "x1", {"color": ["c1"]}).attributes


def test_ofNodesOfUnknownClassesAllReferencesAreInTheList():
    attributes = elementOfNode(unknown(), "x1", {"color": ["c1"]}).attributes
    assert attributes["references"] == "color:c1;" and "colorNodeID" not in attributes


@pytest.mark.parametrize(
    ("name", "role"),
    [("colorNodeID", "color"), ("colorNodeRef", "color"), ("viewNodeRef", "view"), ("displayNodeRef", "display"),
     ("displayNodeID", "display"), ("storageNodeRef", "storage"), ("storageNodeID", "storage"),
     ("transformNodeRef", "transform"), ("transformNodeID", "transform"), ("ROINodeID", "roi"),
     ("volumePropertyNodeID", "volumeProperty")],
)  # fmt: skip
def test_olderNamesOfReferencesAreUnderstood_andNotKeptBeside(name, role):
    node = vtkMRMLTextNode()
    assert read(node, **{name: "a b a", "references": f"{role}:b c;"}) == []
    assert node.allReferences()[role] == ["b", "c", "a"]
    assert name not in node.keptAttributes
    kept = unknown()
    read(kept, **{name: "a"})
    assert kept.keptAttributes[name] == "a" and role not in kept.allReferences()


def test_referencesAreTakenUpToTheLimit_andNoneBeyond(monkeypatch):
    monkeypatch.setattr(NodeText, "MAX_REFERENCES", 2)
    node = vtkMRMLTextNode()
    assert read(node, references="a:1 2;") == [] and node.allReferences() == {"a": ["1", "2"]}
    node.SetName("n")
    problems = read(node, name="n", references="a:1 2;b:3;")
    assert problems == ["Of the Text node “n” the references are left out: they are more than 2."]
    assert node.allReferences() == {}


def test_whatWasKeptOfReferencesStandsBehindWhatIsUsed():
    node = vtkMRMLTextNode()
    colors = ["vtkMRMLColorTableNodePET-Heat"]
    node.setAllReferences({NodeText.KEPT_ROLE + "a": ["3"], "a": ["1", "2"], "color": colors})
    assert writtenReferences(node) == {"a": ["1", "2", "3"], "color": ["vtkMRMLPETProceduralColorNodePET-Heat"]}


def test_aFileWithoutATableMeansNone():
    node = vtkMRMLScalarVolumeDisplayNode()
    assert node.GetNodeReferenceID("color")
    read(node)
    assert node.GetNodeReferenceID("color") is None


def test_whatIsNotUnderstoodIsToldByName_andTheRestIsTaken():
    node = vtkMRMLScalarVolumeDisplayNode()
    problems = read(node, name="shown", window="wide", level="40", windowLevelPreset0="1|x", interpolate="0")
    assert problems == [
        "What the scene says of the VolumeDisplay node “shown” as window is not understood and left out.",
        "A window/level preset of the VolumeDisplay node “shown” is not understood: "
        "could not convert string to float: 'x'.",
    ]
    assert node.GetLevel() == 40 and not node.GetInterpolate()
    assert read(vtkMRMLScalarVolumeNode(), spacing="1") == [
        "What the scene says of a Volume node as spacing is not understood and left out."
    ]


def test_whatMeansNothingHereIsWrittenBack_butNeverInsteadOfWhatDoes():
    node = vtkMRMLTextNode()
    read(node, id="old", name="n", selectable="false", userTags="t", future="1", other="ü")
    attributes = elementOfNode(node, "new", {}).attributes
    assert (attributes["id"], attributes["name"]) == ("new", "n")
    assert (attributes["selectable"], attributes["selected"], attributes["userTags"]) == ("false", "false", "t")
    assert (attributes["future"], attributes["other"]) == ("1", "ü")


def test_namesAndFlagsOfFilesThatSayNone():
    node = vtkMRMLTextNode()
    node.SetName("before")
    node.SetDescription("before")
    assert read(node, hideFromEditors="maybe") == []
    assert (node.GetName(), node.GetDescription(), node.GetHideFromEditors()) == (None, None, node.hiddenByDefault)
    read(node, hideFromEditors="1")
    assert node.GetHideFromEditors()


@pytest.mark.parametrize(("tag", "kept"), [("one", "one"), ("a.b-c", "a.b-c"), ("a b", None), ("x" * 201, None)])
def test_onlyNodesOfUnknownClassesMayBeTheOnlyOneOfTheirKind(tag, kept):
    node, known = unknown(), vtkMRMLTextNode()
    read(node, singletonTag=tag)
    read(known, singletonTag=tag)
    assert (node.GetSingletonTag(), known.GetSingletonTag()) == (kept, None)


def test_nodesOfUnknownClassesKeepTheirContent():
    node, child = unknown(), Element("Inner", {"a": "1"})
    applyElement(node, Element("PlotChart", {"id": "x"}, [child], "some text"))
    element = elementOfNode(node, "x1", {})
    assert (element.tag, element.children, element.text) == ("PlotChart", [child], "some text")


def test_attributesOfGeneralClassesComeFirst():
    names = [field.name for field in fieldsOf(vtkMRMLScalarVolumeDisplayNode())]
    assert names[:3] == ["color", "opacity", "visibility"]
    assert names.index("visibility") < names.index("interpolate") < names.index("window")
    assert fieldsOf(unknown()) == []
