import math

import numpy
import pytest

from DICOMLib.Diffusion.Coverage import (
    baselineOf,
    conditionNumber,
    coverageOf,
    distinctAxes,
    electrostaticEnergy,
    energyRatio,
    evenDirections,
    largestGap,
    shellsOf,
)

GOLDEN = (1 + 5**0.5) / 2
ICOSAHEDRON = numpy.array(
    [[0, 1, GOLDEN], [0, 1, -GOLDEN], [1, GOLDEN, 0], [1, -GOLDEN, 0], [GOLDEN, 0, 1], [-GOLDEN, 0, 1]]
) / math.sqrt(1 + GOLDEN**2)


def shells(bValues) -> list[tuple[float, list[int]]]:
    return [(round(one.bValue), one.rows.tolist()) for one in shellsOf(numpy.array(bValues, float))]


def test_bValuesOfOneShellNeedNotBeEqual():
    bValues = [5, 990, 0, 1005, 2985, 1990, 995, 2010, 3005]
    assert shells(bValues) == [(2, [0, 2]), (997, [1, 3, 6]), (2000, [5, 7]), (2995, [4, 8])]


def test_manySmallBValuesAreAShellEach():
    bValues = [0, 10, 20, 30, 50, 80, 100, 200, 400, 600, 800]
    assert [rows for _, rows in shells(bValues)] == [[number] for number in range(11)]


def test_aShellDoesNotGrowFromNeighbourToNeighbour():
    assert len(shellsOf(numpy.arange(1000, 2000, 20.0))) > 3


def test_unknownBValuesAreInNoShell():
    assert shells([0, math.nan, 1000]) == [(0, [0]), (1000, [2])]
    assert shells([]) == []


def test_baselineIsTheLowestShellIfItHasHardlyAnyWeighting():
    assert baselineOf(shellsOf([5, 1000, 0])).rows.tolist() == [0, 2]
    assert baselineOf(shellsOf([500, 1000])) is None
    assert baselineOf([]) is None


def test_aDirectionAndItsOppositeAreOneAxis():
    directions = numpy.vstack([ICOSAHEDRON, -ICOSAHEDRON, numpy.zeros((2, 3)), [[math.nan] * 3]])
    assert numpy.array_equal(distinctAxes(directions), ICOSAHEDRON)
    assert distinctAxes(numpy.zeros((0, 3))).shape == (0, 3)


def test_directionsHalfADegreeApartAreTheSame():
    tilted = numpy.array([[0, math.sin(math.radians(angle)), math.cos(math.radians(angle))] for angle in (0, 0.5, 2)])
    assert len(distinctAxes(tilted)) == 2


def test_icosahedronHasItsKnownNumbers():
    found = coverageOf(ICOSAHEDRON)
    assert found.axes == 6
    assert found.condition == pytest.approx(math.sqrt(5 / 2), abs=1e-9)
    # Least energy of twelve charges: 49.165253 (Thomson's problem); the formula is within 1 % of it.
    assert 2 * electrostaticEnergy(ICOSAHEDRON) + 3 == pytest.approx(49.165253, abs=1e-6)
    assert found.energyRatio == pytest.approx(1, abs=0.01)
    assert found.largestGap == pytest.approx(37.377, abs=1)  # from a vertex to the middle of a face


def test_coverageDoesNotDependOnSignsRepetitionsOrRotation():
    rotation = numpy.linalg.qr(numpy.random.default_rng(3).normal(size=(3, 3)))[0]
    changed = numpy.vstack([-ICOSAHEDRON[::-1], ICOSAHEDRON]) @ rotation.T
    first, second = coverageOf(ICOSAHEDRON), coverageOf(changed)
    assert second.axes == 6
    assert second.condition == pytest.approx(first.condition)
    assert second.energyRatio == pytest.approx(first.energyRatio)
    assert second.largestGap == pytest.approx(first.largestGap, abs=2)


def test_evenDirectionsCoverTheSphereTheBetterTheMoreThereAre():
    gaps = [largestGap(evenDirections(count)) for count in (12, 30, 64, 256)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 8
    assert all(energyRatio(evenDirections(count)) < 1.02 for count in (12, 64, 300))


def test_directionsInAConeAreSeenInEveryNumber():
    narrow = evenDirections(30) * [0.3, 0.3, 1]
    found = coverageOf(narrow / numpy.linalg.norm(narrow, axis=1)[:, None])
    assert found.condition > 3 and found.energyRatio > 1.1 and found.largestGap > 30


def test_fewerThanSixAxesOrAPlaneDetermineNoTensor():
    angles = numpy.linspace(0, 3, 12)
    assert conditionNumber(ICOSAHEDRON[:5]) == math.inf
    assert conditionNumber(numpy.column_stack([numpy.cos(angles), numpy.sin(angles), numpy.zeros(12)])) == math.inf


def test_noDirectionsHaveTheLargestGap():
    found = coverageOf(numpy.zeros((2, 3)))
    assert (found.axes, found.largestGap, found.condition) == (0, 90.0, math.inf)
    assert math.isnan(found.energyRatio)
