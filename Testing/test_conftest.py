"""What every test may rely on: its layer, folders of its own, a display, and an end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


CONFTEST = ("conftest", "Promises", "SideBySide", "FileScheduling")


def layersOf(request) -> set[str]:
    return {mark.name for mark in request.node.iter_markers()} & {"unit", "gui", "network", "data"}


def test_testWithoutALayerIsAUnitTest(request):
    assert layersOf(request) == {"unit"}


@pytest.mark.network
def test_namedLayerIsKept(request):
    assert layersOf(request) == {"network"}


def test_testWithAWindowIsAGuiTest(request, qtbot):
    assert layersOf(request) == {"gui"}


@pytest.mark.gui
def test_guiTestHasADisplayThatQtReaches(qapp):
    assert qapp.primaryScreen().size().width() > 0


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"])
def test_usersOwnFoldersAreOutOfReach(name):
    folder = Path(os.environ[name])
    assert folder.is_relative_to(tempfile.gettempdir())
    assert folder.stat().st_mode & 0o077 == 0


def test_desktopServicesAreOutOfReach():
    assert "DBUS_SESSION_BUS_ADDRESS" not in os.environ
    assert os.environ["PYTHON_KEYRING_BACKEND"] == "keyring.backends.null.Keyring"


class TestForgottenWindow:
    """The first test forgets a window; the second finds it closed."""

    windows: list = []

    def test_isOpenWhileItsTestRuns(self, qtbot):
        from pyvistaqt import QtInteractor
        from qtpy.QtWidgets import QMainWindow

        window = QMainWindow()
        window.setCentralWidget(QtInteractor(window))
        window.show()
        self.windows.append(window)
        assert window.isVisible()

    def test_isClosedBeforeTheNextTest(self, qapp):
        assert len(self.windows) == 1
        assert not [widget for widget in qapp.topLevelWidgets() if widget is self.windows[0] and widget.isVisible()]


class TestForgottenLook:
    """The first test changes how the application looks; the second finds it as it was."""

    def test_isOnWhileItsTestRuns(self, qapp):
        qapp.setStyleSheet("QLabel { color: red }")
        assert "red" in qapp.styleSheet()

    def test_isGoneBeforeTheNextTest(self, qapp):
        assert qapp.styleSheet() == ""


FORGETFUL = """
import threading, time
def test_forgetsAThread():
    threading.Thread(target=time.sleep, args=(300,), name="forgotten").start()
"""


COMPLAINING = """
import pytest
from vtkmodules.vtkImagingCore import vtkImageResliceToColors

@pytest.mark.gui
def test_asksForAPictureOfNothing():
    vtkImageResliceToColors().Update()
"""


def projectWith(folder: Path, **files: str) -> Path:
    """A project of the given files of tests under the project's own conftest."""
    (folder / "Testing").mkdir(parents=True)
    for name in ("pyproject.toml", "launch.py", *(f"Testing/{name}.py" for name in CONFTEST)):
        (folder / name).write_bytes((REPOSITORY / name).read_bytes())
    for name, source in files.items():
        (folder / "Testing" / name).write_text(source)
    return folder


def runAlone(folder: Path, source: str) -> subprocess.CompletedProcess:
    """A run of the project's own conftest on one file of tests."""
    command = [sys.executable, "-m", "pytest", "-q"]
    folder = projectWith(folder, **{"test_it.py": source})
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)


@pytest.mark.slow
def test_forgottenThreadIsNamedAndDoesNotHangTheRun(tmp_path):
    run = runAlone(tmp_path, FORGETFUL)
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout.splitlines()[-1]
    assert "threads that tests left running: forgotten" in run.stderr


@pytest.mark.gui
def test_anErrorOfVTKFailsTheGuiTestThatMadeIt(tmp_path):
    run = runAlone(tmp_path, COMPLAINING)
    assert run.returncode == 1
    assert "VTK reports: " in run.stdout and "has 0 connections" in run.stdout
