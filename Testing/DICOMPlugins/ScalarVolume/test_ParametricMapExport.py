"""Volumes as parametric maps, through the whole of export, import and load: every value stays what it is."""

import os
from pathlib import Path

import highdicom
import numpy
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydicom.pixels import pixel_array
from pydicom.sr.codedict import codes

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMPlugins.ScalarVolume import ParametricMapExport
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY, oblique, places, ramp
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import DIFFUSIVITY, addVolume, loaded, pluginOf, reloaded
from Testing.DICOMPlugins.ScalarVolume.MultiFrameExport import (
    MAP,
    assertFramesAreThoseOf,
    assertHighdicomReads,
    assertValid,
    everythingKept,
    exportAs,
    offered,
    refusalOf,
)
from Testing.Fixtures import SeriesBuilder, axialCT, tiltedCT
from Testing.Fixtures.ExportOracles import dciodvfy

QUANTITY = '(113041, DCM, "Apparent Diffusion Coefficient")'


STORED = {"f4": "f4", "f8": "f8", "i1": "i2", "u1": "u2", "i2": "i2", "u2": "u2", "i4": "f8", "u4": "f8"}


@pytest.mark.parametrize("modality", ["CT", "MR", "PT", "OT"])
@pytest.mark.parametrize("dtype", STORED)
def test_everyTypeIsValidAndComesBackWithoutAnyLoss(bench, tmp_path, modality, dtype):
    item, node = addVolume(bench, ramp(dtype))
    node.SetVoxelValueUnits(DIFFUSIVITY)
    node.SetVoxelValueQuantity(QUANTITY)
    file = exportAs(bench, item, tmp_path, MAP, modality)
    assertValid(file)
    (again,) = reloaded(file.parent)
    assert again.voxelArray().dtype == numpy.dtype(STORED[dtype])
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    assert bench.exported.largestError == 0
    assert again.ijkToRASArray() == pytest.approx(GEOMETRY, abs=1e-6)
    assert (again.GetVoxelValueUnits(), again.GetVoxelValueQuantity()) == (DIFFUSIVITY, QUANTITY)
    assert numpy.array_equal(pixel_array(file), node.voxelArray())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    array=st.sampled_from(["f4", "f8"]).flatmap(lambda dtype: arrays(dtype, (3, 2, 3))),
    matrix=places,
)
def test_everyNumberInEveryOrientationComesBackBitByBit(tmp_path_factory, array, matrix):
    """NaN, infinities, the smallest and the largest numbers too."""
    bench = Bench()
    item, _ = addVolume(bench, array, matrix)
    file = exportAs(bench, item, tmp_path_factory.mktemp("out"), MAP, "OT")
    (again,) = reloaded(file.parent)
    assert numpy.abs(again.ijkToRASArray() - matrix).max() <= 1e-6
    assert again.voxelArray().tobytes() == array.tobytes()
    bench.close()


