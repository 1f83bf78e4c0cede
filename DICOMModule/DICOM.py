"""The DICOM module: import, browse, examine, load. The four classes are those of every scripted Slicer module."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence

import numpy

from DICOMLib import ReferencedSeries
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.FolderWatcher import FolderWatcher
from DICOMLib.Database.ImportReport import ImportReport
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.Removal import RemovalReport
from DICOMLib.Database.TemporaryFolders import TemporaryFolder
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.DirectLoading import MAXIMUM_SERIES_AT_ONCE, loadFiles
from DICOMLib.Errors import FileError
from DICOMLib.LoadPreview import LoadPreview
from DICOMLib.Pixels.Decoded import warmUp
from DICOMLib.Pixels.PixelLayout import isNative
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.ReferencedSeries import loadedInstanceUIDs, referencedLoadables
from DICOMLib.ResourcePaths import loadSampleDataPackage
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMLib.Workers.WorkerPool import WorkerPool
from DICOMPlugins import registerBuiltins

from .Host.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)

# Files hold positions as decimal text of at most 16 characters (PS3.5 6.2, DS).
MATRIX_TOLERANCE = 1e-3
# The sample CT has noise, and a coarse voxel at a sphere's centre holds nothing but sphere.
HOUNSFIELD_TOLERANCE = 25.0

PreviewTaker = Callable[[LoadPreview], None]


class DICOM(ScriptedLoadableModule):
    """What the module manager shows about the module."""

    def __init__(self, parent):
        super().__init__(parent)
        self.parent.title = "DICOM"
        self.parent.categories = ["", "Informatics"]
        self.parent.dependencies = []
        self.parent.contributors = ["The DICOMModule authors"]
        self.parent.helpText = "Imports DICOM files into a database, browses them, and loads series into the scene."
        self.parent.acknowledgementText = "Behaves as 3D Slicer's DICOM module does."


class DICOMLogic(ScriptedLoadableModuleLogic):
    """The work, without Qt: whatever takes a progress object runs in any thread, :meth:`showInScene` in the scene's.

    :param database: an open study database
    :param scene: where loaded data goes
    :param registry: plugins that examine and load
    :param settings: which plugins are enabled, and their options
    :param workers: processes that decode compressed pixels; plugins start their own without
    :param watcher: imports what is put into the database's watched folders; None: nobody does
    """

    def __init__(
        self,
        parent=None,
        *,
        database: DICOMDatabase,
        scene: Scene,
        registry: PluginRegistry,
        settings: Settings,
        workers: WorkerPool | None = None,
        watcher: FolderWatcher | None = None,
    ):
        super().__init__(parent)
        self.database = database
        self.scene = scene
        self.registry = registry
        self.settings = settings
        self.workers = workers
        self.watcher = watcher

    @classmethod
    def fromApplication(cls, application) -> DICOMLogic:
        """A logic that works on a host's database and scene."""
        return cls(
            database=application.database,
            scene=application.scene,
            registry=application.registry,
            settings=application.settings,
            workers=application.workers,
            watcher=application.folderWatcher,
        )

    def importPaths(
        self, paths: Sequence[str], copyFiles: bool = False, progress: Progress | None = None
    ) -> ImportReport:
        """Index files and folders. :returns: the ImportReport; cancelled imports keep what was committed"""
        followLinks = bool(self.settings.value("DICOM/FollowLinks"))
        archivesInFolders = bool(self.settings.value("DICOM/ArchivesInFolders"))
        return DICOMIndexer(self.database).importPaths(
            list(paths), copyFiles=copyFiles, progress=progress, followLinks=followLinks,
            archivesInFolders=archivesInFolders,
        )  # fmt: skip

    def parentsOfSeries(self, seriesUIDs: Sequence[str]) -> tuple[set[str], set]:
        """Studies and patients that series belong to."""
        studyUIDs = {self.database.studyForSeries(uid) for uid in seriesUIDs} - {""}
        return studyUIDs, {self.database.patientForStudy(uid) for uid in studyUIDs}

    def removalCounts(self, level: str, uids: Sequence) -> RemovalReport:
        """Copies in the database folder would be deleted, linked files only forgotten."""
        previews = [self.database.removalPreview(level, uid) for uid in uids]
        return RemovalReport(
            instances=sum(one.instances for one in previews),
            copiesDeleted=sum(one.copiesDeleted for one in previews),
            originalsKept=sum(one.originalsKept for one in previews),
            bytesDeleted=sum(one.bytesDeleted for one in previews),
            backups=previews[0].backups if previews else [],
        )

    def remove(self, level: str, uids: Sequence, progress: Progress | None = None) -> None:
        """Take patients, studies or series out of the database, one after the other.

        :raises FileError: when copies in the database folder could not be deleted; they are forgotten all the same
        """
        removeOne = {
            "patient": self.database.removePatient,
            "study": self.database.removeStudy,
            "series": self.database.removeSeries,
        }[level]
        undeletable: list[bytes] = []
        for number, uid in enumerate(uids):
            if progress is not None:
                progress.raiseIfCancelled()
                progress.report(number, len(uids))
            undeletable += removeOne(uid, progress).undeletable
        if undeletable:
            raise FileError(f"{len(undeletable)} files are forgotten but could not be deleted", undeletable[0])

    def examine(self, seriesUIDs: Sequence[str], progress: Progress | None = None) -> tuple[dict, list[str]]:
        """What the plugins make of series. :returns: loadables by plugin, the best selected; and what went wrong"""
        messages: list[str] = []
        fileLists = [self.database.filesForSeries(uid) for uid in seriesUIDs]
        # Without a scene: this may be a worker thread, and the shown scene belongs to the window's.
        context = PluginContext(self.database, None, self.settings, progress, self.workers)
        return self.registry.examine(fileLists, context, messages=messages, progress=progress), messages

    def prepareToLoad(self, seriesUIDs: Sequence[str]) -> None:
        """Somebody may be about to load series: start what decodes them, if anything has to. Returns at once."""
        first = [path for uid in seriesUIDs[:MAXIMUM_SERIES_AT_ONCE] for path in self.database.filesForSeries(uid, 1)]
        instances = self.database.instanceRecordsForFiles(first) if self.workers is not None else []
        if any(instance.hasPixelData and not isNative(instance) for instance in instances):
            warmUp(self.workers)

    def load(
        self, loadablesByPlugin: dict, progress: Progress | None = None, onPreview: PreviewTaker | None = None
    ) -> tuple[Scene, list[str]]:
        """Read the selected loadables into a scene of their own.

        :param onPreview: is given what can be looked at meanwhile, on the thread that reads
        :returns: that scene, and what could not be loaded
        """
        messages: list[str] = []
        staging = Scene()
        context = PluginContext(self.database, staging, self.settings, progress, self.workers, onPreview)
        self.registry.load(loadablesByPlugin, context, messages=messages, progress=progress)
        return staging, messages

    def loadFiles(
        self, paths: Sequence[str], progress: Progress | None = None, onPreview: PreviewTaker | None = None
    ) -> tuple[Scene, list[str]]:
        """Read files and folders into a scene of their own without importing them. :returns: as :meth:`load`"""
        messages: list[str] = []
        staging = Scene()
        # What is loaded at once is not asked for: a scene from elsewhere is refused, and said how it can be opened.
        context = PluginContext(
            None, staging, self.settings, progress, self.workers, onPreview, confirmScene=lambda summary: False
        )
        loadFiles(paths, self.registry, context, messages, progress, mostSeries=MAXIMUM_SERIES_AT_ONCE)
        return staging, messages

    def loadedInstances(self) -> set[str]:
        """SOP instance UIDs of what is in the shown scene; only for the thread that owns the scene."""
        return loadedInstanceUIDs(self.scene)

    def references(self, loadablesByPlugin: dict, loaded: Collection[str], progress: Progress | None = None) -> dict:
        """Ways to load the series that loaded ones refer to; none when the settings do not want them.

        :param loaded: instances in the shown scene, which are not offered again
        """
        if self.settings.value(ReferencedSeries.SETTING) == ReferencedSeries.NEVER:
            return {}
        context = PluginContext(self.database, None, self.settings, progress, self.workers)
        return referencedLoadables(loadablesByPlugin, self.registry, context, loaded, progress=progress)

    def showPreview(self, preview: LoadPreview | None) -> None:
        """Let views show a volume that is still being read, or no longer; only for the thread that owns the scene."""
        if preview is None:
            self.scene.setPreviewNode(None)
        else:
            self.scene.setPreviewNode(preview.node, preview.numbersRead)

    def showInScene(self, staging: Scene, isBeside: bool = False) -> list:
        """Move a staging scene's nodes into the shown scene.

        :param isBeside: volumes join hidden where there is a volume already, so that views go on showing that
        :returns: the volumes and other data nodes among them
        """
        if isBeside and self.scene.GetNodesByClass("vtkMRMLVolumeNode"):
            for node in staging.GetNodesByClass("vtkMRMLVolumeNode"):
                if node.GetDisplayNode() is not None:
                    node.GetDisplayNode().SetVisibility(False)
        newIDs = self.scene.merge(staging)
        nodes = [self.scene.GetNodeByID(nodeID) for nodeID in newIDs.values()]
        return [node for node in nodes if node is not None and node.IsA("vtkMRMLDisplayableNode")]


