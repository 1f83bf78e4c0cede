"""Models in slices: outlines in their colour where the slice cuts them, only of those that are to be outlined."""

import numpy as np
import pytest
from vtkmodules.vtkFiltersSources import vtkSphereSource

from .conftest import settle
from .Volumes import addVolume

pytestmark = pytest.mark.gui
RADIUS = 20.0


@pytest.fixture
def view(bareSliceView, scene):
    volume = addVolume(scene, np.diag([2.0, 2, 2, 1]) + np.outer([-50, -50, -40, 0], [0, 0, 0, 1]))
    volume.GetDisplayNode().SetWindowLevel(10, 5000)  # all of it is black
    bareSliceView.setBackgroundVolume(volume)
    bareSliceView.setSliceOffset(0)
    return bareSliceView


def addBall(scene, isOutlined=True):
    source = vtkSphereSource()
    source.SetRadius(RADIUS)
    source.SetThetaResolution(60)
    source.SetPhiResolution(60)
    source.Update()
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", "ball")
    node.SetAndObservePolyData(source.GetOutput())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetColor(0, 1, 0)
    node.GetDisplayNode().SetVisibility2D(isOutlined)
    settle()
    return node


def greenPoints(view):
    """RAS mm of the green pixels, shape (n, 3)."""
    settle()
    picture = view.screenshot().astype(int)
    rows, columns = np.nonzero((picture[..., 1] > 150) & (picture[..., 0] < 100) & (picture[..., 2] < 100))
    height = picture.shape[0]
    points = [view.geometryOfSlice.displayToRAS(x + 0.5, height - y - 0.5) for y, x in zip(rows, columns, strict=True)]
    return np.array(points).reshape(-1, 3)


def test_theOutlineIsWhereTheSliceCutsTheModel(view, scene):
    addBall(scene)
    for offset in (0.0, 12.0):
        view.setSliceOffset(offset)
        points = greenPoints(view)
        assert len(points) > 100
        radii = np.linalg.norm(points[:, :2], axis=1)
        wanted = np.sqrt(RADIUS**2 - offset**2)
        assert np.abs(radii - wanted).max() < 3 * view.geometryOfSlice.mmPerPixel
    view.setSliceOffset(RADIUS + 1)
    assert len(greenPoints(view)) == 0
    view.setOrientation("Coronal")
    view.setSliceOffset(0)
    assert np.linalg.norm(greenPoints(view), axis=1).mean() == pytest.approx(RADIUS, abs=0.5)


def test_modelsAreOutlinedOnlyWhenAskedFor(view, scene):
    ball = addBall(scene, isOutlined=False)
    assert len(greenPoints(view)) == 0 and view.outlines.actors == []
    ball.GetDisplayNode().SetVisibility2D(True)
    assert len(greenPoints(view)) > 100
    ball.GetDisplayNode().SetVisibility(False)
    assert len(greenPoints(view)) == 0
    ball.GetDisplayNode().SetVisibility(True)
    assert len(greenPoints(view)) > 100
    scene.RemoveNode(ball)
    assert len(greenPoints(view)) == 0 and view.outlines.actors == []


def test_newModelsAreNotOutlined_as_in3DSlicer(scene):
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    node.CreateDefaultDisplayNodes()
    assert node.GetDisplayNode().GetVisibility2D() is False


def test_outlinesFollowTransformsAndSurfaces(view, scene):
    ball = addBall(scene)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = transform.GetMatrixTransformToParent()
    matrix.SetElement(0, 0, 0.5)  # narrower, which turns normals if they are not transformed as such
    matrix.SetElement(0, 3, 9)
    transform.SetMatrixTransformToParent(matrix)
    ball.SetAndObserveTransformNodeID(transform.GetID())
    points = greenPoints(view)
    assert [points[:, 0].min(), points[:, 0].max()] == pytest.approx([-1, 19], abs=1.5)
    assert [points[:, 1].min(), points[:, 1].max()] == pytest.approx([-20, 20], abs=1.5)
    smaller = vtkSphereSource()
    smaller.SetRadius(8)
    smaller.Update()
    ball.SetAndObservePolyData(smaller.GetOutput())
    points = greenPoints(view)
    assert np.ptp(points[:, 1]) < 20
