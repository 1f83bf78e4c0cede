import numpy
import pytest

from DICOMLib.Geometry.Patient import (
    cornersRAS,
    directionLabel,
    ijkToLPSFromRAS,
    ijkToRASFromLPS,
    isRightHanded,
    planeName,
    rasFromLPS,
    spacingOf,
)

AXIAL_LPS = numpy.array([[0.7, 0, 0, -10], [0, 0.8, 0, 20], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])


def test_LPSToRASNegatesXAndYAndNothingElse():
    assert rasFromLPS([[1, 2, 3]]).tolist() == [[-1, -2, 3]]
    matrix = ijkToRASFromLPS(AXIAL_LPS)
    assert matrix[:3, 3].tolist() == [10, -20, 30]
    assert numpy.array_equal(ijkToLPSFromRAS(matrix), AXIAL_LPS)


def test_theConversionKeepsHandednessAndLengths():
    matrix = ijkToRASFromLPS(AXIAL_LPS)
    assert isRightHanded(AXIAL_LPS) and isRightHanded(matrix)
    assert spacingOf(matrix) == pytest.approx((0.7, 0.8, 2.5))


def test_cornersAreVoxelCentresOrderedByKJI():
    corners = cornersRAS(ijkToRASFromLPS(AXIAL_LPS), (11, 21, 5))
    assert corners.shape == (2, 2, 2, 3)
    assert corners[0, 0, 0] == pytest.approx((10, -20, 30))
    assert corners[0, 0, 1] == pytest.approx((3, -20, 30))
    assert corners[0, 1, 0] == pytest.approx((10, -36, 30))
    assert corners[1, 1, 1] == pytest.approx((3, -36, 40))
    faces = cornersRAS(ijkToRASFromLPS(AXIAL_LPS), (11, 21, 5), rim=0.5)
    assert faces[0, 0, 0] == pytest.approx((10.35, -19.6, 28.75))
    assert faces[1, 1, 1] == pytest.approx((2.65, -36.4, 41.25))


def test_labelsOfAnAxialImageRunToLeftPosteriorAndSuperior():
    assert [directionLabel(axis) for axis in ijkToRASFromLPS(AXIAL_LPS)[:3, :3].T] == ["L", "P", "S"]


@pytest.mark.parametrize(
    ("direction", "label"),
    [((1, 0, 0), "R"), ((-1, 0, 0), "L"), ((0, 0.9, 0.3), "AS"), ((0.05, 0, -1), "I"), ((0, 0, 0), "")],
)
def test_obliqueDirectionsGetTheirLargestPartFirst(direction, label):
    assert directionLabel(direction) == label


def test_planesAreNamedAfterTheNearestPatientAxis():
    assert planeName(ijkToRASFromLPS(AXIAL_LPS)) == "axial"
    sagittal = numpy.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    assert planeName(sagittal) == "sagittal"
    turned = numpy.array([[1, 0, 0, 0], [0, 0.8, -0.6, 0], [0, 0.6, 0.8, 0], [0, 0, 0, 1.0]])
    assert planeName(turned) == "oblique axial"
