"""Grids of displacements as VTK transforms, and many points through one at once. RAS, mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkGeneralTransform
from vtkmodules.vtkFiltersHybrid import vtkGridTransform

from ..Geometry.DisplacementGrid import DisplacementGrid
from .Matrices import matrixFromArray


@dataclass(frozen=True)
class PlacedGrid:
    """A grid of displacements in the voxel indices of a volume.

    :ivar ijkToRAS: 4×4, indices → RAS mm; may be sheared
    :ivar isFromParent: whether it moves the parent's points to the children's frame, and not the other way
    """

    ijkToRAS: numpy.ndarray
    grid: DisplacementGrid
    isFromParent: bool


def transformOfGrid(ijkToRAS: numpy.ndarray, grid: DisplacementGrid) -> vtkGeneralTransform:
    """RAS → RAS: to the voxel indices of a volume, moved there by the grid, and back.

    ``vtkGridTransform`` knows no directions; in voxel indices it needs none, and a sheared matrix is no obstacle.
    """
    transform = vtkGeneralTransform()
    transform.PostMultiply()
    transform.Concatenate(matrixFromArray(numpy.linalg.inv(ijkToRAS)))
    transform.Concatenate(vtkTransformOf(grid))
    transform.Concatenate(matrixFromArray(ijkToRAS))
    return transform


def vtkTransformOf(grid: DisplacementGrid) -> vtkGridTransform:
    """The grid itself, linear between its points."""
    depth, height, width, _components = grid.displacements.shape
    image = vtkImageData()
    image.SetDimensions(width, height, depth)
    image.SetOrigin(*grid.origin)
    image.SetSpacing(*grid.spacing)
    values = numpy.ascontiguousarray(grid.displacements, dtype=float).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_to_vtk(values, deep=True))
    transform = vtkGridTransform()
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
