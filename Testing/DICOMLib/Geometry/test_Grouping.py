import random

import pytest

from DICOMLib.Geometry.Slices import groupStacks
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice, memoryStack

CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def volumes(count, tags, slices=4):
    """Repetitions of one stack; `tags(volume)` gives the tags that differ."""
    found = []
    for volume in range(count):
        for k in range(slices):
            number = volume * slices + k + 1
            found.append(memorySlice(number, (0, 0, 2.0 * k), **tags(volume)))
    random.Random(3).shuffle(found)
    return found


def numbers(stack):
    return [instance.instanceNumber for instance in stack.instances]


def test_anOrdinarySeriesIsOneStack():
    (stack,) = groupStacks(memoryStack(range(10)))
    assert len(stack.planes) == 10 and stack.reasons == [] and stack.volumeCount == 1


def test_twoOrientationsAreTwoStacks():
    stacks = groupStacks(memoryStack(range(4)) + memoryStack(range(3), CORONAL))
    assert [len(stack.planes) for stack in stacks] == [4, 3]
    assert "(orientation 2 of 2)" in stacks[1].reasons[0]
    assert all(stack.isRegular for stack in stacks)


def test_cosinesThatDifferByRoundingStayTogether():
    close = [memorySlice(1, (0, 0, 0)), memorySlice(2, (0, 0, 1), orientation=(1, 0, 0.00001, 0, 1, 0))]
    assert len(groupStacks(close)) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": 41}, "matrix 30×41"),
        ({"pixelSpacing": (0.5, 0.5)}, "pixel spacing 0.5×0.5 mm"),
        ({"SeriesInstanceUID": "1.2.4"}, "series 2"),
        ({"SamplesPerPixel": 3}, "matrix 30×40 with 3 samples a pixel"),
    ],
)
def test_slicesThatCannotShareAGridAreSetApart(change, reason):
    others = [memorySlice(10 + k, (0, 0, 50.0 + k), **change) for k in range(3)]
    first, second = groupStacks(memoryStack(range(3)) + others)
    assert len(first.planes) == len(second.planes) == 3
    assert second.reasons == [reason]


def test_imagesWithoutAPlaceAreSetApartFromThoseWithOne():
    stacks = groupStacks([*memoryStack(range(3)), memorySlice(9, None, None)])
    assert [len(stack.planes) for stack in stacks] == [3, 1]
    assert stacks[1].reasons == ["images without position or orientation"]


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("TemporalPositionIdentifier", [1, 2, 3]),
        ("EchoTime", [4.6, 9.2, 13.8]),
        ("DiffusionBValue", [0, 500, 1000]),
        ("AcquisitionNumber", [1, 2, 10]),
        ("TriggerTime", [0, 50, 100]),
    ],
)
def test_repeatedPositionsBecomeVolumesToldApartByTheTagThatDoesIt(keyword, values):
    stacks = groupStacks(volumes(3, lambda volume: {keyword: values[volume]}))
    assert [numbers(stack) for stack in stacks] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    assert [(stack.volumeNumber, stack.volumeCount) for stack in stacks] == [(1, 3), (2, 3), (3, 3)]
    assert f"told apart by {keyword} {values[2]}" in stacks[2].reasons[0]


def test_withoutAnyTagTheOrderOfInstanceNumbersTellsVolumesApart():
    stacks = groupStacks(volumes(3, lambda volume: {}))
    assert [numbers(stack) for stack in stacks] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    assert stacks[0].reasons[0].endswith("told apart by InstanceNumber")


def test_echoesOfTimePointsAreToldApartByBoth():
    tags = [{"EchoTime": echo, "TemporalPositionIdentifier": time} for time in (1, 2) for echo in (5, 10)]
    stacks = groupStacks(volumes(4, tags.__getitem__))
    assert [stack.reasons[0].partition("apart by ")[2] for stack in stacks] == [
        "EchoTime 5 and TemporalPositionIdentifier 1",
        "EchoTime 5 and TemporalPositionIdentifier 2",
        "EchoTime 10 and TemporalPositionIdentifier 1",
        "EchoTime 10 and TemporalPositionIdentifier 2",
    ]


def test_oneSliceStoredTwiceLeavesAWholeVolumeAndTheCopy():
    instances = memoryStack(range(5))
    stacks = groupStacks([*instances, memorySlice(77, (0, 0, 2))])
    assert [len(stack.planes) for stack in stacks] == [5, 1]
    assert stacks[0].isRegular


def test_framesAtOnePositionStayTogetherAsTime():
    (stack,) = groupStacks([memorySlice(number, (0, 0, 5)) for number in range(1, 21)])
    assert len(stack.planes) == 20 and stack.finding("onePosition").value == 20
    assert numbers(stack) == list(range(1, 21))


def test_interleavedRunsAreTakenApartByTheirTag():
    first = [memorySlice(k + 1, (0, 0, 3.0 * k), AcquisitionNumber=1) for k in range(6)]
    second = [memorySlice(k + 20, (0, 0, 3.0 * k + 1), AcquisitionNumber=2) for k in range(6)]
    stacks = groupStacks(first + second)
    assert [len(stack.planes) for stack in stacks] == [6, 6]
    assert stacks[0].reasons == ["AcquisitionNumber 1 (even by itself)"]


def test_runsThatFollowEachOtherWithOtherDistancesStayOneExamination():
    below = [memorySlice(k + 1, (0, 0, 2.0 * k), AcquisitionNumber=1) for k in range(6)]
    above = [memorySlice(k + 20, (0, 0, 12 + 5.0 * k), AcquisitionNumber=2) for k in range(6)]
    (stack,) = groupStacks(below + above)
    assert len(stack.planes) == 12 and "varies from 2.00 to 5.00 mm" in stack.warning


def test_localizersAreRecognisedByImageType():
    localizer = memorySlice(1, (0, 0, 0), CORONAL, ImageType="ORIGINAL\\PRIMARY\\LOCALIZER")
    stacks = groupStacks([localizer, *memoryStack(range(5))])
    assert [stack.localizer for stack in stacks] == [True, False]


def test_eachMultiFrameObjectIsAStackOfItsOwn():
    cines = [memorySlice(number, None, None, Modality="US", NumberOfFrames=3) for number in (1, 2)]
    stacks = groupStacks(cines)
    assert [len(stack.planes) for stack in stacks] == [3, 3]
