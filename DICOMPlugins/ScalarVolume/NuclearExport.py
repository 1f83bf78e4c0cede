"""A volume to one nuclear medicine object, a frame for each reconstructed slice (PS3.3 A.5)."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.Compression import COMPRESSION_TAG
from DICOMLib.Export.DecimalString import decimalStrings
from DICOMLib.Export.FrameWriting import checkFramesFit, writeFrames
from DICOMLib.Export.ReadBack import COSINE_TOLERANCE, POSITION_TOLERANCE_MM, BackgroundCheck, Expectation
from DICOMLib.Export.SeriesExport import ExportedSeries
from DICOMLib.Export.SourceAttributes import differenceText
from DICOMLib.Export.SourceObjects import frameOfReference
from DICOMLib.Export.UIDs import newUID
from DICOMLib.Geometry.Patient import isRightHanded

from .ImageObjects import seriesObject, unitWord
from .MultiFrameObjects import FILE_NAME, item, referenceItem
from .SlicePlanes import SlicePlanes, slicePlanes
from .StorageClasses import NM
from .StoredVoxels import StoredVoxels, storedVoxels
from .VolumeContent import VolumeContent
from .VolumeSources import volumeSource
from .Writer import LARGEST_SIDE, VolumeSource, derivationText

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MODALITY = "NM"
_SLICE_VECTOR = 0x00540080
_IMAGE_TYPE = ["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]
# Slices follow each other along their normal: there is no other way to say where they are. Cosine of rounding.
_STRAIGHT = 1 - 1e-9
_REQUIRED = ("SOPClassUID", "ImageType", "ContentDate", "FrameIncrementPointer", "SliceVector")


def isNuclear(content: VolumeContent, tags: Mapping[str, str]) -> bool:
    """Whether such an object can say all of a volume; those that it cannot are written as single images."""
    matrix = content.ijkToLPS
    if tags.get("Modality", "").strip() != MODALITY or content.array.ndim != 3 or not content.hasPlace:
        return False
    normal = numpy.cross(matrix[:3, 0], matrix[:3, 1])
    cosine = abs(normal @ matrix[:3, 2]) / (numpy.linalg.norm(normal) * numpy.linalg.norm(matrix[:3, 2]))
    isWhole = content.array.dtype.kind != "f"
    fits = isWhole and 0 <= content.array.min() and content.array.max() <= numpy.iinfo(numpy.uint16).max
    return bool(fits and cosine >= _STRAIGHT and max(content.dimensions) <= LARGEST_SIDE)


def exportNuclear(content: VolumeContent, tags: dict[str, str], folder: str, context: PluginContext) -> ExportedSeries:
    """Write one object, and read it back.

    :param tags: keyword → text; UIDs of study and series are in it
    :param folder: exists and is empty
    :raises ExportError: when DICOM cannot say this, or the file is not as it should be
    :raises CancelledError: when the context's progress was cancelled
    """
    if tags.get(COMPRESSION_TAG, "").strip():
        raise ExportError("nuclear medicine objects are not compressed", content.name, hint="Choose none")
    source, headers = volumeSource(content, tags, context)
    tags["FrameOfReferenceUID"] = frameOfReference(tags.get("FrameOfReferenceUID", ""), headers, source.hasSameFrame)
    content = _alongNormal(content)
    planes = slicePlanes(content.ijkToLPS, content.dimensions, content.name)
    stored = storedVoxels(content.array, NM, content.name, context.progress)
    count = len(content.array)
    checkFramesFit(count, stored.slice(0).nbytes, content.name)
    dataset = seriesObject(content, NM, stored, planes, tags, source.carried.common)
    dataset.DerivationDescription = derivationText(content, stored)
    _reconstruction(dataset, planes, count)
    _references(dataset, source)
    path = os.path.join(folder, FILE_NAME)
    writeFrames(dataset, path, stored.dtype, count, stored.slice, context.progress)
    _check(path, tags, stored, dataset, planes, context)
    return ExportedSeries(
        name=content.name,
        folder=folder,
        files=1,
        storageName=NM.name,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        largestError=stored.error,
        unit=unitWord(content.units),
        difference=differenceText(headers[-1], dataset, source.carried.dropped) if headers else "",
    )


def _alongNormal(content: VolumeContent) -> VolumeContent:
    """Slices in the order in which they follow each other along row × column; every voxel stays where it is."""
    if isRightHanded(content.ijkToLPS):
        return content
    turned = content.ijkToLPS.copy()
    turned[:3, 3] += (len(content.array) - 1) * turned[:3, 2]
    turned[:3, 2] *= -1
    return dataclasses.replace(content, array=content.array[::-1], ijkToLPS=turned)


def _reconstruction(dataset: Dataset, planes: SlicePlanes, count: int) -> None:
    """PS3.3 C.8.4.8, C.8.4.9, C.8.4.11, C.8.4.15."""
    dataset.SOPInstanceUID = newUID()
    dataset.InstanceNumber = 1
    dataset.ImageType = _IMAGE_TYPE
    dataset.NumberOfFrames = dataset.NumberOfSlices = count
    dataset.FrameIncrementPointer = _SLICE_VECTOR
    dataset.SliceVector = list(range(1, count + 1))
    dataset.NumberOfEnergyWindows = max(1, len(dataset.EnergyWindowInformationSequence))
    dataset.NumberOfDetectors = 1
    dataset.NumberOfRotations = 1
    dataset.pop("ImageOrientationPatient", None)
    dataset.pop("PatientPosition", None)  # C.8.4.6: orientation codes take its place
    dataset.DetectorInformationSequence = [
        item(
            CollimatorType="",
            ImagePositionPatient=decimalStrings(planes.positions[0]),
            ImageOrientationPatient=decimalStrings(planes.orientation),
        )
    ]
    for radiopharmaceutical in dataset.RadiopharmaceuticalInformationSequence:
        if "RadionuclideCodeSequence" not in radiopharmaceutical:
            radiopharmaceutical.RadionuclideCodeSequence = []


def _references(dataset: Dataset, source: VolumeSource) -> None:
    if source.references:
        dataset.SourceImageSequence = [referenceItem(one) for one in dict.fromkeys(source.references)]


def _check(
    path: str,
    tags: Mapping[str, str],
    stored: StoredVoxels,
    dataset: Dataset,
    planes: SlicePlanes,
    context: PluginContext,
) -> None:
    count = len(planes.positions)
    numbers = {
        "PixelSpacing": (numpy.tile(numpy.asarray(planes.pixelSpacing), (count, 1)), POSITION_TOLERANCE_MM),
        "SpacingBetweenSlices": (numpy.full((count, 1), planes.sliceSpacing), POSITION_TOLERANCE_MM),
        "ImagePositionPatient": (numpy.tile(planes.positions[0], (count, 1)), POSITION_TOLERANCE_MM),
        "ImageOrientationPatient": (numpy.tile(planes.orientation, (count, 1)), COSINE_TOLERANCE),
        "NumberOfFrames": (numpy.full((count, 1), count), 0),
    }
    texts = {
        "SOPInstanceUID": [str(dataset.SOPInstanceUID)] * count,
        **{name: [tags[name].strip()] * count for name in ("SeriesInstanceUID", "StudyInstanceUID", "Modality")},
    }
    expected = Expectation(
        [path] * count, stored.slice, stored.dtype, stored.slope, stored.intercept, NM.uid,
        isInverted=dataset.PhotometricInterpretation == "MONOCHROME1",
        numbers=numbers, texts=texts, required=_REQUIRED, isMultiFrame=True,
    )  # fmt: skip
    with BackgroundCheck(expected, context.workers, context.progress) as check:
        check.finish()
