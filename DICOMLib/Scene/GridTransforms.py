"""Grids of displacements as VTK transforms, and many points through one at once. RAS, mm."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkGeneralTransform
from vtkmodules.vtkFiltersHybrid import vtkGridTransform

from ..Geometry.DisplacementGrid import DisplacementGrid
from .Matrices import matrixFromArray

# Axes that are at right angles but for rounding.
RIGHT_ANGLED_WITHIN = 1e-9


@dataclass(frozen=True)
class PlacedGrid:
    """A grid of displacements in the voxel indices of a volume.

    :ivar ijkToRAS: 4×4, indices → RAS mm; may be sheared
    :ivar isFromParent: whether it moves the parent's points to the children's frame, and not the other way
    :ivar isCubic: whether cubic splines go through its points, as 3D Slicer has them for grids of files; else it is
        linear between them
    :ivar inFile: displacements as the file that it was read from has them, LPS mm, in the shape of those of the grid;
        the way to voxels and back changes their last digits
    """

    ijkToRAS: numpy.ndarray
    grid: DisplacementGrid
    isFromParent: bool
    isCubic: bool = False
    inFile: numpy.ndarray | None = field(default=None, repr=False, compare=False)

    def transform(self) -> vtkGeneralTransform:
        """RAS → RAS, from the parent or to it."""
        return transformOfGrid(self.ijkToRAS, self.grid, self.isCubic)


def transformOfGrid(ijkToRAS: numpy.ndarray, grid: DisplacementGrid, isCubic: bool = False) -> vtkGeneralTransform:
    """RAS → RAS: to a frame along the axes of a volume, moved there by the grid, and back.

    ``vtkGridTransform`` knows no directions; there it needs none.
    """
    frame = frameOf(ijkToRAS)
    inFrame = (numpy.linalg.inv(frame) @ ijkToRAS)[:3]
    placed = DisplacementGrid(
        numpy.asarray(grid.displacements, float) @ inFrame[:, :3].T,
        inFrame[:, :3] @ numpy.asarray(grid.origin, float) + inFrame[:, 3],
        inFrame[:, :3].diagonal() * numpy.asarray(grid.spacing, float),
    )
    return throughFrame(frame, vtkTransformOf(placed, isCubic))


def frameOf(ijkToRAS: numpy.ndarray) -> numpy.ndarray:
    """4×4, a frame without directions of its own → RAS mm.

    Turned only, where the axes of a volume are at right angles: how near VTK's search for the way back comes is
    measured in millimetres then, as 3D Slicer does it, which gives the same points. Else the frame is that of indices.
    """
    spacing = numpy.linalg.norm(ijkToRAS[:3, :3], axis=0)
    axes = ijkToRAS[:3, :3] / spacing
    if numpy.abs(axes.T @ axes - numpy.eye(3)).max() > RIGHT_ANGLED_WITHIN:
        return numpy.array(ijkToRAS, float)
    frame = numpy.eye(4)
    frame[:3, :3] = axes
    return frame


def throughFrame(frame: numpy.ndarray, moving: vtkAbstractTransform) -> vtkGeneralTransform:
    """RAS → RAS of what moves points in a frame. :param frame: 4×4, the frame → RAS"""
    transform = vtkGeneralTransform()
    transform.PostMultiply()
    transform.Concatenate(matrixFromArray(numpy.linalg.inv(frame)))
    transform.Concatenate(moving)
    transform.Concatenate(matrixFromArray(frame))
    return transform


def vtkTransformOf(grid: DisplacementGrid, isCubic: bool = False) -> vtkGridTransform:
    """The grid itself, linear between its points or by cubic splines through them."""
    depth, height, width, _components = grid.displacements.shape
    image = vtkImageData()
    image.SetDimensions(width, height, depth)
    image.SetOrigin(*grid.origin)
    image.SetSpacing(*grid.spacing)
    values = numpy.ascontiguousarray(grid.displacements, dtype=float).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_to_vtk(values, deep=True))
    transform = vtkGridTransform()
    if isCubic:
        transform.SetInterpolationModeToCubic()
    else:
        transform.SetInterpolationModeToLinear()
    transform.SetDisplacementGridData(image)
    return transform


def movedPoints(transform: vtkAbstractTransform, points: numpy.ndarray) -> numpy.ndarray:
    """Points of shape (..., 3) through any VTK transform, float64."""
    flat = numpy.ascontiguousarray(points, dtype=float).reshape(-1, 3)
    before, after = vtkPoints(), vtkPoints()
    before.SetDataTypeToDouble()
    after.SetDataTypeToDouble()
    before.SetData(numpy_to_vtk(flat))
    transform.TransformPoints(before, after)
    return vtk_to_numpy(after.GetData()).reshape(numpy.shape(points)).copy()
