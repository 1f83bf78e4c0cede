import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from DICOMLib.Errors import ExportError
from DICOMPlugins.ScalarVolume.StorageClasses import CR, CT, MR, PT, SC, US, storageClassFor
from DICOMPlugins.ScalarVolume.StoredVoxels import storedVoxels

INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def readAgain(stored):
    slices = numpy.stack([stored.slice(k) for k in range(len(stored.array))])
    return slices.astype("f8") * stored.slope + stored.intercept


@settings(max_examples=60, deadline=None)
@given(
    array=st.sampled_from(INTEGERS).flatmap(
        lambda dtype: arrays.arrays(dtype, (2, 3, 2), elements={"min_value": max(numpy.iinfo(dtype).min, -(2**31)),
                                                                "max_value": min(numpy.iinfo(dtype).max, 2**31)})
    ),
    storage=st.sampled_from([CT, MR, PT, CR, SC]),
)  # fmt: skip
def test_integersAreExactOrRefused(array, storage):
    try:
        stored = storedVoxels(array, storage, "n")
    except ExportError:
        assert int(array.max()) - int(array.min()) > 65535 or storage is PT and array.min() < 0
        return
    assert storage.allows(stored.dtype)
    assert numpy.array_equal(readAgain(stored), array.astype("f8"))


@settings(max_examples=60, deadline=None)
@given(
    array=arrays.arrays("f8", (2, 3, 2), elements=st.floats(-1e9, 1e9, allow_subnormal=False)),
    storage=st.sampled_from([CT, MR, PT, CR, SC]),
)
def test_realNumbersAreWithinHalfAStep(array, storage):
    stored = storedVoxels(array, storage, "n")
    apart = numpy.abs(readAgain(stored) - array).max()
    assert apart <= (stored.slope / 2 if stored.isRescaled else 0) + 1e-6
    assert stored.error == pytest.approx(apart, abs=1e-6)
    assert storage is not PT or stored.intercept == 0


def test_aTypeThatIsAllowedStays():
    for storage, dtype in ((CT, "i2"), (MR, "u2"), (SC, "i4"), (SC, "u4"), (US, "u1"), (CR, "u1")):
        assert storedVoxels(numpy.zeros((1, 2, 2), dtype), storage, "n").dtype == numpy.dtype(dtype)


def test_aTypeThatIsNotBecomesAWiderOneOfTheSameSign():
    assert storedVoxels(numpy.zeros((1, 2, 2), "i1"), MR, "n").dtype == numpy.int16
    assert storedVoxels(numpy.zeros((1, 2, 2), "u1"), CT, "n").dtype == numpy.uint16


def test_wholeNumbersOfAFloatVolumeAreExact():
    stored = storedVoxels(numpy.array([[[-3.0, 40000.0]]]), SC, "n")
    assert not stored.isRescaled or stored.slope == 1
    assert readAgain(stored).tolist() == [[[-3.0, 40000.0]]]


def test_whatDICOMCannotHoldIsRefused():
    with pytest.raises(ExportError, match="not finite"):
        storedVoxels(numpy.array([[[1.5, numpy.nan]]]), CT, "n")
    with pytest.raises(ExportError, match="transparent in places"):
        storedVoxels(numpy.zeros((1, 2, 2, 4), "u1"), SC, "n")
    with pytest.raises(ExportError, match="2 components"):
        storedVoxels(numpy.zeros((1, 2, 2, 2), "u1"), SC, "n")


def test_theModalityDecidesTheKindUnlessItCannotHoldTheVoxels():
    grey, colour, wide = numpy.zeros((1, 2, 2), "u1"), numpy.zeros((1, 2, 2, 3), "u1"), numpy.zeros((1, 2, 2), "i2")
    assert storageClassFor("US", grey) is storageClassFor("US", colour) is US
    assert storageClassFor("US", wide) is storageClassFor("CT", colour) is storageClassFor("NM", grey) is SC
    with pytest.raises(ExportError, match="Modality is empty"):
        storageClassFor(" ", grey)


@pytest.mark.parametrize("dtype", ["i1", "f4"])
def test_nothingIsStoredInSignedBytes(dtype):
    """dcm2niix reads -1 of them as 255."""
    stored = storedVoxels(numpy.array([[[-1, 2]]], dtype), SC, "n")
    assert stored.dtype == numpy.int16 and not stored.isRescaled
    assert stored.slice(0).tolist() == [[-1, 2]]
