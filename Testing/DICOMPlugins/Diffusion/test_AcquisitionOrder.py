"""The order of acquisition, and what numbers of images tell where some are missing."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.AcquisitionOrder import measurementsByNumber, orderOfAcquisition
from DICOMPlugins.Diffusion.Measurements import measurementsOf
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from Testing.DICOMPlugins.Diffusion.Slices import SIX, X, Y, planesFrom, record, shuffled, volumes, weighted

REPEATED = [*[weighted(0)] * 3, weighted(1000, X), weighted(1000, X), weighted(1000, Y)]


def series(records):
    planes = planesFrom(records)
    (found,) = measurementsOf(planes, chooseWeighting(planes).weighting)
    return found


def numbersOf(found):
    return found.planes.instanceNumbers[found.rows].astype(int).tolist()


@pytest.mark.parametrize("missing", range(20))
def test_repetitionsThatLostASliceAreNotFilledWithAnothersSlice(missing):
    """Four slices a volume, numbered volume by volume: the one that has lost a slice is left out, whichever it is."""
    records = volumes(REPEATED, slices=4)
    del records[missing]
    expected = [[4 * n + k + 1 for k in range(4)] for n in range(6) if n != missing // 4]
    assert numbersOf(series(shuffled(records))) == expected


@pytest.mark.parametrize("missing", range(24))
def test_theSameHoldsWhereAllMeasurementsOfASliceFollowEachOther(missing):
    records = volumes(REPEATED, slices=4, interleaved=True)
    del records[missing]
    expected = [[n + 1 + 6 * k for k in range(4)] for n in range(6) if n != missing % 6]
    assert numbersOf(series(shuffled(records))) == expected


def test_numbersThatFitNoRunOfVolumesTellNothing():
    planes = planesFrom(volumes(REPEATED, slices=4))
    places = numpy.tile(numpy.arange(4), 6)
    codes = numpy.repeat([0, 0, 0, 1, 1, 2], 4)
    assert measurementsByNumber(planes, places, codes).tolist() == numpy.repeat(numpy.arange(6), 4).tolist()
    assert measurementsByNumber(planes, places[::-1].copy(), codes) is not None
    assert measurementsByNumber(planes, numpy.roll(places, 1) ^ (codes == 2), codes) is None
    assert measurementsByNumber(planes.take([0, 0, 1]), places[:3], codes[:3]) is None


@pytest.mark.parametrize("tag", ["AcquisitionNumber", "AcquisitionTime"])
def test_whereNumbersBeginAnewTheAcquisitionComesFirst(tag):
    """Two acquisitions in one series, each with images from 1 on."""
    scheme = [weighted(0), *(weighted(1000, one) for one in SIX)]
    records = [
        record(1000 * again + 3 * n + k, k, **one, InstanceNumber=3 * n + k + 1,
               **{tag: again if tag == "AcquisitionNumber" else 100000 * again + n})
        for again in (1, 2) for n, one in enumerate(scheme) for k in range(3)
    ]  # fmt: skip
    found = series(shuffled(records))
    assert found.bValues.tolist() == [0, *[1000] * 6] * 2
    assert found.directions[1:7] == pytest.approx(numpy.array(SIX)) == found.directions[8:]


def test_withoutAnAcquisitionTheOrderOfFilesDecides():
    planes = planesFrom([record(5 + k, k, InstanceNumber=number) for k, number in enumerate((2, 1, 1))])
    assert orderOfAcquisition(planes).tolist() == [2, 0, 1]
