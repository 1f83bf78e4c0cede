"""Luminance and chrominance to red, green and blue (PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

import numpy

# Rows are red, green, blue; columns what luminance, CB − middle and CR − middle contribute (ITU-R BT.601).
_FULL = numpy.array(
    [[1, 0, 1.402], [1, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587], [1, 1.772, 0]], numpy.float32
)
# In YBR_PARTIAL, black to white takes 219 of 255 steps from 16 on, chrominance 224.
_PARTIAL = _FULL * numpy.array([255 / 219, 255 / 224, 255 / 224], numpy.float32)
_PARTIAL_BLACK = 16
# What is converted at once: a few megabytes of floating point numbers.
_PIXELS_AT_ONCE = 1 << 18


def rgbFromYBR(pixels: numpy.ndarray, photometricInterpretation: str, bitsStored: int) -> numpy.ndarray:
    """RGB of the same type, converted in place.

    :param pixels: unsigned, C-contiguous, shape (…, 3): luminance, CB, CR for every pixel
    :param photometricInterpretation: YBR_FULL, YBR_FULL_422, YBR_PARTIAL or YBR_PARTIAL_422
    """
    partial = photometricInterpretation.startswith("YBR_PARTIAL")
    largest = (1 << bitsStored) - 1
    middle = 1 << (bitsStored - 1)
    black = _PARTIAL_BLACK * 2.0 ** (bitsStored - 8) if partial else 0
    flat = pixels.reshape(-1, 3)
    for start in range(0, len(flat), _PIXELS_AT_ONCE):
        part = flat[start : start + _PIXELS_AT_ONCE]
        values = part.astype(numpy.float32) - numpy.array([black, middle, middle], numpy.float32)
        colours = values @ (_PARTIAL if partial else _FULL).T
        colours += numpy.float32(0.5)
        numpy.floor(colours, out=colours)
        part[...] = numpy.clip(colours, 0, largest, out=colours)
    return pixels
