"""Runs in a worker process: stored values as GDCM, through SimpleITK, reads them from whole files.

Only values are taken from it; where they are in the patient is computed from the headers as always. What is known to be
wrong with it is checked before: it invents the pixels that a short file lacks, and believes forged sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy

from ..Errors import PixelDataError
from ..TransferSyntaxes import RLE_LOSSLESS, transferSyntax
from .Codestream import checkCodestream, checkUnpackedLengths
from .FrameBytes import StoredPixels, openFrames

# Storage classes whose slope and intercept GDCM applies; in others it hands out stored values.
_RESCALED_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.481.2",
)  # fmt: skip
# A stored value that was multiplied and divided again is this close to a whole number.
_ROUNDING = 1e-3


@dataclass(frozen=True)
class StatedRescale:
    """What the header states for the first frame, in values JSON can carry.

    :ivar limits: the smallest and largest stored value that is possible
    """

    slope: float
    intercept: float
    limits: tuple[float, float]
    SOPClassUID: str


def readFrames(objects: Sequence[dict]) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Frames in the order asked for, as DecodeTask.decodeFrames delivers them; palette colours applied.

    :param objects: for each, ``{"pixels": …, "frames": …, "steps": …, "rescale": the fields of StatedRescale}``
    :raises PixelDataError: when GDCM does not read the file, or reads something else than the header announces
    """
    for one in objects:
        stored = StoredPixels.fromMessage(one["pixels"])
        rescale = StatedRescale(**one["rescale"])
        values = _readValues(stored)
        if values.ndim == 3:
            values = _asStored(values, stored, rescale)
        rowStep, columnStep = one.get("steps", (1, 1))
        for number in one["frames"]:
            yield {}, values[number, ::rowStep, ::columnStep]


def _readValues(stored: StoredPixels) -> numpy.ndarray:
    """All frames: shape (frames, rows, columns[, 3])."""
    import SimpleITK

    _checkStreams(stored)
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(stored.path)
    try:
        reader.ReadImageInformation()
        _checkShape(stored, reader.GetSize(), reader.GetNumberOfComponents())
        image = reader.Execute()
    except RuntimeError as error:
        raise PixelDataError("GDCM does not read the pixel data", value=_lastLine(error)) from None
    values = SimpleITK.GetArrayFromImage(image)
    layout = stored.layout
    shape = (layout.frames, layout.rows, layout.columns, *values.shape[3:])
    if values.size != numpy.prod(shape, dtype=object):
        raise PixelDataError("GDCM reads another image than the header announces", hint="The file is damaged")
    return values.reshape(shape)


def _checkStreams(stored: StoredPixels) -> None:
    """That every frame is in the file, and of the size that the header announces."""
    layout = stored.layout
    with openFrames(stored) as frames:
        for number in range(layout.frames):
            frame = frames.frame(number)
            if transferSyntax(layout.transferSyntaxUID).isEncapsulated:
                checkCodestream(
                    frame, layout.transferSyntaxUID, layout.rows, layout.columns, layout.samples, layout.bitsAllocated
                )
            if layout.transferSyntaxUID == RLE_LOSSLESS and layout.bitsAllocated > 1:
                checkUnpackedLengths(frame, layout.rows * layout.columns)


def _checkShape(stored: StoredPixels, size: Sequence[int], components: int) -> None:
    layout = stored.layout
    frames = size[2] if len(size) > 2 else 1
    isColour = layout.samples > 1 or stored.palette
    wanted = (layout.columns, layout.rows, layout.frames, 3 if isColour else 1)
    if (*size[:2], frames, components) != wanted:
        got = f"{'×'.join(map(str, size))} with {components} components"
        raise PixelDataError("GDCM reads another image than the header announces", value=got)


def _asStored(values: numpy.ndarray, stored: StoredPixels, rescale: StatedRescale) -> numpy.ndarray:
    """Takes back what GDCM does besides: it turns dark and bright around, and spreads single bits to 0 and 255."""
    if stored.layout.bitsAllocated == 1:
        return (values != 0).astype(numpy.uint8)
    values = storedValues(values, rescale)
    if stored.layout.photometricInterpretation == "MONOCHROME1":
        low, high = (int(limit) for limit in rescale.limits)
        values = (low + high) - values.astype(numpy.int64)
    return values


class Scratch:
    """Memory that is used again for the next image: new pages from the system take longer than computing in them."""

    def __init__(self):
        self._arrays: tuple[numpy.ndarray, numpy.ndarray] | None = None

    def pair(self, shape: tuple[int, ...]) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Two arrays of doubles with anything in them."""
        if self._arrays is None or self._arrays[0].shape != shape:
            self._arrays = numpy.empty(shape), numpy.empty(shape)
        return self._arrays


def storedValues(values: numpy.ndarray, rescale: StatedRescale, scratch: Scratch | None = None) -> numpy.ndarray:
    """What was stored, from what GDCM made of it: in some storage classes it applies the rescale, in others not.

    :param scratch: where there are many images of one size
    :raises PixelDataError: when the values are neither
    """
    identity = StatedRescale(1.0, 0.0, rescale.limits, "")
    # Of any class with real world values too, and then in real numbers, which may all be close to zero.
    isRescaled = rescale.SOPClassUID in _RESCALED_CLASSES or values.dtype.kind == "f"
    orders = [rescale, identity] if isRescaled else [identity, rescale]
    for one in orders:
        stored = _inverted(values, one, scratch or Scratch())
        if stored is not None:
            return stored
    raise PixelDataError("the values that GDCM reads are not those the header announces")


def _inverted(values: numpy.ndarray, rescale: StatedRescale, scratch: Scratch) -> numpy.ndarray | None:
    """(values - intercept) / slope as integers; None where that gives fractions or numbers the bits cannot hold."""
    low, high = rescale.limits
    if (rescale.slope, rescale.intercept) == (1, 0) and values.dtype.kind in "iu":
        return values if low <= values.min() and values.max() <= high else None
    exact, whole = scratch.pair(values.shape)
    numpy.subtract(values, rescale.intercept, out=exact, dtype=numpy.float64)
    exact /= rescale.slope
    with numpy.errstate(invalid="ignore"):  # what does not fit becomes something else, which the next lines find
        stored = numpy.rint(exact, out=whole).astype(_integersFor(low, high))
    exact -= stored
    if not (max(exact.max(), -exact.min()) <= _ROUNDING and low <= stored.min() and stored.max() <= high):
        return None
    return stored


def _integersFor(low: float, high: float) -> str:
    """The smallest type: conversions to wide ones take longer than all else here."""
    sizes = (1, 2, 4, 8)
    if low >= 0:
        return next((f"u{size}" for size in sizes if high < 2 ** (8 * size)), "u8")
    return next((f"i{size}" for size in sizes if -low <= 2 ** (8 * size - 1) > high), "i8")


def _lastLine(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].split("): ", 1)[-1] if lines else "no reason given"
