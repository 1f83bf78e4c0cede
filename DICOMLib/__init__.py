"""DICOM for VTK programs: files, study database, geometry, pixels, scene, plugins. Needs neither Qt nor a display.

The public names are loaded when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

# Public name → module it is in.
_PUBLIC = {
    "DICOMDatabase": ".Database.DICOMDatabase",
    "DICOMError": ".Errors",
    "DICOMExportScalarVolume": ".DICOMExportScalarVolume",
    "DICOMExportScene": ".DICOMExportScene",
    "DICOMExportable": ".DICOMExportable",
    "DICOMIndexer": ".Database.Indexer",
    "DICOMLoadable": ".DICOMLoadable",
    "DICOMPlugin": ".DICOMPlugin",
    "DICOMSender": ".DICOMSender",
    "DICOMServer": ".Networking.Servers",
    "FolderWatcher": ".Database.FolderWatcher",
    "Instance": ".Instance",
    "PluginContext": ".DICOMPlugin",
    "PluginRegistry": ".PluginRegistry",
    "Progress": ".Progress",
    "ScriptingContext": ".ScriptingContext",
    "Settings": ".Settings",
    "SliceStack": ".Geometry.Slices",
    "VoxelArray": ".Pixels.Volume",
    "WatchedFolders": ".Database.WatchedFolders",
    "WorkerPool": ".Workers.WorkerPool",
    "analyzeStack": ".Geometry.Slices",
    "groupStacks": ".Geometry.Slices",
    "readVolume": ".Pixels.Volume",
    "setContext": ".ScriptingContext",
}
_PUBLIC_MODULES = ("DICOMUtils", "Errors", "Tags")

__all__ = ["DICOMUtils", "Errors", "Tags", *_PUBLIC]  # noqa: PLE0604


def __getattr__(name: str):
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name], __name__), name)
    elif name in _PUBLIC_MODULES:
        value = import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps ``DICOMLib.DICOMPlugin`` the class, as in Slicer, when the module file of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _PUBLIC and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
