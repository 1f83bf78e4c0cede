"""Real series in, out as their own modality, and in again: valid, read by other programs, exact, nothing lost of what
may not be. What is refused has its reason here."""

from __future__ import annotations

from pathlib import Path

import numpy
import pydicom
import pytest

from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures.ExportOracles import dciodvfy, dcm2niixVolumes, dcmdumpReads, simpleITKVolume

pytestmark = pytest.mark.data

# Of each kind of source and target one, all of them small.
WRITTEN = {
    "ct/axial_slicer_cthead": "CT Image",
    "ct/oblique_rtutils_oriented": "CT Image",
    "ct/irregular_dicom2nifti_sliceorientation": "MR Image",
    "enhanced/bruker_mr": "MR Image",
    "enhanced/philips_anat_dicom2nifti": "MR Image",
    "mr/anatomical_dicom2nifti_non_isotropic": "MR Image",
    "mr/anatomical_dicom2nifti_rgb": "Secondary Capture Image",
    "mr/mosaic_siemens_corasc35": "MR Image",
    "sc/pydicom_data_sc_rgb": "Secondary Capture Image",
    "us/pydicom_examples": "",
    "us/palette_variants": "",
    "xray/cr_mono1_j2k": "Computed Radiography Image",
    "xray/mono1": "Digital X-Ray Image for Presentation",
}
REFUSED = {
    "ct/gantry_tilt_variable_spacing_ge": "under a transform that is not linear",  # slices are uneven
    "enhanced/emri_small_syntaxes": "not known where in the patient",
    "rt/pydicom_rt": "images cannot be of this modality",
}
# GDCM turns them around.
INVERTED = {"xray/cr_mono1_j2k", "xray/mono1"}
# Their StudyInstanceUID begins with 999, which nobody can have; it is kept, for a series belongs to its study.
TEST_STUDIES = {"us/palette_variants"}
LASTING = ("LossyImageCompression", "PatientIdentityRemoved", "DeidentificationMethod", "BurnedInAnnotation")
_PLACED_BY_DCM2NIIX = ("CT Image", "MR Image")


def exportOf(bench, node, directory):
    """:returns: (problem, plugin)"""
    plugin = DICOMScalarVolumePluginClass()
    plugin.context = bench.context
    item = bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(node)
    exportable = next(one for one in plugin.examineForExport(item) if not one.format)
    exportable.directory = str(directory)
    return plugin.export([exportable]), plugin


@pytest.mark.parametrize("dataset", WRITTEN)
def test_aRealSeriesIsWrittenAndComesBack(dataset, sharedData, tmp_path, workers):
    bench = Bench(workers=workers)
    nodes = bench.load(sharedData / dataset / "dicom")
    assert nodes
    for number, node in enumerate(nodes[:2]):
        problem, plugin = exportOf(bench, node, tmp_path / str(number))
        assert problem == ""
        (exported,) = plugin.exported
        assert WRITTEN[dataset] in ("", exported.storageName)
        files = sorted(Path(exported.folder).iterdir())
        errors = dciodvfy([files[0], files[-1]]).errors
        assert [error for error in errors if not (dataset in TEST_STUDIES and "StudyInstanceUID" in error)] == []
        dcmdumpReads(files)
        checkLoaded(files[0].parent, node, exported.largestError, workers)
        if dataset not in INVERTED:
            checkOthers(files, node, exported, tmp_path / f"nifti{number}")
        source = bench.database.fileForInstance(node.GetAttribute("DICOM.instanceUIDs").split()[0])
        checkNothingIsLost(source, files[0])
    bench.close()


def checkLoaded(folder, node, largestError, workers):
    other = Bench(workers=workers)
    (again,) = other.load(folder)
    assert other.messages == []
    other.close()
    wanted, found = node.voxelArray().astype("f8"), again.voxelArray().astype("f8")
    rounding = 0 if largestError == 0 else largestError * 0.01 + numpy.abs(wanted).max() * 1e-6
    assert numpy.abs(found - wanted).max() <= largestError + rounding
    assert numpy.abs(again.ijkToRASArray() - node.ijkToRASArray()).max() <= 1e-6


def checkOthers(files, node, exported, target):
    if node.voxelArray().ndim == 4:
        return
    slack = exported.largestError * 1.01 + numpy.abs(node.voxelArray()).max() * 1e-6
    theirs = simpleITKVolume(files).array[0]
    assert numpy.abs(theirs.astype("f8") - node.voxelArray()).max() <= slack
    if exported.storageName in _PLACED_BY_DCM2NIIX:
        (volume,) = dcm2niixVolumes(files[0].parent, target)
        assert sorted(volume.dimensions) == sorted(node.voxelArray().shape)
        wanted = numpy.sort(node.voxelArray().astype("f8"), axis=None)
        assert numpy.abs(numpy.sort(volume.array.astype("f8"), axis=None) - wanted).max() <= slack + 1e-3


def checkNothingIsLost(source, written):
    before = pydicom.dcmread(source, stop_before_pixels=True, force=True)
    after = pydicom.dcmread(written, stop_before_pixels=True)
    for keyword in LASTING:
        if before.get(keyword):
            assert after.get(keyword) == before.get(keyword)


@pytest.mark.parametrize("dataset", REFUSED)
def test_whatCannotBeWrittenIsToldAndLeavesNothing(dataset, sharedData, tmp_path, workers):
    bench = Bench(workers=workers)
    node = bench.load(sharedData / dataset / "dicom")[0]
    problem, _ = exportOf(bench, node, tmp_path / "out")
    assert REFUSED[dataset] in problem
    assert not (tmp_path / "out").exists()
    bench.close()
