"""How each vendor writes the images, b-values and gradients of a diffusion series into files.

Written from the vendors' conformance statements and from what dcm2niix reads (console/nii_dicom.cpp, and geCorrectBvecs
and siemensPhilipsCorrectBvecs in nii_dicom_batch.cpp), independently of the rules that are tested with them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy
from pydicom.dataset import Dataset

from .EnhancedObjects import ENHANCED_MR, item

if TYPE_CHECKING:
    from .DiffusionBuilder import DiffusionBuilder, Volume

Image = tuple[int, list[int], numpy.ndarray]
"""Number of the volume (-1: all), numbers of the slices, pixels."""


class Encoding:
    """One file a slice, with the standard's elements at the top level.

    :ivar inDcm2niix: whether dcm2niix reads these b-values and directions
    """

    manufacturer = "Fixtures"
    inDcm2niix = True

    def images(self, builder: DiffusionBuilder, signal: numpy.ndarray) -> Iterator[Image]:
        """What makes one object each, in the order of acquisition."""
        for volume in range(len(signal)):
            for number in range(signal.shape[1]):
                if not builder.isMissing(volume, number):
                    yield volume, [number], signal[volume, number]

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """Add what says how the image was weighted."""
        del slices
        addStandard(dataset, builder.volumes[volume])


def addStandard(dataset: Dataset, volume: Volume) -> None:
    """DiffusionBValue and DiffusionGradientOrientation (PS3.3 C.8.13.5.9)."""
    dataset.DiffusionBValue = float(volume.bValue)
    directional = volume.bValue > 0 and not volume.isTrace
    dataset.DiffusionDirectionality = "DIRECTIONAL" if directional else "ISOTROPIC" if volume.isTrace else "NONE"
    if directional:
        dataset.DiffusionGradientOrientation = [float(value) for value in volume.direction]


class Hitachi(Encoding):
    """The standard's elements in classic objects."""

    manufacturer = "Hitachi Medical Corporation"

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """Without a directionality, and with a direction of zeros at b = 0."""
        chosen = builder.volumes[volume]
        dataset.DiffusionBValue = float(chosen.bValue)
        dataset.DiffusionGradientOrientation = [float(value) for value in chosen.direction]


class StandardEnhanced(Encoding):
    """One file for all, in the manner of Siemens XA; measurement after measurement."""

    manufacturer = "Fixtures"
    inDcm2niix = False

    def images(self, builder: DiffusionBuilder, signal: numpy.ndarray) -> Iterator[Image]:
        """One object."""
        chosen = [(n, k) for n in range(len(signal)) for k in range(signal.shape[1]) if not builder.isMissing(n, k)]
        yield -1, list(range(signal.shape[1])), numpy.array([signal[n, k] for n, k in chosen])

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """Functional groups of each frame."""
        dataset.SOPClassUID = ENHANCED_MR
        position, orientation = dataset.ImagePositionPatient, dataset.ImageOrientationPatient
        del dataset.ImagePositionPatient, dataset.ImageOrientationPatient, position
        measures = item(PixelSpacing=dataset.PixelSpacing, SliceThickness=dataset.SliceThickness)
        del dataset.PixelSpacing
        dataset.DimensionIndexSequence = [
            item(DimensionIndexPointer=0x00209056, FunctionalGroupPointer=0x00209111),
            item(DimensionIndexPointer=0x00209057, FunctionalGroupPointer=0x00209111),
            item(DimensionIndexPointer=0x00189087, FunctionalGroupPointer=0x00189117),
        ]
        dataset.SharedFunctionalGroupsSequence = [
            item(PixelMeasuresSequence=[measures],
                 PlaneOrientationSequence=[item(ImageOrientationPatient=orientation)]),
        ]  # fmt: skip
        frames = [
            self.frame(builder, number, k)
            for number in range(len(builder.volumes))
            for k in slices
            if not builder.isMissing(number, k)
        ]
        dataset.NumberOfFrames = len(frames)
        dataset.PerFrameFunctionalGroupsSequence = frames

    def frame(self, builder: DiffusionBuilder, number: int, k: int) -> Dataset:
        """Item of one slice of one volume."""
        volume = builder.volumes[number]
        diffusion = Dataset()
        addStandard(diffusion, volume)
        if "DiffusionGradientOrientation" in diffusion:
            orientation = diffusion.DiffusionGradientOrientation
            del diffusion.DiffusionGradientOrientation
            diffusion.DiffusionGradientDirectionSequence = [item(DiffusionGradientOrientation=orientation)]
        position = [float(f"{value:.9g}") for value in builder.positionOf(k)]
        return item(
            FrameContentSequence=[item(
                StackID="1", InStackPositionNumber=k + 1, DimensionIndexValues=[1, k + 1, number + 1],
                FrameAcquisitionNumber=number + 1, TemporalPositionIndex=1)],
            PlanePositionSequence=[item(ImagePositionPatient=position)],
            MRDiffusionSequence=[diffusion],
            MREchoSequence=[item(EffectiveEchoTime=80.0)],
            MRImageFrameTypeSequence=[item(FrameType=["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"],
                                           ComplexImageComponent="MAGNITUDE")],
        )  # fmt: skip


