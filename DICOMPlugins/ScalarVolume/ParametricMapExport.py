"""A volume to one Parametric Map, whose frames hold real numbers as they are (PS3.3 A.75)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.FrameWriting import checkFramesFit, writeFrames
from DICOMLib.Export.SeriesExport import ExportedSeries
from DICOMLib.Export.SourceAttributes import differenceText
from DICOMLib.Export.SourceObjects import frameOfReference
from DICOMLib.Progress import Progress

from .FrameCheck import checkFrames
from .ImageObjects import NO_UNITS, code, mappingItem, meaningItem
from .MultiFrameObjects import FILE_NAME, addReferences, addWindow, item, multiFrameObject
from .StorageClasses import NOT_IMAGES
from .StoredVoxels import StoredVoxels
from .VolumeContent import VolumeContent
from .VolumeSources import volumeSource
from .Writer import VolumeSource

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.30"
NAME = "Parametric Map"
_FRAME_TYPE = ["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"]
# Integers that a double holds exactly.
_LARGEST_EXACT = 1 << 53
_NO_PLACE = "parametric maps have no place for it"


def exportParametricMap(
    content: VolumeContent, tags: dict[str, str], folder: str, context: PluginContext
) -> ExportedSeries:
    """Write one object with a frame for each slice, every voxel being exactly what it is, and read it back.

    Real numbers are stored in their own type (single or double), integers of up to 16 bits as such, and larger ones in
    double precision.

    :param tags: keyword → text; UIDs of study and series are in it
    :param folder: exists and is empty
    :raises ExportError: when DICOM cannot say this, or the file is not as it should be
    :raises CancelledError: when the context's progress was cancelled
    """
    _checkModality(content, tags)
    stored = exactVoxels(content, context.progress)
    count = len(content.array)
    checkFramesFit(count, stored.slice(0).nbytes, content.name)
    source, headers = volumeSource(content, tags, context)
    _checkAnnotation(content, source)
    tags["FrameOfReferenceUID"] = frameOfReference(tags.get("FrameOfReferenceUID", ""), headers, source.hasSameFrame)
    dataset, acquisition, planes = multiFrameObject(content, tags, source, NAME)
    dataset.SOPClassUID = SOP_CLASS
    _describe(dataset, content, stored, tags)
    _values(dataset, content, stored)
    addWindow(dataset, content)
    addReferences(dataset, source, headers, "Exported volume, voxel values unchanged")
    path = os.path.join(folder, FILE_NAME)
    writeFrames(dataset, path, stored.dtype, count, stored.slice, context.progress)
    checkFrames(path, content, tags, stored, dataset, planes, context, isReadByGDCM=False)
    dropped = {**source.carried.dropped, **dict.fromkeys(acquisition.common, _NO_PLACE)}
    return ExportedSeries(
        name=content.name,
        folder=folder,
        files=1,
        storageName=NAME,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        difference=differenceText(headers[-1], dataset, dropped) if headers else "",
    )


def _checkModality(content: VolumeContent, tags: Mapping[str, str]) -> None:
    modality = tags["Modality"].strip()
    if modality in NOT_IMAGES:
        raise ExportError(
            "parametric maps cannot be of this modality", content.name, modality, "Choose another, for instance OT"
        )
    if content.array.ndim != 3:
        raise ExportError("parametric maps hold no colours", content.name)


def _checkAnnotation(content: VolumeContent, source: VolumeSource) -> None:
    """Maps have to say that there is none (C.8.32.2), which nobody may say of what was made of annotated images."""
    if source.carried.common.get("BurnedInAnnotation") == "YES":
        raise ExportError(
            "the images that the volume was made of have text in their pixels, which parametric maps may not have",
            content.name, hint="Write it in another format",
        )  # fmt: skip


def exactVoxels(content: VolumeContent, progress: Progress | None = None) -> StoredVoxels:
    """Voxels in the type they are stored in, with values unchanged.

    :raises ExportError: when no type holds them exactly
    :raises CancelledError: when progress was cancelled
    """
    dtype = content.array.dtype
    if dtype.kind == "f":
        return _AsTheyAre(content.array, numpy.dtype("f8" if dtype.itemsize == 8 else "f4"))
    if dtype.itemsize <= 2:
        return StoredVoxels(content.array, numpy.dtype(f"{dtype.kind}2"))  # bits allocated are 16 (C.8.32.2)
    for values in content.array if dtype.itemsize == 8 else ():
        if progress is not None:
            progress.raiseIfCancelled()
        farthest = max(int(values.max()), int(values.min()), key=abs)
        if abs(farthest) > _LARGEST_EXACT:
            hint = "Convert the volume to floating point first"
            raise ExportError("no DICOM object holds integers of this size exactly", content.name, farthest, hint)
    return _AsTheyAre(content.array, numpy.dtype("f8"))


class _AsTheyAre(StoredVoxels):
    """Real numbers: nothing is rounded."""

    def slice(self, k: int) -> numpy.ndarray:
        return numpy.ascontiguousarray(self.array[k].astype(self.dtype, copy=False))


def _describe(dataset: Dataset, content: VolumeContent, stored: StoredVoxels, tags: Mapping[str, str]) -> None:
    """PS3.3 C.8.32.2."""
    dataset.ImageType = _FRAME_TYPE
    dataset.PixelPresentation = "MONOCHROME"
    dataset.ContentQualification = "RESEARCH"
    if not dataset.get("RecognizableVisualFeatures"):
        dataset.RecognizableVisualFeatures = "NO"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.ContentLabel = _label(content.name)
    dataset.ContentDescription = tags.get("SeriesDescription", "").strip()[:64]
    bits = stored.dtype.itemsize * 8
    dataset.BitsAllocated = bits
    if stored.dtype.kind != "f":
        dataset.BitsStored, dataset.HighBit = bits, bits - 1
        dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.ParametricMapFrameTypeSequence = [item(FrameType=_FRAME_TYPE)]
    shared.PixelValueTransformationSequence = [item(RescaleSlope="1", RescaleIntercept="0", RescaleType="US")]


def _label(name: str) -> str:
    """A code string of the volume's name (PS3.5 6.2)."""
    return re.sub(r"[^A-Z0-9_ ]", "_", name.upper())[:16].strip(" _") or "MAP"


def _values(dataset: Dataset, content: VolumeContent, stored: StoredVoxels) -> None:
    """PS3.3 C.7.6.16.2.11: values are what they are, in their unit."""
    units, quantity = code(content.units) or NO_UNITS, code(content.quantity)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    if stored.dtype.kind != "f":
        shared.RealWorldValueMappingSequence = [mappingItem(stored, units, quantity)]
        return
    mapping = meaningItem(units, quantity)
    low, high = _limits(content.array)
    mapping.DoubleFloatRealWorldValueFirstValueMapped = low
    mapping.DoubleFloatRealWorldValueLastValueMapped = high
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 1.0, 0.0
    shared.RealWorldValueMappingSequence = [mapping]


def _limits(array: numpy.ndarray) -> tuple[float, float]:
    """The smallest and the largest number there is."""
    lows, highs = [0.0], [0.0]
    for values in array:
        finite = values[numpy.isfinite(values)] if values.dtype.kind == "f" else values
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    return min(lows[1:] or lows), max(highs[1:] or highs)
