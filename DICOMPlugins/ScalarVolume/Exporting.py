"""Volumes of the scene to checked files in a directory, in the format that was chosen for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.Compression import COMPRESSION_TAG
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries
from DICOMLib.Progress import PartProgress
from DICOMLib.Scene.Node import vtkMRMLNode

from .ClassicExport import exportClassic
from .EnhancedExport import KINDS, exportEnhanced
from .ParametricMapExport import exportParametricMap
from .VolumeContent import VolumeContent, contentOf

FOLDER_PREFIX = "ScalarVolume"
CLASSIC, ENHANCED, PARAMETRIC_MAP = "classic", "enhanced", "parametricMap"
# Given a volume, its tags with the UIDs of study and series, and a private folder.
FormatWriter = Callable[[VolumeContent, dict[str, str], str, PluginContext], ExportedSeries]
WRITERS: dict[str, FormatWriter] = {
    CLASSIC: exportClassic,
    ENHANCED: exportEnhanced,
    PARAMETRIC_MAP: exportParametricMap,
}


@dataclass(frozen=True)
class Offer:
    """One way of writing a volume, in words for people.

    :ivar format: key of :data:`WRITERS`
    :ivar confidence: part of that of single images
    """

    format: str
    label: str
    tooltip: str
    confidence: float

    @property
    def canBeCompressed(self) -> bool:
        """Whether its writer asks for the tag `Compression`."""
        return self.format in ("", CLASSIC)


def offers(node: vtkMRMLNode, tags: Mapping[str, str]) -> list[Offer]:
    """In which formats a volume can be written, the most usual one first."""
    name = node.GetName()
    found = [Offer("", "", f"Writes {name} as a series of images, one file for each slice", 1.0)]
    array = node.voxelArray()
    if array.ndim != 3 or not node.hasPlaceInPatient():
        return found
    isReal = array.dtype.kind == "f"
    display = node.GetDisplayNode()
    isInverted = display is not None and hasattr(display, "GetInvert") and display.GetInvert()
    lost = ". That it is shown dark on bright is not kept" if isInverted else ""
    if tags.get("Modality", "").strip() in KINDS:
        rounded = "; real numbers are rounded to 16 bits" if isReal else ""
        text = f"Writes {name} as one enhanced (multi-frame) object, one frame for each slice{rounded}{lost}"
        found.append(Offer(ENHANCED, "enhanced", text, 0.8))
    lossless = "real numbers are written as they are, without any loss" if isReal else "values are written exactly"
    text = f"Writes {name} as one parametric map with its unit; {lossless}. Not every program reads these{lost}"
    found.append(Offer(PARAMETRIC_MAP, "parametric map", text, 0.9 if isReal else 0.6))
    return sorted(found, key=lambda offer: -offer.confidence)


def exportVolumes(exportables: Sequence[DICOMExportable], context: PluginContext) -> list[ExportedSeries]:
    """Write all exportables, read them back, and only then let their folders appear in their directory.

    :raises ExportError: what one of them lacks, or what is wrong with its files; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    hierarchy = context.scene.GetSubjectHierarchyNode()
    contents = {
        exportable.subjectHierarchyItemID: contentOf(hierarchy.GetItemDataNode(exportable.subjectHierarchyItemID))
        for exportable in exportables
    }

    slices = [contents[exportable.subjectHierarchyItemID].dimensions[2] for exportable in exportables]
    earlier = iter(accumulate(slices, initial=0))

    def write(exportable: DICOMExportable, tags: dict[str, str], folder: str) -> ExportedSeries:
        before = next(earlier)
        part = context.progress and PartProgress(context.progress, before, sum(slices))
        own = replace(context, progress=part)
        return _writer(exportable)(contents[exportable.subjectHierarchyItemID], tags, folder, own)

    return exportSeries(exportables, context, FOLDER_PREFIX, write)


def _writer(exportable: DICOMExportable) -> FormatWriter:
    compression = exportable.tag(COMPRESSION_TAG).strip()
    if compression and exportable.format not in ("", CLASSIC):
        hint = "Choose none, or single images"
        raise ExportError("only single images can be compressed", exportable.name, compression, hint)
    try:
        return WRITERS[exportable.format or CLASSIC]
    except KeyError:
        raise ExportError("volumes cannot be written in this format", exportable.name, exportable.format) from None