@pytest.mark.parametrize("builder", [axialCT(), tiltedCT()], ids=["axial", "tilted"])
def test_aLoadedSeriesIsReferredToFrameByFrame(bench, tmp_path, builder):
    builder.extra.update(BodyPartExamined="HEAD", KVP="120")
    item, node = loaded(bench, tmp_path, builder)
    node.setVoxelArray(node.voxelArray().astype("f4") * 0.37)
    file = exportAs(bench, item, tmp_path / "out", MAP)
    assertValid(file)
    dataset = pydicom.dcmread(file)
    assert (dataset.BodyPartExamined, dataset.Modality) == ("HEAD", "CT")
    assert dataset.FrameOfReferenceUID == builder.frameOfReferenceUID
    assert list(dataset.ImageType) == ["DERIVED", "PRIMARY", "VOLUME", "QUANTITY"]
    assertFramesAreThoseOf(dataset, builder, node)
    assert "dropped  KVP: '120' (parametric maps have no place for it)" in bench.exported.difference
    (again,) = reloaded(file.parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    assert again.ijkToRASArray() == pytest.approx(node.ijkToRASArray(), abs=1e-6)


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_allThatIsKeptOfASourceIsValid(bench, tmp_path, modality):
    item, _ = loaded(bench, tmp_path, SeriesBuilder(modality=modality, extra=everythingKept(modality)))
    file = exportAs(bench, item, tmp_path / "out", MAP, modality)
    assert dciodvfy(file).errors == []
    dataset = pydicom.dcmread(file)
    assert (dataset.LossyImageCompression, dataset.PatientIdentityRemoved) == ("01", "YES")


def test_aVolumeOfImagesWithTextInTheirPixelsIsRefused(bench, tmp_path):
    item, _ = loaded(bench, tmp_path, SeriesBuilder(modality="CT", extra={"BurnedInAnnotation": "YES"}))
    assert "have text in their pixels" in refusalOf(bench, item, tmp_path / "out", MAP)


def test_aValueWithoutAUnitSaysSo(bench, tmp_path):
    file = exportAs(bench, addVolume(bench, ramp("f4"))[0], tmp_path, MAP, "OT")
    (mapping,) = pydicom.dcmread(file).SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "1"
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)
    first, last = mapping.DoubleFloatRealWorldValueFirstValueMapped, mapping.DoubleFloatRealWorldValueLastValueMapped
    assert (first, last) == (numpy.float32(-12.5), numpy.float32(77.7))
    (again,) = reloaded(file.parent)
    assert again.GetVoxelValueUnits() in ("", '(1, UCUM, "no units")')


def test_theWindowTextAndLabelAreWritten(bench, tmp_path):
    item, node = addVolume(bench, ramp("f4"))
    node.SetName("ADC-Größe 2")
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevel(0.5, 0.25)
    file = exportAs(bench, item, tmp_path, MAP, "MR", SeriesDescription="Größe 大")
    assertValid(file)
    dataset = pydicom.dcmread(file)
    assert (str(dataset.PatientName), dataset.SeriesDescription) == ("Müller^Jürgen", "Größe 大")
    assert dataset.ContentDescription == "Größe 大"
    assert dataset.ContentLabel == "ADC_GR_SSE 2"
    (again,) = reloaded(file.parent)
    assert (again.GetDisplayNode().GetWindow(), again.GetDisplayNode().GetLevel()) == (0.5, 0.25)
    assert file.stat().st_mode & 0o777 == 0o600


def test_highdicomReadsTheSameVolume(bench, tmp_path):
    item, node = addVolume(bench, ramp("f4"), oblique((1, 0.2, -0.3, 0.1), (0.7, 0.8, 2.5), (10, 20, 30)))
    image = highdicom.imread(exportAs(bench, item, tmp_path, MAP, "MR"))
    assertHighdicomReads(image.get_volume(), node)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_aMapOfHighdicomLoadsWithItsRealWorldValues(bench, tmp_path, dtype):
    builder = axialCT()
    builder.write(tmp_path / "source")
    sources = [pydicom.dcmread(file) for file in sorted((tmp_path / "source").iterdir())]
    shape = len(sources), sources[0].Rows, sources[0].Columns
    stored = numpy.arange(numpy.prod(shape)).reshape(shape).astype(dtype)
    isInteger = numpy.dtype(dtype).kind == "u"
    limits = (0, 65535) if isInteger else (0.0, 1e6)
    mapping = highdicom.pm.RealWorldValueMapping(
        lut_label="ADC", lut_explanation="ADC", unit=codes.UCUM.SquareMillimeterPerSecond, value_range=limits,
        slope=0.5, intercept=-3.0, quantity_definition=codes.DCM.ApparentDiffusionCoefficient,
    )  # fmt: skip
    made = highdicom.pm.ParametricMap(
        sources, stored[..., None], "1.2.3.4", 7, "1.2.3.5", 1, "Maker", "Model", "1", "1", True, [[mapping]], 0, 100
    )
    (tmp_path / "map").mkdir()
    made.save_as(tmp_path / "map" / "map.dcm")
    (node,) = reloaded(tmp_path / "map")
    expected = stored.astype("f8") * 0.5 - 3
    assert numpy.array_equal(node.voxelArray(), expected)
    assert node.GetVoxelValueUnits().startswith("(mm2/s, UCUM")
    assert node.GetVoxelValueQuantity() == '(113041, DCM, "Apparent Diffusion Coefficient")'
    assert node.GetAttribute("DICOM.voxelValues") == "real world values ADC"


