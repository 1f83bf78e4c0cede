"""Siemens' diffusion series beside dcm2niix and the tables that came with them: mosaics, header blocks, XA scanners."""

from __future__ import annotations

import shutil

import pydicom
import pytest

from DICOMLib.Geometry.Planes import planesOf
from DICOMPlugins.Diffusion.Rules import anglesBetween
from DICOMPlugins.Diffusion.SeriesReading import readSeries
from DICOMPlugins.Diffusion.Siemens import SiemensRule
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL
from Testing.DICOMPlugins.Diffusion.Slices import planesOfFolder
from Testing.DICOMPlugins.DiffusionComparison import (
    dcm2niixDiffusion,
    difference,
    diffusionNodes,
    readReference,
)
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ReferenceReaders import dcm2niix

pytestmark = pytest.mark.data


def test_theHeaderBlockSaysTheSameAsGroup0019(sharedData, tmp_path):
    source = sharedData / "dwi/siemens_mosaic_vd_roll/dicom"
    without = withoutGroup0019(source, tmp_path / "without")
    ofElements, ofBlocks = (SiemensRule().read(planesOfFolder(folder)) for folder in (source, without))
    assert "header block" in ofBlocks.sources["b-value"] and "0019" in ofElements.sources["b-value"]
    assert ofBlocks.bValues.tolist() == ofElements.bValues.tolist()
    assert ofBlocks.kinds.tolist() == ofElements.kinds.tolist()
    weighted = ofElements.kinds == DIRECTIONAL
    assert anglesBetween(ofBlocks.directions[weighted], ofElements.directions[weighted]).max() < 1e-3
    # Scanners compute the stated direction from the b-matrix: the two are not independent of each other.
    assert (readSeries(planesOfFolder(without)).series[0].bValues == [0] + [2000] * 20).all()


@pytest.mark.parametrize(
    ("name", "files", "count"),
    [
        ("siemens_mosaic_vd_roll", "*", 21),
        ("siemens_xa60_enhanced", "*", 7),
        ("nibabel_siemens_csa", "siemens_dwi_*", 2),
    ],
)
def test_everyMeasurementIsAsInDcm2niix(sharedData, tmp_path, name, files, count):
    folder = tmp_path / "in"
    folder.mkdir()
    for path in (sharedData / "dwi" / name / "dicom").glob(files):
        shutil.copyfile(path, folder / path.name)
    assertAsInDcm2niix(folder, tmp_path / "out", count)


def test_withoutGroup0019EveryMeasurementIsAsInDcm2niix(sharedData, tmp_path):
    folder = withoutGroup0019(sharedData / "dwi/siemens_mosaic_vd_roll/dicom", tmp_path / "in")
    assertAsInDcm2niix(folder, tmp_path / "out", 21)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("siemens_mosaic_vd_roll", "dti_nopf_x2_roll_3"),
        ("siemens_xa60_enhanced", "phantom_check_MBfactor_TerraX_XA60_14_PRODUCT_ep2d_diff_p3_sms1"),
    ],
)
def test_everyMeasurementIsAsInTheTablesBesideTheData(sharedData, tmp_path, name, stem):
    folder = sharedData / "dwi" / name / "dicom"
    table = folder.parent / "ref" / stem
    nifti = table.with_name(stem + ".nii")
    if not nifti.exists():  # the mosaics have tables only
        assert dcm2niix(folder, tmp_path)
        (nifti,) = tmp_path.glob("*.nii")
    (node,) = diffusionNodes(folder)
    found = difference(node, readReference(nifti, table))
    assert found.isNone, found


@pytest.mark.parametrize(
    ("name", "className", "shape"),
    [
        ("siemens_xa30_derived_adc", "vtkMRMLScalarVolumeNode", (39, 72, 72)),
        ("siemens_xa30_derived_colfa", "vtkMRMLVectorVolumeNode", (39, 72, 72, 3)),
    ],
)
def test_computedMapsAreNoDiffusionSeriesButLoad(sharedData, name, className, shape):
    bench = Bench()
    folder = sharedData / "dwi" / name / "dicom"
    kinds = SiemensRule().read(planesOfFolder(folder)).kinds
    assert set(kinds.tolist()) == {DERIVED}
    (node,) = bench.load(folder)
    assert node.GetClassName() == className and node.voxelArray().shape == shape
    bench.close()


@pytest.mark.parametrize(
    "name",
    ["mr/mosaic_siemens_axasc35", "mr/mosaic_siemens_AxInt36mb", "enhanced/siemens_xa10_fmri",
     "enhanced/siemens_xa30_asl_4d", "enhanced/siemens_multiframe_dicom2nifti"],
)  # fmt: skip
def test_otherSeriesOfSiemensAreNotTakenForDiffusion(sharedData, name):
    assert SiemensRule().evidence(planesOfFolder(sharedData / name / "dicom")) == ""


@pytest.mark.slow
def test_aThousandHeaderBlocksAreReadInHalfASecond(sharedData, tmp_path, record_property, promised):
    """A series of 1,000 files whose weighting is in header blocks only: the cost of opening them all."""
    source = withoutGroup0019(sharedData / "dwi/siemens_mosaic_vd_roll/dicom", tmp_path / "in")
    table = planesOfFolder(source)
    objects = [one for _ in range(48) for one in table.table.objects][:1000]
    many = planesOf(objects)
    SiemensRule().read(table)
    started = promised.now()
    found = SiemensRule().read(many)
    seconds = promised.now() - started
    record_property("seconds", seconds)
    assert (found.kinds == DIRECTIONAL).sum() > 900 * 36
    promised.atMost(seconds, 2)


def withoutGroup0019(source, folder):
    """Copies of files in which the header block is all that tells of diffusion."""
    folder.mkdir(parents=True)
    for path in source.iterdir():
        dataset = pydicom.dcmread(path)
        for element in list(dataset.group_dataset(0x0019)):
            if element.tag.element & 0xFF in (0x0C, 0x0D, 0x0E, 0x27):
                del dataset[element.tag]
        dataset.save_as(folder / path.name)
    return folder


def assertAsInDcm2niix(folder, output, count):
    """Voxels, place, b-values and directions of each volume, in the same order."""
    (reference,) = dcm2niixDiffusion(folder, output)
    (node,) = diffusionNodes(folder)
    assert node.GetNumberOfGradients() == len(reference.bValues) == count
    found = difference(node, reference)
    assert found.isNone, found
