"""A bright block in a stack of uneven slices is drawn where the headers put it, not where a regular grid would."""

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from DICOMLib.Geometry.AcquisitionTransform import AcquisitionTransform
from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMModule.Host.SliceView import SliceView
from DICOMModule.Host.ThreeDView import ThreeDView
from DICOMModule.Host.VolumeAppearance import cornersOf, voxelAt
from Testing.DICOMModule.Host.test_ThreeDView import onScreen, showRendered
from Testing.DICOMModule.Host.test_ThreeDView import quiet as quietThreeD
from Testing.DICOMModule.Host.Volumes import (
    BLOCK_CENTRE_IJK,
    SHAPE,
    addVolume,
    axialMatrix,
    blockCentre,
    brightCentre,
    obliqueMatrix,
    shearedMatrix,
)

pytestmark = pytest.mark.gui

SLICES, ROWS, COLUMNS = SHAPE
# Slice distances in units of the regular one: ten missing slices below the block, and a shift of two columns above it.
GAPS = np.ones(SLICES - 1)
GAPS[10] = 11.0
SHIFT_COLUMNS = np.where(np.arange(SLICES) > 15, 2.0, 0.0)


def unevenGrid():
    """Displacements in voxels from an even spread of the slices to uneven ones, and the way back."""
    places = np.r_[0, np.cumsum(GAPS)]
    displacements = np.zeros((SLICES, 2, 2, 3))
    displacements[..., 2] = (places - np.arange(SLICES))[:, None, None]
    displacements[..., 0] = SHIFT_COLUMNS[:, None, None]
    grid = DisplacementGrid(displacements, (0, 0, 0), (COLUMNS, ROWS, 1))
    return grid, AcquisitionTransform(axialMatrix(), None, None, grid).inverseGrid


def addUnevenVolume(scene, matrix):
    node = addVolume(scene, matrix)
    transform = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "Block acquisition transform")
    transform.setDisplacementGrid(matrix, *unevenGrid())
    node.SetAndObserveTransformNodeID(transform.GetID())
    return node


def trueCentre(matrix):
    """RAS mm of the block: ten slices higher and two columns further than the regular grid has it."""
    return (matrix @ (BLOCK_CENTRE_IJK + [2, 0, 10, 0]))[:3]


def shown(qtbot, view):
    view.resize(260, 260)
    with qtbot.waitExposed(view):
        view.show()
    QApplication.processEvents()
    return view


@pytest.mark.parametrize("name", ["Red", "Yellow", "Green"])
@pytest.mark.parametrize("matrixOf", [axialMatrix, obliqueMatrix, shearedMatrix])
def test_aSliceShowsTheBlockInItsTruePlace(qtbot, scene, name, matrixOf):
    view = shown(qtbot, SliceView(name, scene))
    notes = view.annotations
    notes.cornersVisible = notes.lettersVisible = notes.rulerVisible = False
    node = addUnevenVolume(scene, matrixOf())
    view.setBackgroundVolume(node)
    centre = trueCentre(matrixOf())
    view.jumpTo(centre)
    error = brightCentre(view.screenshot()) - view.geometryOfSlice.rasToDisplay(centre)
    assert np.abs(error).max() * view.geometryOfSlice.mmPerPixel < 0.5

    node.SetAndObserveTransformNodeID(None)  # and without the transform it is where the regular grid has it
    QApplication.processEvents()
    view.jumpTo(blockCentre(matrixOf()))
    error = brightCentre(view.screenshot()) - view.geometryOfSlice.rasToDisplay(blockCentre(matrixOf()))
    assert np.abs(error).max() * view.geometryOfSlice.mmPerPixel < 0.5
    view.close()


