"""Diffusion volumes as MRML has them."""

from __future__ import annotations

import numpy
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Scene import Scene

VOXELS = numpy.arange(2 * 3 * 4 * 5, dtype="uint16").reshape(2, 3, 4, 5)
GRADIENTS = numpy.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0, 0.8]], float)


@pytest.fixture
def node():
    scene = Scene()
    made = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "dwi")
    made.setVoxelArray(VOXELS.copy())
    made.SetDiffusionGradients(GRADIENTS)
    made.SetBValues([0, 1000, 1000, 1000, 2000])
    made.CreateDefaultDisplayNodes()
    yield made
    scene.Clear()


def test_gradientsAndBValuesAreThoseThatWereSet(node):
    assert node.GetNumberOfGradients() == 5
    assert node.GetDiffusionGradient(4) == (0.6, 0, 0.8)
    vector = [0, 0, 0]
    node.GetDiffusionGradient(2, vector)
    assert vector == [0, 1, 0]
    assert node.GetBValue(4) == 2000
    assert vtk_to_numpy(node.GetDiffusionGradients()).tolist() == GRADIENTS.tolist()
    assert vtk_to_numpy(node.GetBValues()).tolist() == [0, 1000, 1000, 1000, 2000]
    node.SetDiffusionGradient(1, (0, 0, -1))
    node.SetBValue(1, 5)
    assert node.gradientsArray()[1].tolist() == [0, 0, -1] and node.bValuesArray()[1] == 5


def test_vtkArraysAreAcceptedAsInMRML(node):
    other = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    other.SetDiffusionGradients(node.GetDiffusionGradients())
    other.SetBValues(node.GetBValues())
    assert numpy.array_equal(other.gradientsArray(), GRADIENTS)
    assert other.bValuesArray().tolist() == [0, 1000, 1000, 1000, 2000]


def test_theNumberOfGradientsKeepsWhatIsThere(node):
    node.SetNumberOfGradients(6)
    assert node.GetBValue(4) == 2000 and node.GetBValue(5) == 0
    node.SetNumberOfGradients(2)
    assert node.gradientsArray().tolist() == GRADIENTS[:2].tolist()


@pytest.mark.parametrize("bad", [(1, 0), (1, 0, 0, 0), (float("nan"), 0, 0), (0, float("inf"), 0)])
def test_whatAScriptGetsWrongLeavesTheWeightingAsItWas(bad):
    node = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    node.SetNumberOfGradients(2)
    with pytest.raises(SceneError, match="three finite numbers"):
        node.SetDiffusionGradient(1, bad)
    with pytest.raises(SceneError, match="finite number"):
        node.SetBValue(1, float("nan"))
    assert not node.gradientsArray().any() and node.bValuesArray().tolist() == [0, 0]
    assert node.shownComponent() == 0 and node.shownImageData() is None


@pytest.mark.parametrize("number", [-1, 5])
def test_measurementsThatAreNotThereAreRefused(node, number):
    for access in (node.GetBValue, node.GetDiffusionGradient):
        with pytest.raises(SceneError, match="there are 5 gradients"):
            access(number)


@pytest.mark.parametrize("gradients", [[[1, 0]], [1, 0, 0], [[numpy.nan, 0, 0]]])
def test_whatIsNoListOfVectorsIsRefused(node, gradients):
    with pytest.raises(SceneError):
        node.SetDiffusionGradients(gradients)


def test_theMeasurementFrameTurnsGradientsToRAS(node):
    frame = vtkMatrix4x4()
    for row, values in enumerate([[0, -1, 0], [1, 0, 0], [0, 0, 1]]):
        for column, value in enumerate(values):
            frame.SetElement(row, column, value)
    node.SetMeasurementFrameMatrix(frame)
    assert node.gradientsRAS()[1].tolist() == [0, 1, 0]
    assert node.gradientsRAS()[2].tolist() == [-1, 0, 0]
    assert node.GetMeasurementFrameMatrix().GetElement(0, 1) == -1


def test_viewsDrawTheMeasurementOfTheDisplayNode(node):
    assert node.voxelArray().shape == (2, 3, 4, 5)
    first = node.shownImageData()
    assert first.GetNumberOfScalarComponents() == 1
    assert vtk_to_numpy(first.GetPointData().GetScalars()).tolist() == VOXELS[..., 0].reshape(-1).tolist()
    assert node.shownImageData() is first  # made once for all views
    node.GetDisplayNode().SetDiffusionComponent(3)
    shown = vtk_to_numpy(node.shownImageData().GetPointData().GetScalars())
    assert shown.dtype == numpy.uint16 and shown.tolist() == VOXELS[..., 3].reshape(-1).tolist()
    node.voxelArray()[...] = 9
    node.imageDataModified()
    assert set(vtk_to_numpy(node.shownImageData().GetPointData().GetScalars())) == {9}


def test_aComponentBeyondTheLastShowsTheLast(node):
    node.GetDisplayNode().SetDiffusionComponent(99)
    assert node.shownComponent() == 4


def test_otherVolumesAreDrawnAsTheyAre():
    volume = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.setVoxelArray(VOXELS[..., 0].copy())
    assert volume.shownImageData() is volume.GetImageData()


def test_aCopyHasWeightingAndVoxels(node):
    other = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    other.CopyContent(node)
    assert numpy.array_equal(other.voxelArray(), VOXELS)
    assert numpy.array_equal(other.gradientsArray(), GRADIENTS) and other.GetBValue(4) == 2000


def test_oneMeasurementHasFourDimensionsToo():
    volume = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    volume.setVoxelArray(VOXELS[..., :1].copy())
    assert volume.voxelArray().shape == (2, 3, 4, 1)


def test_windowAndLevelStayWithAnotherMeasurementUntilAskedForAgain(node):
    display = node.GetDisplayNode()
    node.voxelArray()[..., 3] = numpy.arange(24).reshape(2, 3, 4) * 1000
    node.imageDataModified()
    before = display.GetWindow(), display.GetLevel()
    display.SetDiffusionComponent(3)
    assert (display.GetWindow(), display.GetLevel()) == before
    display.SetAutoWindowLevel(True)
    assert display.GetWindow() > 20000
    display.SetWindowLevel(10, 5)
    display.SetDiffusionComponent(0)
    assert (display.GetWindow(), display.GetAutoWindowLevel()) == (10, False)


def test_allValuesAtOnceAreOneChange(node):
    heard = []
    node.AddObserver("ModifiedEvent", lambda *_: heard.append(1))
    node.SetDiffusionGradients(GRADIENTS[:2])
    node.SetBValues([0, 1, 2])
    assert len(heard) == 2


def test_theDisplayNodeHasItsOwnNameInMRML(node):
    assert node.GetDiffusionWeightedVolumeDisplayNode() is node.GetDisplayNode()