def test_itIsOfferedAsLosslessForRealNumbers(bench):
    item, node = addVolume(bench, ramp("f4"))
    one = offered(bench, item, MAP)
    assert "without any loss" in one.tooltip and 0.4 < one.confidence < 0.5
    assert pluginOf(bench).exportFormats(item)[0].format == ""
    node.setVoxelArray(ramp("i2"))
    assert offered(bench, item, MAP).confidence < one.confidence
    colours, _ = addVolume(bench, numpy.zeros((2, 3, 4, 3), "u1"), className="vtkMRMLVectorVolumeNode")
    assert offered(bench, colours, MAP) is None


def test_badWishesGetASentenceAndLeaveNothing(bench, tmp_path, monkeypatch):
    item, node = addVolume(bench, ramp("f4"))
    out = tmp_path / "out"
    assert "cannot be of this modality" in refusalOf(bench, item, out, MAP, Modality="SEG")
    assert "Modality is empty" in refusalOf(bench, item, out, MAP, Modality="")
    assert "StudyDate is not a date" in refusalOf(bench, item, out, MAP, StudyDate="yesterday")
    node.setVoxelArray(numpy.full((2, 3, 4), (1 << 53) + 1, "i8"))
    assert "no DICOM object holds integers of this size exactly (9007199254740993)" in refusalOf(bench, item, out, MAP)
    node.setVoxelArray(numpy.array([0, 5, -(1 << 62), 7], "i8").reshape(2, 1, 2))
    assert "of this size exactly (-4611686018427387904)" in refusalOf(bench, item, out, MAP)
    node.setVoxelArray(numpy.full((2, 3, 4), 1 << 53, "i8"))
    (again,) = reloaded(exportAs(bench, item, tmp_path / "large", MAP).parent)
    assert (again.voxelArray() == 1 << 53).all()
    from DICOMLib.Export import FrameWriting

    monkeypatch.setattr(FrameWriting, "LARGEST_PIXEL_BYTES", 100)
    assert "larger than one object can hold" in refusalOf(bench, item, out, MAP)


def test_aFileThatIsNotWhatWasMeantIsTakenAway(bench, tmp_path, monkeypatch):
    written = ParametricMapExport.writeFrames

    def damaged(change, array=None):
        def write(dataset, path, *arguments):
            written(dataset, path, *arguments)
            content = bytearray(Path(path).read_bytes())
            change(content)
            Path(path).write_bytes(content)

        monkeypatch.setattr(ParametricMapExport, "writeFrames", write)
        item, _ = addVolume(bench, ramp("f4") if array is None else array)
        return refusalOf(bench, item, tmp_path / "out", MAP)

    def flipBit(content):
        content[-1] ^= 1

    assert "1 of them" in damaged(flipBit)
    assert "1 of them" in damaged(flipBit, numpy.full((2, 3, 4), numpy.nan))
    assert "failed the check" in damaged(lambda content: content.__delitem__(slice(-8, None)))


def test_aCancelLeavesNothing(bench, tmp_path):
    exportable = offered(bench, addVolume(bench, ramp("f8"))[0], MAP)
    exportable.directory = str(tmp_path / "out")
    bench.context.progress = Progress()
    bench.context.progress.cancel()
    with pytest.raises(CancelledError):
        pluginOf(bench).export([exportable])
    assert os.listdir(tmp_path) == []


def test_uptakeValuesStayUptakeValues(bench, tmp_path):
    builder = SeriesBuilder(modality="PT", rescale=(1.5, 0.0), extra={"Units": "GML"})
    item, node = loaded(bench, tmp_path, builder)
    node.setVoxelArray(node.voxelArray().astype("f4") / 7)
    file = exportAs(bench, item, tmp_path / "out", MAP, "PT")
    assertValid(file)
    (again,) = reloaded(file.parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())
    assert again.GetVoxelValueUnits() == node.GetVoxelValueUnits()
    assert "SUVbw" in again.GetVoxelValueUnits()
