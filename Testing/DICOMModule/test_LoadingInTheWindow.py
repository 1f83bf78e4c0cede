"""Loading as it is met in the window: the picture comes at once, and a cancel stops at once and leaves no trace."""

from __future__ import annotations

import time

import numpy
import pytest
from pydicom.uid import JPEG2000Lossless
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMLib.Widgets.LoadController import CANCELLED
from Testing.Benchmarks.CTFiles import PIXEL_BYTES, SeriesPlan, SeriesWriter
from Testing.Fixtures import axialCT
from Testing.Fixtures.Encoding import canEncode, withTransferSyntax
from Testing.Fixtures.HostWindow import importSeries, panelOf

pytestmark = [pytest.mark.gui, pytest.mark.timing]

FIRST_PICTURE_SECONDS = 0.5
CANCEL_SECONDS = 0.5
# A machine busy with other programs holds up attempts; a slow program is slow each time.
ATTEMPTS = 6


def doubleClickFirst(table):
    """As a person does, with two clicks of the left button."""
    place = table.visualRect(table.model().index(0, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
    started = time.perf_counter()
    QTest.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)
    return started


def volumes(window):
    return window.application.scene.GetNodesByClass("vtkMRMLVolumeNode")


def nodeIDs(window):
    return {node.GetID() for node in window.application.scene.nodes()}


def test_theFirstPictureOfSixHundredSlicesIsThereHalfASecondAfterTheDoubleClick(qtbot, window, tmp_path):
    """600 slices of 512 × 512 voxels, imported before; from the double-click to the first frame with the volume.

    Where other programs take turns at the processors, the time counts that this program had on them: all its threads
    together, which is more than a person would wait.
    """
    pixels = (numpy.arange(PIXEL_BYTES // 2) % 4096).astype("<u2").tobytes()  # 12 bits, as CT has
    writer = SeriesWriter(SeriesPlan(patient=0, study=0, series=0, slices=600))
    writer.write(tmp_path / "ct", pixels)
    table = importSeries(qtbot, window, tmp_path / "ct")
    spent = []
    for _ in range(ATTEMPTS):
        qtbot.wait(300)  # what the attempt before has left to do
        spent.append(secondsToTheFirstPicture(qtbot, window, table))
        assert volumes(window)[0].GetDimensions() == (512, 512, 600)
        qtbot.waitUntil(lambda: not window.isBusy(), timeout=20000)
        window.application.scene.Clear()
        if spent[-1] < FIRST_PICTURE_SECONDS:
            break
    assert min(spent) < FIRST_PICTURE_SECONDS


def secondsToTheFirstPicture(qtbot, window, table):
    """From the double-click to the end of the first frame that was drawn with the volume in the scene."""
    pictures = []

    def drawn(*_):
        if volumes(window):
            pictures.append((time.perf_counter(), time.process_time()))

    renderWindows = [view.plotter.render_window for view in window.layoutManager.sliceViews().values()]
    tags = [(one, one.AddObserver("EndEvent", drawn)) for one in renderWindows]
    startedCPU = time.process_time()
    started = doubleClickFirst(table)
    qtbot.waitUntil(lambda: bool(pictures), timeout=20000)
    for one, tag in tags:
        one.RemoveObserver(tag)
    seconds, secondsCPU = pictures[0][0] - started, pictures[0][1] - startedCPU
    print(f"first picture after {1000 * seconds:.0f} ms, of which processors worked {1000 * secondsCPU:.0f} ms")
    return min(seconds, secondsCPU)


@pytest.fixture
def slowSeries(tmp_path):
    """Slices whose decoding takes seconds: noise, compressed once, under the headers of many slices."""
    if not canEncode(JPEG2000Lossless):
        pytest.skip("no encoder of JPEG 2000 is installed")
    noise = numpy.random.default_rng(1).integers(0, 4000, (1, 768, 768), dtype=numpy.int16)
    builder = axialCT(slices=1, rows=768, columns=768, pattern=noise)
    dataset = withTransferSyntax(builder.datasets()[0], JPEG2000Lossless)
    folder = tmp_path / "slow"
    folder.mkdir()
    root, position = str(dataset.SOPInstanceUID), [float(value) for value in dataset.ImagePositionPatient]
    for number in range(150):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{root[:50]}.{number}"
        dataset.InstanceNumber = number + 1
        dataset.ImagePositionPatient = [position[0], position[1], position[2] + number]
        dataset.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    return folder


@pytest.mark.parametrize("directly", [False, True], ids=["of the database", "without importing"])
def test_cancellingALoadAnswersAtOnceAndLeavesEverythingAsItWas(qtbot, window, slowSeries, tmp_path, directly):
    axialCT(slices=4).write(tmp_path / "before")
    window.lookAtPaths([tmp_path / "before"])
    qtbot.waitUntil(lambda: len(volumes(window)) == 1 and not window.isBusy(), timeout=20000)
    before, panel = nodeIDs(window), panelOf(window)
    table = None if directly else importSeries(qtbot, window, slowSeries)
    messages = []
    panel.reporter.reported.connect(messages.append)

    if directly:
        window.lookAtPaths([slowSeries])
    else:
        doubleClickFirst(table)
    qtbot.waitUntil(lambda: "Reading images" in [job.progress.text for job in panel.jobs.jobs], timeout=20000)
    qtbot.wait(400)  # several slices are decoded, and more are being decoded
    assert window.isBusy()
    started = time.perf_counter()
    panel.jobs.cancelAll()
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=20000)
    spent = time.perf_counter() - started
    print(f"cancelled after {1000 * spent:.0f} ms")
    assert spent < CANCEL_SECONDS
    assert nodeIDs(window) == before
    assert [(message.text, message.severity) for message in messages] == [(CANCELLED, "information")]
    assert not panel.browserWidget.loads.isBusy
