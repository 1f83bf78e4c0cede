import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Pixels.Rescale import (
    Rescale,
    fitsAfterRescale,
    planRescale,
    rescaleInPlace,
    rescaleInto,
    rescaleOf,
    resultTypeForValues,
)
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice

UINT16 = numpy.dtype("uint16")
TWELVE_BITS = (0, 4095)
SIXTEEN_BITS = (0, 65535)


def resultType(slope, intercept, storedType=UINT16, storedRange=TWELVE_BITS):
    return planRescale([Rescale(slope, intercept)], storedType, storedRange).resultType


def test_theHeaderGivesSlopeAndIntercept():
    assert rescaleOf(memorySlice(1, None, RescaleSlope="2.5", RescaleIntercept="-3")) == Rescale(2.5, -3)
    assert rescaleOf(memorySlice(1, None)).isIdentity


def test_aSlopeOfZeroIsNoRescale():
    assert rescaleOf(memorySlice(1, None, RescaleSlope="0", RescaleIntercept="5")).isIdentity


def test_integralRescaleKeepsTheSmallestIntegerTypeThatHoldsIt():
    assert resultType(1, -1024) == "int16"
    assert resultType(1, 0) == "uint16"
    assert resultType(16, 0) == "uint16"
    assert resultType(1, 0, numpy.dtype("uint8"), (0, 255)) == "uint8"
    assert resultType(1, -100, numpy.dtype("uint8"), (0, 255)) is None


def test_sixteenStoredBitsWithAnInterceptDependOnTheValues():
    assert resultType(1, -1024, UINT16, SIXTEEN_BITS) is None
    assert resultTypeForValues(numpy.array([0, 4000], "uint16"), Rescale(1, -1024)) == "int16"
    assert resultTypeForValues(numpy.array([0, 60000], "uint16"), Rescale(1, -1024)) == "int32"


def test_fractionsBecomeFloat():
    assert resultType(0.5, 0) == "float32"
    assert resultType(1, 0.25) == "float32"
    assert resultType(0.5, 0, numpy.dtype("uint32"), (0, 2**32 - 1)) == "float64"


def test_slicesWithDifferentSlopesBecomeFloatEvenIfIntegral():
    plan = planRescale([Rescale(1, 0), Rescale(2, 0)], UINT16, TWELVE_BITS)
    assert plan.resultType == "float32" and plan.uniform is None and not plan.inPlace


@given(
    stored=st.lists(st.integers(0, 4095), min_size=1),
    slope=st.integers(-7, 7).filter(bool),
    intercept=st.integers(-3000, 3000),
)
def test_rescalingInPlaceIsExactThroughEveryWrap(stored, slope, intercept):
    plan = planRescale([Rescale(slope, intercept)], UINT16, TWELVE_BITS)
    samples = numpy.array(stored, "uint16")
    expected = [value * slope + intercept for value in stored]
    if plan.resultType is None:
        target = numpy.empty(len(stored), resultTypeForValues(samples, plan.uniform))
        rescaleInto(target, samples, plan.uniform)
    else:
        target = samples.view(plan.resultType)
        rescaleInPlace(target, plan.uniform)
    assert target.tolist() == expected


def test_floatsAreRoundedOnce():
    target = numpy.empty(3, "float32")
    rescaleInto(target, numpy.array([1, 3, 65535], "uint16"), Rescale(0.1, 1e-3))
    exact = numpy.array([1, 3, 65535]) * 0.1 + 1e-3
    assert target.tolist() == exact.astype("float32").tolist()


def test_valuesBeyondTheTypeAreNoticed():
    samples = numpy.array([40000], "uint16")
    assert not fitsAfterRescale(samples, Rescale(1, -1024), numpy.dtype("int16"))
    assert fitsAfterRescale(samples, Rescale(1, -1024), numpy.dtype("float32"))


@pytest.mark.parametrize("integral", [(1, 0), (2, -1000)])
def test_wholeNumbersAreIntegral(integral):
    assert Rescale(*integral).isIntegral and not Rescale(1.5, 0).isIntegral
