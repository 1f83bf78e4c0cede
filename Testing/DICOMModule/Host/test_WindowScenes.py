"""What scripts save and open in a window is what the menus save and open: with layout, slices, camera and picture."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pytest
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.SceneFiles.SceneSummary import inspectScene
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.CameraPlacement import CameraPlacement
from DICOMModule.Host.MainWindow import MainWindow
from DICOMPlugins.SceneBundle.OwnBundles import isOwnBundle

pytestmark = pytest.mark.gui


@pytest.fixture
def window(qtbot):
    with HostApplication.create(private=True) as application:
        application.settings.setValue("MainWindow/Layout", "Green")
        window = MainWindow(application)
        application.mainWindow = window
        qtbot.addWidget(window)
        window.asksBeforeClosing = False
        window.show()
        yield window
        window.close()


@pytest.fixture
def util(window):
    return sys.modules["slicer"].util


def _look(window):
    """How the scene is shown: what a scene file has to bring back."""
    views = window.layoutManager
    red = views.sliceViews()["Red"]
    camera = [list(vector) for vector in views.threeDView().cameraPlacement().vectors()]
    return views.layoutName, np.round(red.sliceToRAS(), 3).tolist(), np.round(camera, 2).tolist()


def _lookFrom(window, *position):
    placement = CameraPlacement(np.array(position, float), np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0]))
    window.layoutManager.threeDView().setCameraPlacement(placement)


def _fill(util, window):
    util.addVolumeFromArray(np.arange(20 * 30 * 40, dtype=np.int16).reshape(20, 30, 40), name="CT")
    window.layoutManager.setLayout("Red")
    _lookFrom(window, 300, 10, 20)


@pytest.mark.parametrize("name", ["scene.mrb", "scene.mrml"])
def test_theViewsComeBackWithTheScene(util, window, tmp_path, name):
    _fill(util, window)
    before = _look(window)
    assert util.saveScene(tmp_path / name)
    window.layoutManager.setLayout("FourUp")
    _lookFrom(window, 0, 500, 0)
    assert _look(window) != before
    assert util.loadScene(tmp_path / name)
    assert _look(window) == before


def test_afterAScriptSavedTheWindowKnowsTheFileAndHasNothingToAskAbout(util, window, tmp_path):
    _fill(util, window)
    assert [node.GetName() for node in window.sceneFiles.changes.nodes()] == ["CT"]
    assert util.saveScene(tmp_path / "scene.mrb")
    assert window.sceneFiles.changes.nodes() == []
    assert window.sceneFiles.file.path == tmp_path / "scene.mrb"
    assert inspectScene(tmp_path / "scene.mrb").thumbnail.startswith(b"\x89PNG")
    digest = hashlib.sha256((tmp_path / "scene.mrb").read_bytes()).hexdigest()
    assert isOwnBundle(digest, window.application.settings)


def test_whatIsAddedToALoadedSceneIsShownAsThatIs(util, window, tmp_path):
    _fill(util, window)
    assert util.saveScene(tmp_path / "scene.mrb")
    window.layoutManager.setLayout("FourUp")
    file = window.sceneFiles.file.path
    assert util.loadScene(tmp_path / "scene.mrb", {"clear": False})
    assert window.layoutManager.layoutName == "FourUp"
    assert window.sceneFiles.file.path == file
    assert window.application.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 2


def test_scenesOfScriptsThatNobodySeesLeaveTheWindowAlone(util, window, tmp_path):
    _fill(util, window)
    slicer = sys.modules["slicer"]
    other = slicer.vtkMRMLScene()
    surface = vtkSphereSource()
    surface.Update()
    other.AddNewNodeByClass("vtkMRMLModelNode", "ball").SetAndObservePolyData(surface.GetOutput())
    assert other.WriteToMRB(tmp_path / "other.mrb")
    before, file = _look(window), window.sceneFiles.file.path
    assert other.ReadFromMRB(tmp_path / "other.mrb", True)
    assert (_look(window), window.sceneFiles.file.path) == (before, file)
    assert inspectScene(tmp_path / "other.mrb").thumbnail == b""


def test_whatFailsLeavesTheWindowAsItIs(util, window, tmp_path, capsys):
    _fill(util, window)
    before = _look(window)
    (tmp_path / "bad.mrb").write_bytes(b"PK no zip")
    assert not util.loadScene(tmp_path / "bad.mrb")
    assert "bad.mrb" in capsys.readouterr().err
    assert _look(window) == before
    assert not util.saveScene(tmp_path / "none" / "scene.mrb")
    assert window.sceneFiles.file.path is None


def test_theDialogsOfScriptsAreThoseOfTheMenus(util, window, monkeypatch):
    asked = []
    monkeypatch.setattr(window.sceneFiles, "askToOpen", lambda: asked.append("open"))
    monkeypatch.setattr(window.sceneFiles, "saveSceneAs", lambda: asked.append("save"))
    assert util.openAddSceneDialog() and util.openSaveDataDialog()
    assert asked == ["open", "save"]
