"""Models in slices: outlines in their colour where the slice cuts them, only of those that are to be outlined."""

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkRenderer

from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Scene.GridTransforms import PlacedGrid, movedPoints
from DICOMModule.Host.SliceGeometry import ORIENTATIONS, SliceGeometry
from DICOMModule.Host.SliceOutlines import SliceOutlines
from DICOMModule.Host.WarpedSurfaces import WarpedSurfaces

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


def addWarp(scene):
    """A transform that bends: by up to some millimetres, otherwise everywhere."""
    values = np.random.default_rng(4).uniform(-6, 6, (5, 5, 5, 3))
    grid = DisplacementGrid(values / 20, (0, 0, 0), (1, 1, 1))
    place = np.diag([20.0, 20, 20, 1])
    place[:3, 3] = -40
    node = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    node.setPlacedGrid(PlacedGrid(place, grid, isFromParent=False, isCubic=True))
    return node


def expectedCut(ball, warp, geometry):
    """Where the plane of a view cuts the edges between the moved points, shape (n, 3)."""
    surface = ball.GetPolyData()
    points = movedPoints(warp.GetTransformToParent(), vtk_to_numpy(surface.GetPoints().GetData()).astype(float))
    triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    edges = np.unique(np.sort(np.vstack([triangles[:, pair] for pair in ((0, 1), (1, 2), (2, 0))]), axis=1), axis=0)
    heights = (points - geometry.centre) @ geometry.towardsViewer
    crossing = edges[(heights[edges] > 0).sum(axis=1) == 1]
    first, second = crossing.T
    part = (heights[first] / (heights[first] - heights[second]))[:, None]
    return points[first] + part * (points[second] - points[first])


@pytest.mark.parametrize("orientation", ["Axial", "Sagittal", "Coronal"])
def test_underATransformThatBendsTheyAreWhereItsPointsAreMoved(scene, orientation):
    ball, warp = addBall(scene), addWarp(scene)
    ball.SetAndObserveTransformNodeID(warp.GetID())
    outlines, geometry = SliceOutlines(vtkRenderer()), SliceGeometry(axes=ORIENTATIONS[orientation].copy())
    outlines.show([ball])
    for offset in (0.0, 9.0):
        geometry.setOffset(offset)
        outlines.place(geometry)
        (actor,) = outlines.actors
        actor.GetMapper().Update()
        found = vtk_to_numpy(actor.GetMapper().GetInput().GetPoints().GetData()).astype(float)
        expected = expectedCut(ball, warp, geometry)
        between = np.linalg.norm(found[:, None] - expected[None], axis=2)
        assert len(expected) > 50
        assert between.min(axis=0).max() < 0.01 and between.min(axis=1).max() < 0.01
        assert np.ptp(np.linalg.norm(expected, axis=1)) > 2  # it is no circle any more


def test_aBentOutlineIsDrawnThere_andFollowsTheTransform(view, scene):
    ball, warp = addBall(scene), addWarp(scene)
    ball.SetAndObserveTransformNodeID(warp.GetID())
    for _change in range(2):
        settle()
        view.screenshot()
        drawn = greenPoints(view)
        expected = expectedCut(ball, warp, view.geometryOfSlice)
        across = np.linalg.norm((drawn[:, None] - expected[None])[..., :2], axis=2)
        assert across.min(axis=1).max() < 3 * view.geometryOfSlice.mmPerPixel
        assert across.min(axis=0).max() < 3 * view.geometryOfSlice.mmPerPixel
        placed = warp.displacementGrid()
        smaller = DisplacementGrid(placed.grid.displacements / 2, (0, 0, 0), (1, 1, 1))
        warp.setPlacedGrid(PlacedGrid(placed.ijkToRAS, smaller, isFromParent=False, isCubic=True))
    ball.SetAndObserveTransformNodeID(None)
    radii = np.linalg.norm(greenPoints(view)[:, :2], axis=1)
    assert np.abs(radii - RADIUS).max() < 3 * view.geometryOfSlice.mmPerPixel


def test_whatAThreadHasToldWhenTheViewIsClosedIsDrawnNoMore(view, scene):
    addBall(scene)
    view._surfaceMade.emit()
    view.closeView()
    settle()
    assert view.outlines.actors == []


def test_viewsShareWhatIsComputed_andKeepItNoLongerThanTheyDrawIt(scene):
    ball, warp = addBall(scene), addWarp(scene)
    ball.SetAndObserveTransformNodeID(warp.GetID())
    shared, told = WarpedSurfaces(), []
    views = [SliceOutlines(vtkRenderer(), lambda: told.append(1), shared) for _view in range(3)]
    for one in views:
        one.show([ball])
    assert len(shared._made) == 1
    for one in views:
        one.wait()
        assert one.actors[0].GetVisibility()
        one.remove()
    assert len(shared._made) == 0
