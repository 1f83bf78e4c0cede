"""One image series built in memory: what is in the files, and what a reader has to make of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from .Encoding import encodeDataset
from .Identifiers import deterministicUID

SOP_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "OT": "1.2.840.10008.5.1.4.1.1.7",
}
MULTIFRAME_SOP_CLASSES = {"US": "1.2.840.10008.5.1.4.1.1.3.1"}
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
IMAGE_TYPES = {"CT": ["ORIGINAL", "PRIMARY", "AXIAL"], "MR": ["ORIGINAL", "PRIMARY", "M", "SE"]}

MOST_BYTES_KEPT = 1 << 18
# Most tests begin with one of a few series, and to encode one may take longer than the test.
_encoded: dict[str, list[bytes]] = {}

Pattern = Callable[[numpy.ndarray, numpy.ndarray, numpy.ndarray], numpy.ndarray]


def gradientPattern(k: numpy.ndarray, j: numpy.ndarray, i: numpy.ndarray) -> numpy.ndarray:
    """Every voxel says where it is: 100 k + 10 j + i, so any flip, swap or shift shows."""
    return 100 * k + 10 * j + i


def _isPlain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_isPlain, value))
    return value is None or isinstance(value, numpy.generic) or type(value) in (str, int, float, bool, UID)


@dataclass
class SeriesBuilder:
    """Builds valid single-frame (or one multi-frame) image objects.

    Geometry is LPS in mm, as in the files. `spacing` is (between rows, between columns, between slices): the first two
    in the order of PixelSpacing. `orientation` is ImageOrientationPatient, `origin` the centre of voxel (0, 0, 0).
    `shear` shifts each next slice within its own plane by (mm along a row, mm along a column): a tilted gantry.
    `gaps` gives the distance from each slice to the next (one fewer than `slices`) where they differ; `missing` leaves
    out slices by number. `pattern` gives modality values: a callable of broadcastable (k, j, i), or an array of shape
    (slices, rows, columns[, samples]); `rescale` is (slope, intercept), None for no rescale attributes.
    `extra` maps keywords to values for every object; `edit(dataset, index)` changes each object last.

    >>> builder = SeriesBuilder(modality="CT", slices=5, spacing=(0.7, 0.7, 2.0), origin=(-10, -20, 30))
    >>> [str(value) for value in builder.datasets()[4].ImagePositionPatient]
    ['-10.0', '-20.0', '38.0']
    >>> builder.array.shape
    (5, 16, 12)
    """

    modality: str = "CT"
    rows: int = 16
    columns: int = 12
    slices: int = 5
    spacing: tuple[float, float, float] = (1.0, 1.0, 2.0)
    orientation: Sequence[float] = AXIAL
    origin: Sequence[float] = (0.0, 0.0, 0.0)
    shear: tuple[float, float] = (0.0, 0.0)
    gaps: Sequence[float] | None = None
    missing: Sequence[int] = ()
    rescale: tuple[float, float] | None = (1.0, -1024.0)
    dtype: object = "uint16"
    bitsStored: int | None = None
    pattern: Pattern | numpy.ndarray = gradientPattern
    samplesPerPixel: int = 1
    planarConfiguration: int = 0
    photometricInterpretation: str = ""
    multiframe: bool = False
    patientName: str = "Test^Fixture"
    patientID: str = "FIXTURE-1"
    patientBirthDate: str = "19700102"
    patientSex: str = "O"
    charset: str | Sequence[str] | None = "ISO_IR 100"
    studyDate: str = "20260314"
    studyTime: str = "101112"
    studyDescription: str = "Fixture study"
    seriesDescription: str = "Fixture series"
    seriesNumber: int = 3
    studyUID: str = ""
    seriesUID: str = ""
    frameOfReferenceUID: str = ""
    sopClassUID: str = ""
    transferSyntax: str = ExplicitVRLittleEndian
    seed: object = 0
    extra: dict[str, object] = field(default_factory=dict)
    edit: Callable[[Dataset, int], None] | None = None

    def __post_init__(self) -> None:
        """Fill in what follows from the rest; the UIDs depend on patient, study date, series number and seed only."""
        self.dtype = numpy.dtype(self.dtype)
        self.studyUID = self.studyUID or deterministicUID("study", self.patientID, self.studyDate, self.seed)
        self.seriesUID = self.seriesUID or deterministicUID("series", self.studyUID, self.seriesNumber, self.seed)
        self.frameOfReferenceUID = self.frameOfReferenceUID or deterministicUID("frame of reference", self.studyUID)
        classes = {**SOP_CLASSES, **MULTIFRAME_SOP_CLASSES} if self.multiframe else SOP_CLASSES
        self.sopClassUID = self.sopClassUID or classes.get(self.modality, SOP_CLASSES["OT"])
        if not self.photometricInterpretation:
            self.photometricInterpretation = "MONOCHROME2" if self.samplesPerPixel == 1 else "RGB"

    # What a reader has to find

    @property
    def sliceNumbers(self) -> list[int]:
        """Numbers of the slices that exist, in spatial order."""
        return [k for k in range(self.slices) if k not in set(self.missing)]

    @property
    def storedArray(self) -> numpy.ndarray:
        """Stored pixel values, shape (slices present, rows, columns[, samples]), of `dtype`."""
        values = self.patternValues()
        slope, intercept = self.rescale or (1.0, 0.0)
        stored = numpy.rint((values - intercept) / slope)
        limits = numpy.iinfo(self.dtype)
        return numpy.clip(stored, limits.min, limits.max).astype(self.dtype)[self.sliceNumbers]

    @property
    def array(self) -> numpy.ndarray:
        """Expected modality values (float64 when rescaled, else the stored ones), shape as `storedArray`."""
        if self.rescale is None:
            return self.storedArray
        slope, intercept = self.rescale
        return self.storedArray * float(slope) + float(intercept)

    @property
    def ijkToLPS(self) -> numpy.ndarray:
        """Expected 4x4 from (column i, row j, slice k) to LPS mm, shear included (`gaps` and `missing` are not)."""
        row, column, normal = self.axes()
        matrix = numpy.eye(4)
        matrix[:3, 0] = row * self.spacing[1]
        matrix[:3, 1] = column * self.spacing[0]
        matrix[:3, 2] = normal * self.spacing[2] + row * self.shear[0] + column * self.shear[1]
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def ijkToRAS(self) -> numpy.ndarray:
        """Expected 4x4 from (i, j, k) to RAS mm."""
        return numpy.diag([-1.0, -1.0, 1.0, 1.0]) @ self.ijkToLPS

    def positionOfSlice(self, k: int) -> numpy.ndarray:
        """LPS centre of the first voxel of slice `k`, shape (3,)."""
        step = self.ijkToLPS[:3, 2]
        if self.gaps is None:
            return numpy.asarray(self.origin, float) + step * k
        travelled = float(sum(self.gaps[:k]))
        return numpy.asarray(self.origin, float) + step * (travelled / self.spacing[2])

    def axes(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """Unit vectors in LPS: along a row, down a column, and their cross product."""
        row = numpy.asarray(self.orientation[:3], float)
        column = numpy.asarray(self.orientation[3:], float)
        return row, column, numpy.cross(row, column)

    def patternValues(self) -> numpy.ndarray:
        """Modality values before rounding to what can be stored, shape (slices, rows, columns[, samples])."""
        shape = (self.slices, self.rows, self.columns) + ((self.samplesPerPixel,) if self.samplesPerPixel > 1 else ())
        if not callable(self.pattern):
            return numpy.asarray(self.pattern, float).reshape(shape)
        k, j, i = numpy.ogrid[:self.slices, :self.rows, :self.columns]
        values = numpy.asarray(self.pattern(k, j, i), float)
        if self.samplesPerPixel > 1 and values.ndim == 3:
            # Three planes that differ, so that a wrong colour order shows.
            values = numpy.stack([values + 20 * sample for sample in range(self.samplesPerPixel)], axis=-1)
        return numpy.broadcast_to(values, shape)

    # Objects and files

    def sopInstanceUID(self, k: int) -> str:
        """UID of the object that holds slice `k`."""
        return deterministicUID("instance", self.seriesUID, k)

    def datasets(self) -> list[Dataset]:
        """One dataset a slice in spatial order (one in all if `multiframe`): native pixels, no file meta."""
        stored = self.storedArray
        if self.multiframe:
            dataset = self.dataset(0, stored)
            dataset.NumberOfFrames = len(stored)
            if self.modality == "US":
                dataset.FrameTime = 40
                dataset.FrameIncrementPointer = 0x00181063
            return [self.edited(dataset, 0)]
        return [self.edited(self.dataset(k, stored[index]), index) for index, k in enumerate(self.sliceNumbers)]

    def encoded(self) -> list[bytes]:
        """The bytes of each file, in spatial order."""
        key = self._key()
        if key not in _encoded:
            contents = [encodeDataset(dataset, self.transferSyntax) for dataset in self.datasets()]
            if not key or sum(map(len, contents)) > MOST_BYTES_KEPT:
                return contents
            _encoded[key] = contents
        return list(_encoded[key])

    def _key(self) -> str:
        """Of all that the bytes follow from; "" where that cannot be told by looking at it."""
        state = {**vars(self), "extra": tuple(self.extra.items()), "dtype": numpy.dtype(self.dtype).str}
        pattern = getattr(state.pop("pattern"), "__qualname__", "<array>")
        isOwn = type(self) is SeriesBuilder and len(state) == len(fields(self)) - 1
        if not isOwn or "<" in pattern or not all(map(_isPlain, state.values())):
            return ""
        return repr((self.pattern.__module__, pattern, sorted(state.items())))

    def write(self, folder: str | Path, names: Sequence[str] | None = None, shuffle: bool = False) -> list[Path]:
        """Write the files into `folder` (made if absent); returns their paths in spatial order.

        `names` gives the file names in spatial order; `shuffle` gives the files names whose alphabetical order is not
        the spatial one.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        contents = self.encoded()
        if names is None:
            numbers = list(range(1, len(contents) + 1))
            if shuffle:
                random.Random(f"{self.seed}").shuffle(numbers)
            names = [f"IM{self.seriesNumber:03d}_{number:04d}.dcm" for number in numbers]
        paths = [folder / name for name in names]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return paths

    def edited(self, dataset: Dataset, index: int) -> Dataset:
        """Apply `extra` and `edit`."""
        for keyword, value in self.extra.items():
            setattr(dataset, keyword, value)
        if self.edit is not None:
            self.edit(dataset, index)
        return dataset

    def dataset(self, k: int, pixels: numpy.ndarray) -> Dataset:
        """The object for slice `k` with `pixels` of shape ([frames,] rows, columns[, samples])."""
        dataset = Dataset()
        if self.charset is not None:
            dataset.SpecificCharacterSet = self.charset if isinstance(self.charset, str) else list(self.charset)
        self.addIdentification(dataset, k)
        if self.modality in ("CT", "MR", "PT"):
            self.addGeometry(dataset, k)
        self.addModalityAttributes(dataset)
        self.addPixels(dataset, pixels)
        return dataset

    def addIdentification(self, dataset: Dataset, k: int) -> None:
        """Patient, study, series and SOP common modules (PS3.3 C.7.1 to C.7.3, C.12.1)."""
        dataset.ImageType = IMAGE_TYPES.get(self.modality, ["ORIGINAL", "PRIMARY"])
        dataset.SOPClassUID = self.sopClassUID
        dataset.SOPInstanceUID = self.sopInstanceUID(k)
        dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = dataset.AcquisitionDate = self.studyDate
        dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = dataset.AcquisitionTime = self.studyTime
        dataset.AccessionNumber = ""
        dataset.Modality = self.modality
        dataset.Manufacturer = "Fixtures"
        dataset.ReferringPhysicianName = ""
        dataset.StudyDescription = self.studyDescription
        dataset.SeriesDescription = self.seriesDescription
        dataset.PatientName = self.patientName
        dataset.PatientID = self.patientID
        dataset.PatientBirthDate = self.patientBirthDate
        dataset.PatientSex = self.patientSex
        dataset.StudyInstanceUID = self.studyUID
        dataset.SeriesInstanceUID = self.seriesUID
        dataset.BodyPartExamined = "HEAD"
        dataset.StudyID = "1"
        dataset.SeriesNumber = self.seriesNumber
        dataset.AcquisitionNumber = 1
        dataset.InstanceNumber = k + 1
        dataset.PatientOrientation = ""

    def addGeometry(self, dataset: Dataset, k: int) -> None:
        """Frame of reference and image plane modules (PS3.3 C.7.4.1, C.7.6.2)."""
        # DS holds 16 characters (PS3.5 table 6.2-1): that is what the expected matrix is compared with.
        dataset.ImagePositionPatient = [decimalString(value) for value in self.positionOfSlice(k)]
        dataset.ImageOrientationPatient = [decimalString(value) for value in self.orientation]
        dataset.FrameOfReferenceUID = self.frameOfReferenceUID
        dataset.PositionReferenceIndicator = ""
        dataset.PixelSpacing = [decimalString(value) for value in self.spacing[:2]]
        dataset.SliceThickness = decimalString(self.spacing[2])

    def addModalityAttributes(self, dataset: Dataset) -> None:
        """What the modality's own module asks for beyond the rest."""
        if self.modality == "CT":
            dataset.KVP = 120
            dataset.PatientPosition = "HFS"
        elif self.modality == "MR":
            dataset.ScanningSequence = "SE"
            dataset.SequenceVariant = "NONE"
            dataset.ScanOptions = ""
            dataset.MRAcquisitionType = "2D"
            dataset.RepetitionTime = 500
            dataset.EchoTime = 12
            dataset.EchoTrainLength = 1
            dataset.PatientPosition = "HFS"
        elif self.modality == "OT":
            dataset.ConversionType = "WSD"

    def addPixels(self, dataset: Dataset, pixels: numpy.ndarray) -> None:
        """Image pixel and modality LUT modules (PS3.3 C.7.6.3, C.11.1)."""
        bits = self.dtype.itemsize * 8
        dataset.SamplesPerPixel = self.samplesPerPixel
        dataset.PhotometricInterpretation = self.photometricInterpretation
        dataset.Rows = self.rows
        dataset.Columns = self.columns
        dataset.BitsAllocated = bits
        dataset.BitsStored = self.bitsStored or bits
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(self.dtype.kind == "i")
        if self.samplesPerPixel > 1:
            dataset.PlanarConfiguration = self.planarConfiguration
            if self.planarConfiguration == 1:
                pixels = numpy.moveaxis(pixels, -1, -3)
        if self.rescale is not None and self.samplesPerPixel == 1:
            dataset.RescaleIntercept = decimalString(self.rescale[1])
            dataset.RescaleSlope = decimalString(self.rescale[0])
            dataset.RescaleType = "HU" if self.modality == "CT" else "US"
        contents = numpy.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()
        dataset.PixelData = contents + b"\0" * (len(contents) % 2)
        dataset["PixelData"].VR = "OW" if bits > 8 else "OB"


def decimalString(value: float) -> str:
    """The closest decimal string of at most 16 characters."""
    text = repr(float(value))
    digits = 16
    while len(text) > 16:
        digits -= 1
        text = f"{float(value):.{digits}g}"
    return text
