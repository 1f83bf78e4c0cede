"""A load that takes seconds: the picture is there at once and fills in, and a load that ends early leaves no trace."""

from __future__ import annotations

import numpy
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMLib.Scene.VolumeRenderingNodes import isRendered
from Testing.Fixtures import axialCT
from Testing.Fixtures.HeldDecoding import heldDecoding, writeNoise
from Testing.Fixtures.HostWindow import importSeries, panelOf

pytestmark = pytest.mark.gui

FIRST_PICTURE_SECONDS = 0.5
SLICES, SIZE = 24, 128
SLOW_SLICES, SLOW_SIZE = 90, 640
MILLISECONDS = 60000


@pytest.fixture(scope="module")
def compressed(tmp_path_factory):
    return writeNoise(tmp_path_factory.mktemp("compressed"), SLICES, SIZE)


@pytest.fixture
def held(monkeypatch):
    """Of what is decoded only the first slice arrives, and others when the test lets them."""
    with heldDecoding(monkeypatch) as decoding:
        yield decoding


def doubleClickFirst(table, onSecond=lambda: None):
    """As a person does: the first click selects, the second follows within the system's time for it."""
    place = table.visualRect(table.model().index(0, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
    onSecond()
    QTest.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)


def preview(window):
    return window.application.scene.previewNode


def scene(window):
    return [(node.GetID(), node.GetName()) for node in window.application.scene.nodes()]


def volumes(window):
    return window.application.scene.GetNodesByClass("vtkMRMLVolumeNode")


def brightPart(view):
    """Of the middle of a slice view, the part that shows noise instead of what was not read."""
    picture = view.screenshot()
    rows, columns = picture.shape[0] // 4, picture.shape[1] // 4
    middle = picture[rows:-rows, columns:-columns].max(axis=2)
    return float((middle > 140).mean())


def looks(window):
    """What the slice views show and where."""
    views = window.layoutManager.sliceViews().values()
    placed = [(view.sliceToRAS().round(6).tolist(), view.geometryOfSlice.mmPerPixel) for view in views]
    return [view.backgroundVolume for view in views], placed


def startLoading(qtbot, window, folder):
    """:returns: when the first slice is seen"""
    table = importSeries(qtbot, window, folder)
    doubleClickFirst(table)
    qtbot.waitUntil(lambda: preview(window) is not None, timeout=MILLISECONDS)


def waitUntilIdle(qtbot, window):
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=MILLISECONDS)


