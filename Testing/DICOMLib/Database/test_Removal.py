"""Removal takes rows and copies, never an original."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

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


def hits(database, canary):
    """How often a text is in the bytes of the database's folder, in UTF-8 or UTF-16, and in its file names."""
    contents = allBytes(database.databaseDirectory)
    names = [os.fsencode(name) for _, folders, names in os.walk(database.databaseDirectory)
             for name in [*folders, *names]]
    return sum(part.count(canary.encode(encoding)) for part in [contents, *names]
               for encoding in ("utf-8", "utf-16-le"))


@pytest.mark.parametrize("others", [20, pytest.param(150, marks=pytest.mark.slow)])
@pytest.mark.parametrize("copyFiles", [True, False], ids=["copied", "linked"])
def test_noByteOfARemovedPatientIsLeftInTheFolder(database, tmp_path, copyFiles, others):
    """A patient whose name, ID, dates, descriptions, comments and file names are unmistakable comes in among many
    others, is browsed, and is removed: afterwards no byte of these texts is in the database's folder."""
    canaries = {key: f"ZZCANARY{key}" * 3 for key in ("NAME", "ID", "STUDY", "SERIES", "COMMENT", "FOLDER", "FILE")}
    birthDate = "19010203"
    for number in range(others):
        builder = SeriesBuilder(slices=7, rows=2, columns=2, patientID=f"P{number}", seed=number)
        builder.write(tmp_path / "files" / f"other{number}")
        if number == others // 2:
            writeCanary(tmp_path / "files" / canaries["FOLDER"], canaries, birthDate)
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=copyFiles)
    canaries["DATE"] = birthDate
    patient = next(row["patientUID"] for row in database.patientRows() if "ZZCANARY" in row["PatientID"])
    (series,) = [uid for uid in database.seriesForStudy(database.studiesForPatient(patient)[0])]
    with database.connections().writing() as connection:
        connection.execute(
            "INSERT INTO thumbnails(seriesKey, picture, problem, madeOfInstances, madeOf, modifiedTime)"
            " SELECT id, ?, '', 9, 'x', 0 FROM series WHERE SeriesInstanceUID = ?", (b"ZZCANARYNAME" * 300, series))
        connection.execute(
            "INSERT OR REPLACE INTO frameValues(instanceID, contents) SELECT id, ? FROM instances WHERE seriesKey ="
            " (SELECT id FROM series WHERE SeriesInstanceUID = ?)", (b"ZZCANARYNAME" * 500, series))
    assert all(hits(database, canary) for canary in canaries.values())
    preview = database.removalPreview("patient", patient)
    report = database.removePatient(patient)

    found = {key: hits(database, canary) for key, canary in canaries.items()}
    print(f"{sum(found.values())} bytes of the removed patient among {others} others: {found}")
    assert sum(found.values()) == hits(database, "ZZCANARY") == 0
    assert (report.instances, report.copiesDeleted) == (60, 60 if copyFiles else 0)
    assert preview == report and report.logIsEmpty
    assert report.bytesDeleted > 60_000 if copyFiles else report.bytesDeleted == 0
    assert database.patientsCount() == others and database.verify().isSound


def writeCanary(folder, canaries, birthDate):
    builder = SeriesBuilder(
        slices=60, patientName=f"{canaries['NAME']}^PHI", patientID=canaries["ID"], patientBirthDate=birthDate,
        studyDescription=canaries["STUDY"], seriesDescription=canaries["SERIES"], studyDate=birthDate,
        rows=2, columns=2, extra={"PatientComments": canaries["COMMENT"], "StudyID": "ZZCANARYNAME"},
    )  # fmt: skip
    builder.write(folder, [f"{canaries['FILE']}{number}.dcm" for number in range(60)])


def test_whatGoesIsSaidBeforehandInFilesAndBytes(database, files, tmp_path):
    DICOMIndexer(database).importPaths([tmp_path / "files" / "ct"], copyFiles=True)
    DICOMIndexer(database).importPaths([tmp_path / "files" / "mr"])
    patient = database.patientForStudy(twoPatientBuilders()["ct"].studyUID)
    preview = database.removalPreview("patient", patient)

    assert (preview.copiesDeleted, preview.originalsKept) == (len(files["ct"]), len(files["mr"]))
    assert preview.bytesDeleted == sum(path.stat().st_size for path in files["ct"])


def test_backupsThatStillHoldTheValuesAreNamed(filled):
    backup = filled.databaseFilename + ".version1.backup"
    shutil.copy(filled.databaseFilename, backup)
    (first, _) = filled.patients()

    assert filled.removalPreview("patient", first).backups == [backup]
    assert filled.removePatient(first).backups == [backup]
    assert os.path.exists(backup)


def test_aReaderInTheWayIsToldOf(filled):
    with closing(sqlite3.connect(filled.databaseFilename, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM patients").fetchone()
        with filled.connections().reading() as connection:
            connection.execute("PRAGMA busy_timeout = 50")
        report = filled.removePatient(filled.patients()[0])

    assert not report.logIsEmpty
    assert filled.patientsCount() == 1


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
