"""Voxels of all measurements side by side."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import CancelledError, FileError, PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Geometry.Planes import planesOf
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Progress import Progress
from DICOMPlugins.Diffusion import Loading
from DICOMPlugins.Diffusion.DiffusionSeries import DiffusionSeries
from DICOMPlugins.Diffusion.Loading import interleave, readMeasurements
from DICOMPlugins.Diffusion.SeriesReading import readSeries
from DICOMPlugins.Diffusion.Standard import StandardRule
from DICOMPlugins.Diffusion.Weighting import Weighting
from Testing.DICOMPlugins.Diffusion.Slices import SIX
from Testing.Fixtures.Encoding import encodeDataset
from Testing.Fixtures.SeriesBuilder import SeriesBuilder

SCHEME = [(0, None), *((1000, one) for one in SIX)]


def writeClassic(folder, dtype="int16", slices=4, rescale=None, rows=5, columns=6):
    """Files of 7 measurements, and their voxels (slices, rows, columns, measurements)."""
    voxels = numpy.random.default_rng(3).integers(0, 4000, (slices, rows, columns, len(SCHEME)))
    for n, (bValue, direction) in enumerate(SCHEME):
        builder = SeriesBuilder(modality="MR", rows=rows, columns=columns, slices=slices, dtype=dtype, rescale=rescale,
                                pattern=voxels[..., n] * (rescale or (1,))[0])  # fmt: skip
        for k, dataset in enumerate(builder.datasets()):
            dataset.SOPInstanceUID = f"2.25.{100 * n + k + 1}"
            dataset.InstanceNumber = n * slices + k + 1
            dataset.DiffusionBValue = float(bValue)
            if direction:
                dataset.DiffusionGradientOrientation = list(direction)
            (folder / f"{n}-{k}.dcm").write_bytes(encodeDataset(dataset))
    return voxels


def seriesIn(folder):
    tags = tuple(StandardRule.tags.values())
    instances = [scanFile(path, tags).toInstance() for path in sorted(folder.iterdir(), reverse=True)]
    (series,) = readSeries(planesOf(instances)).series
    return series


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32"])
@pytest.mark.parametrize("bytesAtOnce", [1, 1000, 32 << 20])
def test_voxelsKeepTheirTypeAndTheValuesOfAVoxelAreSideBySide(tmp_path, monkeypatch, dtype, bytesAtOnce):
    monkeypatch.setattr(Loading, "BYTES_AT_ONCE", bytesAtOnce)
    expected = writeClassic(tmp_path, dtype) if dtype != "uint8" else None
    if expected is None:
        expected = writeClassic(tmp_path, dtype) % 4000
        expected = expected.clip(0, 255)
    found = readMeasurements(seriesIn(tmp_path), "native")
    assert found.array.dtype == dtype
    assert found.array.flags.c_contiguous
    assert numpy.array_equal(found.array, expected)


def test_rescaledValuesAreThoseOfTheModality(tmp_path):
    expected = writeClassic(tmp_path, "uint16", rescale=(0.5, 0.0))
    found = readMeasurements(seriesIn(tmp_path), "native")
    assert found.array.dtype == numpy.float32
    assert numpy.array_equal(found.array, expected * 0.5)


def test_aTruncatedFileIsRefusedByName(tmp_path):
    writeClassic(tmp_path)
    path = tmp_path / "3-2.dcm"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(PixelDataError, match="3-2.dcm"):
        readMeasurements(seriesIn(tmp_path), "native")


def test_progressCountsAllSlicesOfAllPortions(tmp_path, monkeypatch):
    monkeypatch.setattr(Loading, "BYTES_AT_ONCE", 1000)
    writeClassic(tmp_path)
    seen = []
    progress = Progress(lambda one: seen.append((one.done, one.total)), clock=iter(range(100_000)).__next__)
    readMeasurements(seriesIn(tmp_path), "native", progress)
    assert seen[-1] == (28, 28) and {total for _, total in seen} == {28}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_loadingCanBeCancelled(tmp_path):
    writeClassic(tmp_path)
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        readMeasurements(seriesIn(tmp_path), "native", progress)


@pytest.mark.parametrize("pixels", [(5, 7), (64, 65), (90, 100)])
def test_interleavingWritesEveryPixelOfEveryMeasurement(pixels):
    block = numpy.random.default_rng(0).integers(0, 60000, (7, 3, *pixels)).astype("uint16")
    target = numpy.zeros((3, *pixels, 7), "uint16")
    interleave(block.swapaxes(0, 1), target)
    assert numpy.array_equal(target, numpy.moveaxis(block, 0, -1))


def test_interleavingAPortionLeavesTheOthersAlone():
    block = numpy.random.default_rng(0).integers(1, 60000, (2, 3, 64, 65)).astype("uint16")
    target = numpy.zeros((3, 64, 65, 5), "uint16")
    interleave(block.swapaxes(0, 1), target[..., 2:4])
    assert numpy.array_equal(target[..., 2:4], numpy.moveaxis(block, 0, -1))
    assert not target[..., :2].any() and not target[..., 4:].any()


def test_aWiderTypeThatComesLaterHoldsEverything():
    first = numpy.full((2, 2, 2, 2), 7, "int16")
    assert Loading._prepared(first, (2, 2, 2, 2), numpy.dtype("uint16")).dtype == numpy.int32
    assert Loading._prepared(first, (2, 2, 2, 2), numpy.dtype("int16")) is first
    wider = Loading._prepared(first, (2, 2, 2, 2), numpy.dtype("float32"))
    assert wider.dtype == numpy.float32 and (wider == 7).all()


def test_theDatabaseKeepsWhatTheRulesNeed(tmp_path):
    writeClassic(tmp_path)
    database = DICOMDatabase()
    database.openDatabase("")
    try:
        database.tagsToPrecache = sorted(set(StandardRule.tags.values()))
        records = database.instanceRecordsForFiles(sorted(str(path) for path in tmp_path.iterdir()))
        assert len(readSeries(planesOf(records)).series[0]) == 7
    finally:
        database.closeDatabase()


@pytest.mark.data
@pytest.mark.parametrize("bytesAtOnce", [1, 32 << 20])
def test_tilesOfMosaicsAreReadMeasurementByMeasurement(sharedData, monkeypatch, bytesAtOnce):
    monkeypatch.setattr(Loading, "BYTES_AT_ONCE_PACKED", bytesAtOnce)
    paths = sorted((sharedData / "dwi/siemens_mosaic_vd_roll/dicom").iterdir())[:3]
    planes = planesOf([scanFile(path).toInstance() for path in paths])
    series = DiffusionSeries(planes, Weighting.unknown(len(planes)), numpy.arange(108).reshape(3, 36))
    found = readMeasurements(series, "native")
    assert found.array.shape == (36, 72, 72, 3)
    for number, stack in enumerate(series.stacks):
        assert numpy.array_equal(found.array[..., number], readVolume(stack.sources).array)


@pytest.mark.parametrize("worthAThread", [1, 1 << 40])
def test_portionsAreReadWhileThoseBeforeAreWritten(tmp_path, monkeypatch, worthAThread):
    """By one thread or several, with portions that do not divide the slices evenly."""
    monkeypatch.setattr(Loading, "BYTES_AT_ONCE", 3 * 2 * 5 * 6 * len(SCHEME))
    monkeypatch.setattr(Loading, "BYTES_WORTH_A_THREAD", worthAThread)
    expected = writeClassic(tmp_path, slices=7)
    series = seriesIn(tmp_path)
    assert [len(portion.slices) for portion in Loading.portionsOf(series)] == [3, 3, 1]
    assert numpy.array_equal(readMeasurements(series, "native").array, expected)


def test_aFileThatFailsWhileOthersAreWrittenIsNamed(tmp_path, monkeypatch):
    monkeypatch.setattr(Loading, "BYTES_AT_ONCE", 1)
    writeClassic(tmp_path)
    series = seriesIn(tmp_path)
    (tmp_path / "6-3.dcm").unlink()
    with pytest.raises(FileError, match="6-3.dcm"):
        readMeasurements(series, "native")
