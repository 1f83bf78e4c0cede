"""Runs in a worker process: one frame of samples that are stored as they are, once it is cut out and inflated."""

from __future__ import annotations

import numpy

from ..Errors import PixelDataError
from ..TransferSyntaxes import DEFLATED_IMAGE_FRAME, GE_PRIVATE_IMPLICIT, transferSyntax
from .Colour import rgbFromYBR
from .FrameBytes import inflatedFrame
from .NativeReader import expandedChrominance, unpackedSamples
from .PixelLayout import CONVERTED_INTERPRETATIONS, DIRECT_INTERPRETATIONS, PixelLayout, keepStoredBits


def nativeFrame(frame: bytes, number: int, layout: PixelLayout) -> numpy.ndarray:
    """Samples of one frame: (rows, columns) of stored values, or (rows, columns, 3) RGB.

    :param frame: the bytes that hold it; where frames begin in the middle of bytes, with bits of its neighbours
    :param number: which frame of its object it is
    :raises PixelDataError: when it has another length than the header announces, or colours of no known kind
    """
    firstBit = number * layout.storedFrameBits % 8
    if transferSyntax(layout.transferSyntaxUID).isEncapsulated:  # each begins with a byte of its own (PS3.5 A.4)
        firstBit = 0
        layout = _withTrueChrominance(layout, frame)
        frame = _cutToSize(frame, layout)
    samples = _samples(frame, firstBit, layout)
    keepStoredBits(samples, layout)
    if layout.samples == 1:
        return samples.reshape(layout.rows, layout.columns)
    pixels = _byPixel(samples, layout)
    if layout.photometricInterpretation in DIRECT_INTERPRETATIONS:
        return pixels
    if layout.photometricInterpretation not in CONVERTED_INTERPRETATIONS:
        what = "this kind of image is not read without compression"
        raise PixelDataError(what, value=layout.photometricInterpretation)
    return rgbFromYBR(pixels, layout.photometricInterpretation, layout.bitsStored)


def _withTrueChrominance(layout: PixelLayout, frame: bytes) -> PixelLayout:
    """As in PixelLayout.py, by the length of the frame, which only a frame that is not deflated tells."""
    if not layout.isHalved or layout.transferSyntaxUID == DEFLATED_IMAGE_FRAME:
        return layout
    expanded = layout.withWholeChrominance
    return expanded if len(frame) * 8 >= expanded.storedFrameBits else layout


def _cutToSize(frame: bytes, layout: PixelLayout) -> bytes:
    count = (layout.storedFrameBits + 7) // 8
    if layout.transferSyntaxUID == DEFLATED_IMAGE_FRAME:
        return inflatedFrame(frame, count)
    if not count <= len(frame) <= count + count % 2:
        what = f"a frame has {len(frame)} bytes, the header asks for {count}"
        raise PixelDataError(what, hint="The file is damaged")
    return frame[:count]


def _samples(frame: bytes, firstBit: int, layout: PixelLayout) -> numpy.ndarray:
    """In the order of the file, each in a number of its own, unused bits as they are."""
    count = layout.storedFrameBits // layout.bitsAllocated
    if layout.bitsAllocated != layout.storedType.itemsize * 8:
        return unpackedSamples(numpy.frombuffer(frame, numpy.uint8), firstBit, count, layout)
    order = ">" if layout.transferSyntaxUID == GE_PRIVATE_IMPLICIT else "<"
    return numpy.frombuffer(frame, layout.storedType.newbyteorder(order), count).astype(layout.storedType)


def _byPixel(samples: numpy.ndarray, layout: PixelLayout) -> numpy.ndarray:
    """Shape (rows, columns, 3)."""
    if layout.isHalved:
        return expandedChrominance(samples.reshape(layout.rows, -1), layout.columns)
    if layout.planar:
        planes = samples.reshape(layout.samples, layout.rows, layout.columns)
        return numpy.ascontiguousarray(numpy.moveaxis(planes, 0, -1))
    return samples.reshape(layout.rows, layout.columns, layout.samples)
