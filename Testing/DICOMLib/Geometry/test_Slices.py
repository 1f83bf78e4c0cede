import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import GeometryError
from DICOMLib.Files.HeaderScanner import scanBytes
from DICOMLib.Geometry.Patient import isRightHanded
from DICOMLib.Geometry.Slices import analyzeStack, groupStacks, statedSliceSpacing
from DICOMLib.Tags import tagText
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice, memoryStack
from Testing.Fixtures import axialCT, missingSliceCT, obliqueMR, rotationMatrix, tiltedCT


def records(builder):
    return [scanBytes(contents).toInstance() for contents in builder.encoded()]


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR(), tiltedCT()], ids=["axial", "oblique", "tilted"])
def test_theMatrixOfAFileSeriesIsTheOneItWasMadeWith(builder):
    instances = records(builder)
    random.Random(1).shuffle(instances)
    stack = analyzeStack(instances)
    assert stack.ijkToLPS == pytest.approx(builder.ijkToLPS, abs=1e-6)
    assert stack.isRegular
    assert [instance.instanceNumber for instance in stack.instances] == [1, 2, 3, 4, 5]


def test_slicesAreSortedAlongThePositiveNormalSoThatTheVolumeIsRightHanded():
    stack = analyzeStack(memoryStack([10, 0, 5]))
    assert [instance.instanceNumber for instance in stack.instances] == [2, 3, 1]
    assert isRightHanded(stack.ijkToLPS)
    assert stack.spacing == pytest.approx((0.7, 0.8, 5))
    assert stack.dimensions == (30, 40, 3)


def test_aTiltedGantryStaysAsShearAndIsTold():
    stack = analyzeStack(records(tiltedCT()))
    tilt = stack.finding("tilt")
    assert tilt.severity == "warning" and tilt.value == pytest.approx(20, abs=1e-3)
    assert "GantryDetectorTilt in the header: 20°" in tilt.text and "keeps this shear" in stack.warning
    k, normal = stack.ijkToLPS[:3, 2], stack.planes.normals[0]
    assert numpy.linalg.norm(k - normal * (k @ normal)) == pytest.approx(2.5 * numpy.tan(numpy.radians(20)), abs=1e-6)


def test_aMissingSliceIsCountedAndPlaced():
    stack = analyzeStack(records(missingSliceCT()))
    finding = stack.finding("missingSlices")
    assert finding.value == 1
    assert finding.text == (
        "gap between slice 3 and 4 is 5.00 mm, expected 2.50 mm: 1 slice seems to be missing"
    )
    assert not stack.isRegular and not stack.isWrong


def test_severalMissingSlicesAreCountedInOneGap():
    distances = [2.5 * k for k in range(20) if k not in (12, 13)]
    assert "gap between slice 12 and 13 is 7.50 mm, expected 2.50 mm: 2 slices seem to be missing" in (
        analyzeStack(memoryStack(distances)).finding("missingSlices").text
    )


def test_gapsAreComparedWithTheMedianNotWithTheFirst():
    # The first gap is the odd one: comparing with it would blame all the others.
    finding = analyzeStack(memoryStack([0, 3, 5, 7, 9, 11])).finding("irregularGaps")
    assert finding.text == "gap between slice 1 and 2 is 3.00 mm, expected 2.00 mm"


def test_manyUnevenGapsAreSummedUp():
    distances = numpy.cumsum([0, 1, 2.1, 3.3, 1.7, 2.9, 1.2, 2.2, 3.1])
    finding = analyzeStack(memoryStack(distances)).finding("irregularGaps")
    assert "varies from 1.00 to 3.30 mm" in finding.text


def test_driftBelowEverySingleGapsToleranceIsFound():
    # Each gap is 0.01 mm from its neighbour and 0.045 mm from the median at most; together they are 1 mm off.
    gaps = numpy.linspace(0.955, 1.045, 90)
    stack = analyzeStack(memoryStack(numpy.cumsum([0, *gaps])))
    assert stack.finding("irregularGaps") is None
    assert stack.finding("displacement").value == pytest.approx(1.02, abs=0.05)
    assert "mm away from the true corners" in stack.warning


def test_roundedPositionsGiveNoWarning():
    stack = analyzeStack(memoryStack([round(0.625 * k, 2) for k in range(200)]))
    assert stack.warning == "" and stack.isRegular


