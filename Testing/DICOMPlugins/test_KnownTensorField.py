"""Series written from a known tensor field, in every vendor's encoding and any orientation, give that field back.

That the files are right is not the tests' word alone: dcm2niix reads the same b-values, directions and voxels.
"""

from __future__ import annotations

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Diffusion.TensorFit import fitTensor
from DICOMLib.Geometry.Patient import rasFromLPS
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures.DiffusionBuilder import (
    EIGENVALUES,
    PRINCIPAL,
    DiffusionBuilder,
    Volume,
    oblique,
    spreadDirections,
    volumesOf,
)
from Testing.Fixtures.DiffusionEncodings import ENCODINGS

ORIENTED = {
    "axial": "axial",
    "coronal": "coronal",
    "sagittal": "sagittal",
    "oblique": oblique(),
    "obliqueCoronal": oblique(start="coronal"),
    "obliqueSagittal": oblique(start="sagittal"),
}
BY_FREQUENCY = ("ge", "canon")
QUICK = ("axial", "obliqueCoronal", "obliqueSagittal")  # one of each kind; the others with --long
EVERY = [
    pytest.param(
        encoding, orientation, alongRows, id=f"{encoding}-{orientation}{'-phaseAlongRows' * alongRows}",
        marks=() if orientation in QUICK else pytest.mark.slow,
    )
    for encoding in ENCODINGS
    for orientation in ORIENTED
    for alongRows in ((False, True) if encoding in BY_FREQUENCY else (False,))
]  # fmt: skip
DEGREES = 1.0


def loaded(builder, folder):
    """The one diffusion volume of a series."""
    (node,) = diffusionNodes(builder.write(folder))
    return node


def check(node, builder):
    """Voxels, place, b-values and directions are those that were written, in the same order."""
    matrix = numpy.diag([-1, -1, 1, 1]) @ builder.ijkToLPS
    assert node.GetNumberOfGradients() == len(builder.measured)
    assert node.voxelArray().dtype == builder.dtype
    assert numpy.allclose(node.ijkToRASArray(), matrix, atol=1e-5)
    assert numpy.array_equal(node.voxelArray(), builder.array)
    assert node.bValuesArray() == pytest.approx(builder.bValues, abs=0.5)
    ours, theirs = node.gradientsRAS(), rasFromLPS(builder.directions)
    lengths = numpy.linalg.norm(ours, axis=1)
    assert lengths == pytest.approx(numpy.linalg.norm(theirs, axis=1), abs=1e-6)
    weighted = builder.bValues > 0
    assert abs((ours * theirs).sum(axis=1))[weighted].min() > numpy.cos(numpy.radians(0.1))


def degreesFromTruth(node):
    """(3,) angles between the directions along which each part of the object diffuses most, as fitted and as known."""
    field = fitTensor(node.voxelArray(), node.bValuesArray(), node.gradientsRAS())
    fitted = field.principalDirections()
    columns = fitted.shape[2] // len(PRINCIPAL)
    worst = []
    for number, principal in enumerate(PRINCIPAL):
        own = fitted[:, :, number * columns : (number + 1) * columns].reshape(-1, 3)
        known = rasFromLPS(numpy.array(principal)) / numpy.linalg.norm(principal)
        worst.append(numpy.degrees(numpy.arccos(numpy.clip(abs(own @ known), 0, 1))).max())
    assert numpy.allclose(field.meanDiffusivity(), numpy.mean(EIGENVALUES), rtol=5e-3)
    return worst


