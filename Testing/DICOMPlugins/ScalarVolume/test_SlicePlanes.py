"""Planes of a volume, as images say them."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Errors import ExportError
from DICOMPlugins.ScalarVolume.SlicePlanes import slicePlanes


def matrix(i, j, k, origin=(0, 0, 0)):
    result = numpy.eye(4)
    result[:3] = numpy.column_stack((i, j, k, origin))
    return result


def test_noiseOfPositionsIsNoSpacing():
    step = 0.99999999999999
    planes = slicePlanes(matrix((0.8, 0, 0), (0, 0.7, 0), (0, 0, step), (1, 2, -127.690002)), (5, 4, 3))
    assert planes.sliceSpacing == 1 and planes.pixelSpacing == (0.7, 0.8)
    assert planes.positions[2].tolist() == [1, 2, -127.690002 + 2 * step]


def test_aTiltedStackHasTheDistanceOfItsPlanes():
    planes = slicePlanes(matrix((1, 0, 0), (0, 1, 0), (0, 1, 3)), (5, 4, 3))
    assert planes.sliceSpacing == 3 and planes.positions[1].tolist() == [0, 1, 3]


def test_rowsThatAreNotAtRightAnglesToColumnsAreRefused():
    with pytest.raises(ExportError, match="not at right angles"):
        slicePlanes(matrix((1, 0, 0), (0.1, 1, 0), (0, 0, 3)), (5, 4, 3))
