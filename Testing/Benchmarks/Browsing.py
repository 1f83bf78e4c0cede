"""Opening, listing, searching, selecting and removing in a large database, in the real tables of the window."""

from __future__ import annotations

import time
from collections.abc import Callable

from .Child import inFreshProcess
from .Results import Row, atMost, notMeasured
from .Setting import Setting

TITLE = "browsing a large database"
SEARCHED_PATIENT, SEARCHED_SERIES = "yamada00", "chest 1.25"

# Work, unit, most. Names are those of the measurements below.
_DATABASE_ROWS = {
    "open": ("open it", "s", 0.3),
    "patients": ("list all patients", "ms", 50),
    "records": ("all records of the largest series ({largest:,} instances)", "ms", None),
}
_WINDOW_ROWS = {
    "show": ("show the browser with all patients for the first time", "ms", None),
    "keyPatients": ("type in the patients' search box, each key", "ms", 100),
    "sortPatients": ("sort all patients", "ms", 200),
    "select": ("select a patient with {first:,} series", "ms", 50),
    "selectAll": ("select all patients, which shows all series", "ms", 2000),
    "keySeries": ("type in the series' search box with all series shown, each key", "ms", 100),
    "sortSeries": ("sort all series", "ms", 200),
    "refresh": ("refresh with a patient selected, as an import makes it", "ms", 200),
}


def openAndList(database: str) -> dict:
    """Seconds to open, and milliseconds for queries. Runs in a process of its own."""
    from DICOMLib import DICOMDatabase

    started = time.perf_counter()
    opened = DICOMDatabase()
    opened.openDatabase(database)
    result = {"open": time.perf_counter() - started}
    patients: list[dict] = []
    result["patients"] = milliseconds(lambda: patients.extend(opened.patientRows()))
    series = opened.seriesRows([row["StudyInstanceUID"] for row in opened.studyRows([opened.patients()[0]])])
    largest = max(series, key=lambda row: row["instanceCount"])
    result["records"] = milliseconds(lambda: opened.instancesForSeriesAsRecords(largest["SeriesInstanceUID"]))
    counts = {"patientsFound": len(patients), "largest": largest["instanceCount"], "first": len(series)}
    opened.closeDatabase()
    return result | counts


def removeFirstPatient(database: str) -> dict:
    """Remove the patient with the most series. Runs in a process of its own."""
    from DICOMLib import DICOMDatabase

    opened = DICOMDatabase()
    opened.openDatabase(database)
    before = opened.imagesCount()
    patient = opened.patients()[0]
    seconds = milliseconds(lambda: opened.removePatient(patient)) / 1000
    removed = before - opened.imagesCount()
    opened.closeDatabase()
    return {"seconds": seconds, "removed": removed}


def useWindow(database: str, pause: float) -> dict:
    """Milliseconds of what people do in the browser, to the end of drawing. Runs in a process of its own, which needs a
    display."""
    from qtpy.QtWidgets import QApplication

    application = QApplication([])
    panel = _Panel(database, pause)
    try:
        return panel.measure()
    finally:
        panel.close()
        application.quit()


