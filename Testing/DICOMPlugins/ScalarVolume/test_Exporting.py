"""Volumes out to files and in again, through the whole of export, import and load."""

import itertools
import os
import subprocess
from pathlib import Path

import numpy
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.Errors import CancelledError, ExportError
from DICOMLib.Export.Destination import exportToDatabase
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Matrices import matrixFromArray
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY, places, ramp, rotation
from Testing.DICOMPlugins.ReferenceReaders import dcm2niix
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import (
    DIFFUSIVITY,
    UPTAKE,
    addVolume,
    export,
    pluginOf,
    refusal,
    reloaded,
)
from Testing.Fixtures import axialCT

UNITS = {"PT": UPTAKE, "MR": DIFFUSIVITY}
KINDS = [
    ("CT", "i1"), ("CT", "u1"), ("CT", "i2"), ("CT", "u2"), ("CT", "f4"), ("MR", "u1"), ("MR", "i2"), ("MR", "u2"),
    ("MR", "f8"), ("PT", "f4"), ("PT", "i2"), ("PT", "u2"), ("US", "u1"), ("US", "i2"), ("CR", "u1"), ("CR", "i2"),
    ("CR", "f4"), ("DX", "u1"), ("DX", "u2"), ("DX", "i2"), ("NM", "u1"), ("NM", "u2"), ("NM", "f4"), ("XA", "u2"),
    ("OT", "i1"), ("OT", "u1"), ("OT", "u2"), ("OT", "f4"),
]  # fmt: skip


@pytest.mark.parametrize(("modality", "dtype"), KINDS)
def test_everyKindIsValidAndComesBack(bench, tmp_path, modality, dtype):
    item, node = addVolume(bench, ramp(dtype))
    node.SetVoxelValueUnits(UNITS.get(modality, ""))
    node.CreateDefaultDisplayNodes()
    files = export(bench, item, tmp_path, Modality=modality)
    count = 1 if bench.exported.storageName.startswith("Nuclear") else 4
    assert [file.name for file in files] == ["IMG0001.dcm", "IMG0002.dcm", "IMG0003.dcm", "IMG0004.dcm"][:count]
    for file in files:
        checked = subprocess.run(["dciodvfy", "-new", str(file)], capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0 and "Error" not in checked.stdout + checked.stderr
    (again,) = reloaded(files[0].parent)
    array = node.voxelArray()
    if array.dtype.kind == "f":
        slopes = [float(pydicom.dcmread(file).RescaleSlope) for file in files]
        rounding = numpy.abs(array).max() * 1e-6 if again.voxelArray().dtype == numpy.float32 else 1e-9
        for found, wanted, slope in zip(again.voxelArray(), array.astype("f8"), slopes, strict=True):
            assert numpy.abs(found - wanted).max() <= slope / 2 + rounding
        assert 0 < bench.exported.largestError <= max(slopes) / 2 * (1 + 1e-9)
    else:
        assert numpy.array_equal(again.voxelArray(), array)
        assert bench.exported.largestError == 0
    assert again.ijkToRASArray() == pytest.approx(GEOMETRY, abs=1e-6)
    if UNITS.get(modality) and modality == "MR":
        assert again.GetVoxelValueUnits() == UNITS[modality]


@pytest.mark.parametrize("dtype", ["i4", "u4"])
def test_secondaryCapturesHold32Bits(bench, tmp_path, dtype):
    """dciodvfy ends with an assertion of its own on 32 bits, so dcmdump and two readers are asked instead."""
    import SimpleITK

    item, node = addVolume(bench, ramp(dtype))
    files = export(bench, item, tmp_path, Modality="OT")
    assert subprocess.run(["dcmdump", str(files[0])], capture_output=True, timeout=60).returncode == 0
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    for k, file in enumerate(files):
        assert numpy.array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(file)))[0], node.voxelArray()[k])


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
@pytest.mark.parametrize("dtype", ["i4", "i8", "u4"])
def test_wideIntegersThatFitAreExactAndOthersAreRefused(bench, tmp_path, modality, dtype):
    item, node = addVolume(bench, ramp("u2").astype(dtype))
    files = export(bench, item, tmp_path / "a", Modality=modality)
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    item, _ = addVolume(bench, ramp("u4").astype("i8"))
    exportable = pluginOf(bench).examineForExport(item)[0]
    exportable.directory = str(tmp_path / "b")
    exportable.setTag("Modality", modality)
    assert "cannot hold integers of this range exactly" in pluginOf(bench).export([exportable])
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("sign", [1, -1])
def test_aPETHasTheFinestSlopeForEachSlice(bench, tmp_path, sign):
    """Slices of little uptake are not rounded as those of much; GDCM and the load apply the slope of each slice."""
    import SimpleITK

    array = numpy.random.default_rng(3).random((4, 7, 5)) * numpy.array([1e-3, 1.0, 5e3, 0.0]).reshape(4, 1, 1)
    array[1, 0, 0] *= sign
    item, node = addVolume(bench, array.astype("f4"))
    node.SetVoxelValueUnits(UPTAKE)
    files = export(bench, item, tmp_path, Modality="PT")
    (again,) = reloaded(files[0].parent)
    wanted, most = node.voxelArray().astype("f8"), 65535 if sign > 0 else 32767
    for k, file in enumerate(files):
        dataset = pydicom.dcmread(file)
        slope = float(dataset.RescaleSlope)
        assert dataset.RescaleIntercept == 0
        assert dataset.RealWorldValueMappingSequence[0].RealWorldValueSlope == slope
        assert slope == (1 if k == 3 else pytest.approx(wanted[k].max() / most, rel=1e-8))
        single = numpy.finfo("f4").eps * wanted[k].max()
        assert numpy.abs(again.voxelArray()[k] - wanted[k]).max() <= slope / 2 + single
        theirs = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(file)))[0]
        assert numpy.abs(theirs - wanted[k]).max() <= slope / 2 * (1 + 1e-6)
    assert "steps of at most" in pydicom.dcmread(files[0]).DerivationDescription


