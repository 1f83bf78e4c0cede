"""Writing the scene as one DICOM object with 3D Slicer's class of this name, for scripts that use it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .DICOMPlugin import PluginContext
from .Errors import ExportError
from .ExportScripting import exportingWith, keywordOf
from .PluginRegistry import PluginRegistry

PLUGIN = "DICOMSlicerDataBundlePlugin"


class DICOMExportScene:
    """``DICOMExportScene(referenceFile, saveDirectoryPath).export()``: attributes are 3D Slicer's.

    :ivar referenceFile: a DICOM file of the patient and study that the scene belongs to; None for a new study
    :ivar saveDirectoryPath: where the file goes, made where it does not exist
    :ivar imageFile: a picture of the scene (PNG or JPEG); default: of the views, else of a volume's middle slices
    :ivar seriesDescription: default "Slicer Data Bundle"
    :ivar optionalTags: DICOM keyword → value; they count more than those of the reference
    :ivar sdbFile: path of the written file, after :meth:`export`

    :param context: default: what the host has set
    """

    def __init__(
        self,
        referenceFile: str | os.PathLike | None = None,
        saveDirectoryPath: str | os.PathLike | None = None,
        *,
        registry: PluginRegistry | None = None,
        context: PluginContext | None = None,
    ):
        self.referenceFile = referenceFile
        self.saveDirectoryPath = saveDirectoryPath
        self.imageFile: str | os.PathLike | None = None
        self.seriesDescription: str | None = None
        self.optionalTags: Mapping[str, str] = {}
        self.sdbFile: str | None = None
        self._registry = registry
        self._context = context

    def export(self) -> bool:
        """Write ``<saveDirectoryPath>/SlicerDataBundle.dcm`` and read it back.

        :returns: True
        :raises ExportError: why it cannot be written; nothing is left then, and no file that was there is replaced
        :raises FileError: when the reference is no DICOM file
        :raises CancelledError: when the context's progress was cancelled
        """
        registry, context = exportingWith(self._registry, self._context)
        if not self.saveDirectoryPath:
            raise ExportError("there is no folder to write to", hint="Set saveDirectoryPath")
        plugin = registry.pluginClass(PLUGIN)()
        plugin.context = context
        tags = {keywordOf(name): str(value) for name, value in self.optionalTags.items()}
        if self.seriesDescription:
            tags["SeriesDescription"] = self.seriesDescription
        self.sdbFile = plugin.exportScene(
            os.fspath(self.saveDirectoryPath), tags,
            None if self.referenceFile is None else os.fspath(self.referenceFile),
            None if self.imageFile is None else os.fspath(self.imageFile),
        )  # fmt: skip
        return True

    def createDICOMFileForScene(self) -> bool:
        """The same as :meth:`export`, as in 3D Slicer."""
        return self.export()
