import numpy
import pytest

from DICOMLib.Errors import GeometryError
from DICOMLib.Geometry.Planes import MOST_FRAMES, SPACING_SOURCES, planesOf, unitDirections
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice


def sourcesOf(planes):
    """For each slice the keyword that gave its pixel spacing."""
    return [SPACING_SOURCES[code] for code in planes.spacingCodes]


def test_everySliceIsARowWithItsGeometry():
    planes = planesOf([memorySlice(1, (1, 2, 3)), memorySlice(2, (1, 2, 8))])
    assert planes.positions.tolist() == [[1, 2, 3], [1, 2, 8]]
    assert planes.normals.tolist() == [[0, 0, 1], [0, 0, 1]]
    assert planes.pixelSpacings[0].tolist() == [0.8, 0.7] and planes.sizes[0].tolist() == [40, 30, 1]
    assert planes.located.all() and sourcesOf(planes) == ["PixelSpacing"] * 2


def test_framesAreRowsOfWhichTheFirstCarriesTheObjectsPosition():
    planes = planesOf([memorySlice(1, (1, 2, 3), NumberOfFrames=3)])
    assert planes.frames.tolist() == [0, 1, 2] and planes.located.tolist() == [True, False, False]


def test_aForgedNumberOfFramesIsRefused():
    assert len(planesOf([memorySlice(1, None, NumberOfFrames=MOST_FRAMES)])) == MOST_FRAMES
    with pytest.raises(GeometryError, match="too many frames"):
        planesOf([memorySlice(1, None, NumberOfFrames=MOST_FRAMES + 1)])


def test_directionCosinesAreMadeUnitLength():
    directions = unitDirections([[2, 0, 0, 0, 0.5, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0, 1, 0.05, 0]])
    assert directions[0].tolist() == [1, 0, 0, 0, 1, 0]
    assert numpy.isnan(directions[1:]).all()


def test_takingRowsKeepsThemTogether():
    planes = planesOf([memorySlice(number, (0, 0, number)) for number in (1, 2, 3)]).take([2, 0])
    assert [instance.instanceNumber for instance in planes.instances] == [3, 1]
    assert planes.positions[:, 2].tolist() == [3, 1]


def test_cornersFollowRowsAndColumns():
    offsets = planesOf([memorySlice(1, (0, 0, 0), rows=3, columns=5, pixelSpacing=(2, 1))]).cornerOffsets()
    assert offsets[0].tolist() == [[0, 0, 0], [4, 0, 0], [0, 4, 0], [4, 4, 0]]


@pytest.mark.parametrize(
    ("tags", "spacing", "source"),
    [
        ({"pixelSpacing": None}, (1, 1), ""),
        ({"pixelSpacing": None, "ImagerPixelSpacing": "0.2\\0.3"}, (0.2, 0.3), "ImagerPixelSpacing"),
        (
            {"pixelSpacing": (0, 0), "NominalScannedPixelSpacing": "0.1\\0.2"}, (0.1, 0.2),
            "NominalScannedPixelSpacing",
        ),
        ({"pixelSpacing": None, "PixelAspectRatio": "2\\1"}, (2, 1), "PixelAspectRatio"),
        ({"pixelSpacing": (0, 0)}, (1, 1), ""),
        ({"pixelSpacing": (-1, 1)}, (1, 1), ""),
    ],
)
def test_pixelSpacingComesFromTheBestTagThereIs(tags, spacing, source):
    planes = planesOf([memorySlice(1, None, **tags)])
    assert tuple(planes.pixelSpacings[0]) == spacing and sourcesOf(planes) == [source]


def test_missingInstanceNumbersSortLast():
    planes = planesOf([memorySlice(1, None, InstanceNumber=None), memorySlice(2, None)])
    assert planes.instanceNumbers.tolist() == [numpy.inf, 2]
