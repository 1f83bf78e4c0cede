"""Volumes as one Legacy Converted Enhanced object, through the whole of export, import and load."""

import os
from pathlib import Path

import highdicom
import numpy
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMPlugins.ScalarVolume import EnhancedExport
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY, fromTheOtherEnd, mirrored, oblique, places, ramp
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import (
    DIFFUSIVITY,
    UPTAKE,
    addVolume,
    loaded,
    pluginOf,
    reloaded,
    thick,
)
from Testing.DICOMPlugins.ScalarVolume.MultiFrameExport import (
    ENHANCED,
    assertFramesAreThoseOf,
    assertHighdicomReads,
    assertValid,
    everythingKept,
    exportAs,
    offered,
    refusalOf,
    slopeOf,
)
from Testing.Fixtures import SeriesBuilder, axialCT, obliqueMR, tiltedCT
from Testing.Fixtures.ExportOracles import dciodvfy


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "f4", "f8"])
@pytest.mark.parametrize(("modality", "units"), [("CT", ""), ("MR", DIFFUSIVITY), ("PT", UPTAKE), ("PT", "")])
def test_everyModalityIsValidAndComesBack(bench, tmp_path, modality, dtype, units):
    item, node = addVolume(bench, ramp(dtype))
    node.SetVoxelValueUnits(units)
    file = exportAs(bench, item, tmp_path, ENHANCED, modality)
    assertValid(file)
    (again,) = reloaded(file.parent)
    array = node.voxelArray()
    if array.dtype.kind == "f":
        limit = slopeOf(pydicom.dcmread(file)) / 2
        assert numpy.abs(again.voxelArray() - array).max() <= limit + numpy.abs(array).max() * 1e-6
        assert 0 < bench.exported.largestError <= limit * (1 + 1e-9)
    else:
        assert numpy.array_equal(again.voxelArray(), array)
        assert bench.exported.largestError == 0
    assert again.ijkToRASArray() == pytest.approx(GEOMETRY, abs=1e-6)
    if units:
        assert again.GetVoxelValueUnits() == units


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    matrix=places,
    isMirrored=st.booleans(),
    dtype=st.sampled_from(["i1", "u1", "i2", "u2", "f4", "f8"]),
)
def test_everyOrientationAndTypeComesBack(tmp_path_factory, matrix, isMirrored, dtype):
    bench = Bench()
    array = ramp(dtype)
    item, _ = addVolume(bench, array, mirrored(matrix) if isMirrored else matrix)
    file = exportAs(bench, item, tmp_path_factory.mktemp("out"), ENHANCED, "MR")
    (again,) = reloaded(file.parent)
    if isMirrored:
        array, matrix = fromTheOtherEnd(array, mirrored(matrix))
    assert numpy.abs(again.ijkToRASArray() - matrix).max() <= 1e-6
    slack = 0 if numpy.dtype(dtype).kind in "iu" else 0.5 * slopeOf(pydicom.dcmread(file)) + 1e-5
    assert numpy.abs(again.voxelArray().astype("f8") - array.astype("f8")).max() <= slack
    bench.close()


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR(), tiltedCT()], ids=["axial", "oblique", "tilted"])
def test_aLoadedSeriesComesBackWithWhatStillHolds(bench, tmp_path, builder):
    builder.extra.update(BodyPartExamined="HEAD", InstitutionName="Klinik", ProtocolName="Schädel")
    builder.edit = lambda dataset, k: setattr(dataset, "AcquisitionTime", f"10100{k}")
    item, node = loaded(bench, tmp_path, builder)
    modality = node.GetScene().GetSubjectHierarchyNode().GetItemAttribute(item, "DICOM.Modality")
    file = exportAs(bench, item, tmp_path / "out", ENHANCED, modality)
    assertValid(file)
    dataset = pydicom.dcmread(file)
    assert (dataset.BodyPartExamined, dataset.InstitutionName, dataset.ProtocolName) == ("HEAD", "Klinik", "Schädel")
    assert dataset.StudyInstanceUID == builder.studyUID and dataset.SeriesInstanceUID != builder.seriesUID
    assert dataset.FrameOfReferenceUID == builder.frameOfReferenceUID
    assert list(dataset.ImageType)[:2] == ["DERIVED", "PRIMARY"]
    assertFramesAreThoseOf(dataset, builder, node)
    for k, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        assert frame.ConversionSourceAttributesSequence[0].ReferencedSOPInstanceUID == builder.sopInstanceUID(k)
        assert frame.UnassignedPerFrameConvertedAttributesSequence[0].AcquisitionTime == f"10100{k}"
    (series,) = dataset.ReferencedSeriesSequence
    assert len(series.ReferencedInstanceSequence) == builder.slices
    assert "changed  SeriesInstanceUID" in bench.exported.difference
    (again,) = reloaded(file.parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_allThatIsKeptOfASourceIsValid(bench, tmp_path, modality):
    extra = {**everythingKept(modality), "BurnedInAnnotation": "YES"}
    item, _ = loaded(bench, tmp_path, SeriesBuilder(modality=modality, extra=extra))
    file = exportAs(bench, item, tmp_path / "out", ENHANCED, modality)
    assert dciodvfy(file).errors == []
    dataset = pydicom.dcmread(file)
    assert (dataset.BurnedInAnnotation, dataset.LossyImageCompression) == ("YES", "01")
    assert (dataset.PatientIdentityRemoved, dataset.ClinicalTrialSponsorName) == ("YES", "text")
    (unassigned,) = dataset.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence
    assert unassigned.AcquisitionNumber == 1 and unassigned.ContrastBolusAgent == "text"


def test_aMovedVolumeRefersToAllOfItsSourceAndHasAFrameOfReferenceOfItsOwn(bench, tmp_path):
    builder = axialCT()
    item, node = loaded(bench, tmp_path, builder)
    node.SetOrigin(1, 2, 3)
    file = exportAs(bench, item, tmp_path / "out", ENHANCED, StudyInstanceUID="1.2.3")
    assertValid(file)
    dataset = pydicom.dcmread(file)
    assert dataset.FrameOfReferenceUID != builder.frameOfReferenceUID
    (derivation,) = dataset.SharedFunctionalGroupsSequence[0].DerivationImageSequence
    assert len(derivation.SourceImageSequence) == builder.slices
    (study,) = dataset.StudiesContainingOtherReferencedInstancesSequence
    assert study.StudyInstanceUID == builder.studyUID
    assert "ConversionSourceAttributesSequence" not in dataset.PerFrameFunctionalGroupsSequence[0]


def test_anEnhancedObjectIsTheSourceOfTheNext(bench, tmp_path):
    item, node = addVolume(bench, ramp("i2"))
    first = exportAs(bench, item, tmp_path / "first", ENHANCED, "MR")
    (node,) = bench.load(first.parent)
    item = bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(node)
    second = exportAs(bench, item, tmp_path / "second", ENHANCED, "MR")
    assertValid(second)
    (derivation,) = pydicom.dcmread(second).SharedFunctionalGroupsSequence[0].DerivationImageSequence
    references = {one.ReferencedSOPInstanceUID for one in derivation.SourceImageSequence}
    assert references == {pydicom.dcmread(first).SOPInstanceUID}
    (again,) = reloaded(second.parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())


def test_aPETKeepsWhatUptakeIsComputedFrom(bench, tmp_path):
    dose = pydicom.Dataset()
    dose.RadionuclideTotalDose, dose.RadionuclideHalfLife = "3.7e8", "6586.2"
    extra = {"RadiopharmaceuticalInformationSequence": [dose], "Units": "BQML", "PatientWeight": "70",
             "DecayCorrection": "START", "CorrectedImage": ["DECY", "ATTN"]}  # fmt: skip
    item, node = loaded(bench, tmp_path, SeriesBuilder(modality="PT", rescale=(1.5, 0.0), extra=extra))
    file = exportAs(bench, item, tmp_path / "out", ENHANCED, "PT")
    assertValid(file)
    dataset = pydicom.dcmread(file)
    (unassigned,) = dataset.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence
    (kept,) = unassigned.RadiopharmaceuticalInformationSequence
    assert (kept.RadionuclideTotalDose, kept.RadionuclideHalfLife) == (3.7e8, 6586.2)
    assert (unassigned.DecayCorrection, list(unassigned.CorrectedImage)) == ("START", ["DECY", "ATTN"])
    assert dataset.PatientWeight == 70
    (again,) = reloaded(file.parent)
    assert again.GetVoxelValueUnits() == node.GetVoxelValueUnits() == '(Bq/ml, UCUM, "Becquerels/milliliter")'


def test_framesOfAPETHaveOneSlopeAsOthersTakeTheFirstForAll(bench, tmp_path):
    item, node = addVolume(bench, numpy.random.default_rng(1).random((3, 4, 5)) * [[[1]], [[100]], [[10000]]])
    dataset = pydicom.dcmread(exportAs(bench, item, tmp_path, ENHANCED, "PT"))
    slope = slopeOf(dataset)
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        assert frame.RealWorldValueMappingSequence[0].RealWorldValueSlope == slope
        assert "PixelValueTransformationSequence" not in frame


def test_theWindowIsWrittenAndThatItIsInvertedCannotBe(bench, tmp_path):
    """Enhanced objects are MONOCHROME2 only (PS3.3 C.8.13.2.1.1, C.8.15.2)."""
    item, node = addVolume(bench, ramp("i2"))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevel(0.5, 0.25)
    assert "is not kept" not in offered(bench, item, ENHANCED).tooltip
    node.GetDisplayNode().SetInvert(True)
    assert "shown dark on bright is not kept" in offered(bench, item, ENHANCED).tooltip
    file = exportAs(bench, item, tmp_path, ENHANCED)
    assertValid(file)
    (again,) = reloaded(file.parent)
    display = again.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel(), bool(display.GetInvert())) == (0.5, 0.25, False)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())


