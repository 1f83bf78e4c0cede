"""Loading as it is met in the window: the picture comes at once, and a cancel stops at once and leaves no trace."""

from __future__ import annotations

import contextlib

import numpy
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMLib.Widgets.LoadController import CANCELLED
from Testing.Benchmarks.CTFiles import PIXEL_BYTES, SeriesPlan, SeriesWriter
from Testing.Fixtures import axialCT
from Testing.Fixtures.HeldDecoding import heldDecoding, writeNoise
from Testing.Fixtures.HostWindow import importSeries, panelOf

pytestmark = pytest.mark.gui

FIRST_PICTURE_SECONDS = 0.5
LOADS = 3  # in a window that is in use: the first one loads libraries, too
CANCEL_SECONDS = 0.5
MILLISECONDS = 60000


def doubleClickFirst(table, onSecond=lambda: None):
    """As a person does, with two clicks of the left button."""
    place = table.visualRect(table.model().index(0, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
    onSecond()
    QTest.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)


def volumes(window):
    return window.application.scene.GetNodesByClass("vtkMRMLVolumeNode")


def nodeIDs(window):
    return {node.GetID() for node in window.application.scene.nodes()}


@pytest.mark.timing
def test_theFirstPictureOfSixHundredSlicesIsThereHalfASecondAfterTheDoubleClick(qtbot, window, tmp_path, promised):
    """600 slices of 512 × 512 voxels, imported before; from the double-click to the first frame with the volume."""
    pixels = (numpy.arange(PIXEL_BYTES // 2) % 4096).astype("<u2").tobytes()  # 12 bits, as CT has
    writer = SeriesWriter(SeriesPlan(patient=0, study=0, series=0, slices=600))
    writer.write(tmp_path / "ct", pixels)
    table = importSeries(qtbot, window, tmp_path / "ct")
    spans = []
    for _ in range(LOADS):
        qtbot.wait(300)  # what the window has left to do
        spans.append(secondsToTheFirstPicture(qtbot, window, table, promised))
        assert volumes(window)[0].GetDimensions() == (512, 512, 600)
        qtbot.waitUntil(lambda: not window.isBusy(), timeout=MILLISECONDS)
        window.application.scene.Clear()
    promised.atMost(min(spans), FIRST_PICTURE_SECONDS, "the first picture")


def secondsToTheFirstPicture(qtbot, window, table, promised):
    """From the double-click to the end of the first frame that was drawn with the volume in the scene."""
    started, pictures = [], []

    def drawn(*_):
        if volumes(window):
            pictures.append(promised.now())

    renderWindows = [view.plotter.render_window for view in window.layoutManager.sliceViews().values()]
    tags = [(one, one.AddObserver("EndEvent", drawn)) for one in renderWindows]
    doubleClickFirst(table, onSecond=lambda: started.append(promised.now()))
    qtbot.waitUntil(lambda: bool(pictures), timeout=MILLISECONDS)
    for one, tag in tags:
        one.RemoveObserver(tag)
    return pictures[0] - started[0]


@pytest.fixture
def slowSeries(tmp_path, promised):
    """Noise under the headers of many slices; where seconds count, decoding it takes some."""
    slices, size = (150, 768) if promised.isMeasured else (24, 128)
    (tmp_path / "slow").mkdir()
    return writeNoise(tmp_path / "slow", slices, size)


@pytest.mark.parametrize("directly", [False, True], ids=["of the database", "without importing"])
def test_cancellingALoadAnswersAtOnceAndLeavesEverythingAsItWas(
    qtbot, window, slowSeries, tmp_path, directly, promised, monkeypatch
):
    axialCT(slices=4).write(tmp_path / "before")
    window.lookAtPaths([tmp_path / "before"])
    qtbot.waitUntil(lambda: len(volumes(window)) == 1 and not window.isBusy(), timeout=MILLISECONDS)
    before, panel = nodeIDs(window), panelOf(window)
    table = None if directly else importSeries(qtbot, window, slowSeries)
    messages = []
    panel.reporter.reported.connect(messages.append)

    with contextlib.nullcontext() if promised.isMeasured else heldDecoding(monkeypatch) as held:
        if directly:
            window.lookAtPaths([slowSeries])
        else:
            doubleClickFirst(table)
        reading = "Reading images"
        qtbot.waitUntil(lambda: reading in [job.progress.text for job in panel.jobs.jobs], timeout=MILLISECONDS)
        if held is None:
            qtbot.wait(400)  # several slices are decoded, and more are being decoded
        else:
            held.letThrough(5)
            qtbot.waitUntil(lambda: held.arrived > 5, timeout=MILLISECONDS)
        assert window.isBusy()
        started = promised.now()
        panel.jobs.cancelAll()
        if held is not None:
            held.release()
        qtbot.waitUntil(lambda: not window.isBusy(), timeout=MILLISECONDS)
        promised.atMost(promised.now() - started, CANCEL_SECONDS, "the cancel")
    assert nodeIDs(window) == before
    assert [(message.text, message.severity) for message in messages] == [(CANCELLED, "information")]
    assert not panel.browserWidget.loads.isBusy
