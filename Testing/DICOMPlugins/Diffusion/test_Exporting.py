"""Diffusion volumes out to MR images and in again, and what other programs read in them."""

from __future__ import annotations

import numpy
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import CancelledError
from DICOMLib.Export.Compression import SYNTAXES
from DICOMLib.Geometry.Patient import rasFromLPS
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Matrices import matrixFromArray
from Testing.DICOMPlugins.Diffusion.ExportedDiffusion import (
    GEOMETRY,
    addDiffusion,
    assertDcm2niixAgrees,
    assertSame,
    export,
    itemOf,
    pluginOf,
    reloaded,
    small,
    tried,
)
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import ramp
from Testing.Fixtures.DiffusionBuilder import DiffusionBuilder, oblique, rotation, spreadDirections, volumesOf
from Testing.Fixtures.DiffusionEncodings import ENCODINGS
from Testing.Fixtures.ExportOracles import dciodvfy, dcmdumpReads, simpleITKVolume

# Each has its reason in Resources/Docs/Export.md.
KNOWN_WARNINGS = ("Laterality", "ImageType", "Diffusion")


# In and out again


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_aSeriesOfEveryVendorComesBackAndDcm2niixReadsTheSame(bench, tmp_path, encoding):
    DiffusionBuilder(encoding, oblique(), volumesOf((0, 1000, 0, 2000), spreadDirections(7))).write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    folder = export(bench, itemOf(bench, node), tmp_path / "out")
    again = reloaded(folder)
    assertSame(again, node)
    assert again.voxelArray().dtype == node.voxelArray().dtype
    assertDcm2niixAgrees(folder, again, tmp_path / "nifti")


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_everyOrientationTableAndTypeComesBack(tmp_path_factory, data):
    bench = Bench()
    numbers = numpy.random.default_rng(data.draw(st.integers(0, 2**32)))
    count = data.draw(st.integers(2, 9))
    directions = numbers.normal(size=(count, 3))
    directions /= numpy.linalg.norm(directions, axis=1)[:, None]
    bValues = numbers.uniform(100, 5000, count)
    unweighted = data.draw(st.integers(0, count - 1))
    bValues[:unweighted], directions[:unweighted] = 0, 0
    order = numbers.permutation(count)
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(*numbers.uniform(-180, 180, 3)) * numbers.uniform(0.3, 5, 3)
    matrix[:3, 2] *= data.draw(st.sampled_from((1, -1)))
    matrix[:3, 3] = numbers.uniform(-300, 300, 3)
    dtype = data.draw(st.sampled_from(["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"]))
    array = ramp({"i4": "i2", "u4": "u2"}.get(dtype, dtype), (data.draw(st.integers(2, 4)), 4, 3, count)).astype(dtype)
    item, node = addDiffusion(bench, array, bValues[order], directions[order], matrix)
    folder = export(bench, item, tmp_path_factory.mktemp("out"))
    slack = 0.0
    if dtype[0] == "f":
        slack = 0.5 * float(pydicom.dcmread(next(folder.iterdir())).RescaleSlope) + 1e-5
        assert 0 < bench.exported.largestError <= slack
    assertSame(reloaded(folder), node, slack)
    bench.close()


def test_measurementsThatAreAlikeKeepTheirOrder(bench, tmp_path):
    directions = numpy.array([[0, 0, 0], [1, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]], float)
    array = numpy.random.default_rng(4).integers(0, 4000, (3, 4, 5, 7)).astype("u2")
    item, node = addDiffusion(bench, array, numpy.where(directions.any(axis=1), 700.0, 0), directions)
    folder = export(bench, item, tmp_path / "out")
    assertSame(reloaded(folder), node)
    assertDcm2niixAgrees(folder, node, tmp_path / "nifti")


@pytest.mark.parametrize("compression", SYNTAXES)
def test_compressedMeasurementsComeBack(bench, tmp_path, compression):
    array = numpy.random.default_rng(6).integers(0, 4096, (3, 36, 40, 4)).astype("u2")
    item, node = addDiffusion(bench, array, [0, 700, 700, 700], numpy.vstack([numpy.zeros(3), numpy.eye(3)]))
    folder = export(bench, item, tmp_path, Compression=compression)
    assert pydicom.dcmread(next(folder.iterdir())).file_meta.TransferSyntaxUID == SYNTAXES[compression].syntaxUID
    assertSame(reloaded(folder), node)


# What is in the files