class _Panel:
    """The browser in a window of its own, and somebody who uses it."""

    def __init__(self, database: str, pause: float):
        from DICOMLib import DICOMDatabase
        from DICOMLib.PluginRegistry import PluginRegistry
        from DICOMLib.Scene.Scene import Scene
        from DICOMLib.Settings import Settings
        from DICOMLib.Widgets import DICOMBrowser, ErrorReporter, JobRunner
        from DICOMModule.DICOM import DICOMLogic

        self._pause = round(1000 * pause)
        self._database = DICOMDatabase()
        self._database.openDatabase(database)
        settings = Settings()
        logic = DICOMLogic(database=self._database, scene=Scene(), registry=PluginRegistry(), settings=settings)
        self._jobs = JobRunner()
        started = time.perf_counter()
        self._browser = DICOMBrowser(logic, self._jobs, settings, ErrorReporter())
        self._browser.resize(500, 900)
        self._browser.show()
        self._settle()
        self._shown = (time.perf_counter() - started) * 1000

    def close(self) -> None:
        self._browser.close()
        self._jobs.shutdown()
        self._database.closeDatabase()

    def measure(self) -> dict:
        tables = self._browser.tables
        patients, series = tables.patientsTable, tables.seriesTable
        result: dict[str, list[float]] = {"show": [self._shown]}
        result["keyPatients"] = self._type(patients, SEARCHED_PATIENT)
        result["sortPatients"] = [self._sort(patients, column) for column in (0, 2, 5)]
        result["select"] = [self._selectFirst() for _ in range(3)]
        result["refresh"] = [self._timed(self._browser.refresh) for _ in range(3)]
        result["selectAll"] = [self._timed(patients.selectAll)]
        result["seriesShown"] = series.model.rowCount()
        result["sortSeries"] = [self._sort(series, column) for column in (0, 1, 4)]
        result["keySeries"] = self._type(series, SEARCHED_SERIES)
        return result

    def _selectFirst(self) -> float:
        """Another patient first, then the one with the most series."""
        table = self._browser.tables.patientsTable
        first, other = self._database.patients()[:2]
        table.selectKeys([other])
        self._settle()
        return self._timed(lambda: table.selectKeys([first]))

    def _sort(self, table: object, column: int) -> float:
        """As a click on the column's head."""
        from qtpy.QtCore import Qt

        return self._timed(lambda: table.table.horizontalHeader().setSortIndicator(column, Qt.DescendingOrder))

    def _type(self, table: object, text: str) -> list[float]:
        """Milliseconds of each key, and of each that takes a letter back."""
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest

        table.searchBox.setFocus()
        QTest.qWait(self._pause)
        times = [self._timed(lambda k=key: QTest.keyClicks(table.searchBox, k)) for key in text]
        back = [self._timed(lambda: QTest.keyClick(table.searchBox, Qt.Key_Backspace)) for _ in text]
        return times + back

    def _timed(self, action: Callable[[], object]) -> float:
        started = time.perf_counter()
        action()
        self._settle()
        return (time.perf_counter() - started) * 1000

    def _settle(self) -> None:
        """Until all that followed is done and drawn."""
        from qtpy.QtWidgets import QApplication

        for _ in range(3):
            QApplication.sendPostedEvents()
            QApplication.processEvents()


def milliseconds(action: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def run(setting: Setting) -> list[Row]:
    """Queries in fresh processes, then a session in the window, then a removal."""
    database = str(setting.largeDatabase().path)
    setting.say(f"  {setting.instances:,} instances, {setting.series:,} series, {setting.patients:,} patients")
    lists = [inFreshProcess(openAndList, database=database) for _ in range(setting.repeats)]
    facts = lists[0]
    if facts["patientsFound"] != setting.patients:
        raise AssertionError(f"{facts['patientsFound']} patients were listed")
    rows = [_row(title, unit, most, [one[name] for one in lists], facts)
            for name, (title, unit, most) in _DATABASE_ROWS.items()]  # fmt: skip
    rows += windowRows(setting, database, facts)
    removal = inFreshProcess(removeFirstPatient, database=database)
    return [*rows, atMost(f"remove a patient with {removal['removed']:,} instances", [removal["seconds"]], "s", 1)]


def windowRows(setting: Setting, database: str, facts: dict) -> list[Row]:
    """What was measured in the window; one row that says why not, where there is none."""
    if setting.display is None:
        return [notMeasured("use the browser's tables", "there is no display and no Xvfb")]
    found = inFreshProcess(useWindow, variables=setting.display, database=database, pause=setting.pause)
    if found["seriesShown"] != setting.series:
        raise AssertionError(f"{found['seriesShown']} series were shown")
    return [_row(title, unit, most, found[name], facts) for name, (title, unit, most) in _WINDOW_ROWS.items()]


def _row(title: str, unit: str, most: float | None, samples: list[float], facts: dict) -> Row:
    isEachKey = title.endswith("each key")
    return atMost(title.format(**facts), samples, unit, most, worst=isEachKey)
