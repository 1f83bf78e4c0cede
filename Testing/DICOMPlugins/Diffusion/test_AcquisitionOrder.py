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


def renumbered(schemes, slices, interleaved, missing):
    """Slices numbered consecutively after some were lost. :returns: them, and the measurement of each number"""
    pairs = [(n, k) for n in range(len(schemes)) for k in range(slices)]
    pairs.sort(key=lambda pair: pair[::-1] if interleaved else pair)
    kept = [pair for number, pair in enumerate(pairs) if number not in missing]
    records = [record(number, k, **schemes[n]) for number, (n, k) in enumerate(kept, 1)]
    return records, {number: n for number, (n, _) in enumerate(kept, 1)}


@pytest.mark.parametrize("interleaved", [False, True], ids=["volume by volume", "slice by slice"])
@pytest.mark.parametrize("missing", [*((n,) for n in range(24)), (0, 2), (1, 4), (2, 3), (1, 2, 17), (5, 6)])
def test_repetitionsNumberedAfterSlicesWereLostAreNeverMixed(interleaved, missing):
    records, measurementOf = renumbered(REPEATED, 4, interleaved, missing)
    found = series(shuffled(records))
    for numbers in numbersOf(found):
        assert len({measurementOf[number] for number in numbers}) == 1
    assert any(one.code == "incompleteMeasurement" for one in found.findings)
    rows = numpy.concatenate([found.rows.reshape(-1), *(one.rows for one in found.apart)])
    assert sorted(rows.tolist()) == list(range(len(records)))


def test_repetitionsOfWhichNothingTellsWhatBelongsTogetherAreSetApartTogether():
    records, _ = renumbered(REPEATED, 4, True, [7])
    found = series(shuffled(records))
    assert found.bValues.tolist() == [1000, 1000, 1000]
    assert "3 repetitions of a measurement (b = 0) have 11 slices of 12, and nothing tells which" in found.warning
    assert [(one.label, len(one.rows)) for one in found.apart] == [("incomplete repetitions of b = 0", 11)]


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
