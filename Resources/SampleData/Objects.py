"""DICOM objects: what all series have in common, and how they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from .Grid import Grid
from .Manifest import DICOM_FOLDER_NAME, SampleSeries

IMPLEMENTATION_VERSION = "DICOMSAMPLEDAY"
DAY = "20260617"


def uid(*parts: object) -> str:
    """A UID that depends only on `parts`: 2.25 and a 126-bit number (PS3.5 annex B.2)."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in ("sample day", *parts)).encode("utf-8")).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big') >> 2}"


@dataclass(frozen=True)
class Patient:
    """Who: `charset` is the defined term of Specific Character Set for `name`."""

    name: str
    identifier: str
    birthDate: str
    sex: str
    age: str
    weight: float
    charset: str
    folder: str


@dataclass(frozen=True)
class Study:
    """One visit to one machine."""

    patient: Patient
    description: str
    time: str
    number: str
    accession: str
    referrer: str
    folder: str

    @property
    def uid(self) -> str:
        """Study Instance UID."""
        return uid("study", self.patient.identifier, self.number)


@dataclass
class Series:
    """One series under construction: makes datasets, counts what was written."""

    study: Study
    number: int
    description: str
    modality: str
    sopClassUID: str
    time: str
    root: Path
    small: bool
    report: Callable[[str], None]
    fileCount: int = 0
    byteCount: int = 0
    template: Dataset = field(init=False)

    def __post_init__(self) -> None:
        """The attributes every object of the series carries (PS3.3 C.7.1 to C.7.3, C.7.5)."""
        self.template = seriesTemplate(self)
        self.path.mkdir(parents=True, exist_ok=True)

    @property
    def uid(self) -> str:
        """Series Instance UID."""
        return uid("series", self.study.uid, self.number)

    @property
    def frameOfReferenceUID(self) -> str:
        """One for each study: the patient stays on the table."""
        return uid("frame of reference", self.study.uid)

    @property
    def folder(self) -> str:
        """Path relative to the set's folder, with forward slashes."""
        words = "".join(character if character.isalnum() else "_" for character in self.description)
        return "/".join([DICOM_FOLDER_NAME, self.study.patient.folder, self.study.folder, f"{self.number:02d}_{words}"])

    @property
    def path(self) -> Path:
        """Where the files go."""
        return self.root / self.folder

    def write(self, changes: dict[str, object], pixels: numpy.ndarray) -> None:
        """Write the next object: the template, `changes` (keyword -> value), pixels in memory order."""
        dataset = Dataset()
        dataset.update(self.template)
        number = self.fileCount + 1
        dataset.InstanceNumber = number
        dataset.SOPInstanceUID = uid("instance", self.uid, number, self.small)
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        contents = numpy.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()
        dataset.PixelData = contents + b"\0" * (len(contents) % 2)
        dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"
        path = self.path / f"IM{number:04d}.dcm"
        dataset.file_meta = fileMeta(dataset)
        dataset.save_as(path, enforce_file_format=True)
        self.fileCount = number
        self.byteCount += path.stat().st_size
        self.report(self.description)

    def summary(self, dimensions: tuple[int, int, int], grid: Grid | None = None, volumes: int = 1) -> SampleSeries:
        """What the manifest says of this series."""
        matrix = None if grid is None else tuple(tuple(row) for row in grid.ijkToRAS.tolist())
        return SampleSeries(
            patientName=self.study.patient.name,
            patientID=self.study.patient.identifier,
            studyDescription=self.study.description,
            studyInstanceUID=self.study.uid,
            seriesInstanceUID=self.uid,
            seriesNumber=self.number,
            seriesDescription=self.description,
            modality=self.modality,
            dimensions=dimensions,
            spacing=None if grid is None else grid.spacing,
            ijkToRAS=matrix,
            folder=self.folder,
            fileCount=self.fileCount,
            volumes=volumes,
        )


def seriesTemplate(series: Series) -> Dataset:
    """Patient, study, series and equipment attributes of one series."""
    study, patient = series.study, series.study.patient
    dataset = Dataset()
    dataset.SpecificCharacterSet = patient.charset
    dataset.InstanceCreationDate = DAY
    dataset.InstanceCreationTime = series.time
    dataset.SOPClassUID = series.sopClassUID
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = DAY
    dataset.StudyTime = study.time
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = series.time
    dataset.AccessionNumber = study.accession
    dataset.Modality = series.modality
    dataset.Manufacturer = "Sample Data"
    dataset.InstitutionName = "Sample Hospital"
    dataset.ReferringPhysicianName = study.referrer
    dataset.ManufacturerModelName = "Implicit Head"
    dataset.DeviceSerialNumber = "1"
    dataset.SoftwareVersions = "1"
    dataset.StudyDescription = study.description
    dataset.SeriesDescription = series.description
    dataset.PatientName = patient.name
    dataset.PatientID = patient.identifier
    dataset.PatientBirthDate = patient.birthDate
    dataset.PatientSex = patient.sex
    dataset.PatientAge = patient.age
    dataset.PatientWeight = decimal(patient.weight)
    dataset.StudyInstanceUID = study.uid
    dataset.SeriesInstanceUID = series.uid
    dataset.StudyID = study.number
    dataset.SeriesNumber = series.number
    dataset.AcquisitionNumber = 1
    return dataset


def addGrid(series: Series, grid: Grid, thickness: float) -> None:
    """What all slices of a volume share (PS3.3 C.7.4.1, C.7.6.2)."""
    dataset = series.template
    dataset.FrameOfReferenceUID = series.frameOfReferenceUID
    dataset.PositionReferenceIndicator = ""
    dataset.ImageOrientationPatient = [decimal(value) for value in (*grid.rowDirection, *grid.columnDirection)]
    dataset.PixelSpacing = [decimal(grid.spacing[1]), decimal(grid.spacing[0])]
    dataset.SliceThickness = decimal(thickness)
    dataset.PatientPosition = "HFS"
    dataset.BodyPartExamined = "HEAD"
    dataset.Columns, dataset.Rows = grid.dimensions[:2]


def slicePlane(grid: Grid, k: int) -> dict[str, object]:
    """What differs from slice to slice."""
    position = grid.position(k)
    normal = grid.ijkToLPS[:3, 2] / grid.spacing[2]
    return {
        "ImagePositionPatient": [decimal(value) for value in position],
        "SliceLocation": decimal(round(float(normal @ position), 4)),
    }


def addMonochrome(dataset: Dataset, bitsAllocated: int, bitsStored: int, signed: bool = False) -> None:
    """Pixel description of a grey image (PS3.3 C.7.6.3)."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = bitsAllocated
    dataset.BitsStored = bitsStored
    dataset.HighBit = bitsStored - 1
    dataset.PixelRepresentation = int(signed)


def addColor(dataset: Dataset) -> None:
    """Pixel description of an 8-bit RGB image."""
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "RGB"
    dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """One coded entry (PS3.3 table 8.8-1)."""
    entry = Dataset()
    entry.CodeValue = value
    entry.CodingSchemeDesignator = scheme
    entry.CodeMeaning = meaning
    return entry


def decimal(value: float) -> str:
    """The closest decimal string of at most 16 characters (PS3.5 table 6.2-1)."""
    text, digits = repr(float(value)), 16
    while len(text) > 16:
        digits -= 1
        text = f"{float(value):.{digits}g}"
    return text


def fileMeta(dataset: Dataset) -> FileMetaDataset:
    """Group 0002 (PS3.10 section 7.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("implementation")
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    return meta