def test_aWrongSlopeOfOneSliceIsFound(bench, tmp_path, monkeypatch):
    from DICOMPlugins.ScalarVolume import Writer

    text = Writer.decimalString
    monkeypatch.setattr(Writer, "decimalString", lambda value: text(value * (1.001 if 0 < value < 1e-4 else 1)))
    array = numpy.random.default_rng(3).random((3, 7, 5)) * numpy.array([1.0, 1e3, 1e3]).reshape(3, 1, 1)
    item, _ = addVolume(bench, array)
    assert "failed the check" in refusal(bench, item, tmp_path / "out", Modality="PT")


WIDE = {"low": 100_000, "negative": -3_000_000_000, "of 64 bits": 7 * 10**14}


@pytest.mark.parametrize("first", WIDE.values(), ids=WIDE)
@pytest.mark.parametrize("modality", ["CT", "MR", "CR"])
def test_wideIntegersOfASmallRangeAreShiftedExactly(bench, tmp_path, modality, first):
    array = ramp("u2").astype("i8") + first
    item, _ = addVolume(bench, array)
    files = export(bench, item, tmp_path, Modality=modality)
    assert float(pydicom.dcmread(files[0]).RescaleIntercept) == first
    assert bench.exported.largestError == 0
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray().astype("i8"), array)


def test_integersThatDoNotFitNameWhatHoldsThem(bench, tmp_path):
    item, _ = addVolume(bench, ramp("u4").astype("i8"))
    text = refusal(bench, item, tmp_path / "out", Modality="CT")
    assert "the modality OT, whose objects hold 32 bits" in text and "parametric map" in text
    item, _ = addVolume(bench, ramp("u4").astype("i8") * 1000)
    assert "Choose the format parametric map, which holds them" in refusal(bench, item, tmp_path / "out")
    item, _ = addVolume(bench, ramp("i8"))
    for modality in ("MR", "PT", "OT"):
        text = refusal(bench, item, tmp_path / "out", Modality=modality)
        assert "cannot hold integers of this range exactly" in text and "floating point" in text


