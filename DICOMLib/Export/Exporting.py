"""From items of the data tree to DICOM files in a folder or in the database: what dialog, scripts and commands share.

    types = examineItems(registry, [item], context)
    report = exportToFolder(registry, types[0].exportables, "/data/out", context)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..DICOMExportable import DICOMExportable
from ..Errors import ExportError
from ..Scene.SubjectHierarchy import STUDY_LEVEL, vtkMRMLSubjectHierarchyNode
from ..Wording import counted
from . import Destination
from .ExportNotes import identityNote, nameNote
from .ExportTags import applySavedTags, tagProblem
from .Placing import isPlaced
from .SeriesExport import ExportedSeries
from .UIDs import newUID

if TYPE_CHECKING:
    from ..Database.ImportReport import ImportReport
    from ..DICOMPlugin import PluginContext
    from ..Networking.SendReport import SendReport
    from ..PluginRegistry import PluginRegistry


@dataclass
class ExportType:
    """One way of writing: a plugin, and one of its formats.

    :ivar confidence: mean of those of its exportables
    :ivar itemsWithout: items with data that were asked for and cannot be written so
    """

    pluginClass: str
    label: str
    confidence: float
    exportables: list[DICOMExportable]
    itemsWithout: list[int] = field(default_factory=list)
    format: str = ""
    tooltip: str = ""


@dataclass
class ExportReport:
    """What was exported, and where to.

    :ivar folder: that holds the series' folders; "" of an export to the database
    :ivar importReport: of an export to the database
    :ivar sendReport: of an export to a server
    :ivar notes: what a person should know about it as a whole, in sentences
    """

    results: list[ExportedSeries]
    folder: str = ""
    importReport: ImportReport | None = None
    sendReport: SendReport | None = None
    notes: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One sentence."""
        files = counted(sum(one.files for one in self.results), "file")
        series = counted(len(self.results), "series", "series")
        place = f"to {self.folder}" if self.folder else "and added to the database"
        if self.sendReport is not None:
            place = f"and sent to {self.sendReport.server}" if self.sendReport.isComplete else "and not all sent"
        checked = ", and read back without a difference" if all(one.isChecked for one in self.results) else ""
        return f"{files} of {series} written {place}{checked}."

    def asText(self) -> str:
        """The summary and notes, then for each series what it is, and what became of its source's attributes."""
        lines = [self.summary(), *self.notes]
        for one in self.results:
            lines += ["", one.summary(), *one.notes]
            if self.folder:
                lines.append(f"Folder: {one.folder}")
            lines.append(f"SeriesInstanceUID: {one.seriesInstanceUID}")
            if one.difference:
                lines += ["Compared with the source:", *(f"  {line}" for line in one.difference.splitlines())]
        if self.importReport is not None:
            lines += ["", self.importReport.asText()]
        if self.sendReport is not None:
            lines += ["", self.sendReport.asText()]
        return "\n".join(lines)


# Examining


def examineItems(
    registry: PluginRegistry, itemIDs: Sequence[int], context: PluginContext, messages: list[str] | None = None
) -> list[ExportType]:
    """The ways in which all or some of the items can be written, the most confident first.

    A patient, study or folder stands for all that is below it. Disabled plugins are asked as well.

    :param messages: gets a sentence for each plugin that failed
    """
    hierarchy = context.scene.GetSubjectHierarchyNode()
    groups: dict[tuple[str, str], list[DICOMExportable]] = {}
    items = itemsToExport(hierarchy, itemIDs)
    for item in items:
        for name, offered in registry.examineForExport(item, context, messages).items():
            for exportable in offered:
                applySavedTags(hierarchy, exportable)
                alike = groups.setdefault((name, exportable.format), [])
                if not (alike and exportable.isOfWholeScene):
                    alike.append(exportable)
    withData = [item for item in items if hierarchy.GetItemDataNode(item) is not None]
    types = [_exportType(name, one, some, withData) for (name, one), some in groups.items()]
    return sorted(types, key=lambda found: (-found.confidence, len(found.itemsWithout)))


