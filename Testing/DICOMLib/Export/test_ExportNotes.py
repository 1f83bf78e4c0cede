"""Sentences about an export as a whole."""

from __future__ import annotations

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.Export.ExportNotes import NAME_STAYS, NOT_ANONYMOUS, identityNote, nameNote
from DICOMLib.Export.SeriesExport import ExportedSeries
from Testing.Fixtures import axialCT


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


@pytest.mark.parametrize(
    ("difference", "note"),
    [
        ("", ""),
        ("changed  SeriesNumber: '1' -> '301'\nnew      PatientName: 'Doe'", ""),
        ("changed  SeriesNumber: '1' -> '301'\nchanged  PatientID: 'P-1' -> 'P-2'", NOT_ANONYMOUS),
        ("changed  PatientName: 'Doe' -> ''", NOT_ANONYMOUS),
        ("changed  OtherPatientNames: 'Doe' -> ''", ""),
    ],
)
def test_anotherPatientThanTheSourcesIsNoDeidentification(difference, note):
    result = ExportedSeries("Head", "", 1, "CT Image Storage", "1.2", difference=difference)
    assert identityNote([exportable()], [result]) == note


def test_ofAWholeSceneTheEditedTagsTell():
    result = ExportedSeries("Scene", "", 1, "Secondary Capture Image Storage", "1.2")
    for isOfWholeScene in (True, False):
        one = exportable(PatientName="Roe")
        one.isOfWholeScene, one.offeredTags = isOfWholeScene, {"PatientID": "P-1", "PatientName": "Doe^Jane"}
        assert bool(identityNote([one], [result])) == isOfWholeScene
