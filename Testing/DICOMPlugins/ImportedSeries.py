"""A database, registry and scene with the built-in plugins, as a host has them, without any window."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import DICOMPlugins
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures.RunWorkers import runWorkers


@dataclass
class Bench:
    """Imports into memory, examines, loads."""

    database: DICOMDatabase = field(default_factory=DICOMDatabase)
    registry: PluginRegistry = field(default_factory=PluginRegistry)
    scene: Scene = field(default_factory=Scene)
    messages: list[str] = field(default_factory=list)
    workers: WorkerPool | None = field(default_factory=runWorkers)

    def __post_init__(self):
        self.database.openDatabase("")
        DICOMPlugins.registerBuiltins(self.registry)
        self.database.tagsToPrecache = self.registry.tagsToPrecache()
        self.context = PluginContext(self.database, self.scene, workers=self.workers)

    def useOnly(self, name: str) -> None:
        """Let one plugin read everything, also what another would read better."""
        for other in self.registry.names():
            if other != name:
                self.registry.unregister(other)

    def importFolder(self, folder: Path) -> list[str]:
        """SeriesInstanceUIDs."""
        return DICOMIndexer(self.database).importPaths([folder]).seriesUIDs

    def examine(self, *folders: Path):
        series = [uid for folder in folders for uid in self.importFolder(folder)]
        fileLists = [self.database.filesForSeries(uid) for uid in dict.fromkeys(series)]
        return self.registry.examine(fileLists, self.context, messages=self.messages)

    def loadables(self, *folders: Path):
        """All loadables, best first."""
        return [loadable for loadables in self.examine(*folders).values() for loadable in loadables]

    def load(self, *folders: Path):
        """Nodes of what was chosen."""
        nodeIDs = self.registry.load(self.examine(*folders), self.context, self.messages)
        return [self.scene.GetNodeByID(nodeID) for nodeID in nodeIDs]

    def close(self) -> None:
        self.database.closeDatabase()
