"""Frames of a segmentation to label maps: as many as it takes for segments that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy

from DICOMLib.Errors import LoadError
from DICOMLib.Pixels.Decoded import NATIVE
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Progress import Progress
from DICOMLib.SliceSource import SliceSource
from DICOMLib.SystemMemory import physicalMemory
from DICOMLib.Workers.WorkerPool import WorkerPool

from .SegmentationObject import FRACTIONAL, LABEL_MAP, SegmentationObject
from .Segments import Segment

# From this part of a voxel, or this probability on, it belongs to a segment.
LEAST_FRACTION = 0.5
# Memory that frames on their way may take.
_BYTES_AT_ONCE = 64 << 20


@dataclass
class Layer:
    """Segments that do not overlap.

    :ivar array: labels, shape (slices, rows, columns)
    """

    array: numpy.ndarray
    segments: list[Segment] = field(default_factory=list)


class FrameReader:
    """Stored values of frames, a few at a time."""

    def __init__(
        self, source: SegmentationObject, workers: WorkerPool, progress: Progress | None = None, reader: str = NATIVE
    ):
        self._source = source
        self._workers = workers
        self._progress = progress
        self._reader = reader
        self._done = 0

    def read(self, frames: numpy.ndarray) -> Iterator[tuple[int, numpy.ndarray]]:
        """(slice index, stored values of shape (rows, columns)) of each frame.

        :raises PixelDataError: when pixel data is short, damaged or cannot be decoded
        :raises CancelledError: when progress was cancelled
        """
        instance = self._source.instance
        whole = len(frames) if self._reader != NATIVE else 1  # GDCM reads all frames of an object each time
        count = max(whole, _BYTES_AT_ONCE // (instance.rows * instance.columns * 2))
        for first in range(0, len(frames), count):
            some = frames[first : first + count].tolist()
            if self._progress is not None:
                self._progress.raiseIfCancelled()
                self._progress.report(self._done, instance.numberOfFrames, "Reading segments")
            sources = [SliceSource(instance, frame) for frame in some]
            array = readVolume(sources, None, self._workers, reader=self._reader).array
            self._done += len(some)
            for frame, values in zip(some, array, strict=True):
                yield int(self._source.grid.planeOfFrame[frame]), values


def readLayers(
    source: SegmentationObject, workers: WorkerPool, progress: Progress | None = None
) -> list[Layer]:
    """Label maps of one object, at least one; segments without a voxel are in the first that has room.

    Fractions are labels from :data:`LEAST_FRACTION` on.

    :raises LoadError: when the labels would take more than the memory there is
    :raises PixelDataError: when pixel data is short, damaged or cannot be decoded
    :raises CancelledError: when progress was cancelled
    """
    frames = FrameReader(source, workers, progress)
    return _labelMapLayers(source, frames) if source.kind == LABEL_MAP else _segmentLayers(source, frames)


def readFractions(
    source: SegmentationObject, number: int, workers: WorkerPool, progress: Progress | None = None
) -> numpy.ndarray:
    """Which part of each voxel is of a segment, or how probable that is, 0 to 1: float32 (slices, rows, columns).

    :raises DICOMError: as :func:`readLayers`
    """
    array = _emptyGrid(source, numpy.dtype("float32"), len(source.segments))  # all of them are wanted
    frames = numpy.flatnonzero(source.segmentOfFrame == number)
    for plane, values in FrameReader(source, workers, progress).read(frames):
        numpy.divide(values, max(1, source.maximumFraction), out=array[plane], casting="unsafe")
    return array


def _segmentLayers(source: SegmentationObject, reader: FrameReader) -> list[Layer]:
    dtype = numpy.dtype("uint8" if max(one.label for one in source.segments.values()) < 256 else "uint16")
    layers = [Layer(_emptyGrid(source, dtype, 1))]
    least = max(1.0, LEAST_FRACTION * source.maximumFraction) if source.kind == FRACTIONAL else 1
    for number, segment in sorted(source.segments.items()):
        frames = numpy.flatnonzero(source.segmentOfFrame == number)
        masks = [(plane, numpy.packbits(values >= least)) for plane, values in reader.read(frames)]
        layer = _layerFor(masks, layers, source, dtype)
        layer.segments.append(segment)
        for plane, bits in masks:
            layer.array[plane][_mask(bits, layer.array)] = segment.label
    return layers


def _layerFor(masks: list, layers: list[Layer], source: SegmentationObject, dtype: numpy.dtype) -> Layer:
    """The first layer whose labels leave room for all of a segment, or a new one."""
    for layer in layers:
        if not any(layer.array[plane][_mask(bits, layer.array)].any() for plane, bits in masks):
            return layer
    layers.append(Layer(_emptyGrid(source, dtype, len(layers) + 1)))
    return layers[-1]


def _mask(bits: numpy.ndarray, array: numpy.ndarray) -> numpy.ndarray:
    rows, columns = array.shape[1:]
    return numpy.unpackbits(bits, count=rows * columns).reshape(rows, columns).astype(bool)


def _labelMapLayers(source: SegmentationObject, reader: FrameReader) -> list[Layer]:
    array = _emptyGrid(source, numpy.dtype("uint8" if source.instance.integer("BitsAllocated") <= 8 else "uint16"), 1)
    seen = set()
    for plane, values in reader.read(numpy.arange(source.instance.numberOfFrames)):
        if plane in seen:
            raise LoadError("two frames of the label map are at the same place", source.instance.path)
        seen.add(plane)
        array[plane] = values
    background = source.instance.integer("PixelPaddingValue")
    for number in numpy.unique(array).tolist():
        if number == background and number not in source.segments:
            array[array == number] = 0
        elif number:
            source.segments.setdefault(number, Segment(number, number=number))
    return [Layer(array, [segment for _, segment in sorted(source.segments.items())])]


def _emptyGrid(source: SegmentationObject, dtype: numpy.dtype, count: int) -> numpy.ndarray:
    instance, planes = source.instance, source.grid.planes
    needed = instance.rows * instance.columns * planes * dtype.itemsize * count
    available = physicalMemory()
    if available and needed > available // 2:
        raise LoadError(f"the labels would take {needed:,} bytes, more than half of the memory", instance.path)
    return numpy.zeros((planes, instance.rows, instance.columns), dtype)
