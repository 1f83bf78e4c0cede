"""Multi-frame objects with functional groups, and what is in them according to pydicom."""

from __future__ import annotations

import random

from pydicom.dataset import Dataset

from DICOMLib.TagPaths import EVERY_ITEM, PathStep, parsedPath

from .Encoding import encodeDataset

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"


def item(**values: object) -> Dataset:
    """A dataset of keywords and values."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def enhancedMR(frames: int = 12, definedLengths: bool = True, seed: int = 0) -> Dataset:
    """A diffusion object of 1 × 1 pixel frames; texts vary in length from frame to frame, as in real ones."""
    chance = random.Random(seed)
    dataset = item(
        SOPClassUID=ENHANCED_MR, SOPInstanceUID="2.25.11", StudyInstanceUID="2.25.12", SeriesInstanceUID="2.25.13",
        PatientName="Enhanced^Patient", PatientID="E-1", Modality="MR", NumberOfFrames=frames, Rows=1, Columns=1,
        BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0, SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2", PixelData=bytes(frames + frames % 2),
    )  # fmt: skip
    dataset.DimensionIndexSequence = [
        item(DimensionIndexPointer=0x00209056, FunctionalGroupPointer=0x00209111),
        item(DimensionIndexPointer=0x00209057, FunctionalGroupPointer=0x00209111),
    ]
    shared = item(PixelMeasuresSequence=[item(PixelSpacing=[2, 2], SliceThickness=3)])
    shared.PlaneOrientationSequence = [item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [_frame(number, chance) for number in range(frames)]
    if not definedLengths:
        _useDelimiters(dataset)
    return dataset


def _frame(number: int, chance: random.Random) -> Dataset:
    position = [f"{chance.uniform(-200, 200):.{chance.randint(1, 6)}f}" for _ in range(3)]
    diffusion = item(DiffusionBValue=float(number % 4 * 500), DiffusionDirectionality="DIRECTIONAL")
    if number % 4:
        direction = item(DiffusionGradientOrientation=[chance.random() for _ in range(3)])
        diffusion.DiffusionGradientDirectionSequence = [direction]
    frame = item(
        PlanePositionSequence=[item(ImagePositionPatient=position)],
        FrameContentSequence=[item(
            FrameAcquisitionDateTime="20240101120000.5", StackID="1", InStackPositionNumber=number + 1,
            TemporalPositionIndex=1, DimensionIndexValues=[1, number + 1])],
        MRDiffusionSequence=[diffusion],
        MREchoSequence=[item(EffectiveEchoTime=80.0)],
        FrameVOILUTSequence=[item(WindowCenter=chance.randint(10, 9999), WindowWidth=chance.randint(10, 9999))],
        PixelValueTransformationSequence=[item(RescaleIntercept=0, RescaleSlope=f"{chance.random():.8f}",
                                               RescaleType="US")],
        MRAveragesSequence=[item(NumberOfAverages=1)],
    )  # fmt: skip
    block = frame.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
    inside = Dataset()
    inside.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x03, "FL", float(number))
    block.add_new(0x0F, "SQ", [inside])
    return frame


def _useDelimiters(dataset: Dataset) -> None:
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for inside in element.value:
                inside.is_undefined_length_sequence_item = True
                _useDelimiters(inside)


def enhancedFile(frames: int = 12, definedLengths: bool = True, syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    """The bytes of :func:`enhancedMR`."""
    return encodeDataset(enhancedMR(frames, definedLengths), syntax)


def textInPydicom(dataset: Dataset, path: str) -> str | None:
    """The value at a path as pydicom reads it, in the form the database keeps; None when it is absent."""
    return _text(_value(dataset, parsedPath(path).steps))


def _value(dataset: Dataset, steps: tuple[PathStep, ...]) -> object:
    first = steps[0]
    tag = first.number
    if first.creator:
        try:
            tag = dataset.private_block(first.number >> 16, first.creator).get_tag(first.number & 0xFF)
        except KeyError:
            return None
    if tag not in dataset:
        return None
    value = dataset[tag].value
    if len(steps) == 1:
        return value
    if first.item == EVERY_ITEM:
        values = [_text(_value(inside, steps[1:])) for inside in value]
        return None if all(text is None for text in values) else [text or "" for text in values]
    return _value(value[first.item], steps[1:]) if first.item < len(value) else None


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str | int | float) or not hasattr(value, "__iter__"):
        isTag = type(value).__name__ == "BaseTag"
        return f"{value >> 16:04X},{value & 0xFFFF:04X}" if isTag else str(value)
    return "\\".join(_text(part) or "" for part in value)