def test_textIsUnicodeAndTheFileIsForItsOwnerOnly(bench, tmp_path):
    file = exportAs(bench, addVolume(bench, ramp("i2"))[0], tmp_path, ENHANCED, SeriesDescription="Größe 大")
    dataset = pydicom.dcmread(file)
    assert (str(dataset.PatientName), dataset.SeriesDescription) == ("Müller^Jürgen", "Größe 大")
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [file.parent.name]


def test_highdicomReadsTheSameVolume(bench, tmp_path):
    item, node = addVolume(bench, ramp("i2"), oblique((1, 0.2, -0.3, 0.1), (0.7, 0.8, 2.5), (10, 20, 30)))
    image = highdicom.imread(exportAs(bench, item, tmp_path, ENHANCED, "MR"))
    assertHighdicomReads(image.get_volume(apply_real_world_transform=False), node)


@pytest.mark.timing
def test_manySlicesTakeLittleTime(bench, tmp_path, promised):
    item, _ = addVolume(bench, numpy.arange(2000 * 8 * 8, dtype="i4").astype("i2").reshape(2000, 8, 8))
    with promised.within(30):
        file = exportAs(bench, item, tmp_path, ENHANCED, "MR")
    assert pydicom.dcmread(file, stop_before_pixels=True).NumberOfFrames == 2000