def test_coloursAndLabelsAreWrittenToo(bench, tmp_path):
    colours = numpy.arange(2 * 3 * 4 * 3, dtype="u1").reshape(2, 3, 4, 3)
    item, _ = addVolume(bench, colours, className="vtkMRMLVectorVolumeNode")
    files = export(bench, item, tmp_path, Modality="OT")
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), colours)
    item, node = addVolume(bench, ramp("i2"), className="vtkMRMLLabelMapVolumeNode")
    (again,) = reloaded(export(bench, item, tmp_path, Modality="MR")[0].parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    matrix=places,
    dtype=st.sampled_from(["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"]),
)
def test_everyOrientationAndTypeComesBack(tmp_path_factory, matrix, dtype):
    bench = Bench()
    item, node = addVolume(bench, ramp(dtype), matrix)
    modality = "OT" if dtype in ("i4", "u4") else "MR"
    files = export(bench, item, tmp_path_factory.mktemp("out"), Modality=modality)
    (again,) = reloaded(files[0].parent)
    assert numpy.abs(again.ijkToRASArray() - matrix).max() <= 1e-6
    slack = 0 if numpy.dtype(dtype).kind in "iu" else 0.5 * float(pydicom.dcmread(files[0]).RescaleSlope) + 1e-5
    assert numpy.abs(again.voxelArray().astype("f8") - node.voxelArray().astype("f8")).max() <= slack
    bench.close()


def test_aLeftHandedVolumeKeepsEveryVoxelWhereItIs(bench, tmp_path):
    mirrored = GEOMETRY.copy()
    mirrored[2, 2] *= -1
    item, node = addVolume(bench, ramp("i2"), mirrored)
    (again,) = reloaded(export(bench, item, tmp_path)[0].parent)
    assert numpy.array_equal(again.voxelArray()[::-1], node.voxelArray())
    last = again.ijkToRASArray() @ [0, 0, 3, 1]
    assert last == pytest.approx(mirrored @ [0, 0, 0, 1], abs=1e-6)


def test_otherProgramsSeeTheSame(bench, tmp_path):
    import SimpleITK

    item, node = addVolume(bench, ramp("i2"), axialCT().ijkToRAS)
    files = export(bench, item, tmp_path / "dicom")
    (other,) = dcm2niix(files[0].parent, tmp_path / "nifti")
    points = numpy.array([[0, 0, 0, 1], [4, 6, 3, 1.0]])
    theirs = other.ijkToRAS @ numpy.array([0, 6, 0, 1]), other.ijkToRAS @ numpy.array([4, 0, 3, 1.0])
    assert numpy.array(theirs) == pytest.approx((node.ijkToRASArray() @ points.T).T, abs=1e-3)
    assert numpy.array_equal(other.array[0][:, ::-1], node.voxelArray())
    image = SimpleITK.ReadImage([str(file) for file in files])
    assert numpy.array_equal(SimpleITK.GetArrayFromImage(image), node.voxelArray())
    lps = node.ijkToRASArray() @ [4, 6, 3, 1] * [-1, -1, 1, 1]
    assert image.TransformIndexToPhysicalPoint((4, 6, 3)) == pytest.approx(lps[:3], abs=1e-6)


def test_textIsUnicodeAndDefaultsAreSlicers(bench, tmp_path):
    item, _ = addVolume(bench, ramp("i2"))
    dataset = pydicom.dcmread(export(bench, item, tmp_path, SeriesDescription="Größe 大")[0])
    assert str(dataset.PatientName) == "Müller^Jürgen"
    assert (dataset.SeriesDescription, dataset.Modality, dataset.SeriesNumber) == ("Größe 大", "CT", 301)
    assert (dataset.Manufacturer, dataset.ManufacturerModelName) == ("Unknown manufacturer", "Unknown model")
    assert dataset.StudyID == "SLICER10001"
    assert list(dataset.ImageType) == ["DERIVED", "SECONDARY", "AXIAL"]
    assert dataset.RescaleType == "HU"


