import numpy
import pytest

from DICOMLib.Pixels.LookupTable import LookupTable
from DICOMLib.Pixels.Rescale import Rescale
from DICOMPlugins.ScalarVolume.WindowPresets import (
    convertedPreset,
    nearestWindow,
    paddingRange,
    tablePresets,
    windowPresets,
    windowWithoutPadding,
)
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice


@pytest.mark.parametrize(
    ("tags", "presets"),
    [
        ({}, []),
        ({"WindowCenter": "40", "WindowWidth": "400"}, [(400, 40, "")]),
        ({"WindowCenter": "40\\300", "WindowWidth": "400\\1500", "WindowCenterWidthExplanation": "BRAIN"},
         [(400, 40, "BRAIN"), (1500, 300, "")]),
        ({"WindowCenter": "40\\300", "WindowWidth": "400"}, []),
        ({"WindowCenter": "40\\50", "WindowWidth": "400\\0"}, [(400, 40, "")]),
        ({"WindowCenter": "nonsense", "WindowWidth": "400"}, []),
        ({"WindowCenter": "5", "WindowWidth": "0.5", "VOILUTFunction": "LINEAR_EXACT"}, [(0.5, 5, "")]),
        ({"WindowCenter": "5", "WindowWidth": "9", "VOILUTFunction": "SIGMOID", "WindowCenterWidthExplanation": "A"},
         [(9, 5, "A (sigmoid, shown as a straight line)")]),
    ],
)  # fmt: skip
def test_windowsAreReadInPairs(tags, presets):
    assert windowPresets(memorySlice(1, None, **tags)) == presets


def test_framesHaveWindowsOfTheirOwn():
    instance = memorySlice(1, None, WindowCenter="1", WindowWidth="2")
    instance.functionalGroups = {
        "(0028,9132)[0].(0028,1050)": ["10", "20\\30"],
        "(0028,9132)[0].(0028,1051)": ["100", "200\\300"],
        "(0028,9132)[0].(0028,1055)": "SOFT\\HARD",
    }
    assert windowPresets(instance, 0) == [(100, 10, "SOFT")]
    assert windowPresets(instance, 1) == [(200, 20, "SOFT"), (300, 30, "HARD")]


def test_aStraightTableIsItsWindowExactly():
    entries = numpy.concatenate([numpy.zeros(100), numpy.linspace(0, 4000, 201), numpy.full(50, 4000)])
    width, centre = nearestWindow(LookupTable(-24, entries.astype("uint16")))
    assert (width, centre) == pytest.approx((200, -24 + 200), abs=0.2)


def test_aFallingTableHasTheSameWindow():
    entries = numpy.concatenate([numpy.full(50, 4000), numpy.linspace(4000, 0, 201), numpy.zeros(100)])
    width, centre = nearestWindow(LookupTable(0, entries.astype("uint16")))
    assert (width, centre) == pytest.approx((200, 150), abs=0.2)


def test_aCurveIsShownWithTheContrastOfItsMiddle():
    x = numpy.arange(1000)
    entries = 4095 / (1 + numpy.exp(-4 * (x - 600) / 150))
    width, centre = nearestWindow(LookupTable(0, entries.astype("uint16")))
    assert centre == pytest.approx(600, abs=1) and 150 <= width <= 190


def test_tablesAreNamedAndThoseOfOneShadeLeftOut():
    ramp = LookupTable(0, numpy.arange(256, dtype="uint8"), "NORMAL")
    assert tablePresets([ramp, LookupTable(0, numpy.zeros(9, "uint8"))]) == [
        (255, 127.5, "NORMAL (table, shown as the nearest straight line)")
    ]


def test_windowsFollowTheValues():
    assert convertedPreset((400, 40, "A"), Rescale(1, -1024), Rescale(1, -1024)) == (400, 40, "A")
    assert convertedPreset((400, 40, "A"), Rescale(2, -10), Rescale(1, 0)) == (200, 25, "A")
    assert convertedPreset((10, 5, ""), Rescale(1, 0), Rescale(0.5, 0)) == (5, 2.5, "")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [({}, None), ({"PixelPaddingValue": "0"}, (-1000, -1000)),
     ({"PixelPaddingValue": "0", "PixelPaddingRangeLimit": "10"}, (-1000, -980))],
)  # fmt: skip
def test_paddingIsInTheUnitOfTheVoxels(tags, expected):
    instance = memorySlice(1, None, RescaleSlope="2", RescaleIntercept="-1000", **tags)
    assert paddingRange(instance, 0) == expected


def test_paddingDoesNotCountForTheWindow():
    voxels = numpy.full((4, 100, 100), -2000, "int16")
    voxels[:, 40:60, 40:60] = numpy.arange(400).reshape(20, 20)
    window, level = windowWithoutPadding(voxels, (-2000, -2000))
    assert level == pytest.approx(200, abs=10) and window == pytest.approx(400, abs=10)
    assert windowWithoutPadding(voxels, (-3000, -3000)) is None
