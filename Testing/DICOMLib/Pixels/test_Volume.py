import os

import numpy
import pytest

from DICOMLib.Errors import CancelledError, LimitExceededError, PixelDataError, UnsupportedTransferSyntaxError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Pixels.PixelFiles import records
from Testing.Fixtures import (
    COMPRESSED_TRANSFER_SYNTAXES,
    axialCT,
    canEncode,
    compressibleCT,
    obliqueMR,
    rgbSecondaryCapture,
    ultrasoundCine,
)

LOSSY = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"}


def test_aNativeCTGivesHounsfieldUnitsAsShortIntegers(tmp_path):
    builder = axialCT(bitsStored=12)
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.array.dtype == "int16" and voxels.array.flags.c_contiguous
    assert numpy.array_equal(voxels.array, builder.array)
    assert voxels.rescaleApplied and voxels.rescale.intercept == -1024
    assert voxels.photometricInterpretation == "MONOCHROME2"


def test_sixteenStoredBitsStayShortWhereTheValuesAllowIt(tmp_path):
    builder = axialCT()
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.array.dtype == "int16" and numpy.array_equal(voxels.array, builder.array)


def test_sixteenStoredBitsGrowWhereTheValuesNeedIt(tmp_path):
    builder = axialCT(slices=2, pattern=lambda k, j, i: 34000 * k + j + i - 1000)
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.array.dtype == "int32" and numpy.array_equal(voxels.array, builder.array)


def test_withoutRescaleTheStoredTypeStays(tmp_path):
    builder = obliqueMR()
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.array.dtype == "uint16" and not voxels.rescaleApplied
    assert numpy.array_equal(voxels.array, builder.storedArray)


def test_aFractionalSlopeGivesFloat32(tmp_path):
    builder = axialCT(rescale=(0.25, -3))
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.array.dtype == "float32"
    assert voxels.array == pytest.approx(builder.array, abs=1e-4)


def test_slopesThatDifferBetweenSlicesAreAppliedToEach(tmp_path):
    def edit(dataset, index):
        dataset.RescaleSlope, dataset.RescaleIntercept = index + 1, 0

    builder = axialCT(slices=3, rescale=(1, 0), edit=edit)
    voxels = readVolume(records(builder, tmp_path))
    expected = builder.storedArray * numpy.array([1, 2, 3]).reshape(3, 1, 1)
    assert voxels.array.dtype == "int32" and voxels.rescale is None
    assert numpy.array_equal(voxels.array, expected)


def test_MONOCHROME1KeepsItsValues(tmp_path):
    builder = axialCT(slices=1, photometricInterpretation="MONOCHROME1")
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.photometricInterpretation == "MONOCHROME1"
    assert numpy.array_equal(voxels.array, builder.array)


def test_colourHasThreeComponents(tmp_path):
    builder = rgbSecondaryCapture()
    voxels = readVolume(records(builder, tmp_path))
    assert voxels.isColour and voxels.photometricInterpretation == "RGB"
    assert numpy.array_equal(voxels.array, builder.storedArray)


def test_aCineIsAStackOfItsFrames(tmp_path, workers):
    builder = ultrasoundCine()
    voxels = readVolume(records(builder, tmp_path), workers=workers)
    assert voxels.array.shape[0] == len(builder.storedArray)
    assert numpy.array_equal(voxels.array, builder.storedArray)


@pytest.mark.parametrize("transferSyntax", COMPRESSED_TRANSFER_SYNTAXES)
def test_compressedSeriesDecodeInWorkersInSliceOrder(tmp_path, workers, transferSyntax):
    if not canEncode(transferSyntax):
        pytest.skip("no encoder for this transfer syntax is installed")
    builder = compressibleCT(transferSyntax)
    voxels = readVolume(records(builder, tmp_path), workers=workers)
    tolerance = 60 if transferSyntax in LOSSY else 0
    assert abs(voxels.array.astype(float) - builder.array).max() <= tolerance


@pytest.mark.parametrize("transferSyntax", ["1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"])
def test_unusedBitsAreDroppedAfterDecodingToo(tmp_path, workers, transferSyntax):
    def dirty(dataset, index):
        samples = numpy.frombuffer(dataset.PixelData, "<u2") | 0xF000
        dataset.PixelData = samples.astype("<u2").tobytes()
        dataset.BitsStored, dataset.HighBit = 12, 11

    builder = axialCT(slices=2, rescale=None, pattern=lambda k, j, i: k + j + i, transferSyntax=transferSyntax)
    builder.edit = dirty
    voxels = readVolume(records(builder, tmp_path), workers=workers)
    assert numpy.array_equal(voxels.array, builder.storedArray)


