"""Voxels as the integers that go into a file, with the rescale that makes the values of them again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy

from DICOMLib.Errors import ExportError
from DICOMLib.Export.DecimalString import writtenNumber
from DICOMLib.Progress import Progress

from .StorageClasses import ANY_RESCALE, NO_RESCALE, StorageClass

_FULL = 65535
# A slope is rounded to a decimal string of 10 digits or more; this makes sure that it is not rounded down.
_ROUNDED_UP = 1 + 1e-9
# Of slices between writing and comparing; a few dozen of a CT.
_MOST_BYTES_KEPT = 64 << 20
# A step that is so large a part of the values is far larger than what computing with doubles rounds.
_COARSE = 1e-9
# Readers compute with doubles.
_LARGEST_EXACT = 2**53


class StoredVoxels:
    """value = stored × slope + intercept; slope and intercept are what a decimal string can say.

    :ivar array: the volume, shape (slices, rows, columns[, 3])
    :ivar dtype: of stored values
    :ivar slope: the largest of them, where each slice has its own
    :ivar slopes: of each slice; None where all have the same
    Slices may be made on several threads at the same time.
    """

    def __init__(
        self,
        array: numpy.ndarray,
        dtype: numpy.dtype,
        slope: float = 1.0,
        intercept: float = 0.0,
        slopes: Sequence[float] | None = None,
    ):
        self.array = array
        self.dtype = numpy.dtype(dtype)
        self.slope = slope if slopes is None else max(slopes)
        self.intercept = intercept
        self.slopes = slopes
        self._errors: dict[int, float] = {}
        self._recent: dict[int, numpy.ndarray] = {}
        self._ofThread = threading.local()

    @property
    def error(self) -> float:
        """The largest difference between a value and what will be read, so far as slices were made."""
        return max(self._errors.values(), default=0.0)

    @property
    def isRescaled(self) -> bool:
        """Whether stored values are others than those of the volume."""
        return self.slopes is not None or (self.slope, self.intercept) != (1.0, 0.0)

    @property
    def isOfWideColours(self) -> bool:
        """Whether colours have more than a byte a component."""
        return self.array.ndim == 4 and self.dtype.itemsize > 1

    def slopeOf(self, k: int) -> float:
        """Slope of one slice."""
        return self.slope if self.slopes is None else self.slopes[k]

    def slice(self, k: int) -> numpy.ndarray:
        """Stored values of one slice, contiguous, of `dtype`; not to be changed.

        Those of real numbers are kept for the second time that a slice is asked for: who writes it computes them, and
        who compares what was written follows soon. Where that is not soon they are computed anew.
        """
        values = self.array[k]
        if values.dtype.kind == "f":
            stored = self._recent.pop(k, None)
            if stored is None:
                stored = self._quantized(k, values)
                if (len(self._recent) + 1) * stored.nbytes <= _MOST_BYTES_KEPT:
                    self._recent[k] = stored
            return stored
        if self.intercept:
            values = values.astype(object if values.dtype.itemsize == 8 else numpy.int64) - int(self.intercept)
        return numpy.ascontiguousarray(values.astype(self.dtype, copy=False))

    def _quantized(self, k: int, values: numpy.ndarray) -> numpy.ndarray:
        """In memory that is used again for every slice: new pages from the system would take ten times as long."""
        slope = self.slopeOf(k)
        steps, whole = self._buffers(values.shape)
        numpy.subtract(values, self.intercept, out=steps, dtype=numpy.float64)
        steps /= slope
        low, high = float(steps.min()), float(steps.max())
        numpy.rint(steps, out=whole)
        limits = numpy.iinfo(self.dtype)
        largest = max(-low, high) * slope + abs(self.intercept)
        if limits.min - 0.5 < low and high < limits.max + 0.5 and slope > _COARSE * largest:
            stored = whole.astype(self.dtype)
            steps -= whole
            self._errors[k] = float(max(steps.max(), -steps.min())) * slope
            return stored
        numpy.clip(whole, limits.min, limits.max, out=whole)
        whole *= slope  # what a reader will compute: its rounding counts where steps are this fine
        whole += self.intercept
        numpy.subtract(whole, values, out=whole, dtype=numpy.float64)
        self._errors[k] = float(max(whole.max(), -whole.min()))
        return numpy.clip(numpy.rint(steps), limits.min, limits.max).astype(self.dtype)

    def _buffers(self, shape: tuple[int, ...]) -> tuple[numpy.ndarray, numpy.ndarray]:
        buffers = getattr(self._ofThread, "buffers", None)
        if buffers is None or buffers[0].shape != shape:
            buffers = self._ofThread.buffers = (numpy.empty(shape), numpy.empty(shape))
        return buffers


def storedVoxels(
    array: numpy.ndarray,
    storage: StorageClass,
    name: str,
    progress: Progress | None = None,
    eachSlice: bool = False,
) -> StoredVoxels:
    """How a volume is stored in objects of a kind: integers exactly, real numbers by the finest rescale of 16 bits.

    :param name: of the volume, for messages
    :param eachSlice: whether each slice may have a slope of its own, as finer as its values are smaller
    :raises ExportError: when the kind cannot hold the voxels
    :raises CancelledError: when progress was cancelled
    """
    if array.ndim == 4:
        return _colours(array, name)
    check = progress.raiseIfCancelled if progress is not None else (lambda: None)
    if array.dtype.kind == "f":
        return _ofNumbers(array, storage, name, check, eachSlice)
    if storage.allows(array.dtype):
        return StoredVoxels(array, array.dtype)
    limits = _limits(array, check)
    return _exactly(array, storage, limits) or _refuse(storage, name, limits)


def _refuse(storage: StorageClass, name: str, limits: tuple[int, int]) -> StoredVoxels:
    low, high = limits
    hint = "Convert the volume to floating point and write a parametric map, which holds real numbers"
    if max(-low, high) <= _LARGEST_EXACT:
        hint = "Choose the format parametric map, which holds them"
    if -(2**31) <= low and high < 2**31 or 0 <= low and high < 2**32:
        hint = "Choose the modality OT, whose objects hold 32 bits, or the format parametric map"
    what = f"{storage.name} objects cannot hold integers of this range exactly"
    raise ExportError(what, name, f"{low} to {high}", hint)


def _colours(array: numpy.ndarray, name: str) -> StoredVoxels:
    """Three components of bytes or words; a fourth that hides nothing is left out."""
    components = array.shape[-1]
    if array.dtype not in (numpy.uint8, numpy.uint16) or components not in (3, 4):
        raise ExportError(
            "only colours of three bytes or words (RGB) can be written", name,
            f"{components} components of type {array.dtype}", "Convert the volume to RGB of 8 bits first",
        )  # fmt: skip
    if components == 4 and any((values[..., 3] != numpy.iinfo(array.dtype).max).any() for values in array):
        raise ExportError(
            "the volume is transparent in places, which DICOM images cannot say", name, "RGBA",
            "Remove the opacity (the fourth component) first",
        )  # fmt: skip
    return StoredVoxels(array[..., :3], array.dtype)


def _limitsOfSlices(array: numpy.ndarray, check: Callable[[], None]) -> tuple[list, list]:
    """The smallest and the largest value of each; for real numbers NaN where one is among them."""
    lows, highs = [], []
    for values in array:
        check()
        lows.append(values.min().item())
        highs.append(values.max().item())
    return lows, highs


def _limits(array: numpy.ndarray, check: Callable[[], None]) -> tuple[int, int]:
    lows, highs = _limitsOfSlices(array, check)
    return min(lows), max(highs)


def _exactly(array: numpy.ndarray, storage: StorageClass, limits: tuple[int, int]) -> StoredVoxels | None:
    """Stored as they are in the first type that holds them, one of the same sign if possible; else shifted."""
    low, high = limits
    kind = "i" if array.dtype.kind == "i" else "u"
    for dtype in sorted(storage.storedTypes, key=lambda one: (one.kind != kind)):
        bounds = numpy.iinfo(dtype)
        if bounds.min <= low and high <= bounds.max:
            return StoredVoxels(array, dtype)
    isExact = int(writtenNumber(low)) == low and max(-low, high) <= _LARGEST_EXACT
    if storage.rescale != ANY_RESCALE or not isExact:
        return None
    shifted = (dtype for dtype in storage.storedTypes if dtype.kind == "u" and high - low <= numpy.iinfo(dtype).max)
    dtype = next(shifted, None)
    return None if dtype is None else StoredVoxels(array, dtype, 1.0, float(low))


def _ofNumbers(
    array: numpy.ndarray, storage: StorageClass, name: str, check: Callable[[], None], eachSlice: bool
) -> StoredVoxels:
    lows, highs = _limitsOfSlices(array, check)
    low, high = float(numpy.min(lows)), float(numpy.max(highs))
    if not numpy.isfinite([low, high]).all():
        what = f"the volume has voxels that are not finite numbers, which {storage.name} objects cannot hold"
        raise ExportError(what, name, hint="Choose the format parametric map, which holds them")
    if storage.rescale == NO_RESCALE:
        raise ExportError(f"{storage.name} objects hold bytes only", name)
    if all(check() or bool((values == numpy.rint(values)).all()) for values in array):
        whole = _exactly(array, storage, (int(low), int(high)))
        if whole is not None:
            return whole
    if storage.rescale == ANY_RESCALE:
        intercept = writtenNumber(low)
        span = max(high - intercept, intercept - low)
        return StoredVoxels(array, numpy.dtype("u2"), _slope(span / _FULL), intercept)
    dtype, most = (numpy.dtype("i2"), _FULL // 2) if low < 0 else (numpy.dtype("u2"), _FULL)
    if not eachSlice:
        return StoredVoxels(array, dtype, _slope(max(-low, high) / most))
    slopes = [_slope(max(-lowest, highest) / most) for lowest, highest in zip(lows, highs, strict=True)]
    return StoredVoxels(array, dtype, slopes=slopes)


def _slope(exact: float) -> float:
    return writtenNumber(exact * _ROUNDED_UP) or 1.0
