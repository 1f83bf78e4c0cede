"""Tensor volumes: six numbers for each voxel, what is shown of them, and MRML's nine."""

from __future__ import annotations

import numpy
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from DICOMLib.Diffusion import Invariants
from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Scene import Scene

ALONG_R = [1e-3, 0, 0, 0, 0, 0]
BALL = [2e-3, 0, 0, 2e-3, 0, 2e-3]
TURN = numpy.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])  # R becomes A


@pytest.fixture
def node():
    scene = Scene()
    made = scene.AddNewNodeByClass("vtkMRMLDiffusionTensorVolumeNode", "dti")
    voxels = numpy.zeros((2, 3, 4, 6), "float32")
    voxels[0], voxels[1] = ALONG_R, BALL
    made.setVoxelArray(voxels)
    made.CreateDefaultDisplayNodes()
    yield made
    scene.Clear()


def shown(node) -> numpy.ndarray:
    image = node.shownImageData()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(2, 3, 4, -1)


def test_fractionalAnisotropyIsShownAtFirstBetweenZeroAndOne(node):
    assert node.GetDisplayNode().GetScalarInvariantAsString() == "FractionalAnisotropy"
    assert shown(node)[:, 0, 0, 0] == pytest.approx([1, 0], abs=1e-6)
    assert (node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()) == (1, 0.5)


def test_anotherNumberBringsItsOwnWindow(node):
    display = node.GetDisplayNode()
    display.SetScalarInvariant(Invariants.MEAN_DIFFUSIVITY)
    assert shown(node)[:, 0, 0, 0] == pytest.approx([1e-3 / 3, 2e-3])
    assert display.GetWindowLevelMax() == pytest.approx(2e-3)
    display.SetScalarInvariantToColorOrientation()
    assert shown(node)[:, 0, 0].tolist() == [[255, 0, 0], [0, 0, 0]] and display.GetWindow() == 255


def test_whatIsShownIsComputedOnce(node):
    first = node.shownImageData()
    assert node.shownImageData() is first
    node.voxelArray()[:] = 0
    node.imageDataModified()
    assert node.shownImageData() is not first and not shown(node).any()


def test_coloursFollowTheMeasurementFrameAndTransformsAbove(node):
    node.GetDisplayNode().SetScalarInvariantToColorOrientation()
    node.SetMeasurementFrameMatrix(TURN)
    assert shown(node)[0, 0, 0].tolist() == [0, 255, 0]
    transform = node.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode")
    back = numpy.eye(4)
    back[:3, :3] = TURN.T
    transform.SetMatrixTransformToParent(matrixFromArray(back))
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert shown(node)[0, 0, 0].tolist() == [255, 0, 0]
    node.HardenTransform()
    assert shown(node)[0, 0, 0].tolist() == [255, 0, 0]
    assert node.measurementFrameArray() == pytest.approx(numpy.eye(3), abs=1e-12)


def test_tensorsInRASAreTurned(node):
    node.SetMeasurementFrameMatrix(TURN)
    assert node.tensorsRAS()[0, 0, 0] == pytest.approx([0, 0, 0, 1e-3, 0, 0], abs=1e-9)


def test_nineNumbersAsInMRMLAreAcceptedAndGiven(node):
    other = node.GetScene().AddNewNodeByClass("vtkMRMLDiffusionTensorVolumeNode")
    image = node.GetTensorImageData()
    assert image.GetPointData().GetTensors().GetNumberOfComponents() == 9
    other.SetAndObserveImageData(image)
    assert numpy.array_equal(other.voxelArray(), node.voxelArray())
    other.setVoxelArray(numpy.arange(9.0).reshape(1, 1, 1, 3, 3))
    assert other.voxelArray().tolist() == [[[[0, 2, 4, 4, 6, 8]]]]


def test_otherNumbersOfComponentsAreRefused(node):
    with pytest.raises(SceneError, match="six or nine"):
        node.setVoxelArray(numpy.zeros((1, 1, 1, 3)))
    with pytest.raises(SceneError, match="no such scalar invariant"):
        node.GetDisplayNode().SetScalarInvariant(99)


def test_aMeshHasTensorsInTheWorld(node):
    node.SetMeasurementFrameMatrix(TURN)
    mesh = node.toPyVista()
    tensors = vtk_to_numpy(mesh.GetPointData().GetTensors())
    assert tensors.shape == (24, 9) and tensors[0] == pytest.approx([0, 0, 0, 0, 1e-3, 0, 0, 0, 0], abs=1e-9)


def test_aCopyHasAllOfIt(node):
    node.SetMeasurementFrameMatrix(TURN)
    copy = node.CreateNodeInstance()
    copy.CopyContent(node)
    assert numpy.array_equal(copy.voxelArray(), node.voxelArray())
    assert numpy.array_equal(copy.measurementFrameArray(), TURN)
    display = node.GetDisplayNode().CreateNodeInstance()
    node.GetDisplayNode().SetScalarInvariantToTrace()
    display.CopyContent(node.GetDisplayNode())
    assert display.GetScalarInvariant() == Invariants.TRACE


def test_whatTensorsWereMadeOfIsRemembered(node):
    scene = node.GetScene()
    weighted = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    node.SetDiffusionWeightedNodeID(weighted.GetID())
    node.SetBaselineNodeID(weighted.GetID())
    node.SetMaskNodeID(weighted.GetID())
    assert node.GetDiffusionWeightedNode() is node.GetBaselineNode() is node.GetMaskNode() is weighted
    scene.RemoveNode(weighted)
    assert node.GetDiffusionWeightedNode() is None
