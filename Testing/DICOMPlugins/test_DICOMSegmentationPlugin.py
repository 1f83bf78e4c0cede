"""Segmentation objects from files to label maps and back, beside the other plugins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import highdicom
import numpy
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import CancelledError
from DICOMLib.Export.Destination import exportToDatabase
from DICOMLib.Progress import Progress
from DICOMPlugins.Segmentation.References import REFERENCE_TAG
from DICOMPlugins.Segmentation.Segments import Segment, segmentsOf
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY, fromTheOtherEnd, mirrored, places
from Testing.DICOMPlugins.Segmentation.LabelMaps import (
    addLabelMap,
    export,
    exportableOf,
    loadedWithImages,
    reloaded,
    someLabels,
)
from Testing.Fixtures import ExportOracles, axialCT, obliqueMR, tiltedCT

# Each is explained in Resources/Docs/Export.md.
EXPLAINED_WARNINGS = ("Unrecognized tag - assuming explicit value representation OK", "needed to build DICOMDIR")

LIVER = Segment(
    1, "Leber", description="nur der rechte Lappen", category=("123037004", "SCT", "Body structure"),
    type=("10200004", "SCT", "Liver"), typeModifier=("24028007", "SCT", "Right"),
    region=("818983003", "SCT", "Abdomen"), algorithmType="AUTOMATIC", algorithmName="Netz 3",
    trackingID="Läsion 1", trackingUID="2.25.77",
    color=(221 / 255, 130 / 255, 101 / 255),
)  # fmt: skip


# Writing and reading again


def test_aLabelMapIsWrittenAsOneValidObjectAndComesBackWhole(bench, tmp_path):
    array = someLabels(labels=(1, 2))
    item, node = addLabelMap(bench, array, segments=[LIVER, Segment(2, "Tumor")])
    file = export(bench, item, tmp_path)
    found = ExportOracles.dciodvfy(file)
    assert found.errors == []
    assert [one for one in found.warnings if not any(text in one for text in EXPLAINED_WARNINGS)] == []
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    other, (again,) = reloaded(file)
    assert numpy.array_equal(again.voxelArray(), array) and again.GetClassName() == "vtkMRMLLabelMapVolumeNode"
    assert again.ijkToRASArray() == pytest.approx(GEOMETRY, abs=1e-6)
    liver, tumour = segmentsOf(again, [1, 2])
    assert liver == Segment(**{**LIVER.__dict__, "number": 1})
    assert (tumour.name, tumour.type, tumour.algorithmType) == ("Tumor", ("85756007", "SCT", "Tissue"), "MANUAL")
    table = again.GetDisplayNode().GetColorNode()
    assert table.GetColorName(1) == "Leber" and table.GetColor(1)[:3] == pytest.approx(LIVER.color)
    assert other.messages == [] and bench.exported.summary() == "Leber: 1 file of Segmentation."
    other.close()


def test_tagsSayWhatTheUserSaid(bench, tmp_path):
    item, _ = addLabelMap(bench, someLabels())
    file = export(
        bench, item, tmp_path, SeriesDescription="Größe", SeriesNumber="412", ContentCreatorName="Ärztin^Eva",
        SegmentAlgorithmType="SEMIAUTOMATIC", SegmentAlgorithmName="Pinsel", StudyDescription="Bauch",
    )  # fmt: skip
    dataset = pydicom.dcmread(file)
    assert str(dataset.PatientName) == "Müller^Jürgen" and dataset.SpecificCharacterSet == "ISO_IR 192"
    assert (dataset.SeriesDescription, dataset.SeriesNumber, dataset.StudyDescription) == ("Größe", 412, "Bauch")
    assert str(dataset.ContentCreatorName) == "Ärztin^Eva"
    assert {one.SegmentAlgorithmType for one in dataset.SegmentSequence} == {"SEMIAUTOMATIC"}
    assert {one.SegmentAlgorithmName for one in dataset.SegmentSequence} == {"Pinsel"}
    assert "SegmentationAlgorithmIdentificationSequence" not in dataset.SegmentSequence[0]


def test_labelsWithGapsKeepTheirValuesThoughSegmentNumbersHaveNone(bench, tmp_path):
    array = someLabels(labels=(3, 7, 300), dtype="i4")
    item, _ = addLabelMap(bench, array)
    file = export(bench, item, tmp_path)
    assert [one.SegmentNumber for one in pydicom.dcmread(file).SegmentSequence] == [1, 2, 3]
    other, (again,) = reloaded(file)
    assert numpy.array_equal(again.voxelArray(), array) and again.voxelArray().dtype == numpy.uint16
    other.close()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    matrix=places,
    isMirrored=st.booleans(),
    dtype=st.sampled_from(["u1", "i1", "u2", "i2", "i4", "u4", "i8", "f4"]),
    seed=st.integers(0, 10_000),
)
def test_everyOrientationAndTypeComesBack(tmp_path_factory, matrix, isMirrored, dtype, seed):
    chance = numpy.random.default_rng(seed)
    array = (chance.integers(0, 5, (4, 5, 3)) * (chance.random((4, 1, 1)) < 0.6)).astype(dtype)
    array[2, 1, 1] = 9
    bench = Bench()
    item, _ = addLabelMap(bench, array, mirrored(matrix) if isMirrored else matrix)
    other, (again,) = reloaded(export(bench, item, tmp_path_factory.mktemp("out")))
    if isMirrored:
        array, matrix = fromTheOtherEnd(array, mirrored(matrix))
    assert numpy.array_equal(again.voxelArray(), array)
    assert numpy.abs(again.ijkToRASArray() - matrix).max() <= 1e-6
    other.close()
    bench.close()


@pytest.mark.parametrize("shape", [(7, 1, 2), (6, 7, 1), (9, 1, 1), (5, 3, 3), (4, 1, 8)])
def test_imagesOfAFewVoxelsComeBack(bench, tmp_path, shape):
    array = numpy.random.default_rng(3).integers(0, 4, shape).astype("u1")
    item, _ = addLabelMap(bench, array)
    other, (again,) = reloaded(export(bench, item, tmp_path))
    assert numpy.array_equal(again.voxelArray(), array)
    other.close()


def test_transformsAboveALabelMapAreApplied(bench, tmp_path):
    item, node = addLabelMap(bench, someLabels())
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    moved = numpy.eye(4)
    moved[:3, 3] = 5, -7, 11
    transform.SetMatrixTransformToParent(_vtk(moved))
    node.SetAndObserveTransformNodeID(transform.GetID())
    other, (again,) = reloaded(export(bench, item, tmp_path))
    assert again.ijkToRASArray() == pytest.approx(moved @ GEOMETRY, abs=1e-6)
    other.close()


def _vtk(array):
    from DICOMLib.Scene.Matrices import matrixFromArray

    return matrixFromArray(array)


# The images that labels belong to


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR(), tiltedCT()], ids=["axial", "oblique", "tilted"])
def test_eachFrameRefersToTheImageInItsPlane(bench, tmp_path, builder):
    volume, study = loadedWithImages(bench, builder, tmp_path / "images")
    array = someLabels(volume.voxelArray().shape)
    item, node = addLabelMap(bench, array, volume.ijkToRASArray(), studyItem=study)
    file = export(bench, item, tmp_path / "out")
    dataset = pydicom.dcmread(file)
    uids = volume.GetAttribute("DICOM.instanceUIDs").split()
    assert dataset.FrameOfReferenceUID == builder.datasets()[0].FrameOfReferenceUID
    (series,) = dataset.ReferencedSeriesSequence
    assert [one.ReferencedSOPInstanceUID for one in series.ReferencedInstanceSequence] == uids
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        image = next(one for one in builder.datasets() if one.SOPInstanceUID == source.ReferencedSOPInstanceUID)
        place = frame.PlanePositionSequence[0].ImagePositionPatient
        assert numpy.allclose(numpy.array(place, float), numpy.array(image.ImagePositionPatient, float), atol=1e-5)
    assert ExportOracles.dciodvfy(file).errors == []
    other, (again,) = reloaded(file)
    assert numpy.array_equal(again.voxelArray(), array)
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)
    hierarchy = other.scene.GetSubjectHierarchyNode()
    references = hierarchy.GetItemAttribute(hierarchy.GetItemByDataNode(again), "DICOM.ReferencedInstanceUIDs").split()
    assert set(references) == set(uids)
    other.close()


def test_theVolumeOnTheSameGridIsMeantUnlessAnotherIsSet(bench, tmp_path):
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "images")
    item, node = addLabelMap(bench, someLabels(volume.voxelArray().shape), volume.ijkToRASArray(), studyItem=study)
    _, exportable = exportableOf(bench, item, tmp_path)
    assert exportable.tag(REFERENCE_TAG) == volume.GetID()
    assert exportable.choices[REFERENCE_TAG] == {"": "no images", volume.GetID(): volume.GetName()}
    node.SetIJKToRASMatrix(GEOMETRY)
    assert exportableOf(bench, item, tmp_path)[1].tag(REFERENCE_TAG) == ""
    node.SetReferenceImageGeometryFromVolumeNode(volume)
    assert exportableOf(bench, item, tmp_path)[1].tag(REFERENCE_TAG) == volume.GetID()


def test_withoutAReferenceTheObjectStandsForItself(bench, tmp_path):
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "images")
    item, _ = addLabelMap(bench, someLabels(volume.voxelArray().shape), volume.ijkToRASArray(), studyItem=study)
    dataset = pydicom.dcmread(export(bench, item, tmp_path / "out", **{REFERENCE_TAG: ""}))
    assert "ReferencedSeriesSequence" not in dataset
    assert all("DerivationImageSequence" not in one for one in dataset.PerFrameFunctionalGroupsSequence)
    assert dataset.FrameOfReferenceUID != axialCT().datasets()[0].FrameOfReferenceUID
    tags = {REFERENCE_TAG: "", "FrameOfReferenceUID": "2.25.5"}
    dataset = pydicom.dcmread(export(bench, item, tmp_path / "b", **tags))
    assert dataset.FrameOfReferenceUID == "2.25.5"


def test_aSegmentationThatWasReadRefersToItsImagesAgain(bench, tmp_path):
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "images")
    item, _ = addLabelMap(bench, someLabels(volume.voxelArray().shape), volume.ijkToRASArray(), studyItem=study)
    file = export(bench, item, tmp_path / "out")
    other = Bench()
    other.load(tmp_path / "images", file.parent)
    (again,) = other.scene.GetNodesByClass("vtkMRMLLabelMapVolumeNode")
    item = other.scene.GetSubjectHierarchyNode().GetItemByDataNode(again)
    assert exportableOf(other, item, tmp_path)[1].tag(REFERENCE_TAG) == "stated"
    first, second = pydicom.dcmread(file), pydicom.dcmread(export(other, item, tmp_path / "again"))
    assert second.ReferencedSeriesSequence == first.ReferencedSeriesSequence
    assert second.FrameOfReferenceUID == first.FrameOfReferenceUID
    assert second.StudyInstanceUID == first.StudyInstanceUID and second.SeriesInstanceUID != first.SeriesInstanceUID
    other.close()


def test_anotherStudyIsReferredToAsAnother(bench, tmp_path):
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "images")
    item, _ = addLabelMap(bench, someLabels(volume.voxelArray().shape), volume.ijkToRASArray(), studyItem=study)
    file = export(bench, item, tmp_path / "out", StudyInstanceUID="2.25.99")
    dataset = pydicom.dcmread(file)
    assert "ReferencedSeriesSequence" not in dataset
    (other,) = dataset.StudiesContainingOtherReferencedInstancesSequence
    assert other.StudyInstanceUID == axialCT().datasets()[0].StudyInstanceUID
    assert len(other.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == len(volume.voxelArray())
    assert ExportOracles.dciodvfy(file).errors == []


def test_labelsUnderTheTransformOfTheirImagesAreWrittenWhereTheImagesAre(bench, tmp_path):
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "images")
    item, node = addLabelMap(bench, someLabels(volume.voxelArray().shape), volume.ijkToRASArray(), studyItem=study)
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    moved = numpy.eye(4)
    moved[:3, 3] = 5, -7, 11
    transform.SetMatrixTransformToParent(_vtk(moved))
    for one in (volume, node):
        one.SetAndObserveTransformNodeID(transform.GetID())
    other, (again,) = reloaded(export(bench, item, tmp_path / "a"))
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)
    other.close()
    node.SetAndObserveTransformNodeID(None)  # the labels are in the world, the images are moved: so they come back
    other, (again,) = reloaded(export(bench, item, tmp_path / "b", **{REFERENCE_TAG: volume.GetID()}))
    assert again.ijkToRASArray() == pytest.approx(numpy.linalg.inv(moved) @ node.ijkToRASArray(), abs=1e-6)
    other.close()


# Other programs


def test_otherReadersSeeTheSameLabels(bench, tmp_path):
    array = someLabels((4, 9, 7), labels=(1, 2, 3))
    item, _ = addLabelMap(bench, array)
    file = export(bench, item, tmp_path)
    assert ExportOracles.dcmdumpReads(file)
    read = highdicom.seg.segread(file)
    assert read.number_of_segments == 3 and [one.segment_label for one in read.SegmentSequence] == [
        "Segment 1", "Segment 2", "Segment 3"]  # fmt: skip
    volume = read.get_volume(combine_segments=True)
    labelled = array[1:-1]  # planes without labels have no frames
    assert numpy.array_equal(_inOrderOf(volume.array, labelled), labelled)
    import SimpleITK

    frames = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(file)))
    assert numpy.array_equal(frames != 0, pydicom.dcmread(file).pixel_array.reshape(frames.shape) != 0)
    masks = numpy.concatenate([labelled == label for label in (1, 2, 3)])
    assert int((frames != 0).sum()) == int(masks.sum())


def _inOrderOf(array, wanted):
    return array if numpy.array_equal(array, wanted) else array[::-1]


def test_orthancTakesItAndHasTheSameBits(bench, tmp_path, orthanc):
    array = someLabels((4, 9, 7), labels=(1, 2))
    item, _ = addLabelMap(bench, array)
    file = export(bench, item, tmp_path)
    (uid,) = orthanc.upload([file])
    dataset = pydicom.dcmread(file)
    for n, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        bits = orthanc.frame(uid, n)
        assert any(numpy.array_equal(bits != 0, plane == number) for plane in array)
    assert orthanc.tags(uid)["Modality"] == "SEG"


@pytest.mark.data
def test_framesOfAMultiFrameImageAreNamedByNumber(bench, sharedData, tmp_path):
    source = next(Path(sharedData, "enhanced", "legacy_converted_ct_dcmqi").rglob("mf.dcm"))
    (tmp_path / "images").mkdir()
    shutil.copy(source, tmp_path / "images")
    (volume,) = bench.load(tmp_path / "images")
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volume))
    array = numpy.ones(volume.voxelArray().shape, "u1")
    item, _ = addLabelMap(bench, array, volume.ijkToRASArray(), studyItem=study)
    file = export(bench, item, tmp_path / "out")
    frames = [frame.DerivationImageSequence[0].SourceImageSequence[0] for frame in
              pydicom.dcmread(file).PerFrameFunctionalGroupsSequence]  # fmt: skip
    assert sorted(int(one.ReferencedFrameNumber) for one in frames) == [1, 2, 3]
    assert ExportOracles.dciodvfy(file).errors == []


@pytest.mark.parametrize("damage", ["voxels", "place", "label"])
def test_aFileThatIsNotAsItWasMeantIsFoundAndNotPublished(bench, tmp_path, monkeypatch, damage):
    from DICOMPlugins.Segmentation import Exporting

    def writeWrong(dataset, folder):
        if damage == "voxels":
            dataset.PixelData = bytes([dataset.PixelData[0] ^ 1]) + dataset.PixelData[1:]
        elif damage == "place":
            place = dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
            place.ImagePositionPatient = [float(place.ImagePositionPatient[0]) + 0.01, *place.ImagePositionPatient[1:]]
        else:
            dataset.SegmentSequence[1].SegmentNumber = 5
        return write(dataset, folder)

    write = Exporting.writeDataset
    monkeypatch.setattr(Exporting, "writeDataset", writeWrong)
    item, _ = addLabelMap(bench, someLabels())
    plugin, exportable = exportableOf(bench, item, tmp_path / "out")
    assert "the written file failed the check" in plugin.export([exportable])
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full here")
def test_aFullDiskIsCalledSoAndNothingIsLeft(bench, tmp_path, monkeypatch):
    """pydicom raises the system's error anew without its number, in the middle of a data set."""
    from DICOMPlugins.Segmentation import Writer

    full = lambda _path, _mode, opener: open("/dev/full", "wb", 512)  # noqa: E731
    monkeypatch.setattr(Writer, "open", full, raising=False)
    item, _ = addLabelMap(bench, someLabels())
    plugin, exportable = exportableOf(bench, item, tmp_path / "out")
    text = plugin.export([exportable])
    assert "SEG0001.dcm: the disk is full (No space left on device). Nothing was left behind" in text
    assert not (tmp_path / "out").exists()


