"""One patient, several birth dates or issuers: one row, and every value in it."""

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import axialCT


def importOne(database, folder, **changes):
    builder = axialCT(slices=1, seed=str(folder), **changes)
    builder.write(folder)
    return DICOMIndexer(database).importPaths([folder])


def test_birthDatesAndIssuersThatDifferAreAllShown(database, tmp_path):
    importOne(database, tmp_path / "a", patientBirthDate="19700102", extra={"IssuerOfPatientID": "North"})
    report = importOne(database, tmp_path / "b", patientBirthDate="19700201", extra={"IssuerOfPatientID": "South"})
    importOne(database, tmp_path / "c", patientBirthDate="19700102", extra={"IssuerOfPatientID": "North"})
    (row,) = database.patientRows()

    assert row["PatientBirthDate"] == "19700102\\19700201" and row["IssuerOfPatientID"] == "North\\South"
    notes = [entry.reason for entry in report.notes]
    assert notes == [
        "its patient's birth date is another one in earlier files; both are shown",
        "its patient's issuer of the ID is another one in earlier files; both are shown",
    ]
    assert "1970" not in report.asText() and "South" not in report.asText()


def test_aValueThatWasMissingIsFilledInWithoutANote(database, tmp_path):
    importOne(database, tmp_path / "a", patientBirthDate="")
    report = importOne(database, tmp_path / "b", patientBirthDate="19700102")
    (row,) = database.patientRows()

    assert row["PatientBirthDate"] == "19700102" and report.notes == []


@pytest.mark.gui
def test_theBrowserShowsThem(database, tmp_path, qtbot):
    from qtpy.QtCore import Qt

    from DICOMLib.Widgets.DICOMTableManager import DICOMTableManager
    from DICOMLib.Widgets.ErrorReporting import ErrorReporter

    importOne(database, tmp_path / "a", patientBirthDate="19700102", extra={"IssuerOfPatientID": "North"})
    manager = DICOMTableManager(database, ErrorReporter())
    qtbot.addWidget(manager)
    manager.resize(1200, 600)
    manager.show()
    manager.refresh()
    table, model = manager.patientsTable.table, manager.patientsTable.model
    issuer = [column.key for column in model.columns].index("IssuerOfPatientID")
    assert table.isColumnHidden(issuer)

    importOne(database, tmp_path / "b", patientBirthDate="19700201", extra={"IssuerOfPatientID": "South"})
    manager.refresh()
    assert not table.isColumnHidden(issuer)
    assert model.index(0, issuer).data(Qt.DisplayRole) == "North, South"
    assert model.index(0, 2).data(Qt.DisplayRole) == "1970-01-02, 1970-02-01"
