"""From the double-click on a series to its first picture, in the real window."""

from __future__ import annotations

import time
from collections.abc import Callable

from .Child import inFreshProcess
from .Program import touchMemory
from .Results import Row, atMost, notMeasured
from .Setting import Setting
from .VolumeFiles import nativeVolume

TITLE = "first picture after a double-click"
MOST_MILLISECONDS = 500
_SIDE = 100  # of the square in the middle of a view that is looked at
_LONGEST_WAIT = 90  # seconds


def doubleClick(database: str, slices: int, pause: float) -> dict:
    """Milliseconds to the first picture and to the whole volume, in a window that has not loaded anything yet. Runs in
    a process of its own, which needs a display."""
    from DICOMModule.Host.Application import HostApplication
    from DICOMModule.Host.Start import makeQtApplication, openWindow

    qtApplication = makeQtApplication()
    with HostApplication.create(database, settingsStore={}, scripting=False) as application:
        window = openWindow(application)
        window.remembersArrangement = False
        window.resize(1200, 800)
        try:
            return _User(window).doubleClickLargest(slices, pause)
        finally:
            window.close()
            application.mainWindow = None
            window.deleteLater()
            qtApplication.processEvents()


class _User:
    """Somebody who double-clicks and watches the views."""

    def __init__(self, window: object):
        self._window = window
        self._scene = window.application.scene
        self._pictures: list[tuple[float, float]] = []
        for view in window.layoutManager.sliceViews().values():
            view.plotter.render_window.AddObserver("EndEvent", self._drawn)

    def doubleClickLargest(self, slices: int, pause: float) -> dict:
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest

        panel = self._window.application.moduleManager.widgetRepresentation("DICOM")
        tables = panel.browserWidget.dicomBrowser.tables
        table = tables.seriesTable.table
        tables.patientsTable.table.selectAll()
        self._waitUntil(lambda: table.model().rowCount() == 2)
        tables.seriesTable.selectKeys([self._largest()])
        place = table.visualRect(table.selectionModel().selectedRows(1)[0]).center()
        QTest.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
        QTest.qWait(round(1000 * pause))
        touchMemory(slices)
        if self._pictures:
            raise AssertionError("a view showed something before the double-click")
        started, startedCPU = time.perf_counter(), time.process_time()
        QTest.mouseDClick(table.viewport(), Qt.LeftButton, pos=place)
        self._waitUntil(lambda: bool(self._pictures))
        self._waitUntil(lambda: not self._window.isBusy())
        whole = time.perf_counter() - started
        (volume,) = self._scene.GetNodesByClass("vtkMRMLVolumeNode")
        if volume.GetDimensions()[2] != slices:
            raise AssertionError(f"{volume.GetDimensions()} voxels were loaded")
        first, firstCPU = self._pictures[0]
        return {"first": 1000 * (first - started), "firstCPU": 1000 * (firstCPU - startedCPU), "whole": 1000 * whole}

    def _largest(self) -> str:
        database = self._window.application.database
        studies = [row["StudyInstanceUID"] for row in database.studyRows(database.patients())]
        return max(database.seriesRows(studies), key=lambda row: row["instanceCount"])["SeriesInstanceUID"]

    def _drawn(self, renderWindow: object, _event: str) -> None:
        """A frame is a picture when the middle of the view shows something; the volume may still be being read."""
        now = time.perf_counter(), time.process_time()
        if not self._pictures and _hasContent(renderWindow):
            self._pictures.append(now)

    @staticmethod
    def _waitUntil(condition: Callable[[], bool]) -> None:
        from qtpy.QtCore import QCoreApplication, QEventLoop

        end = time.monotonic() + _LONGEST_WAIT
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"nothing was shown in {_LONGEST_WAIT} s")
            QCoreApplication.processEvents(QEventLoop.AllEvents | QEventLoop.WaitForMoreEvents, 5)


def _hasContent(renderWindow: object) -> bool:
    """Whether the middle is of more than one shade of grey."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    width, height = renderWindow.GetSize()
    left, low = max(0, (width - _SIDE) // 2), max(0, (height - _SIDE) // 2)
    pixels = vtkUnsignedCharArray()
    renderWindow.GetPixelData(left, low, min(width, left + _SIDE) - 1, min(height, low + _SIDE) - 1, 0, pixels, 0)
    values = vtk_to_numpy(pixels)
    greys = values[values.max(axis=1) == values.min(axis=1)]  # lines and text have colours
    return len(greys) > 0 and int(greys.max()) - int(greys.min()) > 20


def run(setting: Setting) -> list[Row]:
    """Each time in a new window."""
    work = f"first picture after a double-click on a CT of {setting.slices:,} slices"
    if setting.display is None:
        return [notMeasured(work, "there is no display and no Xvfb")]
    files = nativeVolume(setting)
    found = []
    for _ in range(setting.repeats):
        measured = {"database": files.database, "slices": files.slices, "pause": setting.pause}
        found.append(inFreshProcess(doubleClick, variables=setting.display, **measured))
        setting.say("  first picture after {first:.0f} ms, of which processors worked {firstCPU:.0f} ms; all after "
                    "{whole:.0f} ms".format(**found[-1]))  # fmt: skip
    return [
        atMost(work, [one["first"] for one in found], "ms", MOST_MILLISECONDS, "in a window that was just opened"),
        atMost("until it is loaded and shown as a whole", [one["whole"] for one in found], "ms"),
    ]
