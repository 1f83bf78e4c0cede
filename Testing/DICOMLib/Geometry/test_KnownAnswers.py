"""Random stacks whose matrix, order and defects are known, shuffled: all of it has to come back."""

import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Geometry.Patient import isRightHanded
from DICOMLib.Geometry.Slices import analyzeStack, groupStacks
from DICOMLib.Tags import tagText
from Testing.DICOMLib.Geometry.MemorySlices import enhancedObject, memorySlice
from Testing.Fixtures import rotationMatrix

PIXELS = (0.8, 0.7)
ONE_OBJECT, MANY_FILES = "frames of one object", "files"


@st.composite
def grids(draw, least=3, most=24):
    """A 4x4 to LPS with any rotation, spacing, origin and tilt; and how many slices."""
    rotation = rotationMatrix(*(draw(st.floats(-180, 180)) for _ in range(3)))
    spacing, count = draw(st.floats(0.2, 9)), draw(st.integers(least, most))
    matrix = numpy.eye(4)
    matrix[:3, 0], matrix[:3, 1] = rotation[:, 0] * PIXELS[1], rotation[:, 1] * PIXELS[0]
    shear = draw(st.one_of(st.just((0.0, 0.0)), st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))))
    normal = numpy.cross(rotation[:, 0], rotation[:, 1])
    matrix[:3, 2] = (normal + rotation[:, 0] * shear[0] + rotation[:, 1] * shear[1]) * spacing
    matrix[:3, 3] = [draw(st.floats(-400, 400)) for _ in range(3)]
    return matrix, count


def orientationOf(matrix):
    return (*matrix[:3, 0] / PIXELS[1], *matrix[:3, 1] / PIXELS[0])


def positionsOf(matrix, numbers):
    return matrix[:3, 3] + numpy.outer(numbers, matrix[:3, 2])


def records(matrix, numbers, kind=MANY_FILES, first=1, seed=0, **tags):
    """Slices at these numbers of steps in shuffled order; instance numbers tell nothing of space."""
    positions = positionsOf(matrix, numbers)
    orientation = orientationOf(matrix)
    order = list(range(len(positions)))
    random.Random(seed).shuffle(order)
    if kind == ONE_OBJECT:
        columns = {keyword: [value] * len(order) for keyword, value in tags.items()}
        return [enhancedObject(first, [positions[index] for index in order], orientation, columns)]
    return [
        memorySlice(first + place, positions[index], orientation, SliceThickness=3, **tags)
        for place, index in enumerate(order)
    ]


def numbersOf(stack, matrix):
    """Which step of the grid each slice is at."""
    along = matrix[:3, 2] / (matrix[:3, 2] @ matrix[:3, 2])
    return ((stack.planes.positions - matrix[:3, 3]) @ along).round(6).tolist()


def assertSameMatrix(found, expected):
    scale = abs(expected).max(axis=0)
    assert (abs(found - expected) <= 1e-9 * scale).all()


@settings(max_examples=60, deadline=None)
@given(grids(), st.sampled_from([ONE_OBJECT, MANY_FILES]), st.integers(0, 9))
def test_everyGridComesBackWithItsOrderAndShear(grid, kind, seed):
    matrix, count = grid
    (stack,) = groupStacks(records(matrix, range(count), kind, seed=seed))
    assert numbersOf(stack, matrix) == list(range(count))
    assertSameMatrix(stack.ijkToLPS, matrix)
    assert stack.isRegular and stack.finding("missingSlices") is None
    assert [source.frame for source in stack.sources] == stack.planes.frames.tolist()
    step = matrix[:3, 2]
    normal = numpy.cross(*numpy.reshape(orientationOf(matrix), (2, 3)))
    angle = numpy.degrees(numpy.arccos(min(1.0, step @ normal / numpy.linalg.norm(step))))
    tilt = stack.finding("tilt")
    shift = (count - 1) * numpy.linalg.norm(step - normal * (step @ normal))
    if shift > 0.051:
        assert tilt.value == pytest.approx(angle, abs=1e-6)
    elif shift < 0.049:
        assert tilt is None


@settings(max_examples=60, deadline=None)
@given(grids(least=20), st.sampled_from([ONE_OBJECT, MANY_FILES]), st.data())
def test_everyMissingSliceIsCounted(grid, kind, data):
    matrix, count = grid
    missing = data.draw(st.sets(st.integers(1, count - 2), min_size=1, max_size=3))
    left = [number for number in range(count) if number not in missing]
    (stack,) = groupStacks(records(matrix, left, kind))
    assert numbersOf(stack, matrix) == left
    assert stack.finding("missingSlices").value == len(missing)
    assert not stack.isRegular


@settings(max_examples=40, deadline=None)
@given(grids(least=4), st.data())
def test_repeatedSlicesBecomeAVolumeOfTheirOwnAndLeaveOneWhole(grid, data):
    matrix, count = grid
    repeated = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
    copies = records(matrix, sorted(repeated), first=100)
    whole, rest = groupStacks(records(matrix, range(count)) + copies)
    assert numbersOf(whole, matrix) == list(range(count)) and numbersOf(rest, matrix) == sorted(repeated)
    assertSameMatrix(whole.ijkToLPS, matrix)
    assert (whole.volumeNumber, rest.volumeNumber, whole.volumeCount) == (1, 2, 2)
    together = analyzeStack(records(matrix, range(count)) + copies)
    assert together.finding("duplicatePositions").value == len(repeated) and together.isWrong