def itemsToExport(hierarchy: vtkMRMLSubjectHierarchyNode, itemIDs: Sequence[int]) -> list[int]:
    """The items, and what is below those that have no data of their own; each once."""
    found = []
    for item in itemIDs:
        found.append(item)
        if hierarchy.GetItemDataNode(item) is None:
            found += hierarchy.GetItemChildren(item, recursive=True)
    return list(dict.fromkeys(found))


def _exportType(
    pluginClass: str, formatName: str, exportables: list[DICOMExportable], items: Sequence[int]
) -> ExportType:
    first = exportables[0]
    confidence = sum(one.confidence for one in exportables) / len(exportables)
    written = set(items) if first.isOfWholeScene else {one.subjectHierarchyItemID for one in exportables}
    without = [item for item in items if item not in written]
    return ExportType(pluginClass, first.name, confidence, exportables, without, formatName, first.tooltip)


def whyNotExportable(hierarchy: vtkMRMLSubjectHierarchyNode, itemIDs: Sequence[int]) -> str:
    """Why :func:`examineItems` found nothing, one sentence; "" when there is data in the right place."""
    items = itemsToExport(hierarchy, itemIDs)
    withData = [item for item in items if hierarchy.GetItemDataNode(item) is not None]
    if not itemIDs:
        return "Nothing is selected."
    if not withData:
        return "There is no data in what is selected."
    outside = [item for item in withData if not isPlaced(hierarchy, item)]
    if outside:
        several = f" (and {len(outside) - 1} more)" if len(outside) > 1 else ""
        return f"{hierarchy.GetItemName(outside[0])}{several} belongs to no study of a patient."
    return ""


# Exporting


def exportToFolder(
    registry: PluginRegistry, exportables: Sequence[DICOMExportable], directory: str, context: PluginContext
) -> ExportReport:
    """Write the exportables and let their folders appear in a directory once all are whole.

    What is in the directory stays: a folder whose name is taken gets a number.

    :param directory: made where it does not exist
    :raises ExportError: what is wrong with a tag, with the data, the directory or the written files; nothing is left
    :raises CancelledError: when the context's progress was cancelled; nothing is left
    """
    if not str(directory).strip():
        raise ExportError("there is no folder to export to")
    requireExportable(exportables, context)
    with Destination.Destination(directory) as destination:
        private = destination.privateFolder()
        results = writeSeries(registry, exportables, private, context)
        moved = destination.publishBeside()
    moved[private] = os.path.abspath(directory)  # where a plugin has put files side by side
    for result in results:
        result.folder = _newPlace(result.folder, moved)
    notes = notesOn(nameNote(exportables, context.database), exportables, results)
    return ExportReport(results, os.path.abspath(directory), notes=notes)


def exportToDatabase(
    registry: PluginRegistry, exportables: Sequence[DICOMExportable], context: PluginContext
) -> ExportReport:
    """Write the exportables to a private folder and import copies of the files; all of them are imported, or none.

    :raises ExportError: what is wrong with a tag, with the data or the written files; the database is as before
    :raises CancelledError: when the context's progress was cancelled; the database is as before
    :raises DatabaseError: when the database cannot be written
    """
    requireExportable(exportables, context)
    database = context.database
    if database is None or not database.isOpen:
        raise ExportError("there is no open database to export to")
    database.requireWritable(True)
    results: list[ExportedSeries] = []
    ofName = nameNote(exportables, database)  # of the study as it was before

    def write(folder: str) -> None:
        results.extend(writeSeries(registry, exportables, folder, context))

    report = Destination.exportToDatabase(database, write, context.progress)
    for result in results:
        result.folder = ""
    return ExportReport(results, importReport=report, notes=notesOn(ofName, exportables, results))


