"""Sentences about an export as a whole."""

from __future__ import annotations

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.Export.ExportNotes import NAME_STAYS, nameNote
from Testing.Fixtures import axialCT


@pytest.fixture
def database(tmp_path):
    opened = DICOMDatabase()
    opened.openDatabase(tmp_path / "d.sqlite")
    yield opened
    opened.closeDatabase()


@pytest.fixture
def source(database, tmp_path):
    builder = axialCT(patientName="Doe^Jane", patientID="P-1")
    builder.write(tmp_path / "source")
    DICOMIndexer(database).importPaths([tmp_path / "source"])
    return builder


def exportable(**tags):
    return DICOMExportable("Head", tags={"PatientID": "P-1", "PatientName": "Doe^Jane", **tags})


@pytest.mark.parametrize(
    ("name", "note"),
    [("Doe^Jane", ""), (" Doe^Jane^^ ", ""), ("Roe^Jane", NAME_STAYS), ("", NAME_STAYS)],
)
def test_anotherNameThanThatOfTheStudyInTheDatabaseIsTold(database, source, name, note):
    assert nameNote([exportable(StudyInstanceUID=source.studyUID, PatientName=name)], database) == note


def test_newStudiesAndNoDatabaseHaveNoOtherName(database, source):
    for study in ("", "1.2.3"):
        assert nameNote([exportable(StudyInstanceUID=study, PatientName="Roe")], database) == ""
    assert nameNote([exportable(StudyInstanceUID=source.studyUID, PatientName="Roe")], None) == ""
