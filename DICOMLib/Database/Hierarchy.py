"""Patients, studies, series, instances: what is below, above and where. Names are those of Slicer's database."""

from __future__ import annotations

import os

from ..PersonNames import displayedName
from .DatabasePart import PATH_COLUMNS, PATH_TABLES, DatabasePart, timestampText

# Names that Slicer's database uses for some columns beside the DICOM keywords.
SLICER_NAMES = {
    "PatientsName": "PatientName",
    "PatientsBirthDate": "PatientBirthDate",
    "PatientsSex": "PatientSex",
    "PatientsAge": "PatientAge",
    "PatientsComments": "PatientComments",
    "ReferringPhysician": "ReferringPhysicianName",
    "PerformingPhysiciansName": "PerformingPhysicianName",
    "ContrastAgent": "ContrastBolusAgent",
    "EchoNumber": "EchoNumbers",
    "TemporalPosition": "TemporalPositionIdentifier",
    "InsertTimestamp": "insertTimestamp",
    "DisplayedCount": "instanceCount",
    "DisplayedNumberOfFrames": "frameCount",
}
PATIENT_FIELDS = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge", "PatientComments", "IssuerOfPatientID",
)
STUDY_FIELDS = (
    "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription", "AccessionNumber", "InstitutionName",
    "ReferringPhysicianName", "PerformingPhysicianName",
)
SERIES_FIELDS = (
    "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "Modality", "SeriesDate", "SeriesTime",
    "BodyPartExamined", "ProtocolName", "FrameOfReferenceUID", "AcquisitionNumber", "ContrastBolusAgent",
    "ScanningSequence", "EchoNumbers", "TemporalPositionIdentifier", "Rows", "Columns",
)
# Fields that are no columns of their own → how they are computed.
_COMPUTED_FIELDS = {
    "patients": {
        "UID": "uid",
        "DisplayedNumberOfStudies": "(SELECT count(*) FROM studies WHERE patientUID = uid)",
        "DisplayedStudyDate": "(SELECT coalesce(max(StudyDate), '') FROM studies WHERE patientUID = uid)",
    },
    "studies": {
        "PatientsUID": "patientUID",
        "DisplayedNumberOfSeries": "(SELECT count(*) FROM series WHERE studyKey = studies.id)",
        "ModalitiesInStudy": "(SELECT coalesce(group_concat(Modality, ', '), '') FROM (SELECT DISTINCT Modality FROM"
        " series WHERE studyKey = studies.id AND Modality <> '' ORDER BY Modality))",
    },
    "series": {
        "StudyInstanceUID": "(SELECT StudyInstanceUID FROM studies WHERE id = studyKey)",
        "DisplayedSize": "CASE WHEN Rows <> '' AND Columns <> '' THEN Columns || 'x' || Rows ELSE '' END",
        "instanceCount": "instanceCount",
        "frameCount": "frameCount",
    },
}
_FIELDS = {"patients": PATIENT_FIELDS, "studies": STUDY_FIELDS, "series": SERIES_FIELDS}
_KEY_COLUMNS = {"patients": "uid", "studies": "StudyInstanceUID", "series": "SeriesInstanceUID"}


