"""A small sample of one frame: every n-th row and column, read with as little memory and time as that needs."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace

import numpy

from ..Errors import LimitExceededError
from ..Instance import Instance
from ..Progress import Progress
from ..TransferSyntaxes import EXPLICIT_BIG_ENDIAN
from ..Workers.WorkerPool import WorkerPool, givenOrOwn
from .Colour import rgbFromYBR
from .Decoded import decodeFrameTask, thinnedFrame
from .LookupTable import eightBits
from .NativeReader import NativeFile, checkLength, describedByFile, fillAt, openUnchanged
from .PixelLayout import PixelLayout, isForged, keepStoredBits, layoutOf
from .Tables import readPalettes

# A decoder makes the whole frame before it can be thinned: a mammogram takes 40 MiB, a large radiograph 100.
LARGEST_DECODED_FRAME = 512 << 20


@dataclass(frozen=True)
class FrameSample:
    """Part of a frame's pixels.

    :ivar pixels: stored values, shape (rows, columns), or RGB of shape (rows, columns, 3)
    :ivar layout: of the object it is from
    """

    pixels: numpy.ndarray
    layout: PixelLayout


def sampleMiddleFrame(
    instance: Instance, size: int, workers: WorkerPool | None = None, progress: Progress | None = None
) -> FrameSample:
    """The middle frame with at least `size` and less than 2 × `size` rows and columns, or all where there are fewer.

    Native samples are read here, after the file was found long enough; everything else is decoded by a worker, which
    also reads the palette where there is one.

    :param workers: one is started for this call when none are given
    :raises PixelDataError: when pixel data is missing, short, changed or cannot be decoded; ``where`` is the file
    :raises LimitExceededError: when the header announces more than can be true
    :raises UnreadableFileError: when the file cannot be opened or read
    :raises CancelledError: when `progress` was cancelled
    """
    layout = layoutOf(instance, largestObjectBytes=sys.maxsize)  # of all its bytes only one frame's are looked at
    frame = middleFrame(instance)
    steps = max(1, layout.rows // size), max(1, layout.columns // size)
    if layout.isNative:
        checkLength(instance, replace(layout, frames=frame + 1), instance.fileSize)
        layout = describedByFile(instance, layout)
        read = _readNativeSample if layout.isReadDirectly else _convertedSample
        pixels = read(instance, layout, frame, steps)
        isIndexed = layout.photometricInterpretation == "PALETTE COLOR"
        return FrameSample(_coloured(instance, pixels, workers, progress) if isIndexed else pixels, layout)
    _checkDecodedSize(instance, layout)
    return FrameSample(_decodedSample(instance, layout, frame, steps, workers, progress), layout)


def middleFrame(instance: Instance) -> int:
    """Number of the frame that stands for the others, counted from 0."""
    return instance.numberOfFrames // 2


def _checkDecodedSize(instance: Instance, layout: PixelLayout) -> None:
    held = max(0, instance.fileSize - instance.pixelDataOffset)
    if layout.frameBytes > LARGEST_DECODED_FRAME or isForged(layout.frameBytes, held):
        what = f"one image would take {layout.frameBytes:,} bytes, and the file holds {held:,}"
        raise LimitExceededError(what, instance.path, hint="It is too large for a preview, or the header is damaged")


def _decodedSample(
    instance: Instance,
    layout: PixelLayout,
    frame: int,
    steps: tuple[int, int],
    workers: WorkerPool | None,
    progress: Progress | None,
) -> numpy.ndarray:
    arrived: list[numpy.ndarray] = []
    task = decodeFrameTask(instance, layout, frame, steps, lambda _number, samples: arrived.append(samples))
    with givenOrOwn(workers) as pool:
        pool.run(task, progress)
    return arrived[0]


def _convertedSample(instance: Instance, layout: PixelLayout, frame: int, steps: tuple[int, int]) -> numpy.ndarray:
    """A frame whose samples have to be unpacked or whose colours have to be converted."""
    with NativeFile(instance, replace(layout, frames=frame + 1)) as file:
        pixels = numpy.ascontiguousarray(file.rows(frame, 0, layout.rows)[:: steps[0], :: steps[1]])
    if layout.photometricInterpretation.startswith("YBR"):
        rgbFromYBR(pixels, layout.photometricInterpretation, layout.bitsStored)
    return pixels


def _coloured(
    instance: Instance, numbers: numpy.ndarray, workers: WorkerPool | None, progress: Progress | None
) -> numpy.ndarray:
    with givenOrOwn(workers) as pool:
        (palette,) = readPalettes([instance], pool, progress)
    return eightBits(palette(numbers))


def _readNativeSample(instance: Instance, layout: PixelLayout, frame: int, steps: tuple[int, int]) -> numpy.ndarray:
    """Only the rows that are wanted are read; of these, columns are left out in memory."""
    descriptor = openUnchanged(instance)
    try:
        checkLength(instance, replace(layout, frames=frame + 1), os.fstat(descriptor).st_size)
        start = instance.pixelDataOffset + frame * layout.frameBytes
        planes = layout.samples if layout.planar else 1
        parts = [
            _readRows(descriptor, instance, layout, start + plane * layout.frameBytes // planes, steps)
            for plane in range(planes)
        ]
    finally:
        os.close(descriptor)
    pixels = parts[0] if planes == 1 else numpy.concatenate(parts, axis=-1)
    if layout.transferSyntaxUID == EXPLICIT_BIG_ENDIAN and numpy.little_endian:
        pixels.byteswap(inplace=True)
    keepStoredBits(pixels, layout)
    return pixels if layout.samples > 1 else pixels[..., 0]


def _readRows(
    descriptor: int, instance: Instance, layout: PixelLayout, start: int, steps: tuple[int, int]
) -> numpy.ndarray:
    """Every n-th row and column from a position in the file on, shape (rows, columns, samples that lie together)."""
    part = thinnedFrame(layout, steps)
    together = 1 if layout.planar else layout.samples
    pixels = numpy.empty((part.rows, part.columns, together), layout.storedType)
    if steps == (1, 1):
        fillAt(descriptor, memoryview(pixels).cast("B"), start, instance)
        return pixels
    row = numpy.empty((layout.columns, together), layout.storedType)
    for index in range(part.rows):
        fillAt(descriptor, memoryview(row).cast("B"), start + index * steps[0] * row.nbytes, instance)
        pixels[index] = row[:: steps[1]]
    return pixels
