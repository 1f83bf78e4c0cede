"""The house rules a machine can check, read from the source without importing it.

``findViolations(root)`` looks at the three packages, at ``Resources``, at ``launch.py`` and at the tests below one
folder, so that the tests can point it at the project and at trees with a planted fault.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
QT_MODULES = {
    "qtpy", "PyQt5", "PyQt6", "PySide2", "PySide6", "sip", "pyvistaqt", "qtconsole", "superqt", "vtkmodules.qt",
}  # fmt: skip
QT_PLACES = ("DICOMLib/Widgets/", "DICOMModule/Host/", "DICOMModule/DICOM.py")
# Programs as users write them, on top of everything.
EXAMPLES = "Resources/Examples/"
PACKAGES = {"DICOMLib": set(), "DICOMPlugins": {"DICOMLib"}, "DICOMModule": {"DICOMLib", "DICOMPlugins"}}

# Inside DICOMLib. The foundation is for everybody; the modules beside it (plugin base, registry, scripting facade)
# stand above the folders, and Widgets above all.
FOUNDATION = {
    "Errors", "FrameColumns", "HelperProcess", "Instance", "NestedTags", "PersonNames", "Processors", "Progress",
    "ProgressRate", "ResourcePaths", "Settings", "SliceSource", "SystemMemory", "TagPaths", "Tags", "TransferSyntaxes",
    "Wording",
}
PLUGIN_DESCRIPTIONS = {"DICOMLoadable", "DICOMExportable"}
FOLDERS = {
    "Files": set(),
    "Workers": set(),
    "Media": {"Files", "Workers"},
    "Geometry": {"Files"},
    "Pixels": {"Files", "Workers", "Geometry"},
    "Diffusion": set(),
    "Scene": {"Files", "Workers", "Geometry", "Pixels", "Diffusion"},
    "Database": {"Files", "Workers", "Media", "Geometry", "Pixels"},
    "Networking": {"Files", "Workers", "Database"},
    "Export": {
        "Files", "Media", "Workers", "Geometry", "Pixels", "Database", "Scene", "Networking",
        "DICOMExportable", "DICOMPlugin", "PluginRegistry",  # it runs plugins, which know nothing of it
    },
    "SceneFiles": {"Files", "Media", "Workers", "Geometry", "Pixels", "Database", "Scene", "Export"},
}

# A test that reads one fails where the machine is busy. Seconds are promised (Promises.py), waits are Waiting.py's.
CLOCKS = {
    "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time",
    "thread_time_ns", "QElapsedTimer",
}  # fmt: skip
PLACES_OF_CLOCKS = ("Testing/Fixtures/", "Testing/Benchmarks/")


@dataclass(frozen=True)
class Violation:
    """One broken rule: its name, the file from the root and the line, and what is there."""

    rule: str
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


@dataclass(frozen=True)
class Import:
    """One import statement's target, as a full dotted name."""

    target: str
    line: int
    onlyForTypes: bool


