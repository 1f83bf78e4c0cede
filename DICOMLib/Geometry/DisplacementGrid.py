"""A grid of displacements, interpolated between its points as ``vtkGridTransform`` does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class DisplacementGrid:
    """Displacements at the points of a rectangular grid; beyond the grid those of its border hold.

    :ivar displacements: shape (nz, ny, nx, 3), float64, each (x, y, z)
    :ivar origin: (x, y, z) of the first point
    :ivar spacing: between points along x, y, z, each above 0
    """

    displacements: numpy.ndarray
    origin: Sequence[float]
    spacing: Sequence[float]

    def at(self, points: numpy.ndarray) -> numpy.ndarray:
        """Displacements of points of shape (..., 3), trilinear between grid points; the same shape."""
        points = numpy.asarray(points, float)
        size = numpy.array(self.displacements.shape[2::-1])
        position = numpy.clip((points - numpy.asarray(self.origin)) / numpy.asarray(self.spacing), 0, size - 1)
        low = numpy.minimum(position.astype(int), numpy.maximum(size - 2, 0))
        part = position - low
        result = numpy.zeros(points.shape)
        for corner in numpy.ndindex(2, 2, 2):
            index = numpy.minimum(low + corner, size - 1)
            weight = numpy.where(corner, part, 1 - part).prod(axis=-1)
            result += weight[..., None] * self.displacements[index[..., 2], index[..., 1], index[..., 0]]
        return result

    def moved(self, points: numpy.ndarray) -> numpy.ndarray:
        """Points of shape (..., 3) where the grid moves them."""
        return numpy.asarray(points, float) + self.at(points)