class PhilipsEnhanced(StandardEnhanced):
    """As the standard."""

    manufacturer = "Philips Medical Systems"
    inDcm2niix = True


class Philips(Encoding):
    """Private elements; directions in patient coordinates by name, which is LPS."""

    manufacturer = "Philips Medical Systems"

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """A trace has "I" for a direction, b = 0 "N"."""
        chosen = builder.volumes[volume]
        imaging = dataset.private_block(0x2001, "Philips Imaging DD 001", create=True)
        imaging.add_new(0x03, "FL", float(chosen.bValue))
        imaging.add_new(0x04, "CS", "I" if chosen.isTrace else "O" if chosen.bValue else "N")
        imaging.add_new(0x0A, "IS", slices[0] + 1)
        imaging.add_new(0x18, "SL", builder.size[2])
        resonance = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        for element, value in zip((0xB0, 0xB1, 0xB2), chosen.direction, strict=True):
            resonance.add_new(element, "FL", float(value))
        dataset.TemporalPositionIdentifier = 1


class Siemens(Encoding):
    """Elements of group 0019 in patient coordinates, one file a slice."""

    manufacturer = "SIEMENS"

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """A number that its b-matrix fits."""
        chosen = builder.volumes[volume]
        dataset.AcquisitionNumber = volume + 1
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "TRACEW" if chosen.isTrace else "NONE"]
        header = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        header.add_new(0x0C, "IS", round(chosen.bValue))
        directional = chosen.bValue > 0 and not chosen.isTrace
        header.add_new(0x0D, "CS", "DIRECTIONAL" if directional else "ISOTROPIC" if chosen.isTrace else "NONE")
        if directional:
            header.add_new(0x0E, "FD", [float(value) for value in chosen.direction])
            header.add_new(0x27, "FD", bMatrixOf(chosen))


