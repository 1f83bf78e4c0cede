"""Everything the program works with, in one object that is handed to whoever needs it. Needs no Qt."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from DICOMLib import DICOMUtils
from DICOMLib.Database.Connections import IN_MEMORY
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.FolderWatcher import FolderWatcher
from DICOMLib.Database.TemporaryFolders import TemporaryFolder, removeAbandonedFolders
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.ResourcePaths import loadSampleDataPackage
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SequencesLogic import vtkSlicerSequencesLogic
from DICOMLib.Settings import Settings, SettingsFile
from DICOMLib.Workers.WorkerPool import WorkerPool
from DICOMPlugins import registerBuiltins

from .HostSceneAccess import HostSceneAccess
from .ModuleManager import ModuleManager
from .SlicerNames import SlicerNames
from .UserFolders import defaultDatabaseFile, sampleDataFolder, settingsFile


class HostApplication:
    """Database, scene, plugins, settings and modules of one running program.

    :ivar mainWindow: the window, None without one
    :ivar settingsStore: the mapping below ``settings``; scripts keep values of their own in it
    :ivar workers: processes that decode pixel data; they start when first needed
    :ivar sceneAccess: what the scene, and scenes that scripts make, read and write files with
    :ivar sequencesLogic: plays and finds what browses the scene's sequences
    :ivar folderWatcher: imports what is put into watched folders; whoever shows the database starts it
    """

    def __init__(
        self,
        settings: Settings,
        database: DICOMDatabase,
        scene: Scene,
        registry: PluginRegistry,
        settingsStore: MutableMapping[str, object] | None = None,
    ):
        self.settings = settings
        self.settingsStore = {} if settingsStore is None else settingsStore
        self.database = database
        self.scene = scene
        self.registry = registry
        self.workers = WorkerPool()
        self.sceneAccess = HostSceneAccess(self)
        self.scene.files = self.sceneAccess
        self.sequencesLogic = vtkSlicerSequencesLogic(scene)
        self.folderWatcher = FolderWatcher(
            database, archivesInFolders=lambda: bool(settings.value("DICOM/ArchivesInFolders"))
        )
        self.mainWindow = None
        self.moduleManager = ModuleManager(self)
        self._temporaryFolder: TemporaryFolder | None = None
        self._slicerNames: SlicerNames | None = None

    @classmethod
    def create(
        cls,
        databaseFile: str | os.PathLike | None = None,
        settingsStore: MutableMapping[str, object] | None = None,
        private: bool = False,
        scripting: bool = True,
    ) -> HostApplication:
        """Open the database, register the plugins and, for scripts, install the names they know from Slicer.

        :param databaseFile: default: what the settings say, else the user's own place; ":memory:" keeps nothing
        :param settingsStore: default: the user's settings file
        :param private: nothing of the user's is read and nothing is kept: database and settings in memory
        :param scripting: make ``slicer``, ``qt``, ``ctk`` importable and ``DICOMUtils`` work without arguments, and
            look for scripted modules, which need these names
        :raises DatabaseError: when the database cannot be opened
        :raises SettingsError: when the settings cannot be read
        """
        store = settingsStore
        if store is None:
            store = {} if private else SettingsFile(settingsFile())
        settings = Settings(store)
        removeAbandonedFolders()
        registry = PluginRegistry()
        registerBuiltins(registry)
        database = DICOMDatabase()
        database.openDatabase(databasePath(databaseFile, settings, private))
        application = cls(settings, database, Scene(), registry, store)
        application.useRegisteredTags()
        if scripting:
            application.installScripting()
            application.moduleManager.discover()
        return application

    def installScripting(self) -> None:
        """Give scripts the names they know: the modules ``slicer``, ``qt``, ``ctk``, and ``DICOMUtils``' defaults."""
        if self._slicerNames is None:
            context = DICOMUtils.ScriptingContext(
                self.database, self.scene, self.registry, self.settings, self.workers
            )
            DICOMUtils.setContext(context)
            self._slicerNames = SlicerNames(self)
            self._slicerNames.install()

    @property
    def slicerNames(self) -> SlicerNames | None:
        """The installed names; None before :meth:`installScripting`."""
        return self._slicerNames

    def useRegisteredTags(self) -> None:
        """Have the database keep, from now on, the tags of all registered plugins; call after registering one."""
        self.database.tagsToPrecache = self.registry.tagsToPrecache()

    def pluginContext(self, scene: Scene | None = None, progress: Progress | None = None) -> PluginContext:
        """What plugins work with. :param scene: default: the shown scene; a private one while loading in a thread"""
        target = self.scene if scene is None else scene
        return PluginContext(self.database, target, self.settings, progress, self.workers)

    def temporaryFolder(self) -> Path:
        """A private folder that is removed when the program ends."""
        if self._temporaryFolder is None:
            self._temporaryFolder = TemporaryFolder()
        return Path(self._temporaryFolder.path)

    def sampleDataFolder(self, progress: Progress | None = None) -> Path:
        """A folder with sample DICOM files, generated when first asked for and kept in the user's cache.

        :raises OSError: when the cache cannot be written
        """
        folder = sampleDataFolder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(loadSampleDataPackage().ensureHospitalDay(folder, progress).dicomFolder)

    def close(self) -> None:
        """End modules and worker processes, close the database, remove temporary files; twice does no harm."""
        self.moduleManager.close()
        if self._slicerNames is not None:
            self._slicerNames.uninstall()
            self._slicerNames = None
            DICOMUtils.setContext(None)
        self.folderWatcher.stop()
        self.workers.close()
        self.database.closeDatabase()
        if self._temporaryFolder is not None:
            self._temporaryFolder.remove()
            self._temporaryFolder = None

    def __enter__(self) -> HostApplication:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def databasePath(given: str | os.PathLike | None, settings: Settings, private: bool = False) -> str:
    """Which database is opened: the given one, else what the settings say, else the user's own place."""
    if given is not None:
        return os.fspath(given)
    if private:
        return IN_MEMORY
    return str(settings.value("DICOM/DatabaseFile")) or str(defaultDatabaseFile())
