"""Real series against answers nobody here made: dcm2niix, SimpleITK, and the facts noted with the data."""

import hashlib

import numpy
import pytest

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Geometry.Patient import isRightHanded
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMPlugins.ReferenceReaders import (
    CORNER_TOLERANCE_MM,
    assertSamePlace,
    assertSamePlaceAndVoxels,
    dcm2niix,
    simpleITK,
    sortedCorners,
)

pytestmark = pytest.mark.data

# Folder, voxels along i, j, k, and spacing as the data's notes give them.
PLAIN_SERIES = [
    ("ct/axial_slicer_cthead", (64, 64, 93), (3.2, 3.2, 1.5)),
    ("ct/oblique_rtutils_oriented", (100, 50, 3), (2.5, 3.5, 4.5)),
    ("ct/irregular_dicom2nifti_slicecount", (256, 256, 2), (1, 1, 1)),
    ("mr/coronal_genesis_dcm4che", (256, 256, 16), (0.234375, 0.234375, 2)),
    ("mr/anatomical_dicom2nifti_generic", (256, 256, 4), (1, 1, 1)),
    ("mr/anatomical_dicom2nifti_non_isotropic", (64, 28, 4), (6.4, 4, 0.5)),
    ("mr/anatomical_dicom2nifti_siemens", (256, 256, 4), (1, 1, 1)),
    ("mr/anatomical_dicom2nifti_rgb", (52, 77, 4), (3, 3, 3)),
    ("pet_seg_sr/QIN_HEADNECK_pet", (128, 128, 299), (3.53782, 3.53782, 3.375)),
]
# dcm2niix takes the slice step from two neighbours: here 3.375015 mm, which adds up to 4.5 µm over 298 steps. First and
# last position in the files are 1005.75 mm apart, 298 × 3.375, as SimpleITK and we say.
DCM2NIIX_CORNER_TOLERANCE_MM = {"pet_seg_sr/QIN_HEADNECK_pet": 5e-3}

# Every slice has a rescale of its own; dcm2niix applies the first one to all, SimpleITK and we apply each.
DCM2NIIX_RESCALES_BY_FIRST_SLICE = {"mr/anatomical_dicom2nifti_non_isotropic"}


@pytest.fixture
def bench(bench):
    bench.useOnly("DICOMScalarVolumePlugin")  # diffusion series are read as volumes here, too
    return bench


@pytest.mark.parametrize(("dataset", "dimensions", "spacing"), PLAIN_SERIES, ids=[one[0] for one in PLAIN_SERIES])
def test_plainSeriesAgreeWithDcm2niixSimpleITKAndTheNotes(bench, sharedData, tmp_path, dataset, dimensions, spacing):
    folder = sharedData / dataset / "dicom"
    (node,) = bench.load(folder)
    assert bench.messages == []
    assert node.GetDimensions() == dimensions
    assert node.GetSpacing() == pytest.approx(spacing, abs=1e-4)
    assert isRightHanded(node.ijkToRASArray())
    (reference,) = dcm2niix(folder, tmp_path / "nifti")
    tolerance = DCM2NIIX_CORNER_TOLERANCE_MM.get(dataset, CORNER_TOLERANCE_MM)
    compare = assertSamePlace if dataset in DCM2NIIX_RESCALES_BY_FIRST_SLICE else assertSamePlaceAndVoxels
    compare(node, reference, tolerance)
    assertSamePlaceAndVoxels(node, simpleITK(folder))


def test_aTiltedGantryWithUnevenSlicesIsWarnedOfAndKeepsItsShear(bench, sharedData, tmp_path):
    folder = sharedData / "ct/gantry_tilt_variable_spacing_ge/dicom"
    loadable = bench.loadables(folder)[0]
    assert "tilted by 18.5°" in loadable.warning and "varies from 1.08 to 7.00 mm" in loadable.warning
    (node,) = bench.load(folder)
    assert node.GetDimensions() == (512, 512, 28) and node.isSheared()
    sheared = next(reference for reference in dcm2niix(folder, tmp_path) if reference.array.shape[1] == 28)
    ours, theirs = node.ijkToRASArray(), sheared.ijkToRAS
    # dcm2niix steps by the first gap, we by the mean one; the direction is the table's in both.
    assert ours[:3, 2] / numpy.linalg.norm(ours[:3, 2]) == pytest.approx(
        theirs[:3, 2] / numpy.linalg.norm(theirs[:3, 2]), abs=0.1
    )
    assert ours[:3, 2] == pytest.approx((0, 0, numpy.linalg.norm(ours[:3, 2])), abs=1e-6)
    assert numpy.linalg.norm(ours[:3, 0]) == pytest.approx(0.48828, abs=1e-5)
    # dcm2niix turns rows over; its slices are ours, one for one.
    assert numpy.array_equal(node.voxelArray(), sheared.array[0][:, ::-1])


def test_theMatrixOfATiltedStackGivesTheTrueFirstAndLastSlice(bench, sharedData):
    (loadable, *_) = bench.loadables(sharedData / "ct/gantry_tilt_variable_spacing_ge/dicom")
    stack = loadable.details["stack"]
    for k in (0, 27):
        position = stack.instances[k].imagePosition
        assert (stack.ijkToLPS @ (0, 0, k, 1))[:3] == pytest.approx(position, abs=1e-3)


