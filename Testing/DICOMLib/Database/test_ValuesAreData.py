"""Acceptance: values of files are data. A hundred hostile texts in eight fields of an object leave the tables as they
are, come out as they went in, and stay harmless in reports and logs."""

import csv
import io
import logging

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Files.Limits import MAX_UID_LENGTH
from DICOMLib.Tags import tagText
from Testing.Fixtures.HostileTexts import HOSTILE_TEXTS, TEXT_FIELDS, UID_FIELDS, hostileObjects


@pytest.fixture(scope="module")
def hostileFolder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for number, (_, _, contents) in enumerate(hostileObjects()):
        (folder / f"{number}.dcm").write_bytes(contents)
    return folder


@pytest.fixture(scope="module")
def imported(hostileFolder, tmp_path_factory):
    """The database, the import's report, and what the import logged."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    database = DICOMDatabase()
    database.openDatabase(tmp_path_factory.mktemp("database") / "study.sqlite")
    report = DICOMIndexer(database).importPaths([hostileFolder])
    logging.getLogger().removeHandler(handler)
    yield database, report, stream.getvalue()
    database.closeDatabase()


def expected(raw: bytes, keyword: str) -> str:
    if keyword in UID_FIELDS:
        return "\\".join(part.strip(" ") for part in raw.decode("latin-1").rstrip(" \0").split("\\"))
    return raw.decode("utf-8", "replace").rstrip(" \0")


def test_thereAreAHundredTextsInEightFields():
    assert len(set(HOSTILE_TEXTS)) == 100 and len({**TEXT_FIELDS, **UID_FIELDS}) == 8


def test_everyObjectIsIndexedOrLeftOutForATrueReason(imported):
    database, report, _ = imported
    reasons = {entry.reason for entry in report.skipped}

    assert database.imagesCount() + len(report.skipped) == 200
    assert reasons <= {f"its SOPInstanceUID is longer than {MAX_UID_LENGTH} characters", "it has no SOPInstanceUID"}
    assert database.imagesCount() >= 190


def test_theTablesAreIntact(imported):
    database, report, _ = imported
    with database.connections().reading() as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                  for table in ("patients", "studies", "series", "instances")]  # fmt: skip
        foreignKeys = connection.execute("PRAGMA foreign_key_check").fetchall()

    assert {"patients", "studies", "series", "instances", "folders", "tagSets", "frameValues"} <= tables
    assert counts == [report.patientsAdded, report.studiesAdded, report.seriesAdded, report.instancesAdded]
    assert foreignKeys == [] and database.integrityProblems() == []


def test_everyValueComesOutAsItWentIn(imported, hostileFolder):
    database, report, _ = imported
    left = {entry.path for entry in report.skipped}
    violations, compared = [], 0
    for number, (_, values, _) in enumerate(hostileObjects()):
        path = hostileFolder / f"{number}.dcm"
        if bytes(path) in left:
            continue
        (record,) = database.instanceRecordsForFiles([path])
        for keyword, raw in values.items():
            compared += 1
            if not record.value(keyword) == database.fileValue(path, tagText(keyword)) == expected(raw, keyword):
                violations.append((number, keyword))
        uid = record.SOPInstanceUID
        assert database.instanceForFile(path) == uid and database.fileForInstance(uid) == str(path)
    print(f"{compared} values of {len(HOSTILE_TEXTS)} texts compared, {len(violations)} violations")
    assert violations == [] and compared >= 190 * 8


def test_theHierarchyAnswersForEveryText(imported):
    database, _, _ = imported
    names = {row["rawPatientName"] for row in database.patientRows()}
    found = 0
    for patientUID in database.patients():
        for studyUID in database.studiesForPatient(patientUID):
            assert database.patientForStudy(studyUID) == patientUID
            for seriesUID in database.seriesForStudy(studyUID):
                assert database.studyForSeries(seriesUID) == studyUID
                found += len(database.instancesForSeries(seriesUID))
    assert found == database.imagesCount() and "'; DROP TABLE patients; --" in names


def test_theReportIsNoProgram(imported):
    _, report, _ = imported
    for line in report.asText().split("\n"):
        assert line.isprintable()
    for row in csv.reader(io.StringIO(report.asCSV())):
        for cell in row:
            assert cell.isprintable() and cell.lstrip()[:1] not in ("=", "+", "-", "@")


def test_logsHoldNoValueOfAFile(imported):
    _, _, logged = imported
    for text in HOSTILE_TEXTS:
        readable = text.decode("utf-8", "replace").strip()
        assert len(readable) < 5 or readable not in logged


def test_copiesHoldTheFilesBytes(hostileFolder, tmp_path):
    """Whatever the text and its character set: what is kept is byte for byte what came in."""
    database = DICOMDatabase()
    database.openDatabase(tmp_path / "study.sqlite")
    DICOMIndexer(database).importPaths([hostileFolder], copyFiles=True)
    originals = {path.read_bytes() for path in hostileFolder.iterdir()}
    copies = database.allFiles()

    assert len(copies) == database.imagesCount() >= 190
    for path in copies:
        with open(path, "rb") as stream:
            assert stream.read() in originals
    database.closeDatabase()