# Refusals: one sentence, nothing left


@pytest.mark.parametrize(
    ("array", "tags", "sentence"),
    [
        (numpy.zeros((2, 3, 4), "u1"), {}, "there is no label in the label map"),
        (-numpy.ones((2, 3, 4), "i2"), {}, "labels have to be from 1 to 65535"),
        (numpy.full((2, 3, 4), 70000, "i4"), {}, "labels have to be from 1 to 65535"),
        (numpy.full((2, 3, 4), 0.5, "f4"), {}, "labels have to be whole numbers"),
        (someLabels(), {"Modality": "CT"}, "the Modality of a segmentation is SEG"),
        (someLabels(), {"Modality": ""}, "the Modality is empty"),
        (someLabels(), {"SeriesNumber": "many"}, "SeriesNumber is not a whole number"),
        (someLabels(), {"SeriesInstanceUID": "x"}, "SeriesInstanceUID is not a UID"),
        (someLabels(), {"PatientBirthDate": "yesterday"}, "PatientBirthDate is not a date"),
        (someLabels(), {REFERENCE_TAG: "vtkMRMLScalarVolumeNode9"}, "the volume to refer to is not in the scene"),
        (someLabels(), {REFERENCE_TAG: "stated"}, "the images that the file refers to are not in the database"),
    ],
)  # fmt: skip
def test_whatCannotBeWrittenIsSaidInASentenceAndNothingIsLeft(bench, tmp_path, array, tags, sentence):
    item, _ = addLabelMap(bench, array)
    plugin, exportable = exportableOf(bench, item, tmp_path / "out", **tags)
    answer = plugin.export([exportable])
    assert sentence in answer and answer.endswith(".") and "\n" not in answer
    assert not (tmp_path / "out").exists() and plugin.exported == []


