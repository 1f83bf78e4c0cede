"""Rows for the browser's tables: one query a table, counts included."""

from __future__ import annotations

from collections.abc import Sequence

from ..PersonNames import displayedName
from .DatabasePart import DatabasePart, inGroups, placeholders, timestampText

_PATIENT_ROWS = """
    SELECT CAST(patients.uid AS TEXT) AS patientUID, PatientName, PatientID, PatientBirthDate, PatientSex,
        IssuerOfPatientID, PatientComments, count(studies.id) AS studyCount,
        coalesce(max(StudyDate), '') AS lastStudyDate, patients.insertTimestamp
    FROM patients LEFT JOIN studies ON studies.patientUID = patients.uid
    GROUP BY patients.uid ORDER BY patients.uid"""

_STUDY_ROWS = """
    SELECT StudyInstanceUID, CAST(patientUID AS TEXT) AS patientUID, StudyDate, StudyTime, StudyID, StudyDescription,
        AccessionNumber, ReferringPhysicianName, InstitutionName,
        coalesce(group_concat(DISTINCT nullif(Modality, '')), '') AS ModalitiesInStudy,
        count(series.id) AS seriesCount, studies.insertTimestamp
    FROM studies LEFT JOIN series ON series.studyKey = studies.id
    WHERE patientUID IN ({}) GROUP BY studies.id ORDER BY patientUID, StudyDate, StudyTime, studies.id"""

_SERIES_ROWS = """
    SELECT SeriesInstanceUID, StudyInstanceUID, SeriesNumber, SeriesDescription, Modality, instanceCount, frameCount,
        Rows, Columns, SeriesDate, SeriesTime, BodyPartExamined, ProtocolName, series.insertTimestamp
    FROM series JOIN studies ON studies.id = series.studyKey
    WHERE StudyInstanceUID IN ({}) ORDER BY studyKey, CAST(SeriesNumber AS INTEGER), series.id"""


class BrowserRows(DatabasePart):
    """Dates are as in the files ("YYYYMMDD"), ``insertTimestamp`` is "YYYY-MM-DD HH:MM:SS" in UTC, counts are
    numbers."""

    def patientRows(self) -> list[dict]:
        """patientUID, PatientName (as people read it), PatientID, PatientBirthDate, PatientSex, studyCount,
        lastStudyDate, insertTimestamp, and IssuerOfPatientID, PatientComments, rawPatientName."""
        with self._reading() as connection:
            found = connection.execute(_PATIENT_ROWS).fetchall()
        return [
            {
                "patientUID": uid, "PatientName": displayedName(name), "rawPatientName": name, "PatientID": patientID,
                "PatientBirthDate": birthDate, "PatientSex": sex, "IssuerOfPatientID": issuer,
                "PatientComments": comments, "studyCount": studies, "lastStudyDate": lastDate,
                "insertTimestamp": timestampText(added),
            }
            for uid, name, patientID, birthDate, sex, issuer, comments, studies, lastDate, added in found
        ]  # fmt: skip

    def studyRows(self, patientUIDs: Sequence[str]) -> list[dict]:
        """StudyInstanceUID, patientUID, StudyDate, StudyTime, StudyID, StudyDescription, ModalitiesInStudy ("CT, MR"),
        seriesCount, insertTimestamp, and AccessionNumber, ReferringPhysicianName, InstitutionName."""
        rows = self._rowsFor(_STUDY_ROWS, patientUIDs)
        for row in rows:
            row["ModalitiesInStudy"] = ", ".join(sorted(filter(None, row["ModalitiesInStudy"].split(","))))
            row["insertTimestamp"] = timestampText(row["insertTimestamp"])
        return rows

    def seriesRows(self, studyUIDs: Sequence[str]) -> list[dict]:
        """SeriesInstanceUID, StudyInstanceUID, SeriesNumber, SeriesDescription, Modality, instanceCount, frameCount,
        size ("columns×rows", "" without an image), insertTimestamp, and SeriesDate, SeriesTime, BodyPartExamined,
        ProtocolName."""
        rows = self._rowsFor(_SERIES_ROWS, studyUIDs)
        for row in rows:
            height, width = row.pop("Rows"), row.pop("Columns")
            row["size"] = f"{width}×{height}" if width and height else ""
            row["insertTimestamp"] = timestampText(row["insertTimestamp"])
        return rows

    def _rowsFor(self, query: str, uids: Sequence[str]) -> list[dict]:
        return [
            row for group in inGroups(uids) for row in self._dictionaries(query.format(placeholders(len(group))), group)
        ]
