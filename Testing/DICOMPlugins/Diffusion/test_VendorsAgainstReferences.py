"""GE's, Philips' and Canon's series of real scanners, against tables that others published and against dcm2niix."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy
import pytest

from DICOMPlugins.Diffusion.Rules import anglesBetween
from Testing.DICOMPlugins.DiffusionComparison import (
    dcm2niixDiffusion,
    difference,
    diffusionNodes,
    readReference,
    worldDirections,
)
from Testing.DICOMPlugins.ReferenceReaders import valuesAtOurVoxels

pytestmark = pytest.mark.data

# Shape (slices, rows, columns, measurements), and b of each.
DATASETS = {
    "ge_dwi_tensor": ((2, 256, 256, 7), [0] + [1000] * 6),
    "dicom2nifti_ge_001": ((4, 128, 128, 2), [0, 1000]),
    "dicom2nifti_philips_001": ((2, 128, 128, 4), [0, 1000, 1000, 1000]),
    "dicom2nifti_philips_enhanced_001": ((8, 128, 128, 4), [0, 1300, 1300, 1300]),
    "slicer_philips_ingenia": ((1, 384, 384, 1), [1500]),
    "canon_classic_ortho": ((40, 80, 80, 13), [0] + [1500] * 12),
}
# dcm2niix sorts frames by the last of their dimension indices, in which b = 0 comes last.
OTHER_ORDER = {"dicom2nifti_philips_enhanced_001"}
# To it a single slice is b = 0 whatever its header says.
OTHER_TABLE = {"slicer_philips_ingenia"}


def only(folder: Path):
    (node,) = diffusionNodes(folder)
    return node


@pytest.mark.parametrize("name", DATASETS)
def test_everyMeasurementIsThere(sharedData, name):
    node = only(sharedData / "dwi" / name / "dicom")
    shape, bValues = DATASETS[name]
    assert node.voxelArray().shape == shape
    assert node.bValuesArray().tolist() == bValues
    lengths = numpy.linalg.norm(node.gradientsRAS(), axis=1)
    assert lengths == pytest.approx([float(b > 0) for b in bValues])


@pytest.mark.parametrize("name", [name for name in DATASETS if name not in OTHER_TABLE])
def test_dcm2niixGivesTheSame(sharedData, tmp_path, name):
    """b within 1 s/mm², directions within 0.5°, voxels and places equal, as many volumes."""
    folder = sharedData / "dwi" / name / "dicom"
    node = only(folder)
    (reference,) = dcm2niixDiffusion(folder, tmp_path)
    found = difference(node, reference)
    assert found.isNoneInAnyOrder if name in OTHER_ORDER else found.isNone, found
    assert len(reference.bValues) == len(node.bValuesArray())


@pytest.mark.parametrize("name", OTHER_TABLE)
def test_dcm2niixTakesASingleWeightedSliceForUnweighted(sharedData, tmp_path, name):
    """A difference: the header has b = 1500 and a direction, in the standard's elements and in Philips' own."""
    folder = sharedData / "dwi" / name / "dicom"
    node = only(folder)
    (reference,) = dcm2niixDiffusion(folder, tmp_path)
    found = difference(node, reference)
    assert (found.voxels, found.order) == (0, [0]) and found.corners < 1e-3
    assert reference.bValues.tolist() == [0] and node.bValuesArray().tolist() == [1500]
    assert node.gradientsRAS()[0].tolist() == [1, 0, 0]


def published(folder: Path, scratch: Path):
    """The volume and table that came with the files."""
    (nifti,) = [path for path in (folder / "ref").iterdir() if ".nii" in path.suffixes]
    table = nifti.with_name(nifti.name.partition(".")[0])
    if nifti.suffix == ".gz":
        unpacked = scratch / nifti.stem
        unpacked.write_bytes(gzip.decompress(nifti.read_bytes()))
        nifti = unpacked
    return readReference(nifti, table)


@pytest.mark.parametrize("name", ["ge_dwi_tensor", "dicom2nifti_ge_001"])
def test_thePublishedVolumesAndTablesAreTheSame(sharedData, tmp_path, name):
    node, reference = only(sharedData / "dwi" / name / "dicom"), published(sharedData / "dwi" / name, tmp_path)
    found = difference(node, reference)
    assert found.isNone, found
    assert len(reference.bValues) == len(node.bValuesArray())


@pytest.mark.parametrize("name", ["dicom2nifti_philips_001", "dicom2nifti_philips_enhanced_001"])
def test_thePublishedTablesOfPhilipsAreInThePatientInsteadOfTheImage(sharedData, tmp_path, name):
    """A difference: dicom2nifti copies the header's direction into a table whose axes are the image's (its issue 43).

    The first series is turned by 1.5°, and in the axes of both x counts the other way.
    """
    folder = sharedData / "dwi" / name
    node, reference = only(folder / "dicom"), published(folder, tmp_path)
    assert node.bValuesArray().tolist() == reference.bValues.tolist()
    asWritten = numpy.loadtxt(folder / "ref" / "001_ground_truth.bvec").T
    assert node.gradientsRAS() * [-1, -1, 1] == pytest.approx(asWritten, abs=1e-6)


def test_thePublishedVolumesOfClassicPhilipsAreTheSame(sharedData, tmp_path):
    folder = sharedData / "dwi" / "dicom2nifti_philips_001"
    found = difference(only(folder / "dicom"), published(folder, tmp_path))
    assert (found.voxels, found.order) == (0, [0, 1, 2, 3])
    assert found.corners < 1e-3 and 1.5 < found.degrees < 1.6


def test_thePublishedVolumeOfEnhancedPhilipsIsFilledOnce(sharedData, tmp_path):
    """A difference: of the four volumes published three are empty, and the first has the voxels of our last one.

    dcm2niix writes all four, with the b-values and directions that we have for the same voxels (see above).
    """
    folder = sharedData / "dwi" / "dicom2nifti_philips_enhanced_001"
    node, reference = only(folder / "dicom"), published(folder, tmp_path).volume
    assert [bool(volume.any()) for volume in reference.array] == [True, False, False, False]
    ours = node.voxelArray()
    expected = valuesAtOurVoxels(reference, node.ijkToRASArray(), tuple(reversed(ours.shape[:3])), 0)
    assert [bool(numpy.allclose(ours[..., n], expected, rtol=1e-6)) for n in range(4)] == [False, False, False, True]


def test_canonsPublishedTableIsTheSame(sharedData):
    """Its image is not among the data; dcm2niix' axes are ours with rows counted upwards."""
    folder = sharedData / "dwi" / "canon_classic_ortho"
    node = only(folder / "dicom")
    (stem,) = [path.with_suffix("") for path in (folder / "ref").glob("*.bvec")]
    assert node.bValuesArray() == pytest.approx(numpy.loadtxt(f"{stem}.bval"), abs=1)
    theirs = worldDirections(numpy.loadtxt(f"{stem}.bvec").T, node.ijkToRASArray() @ numpy.diag([1, -1, 1, 1]))
    lengths = numpy.linalg.norm(theirs[1:], axis=1, keepdims=True)
    assert lengths == pytest.approx(1, abs=1e-3)
    assert anglesBetween(node.gradientsRAS()[1:], theirs[1:] / lengths).max() < 0.01


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ge_dwi_tensor", "Direction: GEMS_ACQU_01 (0019,xxBB–BD), along frequency, phase and slice (rule: GE)"),
        ("dicom2nifti_ge_001", "The creator of (0043,1039), GEMS_PARM_01, is missing in 8 of 8 slices"),
        ("dicom2nifti_philips_001", "Direction: DiffusionGradientOrientation (0018,9089) (rule: standard)"),
        ("canon_classic_ortho", "Direction: ImageComments (0020,4000), along phase, frequency and slice (rule: Canon)"),
    ],
)
def test_theExplanationNamesTheSource(sharedData, name, line):
    node = only(sharedData / "dwi" / name / "dicom")
    assert line in node.GetAttribute("DICOM.diffusionExplanation")
