import numpy
import pytest

from DICOMLib.Errors import CancelledError, PixelDataError, UnreadableFileError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels import ForeignTask
from DICOMLib.Pixels.ForeignTask import StatedRescale, storedValues
from DICOMLib.Pixels.Readers import NATIVE_WITH_GDCM_FALLBACK, READER_APPROACHES, READER_SETTING, readVolumeWith
from DICOMLib.Progress import Progress
from DICOMLib.Settings import ALL_KEYS
from DICOMLib.SliceSource import SliceSource
from Testing.DICOMLib.Pixels.PixelFiles import records
from Testing.Fixtures import axialCT, obliqueMR, rgbSecondaryCapture, ultrasoundCine

from .EncodedFiles import samplesOf, writeEncapsulated

RLE, JPEG_LS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80"


def test_theSettingOffersWhatThereIs():
    (key,) = [key for key in ALL_KEYS if key.name == READER_SETTING]
    assert key.choices == READER_APPROACHES and key.default == "native"


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", RLE, JPEG_LS, "1.2.840.10008.1.2.1.99"])
@pytest.mark.parametrize(
    "make",
    [
        axialCT,
        obliqueMR,
        lambda **options: axialCT(rescale=(0.25, -3), **options),
        lambda **options: axialCT(bitsStored=12, photometricInterpretation="MONOCHROME1", **options),
        rgbSecondaryCapture,
    ],
    ids=["CT", "MR", "fractional slope", "MONOCHROME1", "RGB"],
)
def test_GDCMGivesTheSameVoxelsOfTheSameType(tmp_path, workers, make, syntax):
    instances = records(make(transferSyntax=syntax), tmp_path)
    native = readVolumeWith("native", instances, workers=workers)
    foreign = readVolumeWith("GDCM", instances, workers=workers)
    assert (native.reader, foreign.reader) == ("native", "GDCM") and not foreign.readerNote
    assert native.array.dtype == foreign.array.dtype and numpy.array_equal(native.array, foreign.array)
    assert native.rescaleApplied == foreign.rescaleApplied


def test_partsOfFilesComeFromWholeFilesThatGDCMReads(tmp_path, workers):
    builder = ultrasoundCine()
    (instance,) = records(builder, tmp_path)
    sources = [SliceSource(instance, 2), SliceSource(instance, 0)]
    voxels = readVolumeWith("GDCM", sources, workers=workers)
    assert numpy.array_equal(voxels.array, builder.storedArray[[2, 0]])


def test_aFallbackSaysWhatTheNativeReaderSaid(tmp_path, workers, monkeypatch):
    builder = axialCT(transferSyntax=RLE)
    instances = records(builder, tmp_path)
    monkeypatch.setattr("DICOMLib.Pixels.Decoded.NATIVE_TASK", "DICOMLib.Pixels.DecodeTask:missing")
    voxels = readVolumeWith(NATIVE_WITH_GDCM_FALLBACK, instances, workers=workers)
    assert numpy.array_equal(voxels.array, builder.array)
    assert voxels.reader == "GDCM"
    assert voxels.readerNote.startswith("Read by GDCM, because the native reader says: ")
    assert instances[2].filePath in voxels.readerNote


def test_withoutNeedThereIsNoFallback(tmp_path, workers):
    voxels = readVolumeWith(NATIVE_WITH_GDCM_FALLBACK, records(axialCT(), tmp_path), workers=workers)
    assert (voxels.reader, voxels.readerNote) == ("native", "")


@pytest.mark.parametrize("approach", ["GDCM", NATIVE_WITH_GDCM_FALLBACK])
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", RLE])
def test_shortPixelDataIsRefusedByEveryReader(tmp_path, workers, approach, syntax):
    (path,) = axialCT(slices=1, transferSyntax=syntax).write(tmp_path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(PixelDataError, match="pixel data short"):
        readVolumeWith(approach, [scanFile(path).toInstance()], workers=workers)


def test_forgedSizesAreRefusedBeforeGDCMSeesThem(tmp_path, workers):
    values = samplesOf("uint16")
    instance = writeEncapsulated(tmp_path / "a.dcm", "uint16", values, JPEG_LS, Rows=60000)
    with pytest.raises(PixelDataError, match="not 46×60000"):
        readVolumeWith("GDCM", [instance], workers=workers)


def test_aFileThatIsGoneAndACancelAreNotReadAgain(tmp_path, workers):
    instances = records(axialCT(transferSyntax=RLE), tmp_path)
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        readVolumeWith(NATIVE_WITH_GDCM_FALLBACK, instances, progress, workers)
    (tmp_path / "IM002_0003.dcm").unlink()
    with pytest.raises(UnreadableFileError):
        readVolumeWith(NATIVE_WITH_GDCM_FALLBACK, instances, workers=workers)


def rescale(slope, intercept, sopClass, limits=(0, 4095)):
    return StatedRescale(slope, intercept, limits, sopClass)


CT, MR = ForeignTask._RESCALED_CLASSES[0], "1.2.840.10008.5.1.4.1.1.4"


def test_whatGDCMAppliedIsTakenBack():
    stored = numpy.array([[[0, 100, 4095]]])
    applied = stored * 0.5 - 7
    assert storedValues(applied, rescale(0.5, -7, CT)).tolist() == stored.tolist()
    assert storedValues(stored, rescale(0.5, -7, MR)).tolist() == stored.tolist()


def test_theHeaderDecidesWhereBothArePossibleAndTheValuesWhereTheyAreNot():
    values = numpy.array([[[2000, 3000]]])
    assert storedValues(values, rescale(1, 1000, CT)).tolist() == [[[1000, 2000]]]
    assert storedValues(values, rescale(1, 1000, MR)).tolist() == values.tolist()
    assert storedValues(numpy.array([[[-1000, 5]]]), rescale(1, -1024, MR)).tolist() == [[[24, 1029]]]
    with pytest.raises(PixelDataError, match="not those the header announces"):
        storedValues(numpy.array([[[-9999, 5]]]), rescale(1, -1024, CT))
