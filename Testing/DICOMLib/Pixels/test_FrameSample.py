"""What is read of a file for a preview: one frame, thinned, and nothing at all of a file that cannot hold it."""

import tracemalloc
from dataclasses import replace

import numpy
import pytest
from pydicom import dcmread

from DICOMLib.Errors import FileError, LimitExceededError, PixelDataError, WorkerError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.FrameSample import sampleMiddleFrame
from Testing.Fixtures import axialCT, compressibleCT, rgbSecondaryCapture, ultrasoundCine

EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
MEGABYTE = 1 << 20


def written(builder, folder, number=0):
    return scanFile(builder.write(folder)[number]).toInstance()


@pytest.mark.parametrize("transferSyntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", EXPLICIT_BIG_ENDIAN])
def test_aNativeImageNotLargerThanAskedComesWhole(tmp_path, transferSyntax):
    builder = axialCT(transferSyntax=transferSyntax, dtype="int16", bitsStored=12)
    sample = sampleMiddleFrame(written(builder, tmp_path, 2), 64)
    assert numpy.array_equal(sample.pixels, builder.storedArray[2])


def test_aLargeNativeImageIsThinned(tmp_path):
    builder = axialCT(rows=70, columns=45, slices=1)
    sample = sampleMiddleFrame(written(builder, tmp_path), 20)
    assert numpy.array_equal(sample.pixels, builder.storedArray[0][::3, ::2])


@pytest.mark.parametrize("planarConfiguration", [0, 1])
@pytest.mark.parametrize("size", [8, 64])
def test_colourPixelsAndColourPlanesComeTheSame(tmp_path, planarConfiguration, size):
    builder = rgbSecondaryCapture(rows=20, columns=30, planarConfiguration=planarConfiguration)
    steps = (2, 3) if size == 8 else (1, 1)
    expected = builder.storedArray[0][:: steps[0], :: steps[1]]
    assert numpy.array_equal(sampleMiddleFrame(written(builder, tmp_path), size).pixels, expected)


@pytest.mark.parametrize("transferSyntax", ["", RLE, JPEG_2000])
def test_ofSeveralFramesTheMiddleOneIsTaken(tmp_path, workers, transferSyntax):
    changes = {"transferSyntax": transferSyntax} if transferSyntax else {}
    builder = axialCT(rows=64, columns=64, slices=7, multiframe=True, bitsStored=12, **changes)
    sample = sampleMiddleFrame(written(builder, tmp_path), 64, workers)
    assert numpy.array_equal(sample.pixels, builder.storedArray[3])


def test_aCompressedImageIsThinnedByTheWorker(tmp_path, workers):
    builder = compressibleCT(RLE, rows=64, columns=64, slices=1)
    sample = sampleMiddleFrame(written(builder, tmp_path), 16, workers)
    assert numpy.array_equal(sample.pixels, builder.storedArray[0][::4, ::4])


def test_theMiddleFrameOfAFileCutBehindItIsReadAllTheSame(tmp_path):
    builder = ultrasoundCine()
    path = builder.write(tmp_path)[0]
    frameBytes = builder.storedArray[0].nbytes
    path.write_bytes(path.read_bytes()[: -frameBytes - 10])
    expected = builder.storedArray[len(builder.storedArray) // 2]
    assert numpy.array_equal(sampleMiddleFrame(scanFile(path).toInstance(), 512).pixels, expected)


def test_aCutImageIsRefused(tmp_path):
    path = axialCT(slices=1).write(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PixelDataError, match="pixel data short"):
        sampleMiddleFrame(scanFile(path).toInstance(), 64)


@pytest.mark.parametrize("transferSyntax", ["", RLE, JPEG, JPEG_2000])
def test_aForgedSizeIsRefusedWithinASecondAndWithoutMemory(tmp_path, workers, transferSyntax, promised):
    """65535 × 65535 pixels in 1000 frames, announced by a file of a few hundred bytes, cost neither memory nor time."""
    path = (compressibleCT(RLE, slices=1) if transferSyntax else axialCT(slices=1)).write(tmp_path)[0]
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = transferSyntax or dataset.file_meta.TransferSyntaxUID
    dataset.Rows = dataset.Columns = 65535
    dataset.NumberOfFrames = 1000
    dataset.save_as(path)
    assert path.stat().st_size < 10_000
    instance = scanFile(path).toInstance()
    tracemalloc.start()
    try:
        with promised.within(1), pytest.raises((PixelDataError, FileError)):
            sampleMiddleFrame(instance, 512, workers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MEGABYTE


def test_nothingIsDecodedOfAFrameThatIsTooLargeForItsFile(tmp_path):
    instance = replace(written(compressibleCT(RLE, slices=1), tmp_path), values={})
    instance.values = {**scanFile(instance.path).values, "0028,0010": "9000", "0028,0011": "9000"}
    with pytest.raises(LimitExceededError, match="the image would take 162,000,000 bytes, and the file holds"):
        sampleMiddleFrame(instance, 512)


def test_aDecoderThatDiesTakesNothingWithIt(tmp_path, workers, monkeypatch):
    instance = written(compressibleCT(RLE, slices=1), tmp_path)
    from DICOMLib.Pixels import FrameSample

    original = FrameSample.decodeFrameTask

    def crashing(*arguments):
        crash = {"task": "Testing.DICOMLib.Workers.MisbehavingTasks:crash", "arguments": {"signalName": "SIGSEGV"}}
        return replace(original(*arguments), **crash)

    monkeypatch.setattr(FrameSample, "decodeFrameTask", crashing)
    with pytest.raises(WorkerError, match="the decoding process died"):
        sampleMiddleFrame(instance, 512, workers)
    monkeypatch.undo()
    assert sampleMiddleFrame(instance, 512, workers).pixels.shape == (instance.rows, instance.columns)
