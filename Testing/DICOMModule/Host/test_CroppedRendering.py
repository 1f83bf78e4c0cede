"""A rendered volume is cut to its region: what is outside of the box is background, as 3D Slicer draws it."""

import json

import numpy as np
import pytest

from DICOMLib.Scene.GridTransforms import PlacedGrid
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.VolumeRenderingNodes import renderingOf
from DICOMLib.SceneFiles.RegionNodes import keptNodeFor
from Testing.DICOMModule.Host.test_SliceOutlines import addWarp
from Testing.DICOMModule.Host.test_ThreeDView import onScreen, quiet, scene, settle, showRendered, view, waitForPaints  # noqa: F401
from Testing.DICOMModule.Host.Volumes import addVolume, axialMatrix, rotation, shearedMatrix

pytestmark = pytest.mark.gui
CENTER, SIZE = np.array([2.0, 3, 8]), np.array([24.0, 30, 36])
AXES = rotation((0, 30, 0))  # about A: seen from the front it is turned


def addRegion(scene):  # noqa: F811
    flip = np.array([-1.0, -1, 1])
    mark = {"type": "ROI", "coordinateSystem": "LPS", "roiType": "Box", "center": (flip * CENTER).tolist(),
            "orientation": (flip[:, None] * AXES).ravel().tolist(), "size": SIZE.tolist()}  # fmt: skip
    node = keptNodeFor("vtkMRMLMarkupsROINode", "MarkupsROI")
    node.keptFiles["crop.mrk.json"] = json.dumps({"markups": [mark]}).encode()
    scene.AddNode(node)
    return node


def addCropped(view, scene, matrix=None):  # noqa: F811
    """A bright volume, seen from the front, and its region."""
    quiet(view)
    node = addVolume(scene, matrix, np.full((40, 60, 50), 1000, np.int16))
    showRendered(view, node)
    view.resize(360, 260)  # with room for the names of looks, so that it stays so
    waitForPaints()
    view.plotter.renderer.GetActiveCamera().ParallelProjectionOn()
    view.lookFrom("Anterior")
    region, display = addRegion(scene), renderingOf(node)
    display.SetAndObserveROINodeID(region.GetID())
    return node, region, display


def isBright(view):  # noqa: F811
    settle(view)
    return view.screenshot().min(axis=2) > 25


def expectedPixels(view, box):  # noqa: F811
    """Which pixels see a box from the front, and which are so near its rim that they may; each (height, width)."""
    height, width = view.screenshot().shape[:2]
    origin, right, up = (onScreen(view, ras) for ras in ([0, 0, 0], [1, 0, 0], [0, 0, 1]))
    y, x = np.mgrid[height - 0.5 : 0 : -1, 0.5:width]
    rs = np.stack([x - origin[0], y - origin[1]], axis=-1) @ np.linalg.inv(np.array([right - origin, up - origin]))
    ras = np.stack([rs[..., 0], np.full_like(x, box.center[1]), rs[..., 1]], axis=-1)
    beyond = (np.abs((ras - box.center) @ box.axes) - box.size / 2).max(axis=-1)
    return beyond < 0, np.abs(beyond) < 1.0 + 1.5 / np.linalg.norm(right - origin)


def assertCutTo(view, box):  # noqa: F811
    inside, onRim = expectedPixels(view, box)
    drawn = isBright(view)
    assert inside.sum() > 500 and (~inside).sum() > 1000
    assert drawn[inside & ~onRim].all() and not drawn[~inside & ~onRim].any()


@pytest.mark.parametrize("matrixOf", [axialMatrix, shearedMatrix])
def test_nothingIsDrawnOutsideOfTheRegion_asLongAsItIsCutTo(view, scene, matrixOf):  # noqa: F811
    _node, region, display = addCropped(view, scene, matrixOf())
    whole = isBright(view).sum()
    display.SetCroppingEnabled(True)
    assertCutTo(view, region.box())
    display.SetCroppingEnabled(False)
    assert isBright(view).sum() == pytest.approx(whole, rel=0.05)  # rays are jittered


def test_itFollowsTheRegion_andTheTransformsAboveIt(view, scene):  # noqa: F811
    _node, region, display = addCropped(view, scene)
    display.SetCroppingEnabled(True)
    region.SetCenter(-6, 3, 12)
    region.SetSize(20, 30, 16)
    assertCutTo(view, region.box())
    transform, matrix = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode"), np.eye(4)
    region.SetNodeReferenceID("transform", transform.GetID())
    matrix[:3, :3], matrix[:3, 3] = rotation((0, 20, 0)), (5, 0, -4)
    transform.SetMatrixTransformToParent(matrixFromArray(matrix))
    assert np.linalg.norm(region.boxInWorld().center - region.box().center) > 4
    assertCutTo(view, region.boxInWorld())
    scene.RemoveNode(region)
    assert isBright(view).sum() > 8000


def test_aVolumeUnderATransformThatBendsIsCutInTheWorld(view, scene):  # noqa: F811
    node, region, display = addCropped(view, scene)
    warp = addWarp(scene)
    placed = warp.displacementGrid()
    warp.setPlacedGrid(PlacedGrid(placed.ijkToRAS, placed.grid, isFromParent=False))
    node.SetAndObserveTransformNodeID(warp.GetID())
    display.SetCroppingEnabled(True)
    assertCutTo(view, region.box())


def test_aRegionThatSaysNothingCutsNothing(view, scene):  # noqa: F811
    _node, region, display = addCropped(view, scene)
    whole = isBright(view).sum()
    region.keptFiles.clear()
    display.SetCroppingEnabled(True)
    assert isBright(view).sum() == pytest.approx(whole, rel=0.05)  # rays are jittered
