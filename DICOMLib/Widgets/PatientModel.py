"""Patients of the database as a table."""

from __future__ import annotations

from ..Wording import NO_PATIENT_NAME
from .DisplayText import datesText, dateText, hasSeveralValues, momentText, numberText, valuesText
from .RecordTableModel import Column, RecordTableModel

NAME, ID, BIRTH_DATE, SEX, STUDIES, LAST_STUDY, ADDED = range(7)


class PatientModel(RecordTableModel):
    """Records are ``DICOMDatabase.patientRows()``."""

    keyName = "patientUID"
    columns = (
        Column("PatientName", "Name", characters=14, importance=10, missing=NO_PATIENT_NAME),
        Column("PatientID", "ID", characters=9, importance=8),
        Column("PatientBirthDate", "Birth date", datesText, characters=10, importance=7),
        Column("PatientSex", "Sex", characters=4, importance=4),
        Column("studyCount", "Studies", numberText, characters=7, importance=6, alignRight=True),
        Column("lastStudyDate", "Last study", dateText, characters=10, importance=5),
        Column("insertTimestamp", "Added", momentText, characters=16, importance=1, explanation="When it was imported"),
        Column("IssuerOfPatientID", "Issuer of ID", valuesText, characters=10, importance=7, isOptional=True,
               isNeededFor=hasSeveralValues),
        Column("PatientComments", "Comments", characters=14, importance=0, isOptional=True),
    )
