import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.DisplayNodes import windowLevelOf
from DICOMLib.Scene.Nodes import (
    vtkMRMLLabelMapVolumeDisplayNode,
    vtkMRMLModelDisplayNode,
    vtkMRMLScalarVolumeDisplayNode,
    vtkMRMLVectorVolumeDisplayNode,
)
from DICOMLib.Scene.Scene import Scene


def test_automaticWindowLeavesOutRareExtremes():
    voxels = numpy.linspace(0, 1000, 100 * 100 * 20).reshape(20, 100, 100)
    voxels[0, 0, :3] = 1e6
    window, level = windowLevelOf(voxels)
    assert window == pytest.approx(1000, rel=0.01)
    assert level == pytest.approx(500, rel=0.01)


def test_automaticWindowSeesEveryColumnOfALargeImage():
    voxels = numpy.zeros((200, 1000, 64), dtype="int16")  # a plain step of 64 would see the first column only
    voxels[:, :, 32:] = 500
    window, level = windowLevelOf(voxels)
    assert (window, level) == (500, 250)


@pytest.mark.parametrize("values", [[5, 5, 5], [numpy.nan, numpy.inf, 5]])
def test_automaticWindowOfAConstantImageIsCentredOnIt(values):
    window, level = windowLevelOf(numpy.array([[values]], dtype=float))
    assert window > 0
    assert level == 5


def test_automaticWindowOfNothingFiniteIsStillUsable():
    assert windowLevelOf(numpy.full((1, 1, 2), numpy.nan))[0] > 0


def test_settingWindowAndLevelTurnsAutomaticOff():
    display = vtkMRMLScalarVolumeDisplayNode()
    assert display.GetAutoWindowLevel()
    display.SetWindow(80)
    display.SetLevel(40)
    assert (display.GetWindow(), display.GetLevel(), display.GetAutoWindowLevel()) == (80, 40, False)
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0, 80)
    display.SetWindowLevelMinMax(-100, 300)
    assert (display.GetWindow(), display.GetLevel()) == (400, 100)


def test_turningAutomaticOnAgainFollowsTheVolume():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.setVoxelArray(numpy.array([[[0, 100]]], dtype="int16"))
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    assert display.GetDisplayableNode() is volume
    display.SetWindowLevel(1, 1)
    display.SetAutoWindowLevel(True)
    assert display.GetLevel() == 50


def test_presetsOfTheFileCanBeChosen():
    display = vtkMRMLScalarVolumeDisplayNode()
    display.AddWindowLevelPreset(80, 40, "BRAIN")
    assert display.AddWindowLevelPreset(2000, 500, "BONE") == 1
    display.SetWindowLevelFromPreset(1)
    assert (display.GetWindow(), display.GetLevel()) == (2000, 500)
    assert display.GetNumberOfWindowLevelPresets() == 2
    assert display.GetWindowLevelPresetExplanation(0) == "BRAIN"
    with pytest.raises(SceneError, match="no such window/level preset"):
        display.SetWindowLevelFromPreset(2)


def test_colorTablesAreChosenByNameOrNodeID():
    display = vtkMRMLScalarVolumeDisplayNode()
    assert display.GetColorName() == "Grey"
    display.SetAndObserveColorNodeID("vtkMRMLPETProceduralColorNodePET-Heat")
    assert display.GetColorName() == "PET-Heat"
    display.SetColorName("Rainbow")
    assert display.GetColorNodeID() == "vtkMRMLColorTableNodeRainbow"
    with pytest.raises(SceneError):
        display.SetColorName("Plaid")
    with pytest.raises(SceneError):
        display.SetAndObserveColorNodeID("vtkMRMLModelNode1")


def test_labelMapsAreNeverInterpolatedAndHaveLabelColors():
    display = vtkMRMLLabelMapVolumeDisplayNode()
    assert not display.GetInterpolate()
    assert display.GetColorName() == "Labels"


def test_colorVolumesKeepTheFullRangeOfTheirType():
    display = vtkMRMLVectorVolumeDisplayNode()
    display.onImageDataModified(numpy.full((1, 2, 2, 3), 7, dtype="uint8"))
    assert (display.GetWindow(), display.GetLevel()) == (255, 127.5)


def test_opacityStaysBetweenZeroAndOne():
    display = vtkMRMLModelDisplayNode()
    display.SetOpacity(3)
    assert display.GetOpacity() == 1
    display.SetColor(1, 0.5, 0)
    assert display.GetColor() == (1, 0.5, 0)
    display.SetColor([0, 0, 1])
    assert display.GetColor() == (0, 0, 1)


def test_aCopyHasPresetsOfItsOwn():
    display, copy = vtkMRMLScalarVolumeDisplayNode(), vtkMRMLScalarVolumeDisplayNode()
    display.AddWindowLevelPreset(1, 2)
    display.SetInvert(True)
    copy.Copy(display)
    display.ResetWindowLevelPresets()
    assert copy.GetNumberOfWindowLevelPresets() == 1
    assert copy.GetInvertDisplayScalarRange()


def test_changesAreTold():
    display = vtkMRMLScalarVolumeDisplayNode()
    calls = []
    display.AddObserver("ModifiedEvent", lambda caller, event: calls.append(event))
    display.SetWindowLevel(1, 2)
    display.SetInvert(True)
    display.SetInterpolate(False)
    display.SetVisibility(False)
    display.SetThreshold(1, 2)
    display.SetApplyThreshold(True)
    assert len(calls) == 6
    assert (display.GetLowerThreshold(), display.GetUpperThreshold()) == (1, 2)
