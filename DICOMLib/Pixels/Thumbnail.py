"""A small picture of an image object: the middle frame as a viewer shows it first."""

from __future__ import annotations

import numpy

from ..Errors import PixelDataError
from ..Geometry.UltrasoundRegions import ULTRASOUND_REGIONS, ultrasoundSpacing
from ..Instance import Instance
from ..Progress import Progress
from ..Workers.WorkerPool import WorkerPool
from .FrameSample import FrameSample, middleFrame, sampleMiddleFrame
from .LookupTable import LookupTable
from .Resampling import resampled
from .Rescale import rescaleOf
from .Tables import hasDisplayTables, hasModalityTable, readDisplayTables, readModalityTable

# Pixels of the longer side.
THUMBNAIL_SIZE = 128
# Rows and columns looked at: enough that no pixel of the picture stands for a single noisy one.
_SAMPLE_SIZE = 512

# Where the file states no window: without the darkest and brightest few pixels, metal and hot spots.
_LOW_PERCENT, _HIGH_PERCENT = 1.0, 99.5
# A window that leaves all but the darkest and brightest few pixels within fewer grey levels than this was not meant for
# this image (scanners give one window to a whole diffusion series), or shows nothing of it.
_FEWEST_LEVELS = 100
# Means of equal numbers differ by no more than this, relative to the numbers.
_ROUNDING = 1e-5
# Pixels longer than this on one side are a damaged header, not a scanner's.
_LONGEST_PIXEL = 20.0


def makeThumbnail(
    instance: Instance,
    size: int = THUMBNAIL_SIZE,
    workers: WorkerPool | None = None,
    progress: Progress | None = None,
) -> numpy.ndarray:
    """The middle frame in its true proportions, at most `size` pixels high and wide; smaller images are not enlarged.

    Grey images are rescaled, by a table where the file has one, and windowed by the file's first window (PS3.3
    C.11.2.1.2), else shown by its first table for display (C.11.2.1.1), or by their own range where there is neither or
    it shows next to nothing; MONOCHROME1 is inverted. Palettes and YBR become RGB.

    :returns: uint8, shape (rows, columns) or, in colour, (rows, columns, 3)
    :raises PixelDataError: when pixel data is missing, short, changed or cannot be decoded; ``where`` is the file
    :raises FileError: when the file cannot be opened or its header announces more than can be true
    :raises CancelledError: when `progress` was cancelled
    """
    sample = sampleMiddleFrame(instance, max(size, _SAMPLE_SIZE), workers, progress)
    rows, columns = thumbnailShape(instance, size)
    if sample.pixels.ndim == 3:
        return _eightBits(resampled(_brightness(sample), rows, columns))
    table = readModalityTable(instance, workers, progress) if hasModalityTable(instance) else None
    values, isPadding = _modalityValues(instance, sample, table)
    window = _range(values[~isPadding]) if isPadding.any() else None
    picture = resampled(values, rows, columns)
    shown = _shown(instance, picture, window, _displayTable(instance, workers, progress))
    return 255 - shown if sample.layout.photometricInterpretation == "MONOCHROME1" else shown


def thumbnailShape(instance: Instance, size: int = THUMBNAIL_SIZE) -> tuple[int, int]:
    """Rows and columns of the picture; square pixels, so that it has the proportions of the image in mm."""
    height, width = pixelSize(instance)
    finest = min(height, width)
    tall, wide = instance.rows * height / finest, instance.columns * width / finest
    scale = min(1.0, size / max(tall, wide, 1.0))
    return max(1, round(tall * scale)), max(1, round(wide * scale))


def pixelSize(instance: Instance) -> tuple[float, float]:
    """Height and width of the middle frame's pixels, in mm or in proportion only; (1, 1) where the file tells neither.

    The distance between rows is a pixel's height, the one between columns its width (PS3.3 10.7.1.3);
    PixelAspectRatio is vertical to horizontal size (C.7.6.3.1.7).
    """
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", ULTRASOUND_REGIONS, "PixelAspectRatio"):
        isOfRegion = keyword == ULTRASOUND_REGIONS
        found = ultrasoundSpacing(instance) if isOfRegion else instance.frameNumbers(keyword, middleFrame(instance), 2)
        if found and min(found) > 0 and max(found) <= _LONGEST_PIXEL * min(found):
            return found[0], found[1]
    return 1.0, 1.0


