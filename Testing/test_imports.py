"""The direction of imports, the places of Qt and the sizes of files are rules that are checked, not promised."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.SourceRules import QT_MODULES, findViolations

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_IMPORT = 0.5  # seconds

# Runs first in a fresh Python: from here on, importing Qt fails as if it were not installed.
BLOCK_QT = f"""
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name in {sorted(QT_MODULES)!r}:
            raise ModuleNotFoundError("No module named " + name, name=name)
sys.meta_path.insert(0, NoQt())
"""

PLANTED = [
    ("package direction", "DICOMLib/Errors.py", "import DICOMPlugins"),
    ("package direction", "DICOMLib/Files/A.py", "def later():\n    from DICOMModule.Host import Application"),
    ("package direction", "DICOMPlugins/A.py", "from DICOMModule.DICOM import DICOMWidget"),
    ("package direction", "Resources/SampleData/A.py", "import importlib\nimportlib.import_module('DICOMModule')"),
    ("Qt outside its places", "DICOMLib/Database/A.py", "from qtpy.QtCore import QObject"),
    ("Qt outside its places", "DICOMPlugins/A.py", "def later():\n    import pyvistaqt"),
    ("Qt outside its places", "DICOMModule/CommandLine.py", "import PyQt5.QtWidgets"),
    ("Qt outside its places", "DICOMLib/A.py", "if TYPE_CHECKING:\n    import vtkmodules.qt"),
    ("layer", "DICOMLib/Geometry/A.py", "from ..Scene import Scene"),
    ("layer", "DICOMLib/Files/A.py", "from DICOMLib.Database import DICOMDatabase"),
    ("layer", "DICOMLib/Scene/A.py", "from DICOMLib.Widgets.DICOMBrowser import DICOMBrowser"),
    ("layer", "DICOMLib/Database/A.py", "from .. import DICOMUtils"),
    ("layer", "DICOMLib/Errors.py", "from .Files import Limits"),
    ("layer", "DICOMLib/DICOMUtils.py", "from .Widgets import DICOMBrowser"),
    ("layer", "DICOMPlugins/A.py", "from DICOMLib.Widgets import DICOMBrowser"),
    ("whole vtk", "DICOMLib/Scene/A.py", "import vtk"),
    ("print in the library", "DICOMPlugins/A.py", "def load():\n    print('loaded')"),
    ("long file", "DICOMLib/A.py", "x = 1\n" * 501),
    ("clock in a test", "Testing/DICOMLib/test_A.py", "import time\ndef test_a():\n    time.monotonic()"),
    ("clock in a test", "Testing/DICOMLib/Files/test_A.py", "from time import perf_counter as now"),
    ("long function", "DICOMModule/Host/A.py", "def f():\n" + "    x = 1\n" * 60),
]
ALLOWED = [
    ("Resources/Examples/A.py", "import pyvistaqt\nfrom DICOMModule import attach"),
    ("DICOMLib/Widgets/A.py", "from qtpy.QtCore import QObject\nfrom .. import DICOMUtils"),
    ("DICOMLib/Scene/A.py", "from ..Geometry import Patient\nfrom ..Errors import DICOMError"),
    ("DICOMModule/DICOM.py", "from qtpy.QtWidgets import QWidget\nimport vtk\nprint('only the library is silent')"),
    ("DICOMPlugins/A.py", "from DICOMLib import DICOMPlugin\nfrom DICOMLib.Pixels import Volume"),
    ("Testing/DICOMLib/test_A.py", "import time\ndef test_a():\n    time.sleep(0)"),
    ("Testing/Fixtures/test_A.py", "from time import monotonic"),
    ("Testing/Benchmarks/A.py", "import time\ntime.perf_counter()"),
    ("DICOMModule/Host/A.py", "def f():\n" + "    x = 1\n" * 59),
]


def plant(root: Path, path: str, source: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")


def test_projectKeepsTheRules():
    violations = findViolations(REPOSITORY)
    assert not violations, "\n" + "\n".join(map(str, violations))


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED, ids=[f"{p[0]}: {p[1]}" for p in PLANTED])
def test_plantedViolationIsFound(tmp_path, rule, path, source):
    plant(tmp_path, path, source)
    assert [(violation.rule, violation.path) for violation in findViolations(tmp_path)] == [(rule, path)]


@pytest.mark.parametrize(("path", "source"), ALLOWED, ids=[path for path, _ in ALLOWED])
def test_whatTheRulesAllowIsNotReported(tmp_path, path, source):
    plant(tmp_path, path, source)
    assert findViolations(tmp_path) == []


def test_importCycleIsFoundAlsoThroughLazyImports(tmp_path):
    plant(tmp_path, "DICOMLib/Files/A.py", "from .B import x")
    plant(tmp_path, "DICOMLib/Files/B.py", "def later():\n    from DICOMLib.Files import C")
    plant(tmp_path, "DICOMLib/Files/C.py", "import DICOMLib.Files.A")
    (violation,) = findViolations(tmp_path)
    assert violation.rule == "import cycle"
    assert violation.text == "DICOMLib.Files.A -> DICOMLib.Files.B -> DICOMLib.Files.C -> DICOMLib.Files.A"


def test_importOnlyForTypesMakesNoCycle(tmp_path):
    plant(tmp_path, "DICOMLib/Files/A.py", "from .B import x")
    plant(tmp_path, "DICOMLib/Files/B.py", "if TYPE_CHECKING:\n    from .A import y")
    assert findViolations(tmp_path) == []


def runFreshPython(code: str) -> str:
    """Standard output of a new interpreter that sees this checkout and nothing of this process."""
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=variables, cwd="/", capture_output=True, text=True, timeout=100
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def modulesWithoutQt() -> list[str]:
    """Every module of the two packages that must work where Qt is not installed."""
    paths = [path for package in ("DICOMLib", "DICOMPlugins") for path in (REPOSITORY / package).rglob("*.py")]
    relative = sorted(path.relative_to(REPOSITORY).as_posix() for path in paths)
    names = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in relative]
    return [name for name in names if not name.startswith("DICOMLib.Widgets") and not name.endswith("__main__")]


def test_everyLibraryModuleImportsWithoutQt():
    names = modulesWithoutQt()
    assert {"DICOMLib", "DICOMPlugins"} <= set(names)
    loaded = runFreshPython(
        BLOCK_QT + f"import importlib\nfor name in {names!r}: importlib.import_module(name)\nprint(*sys.modules)"
    )
    assert not QT_MODULES & set(loaded.split())


def test_blockedQtCannotBeImported():
    code = BLOCK_QT + "try:\n    import qtpy\nexcept ModuleNotFoundError:\n    print('blocked')"
    assert runFreshPython(code).strip() == "blocked"


@pytest.mark.timing
def test_importingTheLibraryTakesLessThanHalfASecond(promised):
    code = "import time\nstart = time.perf_counter()\nimport DICOMLib\nprint(time.perf_counter() - start)"
    seconds = min(float(runFreshPython(code)) for _ in range(3))
    promised.atMost(seconds, LONGEST_IMPORT, "the import")
