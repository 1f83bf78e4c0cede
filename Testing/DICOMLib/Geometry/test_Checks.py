import numpy
import pytest

from DICOMLib.Geometry.Checks import cornerDisplacements, missingSlices, samePositionTolerance
from DICOMLib.Geometry.Findings import WARNING
from DICOMLib.Geometry.Planes import planesOf
from DICOMLib.Geometry.Slices import analyzeStack, locatedMatrix
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice, memoryStack


@pytest.mark.parametrize(
    ("gap", "expected", "count"), [(2.5, 2.5, 0), (5.0, 2.5, 1), (7.6, 2.5, 2), (4.0, 2.5, 0), (1.0, 2.5, 0)]
)
def test_gapsThatAreWholeMultiplesAreMissingSlices(gap, expected, count):
    assert missingSlices(gap, expected) == count


def test_displacementIsMeasuredAtTheCornersOfEachSlicesOwnHeader():
    instances = memoryStack([0, 1, 2])
    instances[1] = memorySlice(2, (0, 0, 1), pixelSpacing=(0.8, 0.8))
    planes = planesOf(instances)
    distances = cornerDisplacements(planes, locatedMatrix(planes))
    # The middle slice's columns are 0.1 mm wider: 29 of them away from the origin.
    assert distances[1].tolist() == pytest.approx([0, 2.9, 0, 2.9])
    assert numpy.abs(distances[[0, 2]]).max() == pytest.approx(0, abs=1e-12)


def test_specimensHaveACloserIdeaOfTheSamePosition():
    assert samePositionTolerance(planesOf([memorySlice(1, (0, 0, 0))])) == 0.01
    assert samePositionTolerance(planesOf([memorySlice(1, (0, 0, 0), pixelSpacing=(0.005, 0.005))])) == 0.0005


@pytest.mark.parametrize(
    ("modality", "tags", "text"),
    [
        ("US", {"FrameTime": "33.333"},
         "the third axis counts frames, 33.33 ms apart (FrameTime), it is not a distance"),
        ("XA", {}, "the third axis counts frames, it is not a distance"),
        ("NM", {"FrameIncrementPointer": "0054,0010\\0054,0020"}, "the third axis counts frames, it is not a distance"),
        (
            "NM", {"FrameIncrementPointer": "0054,0080", "SpacingBetweenSlices": "-6.2317"},
            "slices 6.232 mm apart (SpacingBetweenSlices), of which the header does not say where they are",
        ),
    ],
)  # fmt: skip
def test_whatTheFramesOfACineOrAReconstructionWithoutAPlaceAreIsTold(modality, tags, text):
    cine = memorySlice(1, None, None, Modality=modality, NumberOfFrames=7, **tags)
    finding = analyzeStack([cine]).finding("multiFrame")
    assert finding.text == f"this is one object of 7 frames: {text}" and finding.severity == WARNING
