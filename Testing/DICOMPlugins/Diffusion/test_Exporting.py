"""Diffusion volumes out to MR images and in again, and what other programs read in them."""

from __future__ import annotations

from pathlib import Path

import numpy
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import CancelledError
from DICOMLib.Export.Compression import SYNTAXES
from DICOMLib.Export.Exporting import examineItems
from DICOMLib.Geometry.Patient import rasFromLPS
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMPlugins import registerBuiltins
from DICOMPlugins.DICOMDiffusionVolumePlugin import DICOMDiffusionVolumePluginClass
from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
from DICOMPlugins.Diffusion.Maps import FA, FA_CODE, MD, MD_CODE, MD_UNITS, MEAN_DWI, TENSOR, makeMaps
from DICOMPlugins.ScalarVolume.Reader import codeText
from DICOMPlugins.ScalarVolume.VoxelValues import MR_CODES
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import fromTheOtherEnd, ramp
from Testing.Fixtures.DiffusionBuilder import DiffusionBuilder, oblique, rotation, spreadDirections, volumesOf
from Testing.Fixtures.DiffusionEncodings import ENCODINGS
from Testing.Fixtures.ExportOracles import dciodvfy, dcmdumpReads, simpleITKVolume

GEOMETRY = numpy.array([[-1.7, 0, 0, 10], [0, -1.8, 0, 20], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])
# Each has its reason in Resources/Docs/Export.md.
KNOWN_WARNINGS = ("Laterality", "ImageType", "Diffusion")


def addDiffusion(bench, array, bValues, directions, ijkToRAS=GEOMETRY):
    """:returns: (item, node) below a new study of a new patient"""
    node = bench.scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "Diffusion")
    node.setVoxelArray(numpy.asarray(array))
    node.SetIJKToRASMatrix(ijkToRAS)
    node.SetDiffusionGradients(directions)
    node.SetBValues(bValues)
    study = bench.addStudy(study={"StudyDate": "20260102", "StudyTime": "101112"})
    return bench.scene.GetSubjectHierarchyNode().CreateItem(study, node), node


def small(bench, dtype="u2", count=8, **arguments):
    """A volume of 3 slices with one unweighted measurement, no two images alike."""
    directions = numpy.vstack([[0, 0, 0], spreadDirections(count - 1)])
    array = ramp(dtype, (3, 5, 4, count))
    return addDiffusion(bench, array, numpy.r_[0, [1000.0] * (count - 1)], directions, **arguments)


def pluginOf(bench):
    return bench.plugin(DICOMDiffusionVolumePluginClass)


def tried(bench, item, directory, **tags):
    """:returns: (what export says, plugin)"""
    plugin = pluginOf(bench)
    (exportable,) = plugin.examineForExport(item)
    exportable.directory = str(directory)
    for name, value in tags.items():
        exportable.setTag(name, value)
    return plugin.export([exportable]), plugin


def export(bench, item, directory, **tags):
    """:returns: the folder"""
    message, plugin = tried(bench, item, directory, **tags)
    assert message == ""
    bench.exported = plugin.exported[0]
    assert bench.exported.folder == str(Path(directory) / f"DiffusionVolume_{item}")
    return Path(bench.exported.folder)


def reloaded(folder):
    (node,) = diffusionNodes(folder)
    return node


def itemOf(bench, node):
    return bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(node)


def assertSame(again, node, slack=0.0):
    """Voxels, place and weighting; slices may be stored from the other end."""
    voxels, matrix = node.voxelArray().astype("f8"), node.ijkToWorldArray()
    if numpy.linalg.det(matrix[:3, :3]) * numpy.linalg.det(again.ijkToRASArray()[:3, :3]) < 0:
        voxels, matrix = fromTheOtherEnd(voxels, matrix)
    assert numpy.abs(again.voxelArray().astype("f8") - voxels).max() <= slack
    assert numpy.abs(again.ijkToRASArray() - matrix).max() <= 1e-6
    assert numpy.abs(again.bValuesArray() - node.bValuesArray()).max() <= 1e-6
    assert numpy.abs(again.gradientsRAS() - node.gradientsWorld()).max() <= 1e-6


def assertDcm2niixAgrees(folder, node, output):
    """It takes measurements with b > 0 and without a direction for averages, and puts them into a file of their own."""
    (reference,) = dcm2niixDiffusion(folder, output)
    found = difference(node, reference)
    kept = numpy.flatnonzero((node.bValuesArray() == 0) | node.gradientsRAS().any(axis=1)).tolist()
    assert found.order == kept, found
    assert max(found.corners, found.voxels, found.bValues, found.degrees) <= 1e-3, found


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


