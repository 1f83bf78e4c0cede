import numpy
import pytest

from DICOMLib.Pixels.LookupTable import LookupTable
from DICOMLib.Pixels.Rescale import Rescale
from DICOMLib.Pixels.ValuePlan import StoredSlice, planValues

UINT16 = numpy.dtype("uint16")
TWELVE_BITS = (0, 4095)
SIXTEEN_BITS = (0, 65535)


def one(slope=1, intercept=0, storedType=UINT16, limits=TWELVE_BITS):
    return StoredSlice(numpy.dtype(storedType), limits, Rescale(slope, intercept))


def resultType(*slices):
    return planValues(slices).resultType


def test_integralRescaleKeepsTheSmallestIntegerTypeThatHoldsIt():
    assert resultType(one(1, -1024)) == "int16"
    assert resultType(one()) == "uint16"
    assert resultType(one(16, 0)) == "uint16"
    assert resultType(one(storedType="uint8", limits=(0, 255))) == "uint8"


def test_theValuesDecideWhereOnlyTheyCan():
    assert resultType(one(1, -1024, limits=SIXTEEN_BITS)) is None
    assert resultType(one(1, -100, "uint8", (0, 255))) is None
    assert resultType(one(1, 1, "uint64", (0, 2**64 - 1))) == "float64"


def test_slicesWithDifferentIntegralSlopesStayIntegers():
    plan = planValues([one(1), one(2), one(3)])
    assert plan.resultType == "int16" and plan.uniform is None and not plan.isIdentity
    assert resultType(one(1), one(20)) == "int32"


def test_signedAndUnsignedSlicesShareTheSmallestTypeThatHoldsBoth():
    signed = one(storedType="int16", limits=(-2048, 2047))
    assert resultType(signed, one()) == "int16"
    assert resultType(signed, one(limits=SIXTEEN_BITS)) == "int32"


@pytest.mark.parametrize(
    ("slope", "intercept", "bits", "expected"),
    [(0.5, 0, 16, "float32"), (1, 0.25, 12, "float32"), (0.1, 0, 20, "float32"), (0.1, 0, 21, "float64"),
     (0.5, 0, 32, "float64"), (0.001, 1e6, 16, "float64")],
)  # fmt: skip
def test_fractionsAreSinglePrecisionWhereTheStepsStayApart(slope, intercept, bits, expected):
    storedType = "uint16" if bits <= 16 else "uint32"
    assert resultType(one(slope, intercept, storedType, (0, 2**bits - 1))) == expected


def test_singlePrecisionMovesNoVoxelByMoreThanAPartOfAStep():
    stored = numpy.arange(2**20 - 1000, 2**20)
    exact = stored * 0.1
    assert abs(exact.astype("float32") - exact).max() <= 0.1 / 16


def test_floatingPixelsKeepTheirType():
    assert resultType(one(storedType="float32", limits=(0, 1))) == "float32"
    assert resultType(one(2, 0, "float64", (0, 1))) == "float64"


def test_tablesGiveTheTypeOfTheirEntries():
    table = LookupTable(0, numpy.array([0, 3000, 70], "uint16"))
    assert resultType(StoredSlice(numpy.dtype("uint8"), (0, 255), table)) == "int16"
    plan = planValues([StoredSlice(UINT16, TWELVE_BITS, LookupTable(0, numpy.array([0, 255], "uint8")))])
    assert plan.resultType == "uint8" and plan.uniform is None


def test_aSeriesOfEqualSlicesHasOneRescale():
    plan = planValues([one(2, 1)] * 3)
    assert plan.uniform == Rescale(2, 1) and len(plan.mappings) == 3