def notesOn(ofName: str, exportables: Sequence[DICOMExportable], results: Sequence[ExportedSeries]) -> list[str]:
    """What a person should know of an export as a whole."""
    return [note for note in (ofName, identityNote(exportables, results)) if note]


def requireExportable(exportables: Sequence[DICOMExportable], context: PluginContext) -> None:
    """:raises ExportError: when there are none, they are of several studies, or a tag cannot be written"""
    if not exportables:
        raise ExportError("there is nothing to export", hint="Choose a volume that is below a study of a patient")
    hierarchy = context.scene.GetSubjectHierarchyNode()
    _requireOneStudy(exportables, hierarchy)
    for exportable in exportables:
        for keyword, value in exportable.tags.items():
            problem = tagProblem(keyword, value, exportable.choices.get(keyword))
            if problem:
                name = hierarchy.GetItemName(exportable.subjectHierarchyItemID)
                raise ExportError(problem.rstrip("."), name)


def _requireOneStudy(exportables: Sequence[DICOMExportable], hierarchy: vtkMRMLSubjectHierarchyNode) -> None:
    hint = "Export one study after the other"
    for keyword, what in (("PatientID", "patients"), ("StudyInstanceUID", "studies")):
        if len({one.tag(keyword).strip() for one in exportables}) > 1:
            raise ExportError(f"what is exported together belongs to several {what}", hint=hint)
    items = {one.subjectHierarchyItemID for one in exportables}
    isNewStudy = not exportables[0].tag("StudyInstanceUID").strip()
    if isNewStudy and len({hierarchy.GetItemAncestorAtLevel(item, STUDY_LEVEL) for item in items}) > 1:
        raise ExportError("what is exported together belongs to several studies", hint=hint)


def writeSeries(
    registry: PluginRegistry, exportables: Sequence[DICOMExportable], folder: str, context: PluginContext
) -> list[ExportedSeries]:
    """Have plugins write and check files below a private folder; the exportables are as before afterwards.

    :raises ExportError: what goes wrong; files may be left
    :raises CancelledError: when the context's progress was cancelled
    """
    before = [(exportable.directory, exportable.tags) for exportable in exportables]
    newStudy = newUID()
    try:
        for exportable in exportables:
            exportable.directory = folder
            if not exportable.tag("StudyInstanceUID").strip():  # plugins by themselves would make one each
                exportable.tags = {**exportable.tags, "StudyInstanceUID": newStudy}
        with unchangedImages(exportables, context):
            return registry.export(exportables, context)
    finally:
        for exportable, (directory, tags) in zip(exportables, before, strict=True):
            exportable.directory, exportable.tags = directory, tags


@contextmanager
def unchangedImages(exportables: Sequence[DICOMExportable], context: PluginContext) -> Iterator[None]:
    """:raises ExportError: at the end, when voxels or place of what is written changed meanwhile"""
    hierarchy = context.scene.GetSubjectHierarchyNode()
    nodes = [hierarchy.GetItemDataNode(one.subjectHierarchyItemID) for one in exportables]
    before = [_version(node) for node in nodes]
    yield
    for node, version in zip(nodes, before, strict=True):
        if _version(node) != version:
            raise ExportError(
                "the volume was changed while it was being written", node.GetName(), hint="Export it again"
            )


def _version(node: object) -> tuple:
    """Changes with the node's voxels, and with its place as far as it is its own."""
    image = getattr(node, "GetImageData", lambda: None)()
    if image is None:
        return ()
    scalars = image.GetPointData().GetScalars()
    matrix = node.ijkToWorldArray() if hasattr(node, "ijkToWorldArray") and not node.isWarped() else None
    place = () if matrix is None else tuple(matrix.ravel())
    return id(image), image.GetMTime(), 0 if scalars is None else scalars.GetMTime(), place


def _newPlace(folder: str, moved: dict[str, str]) -> str:
    """Where a folder of the private one is now."""
    for old, new in moved.items():
        if folder == old or folder.startswith(old + os.sep):
            return new + folder[len(old) :]
    return folder
