"""The volume while slices arrive: which type it gets, and what somebody sees who looks at it meanwhile."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Pixels.Rescale import Rescale
from DICOMLib.Pixels.ValuePlan import StoredSlice, planValues
from DICOMLib.Pixels.VolumeAssembly import GreyAssembly
from DICOMLib.Progress import Progress

SLICES, SHAPE = 5, (2, 3)


def assemblyOf(dtype, rescale, isWatched=False, slices=SLICES):
    limits = numpy.iinfo(dtype)
    one = StoredSlice(numpy.dtype(dtype), (int(limits.min), int(limits.max)), rescale)
    return GreyAssembly((slices, *SHAPE), planValues([one] * slices), isWatched)


def read(assembly, number, stored):
    """As a native file is read: into the volume's own memory where that can be."""
    memory = assembly.ownMemory(number, stored.dtype)
    if memory is None:
        assembly.accept(number, stored, "file")
    else:
        memory[...] = stored
        assembly.finishOwn(number, stored.dtype)


def slicesOf(dtype, *lowest):
    return [numpy.arange(low, low + 6).reshape(SHAPE).astype(dtype) for low in lowest]


def test_aFirstSliceThatNeedsAWiderTypeDecidesItForAll():
    """So nothing has to be converted in the end."""
    assembly = assemblyOf("int16", Rescale(1, -1024))
    slices = slicesOf("int16", -32768, 0, 5, 9, 100)
    read(assembly, 0, slices[0])
    assert assembly.plan.resultType == "int32" and assembly.shown.dtype == "int32"
    for number in (1, 2, 3, 4):
        read(assembly, number, slices[number])
    assert assembly.result() is assembly.shown
    assert numpy.array_equal(assembly.result(), numpy.stack(slices).astype("int32") - 1024)


@pytest.mark.parametrize("isWatched", [False, True])
@pytest.mark.parametrize("wide", range(1, SLICES))
def test_aLaterSliceThatNeedsAWiderTypeChangesNoValue(wide, isWatched):
    assembly = assemblyOf("int16", Rescale(1, -1024), isWatched)
    lowest = [1000 * number for number in range(SLICES)]
    lowest[wide] = -32768
    slices = slicesOf("int16", *lowest)
    for number, stored in enumerate(slices):
        read(assembly, number, stored)
        expected = None if number >= wide else stored.astype(int) - 1024
        shown = assembly.shown
        assert (shown is None) if expected is None else numpy.array_equal(shown[number], expected)
    narrow = assembly._array.copy()
    result = assembly.result()
    assert result.dtype == "int32" and numpy.array_equal(result, numpy.stack(slices).astype("int32") - 1024)
    if isWatched:  # a view may still be drawing it
        assert numpy.array_equal(assembly._array, narrow)


@pytest.mark.parametrize("slices", [1, 2, 3, 7, 8, 9, 33])
def test_wideningInPlaceKeepsEverySliceWhateverTheirNumber(slices):
    assembly = assemblyOf("uint16", Rescale(1, -1), slices=slices)
    stored = slicesOf("uint16", *range(10, 10 + slices))
    stored[-1][0, 0], stored[-1][0, 1] = 65535, 0
    for number, one in enumerate(stored):
        read(assembly, number, one)
    assert numpy.array_equal(assembly.result(), numpy.stack(stored).astype("int32") - 1)
    assert assembly.result().dtype == "int32"


def test_unsignedValuesThatBecomeNegativeAreShownSo():
    assembly = assemblyOf("uint16", Rescale(1, -1024), True)
    (stored,) = slicesOf("uint16", 20)
    read(assembly, 2, stored)
    assert assembly.shown.dtype == "int16" and assembly.shown[2, 0, 0] == -1004


def test_nothingIsShownWhereOnlyTheEndTellsTheValues():
    assembly = assemblyOf("int16", Rescale(2, 0), True)
    for number, stored in enumerate(slicesOf("int16", 1, 2, 3, 4, 5)):
        read(assembly, number, stored)
        assert assembly.shown is None
    assert assembly.result()[0, 0].tolist() == [2, 4, 6]


def test_slicesNobodyHasBegunToReadAreFilledAndOthersAreLeftAlone():
    assembly = assemblyOf("int16", Rescale(1, -1024), True)
    slices = slicesOf("int16", 0, 10, 20, 30, 40)
    read(assembly, 2, slices[2])
    begun = assembly.ownMemory(3, numpy.dtype("int16"))
    begun[...] = 77
    assembly.fillUnread(-1024, Progress())
    assert assembly.shown[2, 0, 0] == 20 - 1024 and (begun == 77).all()
    assert (assembly.shown[[0, 1, 4]] == -1024).all()
    for number in (0, 1, 3, 4):
        read(assembly, number, slices[number])
    assert numpy.array_equal(assembly.result(), numpy.stack(slices) - 1024)