def test_slicesShiftedOutOfLineAreFound():
    instances = memoryStack([0, 1, 2, 3, 4])
    instances[2] = memorySlice(3, (4.0, 0, 2))
    stack = analyzeStack(instances)
    assert stack.finding("inPlaneShift").value == pytest.approx(4)
    assert stack.finding("tilt") is None
    assert stack.finding("displacement").value == pytest.approx(4)


def test_twoSlicesAtOnePlaceAreAnErrorInOneStack():
    stack = analyzeStack(memoryStack([0, 1, 1, 2]))
    assert stack.finding("duplicatePositions").value == 1
    assert stack.isWrong


@pytest.mark.parametrize(
    ("tags", "spacing"),
    [
        ({"SpacingBetweenSlices": 3.5, "SliceThickness": 5}, 3.5),
        ({"SliceThickness": 5}, 5),
        ({"SpacingBetweenSlices": -2}, 2),
        ({"SpacingBetweenSlices": 0, "SliceThickness": 0}, 1),
        ({}, 1),
    ],
)
def test_aSingleSliceHasAThicknessThatIsNeverZero(tags, spacing):
    stack = analyzeStack([memorySlice(1, (5, 6, 7), **tags)])
    assert stack.spacing[2] == spacing == statedSliceSpacing(stack.planes)[0]
    assert stack.ijkToLPS[:3, 3].tolist() == [5, 6, 7]
    assert stack.warning == ""


def test_differentSizesOrientationsAndSpacingsAreErrorsInOneStack():
    mixed = [
        memorySlice(1, (0, 0, 0)),
        memorySlice(2, (0, 0, 1), rows=41),
        memorySlice(3, (0, 0, 2), orientation=(0, 1, 0, 0, 0, -1)),
        memorySlice(4, (0, 0, 3), pixelSpacing=(1, 1)),
    ]
    stack = analyzeStack(mixed)
    assert stack.isWrong
    assert stack.finding("mixedSize").text == "slices differ in size: 30×40 (3 slices), 30×41 (1 slice)"
    assert stack.finding("mixedOrientation").value == pytest.approx(90)
    assert stack.finding("mixedPixelSpacing") is not None


def test_withoutPositionsTheOrderIsThatOfInstanceNumbersAndSaysSo():
    instances = [memorySlice(number, None, SliceThickness=4) for number in (3, 1, 2)]
    stack = analyzeStack(instances)
    assert [instance.instanceNumber for instance in stack.instances] == [1, 2, 3]
    assert stack.spacing == pytest.approx((0.7, 0.8, 4))
    assert "order of their instance numbers" in stack.warning and not stack.located


def test_aProjectionWithoutAPositionIsNotWarnedOf():
    stack = analyzeStack([memorySlice(1, None, None, Modality="CR")])
    assert stack.warning == "" and stack.finding("noPosition").severity == "note"


def test_directionCosinesThatDoNotSpanAPlaneCountAsNoOrientation():
    assert not analyzeStack([memorySlice(1, (0, 0, 0), (1, 0, 0, 1, 0, 0))]).located


def test_skewedDirectionCosinesAreToldAndKept():
    stack = analyzeStack(memoryStack([0, 1], orientation=(1, 0, 0, 0.1, 0.99499, 0)))
    assert "not perpendicular (84.3°)" in stack.finding("notPerpendicular").text


def test_pixelSpacingOfTheDetectorIsUsedAndTold():
    stack = analyzeStack([memorySlice(1, None, None, pixelSpacing=None, Modality="CR", ImagerPixelSpacing="0.2\\0.1")])
    assert stack.spacing[:2] == pytest.approx((0.1, 0.2))
    assert stack.finding("detectorSpacing").severity == "note"


def test_aMosaicIsAnError():
    stack = analyzeStack([memorySlice(1, (0, 0, 0), ImageType="ORIGINAL\\PRIMARY\\M\\MOSAIC")])
    assert stack.isWrong and "mosaic" in stack.warning


def test_framesWithoutPositionsAreAnErrorExceptForACine():
    tags = {"NumberOfFrames": 5}
    cine = analyzeStack([memorySlice(1, None, None, Modality="US", **tags)])
    assert len(cine.planes) == 5 and len(cine.instances) == 1
    assert not cine.isWrong and "counts frames" in cine.warning
    enhanced = analyzeStack([memorySlice(1, None, None, Modality="MR", **tags)])
    assert enhanced.isWrong and "does not say where each is" in enhanced.warning