class SiemensMosaic(Siemens):
    """One file a volume; weighting in the header block and nowhere else.

    :ivar normalSign: whether slices are packed along rows × columns, or against it
    """

    normalSign = 1

    def images(self, builder: DiffusionBuilder, signal: numpy.ndarray) -> Iterator[Image]:
        """All slices of a volume side by side; the rest of the square is empty."""
        for volume in range(len(signal)):
            kept = [k for k in range(signal.shape[1]) if not builder.isMissing(volume, k)][:: self.normalSign]
            if kept:
                side = math.ceil(math.sqrt(len(kept)))
                yield volume, kept, packed(signal[volume, kept], side, side)

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """A corner as if one slice were as large as the whole."""
        chosen = builder.volumes[volume]
        dataset.AcquisitionNumber = volume + 1
        kind = "TRACEW" if chosen.isTrace else "NONE"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", kind, "ND", "MOSAIC"]
        row, column, normal = builder.axes
        rows, columns, _ = builder.size
        corner = builder.positionOf(slices[0])
        corner = corner - row * builder.spacing[1] * (dataset.Columns - columns) / 2
        corner = corner - column * builder.spacing[0] * (dataset.Rows - rows) / 2
        dataset.ImagePositionPatient = [f"{value:.9g}" for value in corner]
        elements = {
            "NumberOfImagesInMosaic": (str(len(slices)),),
            "SliceNormalVector": tuple(f"{value:.8f}" for value in normal * self.normalSign),
            "PhaseEncodingDirectionPositive": ("1",),
            "B_value": (f"{chosen.bValue:g}",),
            "DiffusionDirectionality": ("DIRECTIONAL" if any(chosen.direction) else "NONE",),
        }
        if any(chosen.direction):
            elements["DiffusionGradientDirection"] = tuple(f"{value:.8f}" for value in chosen.direction)
            elements["B_matrix"] = tuple(f"{value:.4f}" for value in bMatrixOf(chosen))
        header = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
        header.add_new(0x08, "CS", "IMAGE NUM 4")
        header.add_new(0x10, "OB", siemensBlock(elements))


class SiemensMosaicReversed(SiemensMosaic):
    """Slices packed against rows × columns."""

    normalSign = -1


class GE(Encoding):
    """b in private 0043,1039, with 10⁹ added; directions in the frame of the image, 0019,10bb to bd.

    The three numbers are along frequency, phase and slice encoding. With the phase along columns they are components
    along rows, along columns and against the normal, with the phase along rows against columns, along rows and against
    the normal; in coronal slices that of the phase counts the other way. This is how dcm2niix reads them
    (geCorrectBvecs).
    """

    manufacturer = "GE MEDICAL SYSTEMS"

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """A direction of zeros at b = 0, and the kind of image: b = 0, measured, or a trace."""
        chosen = builder.volumes[volume]
        numbers = scannerFrame(builder, chosen)
        acquisition = dataset.private_block(0x0019, "GEMS_ACQU_01", create=True)
        for element, value in zip((0xBB, 0xBC, 0xBD), numbers, strict=True):
            acquisition.add_new(element, "DS", f"{value:.6f}")
        acquisition.add_new(0xE0, "DS", str(len(builder.volumes)))
        parameters = dataset.private_block(0x0043, "GEMS_PARM_01", create=True)
        b = int(chosen.bValue)
        parameters.add_new(0x39, "IS", [b + 1_000_000_000 if b else 0, 8, 0, 0])
        parameters.add_new(0x30, "SS", 19 if chosen.isTrace else 16 if b else 14)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]


class Canon(Encoding):
    """DiffusionBValue, and the direction in ImageComments: GE's three numbers, the second one first."""

    manufacturer = "CANON_MEC"

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """"b=1500(0.895,0.000,-0.445)"."""
        chosen = builder.volumes[volume]
        dataset.DiffusionBValue = float(chosen.bValue)
        frequency, phase, through = scannerFrame(builder, chosen)
        text = ",".join(f"{value:.6f}" for value in (phase, frequency, through))
        dataset.ImageComments = f"b={chosen.bValue:g}({text})"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "GDC"]


class Toshiba(Hitachi):
    """The standard's elements in patient coordinates."""

    manufacturer = "TOSHIBA_MEC"


class UIHSlices(Encoding):
    """b in private 0065,1009 and 100a, directions 0065,1037 in the frame of the image; one file a slice."""

    manufacturer = "UIH"

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """Components along rows, columns and the normal."""
        chosen = builder.volumes[volume]
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
        header = dataset.private_block(0x0065, "Image Private Header", create=True)
        header.add_new(0x09, "FD", float(chosen.bValue))
        header.add_new(0x0A, "FD", float(chosen.bValue))
        if any(chosen.direction):
            header.add_new(0x37, "FD", [float(axis @ chosen.direction) for axis in builder.axes])


