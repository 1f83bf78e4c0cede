"""A volume to a series of single-frame images: source, writing, reading back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.Compression import COMPRESSION_TAG, compressionNamed
from DICOMLib.Export.ReadBack import COSINE_TOLERANCE, POSITION_TOLERANCE_MM, BackgroundCheck, Expectation
from DICOMLib.Export.SeriesExport import ExportedSeries
from DICOMLib.Export.SourceAttributes import differenceText
from DICOMLib.Export.SourceObjects import frameOfReference
from DICOMLib.TransferSyntaxes import RLE_LOSSLESS

from .ImageObjects import unitWord
from .NuclearExport import exportNuclear, isNuclear
from .SlicePlanes import SlicePlanes, slicePlanes
from .StorageClasses import CT, DX, PT
from .VolumeContent import VolumeContent
from .VolumeSources import volumeSource
from .Writer import PlannedSeries, planSeries, writeSeries

REQUIRED = ("SOPClassUID", "ImageType", "ContentDate")


def exportClassic(
    content: VolumeContent, tags: dict[str, str], folder: str, context: PluginContext
) -> ExportedSeries:
    """Write one file for each slice (of nuclear medicine: one for all, where it can say them), and read them back.

    :param tags: keyword → text; UIDs of study and series are in it
    :param folder: exists and is empty
    :raises ExportError: when DICOM cannot say this, or files are not as they should be
    :raises CancelledError: when the context's progress was cancelled
    """
    if isNuclear(content, tags):
        return exportNuclear(content, tags, folder, context)
    source, headers = volumeSource(content, tags, context)
    tags["FrameOfReferenceUID"] = frameOfReference(tags.get("FrameOfReferenceUID", ""), headers, source.hasSameFrame)
    series = planSeries(content, tags, folder, source, context.progress)
    planes = slicePlanes(content.ijkToLPS, content.dimensions, content.name)
    return writeAndCheck(series, expectationOf(series, planes, tags), tags, headers, context)


def writeAndCheck(
    series: PlannedSeries,
    expected: Expectation,
    tags: Mapping[str, str],
    headers: Sequence[Mapping[str, str]],
    context: PluginContext,
) -> ExportedSeries:
    """Write what was planned while another process reads it back.

    :param tags: `Compression` among them
    :param headers: of the source's objects; the last one is compared with the last file
    :raises ExportError: when files cannot be written, or are not as they should be
    :raises CancelledError: when the context's progress was cancelled
    """
    side = min(series.dataset.Rows, series.dataset.Columns)
    compression = compressionNamed(tags.get(COMPRESSION_TAG, ""), expected.dtype, side, series.content.name)
    if compression is not None and compression.syntaxUID == RLE_LOSSLESS and series.stored.isOfWideColours:
        hint = "Choose JPEG-LS or JPEG 2000, or none"
        raise ExportError("GDCM reads no colours of 16 bits in RLE", series.content.name, hint=hint)
    with BackgroundCheck(expected, context.workers, context.progress) as check:
        writeSeries(series, check.onWritten, context.progress, compression, check.workers)
        check.finish()
    return ExportedSeries(
        name=series.content.name,
        folder=os.path.dirname(series.files[0]),
        files=len(series.files),
        storageName=series.storage.name,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        largestError=series.stored.error,
        unit=unitWord(series.content.units),
        difference=differenceText(headers[-1], series.dataset, series.source.carried.dropped) if headers else "",
    )


def expectationOf(
    series: PlannedSeries,
    planes: SlicePlanes,
    tags: Mapping[str, str],
    ownNumbers: Mapping[str, tuple[Sequence[numpy.ndarray], float]] | None = None,
    ownTexts: Mapping[str, Sequence[str]] | None = None,
) -> Expectation:
    """What has to be found: computed from the volume, not from what was written.

    :param planes: of each file
    :param ownNumbers: more of them, as :class:`Expectation` has them; instead of InstanceNumber 1, 2 and so on, too
    :param ownTexts: more of them
    """
    count = len(series.files)
    numbers = {"PixelSpacing": (_repeated(planes.pixelSpacing, count), POSITION_TOLERANCE_MM)}
    if series.content.hasPlace:
        numbers["ImagePositionPatient"] = (planes.positions, POSITION_TOLERANCE_MM)
        numbers["ImageOrientationPatient"] = (_repeated(planes.orientation, count), COSINE_TOLERANCE)
    numbers["InstanceNumber"] = (numpy.arange(1, count + 1)[:, numpy.newaxis], 0)
    numbers.update(_rescales(series))
    numbers.update(ownNumbers or {})
    texts = {
        "SOPInstanceUID": series.instanceUIDs,
        **{name: [tags[name].strip()] * count for name in ("SeriesInstanceUID", "StudyInstanceUID", "Modality")},
        **(ownTexts or {}),
    }
    stored = series.stored
    return Expectation(
        series.files, stored.slice, stored.dtype, stored.slope, stored.intercept, series.storage.uid,
        isInverted=series.dataset.PhotometricInterpretation == "MONOCHROME1",
        numbers=numbers, texts=texts, required=REQUIRED, slopes=stored.slopes,
    )  # fmt: skip


def _rescales(series: PlannedSeries) -> dict[str, tuple[Sequence[numpy.ndarray], float]]:
    """Slope and intercept of each file; none may be there where values are stored as they are and need none."""
    stored, count = series.stored, len(series.files)
    if not stored.isRescaled and series.storage not in (CT, DX, PT):
        return dict.fromkeys(("RescaleSlope", "RescaleIntercept"), (numpy.empty((count, 0)), 0))
    slopes = [stored.slope] * count if stored.slopes is None else stored.slopes
    return {
        "RescaleSlope": (numpy.asarray(slopes, float)[:, numpy.newaxis], 0),
        "RescaleIntercept": (_repeated([stored.intercept], count), 0),
    }


def _repeated(values: Sequence[float], count: int) -> numpy.ndarray:
    return numpy.tile(numpy.asarray(values, float), (count, 1))
