"""Sequences and their browsers."""

import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Nodes import vtkMRMLScalarVolumeNode, vtkMRMLSequenceNode, vtkMRMLTextNode
from DICOMLib.Scene.Scene import Scene


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


def test_aBrowserShowsTheSelectedItemInItsProxy():
    scene = Scene()
    sequence = scene.AddNode(filled("1", "2", "3"))
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    proxy = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    browser.AddProxyNode(proxy, sequence, False)
    assert browser.GetMasterSequenceNode() is sequence
    assert browser.GetProxyNode(sequence) is proxy
    assert browser.GetNumberOfItems() == 3
    browser.SelectNextItem()
    assert proxy.voxelArray().max() == 2
    assert browser.SelectLastItem() == 2
    assert browser.SelectNextItem() == 0  # looped
    browser.SetPlaybackLooped(False)
    browser.SelectLastItem()
    assert browser.SelectNextItem() == 2
    assert proxy.voxelArray().max() == 3


def test_aBrowserKeepsSequencesTogether():
    scene = Scene()
    master, other = scene.AddNode(filled("1", "2")), scene.AddNode(filled("1", "2"))
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    browser.SetAndObserveMasterSequenceNodeID(master.GetID())
    assert browser.AddSynchronizedSequenceNodeID(other.GetID()) == "_1"
    found = []
    browser.GetSynchronizedSequenceNodes(found, True)
    assert found == [master, other]
    assert browser.GetSynchronizedSequenceNodes() == [other]
    copy = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    copy.Copy(browser)
    assert copy.GetMasterSequenceNode() is master
    assert copy.GetSelectedItemNumber() == browser.GetSelectedItemNumber() == 0


def test_aProxyNodeIsMadeOfWhatIsKnown():
    scene = Scene()
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    for number, sequence in enumerate((filled("1", "2"), vtkMRMLSequenceNode())):
        sequence.SetName("phases")
        scene.AddNode(sequence)
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
        proxy = browser.createProxyNode(sequence)
        assert (proxy is None) == bool(number)
        if proxy is not None:
            assert browser.GetProxyNode(sequence) is proxy and proxy.GetName() == "phases_1"
            assert (proxy.voxelArray() == 1).all() and proxy.GetDisplayNode() is not None
