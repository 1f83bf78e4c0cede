"""The tables' models, without a window."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QCoreApplication, QPersistentModelIndex, Qt

from DICOMLib.Widgets import RecordTableModel
from DICOMLib.Widgets.PatientModel import BIRTH_DATE, NAME, STUDIES, PatientModel
from DICOMLib.Widgets.RecordTableModel import KEY_ROLE, RECORD_ROLE, SORT_ROLE, unbrokenRanges
from DICOMLib.Widgets.SeriesModel import DESCRIPTION, NUMBER, SeriesModel
from DICOMLib.Widgets.StudyModel import MODALITIES, TIME, StudyModel
from Testing.DICOMLib.Widgets.FakeLogic import patientRow, seriesRow, studyRow


@pytest.fixture(scope="module", autouse=True)
def application():
    """Models need Qt's core, not a display."""
    return QCoreApplication.instance() or QCoreApplication([])


def shown(model, column):
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def testPatientsAreShownInWords():
    model = PatientModel([patientRow("p1", "Müller, Jürgen", "P\n7", studyCount=1200)])
    row = [model.data(model.index(0, column)) for column in range(model.columnCount())]
    assert row[:7] == ["Müller, Jürgen", "P\\n7", "1970-01-02", "F", "1,200", "2026-11-20", "2026-11-20 10:00"]
    assert model.headerData(BIRTH_DATE, Qt.Horizontal) == "Birth date"
    assert model.data(model.index(0, STUDIES), Qt.TextAlignmentRole) & Qt.AlignRight


def testStudiesShowTheirModalities():
    model = StudyModel([studyRow("s1", "p1")])
    assert model.data(model.index(0, MODALITIES)) == "CT, MR"
    assert model.data(model.index(0, TIME)) == "10:11:12"


def testRolesGiveTheRecordAndItsKey():
    record = seriesRow("1.2.3", "1.2")
    model = SeriesModel([record])
    assert model.data(model.index(0, 3), RECORD_ROLE) == record
    assert model.data(model.index(0, 3), KEY_ROLE) == "1.2.3"


def testSeriesNumbersSortAsNumbers():
    model = SeriesModel([seriesRow(number, "s", number) for number in ("10", "9", "", "100")])
    model.sort(NUMBER, Qt.AscendingOrder)
    assert shown(model, NUMBER) == ["9", "10", "100", ""]
    assert model.data(model.index(0, NUMBER), SORT_ROLE) < model.data(model.index(1, 0), SORT_ROLE)


def testRowsKeepTheirIdentityWhenRecordsChange():
    model = PatientModel([patientRow(f"p{n}", f"Name{n}") for n in range(5)])
    model.sort(NAME, Qt.AscendingOrder)
    kept = QPersistentModelIndex(model.index(3, 0))
    model.setRecords([patientRow("p3", "Name3", studyCount=9), patientRow("p9", "A first"), patientRow("p4", "Name4")])
    assert kept.data(KEY_ROLE) == "p3"
    assert shown(model, NAME) == ["A first", "Name3", "Name4"]
    assert model.data(model.index(kept.row(), STUDIES)) == "9"


def testAnEmptyListEmptiesTheModel():
    model = PatientModel([patientRow("p1")])
    model.setRecords([])
    assert model.rowCount() == 0
    model.setRecords([patientRow("p2")])
    assert shown(model, 1) == ["P-1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("müller", ["p1"]),
        ("MULLER jurgen", ["p1"]),
        ("jane 1970-01-02", ["p2"]),
        ("19700102", ["p1", "p2"]),
        ("jane jürgen", []),
        ("   ", ["p1", "p2"]),
        ("doe, j", ["p2"]),
    ],
)
def testSearchWantsEveryWordInAnyColumnWithoutCaseAndAccents(text, found):
    model = PatientModel([patientRow("p1", "Müller, Jürgen"), patientRow("p2", "Doe, Jane")])
    model.setSearchText(text)
    assert [record["patientUID"] for record in model.shownRecords] == found


def testSearchFollowsRecordsThatChange():
    model = PatientModel([patientRow("p1", "Old, Name")])
    model.setSearchText("new")
    assert model.rowCount() == 0
    model.setRecords([patientRow("p1", "New, Name")])
    assert model.rowCount() == 1


def testASearchHidesRecordsAndForgetsNone():
    model = PatientModel([patientRow(f"p{n}", f"Name{n}") for n in (3, 1, 2, 11)])
    model.setSearchText("name1")
    assert shown(model, NAME) == ["Name1", "Name11"]
    assert (model.totalCount, len(model.records), model.words) == (4, 4, ["name1"])
    model.sort(NAME, Qt.DescendingOrder)
    assert shown(model, NAME) == ["Name11", "Name1"]
    kept = QPersistentModelIndex(model.index(1, 0))
    model.setRecords([patientRow(f"p{n}", f"Name{n}") for n in (1, 2, 12, 4, 11)])
    assert shown(model, NAME) == ["Name12", "Name11", "Name1"]
    assert kept.data(KEY_ROLE) == "p1"
    model.setSearchText("")
    assert shown(model, NAME) == ["Name12", "Name11", "Name4", "Name2", "Name1"]


def testRecordsOfEqualValueKeepTheirPlacesWhenOthersCome():
    model = PatientModel([patientRow(f"p{n}", f"Name{n}", studyCount=1) for n in range(4)])
    model.sort(NAME, Qt.DescendingOrder)
    model.sort(STUDIES)
    model.setRecords([patientRow(f"p{n}", f"Name{n}", studyCount=1) for n in range(5)])
    assert shown(model, NAME) == ["Name3", "Name2", "Name1", "Name0", "Name4"]


def testSearchTextsAreMadeWhileNothingElseIsToBeDone(monkeypatch):
    model = PatientModel()
    model.setRecords([patientRow(f"p{n}", f"Name{n}") for n in range(1200)])
    while model._preparation.isActive():
        QCoreApplication.processEvents()
    made = []
    monkeypatch.setattr(RecordTableModel, "searchKey", lambda text: made.append(text) or str(text).lower())
    model.setSearchText("name7")
    assert made == ["name7"]
    assert model.rowCount() == 111


def testTenThousandSeriesAreSortedAndSearchedWhileOneBlinks(promised):
    model = SeriesModel([seriesRow(f"1.{n}", "s", str(n), f"Series {n}") for n in range(10_000)])
    with promised.within(2.0):
        model.sort(DESCRIPTION, Qt.DescendingOrder)
        model.setSearchText("series 77")
    assert model.rowCount() == sum("77" in str(n) for n in range(10_000))
    assert model.data(model.index(0, NUMBER)) == "9977"


def testRangesJoinNeighbours():
    assert unbrokenRanges([0, 1, 2, 5, 7, 8]) == [(0, 2), (5, 5), (7, 8)]


def testMissingNamesAreSaidButNeitherFoundNorSorted():
    model = PatientModel([patientRow("p1", "Zoe, Named"), patientRow("p2", "")])
    assert shown(model, NAME) == ["Zoe, Named", "No name"]
    assert model.data(model.index(0, NAME), Qt.ForegroundRole) is None
    model.sort(NAME)
    assert shown(model, NAME) == ["Zoe, Named", "No name"]
    model.setSearchText("name")
    assert model.rowCount() == 1
    assert shown(SeriesModel([seriesRow("1.1", "s", "1", "")]), DESCRIPTION) == ["Unnamed Series"]
