"""What written volumes keep of the images they were loaded from."""

import subprocess

import numpy
import pydicom
import pytest

from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import (
    export,
    loaded,
    reloaded,
    thick,
)
from Testing.Fixtures import SeriesBuilder, axialCT, obliqueMR, tiltedCT
from Testing.Fixtures.ExportOracles import dciodvfy


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR(), tiltedCT()], ids=["axial", "oblique", "tilted"])
def test_aLoadedSeriesComesBackWithWhatStillHolds(bench, tmp_path, builder):
    builder.extra.update(BodyPartExamined="HEAD", InstitutionName="Klinik", StationName="S1")
    builder.edit = lambda dataset, k: setattr(dataset, "AcquisitionTime", f"10100{k}")
    item, node = loaded(bench, tmp_path, builder)
    files = export(bench, item, tmp_path / "out")
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)
    for k, file in enumerate(files):
        dataset = pydicom.dcmread(file)
        assert (dataset.BodyPartExamined, dataset.InstitutionName) == ("HEAD", "Klinik")
        assert dataset.AcquisitionTime == f"10100{k}"
        assert dataset.StudyInstanceUID == builder.studyUID
        assert dataset.SeriesInstanceUID != builder.seriesUID
        assert dataset.FrameOfReferenceUID == builder.frameOfReferenceUID
        (reference,) = dataset.SourceImageSequence
        assert reference.ReferencedSOPInstanceUID == builder.sopInstanceUID(k)
        assert dataset.SeriesDescription == builder.seriesDescription
    assert "changed  SeriesInstanceUID" in bench.exported.difference
    assert "BodyPartExamined" not in bench.exported.difference


def test_aMovedVolumeHasAFrameOfReferenceOfItsOwnUnlessItIsSet(bench, tmp_path):
    builder = axialCT()
    item, node = loaded(bench, tmp_path, builder)
    node.SetOrigin(1, 2, 3)
    dataset = pydicom.dcmread(export(bench, item, tmp_path / "a")[0])
    assert dataset.FrameOfReferenceUID != builder.frameOfReferenceUID
    assert len(dataset.SourceImageSequence) == builder.slices
    dataset = pydicom.dcmread(export(bench, item, tmp_path / "b", FrameOfReferenceUID="1.2.3")[0])
    assert dataset.FrameOfReferenceUID == "1.2.3"


def test_whatIsOfAnotherPatientOrModalityIsDropped(bench, tmp_path):
    builder = SeriesBuilder(modality="CT", extra={"KVP": "120", "PatientAge": "040Y", "BodyPartExamined": "HEAD"})
    item, _ = loaded(bench, tmp_path, builder)
    kept = pydicom.dcmread(export(bench, item, tmp_path / "a")[0])
    assert (kept.KVP, kept.PatientAge) == (120, "040Y")
    tags = {"Modality": "MR", "PatientID": "other", "StudyInstanceUID": ""}
    other = pydicom.dcmread(export(bench, item, tmp_path / "b", **tags)[0])
    assert "KVP" not in other and "PatientAge" not in other
    assert other.BodyPartExamined == "HEAD"
    assert "dropped  KVP: '120' (it is of another modality)" in bench.exported.difference
    assert "dropped  PatientAge: '040Y' (it is of another study)" in bench.exported.difference


CONDITIONAL = {
    "head": {"BodyPartExamined": "HEAD"},
    "knee": {"BodyPartExamined": "KNEE", "Laterality": "L"},
    "side unknown": {"BodyPartExamined": "KNEE"},
    "no inversion": {"InversionTime": "0", "TriggerTime": "0", "ScanOptions": "", "ScanningSequence": "SE"},
    "inversion": {"InversionTime": "900", "ScanningSequence": "IR", "SequenceVariant": "MP"},
}


