"""What non-linear transforms of files consist of, as VTK transforms. RAS, mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkGeneralTransform, vtkTransform

from .GridTransforms import PlacedGrid, transformOfGrid
from .Matrices import matrixFromArray


@dataclass(frozen=True)
class PlacedMatrix:
    """A linear part. :ivar fromParent: 4×4, the parent's RAS → the children's"""

    fromParent: numpy.ndarray


@dataclass(frozen=True)
class PlacedSpline:
    """Cubic B-splines, of which the coefficients are at points of a grid; beyond it they fade to no displacement.

    :ivar ijkToRAS: 4×4, indices of the coefficients → RAS mm
    :ivar coefficients: (slices, rows, columns, 3), RAS mm
    :ivar isFromParent: whether it moves the parent's points to the children's frame, and not the other way
    """

    ijkToRAS: numpy.ndarray
    coefficients: numpy.ndarray
    isFromParent: bool


TransformPart = PlacedMatrix | PlacedGrid | PlacedSpline


def fromParentOf(parts: Sequence[TransformPart]) -> vtkGeneralTransform:
    """The parent's RAS → the children's through all parts, the last one first, as ITK composes them.

    Parts to the parent are inverted, which VTK does point by point.
    """
    transform = vtkGeneralTransform()
    for part in parts:
        transform.Concatenate(_fromParent(part))
    return transform


def _fromParent(part: TransformPart) -> vtkAbstractTransform:
    if isinstance(part, PlacedMatrix):
        linear = vtkTransform()
        linear.SetMatrix(matrixFromArray(part.fromParent))
        return linear
    found = transformOfGrid(part.ijkToRAS, part.grid) if isinstance(part, PlacedGrid) else transformOfSpline(part)
    return found if part.isFromParent else found.GetInverse()


def transformOfSpline(spline: PlacedSpline) -> vtkGeneralTransform:
    """RAS → RAS: to the indices of the coefficients, where VTK's splines need no directions, moved there, and back."""
    from vtkmodules.vtkFiltersHybrid import vtkBSplineTransform

    toIndices = numpy.linalg.inv(spline.ijkToRAS)
    values = numpy.asarray(spline.coefficients, float).reshape(-1, 3) @ toIndices[:3, :3].T
    image = vtkImageData()
    image.SetDimensions(*spline.coefficients.shape[2::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(numpy.ascontiguousarray(values), deep=True))
    moving = vtkBSplineTransform()
    moving.SetCoefficientData(image)
    moving.SetBorderModeToZero()
    transform = vtkGeneralTransform()
    transform.PostMultiply()
    transform.Concatenate(matrixFromArray(toIndices))
    transform.Concatenate(moving)
    transform.Concatenate(matrixFromArray(spline.ijkToRAS))
    return transform
