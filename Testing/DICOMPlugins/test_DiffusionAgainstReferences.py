"""Every diffusion dataset of the shared real data: b-values, directions, voxels and places as dcm2niix writes them when
it is run here, and as the data's own reference files have them.

A dataset without an entry fails, and so does a known difference that is no longer there.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy
import pytest

from DICOMLib.Geometry.Patient import rasFromLPS
from Testing.DICOMPlugins.DiffusionComparison import (
    CORNER_TOLERANCE_MM,
    dcm2niixDiffusion,
    degreesBetween,
    difference,
    diffusionNodes,
    readReference,
    worldDirections,
)
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ReferenceReaders import readNifti

pytestmark = pytest.mark.data


@dataclass(frozen=True)
class Known:
    """A difference that is understood.

    :ivar order: for each volume of the reference the number of ours; empty where its voxels are not compared
    :ivar bValues: largest difference of a b-value, s/mm²
    :ivar degrees: the same of a direction
    :ivar inPatient: directions of a table are equal where they are taken for components in patient coordinates, LPS
    """

    reason: str
    order: tuple[int, ...] = ()
    bValues: float = 1.0
    degrees: float = 0.5
    inPatient: bool = False


@dataclass(frozen=True)
class Dataset:
    """What is expected of one dataset.

    :ivar shape: of our one volume: slices, rows, columns, measurements; empty where there is none
    :ivar known: pattern of the name of dcm2niix's volume → difference
    :ivar tables: reference files beside the data, without suffix → difference; each with a volume of that name or none
    """

    shape: tuple[int, ...] = ()
    dtype: str = ""
    known: dict[str, Known] = field(default_factory=dict)
    tables: dict[str, Known | None] = field(default_factory=dict)


LAST = Known("dcm2niix sorts by the last dimension index first, which puts b = 0 at the end", (1, 2, 3, 0))
UNTURNED = "dicom2nifti leaves directions in patient coordinates, neither turned with the slices nor mirrored for FSL"

DATASETS = {
    "dwi/canon_classic_ortho": Dataset((40, 80, 80, 13), "int16", tables={"DTI_PA-ortho_9000": None}),
    "dwi/dicom2nifti_ge_001": Dataset((4, 128, 128, 2), "int16", tables={"001_ground_truth": None}),
    "dwi/dicom2nifti_philips_001": Dataset((2, 128, 128, 4), "uint16", tables={
        "001_ground_truth": Known(f"{UNTURNED}; the slices are turned by 1.53°", (0, 1, 2, 3), degrees=1.54,
                                  inPatient=True),
    }),
    "dwi/dicom2nifti_philips_enhanced_001": Dataset((8, 128, 128, 4), "float32", known={"501_*": LAST}, tables={
        "001_ground_truth": Known(f"{UNTURNED}; it writes the last volume as the first one, and zeros for all others",
                                  inPatient=True),
    }),
    "dwi/ge_dwi_tensor": Dataset((2, 256, 256, 7), "int16", tables={"Ax_DWI_TENSOR_R2_1": None}),
    "dwi/nibabel_siemens_csa": Dataset((48, 128, 128, 2), "uint16", known={
        "12_CBU_DTI_64D_1Aa.nii": Known("256×256 pixels cut out of a mosaic of 48 slices: 7×7 tiles do not fit, and "
                                        "are no slices"),
    }),
    "dwi/nrrd_helix_reference": Dataset(),
    "dwi/siemens_mosaic_vd_roll": Dataset((36, 72, 72, 21), "uint16", tables={"dti_nopf_x2_roll_3": None}),
    "dwi/siemens_xa30_derived_adc": Dataset(),
    "dwi/siemens_xa30_derived_colfa": Dataset(),
    "dwi/siemens_xa60_enhanced": Dataset((10, 64, 64, 7), "uint16", tables={
        "phantom_check_MBfactor_TerraX_XA60_14_PRODUCT_ep2d_diff_p3_sms1": None,
    }),
    "dwi/slicer_philips_ingenia": Dataset((1, 384, 384, 1), "float32", known={
        "201_*": Known("one image with b = 1500 along -R in its private elements: dcm2niix writes b = 0 for a single "
                       "volume", (0,), bValues=1500, degrees=90),
    }),
    "dwi/uih_dir16_ap": Dataset((20, 64, 64, 17), "uint16", tables={"dti_tra_dir16_AP_9_134431": None}),
}  # fmt: skip


def folderOf(sharedData, name):
    folder = sharedData / name
    return folder / "dicom" if (folder / "dicom").is_dir() else folder


def test_everyDatasetIsKnownToHaveDiffusionOrNone(sharedData):
    """All real data are examined: what has no entry makes no diffusion volume."""
    everything = {path.relative_to(sharedData).as_posix() for path in sharedData.glob("*/*") if path.is_dir()}
    assert {name for name in everything if name.startswith("dwi/")} == set(DATASETS)
    for name in sorted(everything - set(DATASETS)):
        bench = Bench()
        try:
            found = bench.examine(folderOf(sharedData, name))
            kinds = {plugin.loadType for plugin, loadables in found.items() if loadables}
            assert "Diffusion Volume" not in kinds, name
        finally:
            bench.close()


@pytest.mark.parametrize("name", DATASETS)
def test_diffusionVolumesAreAsDcm2niixWritesThem(sharedData, tmp_path, name):
    dataset, folder = DATASETS[name], folderOf(sharedData, name)
    nodes = diffusionNodes(folder)
    assert [(node.voxelArray().shape, str(node.voxelArray().dtype)) for node in nodes] == (
        [(dataset.shape, dataset.dtype)] if dataset.shape else []
    )
    references = dcm2niixDiffusion(folder, tmp_path / "nifti")
    assert bool(references) == bool(nodes)
    used, equal = set(), 0
    for reference in references:
        pattern, known = knownDifference(dataset, reference.volume.name)
        used.add(pattern)
        if known is not None and not known.order:
            continue
        assert len(reference.bValues) == nodes[0].GetNumberOfGradients()
        found = difference(nodes[0], reference)
        print(f"{name}: {found}")
        equal += 1
        if known is None:
            assert found.isNone, found
        else:
            assertIsAsKnown(found, known)
    assert equal == len(nodes)
    assert used - {None} == set(dataset.known), "a known difference is not there any more"


def knownDifference(dataset, name):
    """(pattern, difference) of the first pattern that fits."""
    return next((item for item in dataset.known.items() if fnmatchcase(name, item[0])), (None, None))


def assertIsAsKnown(found, known):
    assert found.corners <= CORNER_TOLERANCE_MM and found.voxels == 0 and tuple(found.order) == known.order, found
    assert found.bValues <= known.bValues and found.degrees <= known.degrees, found
    assert not found.isNone, "a known difference is not there any more"


@pytest.mark.parametrize(
    "name, table", [(name, table) for name, dataset in DATASETS.items() for table in dataset.tables]
)
def test_diffusionVolumesAreAsInTheReferenceFiles(sharedData, tmp_path, name, table):
    (node,) = diffusionNodes(folderOf(sharedData, name))
    place = sharedData / name / "ref" / table
    nifti = unpacked(place, tmp_path)
    if nifti is None:  # tables alone, in the frame of the image that the same program writes
        (reference,) = dcm2niixDiffusion(folderOf(sharedData, name), tmp_path / "nifti")
        components = numpy.loadtxt(f"{place}.bvec", ndmin=2).T
        reference.bValues = numpy.loadtxt(f"{place}.bval")
        reference.directions = worldDirections(components, reference.volume.ijkToRAS)
    else:
        reference = readReference(nifti, place)
    found = difference(node, reference)
    known = DATASETS[name].tables[table]
    print(f"{name}: {found}")
    if known is None:
        assert found.isNone, found
    elif known.order:
        assertIsAsKnown(found, known)
    else:
        assert found.corners <= CORNER_TOLERANCE_MM and found.voxels > 0, "a known difference is not there any more"
        assert abs(node.bValuesArray() - reference.bValues).max() <= known.bValues
    if known is not None and known.inPatient:
        components = numpy.loadtxt(f"{place}.bvec", ndmin=2).T
        assert degreesBetween(node.gradientsRAS(), rasFromLPS(components)).max() < 0.01


def unpacked(place, folder):
    """The NIfTI file of a reference; None where there is none."""
    plain, zipped = (place.with_name(place.name + suffix) for suffix in (".nii", ".nii.gz"))
    if zipped.exists():
        plain = folder / plain.name
        plain.write_bytes(gzip.decompress(zipped.read_bytes()))
    return plain if plain.exists() and readNifti(plain).array.size else None


def test_theTableThatUIHShipsIsTheHeadersTurnedAsIfThatWereInPatientCoordinates(sharedData):
    """Its author took the header's vectors for patient coordinates and turned them into the image's; dcm2niix, and we,
    take them for the image's own. Three series of UIH's with different turns agree on one table only in the latter way
    (see DICOMPlugins/Diffusion/UIH.py)."""
    (node,) = diffusionNodes(folderOf(sharedData, "dwi/uih_dir16_ap"))
    table = numpy.loadtxt(sharedData / "dwi/uih_dir16_ap/ref/Grad_AP.csv", delimiter=",")
    weighted = node.gradientsRAS()[node.bValuesArray() > 100]
    axes = rasFromLPS((node.ijkToRASArray()[:3, :3] / node.GetSpacing()).T).T
    inPatient = rasFromLPS(weighted)
    inHeader = inPatient @ axes
    assert degreesBetween(inHeader @ axes, table).max() < 0.01
    assert 4.5 < degreesBetween(inPatient, table).max() < 5, "a known difference is not there any more"
