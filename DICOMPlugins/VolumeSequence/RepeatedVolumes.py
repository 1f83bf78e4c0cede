"""Which slices of a series make volumes at the same positions, alike enough to be the items of one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from DICOMLib.Geometry.Checks import samePositionTolerance
from DICOMLib.Geometry.Grouping import Part, splitPlanes
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Geometry.RepeatedStacks import analyzeParts
from DICOMLib.Geometry.Slices import SliceStack

SAME_MATRIX = 1e-3
"""mm, and mm a voxel: volumes of one series whose matrices differ by more are not in one place."""


@dataclass(frozen=True)
class RepeatedVolumes:
    """Volumes of one size in one place, in their order.

    :ivar stacks: one a volume
    :ivar leftOut: how many more volumes are there that have other slices, such as one that was not finished
    :ivar isAll: whether these are all slices of the images
    """

    stacks: list[SliceStack]
    leftOut: int
    isAll: bool


def mayRepeat(planes: Planes) -> bool:
    """Whether there are at most half as many places as slices; quick, for series of all kinds."""
    if len(planes) < 2 or not planes.located.all():
        return False
    rounded = numpy.round(planes.positions / samePositionTolerance(planes)).astype(numpy.int64)
    return 2 * len(numpy.unique(rounded, axis=0)) <= len(planes)


def repeatedVolumes(planes: Planes) -> list[RepeatedVolumes]:
    """What can be stepped through: for each place with several volumes those that are alike."""
    if not mayRepeat(planes):
        return []
    groups: dict[tuple, list[Part]] = {}
    for part in splitPlanes(planes):
        if part.volumeCount > 1:
            groups.setdefault((part.volumeCount, *part.reasons[:-1]), []).append(part)
    found = [_alike(analyzeParts(planes, parts), len(planes)) for parts in groups.values()]
    return [one for one in found if len(one.stacks) > 1]


def _alike(stacks: Sequence[SliceStack], sliceCount: int) -> RepeatedVolumes:
    sizes = [stack.dimensions for stack in stacks]
    wanted = max(sizes, key=lambda size: (sizes.count(size), size))
    first = stacks[sizes.index(wanted)]
    fitting = [
        stack for stack, size in zip(stacks, sizes, strict=True)
        if size == wanted and not stack.localizer and _isSamePlace(stack, first)
    ]  # fmt: skip
    return RepeatedVolumes(fitting, len(stacks) - len(fitting), len(fitting) * wanted[2] == sliceCount)


def _isSamePlace(stack: SliceStack, first: SliceStack) -> bool:
    return bool(numpy.allclose(stack.ijkToLPS, first.ijkToLPS, rtol=0, atol=SAME_MATRIX))
