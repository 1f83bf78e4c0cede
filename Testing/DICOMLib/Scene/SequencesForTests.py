"""Small sequences, and a scene that browses them."""

import numpy

from DICOMLib.Scene.Nodes import vtkMRMLScalarVolumeNode, vtkMRMLSequenceNode
from DICOMLib.Scene.Scene import Scene


def volume(value: int) -> vtkMRMLScalarVolumeNode:
    node = vtkMRMLScalarVolumeNode()
    node.setVoxelArray(numpy.full((1, 2, 2), value, numpy.int16))
    return node


def filled(*values: str, name: str = "phases") -> vtkMRMLSequenceNode:
    """Volumes whose voxels are the index values."""
    node = vtkMRMLSequenceNode()
    node.SetName(name)
    for value in values:
        node.SetDataNodeAtValue(volume(int(float(value))), value)
    return node


def browsed(*sequences: vtkMRMLSequenceNode):
    """A scene with these sequences, and a browser of all; the first is the master."""
    scene = Scene()
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    for sequence in sequences:
        browser.AddSynchronizedSequenceNodeID(scene.AddNode(sequence).GetID())
    return scene, browser


def shown(browser, sequence) -> int:
    """The voxels' value of a proxy."""
    return int(browser.GetProxyNode(sequence).voxelArray().max())
