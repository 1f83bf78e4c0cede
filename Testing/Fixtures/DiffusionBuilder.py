"""Diffusion series of a known tensor field: what is in the files of any vendor, and what a reader has to make of it.

The object has three parts side by side, each with a direction of its own in the patient; what the scanner would measure
follows from S = S0 exp(-b g'Dg). How b-values and gradients get into headers is in DiffusionEncodings.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from pydicom.dataset import Dataset

from .DiffusionEncodings import ENCODINGS, Encoding
from .Encoding import encodeDataset
from .Identifiers import deterministicUID

ORIENTATIONS = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
}
"""Directions of rows and columns, LPS."""

# Of white matter, mm²/s (Pierpaoli et al., Radiology 201, 1996).
EIGENVALUES = (1.7e-3, 0.4e-3, 0.2e-3)
# Along which the three parts diffuse most: to the left and back, up and back, and none of the axes. LPS.
PRINCIPAL = ((0.8, 0.6, 0.0), (0.0, 0.6, 0.8), (0.48, -0.6, 0.64))
UNWEIGHTED_SIGNAL = 20000.0


def rotation(x: float, y: float, z: float) -> numpy.ndarray:
    """3x3 rotation by degrees about x, then y, then z."""
    result = numpy.eye(3)
    for axis, angle in enumerate(numpy.radians((x, y, z))):
        first, second = [other for other in range(3) if other != axis]
        one = numpy.eye(3)
        one[first, first] = one[second, second] = numpy.cos(angle)
        one[second, first] = numpy.sin(angle) * (-1) ** axis
        one[first, second] = -one[second, first]
        result = one @ result
    return result


def oblique(x: float = 12, y: float = -17, z: float = 25, start: str = "axial") -> tuple[numpy.ndarray, numpy.ndarray]:
    """Directions of rows and columns of slices turned out of a plain orientation by degrees."""
    row, column = (rotation(x, y, z) @ numpy.array(one, float) for one in ORIENTATIONS[start])
    return row, column


def spreadDirections(count: int) -> numpy.ndarray:
    """(count, 3) unit vectors evenly over half a sphere, on a spiral; none lies in a plane of the axes."""
    heights = (numpy.arange(count) + 0.5) / count
    angles = numpy.pi * (1 + 5**0.5) * (numpy.arange(count) + 0.5)
    radii = numpy.sqrt(1 - heights**2)
    return numpy.stack([radii * numpy.cos(angles), radii * numpy.sin(angles), heights], axis=1)


def tensorAlong(principal: Sequence[float]) -> numpy.ndarray:
    """3x3 tensor of :data:`EIGENVALUES` whose largest one belongs to a direction; the others to any that fit."""
    first = numpy.array(principal, float)
    first /= numpy.linalg.norm(first)
    second = numpy.cross(first, [0.3, -0.5, 0.8])
    second /= numpy.linalg.norm(second)
    axes = numpy.stack([first, second, numpy.cross(first, second)])
    return (axes.T * EIGENVALUES) @ axes


@dataclass(frozen=True)
class Volume:
    """One volume of the series, as acquired or computed.

    :ivar direction: LPS; zeros at b = 0 and for a trace image
    :ivar isTrace: an average over directions
    """

    bValue: float
    direction: tuple[float, float, float] = (0.0, 0.0, 0.0)
    isTrace: bool = False


def volumesOf(bValues: Sequence[float], directions: numpy.ndarray) -> list[Volume]:
    """All directions at each b-value; b = 0 once."""
    found = []
    for bValue in bValues:
        if bValue == 0:
            found.append(Volume(0.0))
            continue
        found += [Volume(float(bValue), tuple(one)) for one in directions.tolist()]
    return found


@dataclass
class DiffusionBuilder:
    """Writes one series.

    :ivar encoding: a name in :data:`DiffusionEncodings.ENCODINGS`
    :ivar orientation: a name in :data:`ORIENTATIONS`, or directions of rows and columns
    :ivar volumes: in the order of acquisition
    :ivar size: rows, columns, slices; columns divisible by three
    :ivar spacing: between rows, between columns, between slices, mm
    :ivar dtype: int16, uint16 or float32
    :ivar missing: (volume, slice) that are not written; slice None is the whole volume
    :ivar shuffle: seed of the order of the files' names; None for that of acquisition
    :ivar manufacturer: instead of the vendor's; None leaves the element out
    :ivar phaseAlongRows: InPlanePhaseEncodingDirection ROW instead of COL
    :ivar edit: (dataset, number of the volume, number of the slice) changes each object last; slice -1 where it holds
        several, volume -1 where it holds them all
    """

    encoding: str = "standard"
    orientation: str | tuple[Sequence[float], Sequence[float]] = "axial"
    volumes: list[Volume] = field(default_factory=lambda: volumesOf((0, 1000), spreadDirections(12)))
    size: tuple[int, int, int] = (8, 9, 5)
    spacing: tuple[float, float, float] = (2.0, 2.0, 2.5)
    origin: tuple[float, float, float] = (-31.0, 12.0, 47.0)
    dtype: str = "uint16"
    missing: Sequence[tuple[int, int | None]] = ()
    shuffle: int | None = None
    manufacturer: str | None = ""
    phaseAlongRows: bool = False
    edit: Callable[[Dataset, int, int], None] | None = None
    seed: object = 0

    # What a reader has to find

    @property
    def axes(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """Unit vectors along rows, along columns and from slice to slice, LPS."""
        chosen = ORIENTATIONS[self.orientation] if isinstance(self.orientation, str) else self.orientation
        row, column = (numpy.array(one, float) for one in chosen)
        return row, column, numpy.cross(row, column)

    @property
    def ijkToLPS(self) -> numpy.ndarray:
        """4x4 from (column, row, slice)."""
        matrix = numpy.eye(4)
        between = (self.spacing[1], self.spacing[0], self.spacing[2])
        matrix[:3, :3] = numpy.stack([axis * step for axis, step in zip(self.axes, between, strict=True)], axis=1)
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def measured(self) -> list[int]:
        """Numbers of the volumes a reader has to find: complete ones that are no trace."""
        broken = {volume for volume, _ in self.missing}
        return [n for n, volume in enumerate(self.volumes) if not volume.isTrace and n not in broken]

    @property
    def bValues(self) -> numpy.ndarray:
        """(N,) of what a reader has to find."""
        return numpy.array([self.volumes[n].bValue for n in self.measured])

    @property
    def directions(self) -> numpy.ndarray:
        """(N, 3) LPS, zeros at b = 0."""
        return numpy.array([self.volumes[n].direction for n in self.measured])

    @property
    def array(self) -> numpy.ndarray:
        """(slices, rows, columns, N) of what a reader has to find."""
        return numpy.moveaxis(self.signal()[self.measured], 0, -1)

    def parts(self) -> numpy.ndarray:
        """(columns,) which of the three parts of the object a voxel is in, by its column."""
        return numpy.arange(self.size[1]) * len(PRINCIPAL) // self.size[1]

    def signal(self) -> numpy.ndarray:
        """(volumes, slices, rows, columns) as stored. S0 differs from voxel to voxel, so that a flip or shift shows."""
        rows, columns, slices = self.size
        k, j, i = numpy.meshgrid(numpy.arange(slices), numpy.arange(rows), numpy.arange(columns), indexing="ij")
        unweighted = UNWEIGHTED_SIGNAL * (1 + 0.004 * i + 0.007 * j + 0.011 * k)
        tensors = numpy.array([tensorAlong(one) for one in PRINCIPAL])
        found = []
        for volume in self.volumes:
            g = numpy.array(volume.direction)
            along = numpy.trace(tensors, axis1=1, axis2=2) / 3 if volume.isTrace else tensors @ g @ g
            found.append(unweighted * numpy.exp(-volume.bValue * along)[self.parts()])
        values = numpy.array(found)
        return values.astype("float32") if self.dtype == "float32" else numpy.rint(values).astype(self.dtype)

    # Files

    @property
    def vendor(self) -> Encoding:
        """How the headers are written."""
        return ENCODINGS[self.encoding]

    def objects(self) -> list[Dataset]:
        """In the order of acquisition."""
        signal = self.signal()
        found = []
        for volume, slices, pixels in self.vendor.images(self, signal):
            dataset = self.header(len(found), slices[0])
            self.addPixels(dataset, pixels)
            self.vendor.write(dataset, self, volume, slices)
            if self.manufacturer is None:
                del dataset.Manufacturer
            elif self.manufacturer:
                dataset.Manufacturer = self.manufacturer
            if self.edit is not None:
                self.edit(dataset, volume, slices[0] if len(slices) == 1 else -1)
            found.append(dataset)
        return found

    def write(self, folder: Path) -> Path:
        """Write all files and return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        numbers = list(range(len(objects := self.objects())))
        if self.shuffle is not None:
            random.Random(self.shuffle).shuffle(numbers)
        for number, dataset in zip(numbers, objects, strict=True):
            (folder / f"IM{number:05d}.dcm").write_bytes(encodeDataset(dataset))
        return folder

    def isMissing(self, volume: int, number: int) -> bool:
        """Whether a slice is left out."""
        return (volume, None) in self.missing or (volume, number) in self.missing

    def positionOf(self, number: int) -> numpy.ndarray:
        """Centre of the first voxel of a slice, LPS mm."""
        return self.ijkToLPS[:3, 3] + self.ijkToLPS[:3, 2] * number

    def header(self, index: int, number: int) -> Dataset:
        """What all vendors write alike, of the object with this index whose first slice has this number."""
        row, column, _ = self.axes
        study = deterministicUID("diffusion study", self.encoding, self.seed)
        dataset = Dataset()
        for keyword, value in {
            "SpecificCharacterSet": "ISO_IR 100", "ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"],
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "SOPInstanceUID": deterministicUID(study, "image", index),
            "StudyDate": "20260314", "SeriesDate": "20260314", "AcquisitionDate": "20260314", "ContentDate": "20260314",
            "StudyTime": "101112", "SeriesTime": "101112", "ContentTime": "101112",
            "AcquisitionTime": f"1015{index // 50 % 60:02d}.{index % 50:02d}0000", "Modality": "MR",
            "Manufacturer": self.vendor.manufacturer, "SeriesDescription": "DWI", "ProtocolName": "DWI",
            "PatientName": "Diffusion^Known", "PatientID": "KNOWN-1", "StudyInstanceUID": study, "StudyID": "1",
            "SeriesInstanceUID": deterministicUID(study, "series"), "SeriesNumber": 5, "AcquisitionNumber": 1,
            "InstanceNumber": index + 1, "FrameOfReferenceUID": deterministicUID(study, "frame of reference"),
            "ScanningSequence": ["EP", "SE"], "SequenceVariant": "NONE", "ScanOptions": "", "MRAcquisitionType": "2D",
            "RepetitionTime": 5000, "EchoTime": 80, "FlipAngle": 90, "MagneticFieldStrength": 3, "EchoTrainLength": 8,
            "PatientPosition": "HFS", "InPlanePhaseEncodingDirection": "ROW" if self.phaseAlongRows else "COL",
            "AcquisitionMatrix": [self.size[1], 0, 0, self.size[0]],
            "ImagePositionPatient": [texted(value) for value in self.positionOf(number)],
            "ImageOrientationPatient": [texted(value) for value in (*row, *column)],
            "PixelSpacing": [texted(value) for value in self.spacing[:2]],
            "SliceThickness": texted(self.spacing[2]), "SpacingBetweenSlices": texted(self.spacing[2]),
        }.items():  # fmt: skip
            setattr(dataset, keyword, value)
        return dataset

    def addPixels(self, dataset: Dataset, pixels: numpy.ndarray) -> None:
        """One image, or frames, of shape (…, rows, columns)."""
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.Rows, dataset.Columns = pixels.shape[-2:]
        dataset.BitsAllocated = 8 * pixels.itemsize
        contents = numpy.ascontiguousarray(pixels).tobytes()
        if pixels.dtype.kind == "f":
            dataset.FloatPixelData = contents
            return
        dataset.BitsStored, dataset.HighBit = dataset.BitsAllocated, dataset.BitsAllocated - 1
        dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
        dataset.PixelData = contents + b"\0" * (len(contents) % 2)
        dataset["PixelData"].VR = "OW"


def texted(value: float) -> str:
    """A decimal string of at most 16 characters, with as many digits as fit."""
    return f"{float(value):.12g}" if len(f"{float(value):.12g}") <= 16 else f"{float(value):.9g}"
