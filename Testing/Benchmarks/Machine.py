"""On what was measured: for the head of the table."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

from DICOMLib.Processors import availableProcessors


def describe(folder: Path) -> dict[str, str]:
    """Names and values; nothing that tells one machine or user from another.

    :param folder: on the disk that is measured
    """
    facts = {
        "processors": str(availableProcessors()),
        "system": platform.system(),
        "file system": _fileSystem(folder),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }
    for package in ("pydicom", "PyQt5"):
        facts[package] = importlib.metadata.version(package)
    facts["Orthanc"] = _orthancVersion()
    if hasattr(os, "getloadavg"):
        facts["load before"] = f"{os.getloadavg()[0]:.1f}"
    return {name: value for name, value in facts.items() if value}


def inWords(facts: dict[str, str]) -> str:
    """One line."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _fileSystem(folder: Path) -> str:
    """The type of the innermost mount that holds the folder (Linux); "" elsewhere."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    found = ("", "")
    for line in mounts.read_text().splitlines():
        _device, place, kind = line.split()[:3]
        isAbove = folder.resolve().is_relative_to(place)
        if isAbove and len(place) >= len(found[0]):
            found = place, kind
    return found[1]


def _orthancVersion() -> str:
    program = shutil.which("Orthanc")
    if program is None:
        return ""
    text = subprocess.run([program, "--version"], capture_output=True, encoding="utf-8", errors="replace").stdout
    match = re.search(r"Orthanc (\S+)", text)
    return match[1] if match else "?"
