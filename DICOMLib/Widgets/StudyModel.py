"""Studies of the selected patients as a table."""

from __future__ import annotations

from ..Wording import NO_STUDY_DESCRIPTION
from .DisplayText import dateText, momentText, numberText, timeText
from .RecordTableModel import Column, RecordTableModel

DATE, DESCRIPTION, MODALITIES, SERIES, STUDY_ID, TIME, ADDED = range(7)


class StudyModel(RecordTableModel):
    """Records are ``DICOMDatabase.studyRows(patientUIDs)``."""

    keyName = "StudyInstanceUID"
    columns = (
        Column("StudyDate", "Date", dateText, characters=10, importance=9),
        Column("StudyDescription", "Description", characters=13, importance=10, missing=NO_STUDY_DESCRIPTION),
        Column("ModalitiesInStudy", "Modality", characters=8, importance=8),
        Column("seriesCount", "Series", numberText, characters=6, importance=7, alignRight=True),
        Column("StudyID", "Study ID", characters=9, importance=3),
        Column("StudyTime", "Time", timeText, characters=8, importance=5),
        Column("insertTimestamp", "Added", momentText, characters=16, importance=1, explanation="When it was imported"),
        Column("AccessionNumber", "Accession number", characters=9, importance=0, isOptional=True),
        Column("ReferringPhysicianName", "Referring physician", characters=14, importance=0, isOptional=True),
        Column("InstitutionName", "Institution", characters=14, importance=0, isOptional=True),
    )
