"""What is asked of a large database is answered from indexes: SQLite says how it would answer each statement."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import SeriesBuilder, twoPatientBuilders

LARGE_TABLES = ("instances", "series", "studies", "folders", "patients", "frameValues", "thumbnails")


@contextmanager
def statementsOf(database):
    """The statements that are run on this thread's connection meanwhile, with their values."""
    found: list[str] = []
    with database.connections().reading() as connection:
        connection.set_trace_callback(found.append)
    try:
        yield found
    finally:
        with database.connections().reading() as connection:
            connection.set_trace_callback(None)


def scans(database, statements) -> list[tuple[str, str]]:
    """(table, statement) for every large table that a statement would go through from end to end."""
    found = []
    with database.connections().reading() as connection:
        for statement in statements:
            if re.match(r"\s*(?:SELECT|UPDATE|DELETE|INSERT|WITH)\b", statement):
                for row in connection.execute("EXPLAIN QUERY PLAN " + statement).fetchall():
                    match = re.match(r"SCAN (?:TABLE )?(\w+)", row[3])
                    if match and match[1] in LARGE_TABLES:
                        found.append((match[1], statement))
    return found


MR = twoPatientBuilders()["mr"]

QUESTIONS = {
    "studies of a patient": lambda db, path: db.studyRows(["1"]),
    "series of a study": lambda db, path: db.seriesRows([MR.studyUID]),
    "studies": lambda db, path: db.studiesForPatient("1"),
    "series": lambda db, path: db.seriesForStudy(MR.studyUID),
    "instances": lambda db, path: db.instancesForSeries(MR.seriesUID),
    "files": lambda db, path: db.filesForSeries(MR.seriesUID, 1),
    "records": lambda db, path: db.instancesForSeriesAsRecords(MR.seriesUID),
    "records of files": lambda db, path: db.instanceRecordsForFiles([path]),
    "instance of a file": lambda db, path: db.instanceForFile(path),
    "series of a file": lambda db, path: db.seriesForFile(path),
    "study of a series": lambda db, path: db.studyForSeries(MR.seriesUID),
    "patient of a study": lambda db, path: db.patientForStudy(MR.studyUID),
    "a value": lambda db, path: db.fileValue(path, "0020,0032"),
    "values": lambda db, path: db.instanceValues(db.instancesForSeries(MR.seriesUID), "0020,0032"),
    "a description": lambda db, path: db.fieldForSeries("SeriesDescription", MR.seriesUID),
    "what a removal would do": lambda db, path: db.removalPreview("patient", "1"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_aQuestionAboutOneThingGoesThroughNoTable(filled, files, question):
    answer = QUESTIONS[question]
    with statementsOf(filled) as statements:
        answer(filled, str(files["mr"][0]))
    assert statements
    assert scans(filled, statements) == []


def test_theListOfPatientsGoesThroughThePatientsAndNothingElse(filled):
    with statementsOf(filled) as statements:
        filled.patientRows()
    assert {table for table, _ in scans(filled, statements)} == {"patients"}


def test_countingInstancesGoesThroughTheSeriesAndNotThroughTheInstances(filled):
    with statementsOf(filled) as statements:
        assert filled.imagesCount() > 0
    assert {table for table, _ in scans(filled, statements)} == {"series"}


def test_anImportGoesThroughNoTableHoweverMuchIsThere(filled, tmp_path):
    SeriesBuilder(modality="CT", slices=4, seriesNumber=50).write(tmp_path / "more")
    with statementsOf(filled) as statements:
        report = DICOMIndexer(filled).importPaths([tmp_path / "more", tmp_path / "files"])
    assert report.instancesAdded == 4
    assert any("INSERT INTO instances" in statement for statement in statements)
    assert scans(filled, statements) == []


def test_openingGoesThroughNoTable(filled, monkeypatch):
    name = filled.databaseFilename
    statements: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    filled.openDatabase(name)
    monkeypatch.undo()
    assert statements
    assert not [one for one in statements if "integrity_check" in one or "quick_check" in one]
    assert scans(filled, statements) == []


def test_aScanWouldBeNoticed(filled):
    found = scans(filled, ["SELECT count(*) FROM instances WHERE fileSize > 5", "SELECT 1"])
    assert [table for table, _ in found] == ["instances"]
