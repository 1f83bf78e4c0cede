"""What is copied out: files of series by patient and study, what is the matter with some, and the room they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..Database.DICOMDatabase import DICOMDatabase
from ..Database.FileStates import IndexedFile, lookAt
from ..Database.UpkeepReport import Finding
from ..Errors import ExportError
from ..Instance import Instance
from ..PersonNames import firstSpelling
from ..Progress import Progress
from ..TransferSyntaxes import DEFLATED_EXPLICIT_LITTLE_ENDIAN, transferSyntax
from ..Wording import NO_PATIENT_NAME, NO_SERIES_DESCRIPTION, NO_STUDY_DESCRIPTION, counted, dateText, sizeText

# What file systems give out at a time.
_BLOCK = 4096
_FILES_BETWEEN_LOOKS = 200


@dataclass(frozen=True)
class PlannedFile:
    """A file to copy.

    :ivar file: as the index has it
    :ivar isCompressed: whether packing it again would gain nothing
    """

    file: IndexedFile
    isCompressed: bool


@dataclass
class PlannedSeries:
    """Files in order of instance number."""

    UID: str
    name: str
    files: list[PlannedFile] = field(default_factory=list)


@dataclass
class PlannedStudy:
    """:ivar name: date and description"""

    UID: str
    name: str
    series: list[PlannedSeries] = field(default_factory=list)


@dataclass
class PlannedPatient:
    """:ivar UID: the database's own number
    :ivar name: name and PatientID"""

    UID: str
    name: str
    studies: list[PlannedStudy] = field(default_factory=list)


@dataclass
class CopyOutPlan:
    """:ivar findings: files that cannot be copied: missing, unreadable or not what was imported"""

    patients: list[PlannedPatient] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def series(self) -> Iterator[PlannedSeries]:
        """All series."""
        for patient in self.patients:
            for study in patient.studies:
                yield from study.series

    def files(self) -> Iterator[PlannedFile]:
        """All files that can be copied."""
        for series in self.series():
            yield from series.files

    @property
    def fileCount(self) -> int:
        """How many can be copied."""
        return sum(len(series.files) for series in self.series())

    @property
    def bytesTotal(self) -> int:
        """Their sizes together."""
        return sum(planned.file.fileSize for planned in self.files())

    @property
    def bytesNeeded(self) -> int:
        """On a disk, which gives out whole blocks, with something for folders."""
        blocks = sum(-(-planned.file.fileSize // _BLOCK) for planned in self.files())
        return (blocks + 2 * sum(1 for _ in self.series()) + 16) * _BLOCK

    def summary(self) -> str:
        """"5 files, 2.6 MB, in 1 series; 2 files cannot be copied."."""
        count = sum(1 for _ in self.series())
        files = f"{counted(self.fileCount, 'file')}, {sizeText(self.bytesTotal)}"
        text = f"{files}, in {counted(count, 'series', 'series')}"
        return text + (f"; {counted(len(self.findings), 'file')} cannot be copied." if self.findings else ".")


def planCopyOut(database: DICOMDatabase, seriesUIDs: Sequence[str], progress: Progress | None = None) -> CopyOutPlan:
    """Look for the files of series; nothing is copied.

    :raises ExportError: when the database does not know one of the series
    :raises CancelledError: when the progress is cancelled
    """
    progress = progress or Progress()
    plan = CopyOutPlan()
    patients: dict[str, PlannedPatient] = {}
    studies: dict[str, PlannedStudy] = {}
    for seriesUID in dict.fromkeys(seriesUIDs):
        studyUID = database.studyForSeries(seriesUID)
        if not studyUID:
            raise ExportError("the database has no such series", value=seriesUID)
        if studyUID not in studies:
            patientUID = str(database.patientForStudy(studyUID))
            if patientUID not in patients:
                patients[patientUID] = PlannedPatient(patientUID, _patientName(database, patientUID))
                plan.patients.append(patients[patientUID])
            studies[studyUID] = PlannedStudy(studyUID, _studyName(database, studyUID))
            patients[patientUID].studies.append(studies[studyUID])
        series = PlannedSeries(seriesUID, _seriesName(database, seriesUID))
        studies[studyUID].series.append(series)
        _planFiles(database, series, plan.findings, progress)
    return plan


def _planFiles(
    database: DICOMDatabase, series: PlannedSeries, findings: list[Finding], progress: Progress
) -> None:
    for number, instance in enumerate(database.instancesForSeriesAsRecords(series.UID)):
        if number % _FILES_BETWEEN_LOOKS == 0:
            progress.raiseIfCancelled()
        planned = _plannedFile(database, instance)
        found = lookAt(planned.file)
        if found is None:
            series.files.append(planned)
        else:
            findings.append(found)


def _plannedFile(database: DICOMDatabase, instance: Instance) -> PlannedFile:
    digest = database.store.digestOf(instance.path)
    file = IndexedFile(instance.path, instance.SOPInstanceUID, instance.fileSize, instance.modifiedTime, digest)
    syntax = instance.transferSyntaxUID
    return PlannedFile(file, syntax == DEFLATED_EXPLICIT_LITTLE_ENDIAN or transferSyntax(syntax).isEncapsulated)


def _patientName(database: DICOMDatabase, patientUID: str) -> str:
    name = firstSpelling(database.fieldForPatient("PatientName", patientUID)) or NO_PATIENT_NAME
    patientID = database.fieldForPatient("PatientID", patientUID).strip()
    return f"{name} - {patientID}" if patientID else name


def _studyName(database: DICOMDatabase, studyUID: str) -> str:
    date = dateText(database.fieldForStudy("StudyDate", studyUID))
    description = database.fieldForStudy("StudyDescription", studyUID).strip() or NO_STUDY_DESCRIPTION
    return " ".join(filter(None, (date, description)))


def _seriesName(database: DICOMDatabase, seriesUID: str) -> str:
    number, description, modality = (
        database.fieldForSeries(name, seriesUID).strip() for name in ("SeriesNumber", "SeriesDescription", "Modality")
    )
    return " ".join(filter(None, (number, modality, description or NO_SERIES_DESCRIPTION)))
