from DICOMLib.Geometry.Explanation import explainStack
from DICOMLib.Geometry.Slices import analyzeStack
from Testing.DICOMLib.Geometry.MemorySlices import enhancedObject, memorySlice, memoryStack


def explained(instances):
    return "\n".join(explainStack(analyzeStack(instances)))


def test_tagsChecksAndTheirResultsAreSaid():
    text = explained(memoryStack([0, 2, 4, 6.02, 8.02], shear=(0.1, 0)))
    assert "Placed by ImagePositionPatient and ImageOrientationPatient of each file; sorted along the slice" in text
    assert r"Pixel spacing: PixelSpacing 0.8\0.7." in text
    assert "Checked: all 5 slices are 30×40." in text and "pixel data complete in 5 of 5 files" in text
    assert "Checked: 4 gaps of 2 to 2.02 mm, median 2 mm, none beyond 0.05 mm of it." in text
    assert "drift along the stack at most 0.01 mm, tilt 5.7°" in text
    assert "Warning: the slices are tilted" in text and "Assumed" not in text


def test_whatIsAssumedIsSaid():
    text = explained([memorySlice(1, None, None, pixelSpacing=None, Modality="CR")])
    assert "Assumed: pixels of 1 mm." in text
    assert "Assumed: slice distance 1 mm, which the header does not say." in text
    assert "Sorted by InstanceNumber" in text
    single = explained([memorySlice(1, (0, 0, 0), SliceThickness=4)])
    assert "Assumed: slice distance 4 mm from SliceThickness." in single


def test_framesAreSaidToBePlacedByTheirFunctionalGroups():
    text = explained([enhancedObject(1, [(0, 0, k) for k in range(4)])])
    assert "PlanePositionSequence and PlaneOrientationSequence of each frame" in text


def test_filesThatAreCutOffAreCounted():
    images = memoryStack(range(4))
    images[2].truncated = "pixel data short: have 100, need 2400"
    stack = analyzeStack(images)
    finding = stack.finding("shortPixelData")
    assert finding.value == 1 and stack.isWrong
    assert finding.text == "1 file of 4 incomplete: pixel data short: have 100, need 2400"
    assert "pixel data complete in 3 of 4 files" in explained(images)


def test_driftBelowEveryGapsToleranceIsSaidWithItsSum():
    distances = [k + 0.0008 * k * k for k in range(50)]
    finding = analyzeStack(memoryStack(distances)).finding("drift")
    assert finding is not None and 0.3 < finding.value < 0.6 and "add up to" in finding.text
