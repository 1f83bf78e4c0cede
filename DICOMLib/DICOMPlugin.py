"""Base class of the plugins that turn DICOM series into scene nodes and nodes into DICOM."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .DICOMExportable import DICOMExportable
from .DICOMLoadable import DICOMLoadable
from .Errors import CancelledError, DICOMError, PluginError
from .References import referencedInstanceUIDs
from .ScriptingContext import currentContext
from .Settings import Settings
from .Tags import tagText
from .Wording import NO_SERIES_DESCRIPTION

if TYPE_CHECKING:
    import numpy

    from .Database.DICOMDatabase import DICOMDatabase
    from .Export.SeriesExport import ExportedSeries
    from .Geometry.Planes import Planes
    from .Instance import Instance
    from .LoadPreview import LoadPreview
    from .Progress import Progress
    from .Scene.Node import vtkMRMLNode
    from .Scene.Scene import Scene
    from .Scene.SubjectHierarchy import vtkMRMLSubjectHierarchyNode
    from .SceneFiles.SceneSummary import SceneSummary
    from .Workers.WorkerPool import WorkerPool


@dataclass
class PluginContext:
    """What a plugin works with; handed to it by the registry, never looked up."""

    database: DICOMDatabase | None = None
    scene: Scene | None = None
    """Nodes are added here: a private staging scene while loading in the background."""
    settings: Settings = field(default_factory=Settings)
    progress: Progress | None = None
    workers: WorkerPool | None = None
    """Processes that decode compressed pixels; None lets each load start its own."""
    onPreview: Callable[[LoadPreview], None] | None = None
    """Takes what can be looked at of a load that is slow, on some thread; None: nobody looks."""
    confirmScene: Callable[[SceneSummary], bool] | None = None
    """Asks whether a scene from elsewhere is to be opened, on the thread that loads; None: nobody is there to be asked,
    and a note says what was opened."""
    takePicture: Callable[[], numpy.ndarray | None] | None = None
    """A picture of the views for what is written of a whole scene, on the thread that exports: RGB, shape (rows,
    columns, 3), uint8; None: there are no views."""
    records: RecordCache | None = None
    """Header records of the files that are being examined, so that plugins need not each ask the database; None at
    other times."""

    def hierarchy(self) -> vtkMRMLSubjectHierarchyNode:
        """The tree of the scene's items. :raises PluginError: when there is no scene, as for a script without a host"""
        if self.scene is None:
            hint = "Set plugin.context = PluginContext(scene=...), or call DICOMUtils.setContext first"
            raise PluginError("there is no scene to work with", hint=hint)
        return self.scene.GetSubjectHierarchyNode()


def contextOfScripts() -> PluginContext:
    """What a plugin works with that a script has made: all that a host has set, nothing outside of a host.

    The registry gives the plugins that it makes their own.
    """
    current = currentContext()
    return PluginContext(current.database, current.scene, current.settings, workers=current.workers)


class RecordCache:
    """Header records by list of files, for as long as several plugins examine the same lists.

    :param mostRecords: lists beyond this many records in all are not kept
    """

    def __init__(self, mostRecords: int = 50_000):
        self._room = self._planesRoom = mostRecords
        self._kept: dict[tuple[str, ...], list[Instance]] = {}
        self._planes: dict[tuple[int, ...], Planes] = {}

    def known(self, files: Sequence[str]) -> list[Instance] | None:
        """What was read for the same list before; None where nothing was, or is not kept."""
        records = self._kept.get(tuple(files))
        return None if records is None else list(records)

    def planes(self, instances: Sequence[Instance]) -> Planes:
        """The slices of some of the records as a table, made once for as long as the records are kept.

        :raises GeometryError: as :func:`Slices.planesToAnalyse`
        """
        from .Geometry.Slices import planesToAnalyse

        key = tuple(map(id, instances))
        planes = self._planes.get(key)
        if planes is None:
            planes = planesToAnalyse(instances)  # holds the records, so that no other gets the address of one
            if len(instances) <= self._planesRoom:
                self._planesRoom -= len(instances)
                self._planes[key] = planes
        return planes

    def get(self, files: Sequence[str], read: Callable[[Sequence[str]], list[Instance]]) -> list[Instance]:
        """What was read for the same list before, else what `read` gives."""
        key = tuple(files)
        records = self._kept.get(key)
        if records is None:
            records = read(files)
            if len(records) <= self._room:
                self._room -= len(records)
                self._kept[key] = records
        return list(records)


