"""All measurements of a series into one array: N values for each voxel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy

from DICOMLib.Errors import LoadError
from DICOMLib.Pixels.Readers import readVolumeWith
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Processors import availableProcessors
from DICOMLib.Progress import Progress
from DICOMLib.SliceSource import SliceSource, Tile
from DICOMLib.Workers.WorkerPool import WorkerPool

from .DiffusionSeries import DiffusionSeries

# Read at once: enough for the files' own overhead not to count, little against the volume.
BYTES_AT_ONCE = 16 << 20
# The same of packed slices, whose stored images are read whole: the fewer measurements at once, the more often all of
# the volume's memory is written to (measured: 16 MB take twice as long).
BYTES_AT_ONCE_PACKED = 64 << 20
# Pixels that are interleaved at once: as many as stay in the processor's cache for all measurements.
PIXELS_AT_ONCE = 4096
# Rows of the buffer begin this many numbers further apart than its width: at distances of a power of two all of them
# would fall into the same few lines of the cache (measured: eight times slower).
ROW_PADDING = 16
# Two threads are as fast as memory is; starting the second one takes longer than it saves for less than this.
MOST_THREADS = 2
BYTES_WORTH_A_THREAD = 8 << 20


class PartProgress(Progress):
    """Progress of one part of a piece of work, told as progress of the whole.

    :param start: what was done before this part
    :param total: what there is to do in all
    """

    def __init__(self, whole: Progress, start: int, total: int):
        super().__init__()
        self._whole, self._start, self._wholeTotal = whole, start, total

    @property
    def cancelled(self) -> bool:
        """Whether the whole was cancelled."""
        return self._whole.cancelled

    def report(
        self, done: int, total: int | None = None, text: str | None = None, bytesDone: int | None = None
    ) -> None:
        """As :meth:`Progress.report`, for the whole."""
        super().report(done, total, text, bytesDone)
        self._whole.report(self._start + done, self._wholeTotal, text, bytesDone)


def readMeasurements(
    series: DiffusionSeries, approach: str, progress: Progress | None = None, workers: WorkerPool | None = None
) -> VoxelArray:
    """Read all measurements. Memory is taken for the volume and what is read at once.

    :returns: array of shape (slices, rows, columns, measurements) in the type of the modality's values
    :raises LoadError: when voxels are colours
    :raises PixelDataError, FileError: as :func:`DICOMLib.Pixels.Volume.readVolume`
    :raises CancelledError: when `progress` was cancelled
    """
    progress = progress or Progress()
    measurements, slices = series.rows.shape
    sources = numpy.array(series.sources, object).reshape(measurements, slices)
    tiles = _commonTiles(sources)
    total = sources.size if tiles is None else measurements
    result, last, done, mixed = None, None, 0, False
    for ofMeasurements, ofSlices in _portions(series, sources[0, 0]):
        wanted = _wanted(sources[ofMeasurements, ofSlices], tiles)
        voxels = readVolumeWith(approach, wanted, PartProgress(progress, done, total), workers)
        if voxels.isColour:
            raise LoadError("diffusion measurements cannot be colours", series.files[0])
        images = _imagesOfSlices(voxels.array, tiles, ofMeasurements.stop - ofMeasurements.start)
        result = _prepared(result, (slices, *images[0].shape[1:], measurements), voxels.array.dtype)
        interleave(images, result[ofSlices, :, :, ofMeasurements])
        done += len(wanted)
        mixed |= last is not None and last.rescale != voxels.rescale
        last = voxels
    return replace(last, array=result, rescale=None if mixed else last.rescale)


def _commonTiles(sources: numpy.ndarray) -> list[Tile] | None:
    """Where each slice is in the stored image of its measurement, if that is so for all: then whole images are read.

    :param sources: (measurements, slices)
    """
    tiles = [source.tile for source in sources[0]]
    if any(tile is None for tile in tiles):
        return None
    for ofMeasurement in sources:
        first = ofMeasurement[0]
        for source, tile in zip(ofMeasurement, tiles, strict=True):
            if source.instance is not first.instance or source.frame != first.frame or source.tile != tile:
                return None
    return tiles


def _wanted(sources: numpy.ndarray, tiles: list[Tile] | None) -> list[SliceSource]:
    """What to read for some slices of some measurements, in the order in which :func:`_imagesOfSlices` takes it."""
    if tiles is None:
        return sources.T.reshape(-1).tolist()
    return [SliceSource(source.instance, source.frame) for source in sources[:, 0]]


def _imagesOfSlices(voxels: numpy.ndarray, tiles: list[Tile] | None, measurements: int) -> Sequence[numpy.ndarray]:
    """For each slice (measurements, rows, columns): views of what was read."""
    if tiles is None:
        return voxels.reshape(-1, measurements, *voxels.shape[1:])
    return [voxels[:, row : row + rows, column : column + columns] for row, column, rows, columns in tiles]


def _portions(series: DiffusionSeries, source: SliceSource) -> Iterator[tuple[slice, slice]]:
    """(measurements, slices) to be read at once.

    All measurements of a few slices, so that voxels are complete when they are written; of packed slices all slices of
    a few measurements, so that no stored image is read twice.
    """
    measurements, slices = series.rows.shape
    rows, columns, _ = series.planes.sizes[series.rows[0, 0]]
    bytesOfSlice = int(rows * columns) * max(1, source.instance.integer("BitsAllocated", 16) // 8)
    if series.isPacked:
        step = max(1, BYTES_AT_ONCE_PACKED // max(1, bytesOfSlice * slices))
        for start in range(0, measurements, step):
            yield slice(start, min(start + step, measurements)), slice(0, slices)
        return
    step = max(1, BYTES_AT_ONCE // max(1, bytesOfSlice * measurements))
    for start in range(0, slices, step):
        yield slice(0, measurements), slice(start, min(start + step, slices))


def _prepared(result: numpy.ndarray | None, shape: tuple[int, ...], dtype: numpy.dtype) -> numpy.ndarray:
    """The volume's memory, in a type that holds what was read before and what comes."""
    if result is None:
        return numpy.empty(shape, dtype)
    wanted = numpy.result_type(result.dtype, dtype)
    return result if wanted == result.dtype else result.astype(wanted)


