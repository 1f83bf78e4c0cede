"""The example of Slicer's script repository that customises the browser's columns, on our browser."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHeaderView

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Widgets.DICOMTableManager import DICOMTableManager
from DICOMLib.Widgets.ErrorReporting import ErrorReporter
from Testing.Fixtures import axialCT

pytestmark = pytest.mark.gui


@pytest.fixture
def database(database, tmp_path):
    folder = tmp_path / "files"
    axialCT(extra={"PatientComments": "a comment", "ReferringPhysicianName": "Ref^Doc"}).write(folder)
    DICOMIndexer(database).importPaths([folder])
    return database


@pytest.fixture
def manager(qtbot, database):
    widget = DICOMTableManager(database, ErrorReporter())
    qtbot.addWidget(widget)
    widget.resize(1600, 900)
    widget.show()
    widget.refresh()
    return widget


def headings(view) -> list[str]:
    """Headings of the columns that are shown, from left to right."""
    header, model = view.table.horizontalHeader(), view.model
    order = [header.logicalIndex(place) for place in range(model.columnCount())]
    return [model.headerData(index, Qt.Horizontal) for index in order if not view.table.isColumnHidden(index)]


def test_optionalColumnsAreHiddenUntilSomebodyAsksForThem(manager):
    assert "Comments" not in headings(manager.patientsTable)
    assert "Referring physician" not in headings(manager.studiesTable)


def test_theExampleOfTheScriptRepository(manager, database):
    database.setVisibilityForField("Patients", "PatientsBirthDate", False)
    database.setVisibilityForField("Patients", "PatientsComments", True)
    database.setWeightForField("Patients", "PatientsSex", -1)
    database.setDisplayedNameForField("Series", "DisplayedCount", "Number of images")
    database.setVisibilityForField("Studies", "ReferringPhysician", True)
    database.setFormatForField("Series", "SeriesDescription", '{"resizeMode":"interactive"}')
    database.setFormatForField("Series", "SeriesNumber", '{"sort": "descending"}')
    manager.refresh()

    patients = headings(manager.patientsTable)
    assert patients[0] == "Sex" and "Birth date" not in patients and "Comments" in patients
    assert "Number of images" in headings(manager.seriesTable)
    assert "Referring physician" in headings(manager.studiesTable)
    header = manager.seriesTable.table.horizontalHeader()
    assert header.sectionResizeMode(1) == QHeaderView.Interactive
    assert (header.sortIndicatorSection(), header.sortIndicatorOrder()) == (0, Qt.DescendingOrder)


def test_settingsStayWithTheDatabase(qtbot, database):
    database.setDisplayedNameForField("Patients", "PatientID", "<b>MRN</b>\n")
    name = database.databaseFilename
    database.closeDatabase()
    database.openDatabase(name)
    again = DICOMTableManager(database, ErrorReporter())
    qtbot.addWidget(again)
    again.refresh()

    assert "<b>MRN</b>\\n" in [again.patientsTable.model.headerData(index, Qt.Horizontal) for index in range(9)]
    assert database.displayedNameForField("Patients", "PatientID") == "<b>MRN</b>\n"


def test_aNameDoesNotShowAHiddenColumn(manager, database):
    database.setDisplayedNameForField("Patients", "PatientComments", "Remarks")
    database.setFormatForField("Patients", "PatientName", "no JSON")
    manager.refresh()

    assert "Remarks" not in headings(manager.patientsTable)
    database.setVisibilityForField("Patients", "PatientComments", True)
    manager.refresh()
    assert "Remarks" in headings(manager.patientsTable)


def test_whatTheUserArrangesSinceStays(manager, database):
    database.setVisibilityForField("Patients", "PatientSex", False)
    manager.refresh()
    manager.patientsTable.table.setColumnShown(3, True)
    manager.refresh()

    assert "Sex" in headings(manager.patientsTable)
