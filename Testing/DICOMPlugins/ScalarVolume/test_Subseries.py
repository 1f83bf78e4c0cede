from DICOMPlugins.ScalarVolume.Subseries import candidates, describeReasons
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice, memoryStack


def labelsByTags(images, byTime=False):
    """Names of the candidates that geometry alone does not make."""
    return [one.label for one in candidates(images, byTime) if one.label and not one.isGeometric]


def test_slicersTagsComeInSlicersOrder():
    images = [memorySlice(k, (0, 0, k), AcquisitionNumber=1 + k // 4, ImageType=f"A\\{k % 2}") for k in range(8)]
    assert labelsByTags(images) == [
        "acquisitionNumber 1", "acquisitionNumber 2", r"imageType A\0", r"imageType A\1"
    ]  # fmt: skip


def test_orientationsThatDifferByLessThanSlicersToleranceAreOne():
    turned = [memorySlice(k, (0, 0, k), orientation=(1, 1e-8 * k, 0, 0, 1, 0)) for k in range(4)]
    assert labelsByTags(turned) == []


def test_theSameFilesAreOfferedOnceUnderSlicersName():
    stacks = memoryStack(range(4), AcquisitionNumber=1) + [
        memorySlice(10 + k, (0, k, 0), (1, 0, 0, 0, 0, -1), AcquisitionNumber=2) for k in range(4)
    ]
    found = candidates(stacks)
    assert [one.label for one in found] == ["", "acquisitionNumber 1", "acquisitionNumber 2"]
    assert [one.isGeometric for one in found] == [False, True, True]


def test_volumesAtTheSamePositionsAreCountedInTheirNames():
    images = [memorySlice(10 * t + k, (0, 0, k), AcquisitionNumber=t) for t in (1, 2, 3) for k in range(4)]
    found = candidates(images)
    assert [one.label for one in found] == ["", "volume 1 of 3", "volume 2 of 3", "volume 3 of 3"]
    assert "AcquisitionNumber 2" in found[2].origin


def test_timeDividesOnlyWhenAskedFor():
    images = [memorySlice(k, (0, 0, k), ContentTime=f"1{k // 2}") for k in range(4)]
    assert labelsByTags(images) == []
    assert labelsByTags(images, byTime=True) == ["contentTime 10", "contentTime 11"]


def test_reasonsReadAsSentences():
    assert list(describeReasons({"a report": 2, "no image": 1})) == ["2 files are a report", "1 file is no image"]


def test_volumesOfSeveralStacksHaveNamesOfTheirOwn():
    coronal = (1, 0, 0, 0, 0, -1)
    axial = [memorySlice(10 * t + k, (0, 0, k), TemporalPositionIdentifier=t) for t in (1, 2) for k in range(4)]
    other = [memorySlice(50 + 10 * t + k, (0, k, 0), coronal, TemporalPositionIdentifier=t)
             for t in (1, 2) for k in range(4)]  # fmt: skip
    labels = [one.label for one in candidates(axial + other) if one.isGeometric]
    assert labels == [
        "volume 1 of 2 (stack 1 of 4)", "volume 2 of 2 (stack 2 of 4)",
        "volume 1 of 2 (stack 3 of 4)", "volume 2 of 2 (stack 4 of 4)",
    ]  # fmt: skip
