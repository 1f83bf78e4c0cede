"""Voxels of a diffusion volume as the images that go into files, one for each slice and measurement."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy

from DICOMLib.Errors import ExportError
from DICOMLib.Progress import Progress

from ..ScalarVolume.StorageClasses import MR
from ..ScalarVolume.StoredVoxels import StoredVoxels, storedVoxels

# Slices that are being written and read back at the same time, and the one before each.
_SLICES_KEPT = 4


class MeasuredVoxels:
    """As :class:`StoredVoxels`, with image n = slice × measurements + measurement.

    In a node the measurements of a voxel are side by side: taking one image out reads all of them. So the images of a
    slice are taken out together, and files are written slice by slice.
    """

    def __init__(self, stored: StoredVoxels, measurements: int):
        """:param stored: of shape (slices, rows, columns × measurements)"""
        self._stored = stored
        self._measurements = measurements
        self._slices: OrderedDict[int, numpy.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self.dtype = stored.dtype
        self.slope = stored.slope
        self.intercept = stored.intercept
        self.slopes = stored.slopes
        self.isOfWideColours = stored.isOfWideColours

    @property
    def error(self) -> float:
        """The largest difference between a value and what will be read, so far as images were made."""
        return self._stored.error

    @property
    def isRescaled(self) -> bool:
        """Whether stored values are others than those of the volume."""
        return self._stored.isRescaled

    def slice(self, n: int) -> numpy.ndarray:
        """Stored values of one image, shape (rows, columns), contiguous, of `dtype`."""
        k, measurement = divmod(n, self._measurements)
        with self._lock:
            images = self._slices.get(k)
            if images is None:
                images = self._slices[k] = self._imagesOf(k)
                if len(self._slices) > _SLICES_KEPT:
                    self._slices.popitem(last=False)
        return images[measurement]

    def _imagesOf(self, k: int) -> numpy.ndarray:
        """(measurements, rows, columns)."""
        values = self._stored.slice(k)
        together = values.reshape(len(values), -1, self._measurements)
        return numpy.ascontiguousarray(numpy.moveaxis(together, 2, 0))


def measuredVoxels(array: numpy.ndarray, name: str, progress: Progress | None = None) -> MeasuredVoxels:
    """How a volume of shape (slices, rows, columns, measurements) is stored: one rescale for all measurements.

    :raises ExportError: when images cannot hold the voxels
    :raises CancelledError: when progress was cancelled
    """
    slices, rows, columns, measurements = array.shape
    together = array.reshape(slices, rows, columns * measurements)
    try:
        stored = storedVoxels(together, MR, name, progress)
    except ExportError as error:
        # Another modality, which is what helps other volumes, is none for diffusion.
        hint = "Convert the volume to floating point" if array.dtype.kind in "iu" else error.hint
        raise ExportError(error.what, error.where, error.value, hint) from None
    return MeasuredVoxels(stored, measurements)
