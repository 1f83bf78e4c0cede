"""When a load is slow enough for a preview, and what the preview is."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Geometry.Slices import analyzeStack
from DICOMLib.Pixels.Volume import readVolume
from DICOMPlugins.ScalarVolume.SlowLoad import PATIENCE_SECONDS, PATIENCE_SECONDS_DECODING, SlowLoad, darkest, watched
from DICOMPlugins.ScalarVolume.VoxelValues import MODALITY, voxelValues
from Testing.Fixtures import axialCT


class Clock:
    """Each look at it takes so long."""

    def __init__(self, seconds):
        self.now, self.seconds = 0.0, seconds

    def __call__(self):
        self.now += self.seconds
        return self.now


@pytest.fixture
def offered():
    return []


def loadOf(tmp_path, offered, secondsASlice, **tags):
    builder = axialCT(slices=9, **tags)
    stack = analyzeStack([scanFile(path).toInstance() for path in builder.write(tmp_path)])
    load = SlowLoad("CT", stack, voxelValues(stack.sources, MODALITY), offered.append, Clock(secondsASlice))
    return builder, stack, load


def test_aFastLoadHasNoPreview(tmp_path, offered):
    _, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS / 10)
    readVolume(stack.sources, onSliceRead=load.onSliceRead)
    assert offered == []


def test_noPreviewIsOfferedWhenAllButAllIsRead(tmp_path, offered):
    _, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS / 8)
    readVolume(stack.sources, onSliceRead=load.onSliceRead)
    assert offered == []


def test_aSlowLoadIsOfferedOnceWithItsPlaceItsWindowAndTheVeryMemory(tmp_path, offered):
    window = {"WindowCenter": 40, "WindowWidth": 400}
    builder, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS, bitsStored=12, extra=window)
    seen = []

    def watch(number, soFar):
        load.onSliceRead(number, soFar)
        if len(seen) == 0:
            node = offered[0].node
            seen.append(node.voxelArray().copy())
            assert node.GetDisplayNode().GetWindow() == 400 and node.GetDisplayNode().GetLevel() == 40
            assert numpy.allclose(node.ijkToRASArray(), stack.ijkToRAS)

    voxels = readVolume(stack.sources, onSliceRead=watch)
    (preview,) = offered
    assert preview.slicesRead == 9 and not preview.isOver
    assert numpy.shares_memory(preview.node.voxelArray(), voxels.array)
    middle = builder.array[4]
    assert numpy.array_equal(seen[0][4], middle)
    assert (numpy.delete(seen[0], 4, axis=0) == middle.min()).all()


def test_withoutAWindowInTheFileTheFirstSliceDecidesIt(tmp_path, offered):
    builder, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS, bitsStored=12)
    readVolume(stack.sources, onSliceRead=load.onSliceRead)
    display = offered[0].node.GetDisplayNode()
    assert not display.GetAutoWindowLevel()
    assert display.GetWindow() == pytest.approx(numpy.ptp(builder.array[4]), rel=0.02)


def test_aSliceThatTheTypeDoesNotHoldEndsThePreview(tmp_path, offered):
    pattern = numpy.zeros((9, 16, 12), int)
    pattern[8, 0, 0], pattern[8, 0, 1] = -1024, 64511
    _, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS, pattern=pattern)
    voxels = readVolume(stack.sources, onSliceRead=load.onSliceRead)
    assert offered[0].isOver
    assert voxels.array.dtype == "int32" and numpy.array_equal(voxels.array, pattern)


def test_anErrorEndsThePreview(tmp_path, offered):
    _, stack, _ = loadOf(tmp_path, offered, 0)
    values = voxelValues(stack.sources, MODALITY)
    with pytest.raises(RuntimeError), watched("CT", stack, values, offered.append) as onSliceRead:
        load = onSliceRead.__self__
        load._started, load._clock = 0.0, Clock(PATIENCE_SECONDS)
        readVolume(stack.sources, onSliceRead=onSliceRead)
        raise RuntimeError
    assert len(offered) == 1 and offered[0].isOver


def test_whereNobodyLooksNothingIsWatched(tmp_path, offered):
    _, stack, _ = loadOf(tmp_path, offered, 0)
    with watched("CT", stack, None, None) as onSliceRead:
        assert onSliceRead is None


@pytest.mark.parametrize(
    ("values", "isInverted", "dark"),
    [([3, 7], False, 3), ([3, 7], True, 7), ([numpy.nan, 2.5], False, 2.5), ([numpy.nan], False, 0)],
)
def test_darkIsWhatIsDrawnDarkest(values, isInverted, dark):
    assert darkest(numpy.array([values]), isInverted) == dark


@pytest.mark.parametrize(("part", "isOffered"), [(0.4, True), (0.6, False)])
def test_aPreviewNeedsHalfOfTheSlicesToBeLeft(tmp_path, offered, part, isOffered):
    _, stack, load = loadOf(tmp_path, offered, 0)
    slices = len(stack.sources)

    def watch(number, soFar):
        if len(load._numbersRead) + 1 > part * slices:
            load._clock = Clock(2 * PATIENCE_SECONDS)
        load.onSliceRead(number, soFar)

    readVolume(stack.sources, onSliceRead=watch)
    assert bool(offered) == isOffered


def test_whereSlicesAreDecodedPatienceEndsSooner(tmp_path, offered, monkeypatch):
    monkeypatch.setattr("DICOMPlugins.ScalarVolume.SlowLoad.isNative", lambda _instance: False)
    _, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS_DECODING)
    readVolume(stack.sources, onSliceRead=load.onSliceRead)
    assert len(offered) == 1


def test_aSliceCountsAsReadWhenItsValuesAreFinalAndNotBefore(tmp_path, offered):
    builder, stack, load = loadOf(tmp_path, offered, PATIENCE_SECONDS, bitsStored=12)
    counts = []

    def watch(number, soFar):
        before = set(load._numbersRead)
        load.onSliceRead(number, soFar)
        assert number not in before and number in offered[0].numbersRead
        assert all(numpy.array_equal(soFar.array[k], builder.array[k]) for k in offered[0].numbersRead)
        counts.append(len(offered[0].numbersRead))

    readVolume(stack.sources, onSliceRead=watch)
    assert counts == list(range(1, 10))