def test_onlyGreyVolumesWithAPlaceAreOffered(bench):
    item, node = addVolume(bench, ramp("i2"))
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    assert offered(bench, item, ENHANCED).confidence < 0.5
    hierarchy.SetItemAttribute(item, "DICOM.Modality", "US")
    assert offered(bench, item, ENHANCED) is None
    hierarchy.SetItemAttribute(item, "DICOM.Modality", "PT")
    assert offered(bench, item, ENHANCED) is not None
    node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    assert [one.format for one in pluginOf(bench).exportFormats(item)] == [""]
    colours, _ = addVolume(bench, numpy.zeros((2, 3, 4, 3), "u1"), className="vtkMRMLVectorVolumeNode")
    assert [one.format for one in pluginOf(bench).exportFormats(colours)] == [""]


def test_badWishesGetASentenceAndLeaveNothing(bench, tmp_path, monkeypatch):
    item, node = addVolume(bench, ramp("i2"))
    out = tmp_path / "out"
    assert "are of CT, MR or PT only" in refusalOf(bench, item, out, ENHANCED, Modality="OT")
    assert "Modality is empty" in refusalOf(bench, item, out, ENHANCED, Modality="")
    assert "StudyDate is not a date" in refusalOf(bench, item, out, ENHANCED, StudyDate="yesterday")
    assert "FrameOfReferenceUID is not a UID" in refusalOf(bench, item, out, ENHANCED, FrameOfReferenceUID="1.02")
    node.setVoxelArray(ramp("u4"))
    assert "cannot hold integers of this range" in refusalOf(bench, item, out, ENHANCED)
    node.setVoxelArray(numpy.full((2, 3, 4), numpy.nan))
    assert "not finite" in refusalOf(bench, item, out, ENHANCED)
    node.setVoxelArray(ramp("i2"))
    node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    monkeypatch.setattr(type(node), "hasPlaceInPatient", lambda node: True)
    exportable = offered(bench, item, ENHANCED)
    monkeypatch.undo()
    exportable.directory = str(out)
    assert "not known where in the patient" in pluginOf(bench).export([exportable])
    assert not out.exists()


