import numpy
import pytest
import pyvista
from vtkmodules.vtkCommonTransforms import vtkTransform

from DICOMLib.Scene.Nodes import vtkMRMLModelNode
from DICOMLib.Scene.Scene import Scene


@pytest.fixture
def model():
    scene = Scene()
    node = vtkMRMLModelNode()
    node.SetAndObservePolyData(pyvista.Cube(center=(0, 0, 0), x_length=2, y_length=4, z_length=6))
    scene.AddNode(node)
    node.scene = scene
    return node


def moved(node, *offset):
    transform = node.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode")
    toParent = vtkTransform()
    toParent.Translate(*offset)
    transform.SetAndObserveTransformToParent(toParent)
    node.SetAndObserveTransformNodeID(transform.GetID())


def test_boundsAreThoseOfTheSurfaceInTheWorld(model):
    assert model.GetRASBounds() == pytest.approx((-1, 1, -2, 2, -3, 3))
    moved(model, 10, 0, 0)
    assert model.GetRASBounds() == pytest.approx((9, 11, -2, 2, -3, 3))
    assert model.GetNodeBounds() == pytest.approx((-1, 1, -2, 2, -3, 3))
    assert model.toPyVista().bounds[:2] == pytest.approx((9, 11))


def test_anEmptyModelHasNoBounds():
    bounds = vtkMRMLModelNode().GetRASBounds()
    assert bounds[0] > bounds[1]


def test_hardeningMovesThePoints(model):
    moved(model, 0, 5, 0)
    model.HardenTransform()
    assert model.GetNodeBounds()[2:4] == pytest.approx((3, 7))


def test_changesOfTheSurfaceAreTold(model):
    calls = []
    model.AddObserver(model.PolyDataModifiedEvent, lambda caller, event: calls.append(event))
    model.GetPolyData().Modified()
    assert len(calls) == 1


def test_aCopyHasASurfaceOfItsOwn(model):
    copy = vtkMRMLModelNode()
    copy.Copy(model)
    model.GetPolyData().points = numpy.zeros((24, 3))
    assert copy.GetNodeBounds()[:2] == pytest.approx((-1, 1))


def test_aModelGetsAModelDisplayNode(model):
    model.CreateDefaultDisplayNodes()
    assert model.GetDisplayNode().GetClassName() == "vtkMRMLModelDisplayNode"
    assert model.GetDisplayVisibility()
    model.SetDisplayVisibility(False)
    assert not model.GetDisplayNode().GetVisibility()