# The source


def loadedSeries(bench, tmp_path, encoding="siemens", **arguments):
    def edit(dataset, volume, k):
        dataset.AcquisitionTime = f"1200{volume:02d}"
        dataset.EchoTime = 80
        dataset.DeviceSerialNumber = "S-7"

    builder = DiffusionBuilder(
        encoding, oblique(), volumesOf((0, 1000), spreadDirections(7)), edit=edit, **arguments
    )  # fmt: skip
    builder.write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    return itemOf(bench, node), node


@pytest.mark.parametrize("encoding", ["siemens", "siemensMosaic"])
def test_imagesReferToThoseTheyWereMadeOfAndKeepWhatIsTheirs(bench, tmp_path, encoding):
    item, node = loadedSeries(bench, tmp_path, encoding)
    sources = {one.SOPInstanceUID: one for one in map(pydicom.dcmread, (tmp_path / "in").rglob("*.dcm"))}
    files = sorted(export(bench, item, tmp_path / "out").iterdir())
    for number, file in enumerate(files):
        measurement, k = divmod(number, 5)
        written = pydicom.dcmread(file)
        source = sources[written.SourceImageSequence[0].ReferencedSOPInstanceUID]
        assert written.AcquisitionTime == source.AcquisitionTime == f"1200{measurement:02d}"
        assert written.EchoTime == 80
        assert written.FrameOfReferenceUID == source.FrameOfReferenceUID
        assert written.ContributingEquipmentSequence[0].DeviceSerialNumber == "S-7"
        if encoding == "siemens":
            assert source.ImagePositionPatient == pytest.approx(list(written.ImagePositionPatient), abs=1e-4)


def test_measurementsThatWereChangedKeepOnlyWhatAllHave(bench, tmp_path):
    item, node = loadedSeries(bench, tmp_path)
    node.SetDiffusionGradients(node.gradientsArray()[::-1].copy())
    node.SetBValues(node.bValuesArray()[::-1].copy())
    files = sorted(export(bench, item, tmp_path / "out").iterdir())
    written = pydicom.dcmread(files[0])
    assert "AcquisitionTime" not in written
    assert written.EchoTime == 80
    assert len(written.SourceImageSequence) == 40
    assertSame(reloaded(files[0].parent), node)


def test_slicesInAnotherOrderAreNotTakenForThoseOfTheSource(bench, tmp_path):
    item, node = loadedSeries(bench, tmp_path)
    matrix = node.ijkToRASArray()
    matrix[:3, 3] += matrix[:3, 2] * (len(node.voxelArray()) - 1)
    matrix[:3, 2] *= -1
    node.setVoxelArray(node.voxelArray()[::-1].copy())
    node.SetIJKToRASMatrix(matrix)
    folder = export(bench, item, tmp_path / "out")
    written = pydicom.dcmread(next(folder.iterdir()))
    assert len(written.SourceImageSequence) == 40 and "AcquisitionTime" not in written
    assertSame(reloaded(folder), node)


def test_bMatricesOfTheSourceAreKeptAndTurned(bench, tmp_path):
    item, node = withMatrices(bench, tmp_path)
    plain = [pydicom.dcmread(file) for file in sorted(export(bench, item, tmp_path / "plain").iterdir())]
    assert {one.DiffusionDirectionality for one in plain[5:]} == {"BMATRIX"}
    assert "DiffusionBMatrixSequence" not in plain[0]
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Turn")
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(20, -40, 70)
    transform.SetMatrixTransformToParent(matrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
    folder = export(bench, item, tmp_path / "turned")
    for file in sorted(folder.iterdir())[5:]:
        written = pydicom.dcmread(file)
        direction = numpy.array(written.DiffusionGradientOrientation)
        assert matrixOf(written) == pytest.approx(1000 * numpy.outer(direction, direction), abs=1e-6)
    assertSame(reloaded(folder), node)
    assert dciodvfy(sorted(folder.iterdir())[-1]).errors == []


def withMatrices(bench, tmp_path):
    volumes = volumesOf((0, 1000), spreadDirections(7))

    def edit(dataset, volume, k):
        if volumes[volume].bValue:
            g = numpy.array(volumes[volume].direction)
            dataset.DiffusionBMatrixSequence = [pydicom.Dataset()]
            for name, (i, j) in zip(
                ("XX", "XY", "XZ", "YY", "YZ", "ZZ"), ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)), strict=True
            ):
                setattr(dataset.DiffusionBMatrixSequence[0], f"DiffusionBValue{name}", 1000.0 * g[i] * g[j])

    DiffusionBuilder("standard", oblique(), volumes, edit=edit).write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    return itemOf(bench, node), node