def findViolations(root: Path) -> list[Violation]:
    """Everything below ``root`` that leaves the house rules, in the order of the files."""
    sources = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in _sourceFiles(root)}
    modules = {_moduleName(path): path for path in sources}
    found: list[Violation] = []
    edges: dict[str, set[str]] = {}
    for path, source in sources.items():
        nodes = list(ast.walk(ast.parse(source, path)))
        imports = list(_imports(nodes, path, modules))
        found += _sizes(path, source, nodes)
        found += _prints(path, nodes)
        for item in imports:
            found += [Violation(rule, path, item.line, item.target) for rule in _brokenImportRules(path, item.target)]
        edges[_moduleName(path)] = {item.target for item in imports if item.target in modules and not item.onlyForTypes}
    for path in sorted((root / "Testing").rglob("test_*.py")):
        found += _clocks(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    return found + [Violation("import cycle", modules[cycle[0]], 1, " -> ".join(cycle)) for cycle in _cycles(edges)]


def _sourceFiles(root: Path) -> list[Path]:
    files = [path for folder in (*PACKAGES, "Resources") for path in (root / folder).rglob("*.py")]
    return sorted(files + [path for path in (root / "launch.py",) if path.exists()])


def _moduleName(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(nodes: list[ast.AST], path: str, modules: dict[str, str]) -> Iterator[Import]:
    """Every import of a file, also those inside functions and by ``import_module("name")``."""
    typesOnly = {id(node) for block in nodes if _isTypeChecking(block) for node in ast.walk(block)}
    for node in nodes:
        for target in _targets(node, path, modules):
            yield Import(target, node.lineno, id(node) in typesOnly)


def _isTypeChecking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and _lastName(node.test) == "TYPE_CHECKING"


def _targets(node: ast.AST, path: str, modules: dict[str, str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _absoluteName(node, path)
        # "from package import name" reaches the module of that name where there is one, else the package itself.
        return [full if (full := f"{base}.{alias.name}") in modules else base for alias in node.names]
    if isinstance(node, ast.Call) and _lastName(node.func) in ("import_module", "__import__"):
        return [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
    return []


def _lastName(node: ast.expr) -> str | None:
    """Of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def _absoluteName(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    package = path.split("/")[: -node.level]
    return ".".join([*package, node.module] if node.module else package)


def _brokenImportRules(path: str, target: str) -> Iterator[str]:
    if path.startswith(EXAMPLES):
        return
    package, targetPackage = path.split("/")[0], target.split(".")[0]
    if targetPackage in PACKAGES and targetPackage != package and targetPackage not in PACKAGES.get(package, ()):
        yield "package direction"
    if any(target == name or target.startswith(name + ".") for name in QT_MODULES) and not path.startswith(QT_PLACES):
        yield "Qt outside its places"
    if package in ("DICOMLib", "DICOMPlugins") and targetPackage == "vtk":
        yield "whole vtk"
    if package == "DICOMPlugins" and target.startswith("DICOMLib.Widgets"):
        yield "layer"
    if package == targetPackage == "DICOMLib" and not _layerAllows(path, target):
        yield "layer"


def _layerAllows(path: str, target: str) -> bool:
    """Whether a file of DICOMLib may import this module of DICOMLib."""
    place = path.split("/")[1]
    wanted = (target.split(".") + ["__init__"])[1]
    if place == "Widgets" or wanted in FOUNDATION:
        return True
    if place in FOLDERS:
        return wanted == place or wanted in FOLDERS[place]
    name = place.removesuffix(".py")
    if name in FOUNDATION:
        return False
    if name in PLUGIN_DESCRIPTIONS:
        return wanted in PLUGIN_DESCRIPTIONS
    return wanted != "Widgets"


def _sizes(path: str, source: str, nodes: list[ast.AST]) -> Iterator[Violation]:
    lines = len(source.splitlines())
    if lines > LONGEST_FILE:
        yield Violation("long file", path, 1, f"{lines} lines")
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield Violation("long function", path, node.lineno, f"{node.name} has {length} lines")


def _prints(path: str, nodes: list[ast.AST]) -> Iterator[Violation]:
    if path.startswith(("DICOMLib/", "DICOMPlugins/")):
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield Violation("print in the library", path, node.lineno, ast.unparse(node))


def _clocks(path: str, source: str) -> Iterator[Violation]:
    if path.startswith(PLACES_OF_CLOCKS) or not any(clock in source for clock in CLOCKS):
        return
    for node in ast.walk(ast.parse(source, path)):
        name = node.name if isinstance(node, ast.alias) else _lastName(node)
        if name in CLOCKS:
            yield Violation("clock in a test", path, node.lineno, name)


def _cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Closed walks through the imports, one for every module that can reach itself only through unreported ones."""
    cycles, reported = [], set()
    for module in sorted(edges):
        walk = None if module in reported else _walkBack(module, edges)
        if walk:
            cycles.append(walk)
            reported.update(walk)
    return cycles


def _walkBack(start: str, edges: dict[str, set[str]]) -> list[str] | None:
    """The shortest walk from a module back to itself; None when there is none."""
    walks, seen = [[start]], set()
    while walks:
        walk = walks.pop(0)
        for target in sorted(edges.get(walk[-1], ())):
            if target == start:
                return [*walk, start]
            if target not in seen:
                seen.add(target)
                walks.append([*walk, target])
    return None
