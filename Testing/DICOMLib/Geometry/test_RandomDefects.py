"""Random stacks with a defect of known size, shuffled, as files and as frames: its size is what is told."""

import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Geometry.AcquisitionTransform import acquisitionTransform
from DICOMLib.Geometry.Findings import WARNING
from DICOMLib.Geometry.Slices import analyzeStack, groupStacks
from Testing.DICOMLib.Geometry.MemorySlices import enhancedObject, memorySlice
from Testing.DICOMLib.Geometry.test_KnownAnswers import (
    MANY_FILES,
    ONE_OBJECT,
    assertSameMatrix,
    grids,
    orientationOf,
    positionsOf,
)

KINDS = st.sampled_from([ONE_OBJECT, MANY_FILES])
SEEDS = st.integers(0, 9)


def shuffled(positions, orientations, kind, seed):
    """Records of slices at these places, in any order; instance numbers tell nothing of space."""
    order = list(range(len(positions)))
    random.Random(seed).shuffle(order)
    places, directions = [positions[index] for index in order], [orientations[index] for index in order]
    if kind == ONE_OBJECT:
        return [enhancedObject(1, places, directions)]
    pairs = zip(places, directions, strict=True)
    return [memorySlice(number, *pair, SliceThickness=3) for number, pair in enumerate(pairs, 1)]


def oneStack(matrix, positions, kind, seed):
    return groupStacks(shuffled(positions, [orientationOf(matrix)] * len(positions), kind, seed))


@settings(max_examples=60, deadline=None)
@given(grids(least=4), st.floats(0.06, 2.0), st.floats(0, 360), KINDS, SEEDS, st.data())
def test_aSliceShiftedWithinItsPlaneIsToldByHowMuch(grid, size, angle, kind, seed, data):
    matrix, count = grid
    number = data.draw(st.integers(1, count - 2))
    row, column = numpy.reshape(orientationOf(matrix), (2, 3))
    positions = positionsOf(matrix, range(count))
    positions[number] += size * (row * numpy.cos(numpy.radians(angle)) + column * numpy.sin(numpy.radians(angle)))
    (stack,) = oneStack(matrix, positions, kind, seed)
    assert numpy.allclose(stack.planes.positions, positions)
    assertSameMatrix(stack.ijkToLPS, matrix)
    for code in ("inPlaneShift", "displacement"):
        finding = stack.finding(code)
        assert finding.severity == WARNING and finding.value == pytest.approx(size, abs=1e-6)
    assert f"slice {number + 1}" in stack.finding("inPlaneShift").text
    assert stack.finding("missingSlices") is None and not stack.isRegular


@settings(max_examples=60, deadline=None)
@given(grids(least=8), st.floats(0.06, 1.0), st.floats(0, 360), KINDS, SEEDS)
def test_slicesThatDriftWithinTheirPlanesAreToldByHowMuch(grid, size, angle, kind, seed):
    """A bow: no slice is far from the one before, and those in the middle are far from the line."""
    matrix, count = grid
    row, column = numpy.reshape(orientationOf(matrix), (2, 3))
    direction = row * numpy.cos(numpy.radians(angle)) + column * numpy.sin(numpy.radians(angle))
    bow = size * numpy.sin(numpy.pi * numpy.arange(count) / (count - 1))
    positions = positionsOf(matrix, range(count)) + numpy.outer(bow, direction)
    (stack,) = oneStack(matrix, positions, kind, seed)
    assertSameMatrix(stack.ijkToLPS, matrix)
    if bow.max() > 0.051:
        assert stack.finding("inPlaneShift").value == pytest.approx(bow.max(), abs=1e-6)
        assert stack.finding("displacement").value == pytest.approx(bow.max(), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(grids(least=12), st.floats(0.06, 0.5), KINDS, SEEDS)
def test_distancesThatDriftAreToldByHowMuchAndTheTransformTakesThemBack(grid, size, kind, seed):
    """Gaps grow and shrink by less than the tolerance of any single one; what they add up to is told."""
    matrix, count = grid
    step = float(numpy.linalg.norm(matrix[:3, 2]))
    bow = min(size, 0.2 * step) * numpy.sin(numpy.pi * numpy.arange(count) / (count - 1)) / step
    positions = positionsOf(matrix, numpy.arange(count) + bow)
    (stack,) = oneStack(matrix, positions, kind, seed)
    assertSameMatrix(stack.ijkToLPS, matrix)
    worst = float(bow.max() * step)
    if worst > 0.051:
        assert stack.finding("displacement").value == pytest.approx(worst, abs=1e-6)
        transform = acquisitionTransform(stack)
        assert transform.isNeeded and transform.largestDisplacement == pytest.approx(worst, abs=1e-6)
        assert numpy.allclose(transform.targetCorners[:, 0, 0], positions, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(grids(), grids(), KINDS, SEEDS)
def test_mixedOrientationsComeApartEachWithItsOwnMatrix(one, other, kind, seed):
    matrices = [matrix for matrix, _ in (one, other)]
    if abs(numpy.subtract(*map(orientationOf, matrices))).max() <= 1e-3:
        return  # as good as the same
    positions = [place for matrix, count in (one, other) for place in positionsOf(matrix, range(count))]
    orientations = [orientationOf(matrix) for matrix, count in (one, other) for _ in range(count)]
    stacks = groupStacks(shuffled(positions, orientations, kind, seed))
    assert len(stacks) == 2
    for matrix, count in (one, other):
        stack = min(stacks, key=lambda found: abs(found.ijkToLPS - matrix).max())
        assert len(stack.planes) == count and stack.isRegular
        assertSameMatrix(stack.ijkToLPS, matrix)
    assert all("orientation" in " ".join(stack.reasons) for stack in stacks)
    together = analyzeStack(shuffled(positions, orientations, kind, seed))
    assert together.isWrong and not together.isRegular
