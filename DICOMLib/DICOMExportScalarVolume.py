"""Writing one volume as DICOM with 3D Slicer's class of this name, for scripts that use it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .DICOMExportable import DICOMExportable
from .DICOMPlugin import PluginContext
from .Errors import ExportError
from .ExportScripting import exportingWith, keywordOf

if TYPE_CHECKING:
    from .PluginRegistry import PluginRegistry
    from .Scene.Node import vtkMRMLNode

PLUGIN = "DICOMScalarVolumePlugin"
USUAL_PREFIX = "IMG"


class DICOMExportScalarVolume:
    """``DICOMExportScalarVolume(studyUID, volumeNode, tags, directory).export()``

    :param studyUID: of the study, where `tags` has none
    :param tags: DICOM keywords, or Slicer's words for them ("Patient Name"), → values
    :param directory: where the files go, made where it does not exist
    :param filenamePrefix: files are ``<prefix>0001.dcm`` and so on; default "IMG"
    :param context: default: what the host has set
    """

    def __init__(
        self,
        studyUID: str,
        volumeNode: vtkMRMLNode,
        tags: Mapping[str, str],
        directory: str | os.PathLike,
        filenamePrefix: str | None = None,
        *,
        registry: PluginRegistry | None = None,
        context: PluginContext | None = None,
    ):
        self.studyUID = studyUID
        self.volumeNode = volumeNode
        self.tags = tags
        self.directory = os.fspath(directory)
        self.filenamePrefix = filenamePrefix or USUAL_PREFIX
        self._registry = registry
        self._context = context

    def export(self) -> bool:
        """Write the volume's slices and read them back.

        :returns: True
        :raises ExportError: why it cannot be written; nothing is left then, and no file that was there is replaced
        :raises CancelledError: when the context's progress was cancelled
        """
        from .Export.Destination import Destination

        registry, context = exportingWith(self._registry, self._context)
        exportable = self._exportable(context)
        with Destination(self.directory) as destination:
            private = destination.privateFolder()
            exportable.directory = private
            (written,) = registry.export([exportable], context)
            self._moveUp(written.folder, private)
            destination.publish()
        return True

    def _exportable(self, context: PluginContext) -> DICOMExportable:
        hierarchy = context.scene.GetSubjectHierarchyNode()
        item = hierarchy.GetItemByDataNode(self.volumeNode)
        if not item:
            raise ExportError("there is no volume in the scene to export")
        tags = {keywordOf(name): str(value) for name, value in self.tags.items()}
        tags["StudyInstanceUID"] = tags.get("StudyInstanceUID", "").strip() or self.studyUID or ""
        return DICOMExportable(
            name=self.volumeNode.GetName() or "", subjectHierarchyItemID=item, pluginClass=PLUGIN, tags=tags
        )

    def _moveUp(self, folder: str, target: str) -> None:
        for name in sorted(os.listdir(folder)):
            own = self.filenamePrefix + name.removeprefix(USUAL_PREFIX)
            os.rename(os.path.join(folder, name), os.path.join(target, own))
        os.rmdir(folder)
