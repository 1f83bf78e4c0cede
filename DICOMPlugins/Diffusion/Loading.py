"""All measurements of a series into one array: N values for each voxel."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy

from DICOMLib.Errors import LoadError
from DICOMLib.Pixels.Readers import readVolumeWith
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Progress import PartProgress, Progress
from DICOMLib.SliceSource import SliceSource, Tile
from DICOMLib.Workers.WorkerPool import WorkerPool

from .DiffusionSeries import DiffusionSeries

# Read at once: enough for the files' own overhead not to count, little against the volume. Twice as much is in memory:
# one portion is read while the one before is written into the volume. Memory of this size is used again and again,
# larger pieces are asked for from the system each time (measured: 16 MB take a tenth longer).
BYTES_AT_ONCE = 8 << 20
# The same of packed slices, whose stored images are read whole: the fewer measurements at once, the more often all of
# the volume's memory is written to (measured: 16 MB take twice as long).
BYTES_AT_ONCE_PACKED = 64 << 20
# Pixels that are interleaved at once: as many as stay in the processor's cache for all measurements.
PIXELS_AT_ONCE = 4096
# Rows of the buffer begin this many numbers further apart than its width: at distances of a power of two all of them
# would fall into the same few lines of the cache (measured: eight times slower).
ROW_PADDING = 16
# Two threads are as fast as memory is, and a portion of less than this takes longer to divide than it saves.
MOST_THREADS = 2
BYTES_WORTH_A_THREAD = 8 << 20


@dataclass(frozen=True)
class Portion:
    """What is read at once.

    :ivar measurements: which, of all
    :ivar slices: numbers of the slices
    :ivar wanted: what to read: for each slice its images of all measurements; with tiles for each measurement an image
    :ivar tiles: where each slice is in such an image; None where slices are read one by one
    """

    measurements: slice
    slices: Sequence[int]
    wanted: list[SliceSource]
    tiles: list[Tile] | None = None

    def images(self, voxels: numpy.ndarray) -> Sequence[numpy.ndarray]:
        """For each slice (measurements, rows, columns): views of what was read."""
        if self.tiles is None:
            return voxels.reshape(len(self.slices), -1, *voxels.shape[1:])
        return [voxels[:, row : row + rows, column : column + columns] for row, column, rows, columns in self.tiles]


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
    portions = portionsOf(series)
    total = sum(len(portion.wanted) for portion in portions)
    result, last, done, mixed = None, None, 0, False
    with ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="interleaving") as executor:
        writing: list[Future] = []
        for portion in portions:
            voxels = readVolumeWith(approach, portion.wanted, PartProgress(progress, done, total), workers)
            if voxels.isColour:
                raise LoadError("diffusion measurements cannot be colours", series.files[0])
            for one in writing:
                one.result()
            images = portion.images(voxels.array)
            result = _prepared(result, (slices, *images[0].shape[1:], measurements), voxels.array.dtype)
            targets = [result[number, :, :, portion.measurements] for number in portion.slices]
            threads = 1 if voxels.array.nbytes < BYTES_WORTH_A_THREAD else MOST_THREADS
            writing = [executor.submit(interleave, images[first::threads], targets[first::threads])
                       for first in range(threads)]  # fmt: skip
            done += len(portion.wanted)
            mixed |= last is not None and last.rescale != voxels.rescale
            last = voxels
        for one in writing:
            one.result()
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


def portionsOf(series: DiffusionSeries) -> list[Portion]:
    """What is read at once, one after the other.

    All measurements of a few slices, so that voxels are complete when they are written; of packed slices all slices of
    a few measurements, so that no stored image is read twice.
    """
    measurements, slices = series.rows.shape
    sources = numpy.array(series.sources, object).reshape(measurements, slices)
    tiles = _commonTiles(sources)
    instance = sources[0, 0].instance
    rows, columns, _ = series.planes.sizes[series.rows[0, 0]]
    bytesOfPixel = max(1, instance.integer("BitsAllocated", 16) // 8)
    bytesOfSlice = max(1, int(rows * columns) * bytesOfPixel)
    if tiles is None:
        step = BYTES_AT_ONCE // (bytesOfSlice * measurements)
        return [Portion(slice(0, measurements), range(slices)[part], sources[:, part].T.reshape(-1).tolist())
                for part in _steps(slices, step)]  # fmt: skip
    return [
        Portion(part, range(slices), [SliceSource(one.instance, one.frame) for one in sources[part, 0]], tiles)
        for part in _steps(measurements, BYTES_AT_ONCE_PACKED // (bytesOfSlice * slices))
    ]


def _steps(count: int, step: int) -> list[slice]:
    step = max(1, step)
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def _prepared(result: numpy.ndarray | None, shape: tuple[int, ...], dtype: numpy.dtype) -> numpy.ndarray:
    """The volume's memory, in a type that holds what was read before and what comes."""
    if result is None:
        return numpy.empty(shape, dtype)
    wanted = numpy.result_type(result.dtype, dtype)
    return result if wanted == result.dtype else result.astype(wanted)


def interleave(slices: Sequence[numpy.ndarray], targets: Sequence[numpy.ndarray]) -> None:
    """Copy images of measurements to where the values of each voxel are side by side.

    :param slices: for each slice (measurements, rows, columns)
    :param targets: for each slice (rows, columns, measurements), changed in place
    """
    if not len(slices):
        return
    measurements, rows, columns = slices[0].shape
    rowsAtOnce = max(1, PIXELS_AT_ONCE // columns)
    buffer = numpy.empty((measurements, rowsAtOnce * columns + ROW_PADDING), slices[0].dtype)
    for images, target in zip(slices, targets, strict=True):
        voxels = _strided(target, rows * columns)
        for first in range(0, rows, rowsAtOnce):
            part = images[:, first : first + rowsAtOnce]
            start, count = first * columns, part.shape[1] * columns
            buffer[:, :count].reshape(part.shape)[:] = part
            voxels[start : start + count] = buffer[:, :count].T


def _strided(image: numpy.ndarray, pixels: int) -> numpy.ndarray:
    """(pixels, measurements) view of an image (rows, columns, measurements) whose pixels are evenly spaced."""
    shape = (pixels, image.shape[2])
    return numpy.lib.stride_tricks.as_strided(image, shape, (image.strides[1], image.strides[2]))