def test_aSkewedGridAndAnUnknownPlaceAreRefused(bench, tmp_path):
    skewed = GEOMETRY.copy()
    skewed[1, 0] = 0.3
    item, _ = addLabelMap(bench, someLabels(), skewed)
    plugin, exportable = exportableOf(bench, item, tmp_path / "a")
    assert "not at right angles" in plugin.export([exportable])
    item, node = addLabelMap(bench, someLabels())
    node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    plugin, exportable = exportableOf(bench, item, tmp_path / "a")
    assert "it is not known where in the patient the labels are" in plugin.export([exportable])
    assert not (tmp_path / "a").exists()


def test_cancellingLeavesNothing(bench, tmp_path):
    item, _ = addLabelMap(bench, someLabels())
    bench.context.progress = Progress()
    bench.context.progress.cancel()
    plugin, exportable = exportableOf(bench, item, tmp_path / "out")
    with pytest.raises(CancelledError):
        plugin.export([exportable])
    assert not (tmp_path / "out").exists()


def test_onlyLabelMapsBelowAStudyOfAPatientAreOffered(bench, tmp_path):
    node = bench.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    node.setVoxelArray(someLabels())
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    plugin = exportableOf(bench, addLabelMap(bench, someLabels())[0], tmp_path)[0]
    assert plugin.examineForExport(hierarchy.GetItemByDataNode(node)) == []
    item = addLabelMap(bench, someLabels())[0]
    assert plugin.examineForExport(hierarchy.GetItemParent(item)) == []
    (exportable,) = plugin.examineForExport(item)
    assert (exportable.name, exportable.confidence, exportable.tag("Modality")) == ("Segmentation", 1.0, "SEG")
    assert list(exportable.choices["SegmentAlgorithmType"]) == ["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]


def test_aLabelMapGoesToTheDatabaseAndLoadsFromThere(bench, tmp_path):
    array = someLabels()
    item, _ = addLabelMap(bench, array)
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "ctkDICOM.sql"))

    def write(folder):
        plugin, exportable = exportableOf(bench, item, folder)
        assert plugin.export([exportable]) == ""

    report = exportToDatabase(database, write)
    other = Bench()
    other.context.database = database
    files = database.filesForSeries(report.seriesUIDs[0])
    found = other.registry.examine([files], other.context)
    (nodeID,) = other.registry.load(found, other.context)
    assert numpy.array_equal(other.scene.GetNodeByID(nodeID).voxelArray(), array)
    other.close()


# Reading


def test_thePluginReadsSegmentationsAndNobodyElseDoes(bench, tmp_path):
    item, _ = addLabelMap(bench, someLabels())
    file = export(bench, item, tmp_path)
    other = Bench()
    offers = [(plugin.loadType, one) for plugin, loadables in other.examine(file.parent).items() for one in loadables]
    ((loadType, loadable),) = offers
    assert (loadType, loadable.confidence, loadable.selected) == ("Segmentation", 0.95, True)
    assert loadable.files == [str(file)] and loadable.warning == ""
    assert "Segment 2: Segment 2: Tissue (85756007, SCT), Tissue; MANUAL." in loadable.explanation
    other.close()


# Speed of what nobody asks for


def test_highdicomIsImportedOnlyToWrite():
    code = (
        "import sys, DICOMPlugins; DICOMPlugins.builtinPlugins()\n"
        "assert not {'highdicom', 'pydicom', 'SimpleITK'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=60, env={**os.environ, "PYTHONPATH": ""})
