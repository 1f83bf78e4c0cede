"""Patients, their studies, their series: three tables that follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtWidgets import QSplitter, QVBoxLayout, QWidget

from .ColumnSettings import ColumnSettings
from .DICOMTableView import DICOMTableView
from .ErrorReporting import ErrorReporter
from .PatientModel import PatientModel
from .SeriesModel import SeriesModel
from .StudyModel import StudyModel

PATIENT, STUDY, SERIES = "patient", "study", "series"

EMPTY_DATABASE_TEXT = "No patients yet.\nDrop a folder or files here, or press Import."

# CTK's rule for placing the tables side by side.
WIDTH_TO_HEIGHT_SIDE_BY_SIDE = 2.0
# Below this width, in pixels, three tables beside each other would be wider than the panel, however low it is.
LEAST_WIDTH_SIDE_BY_SIDE = 720
# In a panel too low for this it is better to scroll the panel than three tables of one row.
FEWEST_ROWS = 3
# A table with fewer rows than that stays small, but large enough to be aimed at.
FEWEST_ROWS_OF_FEW = 2


class BrowsedDatabase(Protocol):
    """What the tables ask the database for."""

    def patientRows(self) -> list[dict]: ...

    def studyRows(self, patientUIDs: list) -> list[dict]: ...

    def seriesRows(self, studyUIDs: list) -> list[dict]: ...

    def columnSettings(self, table: str) -> dict[str, dict]: ...


def fairShares(room: int, wanted: Sequence[int]) -> list[int]:
    """Divide pixels so that whoever wants little gets it, and the others share equally what that leaves.

    >>> fairShares(100, [10, 80, 60])
    [10, 45, 45]
    """
    shares = [0] * len(wanted)
    waiting = sorted(range(len(wanted)), key=wanted.__getitem__)
    while waiting:
        index = waiting[0]
        shares[index] = min(wanted[index], room // len(waiting))
        room -= shares[index]
        waiting.pop(0)
    return shares


class DICOMTableManager(QWidget):
    """Selecting a patient shows and selects its studies, and their series.

    :ivar autoSelectSeries: whether studies and series that appear are selected too
    """

    selectionChanged = Signal()
    loadRequested = Signal()
    """A row was double-clicked, or Return was pressed in a table."""
    removeRequested = Signal(str)
    """Delete was pressed in the table of this level."""
    contextMenuRequested = Signal(str, QPoint)
    """Level and place on the screen."""

    def __init__(self, database: BrowsedDatabase, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__(parent)
        self._database = database
        self._reporter = reporter
        self._isCascading = False
        self._isArrangedByHand = False
        self.autoSelectSeries = True
        self.patientsTable = DICOMTableView(PatientModel(parent=self), "Patients", "patient")
        self.studiesTable = DICOMTableView(StudyModel(parent=self), "Studies", "study", "studies")
        self.seriesTable = DICOMTableView(SeriesModel(parent=self), "Series", "series", "series")
        self.patientsTable.table.sortByColumn(0, Qt.AscendingOrder)
        self.studiesTable.table.sortByColumn(0, Qt.DescendingOrder)
        self.seriesTable.table.sortByColumn(0, Qt.AscendingOrder)
        named = zip(self.tables().values(), ("Patients", "Studies", "Series"), strict=True)
        self._columnSettings = [(ColumnSettings(table), name) for table, name in named]
        self._build()
        self._connect()
        self._updateHints()
        self._divideRoom()

    def tables(self) -> dict[str, DICOMTableView]:
        """The three tables by level, "patient", "study", "series"."""
        return {PATIENT: self.patientsTable, STUDY: self.studiesTable, SERIES: self.seriesTable}

    def setDatabase(self, database: BrowsedDatabase) -> None:
        self._database = database
        self.refresh()

    def refresh(self) -> None:
        """Show the database as it is now; selections stay.

        New studies and series join what they belong to when all of it was selected; new patients belong to nothing.
        """
        with self._reporter.guard("show the database"):
            for settings, table in self._columnSettings:
                settings.apply(self._database.columnSettings(table))
            self._cascading(lambda: self.patientsTable.setRecords(self._database.patientRows(), selectNew=False))
            self._showStudies(selectNew=None)
            self._updateHints()

    def selectedUIDs(self, level: str) -> list:
        """Keys of the selected rows of one level: patient numbers of the database, or UIDs."""
        return self.tables()[level].selectedKeys()

    def selectedSeries(self) -> list[str]:
        """SeriesInstanceUIDs selected, in the order shown."""
        return self.seriesTable.selectedKeys()

    def selectPatients(self, patientUIDs: Iterable) -> None:
        self._cascading(lambda: self.patientsTable.selectKeys(patientUIDs))
        self._showStudies(selectNew=self.autoSelectSeries)

    def selectSeries(self, seriesUIDs: Iterable[str], studyUIDs: Iterable[str], patientUIDs: Iterable) -> None:
        """Select series with the studies and patients they belong to; searches, which might hide them, are cleared."""
        for table in self.tables().values():
            table.searchBox.clear()
        self._cascading(lambda: self.patientsTable.selectKeys(patientUIDs))
        self._showStudies(selectNew=False)
        self._cascading(lambda: self.studiesTable.selectKeys(studyUIDs))
        self._showSeries(selectNew=False)
        self._cascading(lambda: self.seriesTable.selectKeys(seriesUIDs))
        self.selectionChanged.emit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        leastWidth = max(LEAST_WIDTH_SIDE_BY_SIDE, WIDTH_TO_HEIGHT_SIDE_BY_SIDE * self.height())
        sideBySide = self.width() > leastWidth
        orientation = Qt.Horizontal if sideBySide else Qt.Vertical
        if self.splitter.orientation() != orientation:
            self.splitter.setOrientation(orientation)
            self._isArrangedByHand = False
        self._divideRoom()

    def _build(self) -> None:
        self.splitter = QSplitter(Qt.Vertical, objectName="browserSplitter")
        self.splitter.setChildrenCollapsible(False)
        for table in self.tables().values():
            self.splitter.addWidget(table)
        self.splitter.splitterMoved.connect(self._onSplitterMoved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _connect(self) -> None:
        self.patientsTable.selectionChanged.connect(lambda: self._follow(self._showStudies))
        self.studiesTable.selectionChanged.connect(lambda: self._follow(self._showSeries))
        self.seriesTable.selectionChanged.connect(lambda: self._follow(self.selectionChanged.emit))
        for level, table in self.tables().items():
            table.rowActivated.connect(self.loadRequested)
            table.rowHeightChanged.connect(self._divideRoom)
            table.removeRequested.connect(lambda level=level: self.removeRequested.emit(level))
            table.contextMenuRequested.connect(lambda place, level=level: self.contextMenuRequested.emit(level, place))

    def _follow(self, step: Callable[[], None]) -> None:
        """A table's selection changed by the user's hand: bring the tables below up to date."""
        if not self._isCascading:
            with self._reporter.guard("show the selection"):
                step()

    def _cascading(self, step: Callable[[], None]) -> None:
        """Change a table without the tables below following by themselves."""
        wasCascading, self._isCascading = self._isCascading, True
        try:
            step()
        finally:
            self._isCascading = wasCascading

    def _showStudies(self, selectNew: bool | None = True) -> None:
        selectNew = selectNew and self.autoSelectSeries
        patientUIDs = self.patientsTable.selectedKeys()
        rows = self._database.studyRows(patientUIDs) if patientUIDs else []
        self._cascading(lambda: self.studiesTable.setRecords(rows, selectNew))
        self._showSeries(selectNew)

    def _showSeries(self, selectNew: bool | None = True) -> None:
        selectNew = selectNew and self.autoSelectSeries
        studyUIDs = self.studiesTable.selectedKeys()
        rows = self._database.seriesRows(studyUIDs) if studyUIDs else []
        self._cascading(lambda: self.seriesTable.setRecords(rows, selectNew))
        self._updateHints()
        self._divideRoom()
        self.selectionChanged.emit()

    def _onSplitterMoved(self) -> None:
        self._isArrangedByHand = True

    def _divideRoom(self) -> None:
        """Each table gets what its rows need, or its share where there is too little; what is over goes to the series.

        What somebody arranged by hand stays.
        """
        tables = list(self.tables().values())
        for table in tables:
            table.setFewestRows(max(FEWEST_ROWS_OF_FEW, min(FEWEST_ROWS, table.model.totalCount)))
        if self._isArrangedByHand:
            return
        if self.splitter.orientation() == Qt.Horizontal:
            self.splitter.setSizes([self.width() // len(tables)] * len(tables))
            return
        room = self.splitter.height() - self.splitter.handleWidth() * (len(tables) - 1)
        wanted = [table.heightForRows(max(FEWEST_ROWS_OF_FEW, table.model.totalCount)) for table in tables]
        shares = fairShares(room, wanted)
        shares[-1] = max(0, room - sum(shares[:-1]))
        self.splitter.setSizes(shares)

    def _updateHints(self) -> None:
        isEmpty = self.patientsTable.model.totalCount == 0
        self.patientsTable.setEmptyText(EMPTY_DATABASE_TEXT if isEmpty else "")
        self.studiesTable.setEmptyText("" if isEmpty else "Select a patient to see its studies.")
        self.seriesTable.setEmptyText("" if isEmpty else "Select a study to see its series.")