class DICOMWidget(ScriptedLoadableModuleWidget):
    """The panel. Scripts find ``browserWidget`` and Slicer's method names here and on it."""

    def setup(self) -> None:
        """Build the panel around the host's database and scene."""
        # Qt is loaded here and not above: logic and test also run without.
        from DICOMLib.Widgets import ErrorReporter, JobRunner, SlicerDICOMBrowser

        super().setup()
        application = self.application
        self.jobs = JobRunner(self.parent)
        self.reporter = ErrorReporter(self.parent)
        self.jobs.callbackFailed.connect(lambda error: self.reporter.report(error))
        self.logic = DICOMLogic.fromApplication(application)
        self.browserWidget = SlicerDICOMBrowser(self.logic, self.jobs, application.settings, self.reporter)
        self.browserWidget.exports.takePicture = self._picture
        self.layout.addWidget(self.browserWidget, 1)
        application.folderWatcher.start()

    def _picture(self) -> numpy.ndarray | None:
        """Of the views; None in a window of another program."""
        from .Host.ViewsPicture import viewsPicture

        layoutManager = getattr(self.application.mainWindow, "layoutManager", None)
        return None if layoutManager is None else viewsPicture(layoutManager)

    def cleanup(self) -> None:
        """Stop jobs and let go of the database; the panel is about to be destroyed."""
        self.jobs.shutdown()
        self.browserWidget.close()

    def onSeriesSelected(self, seriesUIDs: Sequence[str]) -> None:
        """Select series in the browser."""
        self.browserWidget.onSeriesSelected(seriesUIDs)

    def examineForLoading(self) -> dict:
        """Examine the selected series and wait for it. :returns: plugin → loadables"""
        return self.browserWidget.examineForLoading()

    def loadCheckedLoadables(self) -> None:
        """Load what is ticked among the examined, and wait for it."""
        self.browserWidget.loadCheckedLoadables()

    def importFolders(self, folders: Sequence[str], copyFiles: bool | None = None) -> None:
        """Import folders in the background, linked or copied as the menu says."""
        self.browserWidget.importPaths(folders, copyFiles)

    def importPaths(self, paths: Sequence[str], copyFiles: bool | None = None, loadAfterImport: bool = False) -> None:
        """Import files and folders in the background and, if wanted, load what was imported."""
        self.browserWidget.importPaths(paths, copyFiles, loadAfterImport)

    def loadFiles(self, paths: Sequence[str]) -> None:
        """Load files and folders in the background without importing them."""
        self.browserWidget.loadFiles(paths)

    def waitForImportFinished(self) -> None:
        """Block until imports, and the loading that follows them, are done: for scripts."""
        self.browserWidget.dicomBrowser.waitForImportFinished()
        self.browserWidget.loads.wait()


