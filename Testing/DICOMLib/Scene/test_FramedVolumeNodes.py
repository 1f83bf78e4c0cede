"""Gradients turn with their volume: by the rotation in a transform, and not by its stretching or shear."""

from __future__ import annotations

import numpy
import pytest
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.FramedVolumeNodes import rotationOf
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Scene import Scene

TURN = numpy.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])  # R becomes A
STRETCH = numpy.array([[2, 0, 0], [0, 1, 0.3], [0, 0.3, 0.5]])  # symmetric: no rotation in it


@pytest.fixture
def node():
    scene = Scene()
    made = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "dwi")
    made.setVoxelArray(numpy.arange(4 * 5 * 6 * 7, dtype="int16").reshape(4, 5, 6, 7))
    made.SetDiffusionGradients(numpy.vstack([numpy.zeros(3), numpy.eye(3), -numpy.eye(3)]))
    made.SetBValues([0] + [1000] * 6)
    yield made
    scene.Clear()


def underTransform(node, matrix: numpy.ndarray) -> None:
    full = numpy.eye(4)
    full[:3, :3] = matrix
    transform = node.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrixFromArray(full))
    node.SetAndObserveTransformNodeID(transform.GetID())


def test_hardeningTurnsGradientsByTheRotationAlone(node):
    underTransform(node, TURN @ STRETCH)
    assert node.gradientsWorld()[1] == pytest.approx([0, 1, 0])
    assert node.gradientsRAS()[1].tolist() == [1, 0, 0]  # nothing is applied yet
    node.HardenTransform()
    assert node.gradientsRAS()[1:4] == pytest.approx(TURN.T)
    assert node.gradientsArray()[1].tolist() == [1, 0, 0]  # numbers in the measurement frame stay


def test_voxelsComputedAnewKeepAllMeasurementsAndTurnGradients(node):
    underTransform(node, TURN @ STRETCH)
    node.makeRectangular()
    assert node.voxelArray().shape[3] == 7 and node.voxelArray().dtype == "int16"
    assert node.gradientsRAS()[1:4] == pytest.approx(TURN.T, abs=1e-6)
    assert node.GetParentTransformNode() is None


def test_aTransformThatIsNotLinearTurnsByItsRotationInTheMiddle(node):
    before, after = vtkPoints(), vtkPoints()
    for corner in numpy.ndindex(2, 2, 2):
        point = numpy.array(corner) * 10.0 - 5
        before.InsertNextPoint(point)
        after.InsertNextPoint(TURN @ point)
    spline = vtkThinPlateSplineTransform()
    spline.SetSourceLandmarks(before)
    spline.SetTargetLandmarks(after)
    spline.SetBasisToR()
    transform = node.GetScene().AddNewNodeByClass("vtkMRMLTransformNode")
    transform.SetAndObserveTransformToParent(spline)
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert node.gradientsWorld()[1] == pytest.approx([0, 1, 0], abs=1e-3)
    node.HardenTransform()
    assert node.gradientsRAS()[1] == pytest.approx([0, 1, 0], abs=1e-3)


def test_aFrameIsAMatrixOrNineNumbersAsInMRML(node):
    node.SetMeasurementFrameMatrix(*TURN.T.reshape(9))  # the direction of the first axis first
    assert numpy.array_equal(node.measurementFrameArray(), TURN)
    matrix, rows = vtkMatrix4x4(), [[], [], []]
    node.GetMeasurementFrameMatrix(matrix)
    node.GetMeasurementFrameMatrix(rows)
    assert [matrix.GetElement(0, 1), matrix.GetElement(1, 0)] == [-1, 1] and rows == TURN.tolist()
    node.SetMeasurementFrameMatrix(numpy.eye(3).tolist())
    node.SetMeasurementFrameMatrix(matrix)
    assert numpy.array_equal(node.measurementFrameArray(), TURN)
    for wrong in (numpy.eye(2), numpy.full((3, 3), numpy.nan)):
        with pytest.raises(SceneError, match="3×3 finite numbers"):
            node.SetMeasurementFrameMatrix(wrong)


def test_aMirroredVolumeHasMirroredDirections():
    assert numpy.array_equal(rotationOf(numpy.diag([-2.0, 1, 3])), numpy.diag([-1.0, 1, 1]))


def test_aMeshTellsGradientsAndBValues(node):
    underTransform(node, TURN)
    mesh = node.toPyVista()
    assert mesh.field_data["gradients"][1] == pytest.approx([0, 1, 0])
    assert mesh.field_data["bValues"].tolist() == [0] + [1000] * 6
    assert mesh.point_data["ImageScalars"].shape == (120, 7)


def test_theStorageNodeIsTheOneOfMRML(node, tmp_path):
    assert node.AddDefaultStorageNode(tmp_path / "a.nrrd").GetClassName() == "vtkMRMLNRRDStorageNode"
