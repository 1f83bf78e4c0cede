"""A label map to one segmentation object with a mask for each label, made by highdicom (PS3.3 A.51, C.8.20).

Label map segmentations, a kind of object of 2024, are read and not written: GDCM does not read them yet, and neither do
the programs built on it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy

from DICOMLib.Database.Durability import openPrivately
from DICOMLib.Errors import ExportError
from DICOMLib.Export.DecimalString import decimalStrings, writtenNumber
from DICOMLib.Export.Destination import writingErrors
from DICOMLib.Export.SourceAttributes import putInto
from DICOMLib.Export.UIDs import isValidUID, newUID

from ..ScalarVolume.ImageObjects import putDates, putTags
from ..ScalarVolume.SlicePlanes import SlicePlanes
from .LabColour import labFromRGB
from .SegmentationObject import BINARY, PRIVATE_CREATOR, PRIVATE_GROUP, PRIVATE_LABEL, PRIVATE_MARGINS
from .Segments import ALGORITHM_TYPES, MANUAL, Code, Segment
from .WrittenTexts import oneLine, someLines, writtenCode

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

FILE_NAME = "SEG0001.dcm"
MODALITY = "SEG"
DEFAULT_ALGORITHM = "unknown"
SOFTWARE = "DICOM module"
# Given by highdicom or from the label map itself.
_OWN = {"Modality", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID", "SegmentAlgorithmType",
        "SegmentAlgorithmName", "SegmentationType"}  # fmt: skip
# PS3.16 CID 7203, 7202.
_SEGMENTATION: Code = ("113076", "DCM", "Segmentation")
_SOURCE_IMAGE: Code = ("121322", "DCM", "Source image for image processing operation")


@dataclass(frozen=True)
class LabelVolume:
    """What is written.

    :ivar array: labels, shape (slices, rows, columns)
    :ivar segments: in the order of their labels, all of which are in the array
    :ivar stride: from one slice to the next, LPS mm; None where that is not always the same
    :ivar carried: path → text, of the images
    :ivar framesInPlanes: for each slice the frames of images in its plane: (class, instance, frame from 1 or 0)
    :ivar references: (study, series) → (class, instance) of all images
    """

    name: str
    array: numpy.ndarray
    segments: Sequence[Segment]
    planes: SlicePlanes
    stride: numpy.ndarray | None
    carried: Mapping[str, str]
    framesInPlanes: Sequence[Sequence[tuple]] = ()
    references: Mapping[tuple[str, str], Sequence[tuple[str, str]]] = field(default_factory=dict)

    @property
    def numbers(self) -> list[int]:
        """Segment number of each segment: 1, 2, 3 and so on, as the standard wants it."""
        return list(range(1, len(self.segments) + 1))


def segmentationDataset(labels: LabelVolume, tags: Mapping[str, str]) -> Dataset:
    """The whole object.

    :param tags: keyword → text; UIDs of study, series and frame of reference are in it
    :raises ExportError: when a tag has a value that the standard does not allow
    """
    import highdicom

    descriptions = [_description(one, n, tags) for one, n in zip(labels.segments, labels.numbers, strict=True)]
    planes = labels.planes
    try:
        dataset = highdicom.seg.Segmentation(
            source_images=[_standIn(labels, tags)],
            pixel_array=_numbered(labels),
            segmentation_type=BINARY,
            segment_descriptions=descriptions,
            series_instance_uid=tags["SeriesInstanceUID"],
            series_number=_wholeNumber(tags.get("SeriesNumber", "")),
            sop_instance_uid=newUID(),
            instance_number=1,
            manufacturer=tags.get("Manufacturer", "").strip() or "Unknown manufacturer",
            manufacturer_model_name=tags.get("Model", "").strip() or "Unknown model",
            software_versions=SOFTWARE,
            device_serial_number="none",
            content_label="SEGMENTATION",
            content_description="",
            pixel_measures=_measures(planes),
            plane_orientation=highdicom.PlaneOrientationSequence("PATIENT", planes.orientation.tolist()),
            plane_positions=[highdicom.PlanePositionSequence("PATIENT", one) for one in planes.positions.tolist()],
            omit_empty_frames=True,
        )
    except (ValueError, TypeError) as error:
        raise ExportError("highdicom refuses to write the segmentation", labels.name, type(error).__name__) from None
    _exactPlaces(dataset, planes)
    if dataset.Rows * dataset.Columns < 8:
        _packBits(dataset, labels)
    _describe(dataset, labels, tags)
    if labels.stride is not None:
        _keepMargins(dataset, labels, labels.stride)
    _refer(dataset, labels, tags["StudyInstanceUID"])
    return dataset


def writeDataset(dataset: Dataset, folder: str) -> str:
    """:returns: path of the file, of mode 0600: it is of a patient"""
    path = os.path.join(folder, FILE_NAME)
    with writingErrors(path):
        with open(path, "xb", opener=openPrivately) as file:
            dataset.save_as(file, enforce_file_format=True)
    return path


def _numbered(labels: LabelVolume) -> numpy.ndarray:
    """Segment numbers instead of labels."""
    table = numpy.zeros(1 + max(one.label for one in labels.segments), numpy.uint16)
    for segment, number in zip(labels.segments, labels.numbers, strict=True):
        table[segment.label] = number
    return table[labels.array]


def writtenName(segment: Segment) -> str:
    """What a file calls a segment."""
    return oneLine(segment.displayName) or f"Segment {segment.label}"


def _description(segment: Segment, number: int, tags: Mapping[str, str]):
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription

    algorithmType = _algorithmType(segment, tags)
    algorithm = None
    if algorithmType != MANUAL:
        name = oneLine(segment.algorithmName) or oneLine(tags.get("SegmentAlgorithmName", "")) or DEFAULT_ALGORITHM
        family = _concept(("123109", "DCM", "Manual Processing"), segment)
        algorithm = AlgorithmIdentificationSequence(name=name, family=family, version="unknown")
    isTracked = bool(segment.trackingID.strip()) and isValidUID(segment.trackingUID)
    made = SegmentDescription(
        segment_number=number,
        segment_label=writtenName(segment),
        segmented_property_category=_concept(segment.category, segment),
        segmented_property_type=_concept(segment.type, segment),
        algorithm_type=algorithmType,
        algorithm_identification=algorithm,
        tracking_uid=segment.trackingUID if isTracked else None,
        tracking_id=someLines(segment.trackingID) if isTracked else None,
        anatomic_regions=[_concept(segment.region, segment)] if segment.region else None,
        display_color=CIELabColor.from_dicom_value(labFromRGB(segment.color or (0.5, 0.5, 0.5))),
    )
    _completeDescription(made, segment, number)
    return made


def _algorithmType(segment: Segment, tags: Mapping[str, str]) -> str:
    stated = tags.get("SegmentAlgorithmType", "").strip()
    if stated and stated not in ALGORITHM_TYPES:
        raise ExportError("the value of SegmentAlgorithmType is not one that the standard allows")
    return segment.algorithmType if segment.algorithmType in ALGORITHM_TYPES else stated or MANUAL


def _concept(code: Code, segment: Segment):
    from highdicom.sr import CodedConcept

    return CodedConcept(*writtenCode(code, segment.displayName))


def _completeDescription(made: Dataset, segment: Segment, number: int) -> None:
    description = someLines(segment.description)
    if description:
        made.SegmentDescription = description
    if segment.typeModifier:
        item = made.SegmentedPropertyTypeCodeSequence[0]
        item.SegmentedPropertyTypeModifierCodeSequence = [_concept(segment.typeModifier, segment)]
    if segment.region and segment.regionModifier:
        item = made.AnatomicRegionSequence[0]
        item.AnatomicRegionModifierSequence = [_concept(segment.regionModifier, segment)]
    if number != segment.label:
        block = made.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        block.add_new(PRIVATE_LABEL, "US", segment.label)


def _standIn(labels: LabelVolume, tags: Mapping[str, str]) -> Dataset:
    """What highdicom wants to know of the image that was segmented: patient, study and grid."""
    from pydicom.dataset import Dataset

    image = Dataset()
    image.SpecificCharacterSet = "ISO_IR 192"
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
                    "AccessionNumber", "ReferringPhysicianName"):  # fmt: skip
        setattr(image, keyword, None)
    image.SOPClassUID, image.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", newUID()
    image.StudyInstanceUID, image.SeriesInstanceUID = tags["StudyInstanceUID"], newUID()
    image.FrameOfReferenceUID = tags["FrameOfReferenceUID"]
    image.Modality = "OT"
    _, image.Rows, image.Columns = labels.array.shape
    image.ImagePositionPatient = decimalStrings(labels.planes.positions[0])
    image.ImageOrientationPatient = decimalStrings(labels.planes.orientation)
    image.PixelSpacing = decimalStrings(labels.planes.pixelSpacing)
    image.SliceThickness = decimalStrings([labels.planes.sliceSpacing])[0]
    return image


def _measures(planes: SlicePlanes):
    import highdicom

    rows, columns = map(writtenNumber, planes.pixelSpacing)
    distance = writtenNumber(planes.sliceSpacing)
    return highdicom.PixelMeasuresSequence(
        pixel_spacing=(rows, columns), slice_thickness=distance, spacing_between_slices=distance
    )


def _exactPlaces(dataset: Dataset, planes: SlicePlanes) -> None:
    """All digits that fit: highdicom's numbers may have fewer."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = decimalStrings(planes.orientation)
    shared.PixelMeasuresSequence[0].PixelSpacing = decimalStrings(planes.pixelSpacing)
    for k, frame in _frames(dataset, planes):
        frame.PlanePositionSequence[0].ImagePositionPatient = decimalStrings(planes.positions[k])