def test_theWindowOfTheDisplayIsWritten(bench, tmp_path):
    item, node = addVolume(bench, ramp("i2"))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevel(350.5, 40.25)
    dataset = pydicom.dcmread(export(bench, item, tmp_path)[0])
    assert (float(dataset.WindowWidth), float(dataset.WindowCenter)) == (350.5, 40.25)
    node.GetDisplayNode().SetInvert(True)
    (again,) = reloaded(export(bench, item, tmp_path / "b", Modality="CR")[0].parent)
    assert again.GetDisplayNode().GetInvert()
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())


def test_aLinearTransformIsAppliedAndAnotherOneRefused(bench, tmp_path):
    item, node = addVolume(bench, ramp("i2"))
    moved = numpy.eye(4)
    moved[:3, :3], moved[:3, 3] = rotation((1, 0.2, -0.3, 0.1)), (5, 6, 7)
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "T")
    transform.SetMatrixTransformToParent(matrixFromArray(moved))
    node.SetAndObserveTransformNodeID(transform.GetID())
    (again,) = reloaded(export(bench, item, tmp_path)[0].parent)
    assert again.ijkToRASArray() == pytest.approx(moved @ GEOMETRY, abs=1e-6)
    moved[0, :3] = [1, 1, 0]
    transform.SetMatrixTransformToParent(matrixFromArray(moved))
    assert "not at right angles" in refusal(bench, item, tmp_path / "b")


def test_badWishesGetASentenceAndLeaveNothing(bench, tmp_path):
    item, node = addVolume(bench, ramp("i2"))
    out = tmp_path / "out"
    axialCT().write(tmp_path / "source")
    (known,) = bench.importFolder(tmp_path / "source")
    assert "Modality is empty" in refusal(bench, item, out, Modality=" ")
    assert "images cannot be of this modality (RTDOSE)" in refusal(bench, item, out, Modality="RTDOSE")
    assert "exists already" in refusal(bench, item, out, SeriesInstanceUID=known)
    assert "StudyInstanceUID is not a UID" in refusal(bench, item, out, StudyInstanceUID="1.02")
    assert "StudyDate is not a date" in refusal(bench, item, out, StudyDate="yesterday")
    assert "SeriesNumber is not a whole number" in refusal(bench, item, out, SeriesNumber="many")
    node.setVoxelArray(numpy.full((2, 3, 4), numpy.nan))
    assert "not finite" in refusal(bench, item, out)
    assert pluginOf(bench).export([]) == "there is nothing to export."
    (tmp_path / "file").write_text("x")
    exportable = pluginOf(bench).examineForExport(addVolume(bench, ramp("i2"))[0])[0]
    exportable.directory = str(tmp_path / "file")
    assert "cannot be written" in pluginOf(bench).export([exportable])
    exportable.directory = ""
    assert "need one directory" in pluginOf(bench).export([exportable])


def test_onlyVolumesOfAStudyOfAPatientAreOffered(bench):
    item, node = addVolume(bench, ramp("i2"))
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    plugin = pluginOf(bench)
    assert plugin.examineForExport(hierarchy.GetSceneItemID()) == []
    assert plugin.examineForExport(hierarchy.GetItemParent(item)) == []
    exportable = plugin.examineForExport(item)[0]
    assert isinstance(exportable, DICOMExportable) and exportable.confidence == 0.5
    hierarchy.SetItemParent(item, hierarchy.GetSceneItemID())
    assert plugin.examineForExport(item) == []


def test_theBarGoesFromStartToEndOnceForAllSeries(bench, tmp_path):
    item, _ = addVolume(bench, ramp("i2"))
    told = []
    clock = itertools.count().__next__  # so that every report is heard
    bench.context.progress = Progress(lambda state: told.append((state.done, state.total)), clock)
    plugin = pluginOf(bench)
    exportables = [plugin.examineForExport(item)[0] for _ in range(3)]
    for exportable in exportables:
        exportable.directory = str(tmp_path)
    assert plugin.export(exportables) == ""
    assert told == [(number, 12) for number in range(1, 13)]


