"""What image objects may say, as readers find it in the files."""

import numpy
import pydicom
import pytest

from DICOMPlugins.ScalarVolume.ImageObjects import code, unitWord
from Testing.DICOMPlugins.MadeVolumes import ramp
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import addVolume, export, loaded, refusal, reloaded
from Testing.DICOMPlugins.ScalarVolume.MultiFrameExport import exportAs
from Testing.Fixtures import axialCT
from Testing.Fixtures.ExportOracles import dciodvfy, simpleITKVolume


def addInverted(bench, array):
    item, node = addVolume(bench, array)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetInvert(True)
    return item


@pytest.mark.parametrize("modality", ["NM", "PT", "US"])
def test_kindsThatAreShownBrightOnDarkOnlyAreWrittenSo(bench, tmp_path, modality):
    (file, *_) = export(bench, addInverted(bench, ramp("u1")), tmp_path, Modality=modality)
    assert pydicom.dcmread(file).PhotometricInterpretation == "MONOCHROME2"
    assert dciodvfy(file).errors == []


@pytest.mark.parametrize("modality", ["CT", "MR", "CR", "OT"])
def test_othersSayThatTheyAreShownDarkOnBright(bench, tmp_path, modality):
    (file, *_) = export(bench, addInverted(bench, ramp("u2")), tmp_path, Modality=modality)
    assert pydicom.dcmread(file).PhotometricInterpretation == "MONOCHROME1"
    assert dciodvfy(file).errors == []


@pytest.mark.parametrize("dtype", ["i4", "u4"])
def test_imagesOf32BitsAreNeverTurnedAroundByReaders(bench, tmp_path, dtype):
    """GDCM, and so SimpleITK, gives memory that was never written for those of MONOCHROME1."""
    array = ramp(dtype)
    files = export(bench, addInverted(bench, array), tmp_path, Modality="OT")
    for k, file in enumerate(files):
        assert pydicom.dcmread(file).PhotometricInterpretation == "MONOCHROME2"
        assert numpy.array_equal(simpleITKVolume([file]).array[0, 0], array[k])
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), array)


def test_oneSliceOfNuclearMedicineComesBackInItsPlace(bench, tmp_path):
    geometry = numpy.array([[0, 2.0, 0, 5], [-1.5, 0, 0, 6], [0, 0, 4.0, 7], [0, 0, 0, 1]])
    item, _ = addVolume(bench, ramp("u2", (1, 5, 7)), geometry)
    files = export(bench, item, tmp_path, Modality="NM")
    assert bench.exported.storageName == "Nuclear Medicine Image"
    (again,) = reloaded(files[0].parent)
    assert again.hasPlaceInPatient()
    assert again.ijkToRASArray() == pytest.approx(geometry, abs=1e-6)


def test_aCodeThatWouldBeSeveralValuesIsNoCode():
    assert code('(um2/s, UCUM, "um2/s")') == ("um2/s", "UCUM", "um2/s")
    assert code('(um2/s, UCUM, "one\\two")') is None
    assert code('(um2/s, UCUM, "one\ntwo")') is None


@pytest.mark.parametrize("window", [(numpy.nan, 40), (400, numpy.inf), (0, 40), (-5, 40)])
def test_aWindowThatShowsNothingIsLeftOut(bench, tmp_path, window):
    item, node = addVolume(bench, ramp("i2"))
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(*window)
    (file, *_) = export(bench, item, tmp_path)
    assert "WindowWidth" not in pydicom.dcmread(file)
    assert dciodvfy(file).errors == []


@pytest.mark.parametrize("format", ["enhanced", "parametricMap"])
def test_whatWasLossyStaysLossyInAllFormats(bench, tmp_path, format):
    builder = axialCT()
    builder.extra.update(LossyImageCompression="01", LossyImageCompressionRatio="12")
    item, _ = loaded(bench, tmp_path, builder)
    file = exportAs(bench, item, tmp_path / "out", format, LossyImageCompression="00")
    assert pydicom.dcmread(file).LossyImageCompression == "01"


SIDES = [("", "L", ""), ("HEAD", "L", None), ("KNEE", "L", "L"), ("KNEE", "B", ""), ("", "", ""), ("HEAD", "", None)]


@pytest.mark.parametrize("format", ["classic", "enhanced"])
@pytest.mark.parametrize(("part", "side", "written"), SIDES)
def test_aSideIsSaidOnlyOfWhatThereAreTwoOf(bench, tmp_path, part, side, written, format):
    builder = axialCT()
    builder.extra.update(BodyPartExamined=part, Laterality=side)
    item, _ = loaded(bench, tmp_path, builder)
    if format == "enhanced":
        file = exportAs(bench, item, tmp_path / "out", format)
    else:
        file = export(bench, item, tmp_path / "out")[0]
    assert pydicom.dcmread(file).get("Laterality") == written
    assert dciodvfy(file).errors == []


def test_aSideThatWasSetIsNotLostUnsaid(bench, tmp_path):
    item, _ = addVolume(bench, ramp("i2"))
    assert "body part that a person has two of" in refusal(bench, item, tmp_path / "out", Laterality="L")
    (file, *_) = export(bench, item, tmp_path / "out", Laterality="L", BodyPartExamined="KNEE")
    assert pydicom.dcmread(file).Laterality == "L"


@pytest.mark.parametrize(
    ("units", "word"),
    [
        ("", ""), ("nonsense", ""), ('(1, UCUM, "no units")', ""), ("([hnsf'U], UCUM, \"Hounsfield unit\")", "HU"),
        ('(um2/s, UCUM, "um2/s")', "um2/s"), ('({SUVbw}g/ml, UCUM, "SUV body weight")', "SUVbw g/ml"),
        ('({counts}/s, UCUM, "Counts per second")', "counts/s"), ('(112031, DCM, "Attenuation")', "Attenuation"),
    ],
)  # fmt: skip
def test_unitsAreToldAsPeopleWriteThem(units, word):
    assert unitWord(units) == word


@pytest.mark.parametrize("format", ["", "enhanced"])
@pytest.mark.parametrize(("units", "ending"), [('(um2/s, UCUM, "um2/s")', " um2/s."), ("", ".")])
def test_theRoundingErrorHasTheUnitOfTheVolume(bench, tmp_path, format, units, ending):
    item, node = addVolume(bench, ramp("f4"))
    node.SetVoxelValueUnits(units)
    if format:
        exportAs(bench, item, tmp_path, format, "MR")
    else:
        export(bench, item, tmp_path, Modality="MR")
    error = f"{bench.exported.largestError:.3g}"
    assert bench.exported.summary().endswith(f"with a largest rounding error of {error}{ending}")