class DICOMTest(ScriptedLoadableModuleTest):
    """Makes sample data, imports it into a temporary database, loads it, and compares place and voxel values.

    Database, scene and settings are the test's own: nothing of the user's is touched.
    """

    def runTest(self) -> None:
        """Run all tests. :raises AssertionError: when one fails"""
        self.setUp()
        self.test_importExamineLoad()
        self.delayDisplay("The DICOM module works.")

    def test_importExamineLoad(self) -> None:
        """Files → database → loadables → volumes at the right place with the right values."""
        with TemporaryFolder() as folder:
            self.delayDisplay("Making sample data")
            sample = loadSampleDataPackage().generateHospitalDay(os.path.join(folder, "data"), small=True)
            database = DICOMDatabase()
            database.openDatabase(os.path.join(folder, "database", "DICOM.sqlite"))
            try:
                self._check(self._testLogic(database), sample)
            finally:
                database.closeDatabase()

    def _testLogic(self, database: DICOMDatabase) -> DICOMLogic:
        registry = PluginRegistry()
        registerBuiltins(registry)
        database.tagsToPrecache = registry.tagsToPrecache()
        return DICOMLogic(database=database, scene=Scene(), registry=registry, settings=Settings())

    def _check(self, logic: DICOMLogic, sample) -> None:
        report = logic.importPaths([str(sample.dicomFolder)])
        self.delayDisplay(report.summary())
        self.assertEqual(report.instancesAdded, sample.fileCount)
        self.assertEqual(report.skipped, [])
        ct = self._load(logic, sample.seriesByDescription("CT Head"))
        for sphere in sample.spheres:
            self.assertLess(abs(valueAt(ct, sphere.centerRAS) - sphere.hounsfield), HOUNSFIELD_TOLERANCE, sphere.name)
        self.delayDisplay(f"Found {len(sample.spheres)} spheres where they belong")
        self._load(logic, sample.seriesByDescription("T1 oblique"))

    def _load(self, logic: DICOMLogic, series):
        """Load one series and compare its grid; returns the node."""
        loadables, messages = logic.examine([series.seriesInstanceUID])
        self.assertEqual(messages, [])
        staging, messages = logic.load(loadables)
        self.assertEqual(messages, [])
        nodes = logic.showInScene(staging)
        self.assertEqual(len(nodes), 1)
        node = nodes[0]
        self.assertEqual(tuple(node.GetImageData().GetDimensions()), series.dimensions)
        difference = abs(node.ijkToRASArray() - numpy.array(series.ijkToRAS)).max()
        self.assertLess(difference, MATRIX_TOLERANCE, "IJK to RAS")
        self.delayDisplay(f"Loaded {node.GetName()}: {series.dimensions}, spacing {node.GetSpacing()}")
        return node


def valueAt(node, ras: Sequence[float]) -> float:
    """Value of the voxel nearest to a point. :param ras: mm"""
    index = numpy.rint(numpy.linalg.inv(node.ijkToRASArray()) @ [*ras, 1.0]).astype(int)
    return float(node.voxelArray()[index[2], index[1], index[0]])
