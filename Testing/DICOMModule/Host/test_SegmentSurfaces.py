"""Segmentations in the 3D view: on demand, computed in the background, where their transforms put them."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersHybrid import vtkGridTransform

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Segmentation import vtkSegmentation
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMModule.Host.SegmentSurfaces import isShownIn3D
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle

pytestmark = pytest.mark.gui
PLACE = np.array([[2.0, 0, 0, -31], [0, 2, 0, -31], [0, 0, 2, -31], [0, 0, 0, 1]])
PARTS = {"left": ((1, 0, 0), np.s_[4:28, 8:24, 4:12]), "right": ((0, 0, 1), np.s_[4:28, 8:24, 20:28])}


@pytest.fixture
def layout():
    return "ThreeD"


@pytest.fixture
def window(makeWindow):
    return makeWindow(workers=runWorkers())


def addSegmentation(scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "parts")
    segmentation = node.GetSegmentation()
    segmentation.setLayers([np.zeros((32, 32, 32), np.uint8)], PLACE)
    for name, (color, part) in PARTS.items():
        inside = np.zeros((32, 32, 32), bool)
        inside[part] = True
        segmentation.setSegmentArray(segmentation.AddEmptySegment(name, name, color), inside)
    node.CreateDefaultDisplayNodes()
    return node


def actorsOf(window, node):
    view = window.layoutManager.threeDView()
    view.screenshot()
    drawn = view.surfaces.drawn.get(node.GetID())
    return {} if drawn is None else drawn.actors()


def showIn3D(qtbot, window, node, shown=True):
    settle()
    hierarchy = window.application.scene.GetSubjectHierarchyNode()
    menu = window.dataTree.buildMenu(hierarchy.GetItemByDataNode(node))
    action = next(one for one in menu.actions() if one.text() == "Show in 3D")
    assert action.isChecked() is not shown
    action.setChecked(shown)
    waitUntilComputed(qtbot, window, node)


def waitUntilComputed(qtbot, window, node):
    def isDone():
        return not window.segmentSurfaces.isRunning(node) and not window.segmentSurfaces._timer.isActive()

    qtbot.waitUntil(isDone, timeout=60_000)
    settle()


def countsOfColors(window):
    picture = window.layoutManager.threeDView().screenshot().astype(int)
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return {
        "red": int(((red > 60) & (green < 40) & (blue < 40)).sum()),
        "green": int(((green > 60) & (red < 40) & (blue < 40)).sum()),
        "blue": int(((blue > 60) & (green < 40) & (red < 40)).sum()),
    }


def test_segmentsAreShownIn3DOnlyWhenAskedFor_inTheirColours(qtbot, window, scene):
    node = addSegmentation(scene)
    settle()
    assert actorsOf(window, node) == {} and not isShownIn3D(node)
    showIn3D(qtbot, window, node)
    assert set(actorsOf(window, node)) == set(PARTS)
    window.layoutManager.threeDView().lookFrom("Anterior")
    counts = countsOfColors(window)
    assert counts["red"] > 500 and counts["blue"] > 500 and counts["green"] == 0
    node.GetSegmentation().GetSegment("left").SetColor(0, 1, 0)
    settle()
    counts = countsOfColors(window)
    assert counts["green"] > 500 and counts["red"] == 0
    showIn3D(qtbot, window, node, shown=False)
    assert actorsOf(window, node) == {} and node.GetDisplayNode().GetVisibility()
    assert node.GetClosedSurfaceRepresentation("left") is not None  # kept for the next time


def test_surfacesAreNeverComputedOnTheThreadOfTheWindow(qtbot, window, scene, monkeypatch):
    threads, computed = [], vtkSegmentation.computedSurfaces

    def watched(self, *arguments, **named):
        threads.append(threading.current_thread())
        return computed(self, *arguments, **named)

    monkeypatch.setattr(vtkSegmentation, "computedSurfaces", watched)
    node = addSegmentation(scene)
    showIn3D(qtbot, window, node)
    assert set(actorsOf(window, node)) == set(PARTS)
    assert len(threads) == 1 and threads[0] is not threading.main_thread()


def test_displayNodesHideSegmentsAndMakeThemTranslucent(qtbot, window, scene):
    node = addSegmentation(scene)
    showIn3D(qtbot, window, node)
    display = node.GetDisplayNode()
    display.SetSegmentVisibility("left", False)
    assert set(actorsOf(window, node)) == {"right"}
    display.SetSegmentVisibility("left", True)
    display.SetSegmentOpacity3D("left", 0.25)
    display.SetOpacity(0.5)
    opacities = {one: actor.GetProperty().GetOpacity() for one, actor in actorsOf(window, node).items()}
    assert opacities == {"left": 0.125, "right": 0.5}
    display.SetVisibility(False)
    assert actorsOf(window, node) == {}


def test_whatIsBehindATranslucentSegmentIsSeen(qtbot, window, scene):
    """Of a picture with several samples a pixel VTK would leave translucent surfaces out."""
    node = addSegmentation(scene)
    showIn3D(qtbot, window, node)
    window.layoutManager.threeDView().lookFrom("Left")  # red in front of blue
    before = countsOfColors(window)
    picture = window.layoutManager.threeDView().screenshot().astype(int)
    assert before["red"] > 500 and before["blue"] == 0
    node.GetDisplayNode().SetSegmentOpacity3D("left", 0.4)
    settle()
    mixed = window.layoutManager.threeDView().screenshot().astype(int)
    middle = tuple(side // 2 for side in mixed.shape[:2])
    assert picture[middle][2] < 40
    assert mixed[middle][2] > 60 and mixed[middle][0] > 20


def test_theyAreWhereTheirTransformsPutThem(qtbot, window, scene):
    node = addSegmentation(scene)
    showIn3D(qtbot, window, node)
    before = np.array(actorsOf(window, node)["left"].GetBounds())
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = transform.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 30)
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    settle()
    assert np.array(actorsOf(window, node)["left"].GetBounds()) == pytest.approx(before + [30, 30, 0, 0, 0, 0])
    matrix.SetElement(0, 3, 10)
    transform.SetMatrixTransformToParent(matrix)
    settle()
    assert np.array(actorsOf(window, node)["left"].GetBounds()) == pytest.approx(before + [10, 10, 0, 0, 0, 0])


def gridNode(scene, displacement):
    """A transform that moves all within 100 mm of the middle by so much."""
    points = np.zeros((5, 5, 5, 3))
    points[..., :] = displacement
    grid = vtkImageData()
    grid.SetDimensions(5, 5, 5)
    grid.SetSpacing(50, 50, 50)
    grid.SetOrigin(-100, -100, -100)
    grid.GetPointData().SetScalars(numpy_to_vtk(points.reshape(-1, 3), deep=True))
    transform = vtkGridTransform()
    transform.SetDisplacementGridData(grid)
    node = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    node.SetAndObserveTransformToParent(transform)
    return node


def test_aGridMovesSegmentsAndModelsAlike(qtbot, window, scene):
    node = addSegmentation(scene)
    showIn3D(qtbot, window, node)
    before = np.array(actorsOf(window, node)["left"].GetBounds())
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    model.SetAndObservePolyData(node.GetClosedSurfaceRepresentation("left"))
    model.CreateDefaultDisplayNodes()
    grid = gridNode(scene, (0, 12, 0))
    with pytest.raises(SceneError):
        grid.GetMatrixTransformToParent()
    node.SetAndObserveTransformNodeID(grid.GetID())
    model.SetAndObserveTransformNodeID(grid.GetID())
    settle()
    moved = pytest.approx(before + [0, 0, 12, 12, 0, 0], abs=1e-3)
    assert np.array(actorsOf(window, node)["left"].GetBounds()) == moved
    view = window.layoutManager.threeDView()
    assert np.array(view.surfaces.drawn[model.GetID()].actor.GetBounds()) == moved


def test_aSegmentThatChangesIsComputedAgain(qtbot, window, scene):
    node = addSegmentation(scene)
    showIn3D(qtbot, window, node)
    other = node.GetClosedSurfaceRepresentation("right")
    inside = np.zeros((32, 32, 32), bool)
    inside[10:14, 10:14, 10:14] = True
    node.GetSegmentation().setSegmentArray("left", inside)
    waitUntilComputed(qtbot, window, node)
    bounds = np.array(actorsOf(window, node)["left"].GetBounds()).reshape(3, 2)
    assert (bounds[:, 1] - bounds[:, 0]).max() < 12
    assert node.GetClosedSurfaceRepresentation("right") is other
    node.GetSegmentation().RemoveSegment("left")
    waitUntilComputed(qtbot, window, node)
    assert set(actorsOf(window, node)) == {"right"}
    scene.RemoveNode(node)
    settle()
    assert window.layoutManager.threeDView().surfaces.drawn == {}


def test_aCancelledComputationShowsNothing_untilItIsAskedForAgain(qtbot, window, scene, monkeypatch):
    started, computed = threading.Event(), vtkSegmentation.computedSurfaces

    def slow(self, onlyMissing=True, progress=None):
        started.set()
        while not progress.cancelled:
            threading.Event().wait(0.01)
        progress.raiseIfCancelled()

    monkeypatch.setattr(vtkSegmentation, "computedSurfaces", slow)
    node = addSegmentation(scene)
    window.segmentSurfaces.show(node)
    assert started.wait(60)
    job = window.jobs.jobs[0]
    assert "parts" in job.description
    job.cancel()
    waitUntilComputed(qtbot, window, node)
    assert actorsOf(window, node) == {} and not isShownIn3D(node)
    assert node.GetDisplayNode().GetVisibility()
    monkeypatch.setattr(vtkSegmentation, "computedSurfaces", computed)
    showIn3D(qtbot, window, node)
    assert set(actorsOf(window, node)) == set(PARTS)


def test_whatWasShownIn3DIsShownAgainWhenItsSceneIsOpened(qtbot, window, scene, tmp_path):
    asked, other = addSegmentation(scene), addSegmentation(scene)
    other.SetName("flat")
    showIn3D(qtbot, window, asked)
    asked.GetDisplayNode().SetSegmentOpacity3D("left", 0.25)
    saveScene(scene, tmp_path / "a.mrb")
    staged = openScene(tmp_path / "a.mrb", runWorkers())
    assert isShownIn3D(staged.scene.GetFirstNodeByName("parts"))
    assert not isShownIn3D(staged.scene.GetFirstNodeByName("flat"))
    scene.Clear()
    scene.merge(staged.scene)
    settle()
    again, flat = scene.GetFirstNodeByName("parts"), scene.GetFirstNodeByName("flat")
    waitUntilComputed(qtbot, window, again)
    actors = actorsOf(window, again)
    assert set(actors) == set(PARTS) and actors["left"].GetProperty().GetOpacity() == 0.25
    assert actorsOf(window, flat) == {}