@pytest.mark.parametrize("layout", ["FourUp"])
def test_aSlowVolumeIsSeenWithItsFirstSliceAndFillsIn(qtbot, window, compressed, held):
    startLoading(qtbot, window, compressed)
    node, before = preview(window), scene(window)
    assert node.GetDimensions() == (SIZE, SIZE, SLICES) and node.GetScene() is not window.application.scene
    assert node.GetDisplayNode().GetWindow() == 800 and volumes(window) == []
    assert not window.emptyState.isVisible()
    views = window.layoutManager.sliceViews()
    assert brightPart(views["Red"]) > 0.8, "the middle slice is there first"
    early, measured = brightPart(views["Green"]), [node.GetImageData().GetMTime()]

    def isBrighter():
        """Whether more is seen than before; measured once for each time that views are told of more."""
        if node.GetImageData().GetMTime() == measured[-1]:
            return False
        measured.append(node.GetImageData().GetMTime())
        return brightPart(views["Green"]) > early + 0.2

    held.letThrough(SLICES // 2)
    qtbot.waitUntil(isBrighter, timeout=MILLISECONDS)
    assert preview(window) is node and scene(window) == before
    held.release()
    qtbot.waitUntil(lambda: len(volumes(window)) == 1, timeout=MILLISECONDS)
    assert preview(window) is None
    assert min(map(brightPart, views.values())) > 0.8
    assert volumes(window)[0].voxelArray().min() == 1000


@pytest.mark.timing
def test_theFirstPictureOfASlowVolumeIsThereHalfASecondAfterTheDoubleClick(qtbot, window, tmp_path, promised):
    """While all processors go on decoding."""
    table = importSeries(qtbot, window, writeNoise(tmp_path, SLOW_SLICES, SLOW_SIZE))
    qtbot.wait(1000)  # what a window that was just opened does by itself
    started, pictures = [], []
    red = window.layoutManager.sliceView("Red").plotter.render_window
    tag = red.AddObserver("EndEvent", lambda *_: preview(window) and pictures.append(promised.now()))
    doubleClickFirst(table, onSecond=lambda: started.append(promised.now()))
    qtbot.waitUntil(lambda: bool(pictures), timeout=MILLISECONDS)
    red.RemoveObserver(tag)
    assert volumes(window) == []
    panelOf(window).jobs.cancelAll()
    waitUntilIdle(qtbot, window)
    promised.atMost(pictures[0] - started[0], FIRST_PICTURE_SECONDS, "the first picture")


def test_whatIsNotReadYetIsDrawnDarkAndNotAsMemory(qtbot, window, compressed, held):
    startLoading(qtbot, window, compressed)
    held.letThrough(SLICES // 3)
    qtbot.waitUntil(lambda: held.arrived > SLICES // 3, timeout=MILLISECONDS)
    voxels = preview(window).voxelArray().copy()  # the last one may be arriving
    isRead = (voxels != voxels.min()).any(axis=(1, 2))
    assert 0 < isRead.sum() <= held.arrived and voxels.min() == 1000
    assert (voxels[~isRead] == 1000).all()
    panelOf(window).jobs.cancelAll()
    held.release()
    waitUntilIdle(qtbot, window)


def test_whereTheUserHasGoneMeanwhileTheViewsStay(qtbot, window, compressed, held):
    startLoading(qtbot, window, compressed)
    red = window.layoutManager.sliceView("Red")
    red.stepSlices(7)
    red.setWindowLevel(500, 1100)
    place = red.sliceToRAS()
    held.release()
    qtbot.waitUntil(lambda: len(volumes(window)) == 1, timeout=MILLISECONDS)
    assert red.backgroundVolume is volumes(window)[0]
    assert numpy.allclose(red.sliceToRAS(), place)
    assert red.windowLevel() == (500, 1100)
    assert isRendered(volumes(window)[0])


@pytest.mark.parametrize("end", ["cancelled", "a damaged file"])
@pytest.mark.parametrize("isEmpty", [True, False], ids=["an empty scene", "a scene with a volume"])
def test_aLoadThatEndsEarlyLeavesSceneAndViewsAsTheyWere(qtbot, window, compressed, tmp_path, end, isEmpty, held):
    if not isEmpty:
        axialCT(slices=6).write(tmp_path / "before")
        window.lookAtPaths([tmp_path / "before"])
        qtbot.waitUntil(lambda: len(volumes(window)) == 1 and not window.isBusy(), timeout=MILLISECONDS)
        window.layoutManager.sliceView("Red").zoomBy(1.7)
    folder = tmp_path / "slow"
    folder.mkdir()
    for number, path in enumerate(sorted(compressed.iterdir())):
        data = path.read_bytes()
        isDamaged = end != "cancelled" and number > SLICES // 2  # so many that what is left is no volume
        (folder / path.name).write_bytes(data.replace(b"\xff\x4f\xff\x51", bytes(4), 1) if isDamaged else data)
    sceneBefore, looksBefore = scene(window), looks(window)
    startLoading(qtbot, window, folder)
    assert scene(window) == sceneBefore and looks(window) != looksBefore
    if end == "cancelled":
        held.letThrough(SLICES // 3)
        qtbot.waitUntil(lambda: held.arrived > SLICES // 3, timeout=MILLISECONDS)
        panelOf(window).jobs.cancelAll()
    held.release()
    waitUntilIdle(qtbot, window)
    assert preview(window) is None
    assert scene(window) == sceneBefore and looks(window) == looksBefore
    assert window.emptyState.isVisible() == isEmpty


def test_scriptsThatWaitSeeNoPreview(qtbot, window, compressed):
    table = importSeries(qtbot, window, compressed)
    shown = []
    aScene = window.application.scene
    aScene.AddObserver(aScene.PreviewChangedEvent, lambda *_: shown.append(aScene.previewNode))
    loads = panelOf(window).browserWidget.loads
    loads.loadSeries([table.model().recordAt(0)["SeriesInstanceUID"]])
    loads.wait()
    qtbot.wait(100)
    assert shown == []
