"""Volumes of the scene to checked files in a directory, in the format that was chosen for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries

from .ClassicExport import exportClassic
from .VolumeContent import VolumeContent, contentOf

FOLDER_PREFIX = "ScalarVolume"
CLASSIC = "classic"
# Given a volume, its tags with the UIDs of study and series, and a private folder.
FormatWriter = Callable[[VolumeContent, dict[str, str], str, PluginContext], ExportedSeries]
WRITERS: dict[str, FormatWriter] = {CLASSIC: exportClassic}


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

    def write(exportable: DICOMExportable, tags: dict[str, str], folder: str) -> ExportedSeries:
        return _writer(exportable)(contents[exportable.subjectHierarchyItemID], tags, folder, context)

    return exportSeries(exportables, context, FOLDER_PREFIX, write)


def _writer(exportable: DICOMExportable) -> FormatWriter:
    try:
        return WRITERS[exportable.format or CLASSIC]
    except KeyError:
        raise ExportError("volumes cannot be written in this format", exportable.name, exportable.format) from None
