"""Slices of known weighting become volumes in the order of acquisition, whatever order files come in."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.Measurements import measurementsOf, reasonForNone
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from DICOMPlugins.Diffusion.Weighting import DERIVED, ISOTROPIC, UNKNOWN
from Testing.DICOMPlugins.Diffusion.Slices import SIX, X, Y, Z, planesFrom, record, shuffled, volumes, weighted

SCHEME = [weighted(0), *(weighted(1000, one) for one in SIX), weighted(0), weighted(2000, X), weighted(1000, SIX[0])]


def seriesOf(records):
    planes = planesFrom(records)
    return measurementsOf(planes, chooseWeighting(planes).weighting)


def only(records):
    (series,) = seriesOf(records)
    return series


def placesOf(series):
    return series.planes.positions[series.rows][:, :, 2]


@pytest.mark.parametrize("interleaved", [False, True], ids=["volume by volume", "slice by slice"])
@pytest.mark.parametrize("seed", range(4))
def test_measurementsAreInOrderOfAcquisitionWhateverTheOrderOfFiles(interleaved, seed):
    series = only(shuffled(volumes(SCHEME, slices=4, interleaved=interleaved), seed))
    assert series.bValues.tolist() == [0, *[1000] * 6, 0, 2000, 1000]
    expected = [one.get("DiffusionGradientOrientation", (0, 0, 0)) for one in SCHEME]
    assert series.directions == pytest.approx(numpy.array(expected), abs=1e-9)
    assert placesOf(series).tolist() == [[0, 2, 4, 6]] * len(SCHEME)
    numbers = series.planes.instanceNumbers[series.rows]
    if interleaved:
        assert numbers.tolist() == [[1 + n + 10 * k for k in range(4)] for n in range(10)]
    else:
        assert numbers.tolist() == (numpy.arange(40).reshape(10, 4) + 1).tolist()
    assert series.apart == [] and series.findings == []


def test_repeatedDirectionsAndBaselinesAreMeasurementsOfTheirOwn():
    series = only(volumes([weighted(0)] * 3 + [weighted(1000, X)] * 4))
    assert series.bValues.tolist() == [0] * 3 + [1000] * 4


def test_oppositeDirectionsAreTwoMeasurements():
    series = only(volumes([weighted(0), weighted(1000, X), weighted(1000, (-1.0, 0, 0))]))
    assert series.directions[:, 0].tolist() == [0, 1, -1]


def test_slicesOfOneMeasurementWithOppositeSignsStayTogether():
    records = volumes([weighted(0), weighted(1000, X), weighted(1000, Y)])
    records[4] = record(5, 1, **weighted(1000, (-1.0, 0, 0)))
    series = only(records)
    assert series.bValues.tolist() == [0, 1000, 1000]
    assert [one.code for one in series.findings] == []


def test_directionsThatDifferInDigitsAreOneMeasurementAndTold():
    records = volumes([weighted(0), weighted(1000, X), weighted(1000, Y)])
    records[4] = record(5, 1, **weighted(1000, (0.99995, 0.01, 0)))
    series = only(records)
    assert len(series) == 3
    assert [one.code for one in series.findings] == ["directionsDiffer"]


def test_shellsWithTheSameDirectionsAreKeptApart():
    scheme = [weighted(0), *(weighted(b, one) for b in (5, 50, 700, 1000, 3000) for one in SIX)]
    series = only(shuffled(volumes(scheme)))
    assert series.bValues.tolist() == [0, *numpy.repeat([5, 50, 700, 1000, 3000], 6)]
    assert [(shell[0], shell[1]) for shell in series.shells()] == [
        (0, 1), (5, 6), (50, 6), (700, 6), (1000, 6), (3000, 6),
    ]  # fmt: skip


@pytest.mark.parametrize("missing", [0, 4, 8, 29])
def test_anIncompleteMeasurementIsLeftOutAndToldAndTheRestLoads(missing):
    records = volumes(SCHEME)
    del records[missing]
    series = only(shuffled(records))
    assert len(series) == len(SCHEME) - 1
    (finding,) = series.findings
    assert finding.code == "incompleteMeasurement" and "1 slice missing of 3" in finding.text
    (apart,) = series.apart
    assert len(apart.rows) == 2
    assert placesOf(series).tolist() == [[0, 2, 4]] * (len(SCHEME) - 1)
    assert any(line.startswith("Set apart: 2 slices, incomplete b =") for line in series.explanation())


def test_whereMostMeasurementsLackSlicesOnlyThoseWithAllPlacesAreComplete():
    kept = [range(6), (0, 2, 5), (0, 2, 5), (0, 2, 5), (1, 2, 4), (3, 4, 5), (0, 1, 3), range(6)]
    records = volumes([weighted(0), *(weighted(1000, one) for one in SIX), weighted(2000, X)], slices=6)
    found = only(shuffled([one for number, one in enumerate(records) if number % 6 in kept[number // 6]]))
    assert found.rows.shape == (2, 6) and found.bValues.tolist() == [0, 2000]
    assert [(one.code, one.value) for one in found.findings] == [("incompleteMeasurement", 3)] * 6


def test_aScanThatWasStoppedLosesItsLastMeasurementOnly():
    series = only(volumes(SCHEME, slices=5)[:-3])
    assert len(series) == len(SCHEME) - 1
    assert series.findings[0].value == 3


@pytest.mark.parametrize("place", [0, 3, 7])
def test_traceAndComputedVolumesAnywhereAreSetApart(place):
    scheme = [weighted(0), *(weighted(1000, one) for one in SIX)]
    trace = weighted(1000, None, DiffusionDirectionality="ISOTROPIC")
    adc = weighted(1000, None, ImageType="DERIVED\\PRIMARY\\DIFFUSION\\ADC")
    series = only(shuffled(volumes([*scheme[:place], trace, adc, *scheme[place:]])))
    assert series.bValues.tolist() == [0, *[1000] * 6]
    assert sorted((one.kind, one.label, len(one.rows)) for one in series.apart) == [
        (ISOTROPIC, "trace b=1000", 3), (DERIVED, "derived", 3),
    ]  # fmt: skip
    (stack,) = series.apart[0].stacks(series.planes)
    assert stack.dimensions == (4, 4, 3)


def test_slicesOfUnknownWeightingAreSetApart():
    series = only(volumes([*SCHEME, {}]))
    assert len(series) == len(SCHEME)
    assert [(one.kind, len(one.rows)) for one in series.apart] == [(UNKNOWN, 3)]


def test_phaseImagesAreASeriesOfTheirOwn():
    magnitude = volumes([weighted(0), weighted(1000, X)])
    phase = [record(number, k % 3, **weighted(1000 * (k // 3), X if k >= 3 else None),
                    ImageType="ORIGINAL\\PRIMARY\\P\\ND") for k, number in enumerate(range(101, 107))]  # fmt: skip
    found = seriesOf(shuffled(magnitude + phase))
    assert sorted(one.label for one in found) == ["magnitude", "phase"]
    assert [len(one) for one in found] == [2, 2]


def test_echoesAreSeriesOfTheirOwn():
    records = [record(1 + 12 * echo + 3 * n + k, k, EchoNumbers=echo + 1, EchoTime=50 + 30 * echo,
                      **weighted(1000 * min(n, 1), (X, X, Y, Z)[n] if n else None))
               for echo in range(2) for n in range(4) for k in range(3)]  # fmt: skip
    found = seriesOf(shuffled(records))
    assert [len(one) for one in found] == [4, 4]
    assert sorted(one.label for one in found) == ["EchoNumbers 1", "EchoNumbers 2"]


def test_echoTimesThatFollowFromTheBValueAreOneSeries():
    """Also where b-values are in a vendor's own elements alone."""
    def own(bValue, direction=(0, 0, 0)):
        values = {'(2001,"Philips Imaging DD 001",03)': bValue, "Manufacturer": "Philips", "EchoTime": 60 + bValue / 50}
        names = [f'(2005,"Philips MR Imaging DD 001",{low})' for low in ("B0", "B1", "B2")]
        return values | dict(zip(names, direction, strict=True))

    scheme = [own(b, one) for b in (1000, 2000) for one in (X, Y, Z)]
    assert len(only(volumes(scheme))) == 6


