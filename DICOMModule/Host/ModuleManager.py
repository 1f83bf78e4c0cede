"""Scripted modules: finding, importing and showing them. Needs Qt only to show one."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

from DICOMLib.Errors import DICOMError, displayPath

BUILTIN_FOLDER = Path(__file__).resolve().parent.parent
BUILTIN_PACKAGE = "DICOMModule"


class ModuleError(DICOMError):
    """A scripted module cannot be used; ``where`` is its name or file."""


@dataclass
class ScriptedModule:
    """One module: what its file says, and what was made of it so far.

    :ivar hasWidget: whether the file has a panel class; without one it is imported at start, to register what it has
    :ivar info: what the module said of itself (title, categories, hidden, …)
    """

    name: str
    path: Path
    hasWidget: bool
    package: str = ""
    info: SimpleNamespace = field(default_factory=SimpleNamespace)
    pythonModule: ModuleType | None = None
    instance: object = None
    widget: object = None
    manager: ModuleManager | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return getattr(self.info, "title", "") or self.name

    @property
    def hidden(self) -> bool:
        return bool(getattr(self.info, "hidden", False)) or not self.hasWidget

    def widgetRepresentation(self):
        """The panel. :raises ModuleError: without a window"""
        return self.manager.widgetRepresentation(self.name)

    def logic(self):
        """An object of the module's logic class. :raises ModuleError: when it has none"""
        return self.manager.logic(self.name)


