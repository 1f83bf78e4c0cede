"""A load that takes seconds: the picture is there at once and fills in, and a load that ends early leaves no trace."""

from __future__ import annotations

import time

import numpy
import pytest
from pydicom.uid import JPEG2000Lossless
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMLib.Scene.VolumeRenderingNodes import isRendered
from Testing.Fixtures import axialCT
from Testing.Fixtures.Encoding import canEncode, withTransferSyntax
from Testing.Fixtures.HostWindow import importSeries, panelOf

pytestmark = pytest.mark.gui

FIRST_PICTURE_SECONDS = 0.5
ATTEMPTS = 4
SLICES, SIZE = 90, 640
ENDED_SLICES = 56  # of a load that need not come to its end
WINDOW = {"WindowCenter": 1000, "WindowWidth": 800}


@pytest.fixture(scope="module")
def slowFolder(tmp_path_factory):
    """Slices whose decoding takes seconds: noise of 1000 to 1400 HU, compressed once, below the headers of many."""
    if not canEncode(JPEG2000Lossless):
        pytest.skip("no encoder of JPEG 2000 is installed")
    noise = numpy.random.default_rng(1).integers(1000, 1400, (1, SIZE, SIZE), dtype=numpy.int16)
    builder = axialCT(slices=1, rows=SIZE, columns=SIZE, pattern=noise, extra=WINDOW)
    dataset = withTransferSyntax(builder.datasets()[0], JPEG2000Lossless)
    folder = tmp_path_factory.mktemp("slow")
    root, position = str(dataset.SOPInstanceUID), [float(value) for value in dataset.ImagePositionPatient]
    for number in range(SLICES):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{root[:50]}.{number}"
        dataset.InstanceNumber = number + 1
        dataset.ImagePositionPatient = [position[0], position[1], position[2] + 4 * number]
        dataset.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)
    return folder


def doubleClickFirst(qtbot, table, onSecond=lambda: None):
    """As a person does: the first click selects, the second follows within the system's time for it."""
    place = table.visualRect(table.model().index(0, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
    qtbot.wait(100)
    onSecond()
    QTest.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)


def preview(window):
    return window.application.scene.previewNode


def scene(window):
    return [(node.GetID(), node.GetName()) for node in window.application.scene.nodes()]


def volumes(window):
    return window.application.scene.GetNodesByClass("vtkMRMLVolumeNode")


def brightParts(window):
    """Of the middle of each slice view, the part that shows noise instead of what was not read."""
    parts = {}
    for name, view in window.layoutManager.sliceViews().items():
        picture = view.screenshot()
        rows, columns = picture.shape[0] // 4, picture.shape[1] // 4
        middle = picture[rows:-rows, columns:-columns].max(axis=2)
        parts[name] = float((middle > 140).mean())
    return parts


def looks(window):
    """What the slice views show and where."""
    views = window.layoutManager.sliceViews().values()
    placed = [(view.sliceToRAS().round(6).tolist(), view.geometryOfSlice.mmPerPixel) for view in views]
    return [view.backgroundVolume for view in views], placed


def startLoading(qtbot, window, folder):
    table = importSeries(qtbot, window, folder)
    qtbot.wait(1000)
    doubleClickFirst(qtbot, table)
    qtbot.waitUntil(lambda: preview(window) is not None, timeout=20000)


@pytest.mark.timing
def test_aSlowVolumeIsSeenWithinHalfASecondAndFillsIn(qtbot, window, slowFolder):
    table = importSeries(qtbot, window, slowFolder)
    spent = []
    for _ in range(ATTEMPTS):
        qtbot.wait(1000)
        spent.append(secondsToTheFirstPicture(qtbot, window, table))
        node, before = preview(window), scene(window)
        assert node.GetDimensions() == (SIZE, SIZE, SLICES) and node.GetScene() is not window.application.scene
        assert node.GetDisplayNode().GetWindow() == 800 and volumes(window) == []
        assert not window.emptyState.isVisible()
        assert brightParts(window)["Red"] > 0.8, "the middle slice is there first"
        early = brightParts(window)["Green"]
        qtbot.waitUntil(lambda shown=early: brightParts(window)["Green"] > shown + 0.2, timeout=30000)
        assert preview(window) is node and scene(window) == before
        qtbot.waitUntil(lambda: len(volumes(window)) == 1, timeout=60000)
        assert preview(window) is None
        assert min(brightParts(window).values()) > 0.8
        assert volumes(window)[0].voxelArray().min() == 1000
        window.application.scene.Clear()
        if spent[-1] < FIRST_PICTURE_SECONDS:
            break
    assert min(spent) < FIRST_PICTURE_SECONDS


def secondsToTheFirstPicture(qtbot, window, table):
    started, pictures = [], []
    red = window.layoutManager.sliceView("Red").plotter.render_window
    tag = red.AddObserver("EndEvent", lambda *_: preview(window) and pictures.append(time.perf_counter()))
    doubleClickFirst(qtbot, table, onSecond=lambda: started.append(time.perf_counter()))
    qtbot.waitUntil(lambda: bool(pictures), timeout=20000)
    red.RemoveObserver(tag)
    print(f"first picture after {1000 * (pictures[0] - started[0]):.0f} ms")
    return pictures[0] - started[0]


def test_whatIsNotReadYetIsDrawnDarkAndNotAsMemory(qtbot, window, slowFolder):
    startLoading(qtbot, window, slowFolder)
    voxels = preview(window).voxelArray().copy()  # slices go on arriving
    isRead = (voxels != voxels.min()).any(axis=(1, 2))
    assert not isRead.all() and voxels.min() == 1000
    assert (voxels[~isRead] == 1000).all()
    panelOf(window).jobs.cancelAll()
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=20000)