def test_imagesOfAnotherGeometryAreSetApart():
    sideways = [record(900 + k, 0, **weighted(0), ImageOrientationPatient="0\\1\\0\\0\\0\\-1") for k in range(2)]
    series = only(volumes(SCHEME) + sideways)
    assert len(series) == len(SCHEME) and series.label == ""
    assert [(len(one.rows), one.reason) for one in series.apart] == [(2, "of another geometry or kind")]


def test_measurementsThatMovedAreTold():
    records = volumes([weighted(0), weighted(1000, X)])
    records[4] = record(5, 1, **weighted(1000, X), ImagePositionPatient="0.15\\0\\2")
    assert [one.code for one in only(records).findings] == ["movedMeasurements"]


def test_averagesWithAnAcquisitionNumberAreToldApartEvenWhereSlicesAreMissing():
    pair = [weighted(0, None, AcquisitionNumber=1), weighted(0, None, AcquisitionNumber=2), weighted(1000, X)]
    records = volumes([*pair, weighted(1000, Y)], slices=4, interleaved=True)
    missing = next(n for n, one in enumerate(records) if one.value("AcquisitionNumber") == "1"
                   and one.imagePosition[2] == 4)  # fmt: skip
    del records[missing]
    series = only(shuffled(records))
    assert len(series) == 3
    kept = {series.planes.instances[row].value("AcquisitionNumber") for row in series.rows[0]}
    assert kept == {"2"}


def test_withoutDirectionsThereIsNoSeriesAndTheReasonIsTold():
    planes = planesFrom(volumes([weighted(0), weighted(1000)]))
    weighting = chooseWeighting(planes).weighting
    assert measurementsOf(planes, weighting) == []
    text = "no slice has a b-value and a direction of the gradient (slices: 3 unknown, 3 b = 0)"
    assert reasonForNone(weighting) == text


def test_aSingleSlicePerVolumeIsEnough():
    assert len(only(volumes(SCHEME, slices=1))) == len(SCHEME)