def _frames(dataset: Dataset, planes: SlicePlanes) -> list[tuple[int, Dataset]]:
    """(slice, functional groups) of each frame; frames are told apart by where highdicom put them."""
    frames = list(dataset.PerFrameFunctionalGroupsSequence)
    places = numpy.array([list(map(float, one.PlanePositionSequence[0].ImagePositionPatient)) for one in frames])
    slices = [int(numpy.abs(planes.positions - place).sum(axis=1).argmin()) for place in places]
    return list(zip(slices, frames, strict=True))


def _packBits(dataset: Dataset, labels: LabelVolume) -> None:
    """Frames follow each other bit by bit (PS3.5 8.1.1); highdicom 0.28 gives each of less than a byte one."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    masks = []
    for k, frame in _frames(dataset, labels.planes):
        groups = frame if "SegmentIdentificationSequence" in frame else shared
        number = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        masks.append(labels.array[k] == labels.segments[number - 1].label)
    data = numpy.packbits(numpy.concatenate(masks, axis=None), bitorder="little").tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)


def _describe(dataset: Dataset, labels: LabelVolume, tags: Mapping[str, str]) -> None:
    """Tags of patient, study and series, and what is kept of the images."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    putInto(dataset, labels.carried)
    putTags(dataset, {name: text for name, text in tags.items() if name not in _OWN})
    putDates(dataset)
    for segment in dataset.SegmentSequence:
        # Of what family the algorithm is nobody has said, and need not (C.8.20.2); highdicom wants to have it.
        segment.pop("SegmentationAlgorithmIdentificationSequence", None)
    dataset.SeriesDescription = tags.get("SeriesDescription", "").strip() or oneLine(labels.name)
    dataset.PositionReferenceIndicator = None
    dataset.FrameOfReferenceUID = tags["FrameOfReferenceUID"]