@pytest.mark.parametrize("encoding, orientation, alongRows", EVERY)
def test_theTensorFieldComesBackInPatientCoordinatesAndDcm2niixReadsTheSame(tmp_path, encoding, orientation, alongRows):
    builder = DiffusionBuilder(encoding, ORIENTED[orientation], phaseAlongRows=alongRows)
    node = loaded(builder, tmp_path / "dicom")
    check(node, builder)
    assert max(degreesFromTruth(node)) < DEGREES
    (reference,) = dcm2niixDiffusion(tmp_path / "dicom", tmp_path / "nifti")
    found = difference(node, reference)
    assert found.isNone, found


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_anyOrientationTableAndOrderOfFilesGivesTheTruth(tmp_path_factory, data):
    encoding = data.draw(st.sampled_from(sorted(ENCODINGS)))
    angles = [data.draw(st.floats(-35, 35)) for _ in range(3)]
    start = data.draw(st.sampled_from(("axial", "coronal", "sagittal")))
    numbers = numpy.random.default_rng(data.draw(st.integers(0, 2**32)))
    directions = spreadDirections(data.draw(st.integers(8, 20))) + numbers.normal(0, 0.05, 3)
    directions /= numpy.linalg.norm(directions, axis=1)[:, None]
    bValues = data.draw(st.sampled_from(((0, 1000), (0, 700, 0, 2000), (0, 0, 0, 1500))))
    builder = DiffusionBuilder(
        encoding, oblique(*angles, start=start), volumesOf(bValues, directions), shuffle=data.draw(st.integers(0, 99)),
        size=(data.draw(st.integers(2, 5)), 6, data.draw(st.integers(2, 6))), phaseAlongRows=data.draw(st.booleans()),
        spacing=(2.0, 1.5, data.draw(st.sampled_from((1.5, 4.0)))),
    )  # fmt: skip
    node = loaded(builder, tmp_path_factory.mktemp("series"))
    check(node, builder)
    assert max(degreesFromTruth(node)) < DEGREES


@pytest.mark.parametrize("dtype", ["int16", "uint16", "float32"])
@pytest.mark.parametrize("encoding", ["standard", "standardEnhanced"])
def test_voxelsKeepTheirType(tmp_path, encoding, dtype):
    builder = DiffusionBuilder(encoding, dtype=dtype)
    check(loaded(builder, tmp_path / "dicom"), builder)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_unweightedVolumesMayRepeatAndShellsMayBeMany(tmp_path, encoding):
    volumes = volumesOf((0, 0, 1000, 0, 2500), spreadDirections(7))
    builder = DiffusionBuilder(encoding, oblique(), volumes)
    node = loaded(builder, tmp_path / "dicom")
    check(node, builder)
    assert sorted(set(node.bValuesArray().round())) == [0, 1000, 2500]


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("encoding", ["standard", "standardEnhanced", "philips", "philipsEnhanced", "siemens"])
def test_traceVolumesAreSetApartWhereverTheyAre(tmp_path, encoding, where):
    volumes = volumesOf((0, 1000), spreadDirections(8))
    volumes.insert({"first": 0, "middle": 4, "last": len(volumes)}[where], Volume(1000.0, isTrace=True))
    builder = DiffusionBuilder(encoding, oblique(), volumes)
    folder = builder.write(tmp_path / "dicom")
    bench = Bench()
    try:
        nodes = {}
        for plugin, loadables in bench.examine(folder).items():
            if plugin.loadType == "Diffusion Volume":
                nodes = {loadable.name: plugin.load(loadable) for loadable in loadables}
        (weighted,) = (node for node in nodes.values() if node.IsA("vtkMRMLDiffusionWeightedVolumeNode"))
        (trace,) = (node for node in nodes.values() if not node.IsA("vtkMRMLDiffusionWeightedVolumeNode"))
        check(weighted, builder)
        number = next(n for n, volume in enumerate(volumes) if volume.isTrace)
        assert numpy.array_equal(trace.voxelArray(), builder.signal()[number])
    finally:
        bench.close()


@pytest.mark.parametrize("encoding", sorted(set(ENCODINGS) - {"standard", "standardEnhanced", "hitachi", "toshiba"}))
def test_filesWithoutManufacturerAreReadByTheirPrivateElements(tmp_path, encoding):
    builder = DiffusionBuilder(encoding, oblique(), manufacturer=None)
    check(loaded(builder, tmp_path / "dicom"), builder)
