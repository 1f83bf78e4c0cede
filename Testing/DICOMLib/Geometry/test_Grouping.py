import random

import pytest

from DICOMLib.Geometry.Repetitions import GE_IMAGE_KIND
from DICOMLib.Geometry.Slices import groupStacks
from DICOMLib.TagPaths import normalizedPath
from Testing.DICOMLib.Geometry.MemorySlices import POSITION, enhancedObject, memorySlice, memoryStack

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
    assert stacks[1].reasons == ["images without usable position or orientation"]


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


def withTimes(count, slicesATime):
    """One stack of which a time of day is shared by a few slices, as of the rows of a detector."""
    return [memorySlice(k + 1, (0, 0, k), AcquisitionTime=f"10{k // slicesATime:04d}") for k in range(count)]


@pytest.mark.parametrize(("count", "slicesATime"), [(1000, 2), (200, 4), (96, 16)])
def test_timesThatAFewSlicesShareDoNotShatterAStackOfWhichOneSliceIsStoredTwice(count, slicesATime):
    again = memorySlice(count + 1, (0, 0, 50), AcquisitionTime="235959")
    whole, rest = groupStacks([*withTimes(count, slicesATime), again])
    assert len(whole.planes) == count and whole.isRegular and numbers(rest) == [count + 1]


def test_timesThatAFewSlicesShareDoNotShatterTwoScansOfTheSamePlaces():
    twice = [memorySlice(100 * scan + k, (0, 0, k), AcquisitionTime=f"1{scan}{k // 4:04d}")
             for scan in (1, 2) for k in range(100)]  # fmt: skip
    assert [numbers(stack)[0] for stack in groupStacks(twice)] == [100, 200]


def test_phasesOfTheHeartStayTogetherWhereTriggerTimesDifferFromSliceToSlice():
    cine = [memorySlice(20 * k + phase, (0, 0, 8 * k), Modality="MR", TriggerTime=phase * (30 + 0.7 * k))
            for k in range(9) for phase in range(20)]  # fmt: skip
    stacks = groupStacks(cine)
    assert [[number % 20 for number in numbers(stack)] for stack in stacks] == [[phase] * 9 for phase in range(20)]


def test_echoesAndTimePointsStayApartWhenASliceIsMissing():
    tags = [{"EchoTime": echo, "TemporalPositionIdentifier": time} for time in (1, 2, 3) for echo in (5, 10)]
    instances = volumes(6, tags.__getitem__, slices=8)
    del instances[20]
    stacks = groupStacks(instances)
    assert sorted(len(stack.planes) for stack in stacks) == [7, 8, 8, 8, 8, 8]
    for stack in stacks:
        assert len(stack.planes.distinct("EchoTime")) == len(stack.planes.distinct("TemporalPositionIdentifier")) == 1


def test_stationsAlongTheBodyThatOverlapALittleAreStacksNotVolumesAtTheSamePositions():
    stacks = groupStacks([memorySlice(20 * station + k, (0, 0, 18 * station + k), AcquisitionNumber=station)
                          for station in range(5) for k in range(20)])  # fmt: skip
    assert [(len(stack.planes), stack.volumeCount) for stack in stacks] == [(20, 1)] * 5
    assert stacks[1].reasons == ["station 2 of 5, told apart by AcquisitionNumber 1"]


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("KVP", [80, 140]),
        ("ConvolutionKernel", ["B30f", "B70f"]),
        ("FlipAngle", [3, 20]),
        ("ContrastBolusAgent", ["", "Gadobutrol"]),
        ("FrameReferenceTime", [500, 1500]),
    ],
)
def test_whatWasVariedTellsVolumesApartAlsoWithoutInstanceNumbers(keyword, values):
    series = volumes(2, lambda volume: {keyword: values[volume], "InstanceNumber": None})
    assert [stack.planes.distinct(keyword) for stack in groupStacks(series)] == [[str(value)] for value in values]


def test_framesOfReferenceAreStacksUnlessEveryFileHasOneOfItsOwn():
    moved = [memorySlice(k, (0, 0, k), FrameOfReferenceUID=f"1.{k // 5}") for k in range(10)]
    careless = [memorySlice(k, (0, 0, k), FrameOfReferenceUID=f"1.{k}") for k in range(10)]
    assert [stack.reasons for stack in groupStacks(moved)] == [["frame of reference 1 of 2"],
                                                               ["frame of reference 2 of 2"]]  # fmt: skip
    (stack,) = groupStacks(careless)
    assert "10 frames of reference" in stack.warning


def test_invertedImagesAreSetApart():
    mixed = [memorySlice(k, (0, 0, k), PhotometricInterpretation=f"MONOCHROME{1 + (k < 4)}") for k in range(8)]
    assert [stack.reasons for stack in groupStacks(mixed)] == [["matrix 30×40, not MONOCHROME1"],
                                                               ["matrix 30×40, MONOCHROME1"]]  # fmt: skip


def test_framesWithoutAPlaceDoNotTakeTheOthersTheirs():
    record = enhancedObject(1, [(0, 0, 3 * k) for k in range(7)])
    record.functionalGroups[POSITION][5:] = ["", ""]
    placed, rest = groupStacks([record])
    assert [source.frame for source in placed.sources] == [0, 1, 2, 3, 4] and placed.isRegular and not rest.located


@pytest.mark.parametrize(("keyword", "values"), [("TemporalPositionIdentifier", [1, 2]), ("EchoTime", [5, 10])])
def test_runsThatMovedALittleBetweenThemAreTakenApartByWhatWasVaried(keyword, values):
    runs = [memorySlice(10 * run + k, (0, 0, 3 * k + 0.4 * run), **{keyword: values[run]})
            for run in range(2) for k in range(6)]  # fmt: skip
    reasons = [reason for stack in groupStacks(runs) for reason in stack.reasons]
    assert reasons == [f"{keyword} {value} (even by itself)" for value in values]


def test_magnitudeAndPhaseOfGEAreToldApartByItsOwnTag():
    series = [memorySlice(1, (0, 0, 2 * k)) for kind in "2031" for k in range(4)]
    for number, instance in enumerate(series):
        instance.values[normalizedPath(GE_IMAGE_KIND)] = "2031"[number // 4]
    random.Random(5).shuffle(series)
    kinds = [stack.planes.distinct(GE_IMAGE_KIND) for stack in groupStacks(series)]
    assert kinds == [["0"], ["1"], ["2"], ["3"]]


def test_timePointsAcrossMidnightKeepTheirOrder():
    tags = [{"AcquisitionTime": "235900", "AcquisitionDate": "20260101"},
            {"AcquisitionTime": "000100", "AcquisitionDate": "20260102"}]  # fmt: skip
    stacks = groupStacks(volumes(2, lambda volume: {**tags[volume], "InstanceNumber": None}))
    assert [stack.planes.value("AcquisitionTime") for stack in stacks] == ["235900", "000100"]
