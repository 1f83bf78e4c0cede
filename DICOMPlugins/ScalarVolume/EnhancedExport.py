"""A volume to one multi-frame object: Legacy Converted Enhanced CT, MR or PET Image (PS3.3 A.70, A.71, A.72)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.DecimalString import decimalString
from DICOMLib.Export.FrameWriting import checkFramesFit, writeFrames
from DICOMLib.Export.SeriesExport import ExportedSeries
from DICOMLib.Export.SourceAttributes import differenceText, putInto
from DICOMLib.Export.SourceObjects import frameOfReference

from .FrameCheck import checkFrames
from .ImageObjects import HOUNSFIELD, NO_UNITS, code, mappingItem, unitWord
from .MultiFrameObjects import (
    FILE_NAME,
    Acquisition,
    addReferences,
    addWindow,
    item,
    multiFrameObject,
    referenceItem,
)
from .StorageClasses import CT, MR, PT, StorageClass
from .StoredVoxels import StoredVoxels, storedVoxels
from .VolumeContent import VolumeContent
from .VolumeSources import volumeSource
from .Writer import VolumeSource, derivationText

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# By modality: SOP class, its name, the classic kind whose voxels it holds, and where frames say their type.
KINDS: Mapping[str, tuple[str, str, StorageClass, str]] = {
    "CT": ("1.2.840.10008.5.1.4.1.1.2.2", "Legacy Converted Enhanced CT Image", CT, "CTImageFrameTypeSequence"),
    "MR": ("1.2.840.10008.5.1.4.1.1.4.4", "Legacy Converted Enhanced MR Image", MR, "MRImageFrameTypeSequence"),
    "PT": ("1.2.840.10008.5.1.4.1.1.128.1", "Legacy Converted Enhanced PET Image", PT, "PETFrameTypeSequence"),
}
_IMAGE_TYPE = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]


def exportEnhanced(
    content: VolumeContent, tags: dict[str, str], folder: str, context: PluginContext
) -> ExportedSeries:
    """Write one object with a frame for each slice, and read it back.

    :param tags: keyword → text; UIDs of study and series are in it
    :param folder: exists and is empty
    :raises ExportError: when DICOM cannot say this, or the file is not as it should be
    :raises CancelledError: when the context's progress was cancelled
    """
    uid, name, storage, frameType = _kind(content, tags)
    # One slope for all: GDCM and dcm2niix take that of the first frame for that of the others.
    stored = storedVoxels(content.array, storage, content.name, context.progress)
    count = len(content.array)
    checkFramesFit(count, stored.slice(0).nbytes, content.name)
    source, headers = volumeSource(content, tags, context)
    tags["FrameOfReferenceUID"] = frameOfReference(tags.get("FrameOfReferenceUID", ""), headers, source.hasSameFrame)
    dataset, acquisition, planes = multiFrameObject(content, tags, source, name)
    dataset.SOPClassUID = uid
    _describe(dataset, stored, frameType)
    _values(dataset, content, stored, source, storage)
    addWindow(dataset, content)
    evidence = addReferences(dataset, source, headers, derivationText(content, stored))
    if evidence:
        dataset.SourceImageEvidenceSequence = evidence
    _conversion(dataset, source, acquisition)
    path = os.path.join(folder, FILE_NAME)
    writeFrames(dataset, path, stored.dtype, count, stored.slice, context.progress)
    checkFrames(path, content, tags, stored, dataset, planes, context)
    return ExportedSeries(
        name=content.name,
        folder=folder,
        files=1,
        storageName=name,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        largestError=stored.error,
        unit=unitWord(content.units),
        difference=differenceText(headers[-1], dataset, source.carried.dropped) if headers else "",
    )


def _kind(content: VolumeContent, tags: Mapping[str, str]) -> tuple[str, str, StorageClass, str]:
    modality = tags["Modality"].strip()
    if modality not in KINDS:
        raise ExportError(
            "enhanced objects are of CT, MR or PT only", content.name, modality, "Choose one of these or another format"
        )
    if content.array.ndim != 3:
        raise ExportError("enhanced objects hold no colours", content.name)
    return KINDS[modality]


def _describe(dataset: Dataset, stored: StoredVoxels, frameType: str) -> None:
    """Of the image (PS3.3 C.8.13.1, C.8.15.2, C.8.22.3), and the same of its frames."""
    bits = stored.dtype.itemsize * 8
    dataset.ImageType = _IMAGE_TYPE
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.ContentQualification = "RESEARCH"
    dataset.PresentationLUTShape = "IDENTITY"
    kind = {
        "PixelPresentation": "MONOCHROME",
        "VolumetricProperties": "VOLUME",
        "VolumeBasedCalculationTechnique": "NONE",
    }
    if frameType == "MRImageFrameTypeSequence":
        kind.update(ComplexImageComponent="MAGNITUDE", AcquisitionContrast="UNKNOWN")
    for keyword, value in kind.items():
        setattr(dataset, keyword, value)
    setattr(dataset.SharedFunctionalGroupsSequence[0], frameType, [item(FrameType=_IMAGE_TYPE, **kind)])


def _values(
    dataset: Dataset, content: VolumeContent, stored: StoredVoxels, source: VolumeSource, storage: StorageClass
) -> None:
    """What stored values mean, in all frames."""
    units, quantity = code(content.units), code(content.quantity)
    known = units is not None and units[0] == HOUNSFIELD
    unknown = source.rescaleType or ("HU" if storage is CT else "US")  # as in classic images
    rescaleType = unknown if units is None else "HU" if known else "US"
    if storage is CT and rescaleType != "HU":  # C.8.15.3.10 allows no other
        raise ExportError(
            "enhanced CT objects hold Hounsfield units only", content.name, content.units or rescaleType,
            "Write single images or a parametric map",
        )  # fmt: skip
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PixelValueTransformationSequence = [
        item(
            RescaleSlope=decimalString(stored.slope),
            RescaleIntercept=decimalString(stored.intercept),
            RescaleType=rescaleType,
        )
    ]
    if storage is PT:  # they have to say it, of each frame
        for frame in dataset.PerFrameFunctionalGroupsSequence:
            frame.RealWorldValueMappingSequence = [mappingItem(stored, units or NO_UNITS, quantity)]
    elif units is not None:
        shared.RealWorldValueMappingSequence = [mappingItem(stored, units, quantity)]


def _conversion(dataset: Dataset, source: VolumeSource, acquisition: Acquisition) -> None:
    """Which images frames were (PS3.3 C.7.6.16.2.20), and what these said besides (C.7.6.16.2.21, C.7.6.16.2.22)."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    if acquisition.common:
        shared.UnassignedSharedConvertedAttributesSequence = [_attributes(acquisition.common)]
    frames: Sequence[Dataset] = dataset.PerFrameFunctionalGroupsSequence
    for k, frame in enumerate(frames):
        own = acquisition.ofSlices[k] if acquisition.ofSlices else {}
        frame.UnassignedPerFrameConvertedAttributesSequence = [_attributes(own)]  # one item, be it empty
    if source.isSamePlace and len(source.references) == len(frames):
        for frame, reference in zip(frames, source.references, strict=True):
            frame.ConversionSourceAttributesSequence = [referenceItem(reference)]


def _attributes(attributes: Mapping[str, str]) -> Dataset:
    made = item()
    putInto(made, attributes)
    return made
