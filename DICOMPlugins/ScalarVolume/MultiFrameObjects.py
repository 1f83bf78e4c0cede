"""What the multi-frame objects of a volume have in common: one object, one frame for each slice (PS3.3 C.7.6.16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from DICOMLib.Errors import ExportError
from DICOMLib.Export.CarriedModules import MODALITY_MODULES, MODULES, completeModules
from DICOMLib.Export.DecimalString import decimalString, decimalStrings
from DICOMLib.Export.SourceAttributes import SLICE_THICKNESS, putInto
from DICOMLib.Export.UIDs import isValidUID, newUID

from .CodeItems import codeItem
from .ImageObjects import REQUIRED_EMPTY, putDates, putTags, settleSide
from .SlicePlanes import SlicePlanes, slicePlanes
from .VolumeContent import VolumeContent
from .Writer import LARGEST_SIDE, VolumeSource

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

FILE_NAME = "IMG0001.dcm"
# Attributes of these modules are of the acquisition; all others are of the whole object.
_ACQUIRED_NAMES = {name for names in (MODULES["Acquisition"], *MODALITY_MODULES.values()) for name in names}
# Has a place in a functional group (PS3.3 C.7.6.16.2.1).
_GROUPED_NAMES = {SLICE_THICKNESS}
# PS3.3 C.7.5.2: what enhanced objects must say of the equipment, also when nobody knows it.
_EQUIPMENT = ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions")
_UNKNOWN = "Unknown"
_CODE_OF_DERIVATION = ("110001", "DCM", "Image Processing")
_PURPOSE = ("121322", "DCM", "Source image for image processing operation")
# Cosine between slice axis and normal: those of a stack without tilt differ by rounding only.
_STRAIGHT = 1 - 1e-9


@dataclass(frozen=True)
class Acquisition:
    """Attributes of the source that are of how images were acquired: path → text.

    :ivar common: those that all slices agree on
    :ivar ofSlices: those that differ, for each slice; empty where slices are not those of the source
    """

    common: Mapping[str, str]
    ofSlices: Sequence[Mapping[str, str]] = ()


def multiFrameObject(
    content: VolumeContent, tags: Mapping[str, str], source: VolumeSource, kind: str
) -> tuple[Dataset, Acquisition, SlicePlanes]:
    """Patient, study, series, equipment and places; functional groups hold places and references.

    :param tags: keyword → text; all UIDs are in it
    :param kind: name of the objects, for messages
    :returns: the object, what of its source is not in it, and its planes
    :raises ExportError: when the volume is nowhere, or a tag has a value that the standard does not allow
    """
    from pydicom.dataset import Dataset

    if not content.hasPlace:
        raise ExportError(
            f"it is not known where in the patient the volume is, which {kind} objects have to say", content.name,
            hint="Write single images of the modality OT",
        )  # fmt: skip
    if max(content.dimensions[:2]) > LARGEST_SIDE:
        raise ExportError("images of this size cannot be written", content.name, f"at most {LARGEST_SIDE} a side")
    planes = slicePlanes(content.ijkToLPS, content.dimensions, content.name)
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in REQUIRED_EMPTY:
        setattr(dataset, keyword, "")
    elsewhere = _ACQUIRED_NAMES | _GROUPED_NAMES
    putInto(dataset, {name: text for name, text in source.carried.common.items() if name not in elsewhere})
    putTags(dataset, tags)
    putDates(dataset)
    _complete(dataset)
    settleSide(dataset, tags, content.name)
    _image(dataset, content)
    if source.carried.common.get("LossyImageCompression") == "01":  # whatever was set: it stays true (C.7.6.1.1.5)
        dataset.LossyImageCompression = "01"
    _frames(dataset, planes, source)
    acquired = {name: text for name, text in source.carried.common.items() if name in _ACQUIRED_NAMES}
    differing = [
        {name: text for name, text in one.items() if name not in _GROUPED_NAMES}
        for one in (source.carried.ofSlices if source.isSamePlace else ())
    ]
    return dataset, Acquisition(acquired, differing if any(differing) else ()), planes


def _complete(dataset: Dataset) -> None:
    completeModules(dataset)
    for keyword in _EQUIPMENT:
        if not dataset.get(keyword):
            setattr(dataset, keyword, _UNKNOWN)
    if not dataset.get("SeriesNumber"):
        dataset.SeriesNumber = "1"


def _image(dataset: Dataset, content: VolumeContent) -> None:
    dataset.SOPInstanceUID = newUID()
    dataset.InstanceNumber = 1
    dataset.Columns, dataset.Rows, dataset.NumberOfFrames = content.dimensions
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    for keyword, value in {"BurnedInAnnotation": "NO", "LossyImageCompression": "00"}.items():
        if not dataset.get(keyword):  # else it was carried, and may not be lost
            setattr(dataset, keyword, value)
    dataset.AcquisitionContextSequence = []


# Functional groups


def _frames(dataset: Dataset, planes: SlicePlanes, source: VolumeSource) -> None:
    dataset.SharedFunctionalGroupsSequence = [item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=decimalStrings(planes.orientation))],
    )]
    _dimensions(dataset, planes)
    dataset.PerFrameFunctionalGroupsSequence = [
        item(
            FrameContentSequence=[
                item(StackID="1", InStackPositionNumber=k + 1, DimensionIndexValues=[1, k + 1])
            ],
            PlanePositionSequence=[item(ImagePositionPatient=decimalStrings(position))],
        )
        for k, position in enumerate(planes.positions)
    ]
    _measures(dataset, planes, source)


def _measures(dataset: Dataset, planes: SlicePlanes, source: VolumeSource) -> None:
    """Spacing and thickness, of each frame where slices are of several thicknesses, else of all."""
    ofSlices = [one[SLICE_THICKNESS] for one in source.carried.ofSlices if SLICE_THICKNESS in one]
    common = source.carried.common.get(SLICE_THICKNESS) or decimalString(planes.sliceSpacing)
    groups = dataset.PerFrameFunctionalGroupsSequence if ofSlices else dataset.SharedFunctionalGroupsSequence
    for group, thickness in zip(groups, ofSlices or [common], strict=True):
        group.PixelMeasuresSequence = [item(
            PixelSpacing=decimalStrings(planes.pixelSpacing),
            SliceThickness=thickness,
            SpacingBetweenSlices=decimalString(planes.sliceSpacing),
        )]  # fmt: skip


def _dimensions(dataset: Dataset, planes: SlicePlanes) -> None:
    """PS3.3 C.7.6.17: frames are a stack, in the order of their numbers."""
    organization = newUID()
    dataset.DimensionOrganizationSequence = [item(DimensionOrganizationUID=organization)]
    dataset.DimensionIndexSequence = [
        item(
            DimensionOrganizationUID=organization,
            DimensionIndexPointer=pointer,
            FunctionalGroupPointer=0x00209111,
            DimensionDescriptionLabel=label,
        )
        for pointer, label in ((0x00209056, "Stack ID"), (0x00209057, "In-Stack Position Number"))
    ]
    if _isStraight(planes):
        dataset.DimensionOrganizationType = "3D"


def _isStraight(planes: SlicePlanes) -> bool:
    if len(planes.positions) < 2:
        return True
    step = planes.positions[1] - planes.positions[0]
    normal = numpy.cross(planes.orientation[:3], planes.orientation[3:])
    return bool(abs(step @ normal) >= _STRAIGHT * numpy.linalg.norm(step))


def addReferences(
    dataset: Dataset, source: VolumeSource, headers: Sequence[Mapping[str, str]], description: str
) -> list[Dataset]:
    """What frames were derived from (PS3.3 C.7.6.16.2.6), and of which series that is (PS3.3 C.12.2).

    :returns: items of a hierarchical reference to all of it (PS3.3 C.17.2.1), a study each
    """
    if not source.references:
        return []
    if source.isSamePlace and len(source.references) == dataset.NumberOfFrames:
        for frame, reference in zip(dataset.PerFrameFunctionalGroupsSequence, source.references, strict=True):
            frame.DerivationImageSequence = [_derivation([reference], description)]
    else:
        shared = dataset.SharedFunctionalGroupsSequence[0]
        shared.DerivationImageSequence = [_derivation(source.references, description)]
    studies: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for header, reference in zip(headers, source.references, strict=True):
        study, series = (header.get(key, "").strip() for key in ("0020,000D", "0020,000E"))
        if isValidUID(study) and isValidUID(series):
            studies.setdefault(study, {}).setdefault(series, []).append(reference)
    others = []
    for study, found in studies.items():
        if study == dataset.StudyInstanceUID:
            dataset.ReferencedSeriesSequence = _seriesItems(found, "ReferencedInstanceSequence")
        else:
            series = _seriesItems(found, "ReferencedInstanceSequence")
            others.append(item(StudyInstanceUID=study, ReferencedSeriesSequence=series))
    if others:
        dataset.StudiesContainingOtherReferencedInstancesSequence = others
    return [
        item(StudyInstanceUID=study, ReferencedSeriesSequence=_seriesItems(found, "ReferencedSOPSequence"))
        for study, found in studies.items()
    ]


def _seriesItems(found: Mapping[str, Sequence[tuple[str, str]]], keyword: str) -> list[Dataset]:
    return [
        item(SeriesInstanceUID=uid, **{keyword: [referenceItem(one) for one in references]})
        for uid, references in found.items()
    ]


def _derivation(references: Sequence[tuple[str, str]], description: str) -> Dataset:
    sources = []
    for reference in references:
        one = referenceItem(reference)
        one.PurposeOfReferenceCodeSequence = [codeItem(_PURPOSE)]
        sources.append(one)
    return item(
        DerivationDescription=description,
        DerivationCodeSequence=[codeItem(_CODE_OF_DERIVATION)],
        SourceImageSequence=sources,
    )


def addWindow(dataset: Dataset, content: VolumeContent) -> None:
    """The window of the display, for all frames (PS3.3 C.7.6.16.2.10)."""
    if content.window is None or content.window[0] <= 0:
        return
    width, centre = content.window
    function = "LINEAR" if width >= 1 else "LINEAR_EXACT"  # C.11.2.1.2.1
    dataset.SharedFunctionalGroupsSequence[0].FrameVOILUTSequence = [
        item(WindowCenter=decimalString(centre), WindowWidth=decimalString(width), VOILUTFunction=function)
    ]


def referenceItem(identifiers: tuple[str, str]) -> Dataset:
    """A reference to an object by its (SOP class UID, SOP instance UID)."""
    return item(ReferencedSOPClassUID=identifiers[0], ReferencedSOPInstanceUID=identifiers[1])


def item(**values: object) -> Dataset:
    """A data set of keywords and values."""
    from pydicom.dataset import Dataset

    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made
