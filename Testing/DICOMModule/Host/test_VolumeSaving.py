"""Saving a volume from the data tree: written in the background, what goes wrong is told."""

from __future__ import annotations

import numpy
import pytest
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.Storage import readVolume
from DICOMModule.Host.VolumeSaving import fileNameFor, formatsFor

from .conftest import settle
from .test_MeasurementRow import addDiffusion
from .Volumes import addVolume


@pytest.fixture
def drawsViews():
    return False


def waitForJobs(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()


def test_fileNamesHaveNoLettersThatAFileSystemRefuses():
    node = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "3: T1/axial *?")
    assert fileNameFor(node, ".nrrd") == "3__T1_axial.nrrd"
    node.SetName("../..")
    assert fileNameFor(node, ".nii") == "volume.nii"


def test_tensorsAreOfferedAsNRRDOnly():
    scene = Scene()
    assert formatsFor(scene.AddNewNodeByClass("vtkMRMLDiffusionTensorVolumeNode")) == ["NRRD"]
    assert formatsFor(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")) == ["NRRD", "NIfTI"]


@pytest.mark.gui
def test_theMenuOfAVolumeSavesIt(qtbot, makeWindow, scene, tmp_path, monkeypatch):
    window = makeWindow()
    node = addDiffusion(scene)
    settle()
    asked = []

    def answer(_parent, _title, name, filters):
        asked.append((name, filters))
        return str(tmp_path / "saved"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    hierarchy = scene.GetSubjectHierarchyNode()
    menu = window.dataTree.buildMenu(hierarchy.GetItemByDataNode(node))
    actions = {action.text(): action for action in menu.actions()}
    actions["Save as NIfTI…"].trigger()
    waitForJobs(qtbot, window)
    assert asked == [("DWI.nii.gz", "Compressed NIfTI (*.nii.gz);;NIfTI (*.nii)")]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["saved.bval", "saved.bvec", "saved.nii.gz"]
    assert numpy.array_equal(readVolume(tmp_path / "saved.nii.gz").voxelArray(), node.voxelArray())
    assert window.messageLabel.text() == "Saved saved.nii.gz, saved.bval, saved.bvec"
    assert node.GetStorageNode().GetFileName() == str(tmp_path / "saved.nii.gz")


@pytest.mark.gui
def test_theFileMenuSavesTheVolumeThatIsShown(qtbot, makeWindow, scene, tmp_path, monkeypatch):
    window = makeWindow()
    window.menus.actions["SaveVolume"].trigger()
    assert window.messageLabel.text() == "There is no volume to save"
    addVolume(scene)
    settle()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.nii"), ""))
    window.menus.actions["SaveVolume"].trigger()
    waitForJobs(qtbot, window)
    assert [file.name for file in tmp_path.iterdir()] == ["a.nii"]


@pytest.mark.gui
def test_filesThatTheDialogDoesNotKnowOfAreNotReplacedUnasked(qtbot, makeWindow, scene, tmp_path, monkeypatch):
    window = makeWindow()
    node = addDiffusion(scene)
    settle()
    (tmp_path / "a.bval").write_text("mine")
    (tmp_path / "a.nii").write_text("mine")
    asked, starts = [], []

    def answer(_parent, _title, start, _filters):
        starts.append(start)
        return str(tmp_path / "a"), "NIfTI (*.nii)"

    def question(_parent, _title, text, _buttons, default):
        asked.append(text)
        return default

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    monkeypatch.setattr(QMessageBox, "warning", question)
    window.volumeSaving.ask(node, "NIfTI")
    assert asked == ["a.nii and a.bval already exist.\nDo you want to replace them?"]
    assert window.messageLabel.text() == "Nothing was saved" and not window.jobs.jobs
    assert (tmp_path / "a.bval").read_text() == (tmp_path / "a.nii").read_text() == "mine"
    window.volumeSaving.ask(node, "NIfTI")
    assert starts == ["DWI.nii.gz", str(tmp_path / "DWI.nii.gz")]


@pytest.mark.gui
def test_whatCannotBeSavedIsReported(qtbot, makeWindow, scene, tmp_path):
    window = makeWindow()
    node = addDiffusion(scene)
    node.SetBValue(0, 500)  # without a direction
    settle()
    messages = []
    window.reporter.reported.disconnect()
    window.reporter.reported.connect(messages.append)
    window.volumeSaving.save(node, tmp_path / "a.nrrd")
    window.volumeSaving.save(node, tmp_path / "none" / "a.nii")
    waitForJobs(qtbot, window)
    assert len(messages) == 2 and "which NRRD cannot tell" in messages[0].text
    assert "cannot be written" in messages[1].text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.gui
def test_withoutAnAnswerNothingIsSaved(makeWindow, scene, monkeypatch):
    window = makeWindow()
    node = addVolume(scene)
    settle()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    window.volumeSaving.ask(node)
    assert not window.jobs.jobs
