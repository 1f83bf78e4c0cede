import math

import pytest

from DICOMPlugins.ScalarVolume.Preference import MOST_VOLUMES_AT_ONCE, explanation, judge
from DICOMPlugins.ScalarVolume.Subseries import candidates
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice, memoryStack

CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def verdicts(images):
    found = candidates(images)
    return [(len(one.stack.planes), judgement.chosen, judgement.confidence)
            for one, judgement in zip(found, judge(found), strict=True)]  # fmt: skip


def volumes(count):
    return [memorySlice(4 * v + k, (0, 0, k), TemporalPositionIdentifier=v) for v in range(count) for k in range(4)]


def test_oneStackIsChosenAsItIs():
    assert verdicts(memoryStack(range(6))) == [(6, True, 0.5)]


def test_anUnevenStackIsStillTheBestReading():
    assert verdicts(memoryStack([0, 1, 2, 5, 6, 7])) == [(6, True, 0.5)]


def test_stacksAreChosenAndTheirMixtureIsNot():
    assert verdicts(memoryStack(range(6)) + memoryStack(range(4), CORONAL)) == [
        (10, False, 0.1), (6, True, 0.5), (4, True, 0.5)
    ]  # fmt: skip


def test_volumesAreAllChosenUpToTheNumberForOneLook():
    few, many = verdicts(volumes(MOST_VOLUMES_AT_ONCE)), verdicts(volumes(MOST_VOLUMES_AT_ONCE + 1))
    assert [chosen for _, chosen, _ in few] == [False, True, True, True, True]
    assert [chosen for _, chosen, _ in many] == [False, True, False, False, False, False]
    assert many[2] == (4, False, 0.4)


def test_volumesThatMayMixBecauseSlicesAreMissingAreDoubted():
    images = [memorySlice(4 * v + k, (0, 0, k)) for v in range(3) for k in range(4)]
    assert {judgement.note for judgement in judge(candidates(images))} == {""}
    notes = [judgement.note for judgement in judge(candidates(images[:5] + images[6:]))]
    assert notes[0] == "" and all("each may mix slices" in note for note in notes[1:]) and len(notes) == 4


def test_localizersAloneAreChosen():
    axial = memorySlice(1, (0, 0, 0), ImageType="LOCALIZER")
    coronal = memorySlice(2, (0, 0, 0), CORONAL, ImageType="LOCALIZER")
    assert [chosen for _, chosen, _ in verdicts([axial, coronal])] == [False, True, True]


def test_somethingIsChosenEvenWhenEverythingIsDoubtful():
    mosaics = [memorySlice(number, (0, 0, number), ImageType="PRIMARY\\MOSAIC") for number in (1, 2)]
    assert verdicts(mosaics) == [(2, True, 0.2)]


def test_theExplanationGivesRulesTagsAndValues():
    found = candidates(memoryStack(range(6)) + memoryStack(range(4), CORONAL))
    texts = [explanation(one, judgement) for one, judgement in zip(found, judge(found), strict=True)]
    assert "all files, although they make 2 stacks" in texts[0] and "Error: slices differ in orientation" in texts[0]
    assert r"ImageOrientationPatient 1\0\0\0\0\-1 (orientation 2 of 2)" in texts[2]
    assert "Chosen: position, orientation and size of the slices agree." in texts[1]


def notes(images):
    found = candidates(images)
    return [judgement.note for judgement in judge(found) if judgement.chosen]


def localizer(number, position, orientation):
    return memorySlice(number, position, orientation, ImageType="ORIGINAL\\PRIMARY\\LOCALIZER")


def test_everyPlaneOfALocalizerIsChosenHoweverManySlicesItHas():
    axial = [localizer(k, (0, 0, k), (1, 0, 0, 0, 1, 0)) for k in range(7)]
    coronal = [localizer(10 + k, (0, k, 0), CORONAL) for k in range(3)]
    sagittal = [localizer(20, (0, 0, 0), (0, 1, 0, 0, 0, -1))]
    assert [chosen for _, chosen, _ in verdicts(axial + coronal + sagittal)] == [False, True, True, True]


def test_aLocalizerIsNotChosenBesideImagesBeTheyFewerOrDamaged():
    images = memoryStack(range(6))
    images[3].truncated = "10 bytes short"
    scout = [localizer(20 + k, (0, k, 0), CORONAL) for k in range(9)]
    assert verdicts(images + scout) == [(15, False, 0.1), (6, True, 0.2), (9, False, 0.4)]


def test_ofManyVolumesTheFirstOfTheLargestIsChosen():
    tracking = [memorySlice(10 * v + k, (0, 0, 40 + k), AcquisitionNumber=v) for v in range(6) for k in range(3)]
    scan = [memorySlice(100 + k, (0, 0, k), AcquisitionNumber=9) for k in range(100)]
    assert [size for size, chosen, _ in verdicts(tracking + scan) if chosen] == [100]


def test_volumesOfEachStackAreChosenByThemselves():
    coronal = [memorySlice(50 + 4 * v + k, (0, k, 0), CORONAL, TemporalPositionIdentifier=v)
               for v in range(7) for k in range(3)]  # fmt: skip
    assert sorted(size for size, chosen, _ in verdicts(volumes(6) + coronal) if chosen) == [3, 4]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ((0, 0, 3), "it repeats the position of a slice of the chosen stack"),
        (None, "it has no position, the chosen stack has"),
    ],
)
def test_aSliceThatIsLeftOutIsTold(other, reason):
    (note,) = notes([*memoryStack(range(8)), memorySlice(99, other)])
    assert note == f"1 other slice of the series is not loaded: {reason}."


def test_aLoneSliceInAnotherDirectionIsToldWithItsDirection():
    (note,) = notes([*memoryStack(range(8)), memorySlice(99, (0, 0, 0), CORONAL)])
    assert "it is one slice apart from 8 others (ImageOrientationPatient 1\\0\\0\\0\\0\\-1" in note


def test_declaredLocalizersAreLeftOutSilently():
    assert notes([*memoryStack(range(8)), localizer(99, (0, 0, 0), CORONAL)]) == [""]


def test_aRadialScanDoesNotFillTheSceneWithItsPlanes():
    angles = [math.radians(3 * number) for number in range(60)]
    planes = [memorySlice(number, (0, 0, 0), (math.cos(angle), math.sin(angle), 0, 0, 0, -1))
              for number, angle in enumerate(angles)]  # fmt: skip
    assert sum(chosen for _, chosen, _ in verdicts(planes)) == 1
    assert "59 other slices of the series are not loaded: the images make 60 stacks" in notes(planes)[0]
