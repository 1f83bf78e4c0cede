"""Which type the voxels of a volume have, decided from the headers of its slices: as narrow as truth allows.

- Integers stay integers where slope and intercept are integral, also when they differ between slices. The type is at
  least as large as the stored one and holds everything the stored bits can express.
- Where the header alone asks for a larger type than is stored (16 stored bits and an intercept of -1024), the values
  that are really there decide.
- Fractions become float32 where its rounding moves no voxel by more than 1/16 of the step between two stored values,
  else float64. Stored values of 20 bits without an intercept fit the former, those of 32 bits need the latter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from .LookupTable import LookupTable
from .Rescale import Rescale, holds

Mapping = Rescale | LookupTable

# Half the distance between neighbouring float32 numbers, relative to their size.
_FLOAT32_ROUNDING = 2.0**-24
_LARGEST_PART_OF_A_STEP = 1 / 16


@dataclass(frozen=True)
class StoredSlice:
    """What the header says about the stored values of one slice.

    :ivar limits: the smallest and the largest one that is possible
    """

    dtype: numpy.dtype
    limits: tuple[int, int]
    mapping: Mapping


@dataclass(frozen=True)
class ValuePlan:
    """How stored slices become the volume.

    :ivar resultType: type of the volume; None when it depends on the values
    :ivar storedType: the one type of all stored slices; None when they differ
    :ivar mappings: for each slice
    :ivar widerType: where it depends: signed numbers of twice the size, when these hold whatever the header allows
    """

    resultType: numpy.dtype | None
    storedType: numpy.dtype | None
    mappings: tuple[Mapping, ...]
    widerType: numpy.dtype | None = None

    @property
    def uniform(self) -> Rescale | None:
        """The one rescale of all slices, None when they differ or a table gives the values."""
        first = self.mappings[0]
        same = isinstance(first, Rescale) and all(mapping is first or mapping == first for mapping in self.mappings)
        return first if same else None

    @property
    def isIdentity(self) -> bool:
        """Whether no slice changes."""
        return all(isinstance(mapping, Rescale) and mapping.isIdentity for mapping in self.mappings)


def planValues(slices: Sequence[StoredSlice]) -> ValuePlan:
    """Decide the volume's type; see the head of this file."""
    distinct = list(dict.fromkeys({id(one): one for one in slices}.values()))  # most slices are alike
    types = {one.dtype for one in distinct}
    storedType = types.pop() if len(types) == 1 else None
    mappings = tuple(one.mapping for one in slices)
    resultType = _resultType(distinct, storedType)
    return ValuePlan(resultType, storedType, mappings, None if resultType else _widerType(distinct[0]))


def _widerType(one: StoredSlice) -> numpy.dtype | None:
    wider = numpy.dtype(f"i{2 * one.dtype.itemsize}")
    return wider if holds(wider, _resultRange(one)) else None


def _resultType(slices: Sequence[StoredSlice], storedType: numpy.dtype | None) -> numpy.dtype | None:
    if storedType is not None and all(_isIdentity(one) for one in slices):
        return storedType
    if any(one.dtype.kind == "f" or not one.mapping.isIntegral for one in slices):
        return max((_floatingType(one) for one in slices), key=lambda dtype: dtype.itemsize)
    ranges = [_resultRange(one) for one in slices]
    limits = min(low for low, _ in ranges), max(high for _, high in ranges)
    size = max(_leastSize(one) for one in slices)
    fitting = integerTypeFor(limits, size)
    if fitting is not None and fitting.itemsize == size:
        return fitting
    uniform = storedType is not None and len({one.mapping for one in slices}) == 1
    if uniform and isinstance(slices[0].mapping, Rescale) and size < 8:
        return None
    return fitting or numpy.dtype("float64")


def _isIdentity(one: StoredSlice) -> bool:
    return isinstance(one.mapping, Rescale) and one.mapping.isIdentity


def _leastSize(one: StoredSlice) -> int:
    """Bytes; a table replaces the stored values, so their size does not count."""
    return one.mapping.entries.dtype.itemsize if isinstance(one.mapping, LookupTable) else one.dtype.itemsize


def _resultRange(one: StoredSlice) -> tuple[int, int]:
    return one.mapping.range if isinstance(one.mapping, LookupTable) else one.mapping.rescaledRange(one.limits)


def _floatingType(one: StoredSlice) -> numpy.dtype:
    """float32 where its rounding is small against the step between two values, else float64."""
    if isinstance(one.mapping, LookupTable):
        return numpy.dtype("float32") if one.mapping.isIntegral else one.mapping.entries.dtype
    if one.dtype.kind == "f":
        return one.dtype
    slope, intercept = abs(one.mapping.slope), abs(one.mapping.intercept)
    largest = max(map(abs, one.limits)) * slope + intercept
    isFine = largest * _FLOAT32_ROUNDING <= slope * _LARGEST_PART_OF_A_STEP
    return numpy.dtype("float32" if isFine else "float64")


def integerTypeFor(limits: tuple[int, int], size: int) -> numpy.dtype | None:
    """The smallest type of at least `size` bytes that holds the limits, signed before unsigned; None when none does."""
    while size <= 8:
        for kind in ("i", "u"):
            candidate = numpy.dtype(f"{kind}{size}")
            if holds(candidate, limits):
                return candidate
        size *= 2
    return None
