"""Segmentations over volumes in a slice view: pixels are where the matrix says, in the colours of the segments."""

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Scene.GridTransforms import PlacedGrid
from DICOMLib.Scene.Scene import Scene

pytestmark = pytest.mark.gui
PLACE = np.array([[2.0, 0, 0, -31], [0, 2, 0, -31], [0, 0, 2, -31], [0, 0, 0, 1]])


@pytest.fixture
def scene():
    found = Scene()
    volume = found.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.setVoxelArray(np.zeros((32, 32, 32), np.int16))
    volume.SetIJKToRASMatrix(PLACE)
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetWindowLevel(10, 100)  # all of it is black
    return found


@pytest.fixture
def view(bareSliceView, scene):
    bareSliceView.setBackgroundVolume(scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"))
    return bareSliceView


def addSegmentation(scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation = node.GetSegmentation()
    segmentation.setLayers([np.zeros((32, 32, 32), np.uint8)], PLACE)
    for name, color, part in (("left", (1, 0, 0), np.s_[:, 8:24, 4:14]), ("over", (0, 0, 1), np.s_[:, 20:28, 4:14])):
        inside = np.zeros((32, 32, 32), bool)
        inside[part] = True
        segmentation.setSegmentArray(segmentation.AddEmptySegment(name, name, color), inside)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetOpacity2DFill(1.0)
    return node


def colorAt(view, ras):
    QApplication.processEvents()
    picture = view.screenshot()
    position = view.positionOf(np.array(ras, float))
    scale = view.plotter.devicePixelRatioF()
    return picture[round(position.y() * scale), round(position.x() * scale)].tolist()


def test_segmentsAreDrawnWhereTheyAre_inTheirColours(view, scene):
    node = addSegmentation(scene)
    assert colorAt(view, PLACE[:3, :3] @ [8, 12, 16] + PLACE[:3, 3]) == [255, 0, 0]
    assert colorAt(view, PLACE[:3, :3] @ [8, 26, 16] + PLACE[:3, 3]) == [0, 0, 255]  # of a layer of its own
    assert colorAt(view, PLACE[:3, :3] @ [20, 12, 16] + PLACE[:3, 3])[0] < 10
    node.GetSegmentation().GetSegment("left").SetColor(0, 1, 0)
    assert colorAt(view, PLACE[:3, :3] @ [8, 12, 16] + PLACE[:3, 3]) == [0, 255, 0]


def test_hiddenSegmentsAreNotDrawn_norThoseThatLeftTheScene(view, scene):
    node = addSegmentation(scene)
    place = PLACE[:3, :3] @ [8, 12, 16] + PLACE[:3, 3]
    node.GetDisplayNode().SetSegmentVisibility("left", False)
    assert colorAt(view, place)[0] < 10
    node.GetDisplayNode().SetSegmentVisibility("left", True)
    assert colorAt(view, place) == [255, 0, 0]
    node.GetDisplayNode().SetVisibility(False)
    assert colorAt(view, place)[0] < 10
    node.GetDisplayNode().SetVisibility(True)
    assert colorAt(view, place) == [255, 0, 0]
    assert len(view.segmentations.actors) == 2
    scene.RemoveNode(node)
    assert colorAt(view, place)[0] < 10
    assert view.segmentations.actors == []


def test_aSegmentationFollowsItsTransform(view, scene):
    node = addSegmentation(scene)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = transform.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 30)
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert colorAt(view, PLACE[:3, :3] @ [23, 12, 16] + PLACE[:3, 3]) == [255, 0, 0]


def test_underATransformThatBendsEachPixelIsLookedUp(view, scene):
    node = addSegmentation(scene)
    values = np.zeros((5, 5, 5, 3))
    values[..., 0] = np.array([0, 0, 8.0, 0, 0])[None, :, None] / 20  # to the right in the middle row of the grid
    place = np.diag([20.0, 20, 20, 1])
    place[:3, 3] = -40
    warp = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    warp.setPlacedGrid(PlacedGrid(place, DisplacementGrid(values, (0, 0, 0), (1, 1, 1)), False, isCubic=True))
    node.SetAndObserveTransformNodeID(warp.GetID())
    left, right, middle = -23, -3, 0.0  # edges of the segment along R, before; the row where it is moved most

    def red(x, y):
        return colorAt(view, [x, y, 1]) == [255, 0, 0]

    assert red(left + 10, middle) and red(right + 6, middle)
    assert not red(left + 6, middle) and not red(right + 9, middle)
    assert len(view.segmentations.actors) == 2
    view.setOrientation("Coronal")
    view.setSliceOffset(middle)
    assert red(right + 6, middle) and not red(left + 6, middle)
    warp.setPlacedGrid(PlacedGrid(place, DisplacementGrid(-values, (0, 0, 0), (1, 1, 1)), False, isCubic=True))
    assert red(left - 6, middle) and not red(right - 6, middle)
    node.SetAndObserveTransformNodeID(None)
    assert red(left + 2, middle) and red(right - 2, middle)
    node.GetDisplayNode().SetVisibility(False)
    assert not red(left + 2, middle)
