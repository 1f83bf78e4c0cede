"""How volumes say that they are drawn in 3D views."""

import gc
import weakref

import numpy
import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import (
    RENDERING_CLASS,
    isRendered,
    renderingOf,
    setRendered,
    vtkMRMLVolumePropertyNode,
)


@pytest.fixture
def volume():
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Head")
    node.setVoxelArray(numpy.zeros((2, 3, 4), "i2"))
    node.scene = scene  # a node knows its scene only as long as there is one
    return node


def test_theFirstDisplayNodeStaysThatOfTheSlicesAlsoWhereThereWasNone(volume):
    assert volume.GetDisplayNode() is None
    setRendered(volume, True)
    classes = [volume.GetNthDisplayNode(n).GetClassName() for n in range(volume.GetNumberOfDisplayNodes())]
    assert classes == ["vtkMRMLScalarVolumeDisplayNode", RENDERING_CLASS]
    assert volume.GetDisplayNode().GetInterpolate() and isRendered(volume)


def test_itIsSwitchedOffAndOnWithTheSameNode(volume):
    setRendered(volume, True)
    node = renderingOf(volume)
    setRendered(volume, False)
    assert not isRendered(volume) and renderingOf(volume) is node
    setRendered(volume, True)
    assert isRendered(volume) and volume.GetNumberOfDisplayNodes() == 2


def test_whatIsNotDrawnGetsNoNodes(volume):
    setRendered(volume, False)
    assert volume.GetNumberOfDisplayNodes() == 0 and not isRendered(volume)


def test_whatItsFunctionsSayIsHeard_butTheyDoNotKeepIt():
    """A view makes one for each item of a sequence that plays."""
    node, heard = vtkMRMLVolumePropertyNode(), []
    node.AddObserver("ModifiedEvent", lambda *_arguments: heard.append(1))
    node.GetScalarOpacity().AddPoint(7, 0.5)
    assert heard
    alive = weakref.ref(node)
    del node
    gc.collect()
    assert alive() is None
