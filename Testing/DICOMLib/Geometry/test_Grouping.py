import random

import pytest

from DICOMLib.Geometry.Slices import groupStacks
from Testing.DICOMLib.Geometry.MemorySlices import enhancedObject, memorySlice, memoryStack

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


def test_localizersAreSetApartFromTheImagesTheyHelpToPlan():
    scout = [memorySlice(50 + k, (0, 0, 40.0 + 10 * k), ImageType="ORIGINAL\\PRIMARY\\LOCALIZER") for k in range(3)]
    stacks = groupStacks([*scout, *memoryStack(range(5))])
    assert [(len(stack.planes), stack.localizer) for stack in stacks] == [(3, True), (5, False)]
    assert stacks[0].reasons == ["localizers, by ImageType"]


def test_stacksThatAnEnhancedObjectNamesAreStacks():
    positions = [(0, 0, 3 * k) for k in range(4)] + [(0, 0, 30 + 3 * k) for k in range(4)]
    stacks = groupStacks([enhancedObject(1, positions, columns={"StackID": [1] * 4 + [2] * 4})])
    assert [[source.frame for source in stack.sources] for stack in stacks] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert stacks[1].reasons == ["StackID 2"] and all(stack.isRegular for stack in stacks)


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("FrameType", ["ORIGINAL\\PRIMARY\\M", "ORIGINAL\\PRIMARY\\P"]),
        ("EffectiveEchoTime", [4.6, 9.2]),
        ("DiffusionBValue", [0, 1000]),
        ("StackID", [1, 2]),
    ],
)
def test_framesAtTheSamePlacesAreToldApartByTheirFunctionalGroups(keyword, values):
    columns = {keyword: [value for value in values for _ in range(3)]}
    stacks = groupStacks([enhancedObject(1, [(0, 0, k) for k in range(3)] * 2, columns=columns)])
    assert [[source.frame for source in stack.sources] for stack in stacks] == [[0, 1, 2], [3, 4, 5]]
    assert f"told apart by {keyword} {values[1]}" in stacks[1].reasons[0]


def test_dimensionIndicesDecideWhereNoOtherTagDoes():
    columns = {"DimensionIndexValues": [f"{k + 1}\\{t + 1}" for k in range(3) for t in range(2)]}
    stacks = groupStacks([enhancedObject(1, [(0, 0, k) for k in range(3) for _ in range(2)], columns=columns)])
    assert [[source.frame for source in stack.sources] for stack in stacks] == [[0, 2, 4], [1, 3, 5]]
    assert "DimensionIndexValues[2] 2" in stacks[1].reasons[0]


def test_objectsThatEachHoldAVolumeAreItsVolumes():
    stacks = groupStacks([enhancedObject(number, [(0, 0, k) for k in range(3)]) for number in (1, 2, 3)])
    assert [stack.instances[0].instanceNumber for stack in stacks] == [1, 2, 3]
    assert stacks[0].reasons == ["volume 1 of 3 at the same positions, told apart by object 1 of 3"]


def test_objectsThatContinueEachOtherAreOneVolume():
    parts = [enhancedObject(number, [(0, 0, 4 * number + k) for k in range(4)]) for number in (1, 0)]
    (stack,) = groupStacks(parts)
    assert [(source.instance.instanceNumber, source.frame) for source in stack.sources] == [
        (0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3),
    ]  # fmt: skip
    assert stack.isRegular and len(stack.instances) == 2


def test_objectsFarFromEachOtherAreTwoVolumes():
    parts = [enhancedObject(number, [(0, 0, 50 * number + k) for k in range(4)]) for number in (0, 1)]
    assert [stack.reasons for stack in groupStacks(parts)] == [
        ["object 1 of 2 (even by itself)"], ["object 2 of 2 (even by itself)"]
    ]  # fmt: skip


def test_partsOfTheBodySideBySideAreTwoVolumes():
    left = [memorySlice(k + 1, (0, 0, k)) for k in range(4)]
    right = [memorySlice(k + 11, (100, 0, k)) for k in range(4)]
    stacks = groupStacks(left + right)
    assert [numbers(stack) for stack in stacks] == [[1, 2, 3, 4], [11, 12, 13, 14]]
    assert stacks[1].reasons == ["beside others, place 2 of 2"] and stacks[1].volumeCount == 1


def test_whatMotionCorrectionShiftsStaysAVolumeInTime():
    series = [memorySlice(10 * t + k, (0.3 * t, 0.1 * t, k), AcquisitionNumber=t) for t in (1, 2, 3) for k in range(4)]
    assert [stack.volumeCount for stack in groupStacks(series)] == [3, 3, 3]


def test_directionsOfDiffusionKeepTheOrderOfAcquisition():
    directions = ["1\\0\\0", "-1\\0\\0", "0\\1\\0"]
    stacks = groupStacks(volumes(3, lambda volume: {"DiffusionGradientOrientation": directions[volume]}))
    assert [numbers(stack)[0] for stack in stacks] == [1, 5, 9]
