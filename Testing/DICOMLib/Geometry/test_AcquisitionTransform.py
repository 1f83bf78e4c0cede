"""Slices whose places no single matrix gives: the transform brings every corner to where the slice's header has it."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Files.HeaderScanner import scanBytes
from DICOMLib.Geometry.AcquisitionTransform import CORNER_TOLERANCE_MM, acquisitionTransform
from DICOMLib.Geometry.Findings import ERROR, NOTE
from DICOMLib.Geometry.Patient import transformedPoints
from DICOMLib.Geometry.Slices import analyzeStack
from Testing.Fixtures import SeriesBuilder

OBLIQUE = (0.8, 0.6, 0.0, -0.48, 0.64, 0.6)


def instancesOf(builder):
    return [scanBytes(contents).toInstance() for contents in builder.encoded()]


def transformOf(builder):
    return acquisitionTransform(analyzeStack(instancesOf(builder)))


def headerCorners(builder):
    """LPS of the slices' corners as the builder writes them, (slices, 2, 2, 3)."""
    row, column, _normal = builder.axes()
    along, down = row * builder.spacing[1] * builder.columns, column * builder.spacing[0] * builder.rows
    ends = numpy.array([[numpy.zeros(3), along], [down, along + down]])
    return numpy.array([builder.positionOfSlice(k) for k in builder.sliceNumbers])[:, None, None] + ends


@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), OBLIQUE], ids=["axial", "oblique"])
@pytest.mark.parametrize("stack", [
    {"slices": 12, "missing": (4, 5, 9)}, {"slices": 6, "gaps": [1, 2.5, 0.4, 3, 3]},
    {"slices": 6, "gaps": [1, 2, 1, 3, 1], "shear": (0.4, -0.7)},
], ids=["missing", "uneven", "tilted and uneven"])  # fmt: skip
def test_everyCornerLandsWhereItsHeaderSays(orientation, stack):
    builder = SeriesBuilder(orientation=orientation, origin=(-40.5, 12.25, 88.0), spacing=(0.7, 0.9, 2.0), **stack)
    transform = transformOf(builder)
    corners = headerCorners(builder)
    assert transform.isNeeded
    assert transform.targetCorners == pytest.approx(corners, abs=1e-6)
    assert transform.fixedCorners == pytest.approx(corners, abs=CORNER_TOLERANCE_MM)
    assert transform.largestDisplacement == pytest.approx(
        numpy.linalg.norm(transform.originalCorners - corners, axis=-1).max()
    )
    assert transform.remainingDisplacement < 1e-6
    finding = transform.finding()
    assert finding.severity == NOTE and f"up to {transform.largestDisplacement:.2f} mm" in finding.text


def test_missingSlicesAsInSlicersOwnTest():
    """Slicer's published case: some slices of an even stack are gone; original corners are wrong, fixed ones right."""
    builder = SeriesBuilder(slices=20, missing=(5, 6, 12), spacing=(1, 1, 1.5))
    transform = transformOf(builder)
    assert not numpy.allclose(transform.originalCorners, transform.targetCorners)
    assert numpy.allclose(transform.fixedCorners, transform.targetCorners)
    assert transform.originalCorners.shape == transform.grid.displacements.shape == (17, 2, 2, 3)
    assert tuple(transform.grid.spacing) == (builder.columns, builder.rows, 1)


def test_aRegularStackAndATiltedOneNeedNone():
    for builder in (SeriesBuilder(), SeriesBuilder(shear=(0.0, 0.8), orientation=OBLIQUE)):
        transform = transformOf(builder)
        assert not transform.isNeeded
        assert transform.largestDisplacement < 1e-6


def test_slicesWithoutPlacesAndSlicesAllInOneHaveNone():
    assert acquisitionTransform(analyzeStack(instancesOf(SeriesBuilder(modality="OT")))) is None
    assert acquisitionTransform(analyzeStack(instancesOf(SeriesBuilder(slices=1)))) is None
    inOnePlace = SeriesBuilder(edit=lambda dataset, _index: setattr(dataset, "ImagePositionPatient", [1, 2, 3]))
    assert acquisitionTransform(analyzeStack(instancesOf(inOnePlace))) is None


def test_slicesThatAreNotParallelAreAnErrorInWords():
    def turn(dataset, index):
        angle = 0.25 * index
        dataset.ImageOrientationPatient = [1, 0, 0, 0, f"{numpy.cos(angle):.9f}", f"{numpy.sin(angle):.9f}"]

    finding = transformOf(SeriesBuilder(edit=turn, rows=256)).finding()
    assert finding.severity == ERROR and "not parallel" in finding.text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.05, 12), min_size=2, max_size=30),
    st.lists(st.tuples(st.floats(-4, 4), st.floats(-4, 4)), min_size=31, max_size=31),
    st.sampled_from([(1, 0, 0, 0, 1, 0), OBLIQUE]),
)
def test_slicesAnywhereAlongAndAcrossTheirNormalAreFoundThereAndBack(gaps, drifts, orientation):
    normal = numpy.cross(orientation[:3], orientation[3:])
    shifts = [numpy.array(orientation[:3]) * x + numpy.array(orientation[3:]) * y for x, y in drifts]
    travelled = numpy.r_[0, numpy.cumsum(gaps)]
    positions = [distance * normal + shift for distance, shift in zip(travelled, shifts, strict=False)]

    def place(dataset, index):
        dataset.ImagePositionPatient = [f"{value:.9g}" for value in positions[index]]

    builder = SeriesBuilder(slices=len(positions), orientation=orientation, rows=4, columns=4, edit=place)
    transform = transformOf(builder)
    assert transform.fixedCorners[:, 0, 0] == pytest.approx(numpy.array(positions), abs=1e-3)
    assert transform.remainingDisplacement < CORNER_TOLERANCE_MM
    # From the world back to voxels: a point of each slice is found in that slice, and in its place in it.
    indices = numpy.array([[1.0, 2.0, k] for k in range(len(positions))])
    world = transformedPoints(transform.ijkToLPS, transform.grid.moved(indices))
    nominal = transformedPoints(numpy.linalg.inv(transform.ijkToLPS), world)
    found = transform.inverseGrid.moved(nominal)
    again = transformedPoints(transform.ijkToLPS, transform.grid.moved(found))
    assert numpy.linalg.norm(again - world, axis=1).max() < 0.5