def interleave(slices: Sequence[numpy.ndarray], target: numpy.ndarray) -> None:
    """Copy images of measurements to where the values of each voxel are side by side.

    :param slices: for each slice (measurements, rows, columns)
    :param target: (slices, rows, columns, measurements), changed in place
    """
    threads = min(MOST_THREADS, availableProcessors(), len(slices))
    if threads < 2 or len(slices) * slices[0].nbytes < BYTES_WORTH_A_THREAD:
        _interleaveSlices(slices, target, range(len(slices)))
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="interleaving") as executor:
        for _ in executor.map(lambda first: _interleaveSlices(slices, target, range(first, len(slices), threads)),
                              range(threads)):  # fmt: skip
            continue


def _interleaveSlices(slices: Sequence[numpy.ndarray], target: numpy.ndarray, numbers: range) -> None:
    measurements, rows, columns = slices[0].shape
    rowsAtOnce = max(1, PIXELS_AT_ONCE // columns)
    buffer = numpy.empty((measurements, rowsAtOnce * columns + ROW_PADDING), slices[0].dtype)
    for k in numbers:
        voxels = target[k].reshape(rows * columns, -1) if target[k].flags.c_contiguous else None
        for first in range(0, rows, rowsAtOnce):
            part = slices[k][:, first : first + rowsAtOnce]
            start, count = first * columns, part.shape[1] * columns
            buffer[:, :count].reshape(part.shape)[:] = part
            if voxels is not None:
                voxels[start : start + count] = buffer[:, :count].T
            else:
                _strided(target[k], rows * columns)[start : start + count] = buffer[:, :count].T


def _strided(image: numpy.ndarray, pixels: int) -> numpy.ndarray:
    """(pixels, measurements) view of an image (rows, columns, measurements) whose pixels are evenly spaced."""
    shape = (pixels, image.shape[2])
    return numpy.lib.stride_tricks.as_strided(image, shape, (image.strides[1], image.strides[2]))