def _keepMargins(dataset: Dataset, labels: LabelVolume, stride: numpy.ndarray) -> None:
    """How many planes without a label, which have no frames, are at the ends: so that the same grid is read again."""
    isLabelled = labels.array.any(axis=(1, 2)).nonzero()[0]
    ends = int(isLabelled[0]), len(labels.array) - 1 - int(isLabelled[-1])
    normal = numpy.cross(labels.planes.orientation[:3], labels.planes.orientation[3:])
    if stride @ normal < 0:
        stride, ends = -stride, ends[::-1]
    block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    block.add_new(PRIVATE_MARGINS, "FD", [*map(float, ends), *map(float, stride)])


def _refer(dataset: Dataset, labels: LabelVolume, studyUID: str) -> None:
    """The frames in the plane of each frame (C.7.6.16.2.6), instead of the image that stood in.

    What one frame has all have to have, if empty (C.7.6.16.1.1). Images that frames do not name are named as a whole.
    """
    for keyword in ("ReferencedSeriesSequence", "StudiesContainingOtherReferencedInstancesSequence",
                    "SourceImageSequence", "ReferencedImageSequence"):  # fmt: skip
        dataset.pop(keyword, None)
    frames = _frames(dataset, labels.planes)
    found = [labels.framesInPlanes[k] if labels.framesInPlanes else () for k, _ in frames]
    for (_, frame), ofFrame in zip(frames, found, strict=True):
        frame.pop("DerivationImageSequence", None)
        if any(found):
            frame.DerivationImageSequence = [_derivation(ofFrame)] if ofFrame else []
    if labels.references and not all(found):
        objects = [one for ofSeries in labels.references.values() for one in ofSeries]
        dataset.SourceImageSequence = [_sourceItem(*one, 0) for one in objects]
    for (study, series), objects in labels.references.items():
        _appendSeries(_placeOfReferences(dataset, study, studyUID), series, objects)