class ModuleManager:
    """Finds modules in the program's own folder and in those the user added.

    A file is a module if it has a class named as the file. A file that cannot be imported gives a message; the others
    are used.

    :ivar messages: what went wrong, one sentence each
    """

    def __init__(self, application):
        self._application = application
        self._modules: dict[str, ScriptedModule] = {}
        self._current = ""
        self.messages: list[str] = []

    # Finding

    def discover(self, folders: Iterable[Path | str] | None = None) -> list[str]:
        """Look for modules, import those without a panel, and register the plugins they bring.

        :param folders: default: the built-in folder, then those of the setting Modules/AdditionalPaths
        :returns: names of all modules known now
        """
        if folders is None:
            folders = (BUILTIN_FOLDER, *self._application.settings.value("Modules/AdditionalPaths"))
        for folder in map(Path, folders):
            if not folder.is_dir():
                hint = "Remove it from the settings or make it"
                self.messages.append(str(ModuleError("the module folder does not exist", folder, hint=hint)))
                continue
            for path in sorted(folder.glob("*.py")):
                if path.is_file():  # reading a named pipe would wait for ever
                    self._consider(path)
        for module in list(self._modules.values()):
            if not module.hasWidget and module.instance is None:
                self._tryToImport(module)
        self._application.useRegisteredTags()
        return self.moduleNames()

    def _consider(self, path: Path) -> None:
        if path.stem in self._modules or path.stem.startswith("_"):
            return
        try:
            classes = _classNames(path)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.messages.append(f"{displayPath(path)}: the module cannot be read ({error}).")
            return
        if path.stem in classes:
            package = BUILTIN_PACKAGE if path.parent.resolve() == BUILTIN_FOLDER else ""
            hasWidget = f"{path.stem}Widget" in classes
            self._modules[path.stem] = ScriptedModule(path.stem, path, hasWidget, package, manager=self)

    def moduleNames(self) -> list[str]:
        return list(self._modules)

    def modules(self) -> list[ScriptedModule]:
        return list(self._modules.values())

    def module(self, name: str) -> ScriptedModule:
        """A module by name, in any case. :raises ModuleError: when there is none"""
        found = next((module for module in self._modules.values() if module.name.lower() == name.lower()), None)
        if found is None:
            raise ModuleError("there is no such module", name, hint=f"There are: {', '.join(self._modules) or 'none'}")
        return found

    # Importing

    def importModule(self, name: str) -> ScriptedModule:
        """Import a module and make the object that describes it, once.

        :raises ModuleError: when its code fails
        """
        module = self.module(name)
        if module.instance is None:
            try:
                module.pythonModule = self._imported(module)
                module.instance = getattr(module.pythonModule, module.name)(module.info)
            # Modules are other people's code: one that fails must not keep the program from starting.
            except (Exception, SystemExit) as error:
                raise ModuleError(f"the module failed to start: {_shortly(error)}", module.path) from error
        return module

    def _tryToImport(self, module: ScriptedModule) -> None:
        try:
            self.importModule(module.name)
        except ModuleError as error:
            self.messages.append(str(error))
            del self._modules[module.name]

    def _imported(self, module: ScriptedModule) -> ModuleType:
        if module.package:
            return importlib.import_module(f"{module.package}.{module.name}")
        folder = str(module.path.parent)
        if folder not in sys.path:
            sys.path.append(folder)  # its own helper files are imported by plain names, as in Slicer
        spec = importlib.util.spec_from_file_location(module.name, module.path)
        pythonModule = importlib.util.module_from_spec(spec)
        sys.modules[module.name] = pythonModule
        try:
            spec.loader.exec_module(pythonModule)
        except BaseException:  # sys.exit as well: half a module must not be found by the next import
            del sys.modules[module.name]
            raise
        return pythonModule

    # Using

    def instance(self, name: str):
        """The object that describes a module, with its ``runTest``. :raises ModuleError: when its code fails"""
        return self.importModule(name).instance

    def logic(self, name: str):
        """An object of the module's logic class. :raises ModuleError: when it has none or its code fails"""
        module = self.importModule(name)
        logicClass = getattr(module.pythonModule, f"{module.name}Logic", None)
        if logicClass is None:
            raise ModuleError("the module has no logic class", module.name)
        return getattr(logicClass, "fromApplication", lambda _application: logicClass())(self._application)

    def attachWindow(self, mainWindow) -> None:
        """Give every visible module a page in the window's module panel; panels are built when first shown."""
        for module in self.modules():
            if module.hasWidget:
                mainWindow.modulePanel.addPage(module.name, module.title, getattr(module.info, "icon", None))
        mainWindow.modulePanel.moduleSelected.connect(self._onSelected)

    def widgetRepresentation(self, name: str):
        """The module's panel (an object of its widget class), built when first asked for.

        :raises ModuleError: without a window, or when the module has no panel or its code fails
        """
        module = self.importModule(name)
        if module.widget is None:
            if not module.hasWidget:
                raise ModuleError("the module has no panel", module.name)
            window = self._application.mainWindow
            if window is None:
                raise ModuleError("the module's panel needs a window, and this program runs without one", module.name)
            page = window.modulePanel.addPage(module.name, module.title, getattr(module.info, "icon", None))
            module.widget = self.buildWidget(module, page)
        return module.widget

    def buildWidget(self, module: ScriptedModule, page):
        """Build a panel in a page (a widget with a layout). :raises ModuleError: when the module's code fails"""
        page.hostApplication = self._application
        try:
            widget = getattr(module.pythonModule, f"{module.name}Widget")(page)
            widget.setup()
        # As for importing: another person's code.
        except (Exception, SystemExit) as error:
            raise ModuleError(f"the module's panel failed to start: {_shortly(error)}", module.path) from error
        return widget

    def selectModule(self, name: str) -> None:
        """Show a module's panel. :raises ModuleError: as widgetRepresentation"""
        module = self.module(name)
        self.widgetRepresentation(module.name)
        self._application.mainWindow.modulePanel.showPage(module.name)
        self._onSelected(module.name)

    def selectedModule(self) -> str:
        """The name of the module shown, "" for none."""
        return self._current

    def _onSelected(self, name: str) -> None:
        if name == self._current:
            return
        widget = self.widgetRepresentation(name)
        previous = self._modules.get(self._current)
        self._current = name
        if previous is not None and previous.widget is not None:
            previous.widget.exit()
        widget.enter()

    def closeWidgets(self) -> None:
        """Let panels end their work before the window goes; each is asked even if another fails."""
        for module in self.modules():
            widget, module.widget = module.widget, None
            if widget is None:
                continue
            try:
                widget.cleanup()
            # Another person's code once more; the window closes whatever happens.
            except (Exception, SystemExit):  # noqa: BLE001
                self.messages.append(f"{module.name}: the panel failed to close ({_lastLine()}).")
        self._current = ""

    def close(self) -> None:
        """Close the panels and forget the modules that were imported from user folders."""
        self.closeWidgets()
        for module in self.modules():
            if not module.package and sys.modules.get(module.name) is module.pythonModule is not None:
                del sys.modules[module.name]
            if str(module.path.parent) in sys.path and not module.package:
                sys.path.remove(str(module.path.parent))
        self._modules.clear()


def _classNames(path: Path) -> set[str]:
    """Classes a file defines, without running it."""
    tree = ast.parse(path.read_bytes(), str(path))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def _shortly(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _lastLine() -> str:
    return traceback.format_exc().strip().splitlines()[-1]