@settings(max_examples=40, deadline=None)
@given(grids(least=4), st.floats(0.15, 0.4), st.sampled_from([ONE_OBJECT, MANY_FILES]))
def test_twoInterleavedStacksComeApart(grid, offset, kind):
    matrix, count = grid
    if numpy.linalg.norm(matrix[:3, 2]) * offset < 0.2:
        return  # gaps that differ by less than the tolerance are one stack
    shifted = numpy.arange(count) + offset
    tags = {} if kind == ONE_OBJECT else {"AcquisitionNumber": 1}
    others = {} if kind == ONE_OBJECT else {"AcquisitionNumber": 2}
    stacks = groupStacks(
        records(matrix, range(count), kind, **tags) + records(matrix, shifted, kind, first=100, **others)
    )
    assert [numbersOf(stack, matrix) for stack in stacks] == [
        list(range(count)), pytest.approx(shifted.tolist(), abs=1e-5),
    ]  # fmt: skip
    assertSameMatrix(stacks[0].ijkToLPS, matrix)


@settings(max_examples=40, deadline=None)
@given(grids(), st.integers(2, 6), st.integers(0, 9))
def test_framesOfManyTimePointsBecomeVolumesInTimeOrder(grid, times, seed):
    matrix, count = grid
    positions = positionsOf(matrix, range(count))
    rows = [(time, number) for time in range(times) for number in range(count)]
    random.Random(seed).shuffle(rows)
    columns = {"TemporalPositionIndex": [time + 1 for time, _ in rows]}
    one = enhancedObject(1, [positions[number] for _, number in rows], orientationOf(matrix), columns)
    stacks = groupStacks([one])
    assert len(stacks) == times
    for time, stack in enumerate(stacks):
        assert stack.sources[0].frame == rows.index((time, 0))
        assert [rows[source.frame] for source in stack.sources] == [(time, number) for number in range(count)]
        assertSameMatrix(stack.ijkToLPS, matrix)


VARIED = {
    "EchoTime": [5, 10, 20],
    "TemporalPositionIdentifier": [1, 2, 3],
    "ImageType": ["ORIGINAL\\PRIMARY\\M", "ORIGINAL\\PRIMARY\\P", "ORIGINAL\\PRIMARY\\R"],
    "FlipAngle": [2, 5, 12],
    "DiffusionBValue": [0, 500, 1000],
    "AcquisitionNumber": [3, 4, 9],
}


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(sorted(VARIED)), st.tuples(st.integers(2, 3), st.integers(1, 3)), st.integers(8, 20),
    st.integers(1, 7), st.sets(st.integers(0, 10), max_size=4), st.sampled_from(["slices", "volumes"]),
)  # fmt: skip
def test_volumesHoldOneKindOfImageWhateverIsMissingAndHoweverTimesAreShared(
    names, counts, places, slicesATime, missing, acquired
):
    cells = [(kind, place) for kind in numpy.ndindex(*counts) for place in range(places)]
    if acquired == "slices":
        cells.sort(key=lambda cell: cell[1])
    instances, kinds = [], {}
    for number, (kind, place) in enumerate(cells):
        if number not in missing:
            tags = {name: VARIED[name][index] for name, index in zip(names, kind, strict=False)}
            time = f"10{number // slicesATime:04d}"
            instances.append(memorySlice(number, (0, 0, 3 * place), Modality="MR", ContentTime=time, **tags))
            kinds[instances[-1].path] = kind
    random.Random(1).shuffle(instances)
    stacks = groupStacks(instances)
    assert len(stacks) == counts[0] * counts[1]
    assert all(len({kinds[instance.path] for instance in stack.instances}) == 1 for stack in stacks)


NONSENSE = ["0", "-1", "1e308", "1e-308", "nan", "inf", "", "abc", "1\\2", "0\\0", "1\\2\\3", "1e5\\1e5\\1e5",
            "-0.5\\0.5", "1\\0\\0\\0\\1\\0", "0\\0\\0\\0\\0\\0", "1\\1\\1\\1\\1\\1", "5\\",
            "99999999999999999999"]  # fmt: skip
READ_AS_NUMBERS = ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "ImagerPixelSpacing",
                   "SliceThickness", "SpacingBetweenSlices", "InstanceNumber", "SamplesPerPixel", "PixelAspectRatio",
                   "TriggerTime", "GantryDetectorTilt"]  # fmt: skip
CHANGES = st.tuples(st.integers(0, 11), st.sampled_from(READ_AS_NUMBERS), st.sampled_from(NONSENSE))


@pytest.mark.filterwarnings("error")
@settings(max_examples=150, deadline=None)
@given(st.integers(1, 12), st.lists(CHANGES, min_size=1, max_size=6))
def test_nonsenseInHeadersLosesNoSliceAndMakesNoNonsenseOfAMatrix(count, changes):
    instances = [memorySlice(number, (0, 0, 3 * number), SliceThickness=3) for number in range(count)]
    for number, keyword, text in changes:
        instances[number % count].values[tagText(keyword)] = text
    stacks = groupStacks(instances)
    assert sorted(one.instanceNumber or 0 for one in instances) == sorted(
        one.instanceNumber or 0 for stack in stacks for one in stack.instances
    )
    for stack in stacks:
        assert numpy.isfinite(stack.ijkToLPS).all() and isRightHanded(stack.ijkToLPS) and min(stack.spacing) > 0
