"""Removal takes rows and copies, never an original."""

import os
import shutil
import sqlite3
from contextlib import closing

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import SeriesBuilder, twoPatientBuilders


def allBytes(folder):
    return b"".join(
        open(os.path.join(parent, name), "rb").read() for parent, _, names in os.walk(folder) for name in names
    )


def test_removingASeriesRemovesWhatIsLeftEmptyAboveIt(filled, files):
    builder = twoPatientBuilders()["other"]
    report = filled.removeSeries(builder.seriesUID)

    assert report.instances == report.originalsKept == len(files["other"])
    assert report.copiesDeleted == 0
    assert filled.studyForSeries(builder.seriesUID) == ""
    assert filled.patientsCount() == 1
    assert filled.seriesCount() == filled.studiesCount() == 2


def test_removingAStudyLeavesThePatientsOthers(filled):
    builders = twoPatientBuilders()
    filled.removeStudy(builders["ct"].studyUID)

    assert filled.studiesForPatient(filled.patientForStudy(builders["mr"].studyUID)) == [builders["mr"].studyUID]
    assert filled.patientsCount() == 2


def test_removingAPatientRemovesAllBelow(filled, files):
    patient = filled.patientForStudy(twoPatientBuilders()["ct"].studyUID)
    report = filled.removePatient(patient)

    assert report.instances == len(files["ct"]) + len(files["mr"])
    assert filled.imagesCount() == len(files["other"])


def test_originalsAreNeverDeletedNotEvenInTheDatabasesFolder(database, files, tmp_path):
    inside = os.path.join(database.databaseDirectory, "linked")
    shutil.copytree(tmp_path / "files", inside)
    DICOMIndexer(database).importPaths([inside])
    before = sorted(os.path.join(parent, name) for parent, _, names in os.walk(inside) for name in names)
    for patient in database.patients():
        database.removePatient(patient)

    assert sorted(os.path.join(parent, name) for parent, _, names in os.walk(inside) for name in names) == before


def test_copiesGoAndOriginalsOfCopiesStay(database, files, tmp_path):
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    copies = database.allFiles()
    patient = database.patientForStudy(twoPatientBuilders()["ct"].studyUID)
    preview = database.removalPreview("patient", patient)
    report = database.removePatient(patient)

    assert preview == report
    assert report.copiesDeleted == len(files["ct"]) + len(files["mr"])
    assert report.undeletable == []
    assert sum(map(os.path.exists, copies)) == len(files["other"])
    assert all(path.exists() for paths in files.values() for path in paths)


def test_copiesAreDeletedWhileNoOtherProgramCanAddARowForThem(database, tmp_path, monkeypatch):
    SeriesBuilder(slices=2).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    refusals = []
    unlink = os.unlink

    def unlinkWhileAnotherProgramWantsToWrite(path, *arguments, **options):
        if os.fsencode(path).endswith(b".dcm"):
            with closing(sqlite3.connect(database.databaseFilename, timeout=0)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    refusals.append(str(error))
        unlink(path, *arguments, **options)

    monkeypatch.setattr(os, "unlink", unlinkWhileAnotherProgramWantsToWrite)
    (patient,) = database.patients()
    database.removePatient(patient)

    assert refusals == ["database is locked"] * 2


def test_nothingOfARemovedPatientIsLeftOnTheDisk(database, tmp_path):
    SeriesBuilder(slices=3, patientName="ZZCANARY^PHI", patientID="CANARY-7").write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    assert b"CANARY" in allBytes(database.databaseDirectory)
    database.removePatient(database.patients()[0])

    assert b"CANARY" not in allBytes(database.databaseDirectory)
    assert b"files" not in allBytes(database.databaseDirectory).replace(b"sqlite-files", b"").replace(b"-files", b"")


def test_removingWhatIsNotThereDoesNothing(filled):
    events = []
    filled.addObserver(events.append)

    assert filled.removeSeries("x").instances == filled.removePatient("99").instances == 0
    assert events == []


def test_removedFilesCanBeImportedAgain(filled, files, tmp_path):
    filled.removePatient(filled.patients()[0])
    filled.removePatient(filled.patients()[0])
    report = DICOMIndexer(filled).importPaths([tmp_path / "files"])

    assert report.instancesAdded == sum(map(len, files.values()))
    assert report.patientsAdded == 2