def test_whereTheUserHasGoneMeanwhileTheViewsStay(qtbot, window, slowFolder):
    startLoading(qtbot, window, slowFolder)
    red = window.layoutManager.sliceView("Red")
    red.stepSlices(7)
    red.setWindowLevel(500, 1100)
    place = red.sliceToRAS()
    qtbot.waitUntil(lambda: len(volumes(window)) == 1, timeout=60000)
    assert red.backgroundVolume is volumes(window)[0]
    assert numpy.allclose(red.sliceToRAS(), place)
    assert red.windowLevel() == (500, 1100)
    assert isRendered(volumes(window)[0])


@pytest.mark.parametrize("end", ["cancelled", "a damaged file"])
@pytest.mark.parametrize("isEmpty", [True, False], ids=["an empty scene", "a scene with a volume"])
def test_aLoadThatEndsEarlyLeavesSceneAndViewsAsTheyWere(qtbot, window, slowFolder, tmp_path, end, isEmpty):
    if not isEmpty:
        axialCT(slices=6).write(tmp_path / "before")
        window.lookAtPaths([tmp_path / "before"])
        qtbot.waitUntil(lambda: len(volumes(window)) == 1 and not window.isBusy(), timeout=20000)
        window.layoutManager.sliceView("Red").zoomBy(1.7)
    folder = tmp_path / "slow"
    folder.mkdir()
    for number, path in enumerate(sorted(slowFolder.iterdir())[:ENDED_SLICES]):
        data = path.read_bytes()
        isDamaged = end != "cancelled" and number > ENDED_SLICES // 2  # so many that what is left is no volume
        (folder / path.name).write_bytes(data.replace(b"\xff\x4f\xff\x51", bytes(4), 1) if isDamaged else data)
    sceneBefore, looksBefore = scene(window), looks(window)
    startLoading(qtbot, window, folder)
    assert scene(window) == sceneBefore and looks(window) != looksBefore
    if end == "cancelled":
        qtbot.wait(300)
        panelOf(window).jobs.cancelAll()
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=60000)
    assert preview(window) is None
    assert scene(window) == sceneBefore and looks(window) == looksBefore
    assert window.emptyState.isVisible() == isEmpty


def test_scriptsThatWaitSeeNoPreview(qtbot, window, slowFolder):
    table = importSeries(qtbot, window, slowFolder)
    shown = []
    aScene = window.application.scene
    aScene.AddObserver(aScene.PreviewChangedEvent, lambda *_: shown.append(aScene.previewNode))
    loads = panelOf(window).browserWidget.loads
    loads.loadSeries([table.model().recordAt(0)["SeriesInstanceUID"]])
    loads.wait()
    qtbot.wait(100)
    assert shown == []
