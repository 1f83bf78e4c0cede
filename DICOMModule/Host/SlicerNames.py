"""The modules that Slicer scripts import: ``slicer``, ``qt``, ``ctk``, and Slicer's own names of ours. Needs no Qt.

They exist only while a host has installed them, and give back what they replaced.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from DICOMLib import DICOMUtils
from DICOMLib.Scene import Nodes
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins import builtinPlugins

from . import ScriptedLoadableModule
from .QtNames import makeCtkModule, makeQtModule
from .SlicerApp import SlicerApp, SlicerModules
from .SlicerExportDialog import qSlicerDICOMExportDialog
from .SlicerUtil import SlicerUtil

if TYPE_CHECKING:
    from .Application import HostApplication


class SlicerNames:
    """Builds and installs the modules for one application.

    :ivar util: the object behind ``slicer.util``
    :ivar app: the object behind ``slicer.app``
    """

    def __init__(self, application: HostApplication):
        self._application = application
        self.util = SlicerUtil(application)
        self.app = SlicerApp(application)
        self._replaced: dict[str, ModuleType | None] = {}
        self._finder = _AliasFinder({name: f"DICOMPlugins.{name}" for name in builtinPlugins()})

    def install(self) -> None:
        """Put the modules where ``import`` finds them."""
        for name, module in self._modules().items():
            self._replaced[name] = sys.modules.get(name)
            sys.modules[name] = module
        sys.meta_path.append(self._finder)

    def uninstall(self) -> None:
        """Take the modules away and put back what was there."""
        for name, previous in self._replaced.items():
            if previous is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = previous
        self._replaced.clear()
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)

    def namespace(self) -> dict[str, object]:
        """Names a script or prompt knows without importing: the modules, and all of ``slicer.util``, as in Slicer."""
        names = {name: sys.modules[name] for name in ("slicer", "qt", "ctk")}
        return {**_publicNames(self.util), **names, "vtk": _lazyModule("vtk")}

    def _modules(self) -> dict[str, ModuleType]:
        slicer = self._makeSlicer()
        return {
            "slicer": slicer,
            "slicer.util": slicer.util,
            "slicer.i18n": slicer.i18n,
            "slicer.ScriptedLoadableModule": ScriptedLoadableModule,
            "qt": makeQtModule(self._hasWindow),
            "ctk": makeCtkModule(self._hasWindow),
        }

    def _hasWindow(self) -> bool:
        return self._application.mainWindow is not None

    def _makeSlicer(self) -> ModuleType:
        slicer = ModuleType("slicer", "The names of 3D Slicer that this program has.")
        slicer.__path__ = []  # makes it a package, so that "import slicer.util" looks in sys.modules
        slicer.mrmlScene = self._application.scene
        slicer.app = self.app
        slicer.modules = SlicerModules(self._application)
        slicer.util = _moduleOf("slicer.util", _publicNames(self.util))
        slicer.i18n = _moduleOf("slicer.i18n", {"tr": _untranslated, "translate": _translateInContext})
        slicer.ScriptedLoadableModule = ScriptedLoadableModule
        slicer.qSlicerDICOMExportDialog = lambda _parent=None: qSlicerDICOMExportDialog(self._application)
        slicer.vtkMRMLScene = _sceneClass(self._application)
        for name in Nodes.__all__:
            setattr(slicer, name, getattr(Nodes, name))
        slicer.__getattr__ = self._findInSlicer
        return slicer

    def _findInSlicer(self, name: str):
        # Not a fixed attribute: a temporary database takes its place while a script works with one.
        if name == "dicomDatabase":
            return DICOMUtils.currentContext().database
        raise AttributeError(f"this program has no slicer.{name}")


def _sceneClass(application: HostApplication) -> type[Scene]:
    """The class whose scenes have the program's way to files, as all of Slicer's have; any scene is one of it."""

    class AnyScene(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, Scene)

    class vtkMRMLScene(Scene, metaclass=AnyScene):  # noqa: N801 Slicer's name
        def __init__(self):
            super().__init__(files=application.sceneAccess)

    return vtkMRMLScene


def _moduleOf(name: str, contents: dict[str, object]) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(contents)
    return module


def _publicNames(instance: object) -> dict[str, object]:
    names = (name for name in dir(instance) if not name.startswith("_") and name != "application")
    return {name: getattr(instance, name) for name in names}


def _untranslated(text: str) -> str:
    return text


def _translateInContext(context: str, text: str) -> str:
    return text


def _lazyModule(name: str) -> ModuleType:
    """A module that is imported at its first use: all of VTK takes most of a second, and few scripts need it."""
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)

    def find(attribute: str):
        return getattr(importlib.import_module(name), attribute)

    module.__getattr__ = find
    return module


class _AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds our plugin modules under the plain names that Slicer gives them."""

    def __init__(self, targets: dict[str, str]):
        self._targets = targets

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name in self._targets and path is None else None

    def create_module(self, spec):
        return None

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(self._targets[module.__name__])
