"""Diffusion volumes to checked files in a directory: one file for each slice and measurement."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries
from DICOMLib.Export.SourceAttributes import putInto
from DICOMLib.Export.SourceObjects import frameOfReference
from DICOMLib.Export.UIDs import newUID
from DICOMLib.Scene.SubjectHierarchy import DICOM_INSTANCE_UID_NAME

from ..ScalarVolume.ClassicExport import expectationOf, writeAndCheck
from ..ScalarVolume.ImageObjects import seriesObject
from ..ScalarVolume.SlicePlanes import slicePlanes
from ..ScalarVolume.StorageClasses import MR
from ..ScalarVolume.Writer import LARGEST_SIDE, PlannedSeries, derivationText
from .Columns import MATRIX_COLUMNS, MATRIX_ROWS, fullMatrices
from .ExportAttributes import (
    BMATRIX,
    DIRECTIONAL,
    acquisitionEquipment,
    directionalities,
    isReadOtherwise,
    measurementAttributes,
)
from .ExportContent import DiffusionContent, diffusionContent
from .ExportSource import DiffusionSource, diffusionSource
from .MeasuredVoxels import measuredVoxels

FOLDER_PREFIX = "DiffusionVolume"
# As measurements follow each other, so do files by name.
FILE_NAME = "IMG%05d.dcm"
CLASSIC = "classic"
# GDCM tells six digits of a double, which is far more than a scanner can set.
READ_BACK_PRECISION = 1e-5


def exportDiffusionVolumes(exportables: Sequence[DICOMExportable], context: PluginContext) -> list[ExportedSeries]:
    """Write all exportables, read them back, and only then let their folders appear in their directory.

    :raises ExportError: what one of them lacks, or what is wrong with its files; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    contents = [_contentOf(exportable, context) for exportable in exportables]
    byExportable = {id(one): content for one, content in zip(exportables, contents, strict=True)}

    def write(exportable: DICOMExportable, tags: dict[str, str], folder: str) -> ExportedSeries:
        return exportDiffusion(byExportable[id(exportable)], tags, folder, context)

    return exportSeries(exportables, context, FOLDER_PREFIX, write)


def _contentOf(exportable: DICOMExportable, context: PluginContext) -> DiffusionContent:
    if exportable.format not in ("", CLASSIC):
        raise ExportError(
            "diffusion volumes cannot be written in this format", exportable.name, exportable.format
        )  # fmt: skip
    hierarchy = context.scene.GetSubjectHierarchyNode()
    item = exportable.subjectHierarchyItemID
    instanceUIDs = tuple(hierarchy.GetItemUID(item, DICOM_INSTANCE_UID_NAME).split())
    return diffusionContent(hierarchy.GetItemDataNode(item), instanceUIDs)


def exportDiffusion(
    content: DiffusionContent, tags: dict[str, str], folder: str, context: PluginContext
) -> ExportedSeries:
    """Write one file for each slice and measurement, and read them back.

    :param tags: keyword → text; UIDs of study and series are in it
    :param folder: exists and is empty
    :raises ExportError: when DICOM cannot say this, or files are not as they should be
    :raises CancelledError: when the context's progress was cancelled
    """
    if tags.get("Modality", "").strip() != "MR":
        raise ExportError("diffusion volumes are images of the modality MR", content.name, tags.get("Modality", ""))
    if isReadOtherwise(tags.get("Manufacturer", "")):
        raise ExportError(
            "other programs read directions in images of this manufacturer as its scanners write them, not as the "
            "standard's", content.name, tags["Manufacturer"].strip(),
            hint="Set another Manufacturer: that of the scanner is written as contributing equipment",
        )  # fmt: skip
    found = diffusionSource(content, tags, context)
    tags["FrameOfReferenceUID"] = frameOfReference(
        tags.get("FrameOfReferenceUID", ""), found.headers, found.isSamePlace
    )
    series = _planned(content, tags, folder, found, context)
    expected = expectationOf(series, series.planes, tags, _numbers(content, found), _texts(content, found))
    return writeAndCheck(series, expected, tags, found.headers, context)


def _planned(
    content: DiffusionContent, tags: Mapping[str, str], folder: str, found: DiffusionSource, context: PluginContext
) -> PlannedSeries:
    """All files, slice after slice with all measurements in each; numbered measurement after measurement."""
    volume, source = content.volume, found.source
    if max(volume.dimensions[:2]) > LARGEST_SIDE:
        raise ExportError("images of this size cannot be written", content.name, f"at most {LARGEST_SIDE} a side")
    planes = slicePlanes(volume.ijkToLPS, volume.dimensions, content.name)
    stored = measuredVoxels(content.array, content.name, context.progress)
    dataset = seriesObject(
        volume, MR, stored, planes, tags, source.carried.common, source.imageType, source.rescaleType
    )
    dataset.DerivationDescription = derivationText(volume, stored)
    if found.headers:
        putInto(dataset, acquisitionEquipment(found.headers[0]))
    numbers = _instanceNumbers(content)
    attributes = measurementAttributes(
        content.bValues, content.directions, turnedMatrices(found.bMatrices, content.turn)
    )
    return PlannedSeries(
        files=[os.path.join(folder, FILE_NAME % number) for number in numbers],
        instanceUIDs=[newUID() for _ in numbers],
        storage=MR,
        stored=stored,
        planes=replace(planes, positions=numpy.repeat(planes.positions, len(content), axis=0)),
        dataset=dataset,
        content=volume,
        source=source,
        ofImages=[
            {"InstanceNumber": str(number), **attributes[n % len(content)]} for n, number in enumerate(numbers)
        ],
    )  # fmt: skip


def turnedMatrices(bMatrices: numpy.ndarray, turn: numpy.ndarray) -> numpy.ndarray:
    """(N, 6) b-matrices of directions that were turned by a 3×3."""
    return (turn @ fullMatrices(bMatrices) @ turn.T)[:, MATRIX_ROWS, MATRIX_COLUMNS]


def _instanceNumbers(content: DiffusionContent) -> list[int]:
    slices = content.volume.dimensions[2]
    return [number * slices + k + 1 for k in range(slices) for number in range(len(content))]


def _numbers(content: DiffusionContent, found: DiffusionSource) -> dict[str, tuple[Sequence[numpy.ndarray], float]]:
    """What each file has to state about its measurement: computed from the volume, not from what was written."""
    slices, count = content.volume.dimensions[2], len(content)
    kinds = directionalities(content.bValues, content.directions, found.bMatrices)
    directions = [
        one if kind in (DIRECTIONAL, BMATRIX) else one[:0]
        for one, kind in zip(content.directions, kinds, strict=True)
    ]  # fmt: skip
    numbers = numpy.array(_instanceNumbers(content))[:, numpy.newaxis]
    largest = max(1.0, float(content.bValues.max()))
    measurement = numpy.tile(numpy.arange(1, count + 1), slices)[:, numpy.newaxis]
    return {
        "InstanceNumber": (numbers, 0),
        "AcquisitionNumber": (measurement, 0),
        "TemporalPositionIdentifier": (measurement, 0),
        "DiffusionBValue": (numpy.tile(content.bValues, slices)[:, numpy.newaxis], READ_BACK_PRECISION * largest),
        "DiffusionGradientOrientation": (directions * slices, READ_BACK_PRECISION),
    }


def _texts(content: DiffusionContent, found: DiffusionSource) -> dict[str, Sequence[str]]:
    kinds = directionalities(content.bValues, content.directions, found.bMatrices)
    return {"DiffusionDirectionality": kinds * content.volume.dimensions[2]}
