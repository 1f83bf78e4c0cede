"""The volume while its slices arrive, from reading threads and from those of the workers."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy

from ..Errors import PixelDataError
from .LookupTable import LookupTable
from .Rescale import Rescale, fitsAfterRescale, holds, rescaleInPlace, rescaleInto
from .ValuePlan import ValuePlan, integerTypeFor


class GreyAssembly:
    """Slices of stored values become slices of modality values.

    Where the header alone does not tell the type (see ValuePlan.py), memory for numbers of twice the size is reserved
    and half of it used; the other half exists in name only unless the values turn out to need it.

    :ivar array: the volume so far, zero where nothing was read; another type may come out in the end
    """

    def __init__(self, shape: tuple[int, ...], plan: ValuePlan):
        self.plan = plan
        self._shape = shape
        self._lock = threading.Lock()
        self._limits: list[tuple[int, int] | None] = [None] * shape[0]
        self._wide: numpy.ndarray | None = None
        self._array: numpy.ndarray | None = None

    @property
    def array(self) -> numpy.ndarray:
        """Made when the first slice is known to exist: a forged header alone takes no memory."""
        with self._lock:
            if self._array is None:
                self._allocate()
            return self._array

    def _allocate(self) -> None:
        """Zeroed memory from the system costs nothing before it is written to."""
        if self.plan.resultType is not None:
            self._array = numpy.zeros(self._shape, self.plan.resultType)
            return
        stored = self.plan.storedType
        self._wide = numpy.zeros(self._shape, f"i{2 * stored.itemsize}")
        self._array = self._wide.reshape(-1).view(stored)[: self._wide.size].reshape(self._shape)

    def ownMemory(self, number: int, storedType: numpy.dtype) -> numpy.ndarray | None:
        """The volume's memory of one slice seen as stored values; None where these have another size or kind."""
        array = self.array
        if storedType.itemsize != array.dtype.itemsize or isinstance(self.plan.mappings[number], LookupTable):
            return None
        if "f" in storedType.kind + array.dtype.kind and storedType != array.dtype:
            return None
        return array[number].view(storedType)

    def finishOwn(self, number: int, storedType: numpy.dtype) -> None:
        """Stored values that were read into :meth:`ownMemory` become modality values."""
        mapping = self.plan.mappings[number]
        samples = self._array[number]
        if self.plan.resultType is None:
            self._noteLimits(number, samples)
        if mapping.isIdentity or (self.plan.resultType is None and not _isReversible(mapping)):
            return
        if samples.dtype.kind == "f":
            rescaleInto(samples, samples, mapping)
        else:
            rescaleInPlace(samples, mapping)

    def accept(self, number: int, samples: numpy.ndarray, where: object) -> None:
        """One slice of stored values in memory of its own.

        :param where: the file, for error messages
        :raises PixelDataError: when values are larger than the header announces
        """
        mapping = self.plan.mappings[number]
        array = self.array
        if self.plan.resultType is None:
            self._acceptUnknown(number, samples, where)
            return
        if isinstance(mapping, LookupTable):
            array[number] = mapping(samples)
            return
        if samples.dtype.kind in "iu" and not fitsAfterRescale(samples, mapping, array.dtype):
            _refuse(samples, where)
        if array.dtype.kind in "iu" and samples.dtype.kind == "f":
            raise PixelDataError("slices differ in the type of their values", where, f"{samples.dtype}, {array.dtype}")
        if mapping.isIdentity:
            array[number] = samples
        else:
            rescaleInto(array[number], samples, mapping)

    def _acceptUnknown(self, number: int, samples: numpy.ndarray, where: object) -> None:
        if samples.dtype.kind == "f" or not holds(self.plan.storedType, (int(samples.min()), int(samples.max()))):
            _refuse(samples, where)
        self._array[number] = samples
        self.finishOwn(number, self.plan.storedType)

    def _noteLimits(self, number: int, samples: numpy.ndarray) -> None:
        self._limits[number] = int(samples.min()), int(samples.max())

    def result(self) -> numpy.ndarray:
        """The volume in its final type."""
        array = self.array
        if self.plan.resultType is not None:
            return array
        rescale = self.plan.mappings[0]
        limits = [one for one in self._limits if one is not None]
        stored = min(low for low, _ in limits), max(high for _, high in limits)
        final = integerTypeFor(rescale.rescaledRange(stored), array.dtype.itemsize)
        if final is not None and final.itemsize == array.dtype.itemsize:
            if not _isReversible(rescale):
                rescaleInPlace(array, rescale)
            return array.view(final)
        return self._widened(rescale, final)

    def _widened(self, rescale: Rescale, final: numpy.dtype | None) -> numpy.ndarray:
        """Numbers of twice the size in the same memory: the last slice first, so that none is written over."""
        wide = self._wide if final is None or final.itemsize == self._wide.dtype.itemsize else None
        if wide is None:
            wide = numpy.zeros(self._shape, final)
        for number in reversed(range(self._shape[0])):
            samples = self._array[number].copy()
            if _isReversible(rescale):
                rescaleInPlace(samples, Rescale(1, -rescale.intercept))
            if final is None:
                wide[number].view("float64")[...] = samples * rescale.slope + rescale.intercept
            else:
                rescaleInto(wide[number].view(final), samples, rescale)
        return wide.view("float64" if final is None else final)


def _isReversible(rescale: Rescale) -> bool:
    """Whether a sum that wraps around can be taken back: products cannot."""
    return rescale.slope == 1


def _refuse(samples: numpy.ndarray, where: object) -> None:
    value = f"{samples.min()} to {samples.max()}"
    raise PixelDataError("decoded values are larger than the header announces", where, value)


class ColourAssembly:
    """Slices of red, green and blue; the type of the first one is the type of the volume.

    :param expectedType: where it is known beforehand
    """

    def __init__(self, shape: tuple[int, ...], expectedType: numpy.dtype | None = None):
        self._shape = shape
        self._expectedType = expectedType
        self._lock = threading.Lock()
        self._array: numpy.ndarray | None = None

    @property
    def array(self) -> numpy.ndarray | None:
        """None before the first slice, when the type is not known beforehand."""
        return self._allocated(self._expectedType) if self._expectedType is not None else self._array

    def _allocated(self, dtype: numpy.dtype) -> numpy.ndarray:
        with self._lock:
            if self._array is None:
                self._array = numpy.zeros(self._shape, dtype)
            return self._array

    def ownMemory(self, number: int, storedType: numpy.dtype) -> numpy.ndarray | None:
        """The volume's memory of one slice; None where it has another type."""
        array = self._allocated(self._expectedType or storedType)
        return array[number] if array.dtype == storedType else None

    def finishOwn(self, number: int, storedType: numpy.dtype) -> None:
        """Colours are complete as they were read."""

    def accept(self, number: int, samples: numpy.ndarray, where: object) -> None:
        """One slice of colours. :raises PixelDataError: when their type is not that of the volume"""
        array = self._allocated(self._expectedType or samples.dtype)
        if array.dtype == numpy.uint16 and samples.dtype == numpy.uint8:
            numpy.multiply(samples, 257, out=array[number], dtype=numpy.uint16)  # white stays white
        elif array.dtype == samples.dtype:
            array[number] = samples
        else:
            value = f"{samples.dtype} and {array.dtype}"
            raise PixelDataError("slices differ in the type of their values", where, value)

    def result(self) -> numpy.ndarray:
        """The volume."""
        return self._array


Assembly = GreyAssembly | ColourAssembly
# (number of the slice, the volume so far)
SliceObserver = Callable[[int, numpy.ndarray], None]
