"""Colour tables of one's own."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Colors import vtkMRMLColorTableNode
from DICOMLib.Scene.Scene import Scene


def test_aNewTableHasNoColoursUntilTheyAreSet():
    scene = Scene()
    table = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "organs")
    assert table.GetNumberOfColors() == 0 and scene.GetNodeByID(table.GetID()) is table
    table.SetTypeToUser()
    table.SetNumberOfColors(3)
    table.SetColor(1, "liver", 0.8, 0.5, 0.4)
    table.SetColor(2, 0, 1, 0, 0.5)
    assert (table.GetColorName(1), table.GetColorName(2)) == ("liver", "")
    assert table.GetColor(1) == (0.8, 0.5, 0.4, 1.0) and table.GetColor(2) == (0, 1, 0, 0.5)
    lookup = table.GetLookupTable()
    assert lookup.GetTableValue(2) == pytest.approx((0, 1, 0, 0.5), abs=1 / 255) and lookup.GetTableRange() == (0, 2)
    table.SetNumberOfColors(1)
    assert table.GetColorName(1) == "" and table.GetColor(1) == (0, 0, 0, 0)


def test_builtInTablesStayAsTheyAre():
    table = vtkMRMLColorTableNode("Grey")
    for change in (table.SetTypeToUser, lambda: table.SetNumberOfColors(2), lambda: table.SetColor(0, 1, 0, 0)):
        with pytest.raises(SceneError, match="built-in color table cannot be changed"):
            change()


def test_entriesThatAreNotThereAreRefused():
    table = vtkMRMLColorTableNode()
    table.SetNumberOfColors(2)
    for wrong in ((2, 1, 0, 0), (-1, 1, 0, 0), (0, 1, 0)):
        with pytest.raises(SceneError, match="no such color"):
            table.SetColor(*wrong)
    with pytest.raises(SceneError, match="so many colors"):
        table.SetNumberOfColors(70000)


def test_aLabelMapIsShownWithATableAndFollowsItsChanges():
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    table = scene.AddNewNodeByClass("vtkMRMLColorTableNode")
    table.SetNumberOfColors(2)
    display.SetAndObserveColorNodeID(table.GetID())
    changes = []
    node.AddObserver(node.DisplayModifiedEvent, lambda *_: changes.append(1))
    table.SetColor(1, 1, 0, 0)
    assert changes and display.GetColorNode() is table
    with pytest.raises(SceneError, match="no such color table"):
        display.SetAndObserveColorNodeID("vtkMRMLColorTableNode9")


def test_aLabelMapSaysWhichVolumeItBelongsTo():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    assert labels.referenceVolume() is None
    labels.SetReferenceImageGeometryFromVolumeNode(volume)
    assert labels.referenceVolume() is volume
    assert labels.GetNodeReference(labels.GetReferenceImageGeometryReferenceRole()) is volume
    scene.RemoveNode(volume)
    assert labels.referenceVolume() is None