def test_aVolumeLargerThanAnObjectIsRefused(bench, tmp_path, monkeypatch):
    from DICOMLib.Export import FrameWriting

    monkeypatch.setattr(FrameWriting, "LARGEST_PIXEL_BYTES", 100)
    item, _ = addVolume(bench, ramp("i2"))
    assert "larger than one object can hold" in refusalOf(bench, item, tmp_path / "out", ENHANCED)


def test_aFullDiskLeavesNothing(bench, tmp_path, monkeypatch):
    def full(dataset, path, *_):
        Path(path).write_bytes(b"begun")
        from DICOMLib.Export.Destination import writingErrors

        with writingErrors(path):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(EnhancedExport, "writeFrames", full)
    text = refusalOf(bench, addVolume(bench, ramp("i2"))[0], tmp_path / "out", ENHANCED)
    assert "No space left on device" in text


def test_aFileThatIsNotWhatWasMeantIsTakenAway(bench, tmp_path, monkeypatch):
    written = EnhancedExport.writeFrames

    def damaged(change):
        def write(dataset, path, *arguments):
            written(dataset, path, *arguments)
            again = pydicom.dcmread(path)
            change(again)
            again.save_as(path)

        monkeypatch.setattr(EnhancedExport, "writeFrames", write)
        return refusalOf(bench, addVolume(bench, ramp("i2"))[0], tmp_path / "out", ENHANCED)

    def flipBit(dataset):
        dataset.PixelData = dataset.PixelData[:-1] + bytes([dataset.PixelData[-1] ^ 1])

    def move(dataset):
        dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence[0].ImagePositionPatient = [1, 2, 3]

    def swap(dataset):
        frames = dataset.PerFrameFunctionalGroupsSequence
        frames[0], frames[1] = frames[1], frames[0]

    def turn(dataset):
        plane = dataset.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
        plane.ImageOrientationPatient = [0, 1, 0, 1, 0, 0]

    assert "1 of them" in damaged(flipBit)
    assert "ImagePositionPatient" in damaged(move)
    assert "read back is not the one" in damaged(swap)
    assert "ImageOrientationPatient" in damaged(turn)
    assert "SeriesInstanceUID" in damaged(lambda dataset: setattr(dataset, "SeriesInstanceUID", "1.2"))
    assert "FrameOfReferenceUID is missing" in damaged(lambda dataset: dataset.pop("FrameOfReferenceUID"))


def test_aCancelLeavesNothing(bench, tmp_path):
    exportable = offered(bench, addVolume(bench, ramp("i2"))[0], ENHANCED)
    exportable.directory = str(tmp_path / "out")
    seen = []

    def onProgress(*_):
        seen.append(1)
        bench.context.progress.cancel()

    bench.context.progress = Progress(onProgress)
    with pytest.raises(CancelledError):
        pluginOf(bench).export([exportable])
    assert seen and os.listdir(tmp_path) == []


def test_otherUnitsThanHounsfieldAreNoEnhancedCT(bench, tmp_path):
    """PS3.3 C.8.15.3.10 allows HU only."""
    item, node = addVolume(bench, ramp("i2"))
    node.SetVoxelValueUnits(DIFFUSIVITY)
    assert "hold Hounsfield units only" in refusalOf(bench, item, tmp_path / "out", ENHANCED, Modality="CT")
    node.SetVoxelValueUnits("([hnsf'U], UCUM, \"Hounsfield unit\")")
    assertValid(exportAs(bench, item, tmp_path / "hounsfield", ENHANCED))


@pytest.mark.parametrize("thicknesses", [("1.25",) * 4, ("1.25", "1.25", "2.5", "2.5")])
@pytest.mark.parametrize("format", [ENHANCED, "parametricMap"])
def test_slicesOfTheSourceStayAsThickAsTheyAre(bench, tmp_path, format, thicknesses):
    item, node = loaded(bench, tmp_path, thick(thicknesses))
    file = exportAs(bench, item, tmp_path / "out", format)
    dataset = pydicom.dcmread(file)
    frames = [*dataset.SharedFunctionalGroupsSequence, *dataset.PerFrameFunctionalGroupsSequence]
    measures = [one for frame in frames for one in frame.get("PixelMeasuresSequence", [])]
    assert len(measures) == (1 if len(set(thicknesses)) == 1 else len(thicknesses))
    assert [str(one.SliceThickness) for one in measures] == [*thicknesses][: len(measures)]
    assert {float(one.SpacingBetweenSlices) for one in measures} == {1.0}
    assert "SliceThickness" not in dataset
    assert dciodvfy(file).errors == []
    (again,) = reloaded(file.parent)
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)
