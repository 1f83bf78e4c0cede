"""Volumes, models and other files of nodes: dropped on the window, or added through the menu."""

from __future__ import annotations

import os

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPoint, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent
from qtpy.QtWidgets import QFileDialog, QMessageBox, QWidget

from DICOMLib.Database.ImportReport import ImportReport, SkippedFile
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MemberFiles import writeMember
from DICOMLib.SceneFiles.NodeFileKinds import LABELS, SEGMENTATION, VOLUME
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.Widgets.DropOverlay import isForWindow
from DICOMModule.Host.FileKindsDialog import FileKindsDialog
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle

pytestmark = pytest.mark.gui


@pytest.fixture
def drawsViews():
    return False


@pytest.fixture
def files(tmp_path):
    """A volume, a segmentation, a text, a model that is none, a scene with a text, and a folder."""
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.setVoxelArray(np.ones((4, 6, 8), "int16"))
    writeMember(volume, tmp_path / "head.nrrd")
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segment = segmentation.GetSegmentation().AddEmptySegment(name="tumor")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segmentation.GetSegmentation().setSegmentArray(segment, np.ones((4, 6, 8), "uint8"))
    writeMember(segmentation, tmp_path / "x.seg.nrrd")
    (tmp_path / "notes.txt").write_text("Monday")
    (tmp_path / "bad.ply").write_text("no")
    other = Scene()
    other.AddNewNodeByClass("vtkMRMLTextNode", "of the scene").SetText("a")
    saveScene(other, tmp_path / "plan.mrb")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.fixture
def window(makeWindow):
    window = makeWindow(workers=runWorkers())
    window.sceneFiles.asks = False
    window.told = []
    window.reporter.reported.disconnect()
    window.reporter.reported.connect(lambda message: window.told.append(message.text))
    return window


def loadAll(qtbot, window):
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=10000)
    settle()
    return [node.GetName() for node in window.application.scene.nodes() if node.isDataNode]


def test_filesAreLoadedAfterTheSceneAndThoseThatFailAreTold(qtbot, window, files):
    names = ["notes.txt", "bad.ply", "head.nrrd", "plan.mrb"]
    window.openPaths([str(files / name) for name in names])
    assert loadAll(qtbot, window) == ["of the scene", "notes", "head"]
    assert len(window.told) == 1 and window.told[0].startswith("Could not load bad.ply. ")
    assert window.messageLabel.text() == "Loaded 2 files"
    assert window.layoutManager.sliceView("Red").backgroundVolume.GetName() == "head"
    assert not window.sceneFiles.changes.nodes()  # all of it is in files
    window.told.clear()
    (files / "worse.stl").write_text("")
    window.dataFiles.load([files / "bad.ply", files / "worse.stl"])
    loadAll(qtbot, window)
    assert len(window.told) == 1 and window.told[0].startswith("2 of 2 files could not be loaded:\n\n")
    assert window.told[0].count("bad.ply: ") == window.told[0].count("worse.stl: ") == 1
    assert window.messageLabel.text() == "Nothing was loaded"
    window.dataFiles.load([files / "bad.ply"] * 5)
    loadAll(qtbot, window)
    assert window.told[1].count("bad.ply: ") == 3 and window.told[1].endswith("… and 2 more, in the details.")


def test_aSegmentationAloneIsSeenInItsMiddleSlices(qtbot, window, files):
    window.openPaths([str(files / "x.seg.nrrd")])
    assert loadAll(qtbot, window) == ["x"]
    view = window.layoutManager.sliceView("Red")
    assert view.sliceRange().count == 4
    assert (view.sliceOffset(), len(view.segmentations.actors)) == (2.0, 1)
    view.stepSlices(1)
    assert view.sliceOffset() == 3.0


def test_theMenuAsksWhatAFileIsWhereThatIsOpen(qtbot, window, files, monkeypatch):
    chosen = [str(files / "notes.txt"), str(files / "head.nrrd")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (chosen, ""))
    window.menus.actions["AddFiles"].trigger()
    dialog = window.findChild(FileKindsDialog)
    boxes = dialog.kindBoxes
    assert [box.currentText() for box in boxes] == ["Text", "Volume"]
    boxes[1].setCurrentIndex(boxes[1].findData(LABELS))
    dialog.addButton.click()
    assert loadAll(qtbot, window) == ["notes", "head"]
    assert window.application.scene.GetFirstNodeByName("head").IsA("vtkMRMLLabelMapVolumeNode")
    chosen[:] = [str(files / "x.seg.nrrd")]
    window.menus.actions["AddFiles"].trigger()
    dialog = window.findChild(FileKindsDialog)
    assert [dialog.kindBoxes[0].itemData(n) for n in range(3)] == [SEGMENTATION, LABELS, VOLUME]
    dialog.reject()
    assert loadAll(qtbot, window) == ["notes", "head"]


def test_filesInAFolderWithoutDICOMAreOffered(qtbot, window, files):
    def imported(*names, series=()):
        skipped = [SkippedFile(os.fsencode(files / name), "no DICOM") for name in names]
        window.dataFiles.offer(ImportReport(skipped=skipped, seriesUIDs=list(series)))
        return window.findChild(QMessageBox, "otherFilesQuestion")

    window.sceneFiles.asks = True
    assert imported("head.nrrd", series=["1.2"]) is None
    assert imported("notes.txt") is None
    box = imported("notes.txt", "head.nrrd", "x.seg.nrrd")
    assert box.text() == "There is no DICOM in what was imported, but 2 other files. Load them?"
    assert box.informativeText() == "• head.nrrd\n• x.seg.nrrd"
    box.defaultButton().click()
    assert loadAll(qtbot, window) == ["head", "x"]


def test_theBrowserLeavesSuchFilesToAWindowThatTakesThem(qtbot, files):
    window = QWidget()
    qtbot.addWidget(window)

    def isLeft(*names):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(files / name)) for name in names])
        return isForWindow(QDragEnterEvent(QPoint(), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier), window)

    assert [isLeft("folder"), isLeft("plan.mrb"), isLeft("folder", "notes.txt")] == [False, True, False]
    window.setAcceptDrops(True)
    assert [isLeft("folder"), isLeft("head.nrrd"), isLeft("folder", "notes.txt")] == [False, True, True]