class UIHGrid(UIHSlices):
    """One file a volume, slices side by side; the position of each in an item."""

    def images(self, builder: DiffusionBuilder, signal: numpy.ndarray) -> Iterator[Image]:
        """In rows of ceil(sqrt(n)), as many as it takes."""
        for volume in range(len(signal)):
            kept = [k for k in range(signal.shape[1]) if not builder.isMissing(volume, k)]
            if kept:
                perRow = math.ceil(math.sqrt(len(kept)))
                yield volume, kept, packed(signal[volume, kept], math.ceil(len(kept) / perRow), perRow)

    def write(self, dataset: Dataset, builder: DiffusionBuilder, volume: int, slices: Sequence[int]) -> None:
        """No position of the whole."""
        super().write(dataset, builder, volume, slices)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "VFRAME"]
        del dataset.ImagePositionPatient
        header = dataset.private_block(0x0065, "Image Private Header")
        header.add_new(0x50, "DS", str(len(slices)))
        header.add_new(0x51, "SQ", [
            item(ImagePositionPatient=[f"{value:.9g}" for value in builder.positionOf(k)], AcquisitionTime="101500")
            for k in slices
        ])  # fmt: skip


ENCODINGS: Mapping[str, Encoding] = {
    "standard": Encoding(),
    "standardEnhanced": StandardEnhanced(),
    "siemens": Siemens(),
    "siemensMosaic": SiemensMosaic(),
    "siemensMosaicReversed": SiemensMosaicReversed(),
    "ge": GE(),
    "philips": Philips(),
    "philipsEnhanced": PhilipsEnhanced(),
    "uih": UIHSlices(),
    "uihGrid": UIHGrid(),
    "canon": Canon(),
    "toshiba": Toshiba(),
    "hitachi": Hitachi(),
}


def bMatrixOf(volume: Volume) -> list[float]:
    """xx, xy, xz, yy, yz, zz, s/mm²."""
    x, y, z = volume.direction
    return [volume.bValue * value for value in (x * x, x * y, x * z, y * y, y * z, z * z)]


def scannerFrame(builder: DiffusionBuilder, volume: Volume) -> tuple[float, float, float]:
    """The direction along frequency, phase and slice encoding, see :class:`GE`."""
    row, column, normal = builder.axes
    along, down, through = (float(axis @ numpy.array(volume.direction)) for axis in (row, column, normal))
    frequency, phase = (-down, along) if builder.phaseAlongRows else (along, down)
    isCoronal = abs(normal).argmax() == 1
    return frequency, -phase if isCoronal else phase, -through


def packed(slices: numpy.ndarray, rowsOfTiles: int, tilesInRow: int) -> numpy.ndarray:
    """(slices, rows, columns) side by side in one image, row after row."""
    count, rows, columns = slices.shape
    image = numpy.zeros((rowsOfTiles * rows, tilesInRow * columns), slices.dtype)
    for number in range(count):
        top, left = number // tilesInRow * rows, number % tilesInRow * columns
        image[top : top + rows, left : left + columns] = slices[number]
    return image


def siemensBlock(elements: Mapping[str, Sequence[str]]) -> bytes:
    """Siemens' header block in its newer form (nibabel, "Siemens format DICOM with CSA header")."""
    mark = 77
    contents = b"SV10\4\3\2\1" + struct.pack("<II", len(elements), mark)
    for name, texts in elements.items():
        contents += struct.pack("<64si4siii", name.encode(), len(texts), b"FD", 6, len(texts), mark)
        for text in texts:
            raw = text.encode() + b"\0"
            contents += struct.pack("<4i", 0, len(raw), mark, 0) + raw + b"\0" * (-len(raw) % 4)
    return contents
