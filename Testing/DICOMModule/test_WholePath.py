"""The main job in the real window, by real events: drop a folder, double-click its series, read a voxel, close."""

import gc
import re

import numpy as np
import pytest

from Testing.Fixtures import SeriesBuilder

pytestmark = pytest.mark.gui

ROWS, COLUMNS, SLICES = 24, 20, 12
WINDOW_SIZE = (900, 640)


@pytest.fixture
def series():
    """An oblique CT in which every voxel has a value of its own."""
    values = np.arange(SLICES * ROWS * COLUMNS, dtype=np.int16).reshape(SLICES, ROWS, COLUMNS)
    return SeriesBuilder(
        modality="CT",
        rows=ROWS,
        columns=COLUMNS,
        slices=SLICES,
        spacing=(1.5, 1.25, 2.0),
        orientation=(0.96, 0.28, 0.0, -0.28, 0.96, 0.0),
        origin=(-12.0, 7.0, 30.0),
        dtype="int16",
        pattern=values,
        patientName="Nakamura^Yui",
        patientID="WHOLE-PATH",
        seriesDescription="Every voxel differs",
    )


@pytest.fixture
def window(qtbot, tmp_path):
    from DICOMModule.Host.Application import HostApplication
    from DICOMModule.Host.Start import makeQtApplication, openWindow

    makeQtApplication()
    application = HostApplication.create(tmp_path / "database" / "dicom.sqlite", settingsStore={})
    window = openWindow(application)
    window.resize(*WINDOW_SIZE)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    window.close()
    application.close()


def drop(target, folder) -> None:
    """Carry a folder from another program and let go of it over a widget."""
    from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
    from qtpy.QtGui import QDragEnterEvent, QDropEvent
    from qtpy.QtWidgets import QApplication

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    place = QPoint(target.width() // 2, target.height() // 2)
    entering = QDragEnterEvent(place, Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    QApplication.sendEvent(target, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(place), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier))


def doubleClickFirstRow(qtbot, table) -> None:
    from qtpy.QtCore import Qt

    place = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)


def pointAt(qtbot, view, ras) -> None:
    """Move the mouse over a place of the patient with Shift held: the linked crosshair goes there."""
    from qtpy.QtCore import QEvent, QPointF, Qt
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtWidgets import QApplication

    place = view.positionOf(ras)
    moved = QMouseEvent(QEvent.MouseMove, QPointF(place), Qt.NoButton, Qt.NoButton, Qt.ShiftModifier)
    QApplication.sendEvent(view.plotter, moved)
    QApplication.processEvents()


def test_drop_doubleClick_crosshair_close(qtbot, window, series, tmp_path):
    folder = tmp_path / "from elsewhere"
    series.write(folder)
    panel = window.application.moduleManager.widgetRepresentation("DICOM").browserWidget
    tables = panel.dicomBrowser.tables

    drop(panel.dicomBrowser, folder)
    qtbot.waitUntil(lambda: tables.patientsTable.model.rowCount() == 1, timeout=60000)
    assert tables.patientsTable.model.index(0, 0).data() == "Nakamura, Yui"

    qtbot.waitUntil(lambda: tables.seriesTable.model.rowCount() == 1, timeout=60000)
    doubleClickFirstRow(qtbot, tables.seriesTable.table)
    scene = window.application.scene
    qtbot.waitUntil(lambda: scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode") is not None, timeout=60000)
    qtbot.waitUntil(lambda: not window.isBusy(), timeout=60000)
    volume = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    assert np.array_equal(volume.voxelArray(), series.array)
    assert np.allclose(volume.ijkToRASArray(), series.ijkToRAS, atol=1e-6)

    i, j, k = 13, 7, 5
    ras = (series.ijkToRAS @ (i, j, k, 1.0))[:3]
    red = window.layoutManager.sliceView("Red")
    red.jumpTo(ras)
    pointAt(qtbot, red, ras)

    told = window.dataProbe.text()
    assert re.search(rf"\({i}, {j}, {k}\)\s+{series.array[k, j, i]:.0f} HU", told), told
    for name in ("Yellow", "Green"):
        shown = window.layoutManager.sliceView(name)
        normal = shown.sliceToRAS()[:3, 2]
        assert abs(shown.sliceToRAS()[:3, 3] @ normal - ras @ normal) < 1.5  # within half a pixel of pointing


def test_closing_while_an_import_runs_ends_it_and_leaves_a_sound_database(qtbot, window, tmp_path):
    import threading

    from DICOMLib.Database.DICOMDatabase import DICOMDatabase

    folder = tmp_path / "many"
    for number in range(30):
        series = SeriesBuilder(rows=8, columns=8, slices=10, seriesNumber=number, seed=f"many{number}")
        series.write(folder / str(number))
    window.openPaths([str(folder)], load=True)
    qtbot.wait(30)
    window.close()
    window.application.close()
    gc.collect()

    qtbot.waitUntil(lambda: not [t for t in threading.enumerate() if t.name.startswith("Job")], timeout=60000)
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "database" / "dicom.sqlite"))
    assert database.imagesCount() == sum(
        len(database.instancesForSeries(series))
        for patient in database.patients()
        for study in database.studiesForPatient(patient)
        for series in database.seriesForStudy(study)
    )
    database.closeDatabase()
