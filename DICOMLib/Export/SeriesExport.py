"""Exportables to checked folders that appear together: what exporting has in common, whatever is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..Errors import ExportError
from ..Wording import counted
from .Destination import Destination
from .UIDs import givenOrNew, newSeriesUID, newUID

if TYPE_CHECKING:
    from ..DICOMExportable import DICOMExportable
    from ..DICOMPlugin import PluginContext


@dataclass
class ExportedSeries:
    """What became of one exportable.

    :ivar folder: where its files are
    :ivar files: how many they are
    :ivar largestError: largest difference between a voxel and what is read from the files
    :ivar storageName: kind of the objects
    :ivar difference: what became of the source's attributes, a line each; "" without a source
    :ivar isChecked: whether the files were read back and compared
    """

    name: str
    folder: str
    files: int
    storageName: str
    seriesInstanceUID: str
    largestError: float = 0.0
    difference: str = field(default="", repr=False)
    isChecked: bool = True

    def summary(self) -> str:
        """One sentence."""
        error = f", with a largest rounding error of {self.largestError:.3g}" if self.largestError else ""
        return f"{self.name}: {counted(self.files, 'file')} of {self.storageName}{error}."


# Given an exportable, its tags with all UIDs of study and series, and a private folder: writes and checks the files.
SeriesWriter = Callable[["DICOMExportable", dict[str, str], str], ExportedSeries]


def exportSeries(
    exportables: Sequence[DICOMExportable], context: PluginContext, folderPrefix: str, write: SeriesWriter
) -> list[ExportedSeries]:
    """Write all exportables, and only when all are whole let their folders appear in their directory.

    Folders are ``<folderPrefix>_<itemID>``, with ``_2`` and so on where an item is written more than once.

    :raises ExportError: what one of them lacks, or what is wrong with its files; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    if not exportables:
        raise ExportError("there is nothing to export")
    directories = {exportable.directory for exportable in exportables}
    if len(directories) > 1 or not next(iter(directories)):
        raise ExportError("the exportables need one directory to be written to")
    taken: set[str] = set()
    newStudy = newUID()
    allTags = [_identified(one, context, newStudy, taken) for one in exportables]
    names = _folderNames(exportables, folderPrefix)
    with Destination(next(iter(directories))) as destination:
        results = [
            write(exportable, tags, destination.folder(name))
            for exportable, tags, name in zip(exportables, allTags, names, strict=True)
        ]
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


def _folderNames(exportables: Sequence[DICOMExportable], prefix: str) -> list[str]:
    names: list[str] = []
    for exportable in exportables:
        name = f"{prefix}_{exportable.subjectHierarchyItemID}"
        earlier = sum(other == name or other.startswith(f"{name}_") for other in names)
        names.append(f"{name}_{earlier + 1}" if earlier else name)
    return names