def test_twoOrientationsInOneSeriesAreTwoVolumes(bench, sharedData, tmp_path):
    folder = sharedData / "ct/irregular_dicom2nifti_sliceorientation/dicom"
    nodes = bench.load(folder)
    references = dcm2niix(folder, tmp_path)
    assert sorted(node.GetDimensions() for node in nodes) == [(288, 288, 2), (288, 288, 2)]
    assert len(references) == 2
    for node in nodes:
        corners = sortedCorners(node.ijkToRASArray(), node.GetDimensions())
        errors = [abs(corners - sortedCorners(one.ijkToRAS, one.dimensions)).max() for one in references]
        assertSamePlaceAndVoxels(node, references[int(numpy.argmin(errors))])


FOUR_DIMENSIONAL = [
    ("fourd/philips_fmri_magdeburg", 3, (64, 64, 9)),
    ("fourd/ge_fmri_150", 10, (64, 64, 15)),
    ("dwi/ge_dwi_tensor", 7, (256, 256, 2)),
    ("dwi/canon_classic_ortho", 13, (80, 80, 40)),
]


@pytest.mark.parametrize(("dataset", "count", "dimensions"), FOUR_DIMENSIONAL, ids=[one[0] for one in FOUR_DIMENSIONAL])
def test_fourDimensionalSeriesAreTakenApartIntoTheirVolumes(bench, sharedData, tmp_path, dataset, count, dimensions):
    folder = sharedData / dataset / "dicom"
    found = bench.examine(folder)
    ((plugin, loadables),) = found.items()
    assert all(loadable.details["stack"].volumeCount == count for loadable in loadables if loadable.selected)
    everything = max(loadables, key=lambda loadable: len(loadable.files))
    assert not everything.selected and everything.confidence == 0.1
    volumes = [loadable for loadable in loadables if loadable.details["stack"].volumeCount == count]
    volumes.sort(key=lambda loadable: loadable.details["stack"].volumeNumber)
    assert len(volumes) == count
    (reference,) = dcm2niix(folder, tmp_path)
    assert reference.array.shape[0] == count
    for time, loadable in enumerate(volumes):
        node = plugin.load(loadable)
        assert node.GetDimensions() == dimensions
        # GE writes slice positions with a jitter of a micrometre, so first to last differs from dcm2niix' first step.
        assertSamePlaceAndVoxels(node, reference, 2e-2, time)


def test_anIncompleteMultiEchoSeriesIsTakenApartByEcho(bench, sharedData):
    folder = sharedData / "fourd/qt2_16echo_dcmstack/dicom"
    nodes = bench.load(folder)
    assert [node.GetDimensions()[2] for node in nodes] == [3, 2, 2]


def test_framesOfNoKnownPlaceAreOfferedWithDoubtOnly(bench, sharedData):
    loadables = bench.loadables(sharedData / "enhanced/emri_small_syntaxes/dicom")
    assert {loadable.confidence for loadable in loadables} <= {0.1, 0.2}
    assert all("does not say where each is" in loadable.warning for loadable in loadables)


def test_segmentationsReportsAndPresentationStatesAreNotVolumes(bench, sharedData):
    loadables = bench.loadables(sharedData / "seg/dcmqi_liver/dicom", sharedData / "pr/philips_gsps_pcasl/dicom")
    modalities = {loadable.details["stack"].instances[0].modality for loadable in loadables}
    assert modalities == {"CT", "MR"}


# File (its part between CTImage.dcm_ and the UID): smallest and largest stored value.
LOSSLESS = (-2000, 2402)
SYNTAXES = {
    "1.2.840.10008.1.2.2": LOSSLESS,
    "1.2.840.10008.1.2.1.99": LOSSLESS,
    "1.2.840.10008.1.2.4.90": LOSSLESS,
    "1.2.840.10008.1.2.4.91": (-2003, 2401),
    "1.2.840.10008.1.2.4.80": LOSSLESS,
    "1.2.840.10008.1.2.4.81": (-2001, 2401),
    "1.2.840.10008.1.2.4.70": LOSSLESS,
    "1.2.840.10008.1.2.4.57": LOSSLESS,
    "1.2.840.10008.1.2.4.50": (30, 168),
    "1.2.840.10008.1.2.4.51": (498, 2708),
    "1.2.840.10008.1.2.4.53": (498, 2708),
    "1.2.840.10008.1.2.4.55": (498, 2708),
    "1.2.840.10008.1.2.1": LOSSLESS,
    "1.2.840.10008.1.2": LOSSLESS,
    "1.2.840.10008.1.2.5": LOSSLESS,
}


def fileOfSyntax(sharedData, syntax):
    (path,) = (sharedData / "syntax/one_ct_in_14_syntaxes/dicom").glob(f"*_{syntax}.dcm")
    return scanFile(path).toInstance()


@pytest.mark.parametrize(("syntax", "limits"), SYNTAXES.items(), ids=SYNTAXES)
def test_theSameImageComesOutOfEveryTransferSyntax(bench, sharedData, syntax, limits):
    voxels = readVolume([fileOfSyntax(sharedData, syntax)], workers=bench.workers)
    stored = numpy.rint((voxels.array.astype(float) - voxels.rescale.intercept) / voxels.rescale.slope).astype("int32")
    assert (stored.min(), stored.max()) == limits
    if limits == LOSSLESS:
        assert hashlib.sha256(stored[0].astype("<i4").tobytes()).hexdigest().startswith("b76703cf42")


def test_aShortFileIsRefusedAndNoPixelIsInvented(bench, sharedData, tmp_path):
    whole = sharedData / "syntax/one_ct_in_14_syntaxes/dicom/CTImage.dcm"
    header = scanFile(whole)
    (tmp_path / "short.dcm").write_bytes(whole.read_bytes()[: header.pixelDataOffset + 100])
    assert bench.load(tmp_path) == []
    assert "pixel data short: have 100, need 524288" in bench.messages[0]
