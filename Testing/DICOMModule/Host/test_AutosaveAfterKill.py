"""kill -9 of the real program while something is in no file: the next start offers it, and has it again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.Fixtures.Waiting import waitFor

REPOSITORY = Path(__file__).resolve().parents[3]
SECONDS = 90

WORK = """
import numpy, slicer
node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Doe^Jane")
node.setVoxelArray(numpy.arange(60000, dtype=numpy.int16).reshape(20, 50, 60))
node.CreateDefaultDisplayNodes()
autosave = slicer.util.mainWindow().autosave
autosave.schedule._minutes = lambda: 1e-3
autosave._timer.setInterval(100)
"""
RESTORE = """
import hashlib, json, sys
import slicer
from qtpy.QtCore import QTimer
from DICOMModule.Host.AutosaveQuestion import AutosaveQuestion

window = slicer.util.mainWindow()
told = {}

def look():
    question = window.findChild(AutosaveQuestion)
    if question is not None and "offered" not in told:
        told["offered"] = question.list.item(0).text()
        question.restoreButton.click()
    node = slicer.mrmlScene.GetFirstNodeByName("Doe^Jane")
    if node is not None and not window.jobs.jobs:
        told["digest"] = hashlib.sha256(node.voxelArray().tobytes()).hexdigest()
        told["unsaved"] = [one.GetName() for one in window.sceneFiles.changes.nodes()]
        told["shown"] = window.layoutManager.sliceView("Red").backgroundVolume is node
        print(json.dumps(told), flush=True)
        timer.stop()
        window.closeUnasked()

timer = QTimer(window)
timer.timeout.connect(look)
timer.start(50)
"""


@pytest.fixture
def environment(tmp_path):
    own = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE", "STATE")}
    return {**os.environ, **own, "QT_API": "pyqt5"}


def program(script: str, tmp_path: Path, environment: dict[str, str]) -> subprocess.Popen:
    path = tmp_path / "script.py"
    path.write_text(script)
    command = [sys.executable, "-m", "DICOMModule", "--python-script", str(path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment, **pipes)


@pytest.mark.gui
@pytest.mark.timeout(200)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_whatWasInNoFileIsThereAgainAfterKillNine(qapp, tmp_path, environment):
    import hashlib

    import numpy

    folder = tmp_path / "data" / "DICOMModule" / "Autosave"
    killed = program(WORK, tmp_path, environment)
    try:
        waitFor(lambda: list(folder.glob("*/about.json")) or killed.poll() is not None, SECONDS, "the save")
        assert killed.poll() is None, killed.communicate()
        assert not [path for path in folder.rglob("*") if "Doe" in path.name]
        killed.kill()
    finally:
        killed.kill()
        killed.communicate()
    assert len(list(folder.iterdir())) == 1
    again = program(RESTORE, tmp_path, environment)
    try:
        out, err = again.communicate(timeout=SECONDS)
    finally:
        again.kill()
    told = json.loads(out.splitlines()[-1])
    assert told["offered"].startswith("A scene without a file\nSaved today at ")
    expected = numpy.arange(60000, dtype=numpy.int16).reshape(20, 50, 60)
    assert told["digest"] == hashlib.sha256(expected.tobytes()).hexdigest()
    assert told["unsaved"] == ["Doe^Jane"]
    assert told["shown"]
    assert err == ""
    assert list(folder.iterdir()) == []  # it was closed on purpose
    assert "Doe" not in (tmp_path / "config" / "DICOMModule" / "settings.json").read_text()
