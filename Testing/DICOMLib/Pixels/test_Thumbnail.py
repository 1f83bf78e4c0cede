"""A preview shows what a viewer shows first: right proportions, right way round, a contrast that shows something."""

import numpy
import pytest
from pydicom import dcmread
from pydicom.pixels import apply_color_lut, pixel_array

from DICOMLib.Errors import PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Resampling import resampled
from DICOMLib.Pixels.Thumbnail import makeThumbnail, pixelSize, thumbnailShape
from Testing.DICOMLib.Pixels.PixelFiles import pixelFile
from Testing.Fixtures import axialCT, obliqueMR, rgbSecondaryCapture

SQUARE = (1.0, 1.0, 2.0)
GREY_LEVELS = 1.0  # two roundings


def written(builder, folder):
    return scanFile(builder.write(folder)[0]).toInstance()


def blockMeans(array, size):
    step = array.shape[0] // size
    return array.reshape(size, step, -1, step).mean(axis=(1, 3))


def windowed(values, center, width):
    """To the letter of PS3.3 C.11.2.1.2.1."""
    low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    linear = ((values - (center - 0.5)) / (width - 1) + 0.5) * 255
    return numpy.where(values <= low, 0, numpy.where(values > high, 255, linear))


def hounsfieldRamp(k, j, i):
    return 3 * i + 2 * j - 400


# Contrast


def test_theFilesWindowIsAppliedToHounsfieldUnits(tmp_path):
    extra = {"WindowCenter": [40, 600], "WindowWidth": [400, 2800]}
    builder = axialCT(rows=256, columns=256, slices=1, spacing=SQUARE, pattern=hounsfieldRamp, extra=extra)
    expected = windowed(blockMeans(builder.array[0], 128), 40, 400)
    picture = makeThumbnail(written(builder, tmp_path))
    assert picture.dtype == "uint8" and picture.shape == (128, 128)
    assert numpy.abs(picture - expected).max() <= GREY_LEVELS


def tableItem(entries, kind):
    data = numpy.asarray(entries, "<u2").tobytes()
    return [{"LUTDescriptor": [len(entries), 0, 16], "LUTData": data, **kind}]


RAMP = numpy.arange(64 * 64, dtype="<u2").reshape(64, 64) // 16


@pytest.mark.parametrize("given", [True, False])
def test_aModalityTableGivesTheValuesThatAreWindowed(tmp_path, workers, given):
    """Stored 0 to 255 become 65,535 to 0 by the square: what is windowed are the entries, with or without a pool."""
    entries = 65535 - (numpy.arange(256) * 257.0) ** 2 / 65535
    sequences = {"ModalityLUTSequence": tableItem(entries.astype("<u2"), {"ModalityLUTType": "US"})}
    instance = pixelFile(
        tmp_path / "a", RAMP.tobytes(), 64, 64, sequences=sequences, WindowCenter=32768, WindowWidth=65535
    )
    picture = makeThumbnail(instance, workers=workers if given else None)
    expected = windowed(entries.astype("<u2")[RAMP].astype(float), 32768, 65535)
    assert abs(picture - expected).max() <= GREY_LEVELS


def test_aTableForDisplayStandsForTheWindow(tmp_path, workers):
    entries = numpy.round(numpy.sqrt(numpy.arange(256) / 255) * 4095).astype("<u2")
    sequences = {"VOILUTSequence": tableItem(entries, {"LUTExplanation": "BRIGHT"})}
    instance = pixelFile(tmp_path / "a", RAMP.tobytes(), 64, 64, sequences=sequences)
    expected = entries[RAMP] * (255 / 4095)
    assert abs(makeThumbnail(instance, workers=workers) - expected).max() <= GREY_LEVELS
    instance = pixelFile(
        tmp_path / "b", RAMP.tobytes(), 64, 64, sequences=sequences, WindowCenter=128, WindowWidth=256
    )
    assert abs(makeThumbnail(instance, workers=workers) - windowed(RAMP.astype(float), 128, 256)).max() <= GREY_LEVELS


def test_aDamagedTableForDisplayKeepsNoImageFromView(tmp_path, workers):
    sequences = {"VOILUTSequence": [{"LUTDescriptor": [256, 0, 16], "LUTData": b"1234"}]}
    instance = pixelFile(tmp_path / "a", RAMP.tobytes(), 64, 64, sequences=sequences)
    picture = makeThumbnail(instance, workers=workers)
    assert (picture.min(), picture.max()) == (0, 255)


