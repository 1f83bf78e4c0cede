"""Three tables that follow each other, with search, counts and selections."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QPalette
from qtpy.QtWidgets import QApplication

from DICOMLib.Settings import Settings
from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase, FakeLogic, patientRow, seriesRow, studyRow

pytestmark = pytest.mark.gui


def cell(table, row, column=0):
    return table.table.visualRect(table.model.index(row, column)).center()


def click(qtbot, table, row, modifiers=Qt.NoModifier):
    qtbot.mouseClick(table.table.viewport(), Qt.LeftButton, modifiers, cell(table, row))


def testSelectingAPatientSelectsItsStudiesAndSeries(qtbot, panel):
    tables = panel.tables
    click(qtbot, tables.patientsTable, 1)
    assert tables.selectedUIDs("patient") == ["p2"]
    assert sorted(tables.selectedUIDs("study")) == ["p2.s1", "p2.s2"]
    assert sorted(tables.selectedSeries()) == ["p2.s1.r1", "p2.s1.r2", "p2.s2.r1", "p2.s2.r2"]


def testSeveralPatientsCanBeSelected(qtbot, panel):
    click(qtbot, panel.tables.patientsTable, 0)
    click(qtbot, panel.tables.patientsTable, 2, Qt.ControlModifier)
    assert panel.tables.selectedUIDs("patient") == ["p1", "p3"]
    assert len(panel.tables.selectedSeries()) == 8


def testSelectingAStudyNarrowsTheSeries(qtbot, panel):
    click(qtbot, panel.tables.patientsTable, 0)
    panel.tables.studiesTable.selectKeys(["p1.s2"])
    assert sorted(panel.tables.selectedSeries()) == ["p1.s2.r1", "p1.s2.r2"]


def testTypingFiltersCountsAndWarns(qtbot, panel):
    table = panel.tables.patientsTable
    assert table.countLabel.text() == "3"
    qtbot.keyClicks(table.searchBox, "family2")
    assert (table.countLabel.text(), table.model.rowCount()) == ("1 of 3", 1)
    qtbot.keyClicks(table.searchBox, "x")
    assert table.countLabel.text() == "0 of 3"
    assert table.table.placeholderText == "Nothing matches the search."
    background = table.searchBox.palette().color(QPalette.Base)
    table.searchBox.ensurePolished()
    assert "#f4e3a1" in table.searchBox.styleSheet()
    table.searchBox.clear()
    assert table.searchBox.styleSheet() == ""
    assert table.countLabel.text() == "3"
    assert background.isValid()


@pytest.mark.parametrize("key", [Qt.Key_Down, Qt.Key_Return])
def testTheKeyboardGoesFromASearchToWhatItFound(qtbot, panel, key):
    table = panel.tables.patientsTable
    qtbot.keyClicks(table.searchBox, "family2")
    table.searchBox.setFocus()
    qtbot.keyClick(table.searchBox, key)
    assert panel.tables.selectedUIDs("patient") == ["p2"]
    assert table.window().focusWidget() is table.table


def testTheOnlyRowOfATableIsSelectedByTheKeyboard(qtbot, panel):
    table = panel.tables.patientsTable
    qtbot.keyClicks(table.searchBox, "family2")
    table.table.setCurrentIndex(table.model.index(0, 0))
    table.table.clearSelection()
    qtbot.keyClick(table.table, Qt.Key_Down)
    assert panel.tables.selectedUIDs("patient") == ["p2"]


def testASearchKeepsWhatItShowsSelectedAndDropsWhatItHides(qtbot, panel):
    table = panel.tables.patientsTable
    table.selectKeys(["p1", "p2"])
    qtbot.keyClicks(table.searchBox, "family2")
    assert table.selectedKeys() == ["p2"]
    assert sorted(panel.tables.selectedUIDs("study")) == ["p2.s1", "p2.s2"]
    panel.logic.database.patientsList.append(patientRow("p22", "Family22, New"))
    panel.browser.refresh()
    assert (table.selectedKeys(), table.countLabel.text()) == (["p2"], "2 of 4")
    table.searchBox.clear()
    assert (table.selectedKeys(), table.countLabel.text()) == (["p2"], "4")


def testAnEmptyDatabaseSaysWhatToDo(makePanel):
    panel = makePanel(FakeLogic())
    assert "Drop a folder or files here" in panel.tables.patientsTable.table.placeholderText
    assert panel.tables.patientsTable.countLabel.text() == ""
    assert not panel.browser.toolBar.loadButton.isEnabled()
    assert not panel.browser.toolBar.removeButton.isEnabled()


def testSelectionsSurviveARefresh(qtbot, panel):
    click(qtbot, panel.tables.patientsTable, 1)
    panel.tables.studiesTable.selectKeys(["p2.s1"])
    panel.logic.database.patientsList.insert(0, patientRow("p0", "A, First"))
    panel.browser.refresh()
    assert panel.tables.selectedUIDs("patient") == ["p2"]
    assert panel.tables.selectedUIDs("study") == ["p2.s1"]
    assert panel.tables.patientsTable.model.records[0]["patientUID"] == "p0"


def testANewSeriesOfAWhollySelectedStudyIsSelectedToo(qtbot, panel):
    click(qtbot, panel.tables.patientsTable, 0)
    panel.logic.database.seriesList.append(seriesRow("p1.s1.r9", "p1.s1", "9"))
    panel.browser.refresh()
    assert "p1.s1.r9" in panel.tables.selectedSeries()
    panel.tables.seriesTable.selectKeys(["p1.s1.r9"])
    panel.logic.database.seriesList.append(seriesRow("p1.s1.r10", "p1.s1", "10"))
    panel.browser.refresh()
    assert panel.tables.selectedSeries() == ["p1.s1.r9"]


def testAPatientThatGoesTakesItsStudiesAlong(qtbot, panel):
    click(qtbot, panel.tables.patientsTable, 0)
    del panel.logic.database.patientsList[0]
    panel.browser.refresh()
    assert panel.tables.studiesTable.model.rowCount() == 0
    assert panel.tables.selectedSeries() == []


def testSeriesAreSelectedWithWhatTheyBelongTo(panel):
    panel.tables.patientsTable.searchBox.setText("nothing like it")
    panel.widget.onSeriesSelected(["p3.s2.r1"])
    assert panel.tables.selectedUIDs("patient") == ["p3"]
    assert panel.tables.selectedUIDs("study") == ["p3.s2"]
    assert panel.tables.selectedSeries() == ["p3.s2.r1"]


def testClickingAHeaderSorts(qtbot, panel):
    table = panel.tables.patientsTable
    assert table.model.records[0]["PatientName"] == "Family1, Given1"
    header = table.table.horizontalHeader()
    qtbot.mouseClick(header.viewport(), Qt.LeftButton, pos=header.rect().center().__class__(20, header.height() // 2))
    assert table.model.records[0]["PatientName"] == "Family3, Given3"


def testLessImportantColumnsGiveWayInANarrowPanelAndComeBack(qtbot, panel):
    from DICOMLib.Widgets.PatientModel import ADDED, BIRTH_DATE, LAST_STUDY, NAME

    view = panel.tables.patientsTable.table
    hidden = [view.isColumnHidden(column) for column in (NAME, BIRTH_DATE, LAST_STUDY, ADDED)]
    assert hidden == [False, False, True, True]
    panel.widget.resize(1000, 800)
    qtbot.waitUntil(lambda: not view.isColumnHidden(ADDED))
    view.setColumnShown(BIRTH_DATE, False)
    panel.widget.resize(400, 800)
    assert view.isColumnHidden(BIRTH_DATE)


def testValuesThatLookLikeMarkupStayText(qtbot, makePanel):
    logic = FakeLogic()
    logic.database.patientsList.append(patientRow("p1", "<b>Bold</b>", "<img src=x>"))
    logic.database.studiesList.append(studyRow("s1", "p1", "<h1>big</h1>"))
    panel = makePanel(logic)
    index = panel.tables.patientsTable.model.index(0, 0)
    assert index.data() == "<b>Bold</b>"
    assert index.data(Qt.ToolTipRole) == "<div>&lt;b&gt;Bold&lt;/b&gt;</div>"


def testTablesStandSideBySideWhenThereIsRoom(qtbot, panel):
    assert panel.tables.splitter.orientation() == Qt.Vertical
    panel.widget.resize(1300, 400)
    qtbot.waitUntil(lambda: panel.tables.splitter.orientation() == Qt.Horizontal)


def testTablesStayBelowEachOtherInANarrowPanelHoweverLowItIs(qtbot, panel):
    panel.tables.resize(400, 150)
    assert panel.tables.splitter.orientation() == Qt.Vertical
    panel.tables.resize(1300, 150)
    assert panel.tables.splitter.orientation() == Qt.Horizontal


def rowsSeen(table):
    """How many whole rows there is room for."""
    return table.table.viewport().height() // table.table.verticalHeader().defaultSectionSize()


def manyPatients(makePanel, patients):
    logic = FakeLogic(FakeDatabase.withPatients(patients))
    logic.database.seriesList += [seriesRow(f"p1.s1.x{number}", "p1.s1", str(number)) for number in range(20)]
    return makePanel(logic, Settings({"DICOM/ThumbnailSize": "None"}))


def testFewPatientsTakeLittleRoomAndTheSeriesTheRest(qtbot, makePanel):
    panel = manyPatients(makePanel, 2)
    panel.tables.selectPatients(["p1"])
    patients, studies, series = panel.tables.tables().values()
    assert [rowsSeen(patients), rowsSeen(studies)] == [2, 2]
    assert rowsSeen(series) >= 14


def testManyRowsEverywhereShareTheRoom(qtbot, makePanel):
    panel = manyPatients(makePanel, 30)
    panel.tables.selectPatients([f"p{number}" for number in range(1, 31)])
    heights = [table.height() for table in panel.tables.tables().values()]
    assert max(heights) - min(heights) <= 2


def testEachTableShowsThreeRowsHoweverLowThePanelIs(qtbot, makePanel):
    panel = manyPatients(makePanel, 30)
    panel.tables.selectPatients(["p1", "p2", "p3"])
    panel.widget.resize(400, 200)
    assert [rowsSeen(table) for table in panel.tables.tables().values()] == [3, 3, 3]


def testABorderMovedByHandStaysWhenRowsCome(qtbot, panel):
    splitter = panel.tables.splitter
    qtbot.wait(50)  # the window has got its last size
    automatic = splitter.sizes()
    handle = splitter.handle(1)
    start = QPointF(5, 1)
    place = QPointF(handle.mapToGlobal(start.toPoint()))  # a splitter looks at the place on the screen
    for kind, y, button, buttons in (
        (QEvent.MouseButtonPress, 0, Qt.LeftButton, Qt.LeftButton),
        (QEvent.MouseMove, 60, Qt.NoButton, Qt.LeftButton),
        (QEvent.MouseButtonRelease, 60, Qt.LeftButton, Qt.NoButton),
    ):
        moved = QPointF(0, y)
        QApplication.sendEvent(handle, QMouseEvent(kind, start + moved, place + moved, button, buttons, Qt.NoModifier))
    assert splitter.sizes()[0] == automatic[0] + 60
    before = splitter.sizes()
    panel.logic.database.patientsList += [patientRow(f"q{number}", f"Q{number}") for number in range(20)]
    panel.browser.refresh()
    assert splitter.sizes() == before


def testRoomIsDividedSoThatWhoWantsLittleGetsIt():
    from DICOMLib.Widgets.DICOMTableManager import fairShares

    assert fairShares(100, [10, 80, 60]) == [10, 45, 45]
    assert fairShares(300, [10, 80, 60]) == [10, 80, 60]
    assert fairShares(30, [20, 20, 20]) == [10, 10, 10]


def testNewPatientsAreNotSelectedAlthoughAllOthersAre(qtbot, panel):
    panel.tables.selectPatients(["p1", "p2", "p3"])
    panel.logic.database.patientsList.append(patientRow("p9", "New"))
    panel.browser.refresh()
    assert panel.tables.selectedUIDs("patient") == ["p1", "p2", "p3"]


def testAnErrorOfTheDatabaseIsToldOnceAndTheTablesStay(panel):
    from DICOMLib.Errors import DatabaseClosedError

    panel.logic.database.error = DatabaseClosedError("the database is closed", hint="Open a database")
    panel.browser.refresh()
    assert [message.text for message in panel.messages] == [
        "Could not show the database. The database is closed. Open a database."
    ]
    assert panel.tables.patientsTable.model.rowCount() == 3


def testMissingNamesAreGreyed(makePanel):
    logic = FakeLogic()
    logic.database.patientsList += [patientRow("p1", ""), patientRow("p2", "Doe, Jane")]
    model = makePanel(logic).tables.patientsTable.model
    colors = {model.index(row, 0).data(): model.index(row, 0).data(Qt.ForegroundRole) for row in range(2)}
    assert colors["Doe, Jane"] is None
    assert colors["No name"].color() == QApplication.palette().color(QPalette.Disabled, QPalette.Text)
