"""Compressed exports: valid, readable by others, and the same voxels again."""

import subprocess

import numpy
import pydicom
import pytest

from DICOMLib.Export.Compression import SYNTAXES
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import addVolume, export, pluginOf, refusal, reloaded
from Testing.Fixtures.ExportOracles import dciodvfy, dcmdumpReads, simpleITKVolume

SHAPE = (3, 40, 37)
KINDS = [("CT", "i2"), ("MR", "u2"), ("OT", "i1"), ("OT", "u1"), ("CT", "f4"), ("PT", "f4"), ("CR", "u2")]
# JPEG 2000 has no decoder in DCMTK.
DCMTK_DECODERS = {"RLE": "dcmdrle", "JPEG-LS": "dcmdjpls"}


def noise(dtype, shape=SHAPE):
    dtype = numpy.dtype(dtype)
    generator = numpy.random.default_rng(7)
    if dtype.kind == "f":
        return generator.uniform(0.1, 77.7, shape).astype(dtype)
    limits = numpy.iinfo(dtype)
    return generator.integers(limits.min, limits.max + 1, shape, dtype)


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize(("modality", "dtype"), KINDS)
def test_everyKindIsValidAndComesBack(bench, tmp_path, name, modality, dtype):  # noqa: F811
    item, node = addVolume(bench, noise(dtype))
    files = export(bench, item, tmp_path, Modality=modality, Compression=name)
    assert dciodvfy(files).errors == []
    dataset = pydicom.dcmread(files[1])
    assert dataset.file_meta.TransferSyntaxUID == SYNTAXES[name].syntaxUID
    assert len(files) == len(node.voxelArray()) and len(list(files[0].parent.iterdir())) == len(files)
    (again,) = reloaded(files[0].parent)
    array = node.voxelArray().astype("f8")
    slack = 0 if numpy.dtype(dtype).kind in "iu" else max(pydicom.dcmread(file).RescaleSlope for file in files) * 0.51
    assert numpy.abs(again.voxelArray().astype("f8") - array).max() <= slack
    assert again.ijkToRASArray() == pytest.approx(GEOMETRY, abs=1e-6)
    theirs = simpleITKVolume(files).array[0]
    if modality in ("CT", "PT") or slack == 0:
        assert numpy.abs(theirs.astype("f8") - array).max() <= slack + 1e-9


@pytest.mark.parametrize("name", SYNTAXES)
def test_coloursAreExactToo(bench, tmp_path, name):  # noqa: F811
    colours = noise("u1", (*SHAPE, 3))
    item, _ = addVolume(bench, colours, className="vtkMRMLVectorVolumeNode")
    files = export(bench, item, tmp_path, Modality="OT", Compression=name)
    assert dciodvfy(files).errors == []
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), colours)
    assert numpy.array_equal(simpleITKVolume(files).array[0], colours)


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize("dtype", ["i2", "u2", "u1"])
def test_DCMTKReadsTheSame(bench, tmp_path, name, dtype):  # noqa: F811
    item, node = addVolume(bench, noise(dtype))
    files = export(bench, item, tmp_path / "a", Modality="OT", Compression=name)
    assert "PixelSequence" in dcmdumpReads(files[0])
    if name not in DCMTK_DECODERS:
        return
    for k, file in enumerate(files):
        plain = tmp_path / "plain.dcm"
        run = subprocess.run([DCMTK_DECODERS[name], str(file), str(plain)], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        assert numpy.array_equal(pydicom.dcmread(plain).pixel_array, node.voxelArray()[k])


def test_theChoiceIsOfferedWithSingleImagesOnly(bench, tmp_path):  # noqa: F811
    item, _ = addVolume(bench, noise("i2"))
    plugin = pluginOf(bench)
    first, *others = plugin.exportFormats(item)
    assert first.tag("Compression") == "" and list(first.choices["Compression"]) == ["", *SYNTAXES]
    assert others and not any("Compression" in one.choices for one in others)
    others[0].directory = str(tmp_path / "out")
    others[0].setTag("Compression", "RLE")
    assert "only single images can be compressed" in plugin.export([others[0]])
    assert not (tmp_path / "out").exists()


def test_whatCannotBeCompressedIsRefusedInASentence(bench, tmp_path):  # noqa: F811
    item, _ = addVolume(bench, noise("i4"))
    for name in SYNTAXES:
        text = refusal(bench, item, tmp_path / "out", Modality="OT", Compression=name)
        assert f"{name} compresses images of 8 and 16 bits only" in text
    item, _ = addVolume(bench, noise("i2"))
    assert "there is no such compression" in refusal(bench, item, tmp_path / "out", Compression="ZIP")
    item, _ = addVolume(bench, noise("i2", (2, 31, 40)))
    text = refusal(bench, item, tmp_path / "out", Compression="JPEG 2000")
    assert "JPEG 2000 needs at least 32 rows and columns" in text
    item, _ = addVolume(bench, noise("i2", (2, 15, 40)))  # GDCM does not read all of these
    assert "RLE needs at least 16 rows and columns" in refusal(bench, item, tmp_path / "out", Compression="RLE")


def test_aDamagedCodestreamIsFoundByTheCheck(bench, tmp_path, monkeypatch):  # noqa: F811
    from DICOMPlugins.ScalarVolume import Writer

    whole = Writer.encapsulatedPixels

    def damaged(frames):
        (frame,) = frames
        return whole([frame[:-40] + bytes(40)])

    monkeypatch.setattr(Writer, "encapsulatedPixels", damaged)
    item, _ = addVolume(bench, noise("i2"))
    for name in SYNTAXES:
        text = refusal(bench, item, tmp_path / "out", Compression=name)
        assert "written files failed the check" in text or "read back are not those that were written" in text
