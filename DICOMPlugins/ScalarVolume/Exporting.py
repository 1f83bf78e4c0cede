"""Volumes of the scene to checked files in a directory: identifiers, source, writing, reading back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import DICOMError, ExportError
from DICOMLib.Export.Destination import Destination
from DICOMLib.Export.ReadBack import COSINE_TOLERANCE, POSITION_TOLERANCE_MM, BackgroundCheck, Expectation
from DICOMLib.Export.SourceAttributes import carriedAttributes, differenceText, sourceHeaders
from DICOMLib.Export.UIDs import givenOrNew, isValidUID, newSeriesUID, newUID
from DICOMLib.Geometry.Slices import analyzeStack
from DICOMLib.Instance import Instance

from .SlicePlanes import slicePlanes
from .VolumeContent import VolumeContent, contentOf
from .Writer import PlannedSeries, VolumeSource, planSeries, writeSeries

# Slices this close to those of the source are the same ones: files state places with about this much rounding.
SAME_PLACE_MM = 1e-3
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2


@dataclass
class ExportedVolume:
    """What became of one exportable.

    :ivar folder: where its files are
    :ivar largestError: largest difference between a voxel and what is read from the files
    :ivar storageName: kind of the objects
    :ivar difference: what became of the source's attributes, a line each; "" without a source
    """

    name: str
    folder: str
    files: int
    largestError: float
    storageName: str
    seriesInstanceUID: str
    difference: str = field(default="", repr=False)

    def summary(self) -> str:
        """One sentence."""
        error = f", with a largest rounding error of {self.largestError:.3g}" if self.largestError else ""
        return f"{self.name}: {self.files} files of {self.storageName}{error}."


def exportVolumes(exportables: Sequence[DICOMExportable], context: PluginContext) -> list[ExportedVolume]:
    """Write all exportables, read them back, and only then let their folders appear in their directories.

    :raises ExportError: what one of them lacks, or what is wrong with its files; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    if not exportables:
        raise ExportError("there is nothing to export")
    directories = {exportable.directory for exportable in exportables}
    if len(directories) > 1 or not next(iter(directories)):
        raise ExportError("the exportables need one directory to be written to")
    hierarchy = context.scene.GetSubjectHierarchyNode()
    contents = [contentOf(hierarchy.GetItemDataNode(one.subjectHierarchyItemID)) for one in exportables]
    taken: set[str] = set()
    newStudy = newUID()
    allTags = [_identified(one, context, newStudy, taken) for one in exportables]
    with Destination(next(iter(directories))) as destination:
        results = []
        for exportable, content, tags in zip(exportables, contents, allTags, strict=True):
            folder = destination.folder(f"ScalarVolume_{exportable.subjectHierarchyItemID}")
            results.append(_exportOne(content, tags, folder, context))
        for result, folder in zip(results, destination.publish(), strict=True):
            result.folder = folder
    return results


def _identified(
    exportable: DICOMExportable, context: PluginContext, newStudy: str, taken: set[str]
) -> dict[str, str]:
    """Its tags with all UIDs but that of the frame of reference, which the source may decide."""
    tags = dict(exportable.tags)
    if not tags.get("Modality", "").strip():
        raise ExportError("the Modality is empty", exportable.name, hint="Set it, for instance to CT, MR or OT")
    tags["StudyInstanceUID"] = givenOrNew("StudyInstanceUID", tags.get("StudyInstanceUID", "").strip() or newStudy)
    tags["SeriesInstanceUID"] = newSeriesUID(tags.get("SeriesInstanceUID", ""), context.database, taken)
    taken.add(tags["SeriesInstanceUID"])
    return tags