def test_monochrome1IsInverted(tmp_path):
    changes = {"rows": 64, "columns": 64, "slices": 1, "pattern": hounsfieldRamp}
    extra = {"WindowCenter": -250, "WindowWidth": 300}
    usual = makeThumbnail(written(axialCT(**changes, extra=extra), tmp_path / "2"))
    inverted = axialCT(**changes, extra=extra, photometricInterpretation="MONOCHROME1")
    assert numpy.array_equal(makeThumbnail(written(inverted, tmp_path / "1")), 255 - usual)


def test_withoutWindowThePictureGoesFromItsDarkestToItsBrightestPixels(tmp_path):
    picture = makeThumbnail(written(obliqueMR(rows=64, columns=64, slices=1, spacing=SQUARE), tmp_path))
    assert picture.min() == 0 and picture.max() == 255 and 100 < picture.mean() < 155


def test_aFewPixelsOfMetalDoNotMakeTheRestDark(tmp_path):
    def pattern(k, j, i):
        return numpy.where((i == 5) & (j == 5), 30000, 10 * i + 0 * j)

    builder = obliqueMR(rows=64, columns=64, slices=1, spacing=SQUARE, pattern=pattern)
    picture = makeThumbnail(written(builder, tmp_path))
    assert picture[5, 5] == 255 and picture[30, 60] > 230


@pytest.mark.parametrize("window", [(20000, 100), (0, 1), (15000, 30000), (100, 0), (100, -5), ("", "")])
def test_aWindowThatShowsNextToNothingIsNotUsed(tmp_path, window):
    extra = {"WindowCenter": window[0], "WindowWidth": window[1]}
    picture = makeThumbnail(written(obliqueMR(rows=64, columns=64, slices=1, spacing=SQUARE, extra=extra), tmp_path))
    assert picture.min() == 0 and picture.max() == 255 and picture.std() > 50


def test_paddingDoesNotTakePartInTheContrast(tmp_path):
    def pattern(k, j, i):
        return numpy.where((i - 32) ** 2 + (j - 32) ** 2 > 900, -2000, i + j)

    builder = axialCT(rows=64, columns=64, slices=1, spacing=SQUARE, pattern=pattern, dtype="int16", rescale=(1, 0))
    plain = makeThumbnail(written(builder, tmp_path / "plain"))
    builder.extra = {"PixelPaddingValue": -2000}
    padded = makeThumbnail(written(builder, tmp_path / "padded"))
    assert plain[30:34, 10:50].std() < 5  # 40 levels of grey beside 2000
    assert padded[30:34, 10:50].std() > 30 and padded[0, 0] == 0


def test_anImageOfOneValueIsBlack(tmp_path):
    flat = obliqueMR(rows=64, columns=64, slices=1, spacing=SQUARE, pattern=lambda k, j, i: 700 + 0 * (i + j))
    assert makeThumbnail(written(flat, tmp_path)).max() == 0


# Proportions


@pytest.mark.parametrize(
    ("rows", "columns", "values", "shape"),
    [
        (512, 512, {"PixelSpacing": [0.5, 0.5]}, (128, 128)),
        (512, 256, {"PixelSpacing": [0.5, 0.5]}, (128, 64)),
        (256, 256, {"PixelSpacing": [1.0, 2.0]}, (64, 128)),
        (60, 60, {"PixelSpacing": [2.0, 1.0]}, (120, 60)),
        (60, 60, {}, (60, 60)),
        (100, 200, {"PixelAspectRatio": [2, 1]}, (128, 128)),
        (100, 100, {"ImagerPixelSpacing": [0.2, 0.1]}, (128, 64)),
        (100, 100, {"PixelSpacing": [0.0001, 100.0]}, (100, 100)),
        (100, 100, {"PixelSpacing": [0, 0], "PixelAspectRatio": [1, 2]}, (64, 128)),
        (1, 512, {}, (1, 128)),
    ],
)
def test_thePictureHasTheProportionsOfTheImageInMillimetres(tmp_path, rows, columns, values, shape):
    def edit(dataset, index):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    builder = rgbSecondaryCapture(rows=rows, columns=columns, slices=1, edit=edit)
    instance = written(builder, tmp_path)
    assert thumbnailShape(instance) == shape
    assert makeThumbnail(instance).shape == (*shape, 3)


def test_thePictureIsNeitherMirroredNorTurned(tmp_path):
    def pattern(k, j, i):
        return numpy.where((i < 20) & (j < 40), 1000, 0)

    builder = obliqueMR(rows=96, columns=96, slices=1, spacing=SQUARE, pattern=pattern)
    picture = makeThumbnail(written(builder, tmp_path))
    height, width = picture.shape
    bright = numpy.argwhere(picture > 128)
    assert bright.min(axis=0).tolist() == [0, 0]
    assert bright.max(axis=0) == pytest.approx([height * 40 / 96, width * 20 / 96], abs=2)


