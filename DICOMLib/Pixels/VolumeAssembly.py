"""The volume while its slices arrive, from reading threads and from those of the workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy

from ..Errors import PixelDataError
from ..Processors import availableProcessors
from ..Progress import Progress
from .LookupTable import LookupTable
from .Rescale import Rescale, fitsAfterRescale, holds, rescaleInPlace, rescaleInto
from .ValuePlan import ValuePlan, integerTypeFor

# Two threads are as fast as memory is; starting the second one takes longer than it saves for less than this.
_MOST_THREADS = 2
_BYTES_WORTH_A_THREAD = 8 << 20


class GreyAssembly:
    """Slices of stored values become slices of modality values.

    Where the header alone does not tell the type (see ValuePlan.py), the first slice mostly does: when it needs a wider
    one, so does the volume. When it does not, memory for numbers of twice the size is reserved and half of it used; the
    other half exists in name only unless a later slice turns out to need it.

    :param isWatched: whether somebody looks at the volume meanwhile, so that its memory may not change its meaning
    """

    def __init__(self, shape: tuple[int, ...], plan: ValuePlan, isWatched: bool = False):
        self.plan = plan
        self._shape = shape
        self._isWatched = isWatched
        self._lock = threading.Lock()
        self._begun = bytearray(shape[0])
        self._limits: list[tuple[int, int] | None] = [None] * shape[0]
        self._wide: numpy.ndarray | None = None
        self._array: numpy.ndarray | None = None
        self._shownType: numpy.dtype | None = None
        self._isShownTrue = True

    @property
    def shown(self) -> numpy.ndarray | None:
        """The volume so far, in modality values; zero, or what :meth:`fillUnread` put there, where nothing was read.

        None before the first slice, and when a slice does not fit the type that the ones before had.
        """
        if self.plan.resultType is not None or self._array is None:
            return self._array
        isTrue = self._isShownTrue and self._shownType is not None
        return self._array.view(self._shownType) if isTrue else None

    def fillUnread(self, value: float, progress: Progress) -> None:
        """Give all slices that nobody has begun to read a value, while others are read.

        :raises CancelledError: when `progress` was cancelled
        """
        for number in range(self._shape[0]):
            progress.raiseIfCancelled()
            with self._lock:
                shown = self.shown
                if shown is not None and not self._begun[number]:
                    shown[number] = value

    def _begin(self, number: int) -> numpy.ndarray:
        """A slice is about to arrive. Memory is taken for the first one: a forged header alone takes none."""
        with self._lock:
            if self._array is None:
                self._allocate()
            self._begun[number] = 1
            return self._array

    def _allocate(self) -> None:
        """Memory from the system costs nothing before it is written to. Who looks meanwhile is to see zeros; else every
        slice is written before anybody gets the volume, and memory that was used before need not be cleared."""
        allocate = numpy.zeros if self._isWatched else numpy.empty
        if self.plan.resultType is not None:
            self._array = allocate(self._shape, self.plan.resultType)
            return
        stored = self.plan.storedType
        self._wide = allocate(self._shape, f"i{2 * stored.itemsize}")
        self._array = self._wide.reshape(-1).view(stored)[: self._wide.size].reshape(self._shape)

    def ownMemory(self, number: int, storedType: numpy.dtype) -> numpy.ndarray | None:
        """The volume's memory of one slice seen as stored values; None where these have another size or kind."""
        array = self._begin(number)
        if storedType.itemsize != array.dtype.itemsize or isinstance(self.plan.mappings[number], LookupTable):
            return None
        if "f" in storedType.kind + array.dtype.kind and storedType != array.dtype:
            return None
        return array[number].view(storedType)

    def finishOwn(self, number: int, storedType: numpy.dtype) -> None:
        """Stored values that were read into :meth:`ownMemory` become modality values."""
        mapping = self.plan.mappings[number]
        samples = self._array[number]
        if self.plan.resultType is None and self._needsWider(number, samples):
            rescaleInto(self._array[number], samples, mapping)
            return
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
        array = self._begin(number)
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

    def _needsWider(self, number: int, samples: numpy.ndarray) -> bool:
        """Note which values are there. :returns: whether the volume was begun anew with wider numbers for them"""
        mapping = self.plan.mappings[number]
        limits = self._limits[number] = _limitsThatMatter(samples, mapping)
        rescaled = mapping.rescaledRange(limits)
        with self._lock:
            isAlone = self._begun.count(1) == 1
            fitting = integerTypeFor(rescaled, samples.dtype.itemsize)
            if fitting is not None and fitting.itemsize == samples.dtype.itemsize:
                if self._shownType is None and _isReversible(mapping):
                    self._shownType = fitting
            elif isAlone and self.plan.widerType is not None:
                self.plan = replace(self.plan, resultType=self.plan.widerType)
                self._array, self._wide = numpy.zeros(self._shape, self.plan.widerType), None
                return True
            if self._shownType is not None and not holds(self._shownType, rescaled):
                self._isShownTrue = False
            return False

    def result(self) -> numpy.ndarray:
        """The volume in its final type."""
        array = self._array
        if self.plan.resultType is not None:
            return array
        rescale = self.plan.mappings[0]
        limits = [one for one in self._limits if one is not None]
        stored = min(low for low, _ in limits), max(high for _, high in limits)
        final = integerTypeFor(rescale.rescaledRange(stored), array.dtype.itemsize)
        if final is not None and final.itemsize == array.dtype.itemsize:
            if not _isReversible(rescale):
                _forEach(range(self._shape[0]), array.nbytes, lambda number: rescaleInPlace(array[number], rescale))
            return array.view(final)
        return self._widened(rescale, final)

    def _widened(self, rescale: Rescale, final: numpy.dtype | None) -> numpy.ndarray:
        """Numbers of twice the size, in the same memory where that can be: the last half first, so that no slice is
        written over before it is read."""
        final = numpy.dtype("float64") if final is None else final
        isRoomy = final.itemsize == self._wide.dtype.itemsize and not self._isWatched
        wide = self._wide.view(final) if isRoomy else numpy.zeros(self._shape, final)

        def widen(number: int) -> None:
            samples = self._array[number].copy()
            if _isReversible(rescale):
                rescaleInPlace(samples, Rescale(1, -rescale.intercept))
            rescaleInto(wide[number], samples, rescale)

        end = self._shape[0]
        while end > 0:
            start = (end + 1) // 2 if end > 1 else 0
            _forEach(range(start, end), wide[start:end].nbytes, widen)
            end = start
        return wide


