"""Modality rescale: stored values to what the modality measured (PS3.3 C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..Instance import Instance
from ..Tags import tagText

# Numbers of double precision that stay in the processor's cache from one step of computing to the next.
_VALUES_AT_ONCE = 1 << 15
# All that a rescale is made of, in the form of keys of a record's values.
RESCALE_TAGS = tuple(map(tagText, ("Modality", "RescaleSlope", "RescaleIntercept", "DoseGridScaling")))


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

    def scaled(self, factor: float) -> Rescale:
        """The same followed by a multiplication, as from activity to uptake values."""
        return Rescale(self.slope * factor, self.intercept * factor)

    def rescaledRange(self, limits: tuple[int, int]) -> tuple[int, int]:
        """Smallest and largest result of integers between the limits; only for integral ones."""
        ends = [int(limit) * int(self.slope) + int(self.intercept) for limit in limits]
        return min(ends), max(ends)


def rescaleOf(instance: Instance, frame: int | None = None) -> Rescale:
    """What the header states; nothing stated, or a slope of zero (which would erase the image), is no rescale.

    Doses are stored × DoseGridScaling, in the unit of DoseUnits (PS3.3 C.8.8.3.1).

    :param frame: whose functional groups count too; None for the data set alone
    """
    if instance.modality == "RTDOSE":
        scaling = instance.number("DoseGridScaling", 0.0)
        return Rescale(scaling) if scaling else Rescale()
    if frame is None or not instance.hasFunctionalGroups:
        slope, intercept = instance.number("RescaleSlope", 1.0), instance.number("RescaleIntercept", 0.0)
    else:
        slope = (instance.frameNumbers("RescaleSlope", frame) or (1.0,))[0]
        intercept = (instance.frameNumbers("RescaleIntercept", frame) or (0.0,))[0]
    return Rescale(slope, intercept) if slope else Rescale()


def fitsAfterRescale(samples: numpy.ndarray, rescale: Rescale, resultType: numpy.dtype) -> bool:
    """Whether the type holds the rescaled samples; a lossy codec may overshoot the bits that the header states."""
    if resultType.kind == "f":
        return True
    low, high = rescale.rescaledRange((int(samples.min()), int(samples.max())))
    return holds(resultType, (low, high))


def holds(dtype: numpy.dtype, limits: tuple[int, int]) -> bool:
    """Whether an integer type reaches from the lower to the upper limit."""
    bounds = numpy.iinfo(dtype)
    return bounds.min <= limits[0] and limits[1] <= bounds.max


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
        numpy.copyto(target, stored, casting="unsafe")
        rescaleInPlace(target, rescale)
        return
    rows = max(1, _VALUES_AT_ONCE * len(stored) // max(1, stored.size))
    for first in range(0, len(stored), rows):
        values = stored[first : first + rows].astype(numpy.float64)
        if rescale.slope != 1:
            values *= rescale.slope
        if rescale.intercept:
            values += rescale.intercept
        target[first : first + rows] = values