def test_whereTheHeaderGivesNoSizeOfAPixelItIsSquare(tmp_path):
    assert pixelSize(written(rgbSecondaryCapture(slices=1), tmp_path)) == (1.0, 1.0)


# Colours and numbers


def test_sixteenBitColoursBecomeEight(tmp_path):
    builder = rgbSecondaryCapture(rows=32, columns=32, slices=1, dtype="uint16", pattern=lambda k, j, i: 2000 * i + j)
    expected = builder.storedArray[0] / 65535 * 255
    assert numpy.abs(makeThumbnail(written(builder, tmp_path)) - expected).max() <= GREY_LEVELS


def test_numbersThatAreNoneAreDrawnAsTheLowest(tmp_path, workers):
    """Floating point pixels (PS3.3 C.7.6.24) with NaN, infinity, and an ordinary ramp."""
    values = numpy.linspace(0.1, 0.9, 64 * 64).reshape(64, 64).astype("float32")
    values[0, 0], values[5, :3], values[63, 0] = numpy.nan, numpy.inf, -numpy.inf
    path = obliqueMR(rows=64, columns=64, slices=1, spacing=SQUARE).write(tmp_path)[0]
    dataset = dcmread(path)
    del dataset.PixelData
    dataset.FloatPixelData = values.tobytes()
    dataset.BitsAllocated = dataset.BitsStored = 32
    dataset.HighBit = 31
    dataset.save_as(path)
    picture = makeThumbnail(scanFile(path).toInstance(), workers=workers)
    assert picture[0, 0] == picture[63, 0] == picture[5, 1] == 0
    assert picture[62, 60] > 240 and 100 < picture[32, 32] < 155


# The same picture by other means


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        "syntax/one_ct_in_14_syntaxes/dicom/CTImage.dcm",
        "syntax/pydicom_small/dicom/MR_small_RLE.dcm",
        "syntax/pydicom_small/dicom/ExplVR_BigEnd.dcm",
        "xray/cr_mono1_j2k/dicom",
        "us/palette_variants/dicom",
        "us/pydicom_examples/dicom",
        "sc/pydicom_sc_rgb/dicom",
        "rt/pydicom_rt/dicom",
    ],
)
def test_realImagesLookAsWhenRenderedWithPydicomAndNumpy(sharedData, workers, name):
    place = sharedData / name
    paths = sorted(place.glob("*")) if place.is_dir() else [place]
    compared = [error for error in (differenceFromPydicom(path, workers) for path in paths) if error is not None]
    print(f"{name}: {len(compared)} of {len(paths)} images, mean differences up to {max(compared):.2f} grey levels")
    assert compared and max(compared) < GREY_LEVELS


def differenceFromPydicom(path, workers):
    """Mean absolute difference in grey levels; None for what is no image, or is read by neither."""
    dataset = dcmread(path, force=True)
    if "PixelData" not in dataset or "TransferSyntaxUID" not in dataset.file_meta:
        return None
    try:
        frames = pixel_array(dataset)
    except (RuntimeError, ValueError, AttributeError, NotImplementedError):
        return None
    frames = frames[int(dataset.NumberOfFrames) // 2] if int(dataset.get("NumberOfFrames") or 1) > 1 else frames
    try:
        picture = makeThumbnail(scanFile(path).toInstance(), workers=workers).astype(float)
    except PixelDataError:  # a header that says something else than the pixels are
        return None
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        frames = apply_color_lut(frames, dataset)[..., :3]
        frames = frames // 257 if frames.max() > 255 else frames
    elif frames.ndim == 3:
        frames = frames * (255 / (2**dataset.BitsStored - 1))
    small = resampled(frames.astype("float64"), *picture.shape[:2])
    return numpy.abs((small if small.ndim == 3 else rendered(small, dataset)) - picture).mean()


def rendered(values, dataset):
    values = values * float(dataset.get("RescaleSlope") or 1) + float(dataset.get("RescaleIntercept") or 0)
    low, high = numpy.percentile(values, (1, 99.5))
    shown = (values - low) / max(high - low, 1e-9) * 255
    if dataset.get("WindowWidth"):
        centers, widths = (numpy.atleast_1d(dataset[keyword].value) for keyword in ("WindowCenter", "WindowWidth"))
        shown = windowed(values, float(centers[0]), float(widths[0]))
    shown = numpy.clip(shown, 0, 255)
    return 255 - shown if dataset.PhotometricInterpretation == "MONOCHROME1" else shown
