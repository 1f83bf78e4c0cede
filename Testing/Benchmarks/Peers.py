"""Programs to compare with that cannot live in the project's own environment."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import launch

SLICER_PACKAGE = "slicer-core"
"""3D Slicer's libraries as a wheel; it asks for a VTK of its own."""
ENVIRONMENT = launch.ROOT / ".venv-peers"


class PeerMissingError(Exception):
    """A peer cannot be had here; its message says why."""


def slicerPython() -> str:
    """The interpreter of an environment with Slicer's libraries; it is made at the first call, through pip.

    :raises PeerMissingError: when that does not work, e.g. because there is no wheel for this Python
    """
    prepared = preparedSlicerPython()
    if prepared:
        return prepared
    python = _python()
    try:
        _make(python)
    except (launch.LaunchError, OSError) as error:
        raise PeerMissingError(f"{SLICER_PACKAGE} could not be installed: {error}") from error
    _stamp().write_text(_wanted(), encoding="utf-8")
    return str(python)


def preparedSlicerPython() -> str:
    """The same interpreter if there is one already, else ""."""
    isPrepared = _stamp().exists() and _python().exists() and _stamp().read_text(encoding="utf-8") == _wanted()
    return str(_python()) if isPrepared else ""


def _stamp() -> Path:
    return ENVIRONMENT / "prepared.txt"


def _python() -> Path:
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _wanted() -> str:
    return f"{SLICER_PACKAGE} for Python {sys.version.split()[0]}\n"


def _make(python: Path) -> None:
    """One that was not finished, or belongs to another Python, is replaced."""
    launch.say(f"Making the environment {ENVIRONMENT} for {SLICER_PACKAGE}")
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    launch.runTool([sys.executable, "-m", "venv", str(ENVIRONMENT)], "making the environment failed")
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--only-binary", ":all:"]
    launch.runTool([str(python), "-m", "pip", "install", *options, SLICER_PACKAGE], "installing the package failed")
