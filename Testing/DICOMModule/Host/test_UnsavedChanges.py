"""Data in no file: marked in the title, asked for before the window closes. What was only looked at is no loss."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QMessageBox
from vtkmodules.vtkCommonDataModel import vtkPolyData

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.Storage import readVolume, writeVolume
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMModule.Host.UnsavedChanges import UnsavedChanges
from DICOMModule.Host.UnsavedQuestion import UnsavedQuestion
from Testing.DICOMLib.Scene.SequencesForTests import browsed, filled
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle
from .Volumes import addVolume


@pytest.fixture
def drawsViews():
    return False


def loaded(scene: Scene):
    """A volume that came as loaders bring it."""
    staging = Scene()
    addVolume(staging)
    scene.merge(staging)
    return scene.GetFirstNodeByName("Block")


def test_whatWasLoadedIsNoLossUntilItsVoxelsChange():
    scene = Scene()
    changes = UnsavedChanges(scene)
    node = loaded(scene)
    assert changes.nodes() == []
    node.GetDisplayNode().SetWindowLevel(10, 20)
    node.SetName("Renamed")
    node.SetAttribute("a", "b")
    assert changes.nodes() == []
    node.voxelArray()[0] = 7
    node.imageDataModified()
    assert changes.nodes() == [node]


def test_aPlaceThatChangedIsALoss():
    scene = Scene()
    changes = UnsavedChanges(scene)
    node = loaded(scene)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    changes.wasSaved(changes.state())
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert changes.nodes() == [node]
    changes.wasSaved(changes.state())
    matrix = transform.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 5)
    transform.SetMatrixTransformToParent(matrix)
    assert changes.nodes() == [transform]


def test_whatIsMadeHereIsALossUntilItIsSaved(tmp_path):
    scene = Scene()
    changes = UnsavedChanges(scene)
    node = addVolume(scene)
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert changes.nodes() == [node]  # an empty model is nothing to lose
    model.SetAndObservePolyData(vtkPolyData())
    assert changes.nodes() == [node, model]
    writeVolume(node, tmp_path / "a.nrrd")
    assert changes.nodes() == [model]
    changes.wasSaved(changes.state())
    assert changes.nodes() == []


def test_aSegmentationThatIsOnlyShownIn3DOrRenamedIsNoLoss():
    scene = Scene()
    changes = UnsavedChanges(scene)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation = node.GetSegmentation()
    segmentation.setLayers([np.zeros((6, 6, 6), np.uint8)], np.eye(4))
    segmentID = segmentation.AddEmptySegment("", "Liver")
    inside = np.zeros((6, 6, 6), bool)
    inside[2:4, 2:4, 2:4] = True
    segmentation.setSegmentArray(segmentID, inside)
    assert changes.nodes() == [node]
    changes.wasSaved(changes.state())
    node.SetName("Organs")
    assert node.CreateClosedSurfaceRepresentation()
    assert node.GetClosedSurfaceRepresentation(segmentID).GetNumberOfPoints() > 0
    node.RemoveClosedSurfaceRepresentation()
    assert changes.nodes() == []
    segmentation.GetSegment(segmentID).SetColor(1, 0, 0)
    assert changes.nodes() == [node]
    changes.wasSaved(changes.state())
    segmentation.setSegmentArray(segmentID, ~inside)
    assert changes.nodes() == [node]


def test_surfacesThatASegmentationIsMadeOfAreALossOnceTheyChange():
    scene = Scene()
    changes = UnsavedChanges(scene)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentID = node.AddSegmentFromClosedSurfaceRepresentation(vtkPolyData(), "Liver")
    changes.wasSaved(changes.state())
    node.GetSegmentation().setClosedSurfaces({segmentID: vtkPolyData()})
    assert changes.nodes() == [node]


def test_whatChangedWhileItWasWrittenIsNotSaved():
    scene = Scene()
    changes = UnsavedChanges(scene)
    node = addVolume(scene)
    state = changes.state()
    node.imageDataModified()
    changes.wasSaved(state)
    assert changes.nodes() == [node]


def test_aVolumeReadFromAFileIsNoLossUntilItChanges(tmp_path):
    other, scene = Scene(), Scene()
    writeVolume(addVolume(other), tmp_path / "a.nrrd")
    changes = UnsavedChanges(scene)
    node = readVolume(tmp_path / "a.nrrd", scene)
    assert changes.nodes() == []
    node.voxelArray()[0] = 7
    node.imageDataModified()
    assert changes.nodes() == [node]


# The window


@pytest.fixture
def window(makeWindow):
    window = makeWindow(workers=runWorkers())
    window.asksBeforeClosing = True
    yield window
    window.asksBeforeClosing = False


@pytest.mark.gui
def test_whatIsOnlyLookedAtClosesUnasked(qtbot, window, scene):
    loaded(scene)
    settle()
    view = window.layoutManager.sliceView("Red")
    for key in (Qt.Key_Up, Qt.Key_Up, Qt.Key_R):
        QTest.keyClick(view.plotter, key)
    window.layoutManager.threeDView().fit()
    settle()
    assert window.sceneFiles.changes.nodes() == []
    assert not window.isWindowModified()
    window.close()
    assert not window.isVisible()


@pytest.mark.gui
def test_theTitleIsMarkedAndClosingAsks(qtbot, window, scene):
    addVolume(scene)
    qtbot.waitUntil(window.isWindowModified, timeout=60_000)
    assert window.windowTitle() == "New scene[*]"
    window.close()
    box = window.findChild(UnsavedQuestion)
    assert window.isVisible()
    assert box.informativeText().endswith("\n• Block")
    QTest.mouseClick(box.button(QMessageBox.Cancel), Qt.LeftButton)
    settle()
    assert window.isVisible()
    assert window.findChild(UnsavedQuestion) is None
    window.close()
    QTest.mouseClick(window.findChild(UnsavedQuestion).discardButton, Qt.LeftButton)
    settle()
    assert not window.isVisible()


@pytest.mark.gui
def test_removingAsksAboutWhatIsInNoFileOnly(qtbot, window, scene):
    def remove(*nodes):
        settle()
        tree.selectAll()
        QTest.keyClick(tree, Qt.Key_Delete)
        settle()
        return [node.GetScene() is not None for node in nodes]

    tree = window.dataTree
    assert remove(loaded(scene)) == [False]
    node = addVolume(scene)
    assert remove(node) == [True]
    box = window.findChild(UnsavedQuestion)
    assert box.text() == "Save the scene before this is removed?" and box.informativeText().endswith("\n• Block")
    QTest.mouseClick(box.button(QMessageBox.Cancel), Qt.LeftButton)
    assert remove(node) == [True]
    QTest.mouseClick(window.findChild(UnsavedQuestion).discardButton, Qt.LeftButton)
    assert node.GetScene() is None


@pytest.mark.gui
def test_saveWritesTheSceneAndThenCloses(qtbot, window, scene, tmp_path, monkeypatch):
    node = addVolume(scene)
    expected = np.array(node.voxelArray())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (str(tmp_path / "a.mrb"), ""))
    window.close()
    QTest.mouseClick(window.findChild(UnsavedQuestion).saveButton, Qt.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    read = openScene(tmp_path / "a.mrb", runWorkers()).scene.GetFirstNodeByName("Block")
    assert np.array_equal(read.voxelArray(), expected)


@pytest.mark.gui
def test_aSaveThatFailsKeepsTheWindowOpen(qtbot, window, scene, tmp_path, monkeypatch):
    addVolume(scene)
    path = str(tmp_path / "missing" / "a.mrb")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (path, ""))
    window.close()
    QTest.mouseClick(window.findChild(UnsavedQuestion).saveButton, Qt.LeftButton)
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()
    assert window.isVisible()
    told = [box for box in window.findChildren(QMessageBox) if box.text().startswith("Could not save the scene.")]
    told[0].done(0)


@pytest.mark.gui
def test_closingWhileASceneIsSavedWaitsForIt(qtbot, window, scene, tmp_path):
    addVolume(scene)
    window.sceneFiles.save(tmp_path / "a.mrb")
    window.close()
    assert window.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    assert (tmp_path / "a.mrb").is_file()


@pytest.mark.gui
def test_aSceneThatWasJustOpenedClosesUnasked(qtbot, window, scene, tmp_path):
    addVolume(scene)
    window.sceneFiles.save(tmp_path / "a.mrb")
    qtbot.waitUntil(lambda: not window.sceneFiles.isSaving, timeout=60_000)
    scene.Clear()
    window.sceneFiles.open([tmp_path / "a.mrb"])
    qtbot.waitUntil(lambda: scene.GetFirstNodeByName("Block") is not None, timeout=60_000)
    settle()
    assert window.sceneFiles.changes.nodes() == []


@pytest.mark.gui
def test_scriptsAndSignalsCloseUnasked(window, scene):
    addVolume(scene)
    window.closeUnasked()
    assert not window.isVisible()


def test_steppingThroughASequenceIsNoLoss_writingIntoItsVolumeIs():
    scene, (staging, browser) = Scene(), browsed(filled("1", "2", "3"))
    changes = UnsavedChanges(scene)
    scene.merge(staging)
    sequence = browser.GetMasterSequenceNode()
    assert changes.nodes() == []
    browser.SelectLastItem()
    browser.SetPlaybackRateFps(3)
    assert changes.nodes() == []
    proxy = browser.GetProxyNode(sequence)
    proxy.ownVoxels()
    proxy.voxelArray()[:] = 9
    proxy.imageDataModified()
    assert changes.nodes() == [proxy]
    browser.SelectFirstItem()  # what was written into it is gone, as in Slicer
    assert changes.nodes() == []
    browser.SetSaveChanges(sequence, True)
    browser.SelectNextItem()
    assert changes.nodes() == []
    proxy.setVoxelArray(np.full((1, 2, 2), 9, np.int16))
    assert changes.nodes() == [sequence]