def _brightness(sample: FrameSample) -> numpy.ndarray:
    """Colours as floating point from 0 to 255."""
    largest = 255 if sample.pixels.dtype == numpy.uint8 else (1 << sample.layout.bitsStored) - 1
    return sample.pixels.astype("float32") * numpy.float32(255 / largest)


def _displayTable(
    instance: Instance, workers: WorkerPool | None, progress: Progress | None
) -> LookupTable | None:
    """The first table for display, where the file has no window; a damaged one does not keep the image from view."""
    if not hasDisplayTables(instance) or instance.frameNumbers("WindowWidth", middleFrame(instance)):
        return None
    try:
        return next(iter(readDisplayTables(instance, workers, progress)), None)
    except PixelDataError:
        return None


def _modalityValues(
    instance: Instance, sample: FrameSample, table: LookupTable | None
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Modality values as floating point, and which of them are no measurement (padding, not a number)."""
    pixels = sample.pixels
    values = pixels.astype("float64" if pixels.dtype.itemsize > 2 else "float32")
    isPadding = ~numpy.isfinite(values)
    padding = instance.number("PixelPaddingValue")
    if padding is not None:
        isPadding |= values == padding
    if pixels.dtype.kind == "f":
        values[isPadding] = numpy.min(values, initial=numpy.inf, where=~isPadding) if not isPadding.all() else 0
        return values, isPadding
    if table is not None:
        return table(pixels).astype("float32"), isPadding
    rescale = rescaleOf(instance, middleFrame(instance))
    if not rescale.isIdentity:
        values *= rescale.slope
        values += rescale.intercept
    return values, isPadding


def _shown(
    instance: Instance, picture: numpy.ndarray, ownRange: tuple[float, float] | None, table: LookupTable | None
) -> numpy.ndarray:
    """Through the stated window, or table, if that shows something, else from the lowest to the highest value."""
    frame = middleFrame(instance)
    if table is not None:
        shown = _grey(table(numpy.rint(picture)).astype("float32"), 0, table.range[1])
        if _showsSomething(shown):
            return shown
    centers, widths = (instance.frameNumbers(keyword, frame) for keyword in ("WindowCenter", "WindowWidth"))
    if centers and widths and widths[0] > 0:
        center, width = centers[0], widths[0]
        # The function for whole numbers is a step narrower than the width says; widths below 1 are for fractions.
        step = 1.0 if width > 1 else 0.0
        low = center - step / 2 - (width - step) / 2
        shown = _grey(picture, low, low + width - step)
        if _showsSomething(shown):
            return shown
    return _grey(picture, *(ownRange or _range(picture)))


def _showsSomething(shown: numpy.ndarray) -> bool:
    darkest, brightest = numpy.percentile(shown, (_LOW_PERCENT, _HIGH_PERCENT))
    return brightest - darkest >= _FEWEST_LEVELS


def _range(values: numpy.ndarray) -> tuple[float, float]:
    if not values.size:
        return 0.0, 1.0
    low, high = numpy.percentile(values, (_LOW_PERCENT, _HIGH_PERCENT))
    return (low, high) if high > low else (float(values.min()), float(values.max()))


def _grey(picture: numpy.ndarray, low: float, high: float) -> numpy.ndarray:
    """Straight from black at `low` to white at `high`; a picture of one value is black."""
    if high - low <= _ROUNDING * max(abs(low), abs(high)):
        return numpy.zeros(picture.shape, numpy.uint8)
    return _eightBits((picture - low) * (255 / (high - low)))


def _eightBits(values: numpy.ndarray) -> numpy.ndarray:
    return numpy.clip(numpy.rint(values), 0, 255).astype(numpy.uint8)
