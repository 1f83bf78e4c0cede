"""Label maps of the scene to checked segmentation objects in a directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError, SceneError
from DICOMLib.Export.CarriedModules import MODULES, OF_PATIENT, OF_STUDY
from DICOMLib.Export.LastingAttributes import OF_PERSON
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries
from DICOMLib.Export.SourceAttributes import carriedAttributes, differenceText, sourceHeaders
from DICOMLib.Export.SourceObjects import frameOfReference
from DICOMLib.Scene.Node import vtkMRMLNode

from ..ScalarVolume.SlicePlanes import SlicePlanes, slicePlanes
from .Checking import checkWritten
from .References import REFERENCE_TAG, ReferencedImages, referencedImages
from .SegmentationObject import LARGEST_LABEL
from .Segments import Segment, segmentsOf
from .Writer import MODALITY, LabelVolume, segmentationDataset, writeDataset

FOLDER_PREFIX = "Segmentation"
STORAGE_NAME = "Segmentation"
LARGEST_SIDE = 65535
# Of the images, what is still true of labels drawn on them.
_CARRIED = {
    *(name for module in (*OF_PATIENT, *OF_STUDY) for name in MODULES[module]),
    *OF_PERSON,
    "BodyPartExamined",
    "Laterality",
}


@dataclass(frozen=True)
class LabelContent:
    """What of a node is written: taken on the scene's thread, used on any."""

    name: str
    array: numpy.ndarray
    segments: list[Segment]
    images: ReferencedImages


def exportLabelMaps(exportables: Sequence[DICOMExportable], context: PluginContext) -> list[ExportedSeries]:
    """Write all exportables, read them back, and only then let their folders appear in their directory.

    :raises ExportError: what one of them lacks, or what is wrong with its file; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    contents = {id(one): contentOf(one, context) for one in exportables}

    def write(exportable: DICOMExportable, tags: dict[str, str], folder: str) -> ExportedSeries:
        if exportable.format:
            raise ExportError("label maps cannot be written in this format", exportable.name, exportable.format)
        return _exported(contents[id(exportable)], tags, folder, context)

    return exportSeries(exportables, context, FOLDER_PREFIX, write)


def contentOf(exportable: DICOMExportable, context: PluginContext) -> LabelContent:
    """What is written of the node of an exportable.

    :raises ExportError: when it is no label map with labels that can be written
    """
    itemID = exportable.subjectHierarchyItemID
    node = context.scene.GetSubjectHierarchyNode().GetItemDataNode(itemID)
    if node is None or not node.IsA("vtkMRMLLabelMapVolumeNode"):
        raise ExportError("there is no label map to write", exportable.name)
    if not node.hasPlaceInPatient():
        raise ExportError("it is not known where in the patient the labels are", node.GetName())
    array = _labelArray(node)
    labels = numpy.unique(array)
    labels = labels[labels != 0]
    if not len(labels):
        raise ExportError("there is no label in the label map", node.GetName())
    if labels.min() < 0 or labels.max() > LARGEST_LABEL:
        value = f"{labels.min()} to {labels.max()}"
        raise ExportError(f"labels have to be from 1 to {LARGEST_LABEL}", node.GetName(), value)
    images = referencedImages(node, itemID, exportable.tag(REFERENCE_TAG), context)
    return LabelContent(node.GetName() or "", array, segmentsOf(node, labels.tolist()), images)


def _labelArray(node: vtkMRMLNode) -> numpy.ndarray:
    try:
        array = node.voxelArray()
    except SceneError:
        raise ExportError("the label map has no voxels", node.GetName()) from None
    if array.ndim != 3 or not array.size:
        raise ExportError("the label map has no voxels", node.GetName())
    if max(array.shape[1:]) > LARGEST_SIDE:
        raise ExportError("images of this size cannot be written", node.GetName(), f"at most {LARGEST_SIDE} a side")
    if array.dtype.kind not in "iu":
        whole = numpy.rint(array)
        if not (numpy.array_equal(whole, array) and numpy.isfinite(array).all()):
            raise ExportError("labels have to be whole numbers", node.GetName())
        array = whole.astype(numpy.int64)
    return array


def _exported(content: LabelContent, tags: dict[str, str], folder: str, context: PluginContext) -> ExportedSeries:
    progress = context.progress
    if tags["Modality"].strip() != MODALITY:
        raise ExportError(f"the Modality of a segmentation is {MODALITY}", content.name, tags["Modality"])
    images = content.images
    tags["FrameOfReferenceUID"] = frameOfReference(
        tags.get("FrameOfReferenceUID", ""), images.headers, images.isInTheirFrame
    )  # fmt: skip
    headers = sourceHeaders(images.instances, progress)
    labels = _labelVolume(content, _carried(headers, tags))
    if progress is not None:
        progress.raiseIfCancelled()
        progress.report(0, 2, "Writing")
    dataset = segmentationDataset(labels, tags)
    path = writeDataset(dataset, folder)
    if progress is not None:
        progress.report(1, 2, "Checking")
    checkWritten(path, labels, tags, context)
    return ExportedSeries(
        name=content.name,
        folder=folder,
        files=1,
        storageName=STORAGE_NAME,
        seriesInstanceUID=tags["SeriesInstanceUID"],
        difference=differenceText(headers[0], dataset) if headers else "",
    )


def _carried(headers: Sequence[Mapping[str, str]], tags: Mapping[str, str]) -> dict[str, str]:
    common = carriedAttributes(headers, tags, False).common
    return {name: text for name, text in common.items() if name in _CARRIED}


def _labelVolume(content: LabelContent, carried: Mapping[str, str]) -> LabelVolume:
    slices, rows, columns = content.array.shape
    images = content.images
    planes = slicePlanes(images.ijkToLPS, (columns, rows, slices), content.name)
    if images.positions is not None:
        planes = SlicePlanes(images.positions, planes.orientation, planes.pixelSpacing, _smallestGap(images.positions))
    return LabelVolume(
        name=content.name,
        array=content.array,
        segments=content.segments,
        planes=planes,
        stride=images.ijkToLPS[:3, 2] if images.positions is None else None,
        carried=carried,
        framesInPlanes=images.framesInPlanes(planes.positions, planes.orientation),
        references=images.bySeries,
    )


def _smallestGap(positions: numpy.ndarray) -> float:
    """Between slices that are not evenly spaced, of which there are several."""
    return float(numpy.linalg.norm(numpy.diff(positions, axis=0), axis=1).min())
