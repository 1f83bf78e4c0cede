"""Modality rescale: stored values to what the modality measured, in the smallest type that holds it (PS3.3 C.11.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..Instance import Instance

# float32 carries 24 bits exactly: enough for 16-bit samples times any slope, not for 32-bit ones.
LARGEST_SAMPLE_FOR_FLOAT32 = 2


@dataclass(frozen=True)
class Rescale:
    """value = stored × slope + intercept."""

    slope: float = 1.0
    intercept: float = 0.0

    @property
    def isIdentity(self) -> bool:
        """Whether it changes nothing."""
        return self.slope == 1 and self.intercept == 0

    @property
    def isIntegral(self) -> bool:
        """Whether integers stay integers."""
        return float(self.slope).is_integer() and float(self.intercept).is_integer()


def rescaleOf(instance: Instance, frame: int | None = None) -> Rescale:
    """What the header states; nothing stated, or a slope of zero (which would erase the image), is no rescale.

    :param frame: whose functional groups count too; None for the data set alone
    """
    if frame is None:
        slope, intercept = instance.number("RescaleSlope", 1.0), instance.number("RescaleIntercept", 0.0)
    else:
        slope = (instance.frameNumbers("RescaleSlope", frame) or (1.0,))[0]
        intercept = (instance.frameNumbers("RescaleIntercept", frame) or (0.0,))[0]
    return Rescale(slope, intercept) if slope else Rescale()


@dataclass(frozen=True)
class RescalePlan:
    """How stored slices become the volume.

    :ivar storedType: integer type that holds the stored samples of every slice
    :ivar resultType: type of the volume; None when it depends on the values (decided by :func:`resultTypeForValues`)
    :ivar rescales: for each slice
    """

    storedType: numpy.dtype
    resultType: numpy.dtype | None
    rescales: tuple[Rescale, ...]

    @property
    def isIdentity(self) -> bool:
        """Whether no slice changes."""
        return all(rescale.isIdentity for rescale in self.rescales)

    @property
    def uniform(self) -> Rescale | None:
        """The one rescale of all slices, None when they differ."""
        return self.rescales[0] if len(set(self.rescales)) == 1 else None

    @property
    def inPlace(self) -> bool:
        """Whether stored samples can be read into the volume's own memory and rescaled there."""
        return (
            self.resultType is not None
            and self.resultType.kind in "iu"
            and self.resultType.itemsize == self.storedType.itemsize
        )


def planRescale(rescales: Sequence[Rescale], storedType: numpy.dtype, storedRange: tuple[int, int]) -> RescalePlan:
    """Decide the volume's type from the headers.

    No rescale keeps the stored type. One integral slope and intercept give an integer type that holds every value
    the stored bits can express. Anything else, different rescales between slices included, gives floating point.
    """
    rescales = tuple(rescales)
    uniform = rescales[0] if len(set(rescales)) == 1 else None
    if uniform is not None and uniform.isIdentity:
        return RescalePlan(storedType, storedType, rescales)
    if uniform is not None and uniform.isIntegral:
        return RescalePlan(storedType, _integerType(_rescaledRange(storedRange, uniform), storedType), rescales)
    small = storedType.itemsize <= LARGEST_SAMPLE_FOR_FLOAT32
    return RescalePlan(storedType, numpy.dtype("float32" if small else "float64"), rescales)


def _rescaledRange(limits: tuple[int, int], rescale: Rescale) -> tuple[int, int]:
    ends = [int(limit) * int(rescale.slope) + int(rescale.intercept) for limit in limits]
    return min(ends), max(ends)


def _integerType(limits: tuple[int, int], storedType: numpy.dtype) -> numpy.dtype | None:
    """Signed, else unsigned type of the stored size that holds the limits; None when only a wider one does."""
    for kind in ("i", "u"):
        candidate = numpy.dtype(f"{kind}{storedType.itemsize}")
        bounds = numpy.iinfo(candidate)
        if bounds.min <= limits[0] and limits[1] <= bounds.max:
            return candidate
    return None


def resultTypeForValues(stored: numpy.ndarray, rescale: Rescale) -> numpy.dtype:
    """Smallest type, from the stored size up, that holds the rescaled values which are really there."""
    limits = _rescaledRange((int(stored.min()), int(stored.max())), rescale)
    size = stored.dtype.itemsize
    while size <= 8:
        fitting = _integerType(limits, numpy.dtype(f"i{size}"))
        if fitting is not None:
            return fitting
        size *= 2
    return numpy.dtype("float64")


def fitsAfterRescale(samples: numpy.ndarray, rescale: Rescale, resultType: numpy.dtype) -> bool:
    """Whether the type holds the rescaled samples; a lossy codec may overshoot the bits that the header states."""
    if resultType.kind == "f":
        return True
    low, high = _rescaledRange((int(samples.min()), int(samples.max())), rescale)
    bounds = numpy.iinfo(resultType)
    return bounds.min <= low and high <= bounds.max


def rescaleInPlace(samples: numpy.ndarray, rescale: Rescale) -> None:
    """Integer samples × slope + intercept in their own memory.

    Exact whenever the results fit the type: integer arithmetic wraps around and comes back.
    """
    if rescale.slope != 1:
        numpy.multiply(samples, _wrapped(rescale.slope, samples.dtype), out=samples)
    if rescale.intercept:
        numpy.add(samples, _wrapped(rescale.intercept, samples.dtype), out=samples)


def _wrapped(number: float, dtype: numpy.dtype) -> numpy.integer:
    """An integral number modulo the size of the type."""
    bits = dtype.itemsize * 8
    value = int(number) & ((1 << bits) - 1)
    return numpy.array(value, f"u{dtype.itemsize}").astype(dtype)[()]


def rescaleInto(target: numpy.ndarray, stored: numpy.ndarray, rescale: Rescale) -> None:
    """`target` = stored × slope + intercept, computed in float64 and rounded once to the target's type."""
    if target.dtype.kind in "iu":
        # Wide enough for any integral result; float64 would round beyond 2^53.
        target[...] = stored.astype(target.dtype)
        rescaleInPlace(target, rescale)
    else:
        target[...] = stored.astype(numpy.float64) * rescale.slope + rescale.intercept
