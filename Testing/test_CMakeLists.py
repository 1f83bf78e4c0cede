"""CMakeLists.txt and pyproject.toml name every script and package, no more and no less."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("DICOMLib", "DICOMPlugins", "DICOMModule")


def scriptsListed(cmake: str, package: str) -> list[str]:
    """The scripts of one package named in the text of CMakeLists.txt, in their order."""
    return re.search(rf"set\({package}_SCRIPTS\n(.*?)\)", cmake, re.DOTALL).group(1).split()


def scriptsPresent(package: str) -> list[str]:
    return sorted(path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / package).rglob("*.py"))


def projectFile() -> str:
    return (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_everyScriptIsListedByNameOnce(package):
    listed = scriptsListed((REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8"), package)
    present = scriptsPresent(package)
    assert set(present) - set(listed) == set(), "add these to CMakeLists.txt"
    assert set(listed) - set(present) == set(), "remove these from CMakeLists.txt"
    assert len(listed) == len(set(listed))


def test_aMissingAndALeftOverScriptWouldBeNoticed():
    cmake = "set(DICOMLib_SCRIPTS\n  DICOMLib/__init__.py\n  DICOMLib/Gone.py\n)\n"
    assert scriptsListed(cmake, "DICOMLib") == ["DICOMLib/__init__.py", "DICOMLib/Gone.py"]


def test_everyPackageGoesIntoTheWheel():
    folders = {path.rsplit("/", 1)[0] for package in PACKAGES for path in scriptsPresent(package)}
    expected = {folder.replace("/", ".") for folder in folders} | {"DICOMModule.Resources"}
    listed = re.search(r"^packages = \[(.*?)\]", projectFile(), re.DOTALL | re.MULTILINE).group(1)
    assert set(re.findall(r'"([^"]+)"', listed)) == expected


def test_everyPackageFolderHasAnInit():
    folders = {Path(path).parent for package in PACKAGES for path in scriptsPresent(package)}
    assert [str(folder) for folder in sorted(folders) if not (REPOSITORY / folder / "__init__.py").exists()] == []


def test_bothFilesStateOneVersion():
    inProject = re.search(r'^version = "(.+)"', projectFile(), re.MULTILINE).group(1)
    inCMake = re.search(r"VERSION (\S+) LANGUAGES", (REPOSITORY / "CMakeLists.txt").read_text()).group(1)
    assert inProject == inCMake


@pytest.mark.skipif(not shutil.which("cmake"), reason="cmake is not installed")
def test_cmakeInstallsModulesAndRegistersTheLayers(tmp_path):
    build, prefix = tmp_path / "build", tmp_path / "prefix"
    for command in (
        ["cmake", "-S", REPOSITORY, "-B", build, f"-DPython3_EXECUTABLE={sys.executable}"],
        ["cmake", "--install", build, "--prefix", prefix],
    ):
        subprocess.run(command, check=True, capture_output=True)
    installed = {path.relative_to(prefix).as_posix() for name in PACKAGES for path in (prefix / name).rglob("*.py")}
    assert installed == {script for package in PACKAGES for script in scriptsPresent(package)}
    assert (prefix / "Resources" / "Icons").is_dir()
    listing = subprocess.run(["ctest", "-N", "--print-labels"], cwd=build, check=True, capture_output=True, text=True)
    assert set(listing.stdout.split()) >= {"unit", "gui", "network", "data"}


@pytest.mark.slow
@pytest.mark.network
def test_wheelCarriesEveryScriptAndItsResources(tmp_path):
    # From a copy: setuptools leaves a build folder behind, whose stale files would go into the next wheel.
    source = tmp_path / "source"
    left = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(REPOSITORY, source, ignore=left)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path, source]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("dicommodule-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {script for package in PACKAGES for script in scriptsPresent(package)} <= names
    assert any(name.startswith("DICOMModule/Resources/Icons/") for name in names)
    assert not any("Screenshots" in name or "__pycache__" in name for name in names)
