"""A database, registry and scene with the built-in plugins, as a host has them, without any window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import DICOMPlugins
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMPlugin import DICOMPlugin, PluginContext
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures.RunWorkers import runWorkers

NOTHING: Mapping[str, str] = MappingProxyType({})


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

    def plugin(self, pluginClass: type[DICOMPlugin]) -> DICOMPlugin:
        """One that works on this scene and database."""
        made = pluginClass()
        made.context = self.context
        return made

    def addStudy(self, patient: Mapping[str, str] = NOTHING, study: Mapping[str, str] = NOTHING) -> int:
        """A new patient, Jürgen Müller if not said otherwise, with one study, in the scene. :returns: the study's item

        :param patient: values by keyword; likewise ``study``
        """
        hierarchy = self.scene.GetSubjectHierarchyNode()
        subject = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Müller")
        item = hierarchy.CreateStudyItem(subject, "study")
        for name, value in {"PatientName": "Müller^Jürgen", "PatientID": "P-1", **patient}.items():
            hierarchy.SetItemAttribute(subject, f"DICOM.{name}", value)
        for name, value in study.items():
            hierarchy.SetItemAttribute(item, f"DICOM.{name}", value)
        return item

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