def test_filesAreValidAndTellTheWeightingOfEachImage(bench, tmp_path):
    item, node = small(bench)
    folder = export(bench, item, tmp_path)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [f"IMG{number:05d}.dcm" for number in range(1, 25)]
    found = dciodvfy(files)
    assert found.errors == [], found.errors
    assert [text for text in found.warnings if not any(known in text for known in KNOWN_WARNINGS)] == []
    gradients = rasFromLPS(node.gradientsRAS())
    for number, file in enumerate(files):
        measurement, k = divmod(number, 3)
        dataset = pydicom.dcmread(file)
        assert "DiffusionBValue" in dcmdumpReads(file)
        assert dataset.SOPClassUID == pydicom.uid.MRImageStorage
        assert list(dataset.ImageType) == ["DERIVED", "SECONDARY", "DIFFUSION"]
        assert numpy.array_equal(dataset.pixel_array, node.voxelArray()[k, :, :, measurement])
        assert dataset.ImagePositionPatient == pytest.approx(rasFromLPS(GEOMETRY[:3, 3] + k * GEOMETRY[:3, 2]))
        assert dataset.InstanceNumber == number + 1
        assert dataset.AcquisitionNumber == dataset.TemporalPositionIdentifier == measurement + 1
        assert dataset.NumberOfTemporalPositions == 8
        assert dataset.DiffusionBValue == node.bValuesArray()[measurement]
        assert dataset.DiffusionDirectionality == ("DIRECTIONAL" if measurement else "NONE")
        if measurement:
            assert list(dataset.DiffusionGradientOrientation) == pytest.approx(gradients[measurement], abs=1e-15)
        else:
            assert "DiffusionGradientOrientation" not in dataset
        assert str(dataset.PatientName) == "Müller^Jürgen"


def test_simpleITKReadsEachMeasurement(bench, tmp_path):
    item, node = small(bench, "i2")
    files = sorted(export(bench, item, tmp_path).iterdir())
    for measurement in range(8):
        volume = simpleITKVolume(files[3 * measurement : 3 * measurement + 3])
        assert numpy.array_equal(numpy.squeeze(volume.array), node.voxelArray()[..., measurement])


def test_orthancReadsTheFiles(bench, tmp_path, orthanc):
    item, node = small(bench)
    files = sorted(export(bench, item, tmp_path).iterdir())
    orthanc.upload(files)
    for number, file in enumerate(files):
        measurement, k = divmod(number, 3)
        uid = pydicom.dcmread(file, stop_before_pixels=True).SOPInstanceUID
        assert numpy.array_equal(orthanc.frame(uid, 0), node.voxelArray()[k, :, :, measurement])


def test_anAverageOverDirectionsIsIsotropic(bench, tmp_path):
    array = ramp("u2", (3, 4, 5, 3))
    item, _ = addDiffusion(bench, array, [0, 1000, 1000], [[0, 0, 0], [0, 0, 0], [0, 1, 0]])
    files = sorted(export(bench, item, tmp_path).iterdir())
    kinds = [pydicom.dcmread(file).DiffusionDirectionality for file in files]
    assert kinds == ["NONE"] * 3 + ["ISOTROPIC"] * 3 + ["DIRECTIONAL"] * 3


# Turned volumes


