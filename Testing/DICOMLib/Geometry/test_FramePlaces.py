import numpy
import pytest

from DICOMLib.Geometry import FramePlaces
from DICOMLib.Geometry.FramePlaces import framePlaces
from DICOMLib.Geometry.Slices import analyzeStack, groupStacks
from DICOMLib.Instance import Instance
from Testing.DICOMLib.Geometry.MemorySlices import enhancedObject, memorySlice

PRONE = (1, 0, 0, 0, -1, 0)
RECONSTRUCTED = {"Modality": "NM", "FrameIncrementPointer": "0054,0080", "SliceThickness": 9}


def dose(offsets, orientation=(1, 0, 0, 0, 1, 0), frames=3):
    tags = {"Modality": "RTDOSE", "NumberOfFrames": frames, "GridFrameOffsetVector": offsets}
    return memorySlice(1, (5, 6, 70), orientation, **tags)


@pytest.mark.parametrize(
    ("offsets", "orientation", "heights", "kind"),
    [
        ("0\\2\\5", (1, 0, 0, 0, 1, 0), [70, 72, 75], FramePlaces.DOSE_OFFSETS),
        ("0\\2\\5", PRONE, [70, 68, 65], FramePlaces.DOSE_OFFSETS),
        ("0\\-2\\-4", (1, 0, 0, 0, 1, 0), [70, 68, 66], FramePlaces.DOSE_OFFSETS),
        ("10\\12\\15", (1, 0, 0, 0, 1, 0), [70, 72, 75], FramePlaces.DOSE_OFFSETS),
        ("70\\72\\75", (1, 0, 0, 0, 1, 0), [70, 72, 75], FramePlaces.DOSE_HEIGHTS),
        ("70\\72\\75", PRONE, [70, 72, 75], FramePlaces.DOSE_HEIGHTS),
    ],
)
def test_dosePlanesAreAtDistancesOrAtHeights(offsets, orientation, heights, kind):
    places = framePlaces(dose(offsets, orientation))
    assert places.kind == kind
    assert places.positions.tolist() == [[5, 6, height] for height in heights]


def test_doseOffsetsOfAnObliqueGridGoAlongItsNormal():
    places = framePlaces(dose("0\\3\\6", (1, 0, 0, 0, 0, -1)))
    assert places.positions.tolist() == [[5, 6, 70], [5, 9, 70], [5, 12, 70]]


def test_tooFewOffsetsPlaceNoDose():
    assert framePlaces(dose("0\\3")).kind == FramePlaces.NO_PLACE


def test_aDoseStackHasTheDistanceOfItsOffsets():
    stack = analyzeStack([dose("0\\2.5\\5")])
    assert stack.spacing[2] == 2.5 and stack.located and stack.isRegular


@pytest.mark.parametrize(("spacing", "heights"), [(4, [3, 7, 11]), (-4, [3, -1, -5])])
def test_reconstructedNuclearSlicesGoTheWayTheSignOfTheirSpacingSays(spacing, heights):
    tags = {"SpacingBetweenSlices": spacing, "SliceVector": "1\\2\\3", **RECONSTRUCTED}
    image = memorySlice(1, (1, 2, 3), NumberOfFrames=3, **tags)
    assert framePlaces(image).positions[:, 2].tolist() == heights
    stack = analyzeStack([image])
    assert stack.spacing[2] == 4 and stack.planes.positions[:, 2].tolist() == sorted(heights)
    assert [source.frame for source in stack.sources] == ([0, 1, 2] if spacing > 0 else [2, 1, 0])


def test_theDetectorsPositionComesBeforeTheObjects():
    image = memorySlice(1, None, None, NumberOfFrames=2, SpacingBetweenSlices=4, **RECONSTRUCTED)
    values = {**image.values, "(0054,0022)[0].(0020,0032)": "7\\8\\9", "(0054,0022)[0].(0020,0037)": "1\\0\\0\\0\\1\\0"}
    assert framePlaces(Instance(image.path, values)).positions.tolist() == [[7, 8, 9], [7, 8, 13]]


def test_gatedReconstructionsAreAVolumeForEachTimeSlot():
    image = memorySlice(
        1, (0, 0, 0), NumberOfFrames=6, SpacingBetweenSlices=4, SliceVector="1\\2\\3\\1\\2\\3",
        TimeSlotVector="1\\1\\1\\2\\2\\2", **RECONSTRUCTED,
    )  # fmt: skip
    first, second = groupStacks([image])
    assert [source.frame for source in second.sources] == [3, 4, 5]
    assert "told apart by TimeSlotVector 2" in second.reasons[-1] and first.volumeCount == 2


def test_projectionsHaveNoPlaceAndSaySo():
    (stack,) = groupStacks([memorySlice(1, (0, 0, 0), Modality="NM", NumberOfFrames=4, SpacingBetweenSlices=4)])
    assert not stack.located or not stack.planes.located.all()
    assert "counts frames" in stack.warning and not stack.isWrong


def test_ultrasoundVolumesAreInTheirOwnCoordinates():
    image = memorySlice(1, None, None, Modality="US", NumberOfFrames=2)
    image.functionalGroups = {
        "(0020,930E)[0].(0020,9301)": ["0\\0\\0", "0\\0\\2"],
        "(0020,930F)[0].(0020,9302)": "1\\0\\0\\0\\1\\0",
    }
    stack = analyzeStack([image])
    assert stack.spacing[2] == 2 and "ultrasound volume's own" in stack.finding("volumeCoordinates").text


def test_framesOfOnePositionStepByTheSliceDistanceWithAWarning():
    stack = analyzeStack([memorySlice(1, (1, 2, 3), NumberOfFrames=3, SpacingBetweenSlices=2)])
    assert stack.planes.positions[:, 2].tolist() == [3, 5, 7]
    assert "taken to follow each other" in stack.warning
    assert not analyzeStack([memorySlice(1, (1, 2, 3), NumberOfFrames=3)]).planes.located.all()


def test_framesMayDifferInOrientationAndSize():
    turned = [(1, 0, 0, 0, 1, 0)] * 3 + [(1, 0, 0, 0, 0, -1)] * 3
    positions = [(0, 0, k) for k in range(3)] + [(0, k, 0) for k in range(3)]
    stacks = groupStacks([enhancedObject(1, positions, turned)])
    assert [[source.frame for source in stack.sources] for stack in stacks] == [[0, 1, 2], [3, 4, 5]]
    assert all(stack.spacing == pytest.approx((0.7, 0.8, 1)) for stack in stacks)


def test_tenThousandsOfFramesArePlacedQuickly(promised):
    count, times = 100, 300
    positions = [(0, 0, 2 * k) for _ in range(times) for k in range(count)]
    columns = {"TemporalPositionIndex": [t + 1 for t in range(times) for _ in range(count)]}
    one = enhancedObject(1, positions, columns=columns)
    with promised.within(3, ofProcessor=True):
        stacks = groupStacks([one])
    assert len(stacks) == times
    assert numpy.allclose(stacks[-1].ijkToLPS[:3, 2], (0, 0, 2))
