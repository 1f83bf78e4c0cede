"""Settings of the browser's columns live with the database."""

from DICOMLib.Database.DICOMDatabase import DICOMDatabase


def test_columnsAreVisibleUnderTheirOwnNameAtFirst(database):
    assert database.displayedNameForField("Patients", "PatientID") == "PatientID"
    assert database.visibilityForField("Patients", "PatientID")
    assert database.weightForField("Patients", "PatientID") == 0
    assert database.formatForField("Patients", "PatientID") == ""


def test_whatIsSetIsKept(database):
    events = []
    database.addObserver(events.append)
    database.setWeightForField("Series", "Modality", 3)
    database.setVisibilityForField("Series", "Modality", False)
    database.setDisplayedNameForField("Series", "Modality", "Kind")
    database.setFormatForField("Series", "Modality", '{"sort": "ascending"}')
    database.setWeightForField("Series", "Modality", 4)
    path = database.databaseFilename
    database.closeDatabase()
    reopened = DICOMDatabase()
    reopened.openDatabase(path)

    assert reopened.weightForField("Series", "Modality") == 4
    assert not reopened.visibilityForField("Series", "Modality")
    assert reopened.displayedNameForField("Series", "Modality") == "Kind"
    assert reopened.formatForField("Series", "Modality") == '{"sort": "ascending"}'
    assert reopened.weightForField("Patients", "Modality") == 0
    assert events == ["changed"] * 5