def _forEach(numbers: Sequence[int], bytesInAll: int, work: Callable[[int], None]) -> None:
    """Work on slices, with several threads where that is worth it."""
    if bytesInAll < _BYTES_WORTH_A_THREAD:
        for number in numbers:
            work(number)
        return
    with ThreadPoolExecutor(min(_MOST_THREADS, availableProcessors()), thread_name_prefix="rescaling") as threads:
        for _ in threads.map(work, numbers):
            continue


def _limitsThatMatter(samples: numpy.ndarray, mapping: Rescale) -> tuple[int, int]:
    """Smallest and largest value; where only one of them can leave the type, the other one is what the type allows."""
    bounds = numpy.iinfo(samples.dtype)
    isOneSided = samples.dtype.kind == "i" and _isReversible(mapping)
    low = bounds.min if isOneSided and mapping.intercept > 0 else int(samples.min())
    high = bounds.max if isOneSided and mapping.intercept < 0 else int(samples.max())
    return low, high


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
    def shown(self) -> numpy.ndarray | None:
        """The volume so far, black where nothing was read; None before the first slice."""
        return self._array

    def fillUnread(self, value: float, progress: Progress) -> None:
        """What is not read is black already."""

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
# The number of a slice that has arrived
SliceObserver = Callable[[int], None]
