"""Sequences."""

import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Nodes import (
    vtkMRMLLinearTransformNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSequenceNode,
    vtkMRMLTextNode,
)


def volume(value: int) -> vtkMRMLScalarVolumeNode:
    node = vtkMRMLScalarVolumeNode()
    node.setVoxelArray(numpy.full((1, 2, 2), value, numpy.int16))
    return node


def filled(*values: str) -> vtkMRMLSequenceNode:
    node = vtkMRMLSequenceNode()
    for value in values:
        node.SetDataNodeAtValue(volume(int(float(value))), value)
    return node


def indexValues(node) -> list[str]:
    return [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]


def test_numbersAreInTheirOrder_textsInTheOrderTheyCame():
    assert indexValues(filled("10", "2.5", "-1")) == ["-1", "2.5", "10"]
    node = vtkMRMLSequenceNode()
    node.SetIndexTypeFromString("text")
    for value in ("b", "a"):
        node.SetDataNodeAtValue(volume(1), value)
    assert indexValues(node) == ["b", "a"]
    with pytest.raises(SceneError):
        node.SetIndexTypeFromString("other")


def test_dataIsACopy_andFoundByValueOrTheOneBefore():
    original = volume(3)
    node = vtkMRMLSequenceNode()
    node.SetDataNodeAtValue(original, "3")
    original.voxelArray()[:] = 9
    assert node.GetDataNodeAtValue("3.0001").voxelArray().max() == 3
    assert node.GetDataNodeAtValue("4") is None
    assert node.GetDataNodeAtValue("4", False) is node.GetNthDataNode(0)
    assert node.GetDataNodeClassName() == "vtkMRMLScalarVolumeNode"
    assert node.GetDefaultStorageNodeClassName() == "vtkMRMLVolumeSequenceStorageNode"


def test_allDataIsOfOneClass():
    node = filled("1", "2")
    with pytest.raises(SceneError, match="holds vtkMRMLScalarVolumeNode"):
        node.SetDataNodeAtValue(vtkMRMLTextNode(), "3")
    node.RemoveDataNodeAtValue("1")
    assert indexValues(node) == ["2"]
    node.RemoveAllDataNodes()
    node.SetDataNodeAtValue(vtkMRMLTextNode(), "3")
    assert node.GetDefaultStorageNodeClassName() == "vtkMRMLSequenceStorageNode"


@pytest.mark.parametrize(("isText", "kind"), [(False, "LinearTransformSequence"), (True, "Sequence")])
def test_transformsWithTextsAreKeptInABundle_in3DSlicersFileOfTransformsTheyWereNumbers(isText, kind):
    node = vtkMRMLSequenceNode()
    node.SetIndexType(node.TextIndex if isText else node.NumericIndex)
    node.SetDataNodeAtValue(vtkMRMLLinearTransformNode(), "1")
    assert node.GetDefaultStorageNodeClassName() == f"vtkMRML{kind}StorageNode"


def test_anIndexValueCanBeChanged_andMovesItsItem():
    node = filled("1", "2", "3")
    first = node.GetNthDataNode(0)
    node.UpdateIndexValue("1", "2.5")
    assert indexValues(node) == ["2", "2.5", "3"] and node.GetNthDataNode(1) is first
    with pytest.raises(SceneError, match="another item"):
        node.UpdateIndexValue("2", "3")
    node.UpdateIndexValue("9", "10")
    assert indexValues(node) == ["2", "2.5", "3"]


def test_anItemTakesOverDataAndAttributes_ifWantedWithoutACopy():
    node, other = filled("1", "2"), volume(7)
    other.SetAttribute("said", "x")
    assert node.UpdateDataNodeAtValue(other, "2", True)
    assert node.GetNthDataNode(1).GetImageData() is other.GetImageData()
    assert node.GetNthDataNode(1).GetAttribute("said") == "x"
    assert node.UpdateDataNodeAtValue(other, "1")
    assert node.GetNthDataNode(0).GetImageData() is not other.GetImageData()
    assert not node.UpdateDataNodeAtValue(other, "3")
