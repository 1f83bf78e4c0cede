"""From files to pixels: a bright block in a loaded series is drawn where the headers of its slices put it."""

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from DICOMLib.Geometry.Patient import rasFromLPS
from DICOMModule.Host.SliceView import SliceView
from DICOMModule.Host.ThreeDView import ThreeDView
from DICOMModule.Host.ViewLink import ViewLink
from DICOMPlugins.ScalarVolume.AcquisitionGeometry import REGULARIZATION_SETTING
from Testing.DICOMModule.Host.test_ThreeDView import onScreen, quiet, showRendered
from Testing.DICOMModule.Host.Volumes import brightCentre
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.EnhancedObjects import item

pytestmark = pytest.mark.gui

SLICES, ROWS, COLUMNS = 28, 40, 36
BLOCK = (slice(14, 19), slice(9, 15), slice(20, 26))  # k, j, i; its middle is (22.5, 11.5) in slice 16
MIDDLE_SLICE = 16
UNEVEN = np.full(SLICES - 1, 2.0)
UNEVEN[[4, 22]] = 15.0, 5.0
KINDS = {
    "tilted": {"shear": (0.0, 0.9)},
    "uneven": {"gaps": UNEVEN},
    "missing": {"missing": (5, 6, 7, 23)},
    "uneven and tilted": {"gaps": UNEVEN, "shear": (0.0, 0.9)},
    "uneven frames": {"gaps": UNEVEN, "multiframe": True},
}


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.close()


def series(**more):
    values = np.zeros((SLICES, ROWS, COLUMNS))
    values[BLOCK] = 1000
    builder = SeriesBuilder(
        modality="MR", slices=SLICES, rows=ROWS, columns=COLUMNS, spacing=(1.2, 1.5, 2.0), origin=(-30, 10, -20),
        rescale=None, pattern=values, **more,
    )  # fmt: skip
    if builder.multiframe:
        builder.sopClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
        builder.edit = lambda dataset, _index: describeFrames(dataset, builder)
    return builder


def describeFrames(dataset, builder):
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        delattr(dataset, keyword)
    dataset.SharedFunctionalGroupsSequence = [item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=list(builder.orientation))],
        PixelMeasuresSequence=[item(PixelSpacing=["1.2", "1.5"], SliceThickness="2")],
    )]  # fmt: skip
    dataset.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[f"{x:.6g}" for x in builder.positionOfSlice(k)])])
        for k in range(SLICES)
    ]


def trueCentre(builder):
    """RAS mm of the middle of the block, from positions in the headers alone."""
    row, column, _normal = builder.axes()
    return rasFromLPS(builder.positionOfSlice(MIDDLE_SLICE) + 22.5 * 1.5 * row + 11.5 * 1.2 * column)


def loaded(bench, folder, builder, choice="default"):
    bench.context.settings.setValue(REGULARIZATION_SETTING, choice)
    builder.write(folder)
    (node,) = bench.load(folder)
    node.GetDisplayNode().SetWindowLevel(1000, 500)
    return node


def sliceView(qtbot, name, scene):
    view = SliceView(name, scene)
    notes = view.annotations
    notes.cornersVisible = notes.lettersVisible = notes.rulerVisible = False
    view.resize(240, 240)
    with qtbot.waitExposed(view):
        view.show()
    QApplication.processEvents()
    return view


def offInMillimetres(view, centre, picture=None, threshold=128):
    picture = view.screenshot() if picture is None else picture
    error = brightCentre(picture, threshold) - view.geometryOfSlice.rasToDisplay(centre)
    return np.abs(error).max() * view.geometryOfSlice.mmPerPixel