class Hierarchy(DatabasePart):
    """Queries on the hierarchy. A patient's UID is a number of the database as text; the others are DICOM UIDs.

    Lists are empty and texts are "" for UIDs that are not in the database.
    """

    def patients(self) -> list[str]:
        """UIDs of all patients."""
        return [str(uid) for uid in self._firstColumn("SELECT uid FROM patients ORDER BY uid")]

    def studiesForPatient(self, patientUID: str) -> list[str]:
        """Study UIDs by date."""
        return self._firstColumn(
            "SELECT StudyInstanceUID FROM studies WHERE patientUID = ? ORDER BY StudyDate, StudyTime, id", patientUID
        )

    def seriesForStudy(self, studyUID: str) -> list[str]:
        """Series UIDs by series number."""
        return self._firstColumn(
            "SELECT SeriesInstanceUID FROM series WHERE studyKey = (SELECT id FROM studies WHERE StudyInstanceUID = ?)"
            " ORDER BY CAST(SeriesNumber AS INTEGER), id",
            studyUID,
        )

    def allSeries(self) -> list[str]:
        """UIDs of all series."""
        return self._firstColumn("SELECT SeriesInstanceUID FROM series ORDER BY id")

    def instancesForSeries(self, seriesUID: str, hits: int = -1) -> list[str]:
        """SOP instance UIDs in order of instance number.

        :param hits: at most this many; -1 for all
        """
        return self._firstColumn(
            "SELECT SOPInstanceUID FROM instances WHERE seriesKey = (SELECT id FROM series WHERE SeriesInstanceUID = ?)"
            " ORDER BY instanceNumber, id LIMIT ?",
            seriesUID,
            hits,
        )

    def filesForSeries(self, seriesUID: str, hits: int = -1) -> list[str]:
        """Paths in order of instance number; undecodable bytes in them are escaped as by ``os.fsdecode``."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {PATH_COLUMNS} FROM {PATH_TABLES} WHERE instances.seriesKey ="
                " (SELECT id FROM series WHERE SeriesInstanceUID = ?) ORDER BY instanceNumber, instances.id LIMIT ?",
                (seriesUID, hits),
            ).fetchall()
        return [os.fsdecode(self.pathOfRow(row)) for row in rows]

    def allFiles(self) -> list[str]:
        """Paths of all instances."""
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {PATH_COLUMNS} FROM {PATH_TABLES} ORDER BY instances.id").fetchall()
        return [os.fsdecode(self.pathOfRow(row)) for row in rows]

    def fileForInstance(self, sopInstanceUID: str) -> str:
        """The path of the file to read."""
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {PATH_COLUMNS} FROM {PATH_TABLES} WHERE SOPInstanceUID = ?", (sopInstanceUID,)
            ).fetchone()
        return os.fsdecode(self.pathOfRow(row)) if row else ""

    def instanceForFile(self, path: str | bytes | os.PathLike) -> str:
        """The SOP instance UID of a file: of a linked original, of an owned copy, or of a copy's original."""
        return self._ofFile("instances.SOPInstanceUID", path)

    def seriesForFile(self, path: str | bytes | os.PathLike) -> str:
        """The series UID of a file, as for :meth:`instanceForFile`."""
        return self._ofFile("(SELECT SeriesInstanceUID FROM series WHERE id = seriesKey)", path)

    def studyForSeries(self, seriesUID: str) -> str:
        """The UID of the study that a series is in."""
        return self._single(
            "SELECT StudyInstanceUID FROM studies WHERE id = (SELECT studyKey FROM series WHERE SeriesInstanceUID = ?)",
            seriesUID,
        )

    def patientForStudy(self, studyUID: str) -> str:
        """The UID of the patient that a study is of."""
        return str(self._single("SELECT patientUID FROM studies WHERE StudyInstanceUID = ?", studyUID))

    def fieldForPatient(self, field: str, patientUID: str) -> str:
        """One column of a patient, by DICOM keyword or Slicer's name; "" when there is no such field or patient."""
        return self._field("patients", field, patientUID)

    def fieldForStudy(self, field: str, studyUID: str) -> str:
        """One column of a study, as for :meth:`fieldForPatient`."""
        return self._field("studies", field, studyUID)

    def fieldForSeries(self, field: str, seriesUID: str) -> str:
        """One column of a series, as for :meth:`fieldForPatient`."""
        return self._field("series", field, seriesUID)

    def nameForPatient(self, patientUID: str) -> str:
        """The name as in the files."""
        return self.fieldForPatient("PatientName", patientUID)

    def descriptionForStudy(self, studyUID: str) -> str:
        """StudyDescription."""
        return self.fieldForStudy("StudyDescription", studyUID)

    def descriptionForSeries(self, seriesUID: str) -> str:
        """SeriesDescription."""
        return self.fieldForSeries("SeriesDescription", seriesUID)

    def insertDateTimeForPatient(self, patientUID: str) -> str:
        """When the patient's first file came in, "YYYY-MM-DD HH:MM:SS" in UTC."""
        return self.fieldForPatient("insertTimestamp", patientUID)

    def insertDateTimeForStudy(self, studyUID: str) -> str:
        """When the study's first file came in, as for :meth:`insertDateTimeForPatient`."""
        return self.fieldForStudy("insertTimestamp", studyUID)

    def insertDateTimeForSeries(self, seriesUID: str) -> str:
        """When the series' first file came in, as for :meth:`insertDateTimeForPatient`."""
        return self.fieldForSeries("insertTimestamp", seriesUID)

    def insertDateTimeForInstance(self, sopInstanceUID: str) -> str:
        """When the instance came in, "YYYY-MM-DD HH:MM:SS" in UTC."""
        seconds = self._single(
            "SELECT insertTimestamp FROM instances WHERE SOPInstanceUID = ?", sopInstanceUID, default=None
        )
        return "" if seconds is None else timestampText(seconds)

    @property
    def patientFieldNames(self) -> tuple[str, ...]:
        """What :meth:`fieldForPatient` knows."""
        return PATIENT_FIELDS

    @property
    def studyFieldNames(self) -> tuple[str, ...]:
        """What :meth:`fieldForStudy` knows."""
        return STUDY_FIELDS

    @property
    def seriesFieldNames(self) -> tuple[str, ...]:
        """What :meth:`fieldForSeries` knows."""
        return SERIES_FIELDS

    def patientsCount(self) -> int:
        """How many patients there are."""
        return self._single("SELECT count(*) FROM patients")

    def studiesCount(self) -> int:
        """How many studies there are."""
        return self._single("SELECT count(*) FROM studies")

    def seriesCount(self) -> int:
        """How many series there are."""
        return self._single("SELECT count(*) FROM series")

    def imagesCount(self) -> int:
        """How many instances there are, images or not."""
        return self._single("SELECT coalesce(sum(instanceCount), 0) FROM series")

    def _field(self, table: str, field: str, uid: str) -> str:
        name = SLICER_NAMES.get(field, field)
        if name == "insertTimestamp":
            seconds = self._single(f"SELECT {name} FROM {table} WHERE {_KEY_COLUMNS[table]} = ?", uid, default=None)
            return "" if seconds is None else timestampText(seconds)
        if name == "DisplayedPatientsName":
            return displayedName(self._field(table, "PatientName", uid))
        expression = name if name in _FIELDS[table] else _COMPUTED_FIELDS[table].get(name)
        if expression is None:
            return ""
        return str(self._single(f"SELECT {expression} FROM {table} WHERE {_KEY_COLUMNS[table]} = ?", uid))

    def _ofFile(self, expression: str, path: str | bytes | os.PathLike) -> str:
        absolute = os.path.abspath(os.fsencode(path))
        digest = self._store.digestOf(absolute)
        if digest is not None:
            return self._single(f"SELECT {expression} FROM instances WHERE digest = ?", digest)
        folder, name = os.path.split(absolute)
        return self._single(
            f"SELECT {expression} FROM instances WHERE folderID = (SELECT id FROM folders WHERE path = ?) AND name = ?",
            folder,
            name,
        )
