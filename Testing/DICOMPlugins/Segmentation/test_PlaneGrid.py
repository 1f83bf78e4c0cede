"""From places of frames to a grid of voxels."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Errors import LoadError
from DICOMPlugins.Segmentation.PlaneGrid import Margins, planeGrid, unplacedGrid

AXIAL = (1.0, 0, 0, 0, 1, 0)


def gridOf(heights, spacing=0.0, shift=(0.0, 0.0), margins=None, orientation=AXIAL):
    positions = numpy.array([[10 + shift[0] * z, 20 + shift[1] * z, z] for z in heights])
    return planeGrid(positions, numpy.tile(orientation, (len(heights), 1)).astype(float), (0.5, 0.7), spacing, margins)


def test_framesInAnyOrderAndMoreThanOneAPlaneAreSorted():
    grid = gridOf([6, 2, 4, 2])
    assert grid.planeOfFrame.tolist() == [2, 0, 1, 0] and grid.planes == 3
    assert grid.ijkToLPS[:3, 3].tolist() == [10, 20, 2]
    assert numpy.diag(grid.ijkToLPS).tolist() == pytest.approx([0.7, 0.5, 2, 1])


def test_placesThatWereRoundedDifferentlyAreOnePlane():
    grid = gridOf([0, 2.5, 0.006, 5.004, 7.497, 2.494])
    assert grid.planeOfFrame.tolist() == [0, 1, 0, 2, 3, 1] and grid.planes == 4
    assert gridOf([0, 0.008, 0.004], spacing=2.5).planes == 1


def test_planesOfAMicroscopeAreNotRounding():
    assert gridOf([0, 0.004, 0.008], spacing=0.004).planes == 3
    heights = [*numpy.arange(20) * 0.004, *(0.4 + numpy.arange(20) * 0.004)]
    assert gridOf(heights, spacing=1.0).planes == 120


def test_planesWithoutFramesAreThere():
    grid = gridOf([0, 2, 10])
    assert grid.planeOfFrame.tolist() == [0, 1, 5] and grid.planes == 6
    grid = gridOf([0, 10], spacing=2.5)
    assert grid.planeOfFrame.tolist() == [0, 4] and grid.planes == 5


def test_aSpacingThatIsNotThatOfThePlanesDoesNotCount():
    assert gridOf([0, 3, 6], spacing=2.0).planeOfFrame.tolist() == [0, 1, 2]
    assert gridOf([0, 3, 6], spacing=1e-9).planeOfFrame.tolist() == [0, 1, 2]


def test_aTiltedStackKeepsItsShear():
    grid = gridOf([0, 2, 6], shift=(0, 0.3))
    assert grid.ijkToLPS[:3, 2] == pytest.approx([0, 0.6, 2])


def test_ourOwnFilesSayWhatIsAtTheEnds():
    grid = gridOf([4], margins=Margins(2, 1, numpy.array([0, 0.3, 2])))
    assert grid.planes == 4 and grid.planeOfFrame.tolist() == [2]
    assert grid.ijkToLPS[:3, 2] == pytest.approx([0, 0.3, 2])
    assert grid.ijkToLPS[:3, 3] == pytest.approx([10, 19.4, 0])


def test_unevenPlanesAreShownAndSaidToBe():
    grid = gridOf([0, 1, 2.1, 3.1, 4.2])
    assert grid.planes == 5 and grid.notes[0] == "The planes are not evenly spaced: gaps are from 1 to 1.1 mm."


@pytest.mark.parametrize(
    ("heights", "options", "sentence"),
    [
        ([0, 1, 1e9], {}, "too far from each other"),
        ([0, 1, 11, 21], {}, "not evenly spaced"),
        ([0, 2], {"orientation": (1, 0, 0, 1, 0, 0)}, "orientation of the segmentation makes no sense"),
        ([0, 2], {"orientation": (2, 0, 0, 0, 0.5, 0)}, "orientation of the segmentation makes no sense"),
        ([0], {"margins": Margins(60000, 60000, numpy.array([0, 0, 1.0]))}, "too many planes"),
    ],
)
def test_whatMakesNoGridIsRefused(heights, options, sentence):
    heights = [0, 0.3, 10, 20] if heights == [0, 1, 11, 21] else heights
    with pytest.raises(LoadError, match=sentence):
        gridOf(heights, **options)


def test_framesBesideEachOtherAndNotParallelAreRefused():
    positions = numpy.array([[0, 0, 0], [50, 0, 2], [0, 0, 4.0]])
    orientations = numpy.tile(AXIAL, (3, 1)).astype(float)
    with pytest.raises(LoadError, match="not above each other"):
        planeGrid(positions, orientations, (1, 1), 0)
    orientations[1] = 1, 0, 0, 0, 0, 1
    with pytest.raises(LoadError, match="not parallel"):
        planeGrid(positions, orientations, (1, 1), 0)


def test_framesWithoutAPlaceAreOneAboveTheOther():
    grid = unplacedGrid(numpy.array([0, 1, 0]), (0.5, 0.7))
    assert not grid.located and grid.planes == 2