def test_nothingIsNoStack():
    with pytest.raises(GeometryError):
        analyzeStack([])


def turned(angles):
    rotation = rotationMatrix(*angles)
    return (*rotation[:, 0], *rotation[:, 1])


@settings(max_examples=80, deadline=None)
@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    spacing=st.floats(0.3, 8),
    pixelSpacing=st.tuples(st.floats(0.1, 4), st.floats(0.1, 4)),
    origin=st.tuples(*[st.floats(-500, 500)] * 3),
    shear=st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)),
    count=st.integers(3, 25),
    seed=st.integers(0, 1000),
)
def test_anyShuffledStackComesBackWithItsTrueGeometry(angles, spacing, pixelSpacing, origin, shear, count, seed):
    instances = memoryStack(
        [spacing * k for k in range(count)], turned(angles), origin, shear, pixelSpacing=pixelSpacing
    )
    random.Random(seed).shuffle(instances)
    (stack,) = groupStacks(instances)
    assert [instance.instanceNumber for instance in stack.instances] == list(range(1, count + 1))
    assert stack.isRegular and isRightHanded(stack.ijkToLPS)
    row, column = numpy.array(turned(angles)).reshape(2, 3)
    step = (numpy.cross(row, column) + row * shear[0] + column * shear[1]) * spacing
    for k in (0, count - 1):
        last = stack.ijkToLPS @ (29, 39, k, 1)
        true = numpy.array(origin) + row * 29 * pixelSpacing[1] + column * 39 * pixelSpacing[0] + step * k
        assert last[:3] == pytest.approx(true, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    spacing=st.floats(1, 8),
    count=st.integers(8, 25),
    data=st.data(),
)
def test_anyDroppedSlicesAreCounted(angles, spacing, count, data):
    inside = st.integers(2, count - 3)
    dropped = data.draw(st.sets(inside, min_size=1, max_size=2))
    instances = memoryStack([spacing * k for k in range(count) if k not in dropped], turned(angles))
    random.Random(count).shuffle(instances)
    (stack,) = groupStacks(instances)
    assert stack.finding("missingSlices").value == len(dropped)
    assert not stack.isRegular


@pytest.mark.parametrize("text", ["0\\0", "-0.5\\-0.5", "nan\\nan", "inf\\inf", "0.5", "1e300\\1e300", "1e-300\\1", ""])
def test_aPixelSpacingThatCannotBeRightIsWarnedOf(text):
    stack = analyzeStack(memoryStack(range(4), pixelSpacing=None, PixelSpacing=text))
    assert stack.spacing == (1, 1, 1) and "1 mm is assumed" in stack.warning and text in stack.warning


def test_aPhotographWithoutPixelSpacingIsNotWarnedOf():
    photograph = memorySlice(1, None, None, pixelSpacing=None, Modality="XC")
    assert analyzeStack([photograph]).warning == ""


@pytest.mark.parametrize("position", ["1e308\\0\\2", "0\\0\\1e300", "nan\\0\\2", "inf\\0\\2", "1\\2", "a\\b\\c", ""])
def test_aPositionThatCannotBeRightSetsItsSliceApart(position):
    slices = memoryStack(range(5))
    slices[2].values[tagText("ImagePositionPatient")] = position
    placed, lost = groupStacks(slices)
    assert placed.finding("missingSlices").value == 1 and numpy.isfinite(placed.ijkToLPS).all()
    assert lost.instances == [slices[2]] and not lost.located


@pytest.mark.parametrize("thickness", ["1e300", "nan", "0", "1e-300"])
def test_aThicknessThatCannotBeRightIsNotUsed(thickness):
    (single,) = memoryStack([0], SliceThickness=thickness)
    assert analyzeStack([single]).spacing[2] == 1


def test_positionsDecideWhereTheStatedDistanceDiffersAndItIsNoted():
    stack = analyzeStack(memoryStack([0, 2, 4, 6], SpacingBetweenSlices=-7))
    assert stack.spacing[2] == 2 and stack.finding("statedSpacing").value == 7 and stack.warning == ""
    assert analyzeStack(memoryStack([0, 2, 4, 6], SpacingBetweenSlices=-2)).finding("statedSpacing") is None