def test_nativeAndCompressedSlicesMixInOneVolume(tmp_path, workers):
    native = axialCT(slices=4, bitsStored=12)
    compressed = axialCT(slices=4, bitsStored=12, transferSyntax="1.2.840.10008.1.2.5")
    mixed = records(native, tmp_path / "a")[:2] + records(compressed, tmp_path / "b")[2:]
    assert numpy.array_equal(readVolume(mixed, workers=workers).array, native.array)


def test_withoutAPoolWorkersAreStartedForTheCall(tmp_path):
    builder = axialCT(slices=2, transferSyntax="1.2.840.10008.1.2.5")
    assert numpy.array_equal(readVolume(records(builder, tmp_path)).array, builder.array)


def test_aTruncatedCompressedFileIsRefusedNotHalfDecoded(tmp_path, workers):
    (instance,) = records(axialCT(slices=1, transferSyntax="1.2.840.10008.1.2.5"), tmp_path)
    os.truncate(instance.path, instance.fileSize - 60)
    with pytest.raises(PixelDataError, match="pixel data short"):
        readVolume([scanFile(instance.path).toInstance()], workers=workers)


def test_aCompressionNobodyReadsNamesFileAndSyntax(tmp_path, workers):
    (instance,) = records(axialCT(slices=1, transferSyntax="1.2.840.10008.1.2.5"), tmp_path)
    contents = open(instance.path, "rb").read()
    with open(instance.path, "wb") as stream:
        # JPEG Spectral Selection, retired: same length, padded as a UID is.
        stream.write(contents.replace(b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.4.53"[:20].ljust(20, b"\0")))
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        readVolume([scanFile(instance.path).toInstance()], workers=workers)
    assert caught.value.where == os.fsdecode(instance.path) and "1.2.840.10008.1.2.4" in str(caught.value)


def test_imagesOfDifferentSizeAreRefused(tmp_path):
    instances = records(axialCT(slices=1), tmp_path / "a") + records(axialCT(slices=1, rows=17), tmp_path / "b")
    with pytest.raises(PixelDataError, match="12×17, the first one is 12×16"):
        readVolume(instances)


def test_oneShortSliceRefusesTheVolumeBeforeMemoryIsTaken(tmp_path):
    instances = records(axialCT(slices=3), tmp_path)
    os.truncate(instances[1].path, instances[1].pixelDataOffset + 10)
    instances[1] = scanFile(instances[1].path).toInstance()
    with pytest.raises(PixelDataError, match="pixel data short: have 10, need 384"):
        readVolume(instances)


def test_theLimitIsSettable(tmp_path):
    instances = records(axialCT(slices=1, transferSyntax="1.2.840.10008.1.2.5"), tmp_path)
    assert readVolume(instances, largestObjectBytes=384).array.size == 192
    with pytest.raises(LimitExceededError):
        readVolume(instances, largestObjectBytes=383)


def test_theLimitIsForWhatIsDecodedNotForWhatTheFileHolds(tmp_path):
    instances = records(axialCT(slices=1), tmp_path)
    assert readVolume(instances, largestObjectBytes=383).array.size == 192


def test_aForgedSizeOfACompressedImageTakesNoMemoryInTheHost(tmp_path, workers):
    builder = axialCT(slices=1, dtype="uint8", rescale=None, transferSyntax="1.2.840.10008.1.2.5")
    (instance,) = records(builder, tmp_path)
    values = dict(instance.values)
    values["0028,0010"] = values["0028,0011"] = "8000"
    instance.values = values
    with pytest.raises(PixelDataError, match="cannot be 64000000 bytes of pixels"):
        readVolume([instance], workers=workers)


def test_progressCountsObjectsAndCancelStops(tmp_path):
    instances = records(axialCT(), tmp_path)
    progress = Progress()
    readVolume(instances, progress)
    assert (progress.done, progress.total) == (5, 5)
    progress.cancel()
    with pytest.raises(CancelledError):
        readVolume(instances, progress)