@pytest.mark.parametrize("choice", ["default", "hardenTransform"])
@pytest.mark.parametrize("kind", KINDS)
def test_slicesAndVolumeRenderingShowTheBlockInItsTruePlace(qtbot, bench, tmp_path, kind, choice):
    builder = series(**KINDS[kind])
    node, centre = loaded(bench, tmp_path, builder, choice), trueCentre(builder)
    assert (node.GetParentTransformNode() is not None) == (kind != "tilted" and choice == "default")
    view = sliceView(qtbot, "Red", bench.scene)
    view.setBackgroundVolume(node)
    for orientation in ("Axial", "Sagittal", "Coronal"):
        view.setOrientation(orientation)
        view.jumpTo(centre)
        assert offInMillimetres(view, centre) < 0.7, orientation
    view.close()
    view = ThreeDView(bench.scene)
    view.resize(240, 240)
    with qtbot.waitExposed(view):
        view.show()
    quiet(view)
    showRendered(view, node)
    (rendering,) = view._volumes.values()
    qtbot.waitUntil(lambda: rendering.isReady, timeout=60_000)
    for side in ("Anterior", "Left"):
        view.lookFrom(side)
        perMillimetre = np.linalg.norm(onScreen(view, centre + [0, 0, 1]) - onScreen(view, centre))
        error = brightCentre(view.screenshot(), 100) - onScreen(view, centre)
        assert np.abs(error).max() < 1.2 * perMillimetre, side
    view.close()


def test_withoutTheTransformTheBlockIsElsewhere(qtbot, bench, tmp_path):
    """The probe sees what it is there to see."""
    builder = series(gaps=UNEVEN)
    node = loaded(bench, tmp_path, builder, "none")
    view = sliceView(qtbot, "Yellow", bench.scene)
    view.setBackgroundVolume(node)
    view.jumpTo(trueCentre(builder))
    assert offInMillimetres(view, trueCentre(builder)) > 3
    view.close()


def addMask(scene, node):
    """Label 1 at the block, beside the volume and under its transform, as a segmentation of its slices would be."""
    mask = scene.CreateNodeByClass("vtkMRMLLabelMapVolumeNode")
    mask.SetName("mask")
    mask.SetIJKToRASMatrix(node.GetIJKToRASMatrix())
    mask.setVoxelArray((node.voxelArray() > 500).astype(np.uint8))
    scene.AddNode(mask)
    mask.CreateDefaultDisplayNodes()
    if node.GetTransformNodeID():
        mask.SetAndObserveTransformNodeID(node.GetTransformNodeID())
    return mask


@pytest.mark.parametrize("kind", ["tilted", "uneven", "missing", "uneven frames"])
def test_aMaskOverAVolumeLiesOnWhatItMarks(qtbot, bench, tmp_path, kind):
    builder = series(**KINDS[kind])
    node, centre = loaded(bench, tmp_path, builder), trueCentre(builder)
    mask = addMask(bench.scene, node)
    node.GetDisplayNode().SetWindowLevel(1000, 5000)  # black, so that only the mask is seen
    view = sliceView(qtbot, "Red", bench.scene)
    view.setBackgroundVolume(node)
    view.setForegroundVolume(mask, 1.0)
    for orientation in ("Axial", "Sagittal"):
        view.setOrientation(orientation)
        view.jumpTo(centre)
        coloured = view.screenshot().max(axis=2, keepdims=True)
        assert offInMillimetres(view, centre, np.repeat(coloured, 3, axis=2), 30) < 0.9
    view.close()


def test_aWarpedVolumeBlendedOverARegularOneIsInItsTruePlace(qtbot, bench, tmp_path):
    builder = series(gaps=UNEVEN)
    warped, centre = loaded(bench, tmp_path / "a", builder), trueCentre(builder)
    dark = series(seriesNumber=4, seed="dark")
    dark.pattern = np.zeros((SLICES, ROWS, COLUMNS))
    background = loaded(bench, tmp_path / "b", dark)
    view = sliceView(qtbot, "Green", bench.scene)
    view.setBackgroundVolume(background)
    view.setForegroundVolume(warped, 0.9)
    view.jumpTo(centre)
    assert offInMillimetres(view, centre) < 0.7
    view.close()


def test_linkedViewsShowTheSamePlaceOfAWarpedVolume(qtbot, bench, tmp_path):
    builder = series(gaps=UNEVEN, shear=(0.0, 0.9))
    node, centre = loaded(bench, tmp_path, builder), trueCentre(builder)
    link, views = ViewLink(), [sliceView(qtbot, name, bench.scene) for name in ("Red", "Yellow", "Green")]
    link.setEnabled(True)
    for view in views:
        view.setBackgroundVolume(node)
        link.add(view)
        view.jumpTo(centre, centre=True)
    views[1].zoomBy(2.0)
    for view in views:
        assert view.geometryOfSlice.mmPerPixel == pytest.approx(views[1].geometryOfSlice.mmPerPixel)
        assert offInMillimetres(view, centre) < 0.7
        view.close()
