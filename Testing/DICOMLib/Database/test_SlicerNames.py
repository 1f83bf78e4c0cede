"""Names that scripts written for Slicer's database use."""

import os
from datetime import datetime, timezone

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.TagPaths import TagPathError
from Testing.Fixtures import axialCT
from Testing.Fixtures.EnhancedObjects import enhancedFile


@pytest.fixture
def filled(database, tmp_path):
    folder = tmp_path / "files"
    axialCT(patientName="Doe^John^A^Dr^Jr", patientID="P-7").write(folder)
    DICOMIndexer(database).importPaths([folder])
    return database


def uids(database):
    (patientUID,) = database.patients()
    (studyUID,) = database.studiesForPatient(patientUID)
    (seriesUID,) = database.seriesForStudy(studyUID)
    return patientUID, studyUID, seriesUID, database.instancesForSeries(seriesUID)


def test_labels(filled):
    patientUID, _, seriesUID, _ = uids(filled)
    (path, *_) = filled.filesForSeries(seriesUID)

    assert filled.displayedNameForPatient(patientUID) == "Doe, John A, Jr (Dr)"
    assert filled.descriptionsForFile(path) == {
        "SeriesDescription": "Axial CT", "StudyDescription": "Fixture study", "PatientsName": "Doe^John^A^Dr^Jr",
    }  # fmt: skip
    assert filled.descriptionsForFile("/nowhere") == {}
    assert filled.compositePatientID("7", "Doe^John", "19700102") == "7~19700102~Doe^John"


def test_SlicersFieldNames(filled):
    patientUID, studyUID, seriesUID, _ = uids(filled)

    assert filled.fieldForPatient("PatientsName", patientUID) == "Doe^John^A^Dr^Jr"
    assert filled.fieldForPatient("DisplayedPatientsName", patientUID) == "Doe, John A, Jr (Dr)"
    assert filled.fieldForPatient("DisplayedNumberOfStudies", patientUID) == "1"
    assert filled.fieldForPatient("DisplayedStudyDate", patientUID) == "20260314"
    assert filled.fieldForPatient("UID", patientUID) == patientUID
    assert filled.fieldForStudy("ModalitiesInStudy", studyUID) == "CT"
    assert filled.fieldForStudy("DisplayedNumberOfSeries", studyUID) == "1"
    assert filled.fieldForStudy("PatientsUID", studyUID) == patientUID
    assert filled.fieldForSeries("DisplayedCount", seriesUID) == "5"
    assert filled.fieldForSeries("DisplayedNumberOfFrames", seriesUID) == "5"
    assert filled.fieldForSeries("DisplayedSize", seriesUID) == "12x16"
    assert filled.fieldForSeries("StudyInstanceUID", seriesUID) == studyUID
    assert filled.fieldForSeries("NoSuchField; DROP TABLE series", seriesUID) == ""


def test_timesOfImport(filled):
    patientUID, studyUID, seriesUID, instances = uids(filled)
    times = {
        filled.insertDateTimeForPatient(patientUID), filled.insertDateTimeForStudy(studyUID),
        filled.insertDateTimeForSeries(seriesUID), filled.insertDateTimeForInstance(instances[0]),
    }  # fmt: skip
    now = datetime.now(timezone.utc)

    for text in times:
        assert abs((now - datetime.fromisoformat(text).replace(tzinfo=timezone.utc)).total_seconds()) < 60
    assert filled.insertDateTimeForPatient("999") == ""


def test_timesOfFiles(filled):
    times = filled.allFilesModifiedTimes()
    path = next(iter(times))

    assert sorted(times) == sorted(filled.allFiles())
    assert abs(times[path].timestamp() - os.stat(path).st_mtime) < 1e-5
    assert filled.fileExistsAndUpToDate(path)
    os.utime(path, (1, 1))
    assert not filled.fileExistsAndUpToDate(path) and not filled.fileExistsAndUpToDate("/nowhere")


def test_tagsAsNumbers(filled):
    assert filled.tagToGroupElement("0008,103e") == filled.tagToGroupElement("SeriesDescription") == (0x0008, 0x103E)
    assert filled.groupElementToTag(0x0008, 0x103E) == "0008,103E"
    with pytest.raises(TagPathError):
        filled.tagToGroupElement("no tag")


def test_loadedSeriesAreWhatTheApplicationSays(filled):
    filled.loadedSeriesInstanceUIDs = ["2.25.1", "2.25.2"]
    assert filled.loadedSeriesInstanceUIDs == ("2.25.1", "2.25.2")
    filled.setLoadedSeriesInstanceUIDs([])
    assert filled.loadedSeriesInstanceUIDs == ()


def test_signalsByName(filled):
    calls = []

    def changed():
        calls.append("changed")

    assert filled.connect("databaseChanged()", changed)
    assert filled.connect("patientRemoved(QString,QString)", lambda: calls.append("removed"))
    assert not filled.connect("noSuchSignal()", changed)
    filled.databaseChanged()
    filled.updateDisplayedFields()
    assert calls == ["changed", "changed"]
    assert filled.disconnect("databaseChanged()", changed) and not filled.disconnect("databaseChanged()", changed)
    filled.removePatient(filled.patients()[0])
    assert calls[2:] == ["removed"]


def test_aWholeHeaderAsText(filled, tmp_path):
    _, _, seriesUID, instances = uids(filled)

    assert filled.loadInstanceHeader(instances[0])
    assert filled.headerValue("0010,0010") == filled.headerValue("PatientName") == "Doe^John^A^Dr^Jr"
    assert filled.headerKeys()[0] == "0008,0005" and filled.headerRemark == ""
    path = tmp_path / "enhanced.dcm"
    path.write_bytes(enhancedFile(3))
    header = filled.loadFileHeader(path)
    assert header["(5200,9230)[2].(0018,9114)[0].(0018,9082)"] == "80.0"
    assert filled.headerValue("PerFrameFunctionalGroupsSequence[2].MREchoSequence[0].EffectiveEchoTime") == "80.0"
    assert filled.headerValue("0009,0001") == ""
    assert filled.loadInstanceHeader("2.25.404") == {} and filled.headerKeys() == []


def test_aHeaderOfManyElementsIsListedToTheLimitAndSaysSo(filled, tmp_path):
    path = tmp_path / "large.dcm"
    path.write_bytes(enhancedFile(400))
    filled.loadFileHeader(path)

    assert len(filled.headerKeys()) == 10_000
    assert filled.headerRemark == "Only the first 10000 elements are listed; the header holds more."


def test_initializingEmptiesTheDatabase(filled):
    filled.initializeDatabase("any schema file")
    assert filled.patients() == [] and filled.imagesCount() == 0