def test_aTransformThatTurnsTurnsTheGradients(bench, tmp_path):
    item, node = small(bench)
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Turn")
    matrix = numpy.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation(20, -40, 70), (3, 4, 5)
    transform.SetMatrixTransformToParent(matrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
    folder = export(bench, item, tmp_path / "out")
    again = reloaded(folder)
    assertSame(again, node)
    assert numpy.abs(again.gradientsRAS() - node.gradientsRAS() @ matrix[:3, :3].T).max() < 1e-9
    assertDcm2niixAgrees(folder, again, tmp_path / "nifti")


def test_aMeasurementFrameIsApplied(bench, tmp_path):
    item, node = small(bench)
    node.SetMeasurementFrameMatrix(rotation(10, 20, 30))
    assertSame(reloaded(export(bench, item, tmp_path)), node)


@pytest.mark.parametrize("matrix", [numpy.diag([1, 1, 1.1, 1]), numpy.eye(4) + 0.2 * numpy.eye(4, k=1)])
def test_aTransformThatStretchesOrShearsIsRefused(bench, tmp_path, matrix):
    item, node = small(bench)
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Stretch")
    transform.SetMatrixTransformToParent(matrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert "stretches or shears" in tried(bench, item, tmp_path / "out")[0]
    assert not (tmp_path / "out").exists()


# What cannot be written


def test_onlyDiffusionVolumesOfAStudyAreOffered(bench):
    item, node = small(bench)
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    (offered,) = pluginOf(bench).examineForExport(item)
    assert (offered.name, offered.tag("Modality"), offered.tag("PatientName")) == (
        "Diffusion Volume", "MR", "Müller^Jürgen",
    )  # fmt: skip
    assert pluginOf(bench).examineForExport(hierarchy.GetItemParent(item)) == []
    hierarchy.SetItemParent(item, hierarchy.GetSceneItemID())
    assert pluginOf(bench).examineForExport(item) == []


@pytest.mark.parametrize(
    ("change", "tags", "words"),
    [
        (lambda node: node.SetBValues([0] + [-5] * 7), {}, "a b-value is none that a scan can have"),
        (lambda node: node.SetBValues([0] + [1000] * 6), {}, "there are 8 measurements but 7 b-values"),
        (lambda node: node.SetDiffusionGradient(2, (3, 0, 0)), {}, "a gradient is no unit vector"),
        (lambda node: node.SetMeasurementFrameMatrix(numpy.diag([1, 1, 0.5])), {}, "measurement frame is no rotation"),
        (lambda node: node.setVoxelArray(ramp("i4", (3, 5, 4, 8))), {}, "Convert the volume to floating point"),
        (lambda node: None, {"Modality": "CT"}, "images of the modality MR"),
        (lambda node: None, {"Manufacturer": "GE MEDICAL SYSTEMS"}, "Set another Manufacturer"),
        (lambda node: None, {"PatientBirthDate": "yesterday"}, "PatientBirthDate"),
        (lambda node: None, {"StudyInstanceUID": "a.b"}, "StudyInstanceUID is not a UID"),
    ],
)  # fmt: skip
def test_whatCannotBeWrittenIsToldInOneSentenceAndLeavesNothing(bench, tmp_path, change, tags, words):
    item, node = small(bench)
    change(node)
    message = tried(bench, item, tmp_path / "out", **tags)[0]
    assert words in message
    assert not (tmp_path / "out").exists()


def test_aCancelledExportLeavesNothing(bench, tmp_path):
    item, _ = small(bench)
    bench.context.progress = Progress()
    bench.context.progress.cancel()
    with pytest.raises(CancelledError):
        tried(bench, item, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_aFileWithAnotherDirectionFailsTheCheck(bench, tmp_path, monkeypatch):
    from DICOMPlugins.Diffusion import Exporting

    def wrong(bValues, directions, bMatrices):
        return measurementAttributes(bValues, directions[:, ::-1], bMatrices)

    measurementAttributes = Exporting.measurementAttributes
    monkeypatch.setattr(Exporting, "measurementAttributes", wrong)
    item, _ = small(bench)
    assert "DiffusionGradientOrientation read back is not the one" in tried(bench, item, tmp_path / "out")[0]
    assert not (tmp_path / "out").exists()


# Real scanners

VENDORS = [
    "canon_classic_ortho", "dicom2nifti_ge_001", "dicom2nifti_philips_001", "dicom2nifti_philips_enhanced_001",
    "ge_dwi_tensor", "siemens_mosaic_vd_roll", "siemens_xa60_enhanced", "uih_dir16_ap",
]  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("name", VENDORS)
def test_seriesOfRealScannersComeBackAndDcm2niixReadsTheSame(bench, sharedData, tmp_path, name):
    folder = sharedData / "dwi" / name
    nodes = bench.load(folder / "dicom" if (folder / "dicom").is_dir() else folder)
    (node,) = [one for one in nodes if one.IsA("vtkMRMLDiffusionWeightedVolumeNode")]
    wrong = {"PatientBirthDate": "", "StudyDate": ""} if name == "uih_dir16_ap" else {}  # they are no dates
    out = export(bench, itemOf(bench, node), tmp_path / "out", **wrong)
    again = reloaded(out)
    slack = 0.0
    if node.voxelArray().dtype.kind == "f":
        rescale = pydicom.dcmread(next(out.iterdir())).RescaleSlope
        slack = 0.5 * float(rescale) + 1e-6 * float(abs(node.voxelArray()).max())
    assertSame(again, node, slack)
    files = sorted(out.iterdir())
    assert dciodvfy([files[0], files[-1]]).errors == []
    assertDcm2niixAgrees(out, again, tmp_path / "nifti")
