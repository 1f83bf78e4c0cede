"""Down, up and across the hierarchy."""

import os

from Testing.Fixtures import twoPatientBuilders


def patientNamed(database, name):
    (found,) = [uid for uid in database.patients() if database.nameForPatient(uid) == name]
    return found


def test_downTheHierarchy(filled, files):
    first = patientNamed(filled, "First^Patient")
    builders = twoPatientBuilders()

    assert filled.studiesForPatient(first) == [builders["ct"].studyUID, builders["mr"].studyUID]
    assert filled.seriesForStudy(builders["ct"].studyUID) == [builders["ct"].seriesUID]
    assert filled.filesForSeries(builders["ct"].seriesUID) == [str(path) for path in files["ct"]]
    assert len(filled.instancesForSeries(builders["mr"].seriesUID)) == len(files["mr"])
    assert len(filled.allFiles()) == sum(map(len, files.values()))


def test_hitsLimitsTheAnswer(filled, files):
    seriesUID = twoPatientBuilders()["ct"].seriesUID

    assert filled.filesForSeries(seriesUID, 1) == [str(files["ct"][0])]
    assert len(filled.instancesForSeries(seriesUID, hits=2)) == 2


def test_upTheHierarchy(filled, files):
    builder = twoPatientBuilders()["other"]
    sop = filled.instanceForFile(files["other"][0])

    assert sop == builder.sopInstanceUID(0)
    assert filled.fileForInstance(sop) == str(files["other"][0])
    assert filled.seriesForFile(str(files["other"][0])) == builder.seriesUID
    assert filled.studyForSeries(builder.seriesUID) == builder.studyUID
    assert filled.nameForPatient(filled.patientForStudy(builder.studyUID)) == "Müller^Jürgen"


def test_relativePathsAreFound(filled, files, monkeypatch):
    monkeypatch.chdir(files["ct"][0].parent)

    assert filled.seriesForFile(os.fsencode(files["ct"][0].name)) == twoPatientBuilders()["ct"].seriesUID


def test_unknownOnesAreEmpty(filled):
    assert filled.studiesForPatient("99") == filled.seriesForStudy("x") == filled.filesForSeries("x") == []
    assert filled.fileForInstance("x") == filled.instanceForFile("/no/file") == filled.seriesForFile("x") == ""
    assert filled.studyForSeries("x") == filled.patientForStudy("x") == filled.nameForPatient("x") == ""


def test_fieldsByKeywordAndBySlicersName(filled):
    patient = patientNamed(filled, "Müller^Jürgen")
    builder = twoPatientBuilders()["other"]

    assert filled.fieldForPatient("PatientID", patient) == "P-002"
    assert filled.fieldForPatient("PatientsName", patient) == filled.fieldForPatient("PatientName", patient)
    assert filled.fieldForPatient("PatientSex", patient) == "M"
    assert filled.fieldForStudy("StudyDate", builder.studyUID) == "20260314"
    assert filled.fieldForSeries("Modality", builder.seriesUID) == "CT"
    assert filled.fieldForSeries("Rows", builder.seriesUID) == str(builder.rows)
    assert filled.descriptionForSeries(builder.seriesUID) == builder.seriesDescription
    assert filled.descriptionForStudy(builder.studyUID) == builder.studyDescription
    assert len(filled.fieldForSeries("InsertTimestamp", builder.seriesUID)) == len("2026-11-21 00:00:00")


def test_fieldNamesAreNoSQL(filled):
    patient = filled.patients()[0]

    assert filled.fieldForPatient("PatientID FROM patients; --", patient) == ""
    assert filled.fieldForPatient("identity", patient) == ""
    assert filled.fieldForStudy("NoSuchField", "x") == ""


def test_everyFieldNamedCanBeAskedFor(filled):
    builder = twoPatientBuilders()["ct"]
    for field in filled.seriesFieldNames:
        assert isinstance(filled.fieldForSeries(field, builder.seriesUID), str)
    assert filled.fieldForStudy("StudyInstanceUID", builder.studyUID) == builder.studyUID
    assert "PatientName" in filled.patientFieldNames
    assert "StudyDescription" in filled.studyFieldNames


def test_timeOfInsertion(filled):
    sop = filled.instancesForSeries(filled.allSeries()[0])[0]

    assert filled.insertDateTimeForInstance(sop).startswith("20")
    assert filled.insertDateTimeForInstance("x") == ""
