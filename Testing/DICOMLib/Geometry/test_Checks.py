import numpy
import pytest

from DICOMLib.Geometry.Checks import cornerDisplacements, missingSlices, samePositionTolerance
from DICOMLib.Geometry.Planes import planesOf
from DICOMLib.Geometry.Slices import locatedMatrix
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice, memoryStack


@pytest.mark.parametrize(
    ("gap", "expected", "count"), [(2.5, 2.5, 0), (5.0, 2.5, 1), (7.6, 2.5, 2), (4.0, 2.5, 0), (1.0, 2.5, 0)]
)
def test_gapsThatAreWholeMultiplesAreMissingSlices(gap, expected, count):
    assert missingSlices(gap, expected) == count


def test_displacementIsMeasuredAtTheCornersOfEachSlicesOwnHeader():
    instances = memoryStack([0, 1, 2])
    instances[1] = memorySlice(2, (0, 0, 1), pixelSpacing=(0.8, 0.8))
    planes = planesOf(instances)
    distances = cornerDisplacements(planes, locatedMatrix(planes))
    # The middle slice's columns are 0.1 mm wider: 29 of them away from the origin.
    assert distances[1].tolist() == pytest.approx([0, 2.9, 0, 2.9])
    assert numpy.abs(distances[[0, 2]]).max() == pytest.approx(0, abs=1e-12)


def test_specimensHaveACloserIdeaOfTheSamePosition():
    assert samePositionTolerance(planesOf([memorySlice(1, (0, 0, 0))])) == 0.01
    assert samePositionTolerance(planesOf([memorySlice(1, (0, 0, 0), pixelSpacing=(0.005, 0.005))])) == 0.0005
