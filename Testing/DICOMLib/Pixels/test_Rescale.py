import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Pixels.Rescale import Rescale, fitsAfterRescale, holds, rescaleInPlace, rescaleInto, rescaleOf
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice


def test_theHeaderGivesSlopeAndIntercept():
    assert rescaleOf(memorySlice(1, None, RescaleSlope="2.5", RescaleIntercept="-3")) == Rescale(2.5, -3)
    assert rescaleOf(memorySlice(1, None)).isIdentity


def test_aSlopeOfZeroIsNoRescale():
    assert rescaleOf(memorySlice(1, None, RescaleSlope="0", RescaleIntercept="5")).isIdentity


def test_framesHaveTheRescaleOfTheirGroups():
    instance = memorySlice(1, None, RescaleSlope="7", RescaleIntercept="0")
    instance.functionalGroups = {
        "(0028,9145)[0].(0028,1053)": ["1", "2"], "(0028,9145)[0].(0028,1052)": "-5"
    }  # fmt: skip
    assert [rescaleOf(instance, frame) for frame in (0, 1)] == [Rescale(1, -5), Rescale(2, -5)]


def test_dosesAreScaledByDoseGridScaling():
    dose = memorySlice(1, None, Modality="RTDOSE", DoseGridScaling="0.0025", RescaleSlope="1")
    assert rescaleOf(dose) == Rescale(0.0025)


@given(
    st.lists(st.integers(0, 4095), min_size=1, max_size=20),
    st.sampled_from([1, 2, -1, 8, -8]),
    st.integers(-1500, 1500),
)
def test_rescalingInPlaceIsExactWhereTheResultFits(stored, slope, intercept):
    samples = numpy.array(stored, "uint16")
    memory = samples.view("int16") if slope < 0 or intercept < 0 else samples
    expected = samples.astype(int) * slope + intercept
    if holds(memory.dtype, (int(expected.min()), int(expected.max()))):
        rescaleInPlace(memory, Rescale(slope, intercept))
        assert memory.tolist() == expected.tolist()


def test_rescalingIntoFloatRoundsOnce():
    target = numpy.empty(2, "float32")
    rescaleInto(target, numpy.array([1, 40000], "uint16"), Rescale(0.1, 1e-3))
    assert target.tolist() == [numpy.float32(0.101), numpy.float32(4000.001)]


def test_rescalingLargeIntegersDoesNotPassThroughFloat():
    target = numpy.empty(1, "int64")
    rescaleInto(target, numpy.array([2**53 + 1], "int64"), Rescale(1, 1))
    assert target.tolist() == [2**53 + 2]


@pytest.mark.parametrize(("values", "fits"), [([0, 32767 + 1024], True), ([0, 32767 + 1025], False)])
def test_whatDoesNotFitIsNoticed(values, fits):
    assert fitsAfterRescale(numpy.array(values, "uint16"), Rescale(1, -1024), numpy.dtype("int16")) is fits


def test_aFactorFollowsTheRescale():
    assert Rescale(2, -10).scaled(0.5) == Rescale(1, -5)
