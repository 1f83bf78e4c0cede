"""From the regular grid of a volume to where each slice's own header puts it. LPS, mm.

A volume has one matrix, slices have a position each. Where gaps are uneven, slices are missing or drift, a grid of
displacements (2×2 points a slice, at its corners, as in 3D Slicer) moves the regular grid onto the slices; between two
slices it is interpolated. The grids are kept in voxel indices: there their axes are at right angles also where a tilted
gantry shears the volume, which stays in the matrix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy

from .Checks import DISPLACEMENT_TOLERANCE_MM, allInOnePlace
from .DisplacementGrid import DisplacementGrid
from .Findings import ERROR, NOTE, Finding
from .Patient import transformedPoints
from .Slices import SliceStack

# Corners that the transform has moved must meet those of the headers to this (3D Slicer's corner epsilon).
CORNER_TOLERANCE_MM = 1e-3
# The way back is drawn and resampled with; in terms of voxels this much is not to be seen.
INVERSE_TOLERANCE_VOXELS = 0.1
# The way back bends where slices are: this many points between the two closest ones keep it within 1/32 of a slice …
POINTS_IN_CLOSEST_GAP = 8
# … and this many points in all keep it small (a MB) also where two slices all but coincide.
MOST_INVERSE_POINTS = 8192


@dataclass(frozen=True)
class AcquisitionTransform:
    """What moves the slices of a regular volume to their true places.

    Arrays of corners have shape (slices, 2, 2, 3): LPS mm, indexed [slice, row end, column end], where the ends are
    index 0 and the number of rows or columns, as in 3D Slicer.

    :ivar ijkToLPS: 4x4 of the regular grid
    :ivar originalCorners: on the regular grid
    :ivar targetCorners: by each slice's own position, orientation and pixel spacing
    :ivar grid: displacements in voxel indices, a point for each corner
    """

    ijkToLPS: numpy.ndarray
    originalCorners: numpy.ndarray
    targetCorners: numpy.ndarray
    grid: DisplacementGrid

    @cached_property
    def fixedCorners(self) -> numpy.ndarray:
        """Where the grid moves the original corners."""
        indices = _cornerIndices(self.grid)
        return transformedPoints(self.ijkToLPS, self.grid.moved(indices))

    @property
    def largestDisplacement(self) -> float:
        """mm that some corner of the regular grid is from its true place."""
        return _largestDistance(self.originalCorners, self.targetCorners)

    @property
    def remainingDisplacement(self) -> float:
        """mm that some corner is still off after the transform."""
        return _largestDistance(self.fixedCorners, self.targetCorners)

    @property
    def isNeeded(self) -> bool:
        """Whether the regular grid alone is visibly or measurably wrong."""
        return self.largestDisplacement > DISPLACEMENT_TOLERANCE_MM

    @cached_property
    def inverseGrid(self) -> DisplacementGrid:
        """The way back, in voxel indices: from a true place to the voxel that was measured there.

        Made by inverting the four corner columns along the slices. That is exact for parallel slices up to the
        sampling (see :data:`POINTS_IN_CLOSEST_GAP`), and also defined where slices coincide.
        """
        displacements = self.grid.displacements
        count = len(displacements)
        indices = numpy.arange(count, dtype=float)
        knots = numpy.maximum.accumulate(indices[:, None, None] + displacements[..., 2], axis=0)
        gaps = numpy.diff(knots, axis=0)
        closest = float(gaps[gaps > 0].min()) / POINTS_IN_CLOSEST_GAP if (gaps > 0).any() else 1.0
        first, last = float(knots.min()), float(knots.max())
        points = min(max(math.ceil((last - first) / closest) + 1, 2), MOST_INVERSE_POINTS)
        places = numpy.linspace(first, last, points)
        inverse = numpy.empty((points, 2, 2, 3))
        for j, i in numpy.ndindex(2, 2):
            column = displacements[:, j, i]
            slices = numpy.interp(places, knots[:, j, i], indices)
            for axis in range(2):
                inverse[:, j, i, axis] = -numpy.interp(slices, indices, column[:, axis])
            before, after = places < knots[0, j, i], places > knots[-1, j, i]
            inverse[:, j, i, 2] = slices - places
            inverse[before, j, i, 2] = -column[0, 2]
            inverse[after, j, i, 2] = -column[-1, 2]
        step = (last - first) / (points - 1) or 1.0
        return DisplacementGrid(inverse, (0.0, 0.0, first), (*self.grid.spacing[:2], step))

    def inverseError(self) -> float:
        """Voxels that a corner is off after the way back and forth; large where slices are not parallel."""
        moved = self.grid.moved(_cornerIndices(self.grid))
        again = self.grid.moved(self.inverseGrid.moved(moved))
        return float(abs(again - moved).max())

    def finding(self) -> Finding:
        """The largest displacement before and after in words; an error where the transform does not do its work."""
        before, after = self.largestDisplacement, self.remainingDisplacement
        if not after <= CORNER_TOLERANCE_MM:
            text = f"corners of slices would still be {after:.4f} mm from their true places: they stay where they are"
            return Finding("acquisitionTransform", text, ERROR, after)
        if self.inverseError() > INVERSE_TOLERANCE_VOXELS:
            text = "the slices are not parallel: no transform of one volume can show them in their true places"
            return Finding("acquisitionTransform", text, ERROR, before)
        text = (
            f"slices are moved by up to {before:.2f} mm to where their headers put them; "
            f"then no corner is off by more than {after:.3f} mm"
        )
        return Finding("acquisitionTransform", text, NOTE, before)


def acquisitionTransform(stack: SliceStack) -> AcquisitionTransform | None:
    """The transform of a stack; None where slices have no places of their own or are all in one.

    Works the same for files, frames and slices packed into one image.
    """
    planes = stack.planes
    if not planes.located.all() or len(planes) < 2 or allInOnePlace(planes):
        return None
    columns, rows, count = stack.dimensions
    spacing = (float(columns), float(rows), 1.0)
    indices = _cornerIndices(DisplacementGrid(numpy.zeros((count, 2, 2, 3)), (0.0, 0.0, 0.0), spacing))
    original = transformedPoints(stack.ijkToLPS, indices)
    along = planes.orientations[:, :3] * (planes.pixelSpacings[:, 1] * columns)[:, None]
    down = planes.orientations[:, 3:] * (planes.pixelSpacings[:, 0] * rows)[:, None]
    first = planes.positions
    target = numpy.stack(
        [numpy.stack([first, first + along], axis=1), numpy.stack([first + down, first + along + down], axis=1)], axis=1
    )
    inverse = numpy.linalg.inv(stack.ijkToLPS[:3, :3])
    grid = DisplacementGrid((target - original) @ inverse.T, (0.0, 0.0, 0.0), spacing)
    return AcquisitionTransform(stack.ijkToLPS, original, target, grid)


def _cornerIndices(grid: DisplacementGrid) -> numpy.ndarray:
    """(slices, 2, 2, 3) voxel indices (i, j, k) of the grid's points."""
    k, j, i = numpy.meshgrid(*(numpy.arange(size, dtype=float) for size in grid.displacements.shape[:3]), indexing="ij")
    return numpy.stack([i, j, k], axis=-1) * numpy.asarray(grid.spacing) + numpy.asarray(grid.origin)


def _largestDistance(some: numpy.ndarray, others: numpy.ndarray) -> float:
    return float(numpy.linalg.norm(some - others, axis=-1).max())