@pytest.mark.parametrize("side", ["Anterior", "Left"])
@pytest.mark.parametrize("matrixOf", [axialMatrix, obliqueMatrix, shearedMatrix])
def test_aVolumeIsRenderedWithTheBlockInItsTruePlace(qtbot, scene, matrixOf, side):
    view = shown(qtbot, ThreeDView(scene))
    quietThreeD(view)
    node = addUnevenVolume(scene, matrixOf())
    showRendered(view, node)
    view.lookFrom(side)
    picture = view.screenshot()
    error = brightCentre(picture, 100) - onScreen(view, trueCentre(matrixOf()))
    pixelsPerMillimetre = np.linalg.norm(
        onScreen(view, trueCentre(matrixOf()) + [0, 0, 1]) - onScreen(view, trueCentre(matrixOf()))
    )
    assert np.abs(error).max() < 1.2 * pixelsPerMillimetre  # of voxels of 1.2 to 2 mm
    view.close()


def test_whatIsUnderTheMouseIsTheVoxelMeasuredThere(scene):
    node = addUnevenVolume(scene, obliqueMatrix())
    for ijk in ([3, 4, 5], [33, 17, 25], [20, 50, 39]):
        (ras,) = node.worldFromIJK(np.array([ijk], float))
        assert voxelAt(node, ras).ijk == tuple(ijk)
    assert voxelAt(node, trueCentre(obliqueMatrix())).text == "1000"


def test_beyondTheVolumeASliceIsSeeThrough(qtbot, scene):
    view = shown(qtbot, SliceView("Red", scene))
    view.setBackgroundVolume(addUnevenVolume(scene, axialMatrix()))
    view.annotations.lettersVisible = False
    view.plotter.set_background("blue")
    view.zoomBy(0.5)
    assert tuple(view.screenshot()[5, 130]) == (0, 0, 255)
    view.close()


def test_theViewStepsFromSliceToSliceAsTheyLie(qtbot, scene):
    view = shown(qtbot, SliceView("Red", scene))
    view.setBackgroundVolume(addUnevenVolume(scene, axialMatrix()))
    available = view.sliceRange()
    assert available.count == SLICES
    assert [available.offset(index) for index in (0, 10, 11, 39)] == pytest.approx([-30, -10, 12, 68])
    view.setSliceOffset(-10)
    view.stepSlices(1)
    assert view.sliceOffset() == pytest.approx(12)
    assert available.nearest(11) == 11 and available.last == pytest.approx(68)
    view.close()


def test_boundsAreThoseOfTheTruePlaces(scene):
    node = addUnevenVolume(scene, axialMatrix())
    low, high = cornersOf(node).min(axis=0), cornersOf(node).max(axis=0)
    assert node.GetRASBounds()[4:] == pytest.approx((-31, 69))
    assert (low[2], high[2]) == pytest.approx((-31, 69))
    assert np.ptp(cornersOf(node)[:, 0]) == pytest.approx(1.5 * (COLUMNS + 2))


def test_aCopyForRenderingIsMadeInTheBackgroundAndAgainWhenTheTransformChanges(qtbot, scene):
    view = shown(qtbot, ThreeDView(scene))
    node = addUnevenVolume(scene, axialMatrix())
    showRendered(view, node)
    (rendering,) = view._volumes.values()
    qtbot.waitUntil(lambda: rendering.isReady, timeout=60_000)
    first = rendering.actor.GetBounds()
    assert first[4:] == pytest.approx((-30, 68), abs=2)
    node.SetAndObserveTransformNodeID(None)
    qtbot.waitUntil(lambda: rendering.actor.GetBounds() != first, timeout=60_000)
    assert rendering.actor.GetBounds()[4:] == pytest.approx((-30, 48), abs=2)
    view.close()


def test_aSliceFollowsItsVolumesTransformAndWindow(qtbot, scene):
    view = shown(qtbot, SliceView("Yellow", scene))
    notes = view.annotations
    notes.cornersVisible = notes.lettersVisible = notes.rulerVisible = False
    matrix = axialMatrix()
    node = addUnevenVolume(scene, matrix)
    view.setBackgroundVolume(node)
    view.jumpTo(trueCentre(matrix))
    before = brightCentre(view.screenshot())
    grid, _inverse = unevenGrid()
    raised = DisplacementGrid(grid.displacements + [0, 0, 5.0], grid.origin, grid.spacing)
    node.GetParentTransformNode().setDisplacementGrid(matrix, raised)  # without a way back: VTK searches for it
    QApplication.processEvents()
    after = brightCentre(view.screenshot())
    assert (after - before) * view.geometryOfSlice.mmPerPixel == pytest.approx([0, 10], abs=0.7)
    node.GetDisplayNode().SetWindowLevel(1000, 5000)
    QApplication.processEvents()
    assert view.screenshot().max() < 50
    view.close()


