"""Mosaics, grids and multi-frame objects of real scanners: every volume where dcm2niix puts it, voxel for voxel."""

import numpy
import pytest

from Testing.DICOMPlugins.ReferenceReaders import (
    CORNER_TOLERANCE_MM,
    assertSamePlace,
    assertSamePlaceAndVoxels,
    dcm2niix,
)

pytestmark = pytest.mark.data

# Its slice distance is SliceThickness, 3.313; the positions say 3.3125, which adds up to 3.5 µm over 7 steps.
DCM2NIIX_CORNER_TOLERANCE_MM = {"enhanced/philips_fmri_dicom2nifti": 4e-3}

# Folder, volumes in the series, voxels along i, j, k, and the part of the explanation that names the source of places.
SERIES = [
    ("mr/mosaic_siemens_axasc35", 2, (64, 64, 35), "SliceNormalVector"),
    ("mr/mosaic_siemens_corasc35", 2, (64, 64, 35), "SliceNormalVector"),
    ("mr/mosaic_siemens_sagasc35", 2, (64, 64, 35), "SliceNormalVector"),
    ("mr/mosaic_siemens_AxInt36mb", 2, (86, 86, 36), "SliceNormalVector"),
    ("dwi/siemens_mosaic_vd_roll", 21, (72, 72, 36), "SliceNormalVector"),
    ("dwi/uih_dir16_ap", 17, (64, 64, 20), "MRVFrameSequence"),
    ("enhanced/bruker_mr", 1, (256, 128, 4), "PlanePositionSequence"),
    ("enhanced/ct_supplemental", 1, (512, 512, 2), "PlanePositionSequence"),
    ("enhanced/siemens_xa10_fmri", 4, (64, 64, 6), "PlanePositionSequence"),
    ("enhanced/siemens_xa30_asl_4d", 7, (64, 64, 12), "PlanePositionSequence"),
    ("enhanced/philips_anat_dicom2nifti", 1, (256, 256, 8), "PlanePositionSequence"),
    ("enhanced/philips_fmri_dicom2nifti", 4, (64, 64, 8), "PlanePositionSequence"),
    ("enhanced/siemens_multiframe_dicom2nifti", 1, (256, 256, 8), "PlanePositionSequence"),
    ("dwi/siemens_xa30_derived_adc", 1, (72, 72, 39), "PlanePositionSequence"),
    ("dwi/siemens_xa30_derived_colfa", 1, (72, 72, 39), "PlanePositionSequence"),
    ("dwi/siemens_xa60_enhanced", 7, (64, 64, 10), "PlanePositionSequence"),
]


@pytest.fixture
def bench(bench):
    bench.useOnly("DICOMScalarVolumePlugin")  # diffusion series are read as volumes here, too
    return bench


def volumesOf(bench, folder, count):
    ((plugin, loadables),) = bench.examine(folder).items()
    volumes = [one for one in loadables if one.details["stack"].volumeCount == count and one.confidence > 0.2]
    return plugin, sorted(volumes, key=lambda one: one.details["stack"].volumeNumber)


@pytest.mark.parametrize(("dataset", "count", "dimensions", "source"), SERIES, ids=[one[0] for one in SERIES])
def test_everyVolumeAgreesWithDcm2niix(bench, sharedData, tmp_path, dataset, count, dimensions, source):
    folder = sharedData / dataset / "dicom"
    plugin, volumes = volumesOf(bench, folder, count)
    assert len(volumes) == count
    (reference,) = dcm2niix(folder, tmp_path / "nifti")
    assert reference.array.shape[0] == count
    for time, loadable in enumerate(volumes):
        assert loadable.warning.startswith("This series holds") == (count > 4)
        assert source in loadable.explanation
        node = plugin.load(loadable)
        assert node.GetDimensions() == dimensions
        tolerance = DCM2NIIX_CORNER_TOLERANCE_MM.get(dataset, CORNER_TOLERANCE_MM)
        assertSamePlaceAndVoxels(node, reference, tolerance, time)


def test_philipsMagnitudeAndFieldMapAreTwoVolumes(bench, sharedData, tmp_path):
    folder = sharedData / "enhanced/philips_b0_fieldmap/dicom"
    plugin, volumes = volumesOf(bench, folder, 2)
    references = dcm2niix(folder, tmp_path)
    assert len(volumes) == len(references) == 2
    for loadable, reference in zip(volumes, references, strict=True):
        assertSamePlace(plugin.load(loadable), reference)
    assert all("told apart by" in one.explanation for one in volumes)


def test_enhancedDiffusionOfPhilipsIsTakenApartByWeightingAndDirection(bench, sharedData, tmp_path):
    folder = sharedData / "dwi/dicom2nifti_philips_enhanced_001/dicom"
    plugin, volumes = volumesOf(bench, folder, 4)
    (reference,) = dcm2niix(folder, tmp_path)
    found = [plugin.load(loadable) for loadable in volumes]
    for node in found:
        assertSamePlace(node, reference)
    # The volumes are the same ones; their order is not.
    ours = sorted(float(node.voxelArray().mean()) for node in found)
    assert ours == pytest.approx(sorted(float(one.mean()) for one in reference.array), rel=1e-5)


def test_aDoseIsPlacedByItsOffsetsWhichDcm2niixDoesNotRead(bench, sharedData):
    """dcm2niix steps by 1 mm; GridFrameOffsetVector says 5 mm (PS3.3 C.8.8.3.2)."""
    loadables = bench.loadables(sharedData / "rt/pydicom_rt/dicom")
    dose = next(one for one in loadables if len(one.details["stack"].planes) == 15)
    stack = dose.details["stack"]
    assert stack.spacing == pytest.approx((10, 10, 5))
    assert stack.planes.positions[0] == pytest.approx(stack.instances[0].imagePosition)
    assert "GridFrameOffsetVector (distances along the normal)" in dose.explanation


def test_theHeaderBlockOfOneMosaicIsReadForAWholeSeries(bench, sharedData, monkeypatch):
    from DICOMLib.Geometry import PackedSlices

    read = []
    original = PackedSlices.readImageHeader
    monkeypatch.setattr(PackedSlices, "readImageHeader", lambda path: read.append(path) or original(path))
    _, volumes = volumesOf(bench, sharedData / "dwi/siemens_mosaic_vd_roll/dicom", 21)
    assert len(volumes) == 21 and len(read) == 1


def test_legacyConvertedObjectsAreWhereTheirSourcesAre(bench, sharedData):
    loadables = bench.loadables(sharedData / "enhanced/legacy_converted_ct_dcmqi")
    stacks = [one.details["stack"] for one in loadables if one.selected]
    assert len(stacks) >= 2
    assert {stack.dimensions[2] for stack in stacks} == {3}
    assert any(max(stack.planes.frames) == 2 for stack in stacks)
    for stack in stacks:
        assert stack.spacing == pytest.approx((0.7, 0.7, 2.5))
        assert numpy.allclose(stack.planes.positions[:, :2], stack.planes.positions[0, :2])
