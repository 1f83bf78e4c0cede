"""The slider over the measurements of a diffusion volume: in every slice view, all showing the same."""

from __future__ import annotations

import numpy
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMModule.Host.DataProbe import probeText
from DICOMModule.Host.SliceTexts import cornerTexts

from .conftest import settle
from .Volumes import BLOCK, BRIGHT, SHAPE, addVolume, axialMatrix


def addDiffusion(scene):
    """Four measurements; the block is bright in the third one only."""
    voxels = numpy.zeros((*SHAPE, 4), numpy.int16)
    voxels[(*BLOCK, 2)] = BRIGHT
    node = scene.CreateNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    node.SetName("DWI")
    node.SetIJKToRASMatrix(axialMatrix())
    node.setVoxelArray(voxels)
    node.SetDiffusionGradients(numpy.vstack([numpy.zeros(3), numpy.eye(3)]))
    node.SetBValues([0, 1000, 1000, 1000])
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevel(BRIGHT, BRIGHT / 2)
    return node


@pytest.fixture
def window(makeWindow):
    return makeWindow()


@pytest.mark.gui
def test_theSliderOfAnyViewChangesAllOfThem(window, scene):
    window.resize(900, 700)
    window.layoutManager.setLayout("FourUp")
    node = addDiffusion(scene)
    settle()
    views = list(window.layoutManager.sliceViews().values())
    rows = [view.controller.measurementRow for view in views]
    assert all(row.isVisible() and row.slider.maximum() == 3 and row.label.text() == "1 / 4  b 0" for row in rows)
    centre = (axialMatrix() @ [32.5, 16.5, 24.5, 1])[:3]
    for view in views:
        view.jumpTo(centre, centre=True)
    at = views[0].positionOf(centre)
    assert views[0].screenshot()[at.y(), at.x()].max() < 20
    rows[1].slider.setValue(2)
    settle()
    assert [row.slider.value() for row in rows] == [2, 2, 2] and node.GetDisplayNode().GetDiffusionComponent() == 2
    assert all(row.label.text() == "3 / 4  b 1000" for row in rows)
    for view in views:
        picture = view.screenshot()
        at = view.positionOf(centre)
        assert picture[at.y(), at.x()].min() > 200
        assert "volume 3 of 4, b = 1000 s/mm²\ndirection R 0.00  A 1.00  S 0.00" in cornerTexts(view)["topLeft"]
    assert (node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()) == (BRIGHT, BRIGHT / 2)
    assert probeText(node, centre).endswith("1000  [3 / 4  b 1000]")


@pytest.mark.gui
def test_commaAndPeriodStepAndStopAtTheEnds(window, scene):
    node = addDiffusion(scene)
    settle()
    plotter = window.layoutManager.sliceView("Red").plotter
    for key, expected in ((Qt.Key_Comma, 0), (Qt.Key_Period, 1), (Qt.Key_Period, 2), (Qt.Key_Comma, 1)):
        QTest.keyClick(plotter, key)
        assert node.GetDisplayNode().GetDiffusionComponent() == expected
    for _ in range(5):
        QTest.keyClick(plotter, Qt.Key_Period)
    assert node.GetDisplayNode().GetDiffusionComponent() == 3


@pytest.mark.gui
def test_otherVolumesHaveNoRow(window, scene):
    addVolume(scene)
    settle()
    view = window.layoutManager.sliceView("Red")
    assert view.controller.measurementRow.isHidden()
    QTest.keyClick(view.plotter, Qt.Key_Period)


@pytest.mark.gui
def test_tensorsHaveAMenuInPlaceOfTheSlider(window, scene):
    node = scene.CreateNodeByClass("vtkMRMLDiffusionTensorVolumeNode")
    node.SetIJKToRASMatrix(axialMatrix())
    voxels = numpy.zeros((*SHAPE, 6), numpy.float32)
    voxels[BLOCK] = [1e-3, 0, 0, 0, 0, 0]
    node.setVoxelArray(voxels)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    settle()
    view = window.layoutManager.sliceView("Red")
    row = view.controller.measurementRow
    assert row.invariantButton.text() == "Fractional anisotropy" and not row.slider.isVisible()
    centre = (axialMatrix() @ [32.5, 16.5, 24.5, 1])[:3]
    view.jumpTo(centre, centre=True)
    actions = {action.text(): action for action in row.invariantButton.menu().actions()}
    actions["Direction in colour"].trigger()
    settle()
    at = view.positionOf(centre)
    assert view.screenshot()[at.y(), at.x()].tolist() == [255, 0, 0]
    assert row.invariantButton.text() == "Direction in colour"
    assert probeText(node, centre).endswith("255, 0, 0  [Direction in colour]")
    actions["Mean diffusivity"].trigger()
    settle()
    assert row.invariantButton.text() == "Mean diffusivity"
    row.invariantButton.menu().aboutToShow.emit()
    assert [text for text, action in actions.items() if action.isChecked()] == ["Mean diffusivity"]


@pytest.mark.gui
def test_volumeRenderingFollowsOnceTheSliderRests(qtbot, window, scene):
    node = addDiffusion(scene)
    settle()
    view = window.layoutManager.threeDView()
    view.annotations.lettersVisible = view.annotations.boxVisible = False
    dark = view.screenshot().astype(int)
    node.GetDisplayNode().SetDiffusionComponent(2)
    rendering = next(iter(view._volumes.values()))
    qtbot.waitUntil(lambda: rendering.mapper.GetInput().GetScalarRange() == (0, BRIGHT), timeout=60_000)
    assert numpy.abs(view.screenshot().astype(int) - dark).max() > 50
