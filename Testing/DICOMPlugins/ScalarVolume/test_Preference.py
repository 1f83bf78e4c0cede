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