def _placeOfReferences(dataset: Dataset, study: str, studyUID: str) -> Dataset:
    """Where series of a study are listed: the object itself for its own study (C.12.1.2.1)."""
    from pydicom.dataset import Dataset

    if study == studyUID:
        return dataset
    others = dataset.get("StudiesContainingOtherReferencedInstancesSequence") or []
    item = next((one for one in others if one.StudyInstanceUID == study), None)
    if item is None:
        item = Dataset()
        item.StudyInstanceUID = study
        dataset.StudiesContainingOtherReferencedInstancesSequence = [*others, item]
        item = dataset.StudiesContainingOtherReferencedInstancesSequence[-1]
    return item


def _appendSeries(place: Dataset, series: str, objects: Sequence[tuple[str, str]]) -> None:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.SeriesInstanceUID = series
    item.ReferencedInstanceSequence = [referenceItem(*one) for one in objects]
    place.ReferencedSeriesSequence = [*(place.get("ReferencedSeriesSequence") or []), item]


def _derivation(frames: Sequence[tuple]) -> Dataset:
    from pydicom.dataset import Dataset

    derivation = Dataset()
    derivation.DerivationCodeSequence = [_codeItem(_SEGMENTATION)]
    derivation.SourceImageSequence = [_sourceItem(*one) for one in frames]
    return derivation


def _sourceItem(classUID: str, instanceUID: str, frame: int) -> Dataset:
    item = referenceItem(classUID, instanceUID)
    if frame:
        item.ReferencedFrameNumber = frame
    item.PurposeOfReferenceCodeSequence = [_codeItem(_SOURCE_IMAGE)]
    return item


def referenceItem(classUID: str, instanceUID: str) -> Dataset:
    """An item that names one object (PS3.3 10.8)."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = classUID, instanceUID
    return item


def _codeItem(code: Code) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def _wholeNumber(text: str) -> int:
    try:
        number = int(text.strip() or "1")
    except ValueError:
        number = -1
    if not 0 < number < 2**31:
        raise ExportError("the value of SeriesNumber is not one that the standard allows")
    return number