@pytest.mark.parametrize("extra", CONDITIONAL.values(), ids=CONDITIONAL)
def test_whatIsKeptIsValidToo(bench, tmp_path, extra):
    builder = obliqueMR()
    builder.extra.update(extra)
    item, _ = loaded(bench, tmp_path, builder)
    file = export(bench, item, tmp_path / "out")[0]
    checked = subprocess.run(["dciodvfy", "-new", str(file)], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0 and "Error" not in checked.stdout + checked.stderr
    dataset = pydicom.dcmread(file)
    assert dataset.get("InversionTime") == (900 if extra.get("ScanningSequence") == "IR" else None)
    if extra.get("BodyPartExamined") == "KNEE":
        assert dataset.Laterality == extra.get("Laterality", "")


def test_aPETKeepsWhatUptakeIsComputedFrom(bench, tmp_path):
    dose = pydicom.Dataset()
    dose.RadionuclideTotalDose, dose.RadionuclideHalfLife = "3.7e8", "6586.2"
    dose.RadiopharmaceuticalStartTime = "090000"
    extra = {"RadiopharmaceuticalInformationSequence": [dose], "Units": "BQML", "PatientWeight": "70",
             "SeriesDate": "20260314", "SeriesTime": "100000", "DecayCorrection": "START",
             "CorrectedImage": ["DECY", "ATTN"]}  # fmt: skip
    builder = SeriesBuilder(modality="PT", rescale=(1.5, 0.0), extra=extra)
    item, _ = loaded(bench, tmp_path, builder)
    dataset = pydicom.dcmread(export(bench, item, tmp_path / "out")[0])
    (kept,) = dataset.RadiopharmaceuticalInformationSequence
    assert (kept.RadionuclideTotalDose, kept.RadionuclideHalfLife) == (3.7e8, 6586.2)
    assert (dataset.Units, dataset.PatientWeight, dataset.SeriesTime) == ("BQML", 70, "100000")
    assert (dataset.DecayCorrection, list(dataset.CorrectedImage)) == ("START", ["DECY", "ATTN"])


def test_nonsenseInTheSourceDoesNotGetInTheWay(bench, tmp_path):
    builder = axialCT()
    builder.frameOfReferenceUID = "no UID"
    builder.edit = lambda dataset, k: dataset.update({"ImageType": ["ORIGINAL", "PRIMARY", "axial!"]})
    item, node = loaded(bench, tmp_path, builder)
    node.SetVoxelValueUnits("(" + "x" * 40 + ', UCUM, "a unit of too many letters")')
    dataset = pydicom.dcmread(export(bench, item, tmp_path / "out")[0])
    assert dataset.FrameOfReferenceUID.startswith("2.25.")
    assert list(dataset.ImageType) == ["DERIVED", "SECONDARY", "AXIAL"]
    assert "RealWorldValueMappingSequence" not in dataset


@pytest.mark.parametrize("thicknesses", [("1.25",) * 4, ("1.25", "1.25", "2.5", "2.5")])
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_slicesOfTheSourceStayAsThickAsTheyAre(bench, tmp_path, modality, thicknesses):
    item, node = loaded(bench, tmp_path, thick(thicknesses, modality=modality))
    files = export(bench, item, tmp_path / "out")
    datasets = [pydicom.dcmread(file) for file in files]
    assert [str(dataset.SliceThickness) for dataset in datasets] == [*thicknesses]
    assert {float(dataset.SpacingBetweenSlices) for dataset in datasets} == {1.0}
    assert all(dciodvfy(file).errors == [] for file in files)
    (again,) = reloaded(files[0].parent)
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)


@pytest.mark.parametrize("thickness", ["", "0", "-1"])
def test_anUnknownThicknessIsTheDistance(bench, tmp_path, thickness):
    item, _ = loaded(bench, tmp_path, thick((thickness, "2", "2")))
    files = export(bench, item, tmp_path / "out")
    assert {float(pydicom.dcmread(file).SliceThickness) for file in files} == {1.0}


def test_slicesThatAreNotTheSourcesAreAsThickAsTheyAreApart(bench, tmp_path):
    item, node = loaded(bench, tmp_path, thick())
    node.SetIJKToRASMatrix(node.ijkToRASArray() @ numpy.diag([1, 1, 3, 1.0]))
    files = export(bench, item, tmp_path / "out")
    assert {float(pydicom.dcmread(file).SliceThickness) for file in files} == {3.0}
