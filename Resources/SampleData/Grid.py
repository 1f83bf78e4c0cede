"""Where the voxels of a series are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from .Shapes import Points, Vector


@dataclass(frozen=True)
class Grid:
    """A regular stack of slices; `spacing` is (i, j, k) mm, directions and `center` (the volume's middle) are LPS."""

    dimensions: tuple[int, int, int]
    spacing: Vector
    rowDirection: Vector
    columnDirection: Vector
    center: Vector

    @property
    def ijkToLPS(self) -> numpy.ndarray:
        """4x4 from (column i, row j, slice k) to LPS mm; slices follow the right-handed normal."""
        row, column = numpy.asarray(self.rowDirection, float), numpy.asarray(self.columnDirection, float)
        matrix = numpy.eye(4)
        matrix[:3, :3] = numpy.stack([row, column, numpy.cross(row, column)], axis=1) * self.spacing
        matrix[:3, 3] = self.center - matrix[:3, :3] @ ((numpy.asarray(self.dimensions) - 1) / 2.0)
        return matrix

    @property
    def ijkToRAS(self) -> numpy.ndarray:
        """4x4 from (i, j, k) to RAS mm."""
        return numpy.diag([-1.0, -1.0, 1.0, 1.0]) @ self.ijkToLPS

    def position(self, k: int) -> numpy.ndarray:
        """LPS centre of the first voxel of slice k: ImagePositionPatient."""
        return (self.ijkToLPS @ [0.0, 0.0, float(k), 1.0])[:3]

    def pointsOfSlice(self, k: int) -> Points:
        """RAS positions of the voxels of slice k, three float32 arrays of shape (rows, columns)."""
        columns, rows, _ = self.dimensions
        matrix = self.ijkToRAS
        i = numpy.arange(columns)
        j = numpy.arange(rows)[:, None]
        return tuple(
            (matrix[axis, 0] * i + matrix[axis, 1] * j + matrix[axis, 2] * k + matrix[axis, 3]).astype(numpy.float32)
            for axis in range(3)
        )


def turnedDirections(row: Vector, column: Vector, aboutX: float, aboutY: float, aboutZ: float) -> tuple[Vector, Vector]:
    """Two LPS directions turned by degrees about the patient's axes (x first)."""
    rotation = numpy.eye(3)
    for axis, degrees in enumerate((aboutX, aboutY, aboutZ)):
        c, s = numpy.cos(numpy.radians(degrees)), numpy.sin(numpy.radians(degrees))
        first, second = [(1, 2), (2, 0), (0, 1)][axis]
        turn = numpy.eye(3)
        turn[first, first] = turn[second, second] = c
        turn[first, second], turn[second, first] = -s, s
        rotation = turn @ rotation
    return tuple((rotation @ row).tolist()), tuple((rotation @ column).tolist())
