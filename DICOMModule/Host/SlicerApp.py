"""``slicer.app`` and ``slicer.modules``: the application and its modules as Slicer scripts see them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from types import SimpleNamespace
from typing import TYPE_CHECKING

from DICOMLib.Errors import SettingsError

from ..Version import VERSION
from .ModuleManager import ModuleError

if TYPE_CHECKING:
    from .Application import HostApplication

# Characters that Slicer keeps in file names; the others are taken out.
_FILE_NAME_CHARACTERS = "()[]{}._- @!#$%^&+=~"


class ScriptSettings:
    """Settings with the methods of QSettings: the program's own, checked, and whatever else scripts keep."""

    def __init__(self, application: HostApplication):
        self._application = application
        self._groups: list[str] = []

    def _name(self, key: str) -> str:
        return "/".join([*self._groups, key])

    def value(self, key: str, default=None):
        """The value, ``default`` when it is not set."""
        name = self._name(key)
        if name not in self._application.settingsStore:
            return default
        try:
            return self._application.settings.value(name)
        except SettingsError:  # not one of the program's own
            return self._application.settingsStore[name]

    def setValue(self, key: str, value) -> None:
        """:raises SettingsError: when one of the program's own settings wants another kind of value"""
        name = self._name(key)
        try:
            self._application.settings.value(name)
        except SettingsError:
            self._application.settingsStore[name] = value
        else:
            self._application.settings.setValue(name, value)

    def contains(self, key: str) -> bool:
        return self._name(key) in self._application.settingsStore

    def remove(self, key: str) -> None:
        """Forget a value, and all below it."""
        name = self._name(key)
        for stored in list(self._application.settingsStore):
            if stored == name or stored.startswith(name + "/"):
                del self._application.settingsStore[stored]

    def beginGroup(self, prefix: str) -> None:
        self._groups.append(prefix)

    def endGroup(self) -> None:
        self._groups.pop()

    def allKeys(self) -> list[str]:
        prefix = "".join(f"{group}/" for group in self._groups)
        stored = sorted(self._application.settingsStore)
        return [name.removeprefix(prefix) for name in stored if name.startswith(prefix)]

    def sync(self) -> None:
        """Nothing to do: every change is written at once."""


class IOManager:
    """The part of Slicer's input/output manager that scripts for DICOM use."""

    @staticmethod
    def forceFileNameValidCharacters(name: str) -> str:
        """The name without characters that some file systems refuse."""
        return "".join(c for c in name if c.isalnum() or c in _FILE_NAME_CHARACTERS).strip()


class SlicerApp:
    """``slicer.app``.

    :ivar application: the host itself
    """

    applicationName = "DICOMModule"
    mainApplicationName = "DICOMModule"
    applicationVersion = VERSION

    def __init__(self, application: HostApplication):
        self.application = application
        self._ioManager = IOManager()

    def settings(self) -> ScriptSettings:
        return ScriptSettings(self.application)

    userSettings = settings
    revisionUserSettings = settings

    def mrmlScene(self):
        return self.application.scene

    def ioManager(self) -> IOManager:
        return self._ioManager

    def moduleManager(self):
        return self.application.moduleManager

    def layoutManager(self):
        """The views; None without a window."""
        window = self.application.mainWindow
        return None if window is None else window.layoutManager

    def dicomDatabase(self):
        return self.application.database

    @property
    def temporaryPath(self) -> str:
        """A private folder that is removed when the program ends."""
        return str(self.application.temporaryFolder())

    def commandOptions(self) -> SimpleNamespace:
        """Which options the program was started with."""
        return SimpleNamespace(noMainWindow=self.application.mainWindow is None, testingEnabled=False)

    def testingEnabled(self) -> bool:
        return False

    def processEvents(self, *_) -> None:
        """Let the window react; nothing without one."""
        if self.application.mainWindow is not None:
            from qtpy.QtWidgets import QApplication

            QApplication.processEvents()

    def exit(self, status: int = 0) -> None:
        """End the program: close its window, or without one end the script with this exit code."""
        if self.application.mainWindow is None:
            sys.exit(status)
        from qtpy.QtWidgets import QApplication

        QApplication.exit(status)

    quit = exit


class DICOMPluginNames(MutableMapping):
    """``slicer.modules.dicomPlugins``: writing to it registers a plugin, as hidden modules of Slicer do."""

    def __init__(self, application: HostApplication):
        self._registry = application.registry

    def __getitem__(self, name: str) -> type:
        if name not in self._registry.names():
            raise KeyError(name)
        return self._registry.pluginClass(name)

    def __setitem__(self, name: str, pluginClass: type) -> None:
        self._registry.register(name, pluginClass)

    def __delitem__(self, name: str) -> None:
        if name not in self._registry.names():
            raise KeyError(name)
        self._registry.unregister(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry.names())

    def __len__(self) -> int:
        return len(self._registry.names())


class SlicerModules:
    """``slicer.modules``: modules by their lower-case name, ``NameWidget`` panels, ``dicomPlugins``, and of Slicer's
    own ``sequences`` the logic."""

    def __init__(self, application: HostApplication):
        self._application = application
        self.dicomPlugins = DICOMPluginNames(application)
        self.sequences = SimpleNamespace(logic=lambda: application.sequencesLogic)

    def __getattr__(self, name: str):
        manager = self.__dict__["_application"].moduleManager
        try:
            for suffix, find in (("Widget", manager.widgetRepresentation), ("Instance", manager.instance)):
                if name.endswith(suffix) and name != suffix:
                    return find(name.removesuffix(suffix))
            return manager.module(name)
        except ModuleError as error:
            raise AttributeError(f"slicer.modules has no {name!r}: {error}") from error
