"""Exportables to checked folders that appear together: what exporting has in common, whatever is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..Errors import ExportError
from ..Wording import counted
from .Destination import Destination
from .ExportTags import tagProblem
from .ItemTags import PATIENT_TAGS, STUDY_TAGS
from .UIDs import givenOrNew, newSeriesUID, newUID, requireDifferent, requireStudyOfPatient

if TYPE_CHECKING:
    from ..DICOMExportable import DICOMExportable
    from ..DICOMPlugin import PluginContext


@dataclass
class ExportedSeries:
    """What became of one exportable.

    :ivar folder: where its files are
    :ivar files: how many they are
    :ivar largestError: largest difference between a voxel and what is read from the files
    :ivar unit: of the voxels, as people write it; "" where nobody knows it
    :ivar storageName: kind of the objects
    :ivar difference: what became of the source's attributes, a line each; "" without a source
    :ivar isChecked: whether the files were read back and compared
    :ivar notes: what could not be written as it is, in sentences
    """

    name: str
    folder: str
    files: int
    storageName: str
    seriesInstanceUID: str
    largestError: float = 0.0
    difference: str = field(default="", repr=False)
    isChecked: bool = True
    notes: list[str] = field(default_factory=list)
    unit: str = ""

    def errorText(self) -> str:
        """The largest error with its unit, "" where there is none."""
        return f"{self.largestError:.3g} {self.unit}".strip() if self.largestError else ""

    def summary(self) -> str:
        """One sentence."""
        error = f", with a largest rounding error of {self.errorText()}" if self.largestError else ""
        return f"{self.name}: {counted(self.files, 'file')} of {self.storageName}{error}."


# Given an exportable, its tags with all UIDs of study and series, and a private folder: writes and checks the files.
SeriesWriter = Callable[["DICOMExportable", dict[str, str], str], ExportedSeries]


def exportSeries(
    exportables: Sequence[DICOMExportable], context: PluginContext, folderPrefix: str, write: SeriesWriter
) -> list[ExportedSeries]:
    """Write all exportables, and only when all are whole let their folders appear in their directory.

    Folders are ``<folderPrefix>_<itemID>``, with ``_2`` and so on where an item is written more than once.

    What is of one patient and has no study gets one new study together.

    :raises ExportError: what one of them lacks, or what is wrong with its files; nothing is left then
    :raises CancelledError: when the context's progress was cancelled; nothing is left then
    """
    if not exportables:
        raise ExportError("there is nothing to export")
    directories = {exportable.directory for exportable in exportables}
    if len(directories) > 1 or not next(iter(directories)):
        raise ExportError("the exportables need one directory to be written to")
    taken: set[str] = set()
    newStudies: dict[str, str] = {}
    allTags = [_identified(one, context, newStudies, taken) for one in exportables]
    _requireAgreement(allTags)
    names = _folderNames(exportables, folderPrefix)
    with Destination(next(iter(directories))) as destination:
        folders = [destination.folder(name) for name in names]
        results = [write(*each) for each in zip(exportables, allTags, folders, strict=True)]
        moved = destination.publish()
    for result, folder in zip(results, folders, strict=True):
        result.folder = moved[folder]
    return results


def _identified(
    exportable: DICOMExportable, context: PluginContext, newStudies: dict[str, str], taken: set[str]
) -> dict[str, str]:
    """Its tags with all UIDs but that of the frame of reference, which the source may decide.

    :param newStudies: PatientID → UID of the study that was made
    """
    tags = dict(exportable.tags)
    if not tags.get("Modality", "").strip():
        raise ExportError("the Modality is empty", exportable.name, hint="Set it, for instance to CT, MR or OT")
    for keyword, value in tags.items():
        if problem := tagProblem(keyword, value):
            raise ExportError(problem.rstrip("."), exportable.name)
    patientID = tags.get("PatientID", "").strip()
    made = newStudies.setdefault(patientID, newUID())
    tags["StudyInstanceUID"] = givenOrNew("StudyInstanceUID", tags.get("StudyInstanceUID", "").strip() or made)
    tags["SeriesInstanceUID"] = newSeriesUID(tags.get("SeriesInstanceUID", ""), context.database, taken)
    taken.add(tags["SeriesInstanceUID"])
    requireDifferent(tags)
    requireStudyOfPatient(tags["StudyInstanceUID"], patientID, context.database)
    return tags


def _requireAgreement(allTags: Sequence[Mapping[str, str]]) -> None:
    """Objects of one study say the same of patient and study (PS3.3 A.1.2): readers believe any of them.

    :raises ExportError: what they say differently
    """
    first: dict[str, Mapping[str, str]] = {}
    for tags in allTags:
        other = first.setdefault(tags["StudyInstanceUID"], tags)
        for keyword in (*PATIENT_TAGS, *STUDY_TAGS):
            if tags.get(keyword, "").strip() != other.get(keyword, "").strip():
                raise ExportError(
                    f"what is exported to one study says several values of {keyword}",
                    hint="Set the same one, or export the series to different studies",
                )


def _folderNames(exportables: Sequence[DICOMExportable], prefix: str) -> list[str]:
    names: list[str] = []
    for exportable in exportables:
        name = f"{prefix}_{exportable.subjectHierarchyItemID}"
        earlier = sum(other == name or other.startswith(f"{name}_") for other in names)
        names.append(f"{name}_{earlier + 1}" if earlier else name)
    return names
