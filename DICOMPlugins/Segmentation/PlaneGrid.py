"""Where the frames of a segmentation are, and the grid of voxels that they lie on. LPS, mm.

Frames without labels are often left out, so that planes are where they say, not one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from DICOMLib.Errors import LoadError

# Planes nearer than this are one: positions have rounding errors of files.
SAME_PLANE_MM = 1e-3
# So are those of coarser rounding, where all others are this many times farther from each other.
COARSELY_SAME_PLANE_MM, CLEARLY_FARTHER = 0.02, 20
# How much of the distance of planes a gap may differ from a multiple of it.
GAP_TOLERANCE = 0.05
# How far planes may be from where one matrix puts them before it is said.
PLACE_TOLERANCE_MM = 0.02
SAME_DIRECTION = 1e-4
MOST_PLANES = 65536


@dataclass(frozen=True)
class Margins:
    """What our own files say of planes without labels, which have no frames.

    :ivar below: so many before the first frame, in the direction of row × column
    :ivar above: so many after the last
    :ivar stride: from one plane to the next, (3,)
    """

    below: int
    above: int
    stride: numpy.ndarray


@dataclass(frozen=True)
class PlaneGrid:
    """
    :ivar ijkToLPS: 4×4, voxel index to mm; right-handed
    :ivar planeOfFrame: slice index k of each frame
    :ivar planes: slices in all
    :ivar located: whether it is known where in the patient they are
    :ivar notes: what is not as it should be, a sentence each
    """

    ijkToLPS: numpy.ndarray
    planeOfFrame: numpy.ndarray
    planes: int
    located: bool = True
    notes: tuple[str, ...] = ()


def planeGrid(
    positions: numpy.ndarray,
    orientations: numpy.ndarray,
    pixelSpacing: Sequence[float],
    sliceSpacing: float,
    margins: Margins | None = None,
) -> PlaneGrid:
    """The grid on which all frames lie.

    :param positions: (frames, 3)
    :param orientations: (frames, 6)
    :param pixelSpacing: between rows, between columns
    :param sliceSpacing: as stated, 0 when it is not
    :raises LoadError: when the frames are not parallel, not above each other, or too far from each other
    """
    orientation = orientations[0]
    if numpy.abs(orientations - orientation).max() > SAME_DIRECTION:
        raise LoadError("the frames of the segmentation are not parallel")
    row, column = orientation[:3], orientation[3:]
    normal = numpy.cross(row, column)
    length = numpy.linalg.norm(normal)
    if not all(0.9 < one < 1.1 for one in (length, numpy.linalg.norm(row), numpy.linalg.norm(column))):
        raise LoadError("the orientation of the segmentation makes no sense", value=orientation.tolist())
    heights = positions @ (normal / length)
    places, numbers = _planes(heights, sliceSpacing)
    step, notes = _step(places, sliceSpacing)
    indices = numpy.rint(numpy.r_[0, numpy.cumsum(_counts(numpy.diff(places), step))])
    if indices[-1] >= MOST_PLANES:
        raise LoadError("the planes of the segmentation are too far from each other", value=f"{indices[-1]:.3g} planes")
    indices = indices.astype(int)
    default = normal / length * step if margins is None else margins.stride
    corner, stride, away = _fitted(positions, indices[numbers], default)
    if away > max(PLACE_TOLERANCE_MM, GAP_TOLERANCE * step):
        raise LoadError("the frames of the segmentation are not above each other", value=f"{away:.3g} mm apart")
    if away > PLACE_TOLERANCE_MM:
        notes += (f"Planes are up to {away:.3g} mm from where they are shown.",)
    matrix = numpy.eye(4)
    matrix[:3, 0], matrix[:3, 1] = row * pixelSpacing[1], column * pixelSpacing[0]
    below, above = (0, 0) if margins is None else (margins.below, margins.above)
    matrix[:3, 2], matrix[:3, 3] = stride, corner - below * stride
    planes = below + int(indices[-1]) + 1 + above
    if planes > MOST_PLANES:
        raise LoadError("the segmentation has too many planes", value=planes)
    return PlaneGrid(matrix, indices[numbers] + below, planes, True, notes)


def unplacedGrid(planeOfFrame: numpy.ndarray, pixelSpacing: Sequence[float]) -> PlaneGrid:
    """Frames that say nothing of where they are, at the origin one above the other."""
    matrix = numpy.diag([pixelSpacing[1], pixelSpacing[0], 1.0, 1.0])
    return PlaneGrid(matrix, planeOfFrame, int(planeOfFrame.max()) + 1, False)


def _planes(heights: numpy.ndarray, stated: float) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Different heights in order, and the number of its height for each frame."""
    order = numpy.argsort(heights, kind="stable")
    inOrder = heights[order]
    isNew = numpy.r_[True, numpy.diff(inOrder) > _rounding(inOrder, stated)]
    numbers = numpy.empty(len(heights), int)
    numbers[order] = numpy.cumsum(isNew) - 1
    return inOrder[isNew], numbers


def _rounding(heights: numpy.ndarray, stated: float) -> float:
    """Up to which distance heights, which are in order, are those of one plane."""
    gaps = numpy.diff(heights)
    isSmall = gaps <= COARSELY_SAME_PLANE_MM
    coarse = float(gaps[isSmall].max(initial=0))
    next = float(gaps[~isSmall].min()) if not isSmall.all() else stated
    starts = numpy.flatnonzero(numpy.r_[True, ~isSmall])
    widths = heights[numpy.r_[starts[1:] - 1, len(heights) - 1]] - heights[starts]
    isRounding = coarse * CLEARLY_FARTHER <= next and widths.max() <= COARSELY_SAME_PLANE_MM
    return max(SAME_PLANE_MM, coarse) if isRounding else SAME_PLANE_MM


def _step(places: numpy.ndarray, stated: float) -> tuple[float, tuple[str, ...]]:
    """The distance between planes of which all gaps are multiples: the stated one, or the smallest gap."""
    if len(places) == 1:
        return (stated or 1.0), ()
    gaps = numpy.diff(places)
    isPossible = stated > 0 and (places[-1] - places[0]) / stated < MOST_PLANES
    for step in (stated, float(gaps.min())) if isPossible else (float(gaps.min()),):
        counts = _counts(gaps, step)
        if counts.min() >= 1 and (numpy.abs(gaps - counts * step) <= GAP_TOLERANCE * step).all():
            return step, ()
    step = float(numpy.median(gaps))
    range = f"gaps are from {gaps.min():.3g} to {gaps.max():.3g} mm"
    if _counts(gaps, step).min() < 1:
        raise LoadError("the planes of the segmentation are not evenly spaced", value=range)
    return step, (f"The planes are not evenly spaced: {range}.",)


def _counts(gaps: numpy.ndarray, step: float) -> numpy.ndarray:
    return numpy.rint(gaps / step)


def _fitted(positions: numpy.ndarray, indices: numpy.ndarray, step: numpy.ndarray):
    """(first corner, stride from plane to plane, largest distance from there): a tilted stack keeps its shear."""
    if indices.max() == 0:
        corner, stride = positions.mean(axis=0), step
    else:
        design = numpy.column_stack([numpy.ones(len(indices)), indices])
        origin = positions[0]
        corner, stride = numpy.linalg.lstsq(design, positions - origin, rcond=None)[0]
        corner = corner + origin
    away = numpy.linalg.norm(corner + indices[:, None] * stride - positions, axis=1).max()
    return corner, stride, float(away)