def test_aFullDiskLeavesNothing(bench, tmp_path, monkeypatch):
    from DICOMPlugins.ScalarVolume import Writer

    saved = []

    def save(dataset, path):
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        saved.append(path)
        Path(path).write_bytes(b"")

    monkeypatch.setattr(Writer, "writePrivateFile", save)
    text = refusal(bench, addVolume(bench, ramp("i2"))[0], tmp_path / "out")
    assert "No space left on device" in text


def test_filesThatAreNotWhatWasMeantAreTakenAway(bench, tmp_path, monkeypatch):
    from DICOMPlugins.ScalarVolume import Writer

    written = Writer.writePrivateFile

    def damaged(change):
        def save(dataset, path):
            written(dataset, path)
            if path.endswith("IMG0003.dcm"):
                again = pydicom.dcmread(path)
                change(again)
                again.save_as(path)

        monkeypatch.setattr(Writer, "writePrivateFile", save)
        return refusal(bench, addVolume(bench, ramp("i2"))[0], tmp_path / "out")

    def flipBit(dataset):
        dataset.PixelData = bytes([dataset.PixelData[0] ^ 1]) + dataset.PixelData[1:]

    assert "1 of them" in damaged(flipBit)
    assert "ImagePositionPatient" in damaged(lambda dataset: setattr(dataset, "ImagePositionPatient", [1, 2, 3]))
    assert "SOPInstanceUID" in damaged(lambda dataset: setattr(dataset, "SOPInstanceUID", "1.2"))
    assert "ImageType is missing" in damaged(lambda dataset: setattr(dataset, "ImageType", ""))
    assert "PixelSpacing" in damaged(lambda dataset: setattr(dataset, "PixelSpacing", [1, 1]))


def test_aCancelLeavesNothing(bench, tmp_path):
    item, _ = addVolume(bench, ramp("i2"))
    plugin = pluginOf(bench)
    exportable = plugin.examineForExport(item)[0]
    exportable.directory = str(tmp_path / "out")
    bench.context.progress = Progress()
    bench.context.progress.cancel()
    with pytest.raises(CancelledError):
        plugin.export([exportable])
    assert os.listdir(tmp_path) == []


def test_imagesThatNoFileCanHoldAreRefused(bench, tmp_path):
    item, _ = addVolume(bench, numpy.zeros((1, 1, 65536), "u1"))
    assert "cannot be written (at most 65535 a side)" in refusal(bench, item, tmp_path / "out")


def test_filesAreForTheirOwnerOnly(bench, tmp_path):
    (file, *_) = export(bench, addVolume(bench, ramp("i2"))[0], tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert os.listdir(tmp_path) == [file.parent.name]


def test_exportToADatabaseIsThereWholeOrNotAtAll(bench, tmp_path):
    item, node = addVolume(bench, ramp("i2"))
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "database" / "ctkDICOM.sql"))
    plugin = pluginOf(bench)

    def write(folder):
        exportable = plugin.examineForExport(item)[0]
        exportable.directory = folder
        problem = plugin.export([exportable])
        if problem:
            raise ExportError(problem)

    report = exportToDatabase(database, write)
    assert report.instancesAdded == 4
    assert database.studyForSeries(plugin.exported[0].seriesInstanceUID)
    node.setVoxelArray(numpy.full((2, 3, 4), numpy.inf))
    with pytest.raises(ExportError, match="not finite"):
        exportToDatabase(database, write)
    assert len(database.allSeries()) == 1
    database.closeDatabase()


def test_twoVolumesGoToOneNewStudyTogether(bench, tmp_path):
    items = [addVolume(bench, ramp("i2"))[0], addVolume(bench, ramp("u2"))[0]]
    plugin = pluginOf(bench)
    exportables = [plugin.examineForExport(item)[0] for item in items]
    for exportable in exportables:
        exportable.directory = str(tmp_path)
    assert plugin.export(exportables) == ""
    studies = {pydicom.dcmread(next(Path(one.folder).iterdir())).StudyInstanceUID for one in plugin.exported}
    assert len(studies) == 1
    assert len({one.seriesInstanceUID for one in plugin.exported}) == 2
    assert plugin.exported[0].summary() == "Ergebnis: 4 files of CT Image."