def _exportOne(content: VolumeContent, tags: dict[str, str], folder: str, context: PluginContext) -> ExportedVolume:
    instances = _sourceInstances(content, context)
    headers = sourceHeaders(instances, context.progress)
    source = VolumeSource(isSamePlace=_isSamePlace(content, instances) and len(headers) == len(instances))
    if headers:
        source.carried = carriedAttributes(headers, tags, source.isSamePlace)
        references = [(header.get("0008,0016", ""), header.get("0008,0018", "")) for header in headers]
        isSound = all(isValidUID(uid) for reference in references for uid in reference)
        source.references = references if isSound else []
        if _isOf(headers[0], tags):
            source.imageType = _thirdType(headers[0].get("0008,0008", ""))
            source.rescaleType = headers[0].get("0028,1054", "").strip()
    frame = tags.get("FrameOfReferenceUID", "").strip()
    if not frame and source.isSamePlace:
        known = headers[0].get("0020,0052", "").strip()
        frame = known if isValidUID(known) else ""
    tags["FrameOfReferenceUID"] = givenOrNew("FrameOfReferenceUID", frame)
    series = planSeries(content, tags, folder, source, context.progress)
    with BackgroundCheck(_expectation(series, content, tags), context.workers, context.progress) as check:
        writeSeries(series, check.onWritten, context.progress)
        check.finish()
    return ExportedVolume(
        name=content.name,
        folder=folder,
        files=len(series.files),
        largestError=series.stored.error,
        storageName=series.storage.name,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        difference=differenceText(headers[-1], series.dataset, source.carried.dropped) if headers else "",
    )


def _isOf(header, tags: dict[str, str]) -> bool:
    return header.get("0008,0060", "").strip() == tags["Modality"].strip()


def _thirdType(imageType: str) -> str:
    parts = imageType.split("\\")
    third = parts[2].strip() if len(parts) > 2 else ""
    return third if _CODE_STRING.fullmatch(third) else ""


def _sourceInstances(content: VolumeContent, context: PluginContext) -> list[Instance]:
    """Records of the objects the volume was made of; none unless all of them are in the database."""
    database = context.database
    if database is None or not database.isOpen or not content.instanceUIDs:
        return []
    files = [database.fileForInstance(uid) for uid in dict.fromkeys(content.instanceUIDs)]
    return database.instanceRecordsForFiles(files) if all(map(_isThere, files)) else []


def _isThere(path: str) -> bool:
    return bool(path) and os.path.exists(path)


def _isSamePlace(content: VolumeContent, instances: Sequence[Instance]) -> bool:
    """Whether each slice is a slice of the source, in the same order and place."""
    if len(instances) != len(content.array) or not content.hasPlace:
        return False
    try:
        stack = analyzeStack(instances)
    except DICOMError:
        return False
    if stack.dimensions != content.dimensions or not stack.located or [*stack.instances] != [*instances]:
        return False
    apart = _corners(stack.ijkToLPS, content) - _corners(content.ijkToLPS, content)
    return bool(numpy.abs(apart).max() < SAME_PLACE_MM)


def _corners(matrix: numpy.ndarray, content: VolumeContent) -> numpy.ndarray:
    ends = [(0, count - 1) for count in content.dimensions]
    points = numpy.stack(numpy.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _expectation(series: PlannedSeries, content: VolumeContent, tags: dict[str, str]) -> Expectation:
    """What has to be found: computed from the volume, not from what was series."""
    count = len(series.files)
    planes = slicePlanes(content.ijkToLPS, content.dimensions, content.name)
    numbers = {"PixelSpacing": (_repeated(planes.pixelSpacing, count), POSITION_TOLERANCE_MM)}
    if content.hasPlace:
        numbers["ImagePositionPatient"] = (planes.positions, POSITION_TOLERANCE_MM)
        numbers["ImageOrientationPatient"] = (_repeated(planes.orientation, count), COSINE_TOLERANCE)
    numbers["InstanceNumber"] = (numpy.arange(1, count + 1)[:, numpy.newaxis], 0)
    texts = {
        "SOPInstanceUID": series.instanceUIDs,
        **{name: [tags[name].strip()] * count for name in ("SeriesInstanceUID", "StudyInstanceUID", "Modality")},
    }
    stored = series.stored
    return Expectation(
        series.files, stored.slice, stored.dtype, stored.slope, stored.intercept, series.storage.uid,
        isInverted=series.dataset.PhotometricInterpretation == "MONOCHROME1",
        numbers=numbers, texts=texts, required=_required(series),
    )  # fmt: skip


def _repeated(values: Sequence[float], count: int) -> numpy.ndarray:
    return numpy.tile(numpy.asarray(values, float), (count, 1))


def _required(series: PlannedSeries) -> Iterable[str]:
    names = ["SOPClassUID", "ImageType", "ContentDate"]
    return [*names, "RescaleSlope", "RescaleIntercept"] if series.stored.isRescaled else names