@dataclass(frozen=True)
class LoadingChoice:
    """Something the user may decide about a loadable.

    :ivar name: key for :meth:`DICOMPlugin.choose`
    :ivar label: a few words for people
    :ivar options: value → words for people, in the order they are to be shown
    :ivar value: the present one
    """

    name: str
    label: str
    options: dict[str, str]
    value: str


# What every plugin may ask for; keys are 3D Slicer's names.
BASE_TAGS = {
    "seriesDescription": tagText("SeriesDescription"),
    "seriesNumber": tagText("SeriesNumber"),
    "frameOfReferenceUID": tagText("FrameOfReferenceUID"),
    "seriesInstanceUID": tagText("SeriesInstanceUID"),
    "modality": tagText("Modality"),
    "instanceUID": tagText("SOPInstanceUID"),
    "sopClassUID": tagText("SOPClassUID"),
}


class DICOMPlugin:
    """One way of reading and writing: examine → load, examineForExport → export. Method names are 3D Slicer's.

    A subclass sets :attr:`loadType`, adds to :attr:`tags` and overrides :meth:`examineFiles` and :meth:`load`. It works
    with ``self.context`` only. Errors are raised; plugins written for Slicer that return False or an error text are
    accepted too.
    """

    def __init__(self):
        self.loadType = "Generic DICOM"
        self.tags: dict[str, str] = dict(BASE_TAGS)
        self.loadableCache: dict[str, list[DICOMLoadable]] = {}
        self.context = contextOfScripts()
        self.rejections: list[str] = []
        """Why files were not offered at all, a sentence each; for the explanation of a choice."""
        self.loadNotes: list[str] = []
        """What the user should know about what was loaded last, a sentence each; the registry empties it before."""
        self.exported: list[ExportedSeries] = []
        """What the last export wrote, with rounding errors and what became of the source's attributes."""

    def instancesForFiles(self, files: Sequence[str]) -> list[Instance]:
        """Header records of the files, in the same order: one query; no file is opened that the database knows."""
        read = self.context.database.instanceRecordsForFiles
        return read(files) if self.context.records is None else self.context.records.get(files, read)

    def planesForInstances(self, instances: Sequence[Instance]) -> Planes:
        """The slices of some records as a table; one for all plugins that examine the same images.

        :raises GeometryError: when there are none
        """
        from .Geometry.Slices import planesToAnalyse

        return planesToAnalyse(instances) if self.context.records is None else self.context.records.planes(instances)

    def hashFiles(self, files: Sequence[str]) -> str:
        """A key for a list of files, order included."""
        joined = "\0".join(files).encode("utf-8", "surrogateescape")
        return hashlib.sha256(joined).hexdigest()

    def getCachedLoadables(self, files: Sequence[str]) -> list[DICOMLoadable] | None:
        """What examining these files gave before, None when they were not examined."""
        return self.loadableCache.get(self.hashFiles(files))

    def cacheLoadables(self, files: Sequence[str], loadables: list[DICOMLoadable]) -> None:
        """Remember what examining these files gave, for the life of this plugin object."""
        self.loadableCache[self.hashFiles(files)] = loadables

    def examineForImport(self, fileLists: Sequence[Sequence[str]]) -> list[DICOMLoadable]:
        """Loadables of every list of files; each list is normally one series.

        :raises DICOMError: when the files cannot be examined; other plugins and lists go on
        """
        loadables = []
        for files in fileLists:
            found = self.getCachedLoadables(files)
            if found is None:
                found = self.examineFiles(files)
                self.cacheLoadables(files, found)
            loadables.extend(found)
        return loadables

    def examineFiles(self, files: Sequence[str]) -> list[DICOMLoadable]:
        """Loadables of one list of files; none when the plugin cannot read them."""
        return []

    def load(self, loadable: DICOMLoadable):
        """Read the files and add the node to ``self.context.scene``.

        :returns: the node (Slicer plugins may return True or False)
        :raises DICOMError: when it cannot be read; nothing is left in the scene then
        """
        return None

    def loadingChoices(self, loadable: DICOMLoadable) -> list[LoadingChoice]:
        """What the user may decide about a loadable before it is loaded; none by default."""
        return []

    def choose(self, loadable: DICOMLoadable, name: str, value: str) -> None:
        """The user's decision on one of :meth:`loadingChoices`; a plugin that offers some changes the loadable."""
        loadable.details[name] = value

    def examineForExport(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """Exportables for one item of ``self.context.scene``; none when the plugin cannot write it.

        Scripts export all of them: a plugin that writes several formats gives the usual one, and all of them in
        :meth:`exportFormats`.
        """
        return []

    def exportFormats(self, subjectHierarchyItemID: int) -> list[DICOMExportable]:
        """One exportable for each format in which an item can be written, the usual one first."""
        return self.examineForExport(subjectHierarchyItemID)

    def export(self, exportables: list[DICOMExportable]) -> str:
        """Write files into each exportable's directory.

        :returns: "" on success, else what went wrong (Slicer's convention)
        """
        return ""

    def exportWith(
        self,
        write: Callable[[Sequence[DICOMExportable], PluginContext], list[ExportedSeries]],
        exportables: Sequence[DICOMExportable],
    ) -> str:
        """Errors as Slicer's plugins return them, for a plugin whose writer raises them.

        :param write: writes all exportables or none, and returns what it wrote: :attr:`exported` afterwards
        :returns: "" when all are written, else why not
        :raises CancelledError: as the writer; nobody is to be told of an error then
        """
        self.exported = []
        try:
            self.exported = write(exportables, self.context)
        except CancelledError:
            raise
        except DICOMError as error:
            return str(error)
        return ""

    def addSeriesInSubjectHierarchy(
        self, loadable: DICOMLoadable, node: vtkMRMLNode, instances: Sequence[Instance] | None = None
    ) -> int:
        """Put a loaded node below its patient and study.

        :param instances: records of the loadable's files, where they are at hand
        :returns: the series' item
        """
        from .Scene.SeriesInHierarchy import addSeriesInSubjectHierarchy

        instances = instances or self.instancesForFiles(loadable.files)
        uids = [instance.SOPInstanceUID for instance in instances]
        self.addReferences(loadable, instances)
        references = loadable.referencedInstanceUIDs
        return addSeriesInSubjectHierarchy(self.context.scene, node, instances[0], uids, references)

    def addReferences(self, loadable: DICOMLoadable, instances: Sequence[Instance] | None = None) -> None:
        """Note in a loadable which instances its files refer to; what a plugin has noted before stays."""
        if not loadable.referencedInstanceUIDs:
            records = self.instancesForFiles(loadable.files) if instances is None else instances
            loadable.referencedInstanceUIDs = referencedInstanceUIDs(records)

    def defaultSeriesNodeName(self, instance: Instance) -> str:
        """"<SeriesNumber>: <SeriesDescription>", as Slicer names nodes.

        Without a description it names the modality, so that an image and what was computed from it can be told apart.
        """
        description = instance.value("SeriesDescription").strip()
        if not description:
            description = NO_SERIES_DESCRIPTION + (f" ({instance.modality})" if instance.modality else "")
        number = instance.value("SeriesNumber").strip()
        return f"{number}: {description}" if number else description


def announce(parent: object, title: str, helpText: str, pluginClass: type[DICOMPlugin]) -> None:
    """Describe the hidden module of a plugin, and make the plugin known in the host, under its name without "Class".

    Slicer's plugins do this themselves; ours have it here once.

    :param parent: the description of the module, as a scripted module's constructor gets it
    """
    parent.title = title
    parent.categories = ["Developer Tools.DICOM Plugins"]
    parent.hidden = True
    parent.helpText = helpText
    slicer = sys.modules.get("slicer")  # these names exist inside a host only
    if slicer is not None:
        slicer.modules.dicomPlugins[pluginClass.__name__.removesuffix("Class")] = pluginClass