@pytest.mark.parametrize("voxels", [
    np.full((*SHAPE, 3), (10, 200, 30), np.uint8),
    np.ones(SHAPE, np.int64), np.ones(SHAPE, np.float64),
], ids=["colour", "int64", "float64"])  # fmt: skip
def test_everyKindOfVoxelIsDrawn(qtbot, scene, voxels):
    view = shown(qtbot, SliceView("Red", scene))
    node = scene.CreateNodeByClass("vtkMRMLVectorVolumeNode" if voxels.ndim == 4 else "vtkMRMLScalarVolumeNode")
    node.SetIJKToRASMatrix(axialMatrix())
    node.setVoxelArray(voxels)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    if voxels.ndim == 3:
        node.GetDisplayNode().SetWindowLevel(2, 1)
    transform = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    transform.setDisplacementGrid(axialMatrix(), *unevenGrid())
    node.SetAndObserveTransformNodeID(transform.GetID())
    view.setBackgroundVolume(node)
    picture = view.screenshot()
    expected = (10, 200, 30) if voxels.ndim == 4 else (127, 127, 127)
    assert picture[100, 100].astype(int) == pytest.approx(expected, abs=2)
    node.SetAndObserveTransformNodeID(None)
    QApplication.processEvents()
    view.fit(toMiddleSlice=True)
    assert view.screenshot()[100, 100].astype(int) == pytest.approx(expected, abs=2)
    view.close()


def test_aVolumeInAForeignPlotterIsInItsTruePlaceToo(qtbot, scene):
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from DICOMModule.Host.OrthogonalSlices import OrthogonalSlices

    node = addUnevenVolume(scene, axialMatrix())
    slices = OrthogonalSlices(vtkRenderer(), node)
    assert all(actor.GetVisibility() for actor in slices.actors)
    low, high = slices.actors[0].GetBounds()[4:]
    assert low <= -31 and high >= 69
    slices.remove()


def test_whatDrawsNoVolumeAsksForNoneAndKeepsNoVoxels(qapp, scene):
    """Whoever asks all things in a renderer for their bounds meets no half-made picture that VTK complains about."""
    from vtkmodules.vtkCommonDataModel import vtkPlane
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from DICOMModule.Host.SliceImages import SliceLayer

    layer, node = SliceLayer(vtkRenderer(), vtkPlane()), addUnevenVolume(scene, axialMatrix())
    assert [actor.GetBounds() for actor in layer.actors] == [(-1, 1) * 3] * 2  # VTK says so for nothing
    layer.setNode(node)
    image = node.GetImageData()
    held = image.GetReferenceCount()
    node.SetAndObserveTransformNodeID(None)
    layer.refresh()
    assert image.GetReferenceCount() <= held
    layer.setNode(None)
    assert image.GetReferenceCount() < held


def test_anotherWindowGivesOtherColoursWithoutLookingUpThePixelsAgain(qtbot, scene):
    view = shown(qtbot, SliceView("Red", scene))
    node = addUnevenVolume(scene, axialMatrix())
    view.setBackgroundVolume(node)
    view.jumpTo(trueCentre(axialMatrix()))
    bright = view.screenshot().max()
    lookups = []
    view.images.background._warped._reslice.AddObserver("StartEvent", lambda *_arguments: lookups.append(1))
    view.annotations.cornersVisible = view.annotations.lettersVisible = view.annotations.rulerVisible = False
    node.GetDisplayNode().SetWindowLevel(100, 5000)
    QApplication.processEvents()
    dark = view.screenshot().max()
    assert bright > 200 and dark < 60 and lookups == []
    view.setSliceOffset(view.sliceOffset() + 3)
    view.screenshot()
    assert lookups
    view.close()
