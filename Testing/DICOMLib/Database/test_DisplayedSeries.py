"""Rules for what is shown of a series."""

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import axialCT


def rowOf(database, folder, modality, **extra):
    axialCT(slices=1, modality=modality, seriesDescription=extra.pop("description", ""), extra=extra).write(folder)
    DICOMIndexer(database).importPaths([folder])
    (row,) = database.seriesRows(database.studiesForPatient(database.patients()[0]))
    return row


@pytest.mark.parametrize(("modality", "extra", "shown"), [
    ("RTPLAN", {"RTPlanName": "Breast left", "RTPlanLabel": "BL"}, "Breast left"),
    ("RTPLAN", {"RTPlanLabel": "BL", "description": "exported"}, "BL"),
    ("RTPLAN", {"description": "exported"}, "exported"),
    ("RTPLAN", {}, "Unnamed RT Plan"),
    ("RTSTRUCT", {"StructureSetLabel": "Contours"}, "Contours"),
    ("RTSTRUCT", {}, "Unnamed RT Structure Set"),
    ("RTIMAGE", {"RTImageName": "Portal"}, "Portal"),
    ("RTIMAGE", {}, "Unnamed RT Image"),
    ("CT", {"description": "Axial"}, "Axial"),
    ("CT", {}, ""),
])  # fmt: skip
def test_radiotherapyObjectsAreKnownByTheirOwnNames(database, tmp_path, modality, extra, shown):
    assert rowOf(database, tmp_path, modality, **extra)["SeriesDescription"] == shown


def test_programsAddRules(database, tmp_path):
    rowOf(database, tmp_path, "MR", description="t1")
    events = []
    database.addObserver(events.append)
    database.addDisplayedFieldRule(lambda row, values: {"SeriesDescription": row["SeriesDescription"].upper()}, ["MR"])
    database.addDisplayedFieldRule(lambda row, values: {"SeriesDescription": f"{row['SeriesDescription']}!"})
    database.addDisplayedFieldRule(lambda row, values: {"SeriesDescription": "never"}, ["CT"])
    (row,) = database.seriesRows(database.studiesForPatient(database.patients()[0]))

    assert row["SeriesDescription"] == "T1!" and events == ["changed"] * 3