def matrixOf(dataset):
    one = dataset.DiffusionBMatrixSequence[0]
    xx, xy, xz, yy, yz, zz = (one[f"DiffusionBValue{name}"].value for name in ("XX", "XY", "XZ", "YY", "YZ", "ZZ"))
    return numpy.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


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


# Volumes computed from it


@pytest.mark.parametrize("encoding", ["siemens", "siemensMosaic"])
def test_mapsAreMRImagesInTheSameFrameWithTheirQuantity(bench, tmp_path, encoding):
    item, node = loadedSeries(bench, tmp_path, encoding)
    frame = pydicom.dcmread(next((tmp_path / "in").rglob("*.dcm"))).FrameOfReferenceUID
    expected = {
        FA: (FA_CODE, '(1, UCUM, "no units")', "FA"),
        MD: (MD_CODE, MD_UNITS, "MD"),
        MEAN_DWI: (*map(codeText, MR_CODES), "mean b = 1000"),
    }
    plugin = DICOMScalarVolumePluginClass()
    plugin.context = bench.context
    for kind, computed in zip(sorted(expected), sorted(makeMaps(bench.scene, node, expected), key=kindOf), strict=True):
        quantity, units, label = expected[kind]
        exportable = plugin.examineForExport(itemOf(bench, computed))[0]
        assert exportable.tag("Modality") == "MR"
        assert exportable.tag("SeriesDescription").endswith(f" - {label}")
        exportable.directory = str(tmp_path / kind)
        assert plugin.export([exportable]) == ""
        files = sorted(Path(plugin.exported[0].folder).iterdir())
        assert dciodvfy(files).errors == []
        written = pydicom.dcmread(files[0])
        assert written.FrameOfReferenceUID == frame
        assert list(written.ImageType) == ["DERIVED", "SECONDARY", "OTHER"]
        assert len(written.SourceImageSequence) == (8 if encoding == "siemensMosaic" else 40)
        assert "AcquisitionTime" not in written and written.EchoTime == 80
        other = Bench()
        (again,) = other.load(files[0].parent)
        assert (again.GetVoxelValueQuantity(), again.GetVoxelValueUnits()) == (quantity, units)
        rounding = plugin.exported[0].largestError + 1e-6 * numpy.abs(computed.voxelArray()).max()
        assert numpy.abs(again.voxelArray() - computed.voxelArray()).max() <= rounding
        other.close()


def kindOf(computed):
    label = computed.GetName().rpartition(" - ")[2]
    return MEAN_DWI if label.startswith("mean") else label


def test_tensorsAreOfferedAsPartOfTheWholeSceneOnly(bench, tmp_path):
    _, node = loadedSeries(bench, tmp_path)
    (tensor,) = makeMaps(bench.scene, node, [TENSOR])
    registry = PluginRegistry()
    registerBuiltins(registry)
    (only,) = examineItems(registry, [itemOf(bench, tensor)], bench.context)
    assert (only.pluginClass, only.confidence) == ("DICOMSlicerDataBundlePlugin", 0.1)
    assert only.exportables[0].isOfWholeScene

    first, *_, last = examineItems(registry, [itemOf(bench, tensor), itemOf(bench, node)], bench.context)
    assert first.pluginClass == "DICOMDiffusionVolumePlugin" and last.pluginClass == only.pluginClass
    assert first.itemsWithout == [itemOf(bench, tensor)] and last.itemsWithout == []


def test_slicesOfTheSourceStayAsThickAsTheyAre(bench, tmp_path):
    def edit(dataset, volume, number):
        dataset.SliceThickness = "3.25"

    DiffusionBuilder("standard", oblique(), volumesOf((0, 1000), spreadDirections(7)), edit=edit).write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    folder = export(bench, itemOf(bench, node), tmp_path / "out")
    datasets = [pydicom.dcmread(file) for file in folder.iterdir()]
    assert {str(dataset.SliceThickness) for dataset in datasets} == {"3.25"}
    assert [float(one.SpacingBetweenSlices) for one in datasets] == pytest.approx([2.5] * len(datasets))
    assert all(dciodvfy(file).errors == [] for file in sorted(folder.iterdir())[:3])
    assertSame(reloaded(folder), node)
