"""What non-linear transforms of files consist of, as VTK transforms. RAS, mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonTransforms import (
    vtkAbstractTransform,
    vtkGeneralTransform,
    vtkThinPlateSplineTransform,
    vtkTransform,
)

from .GridTransforms import PlacedGrid, frameOf, throughFrame
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

    def transform(self) -> vtkGeneralTransform:
        """RAS → RAS, from the parent or to it."""
        return transformOfSpline(self)


@dataclass(frozen=True)
class PlacedThinPlate:
    """A thin plate bent so that it goes through points: the smoothest way to move all others.

    :ivar sources: (n, 3), RAS mm
    :ivar targets: (n, 3), RAS mm: where each of them goes
    :ivar isFromParent: whether it moves the parent's points to the children's frame, and not the other way
    """

    sources: numpy.ndarray
    targets: numpy.ndarray
    isFromParent: bool

    def transform(self) -> vtkThinPlateSplineTransform:
        """RAS → RAS, from the parent or to it, by distances, as 3D Slicer has it in space."""
        moving = vtkThinPlateSplineTransform()
        moving.SetBasisToR()
        moving.SetSourceLandmarks(_points(self.sources))
        moving.SetTargetLandmarks(_points(self.targets))
        return moving


TransformPart = PlacedMatrix | PlacedGrid | PlacedSpline | PlacedThinPlate


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
    found = part.transform()
    return found if part.isFromParent else found.GetInverse()


def transformOfSpline(spline: PlacedSpline) -> vtkGeneralTransform:
    """RAS → RAS: to a frame along the axes of the coefficients, where VTK's splines need no directions, and back."""
    from vtkmodules.vtkFiltersHybrid import vtkBSplineTransform

    frame = frameOf(spline.ijkToRAS)
    toFrame = numpy.linalg.inv(frame)
    inFrame = toFrame @ spline.ijkToRAS
    values = numpy.asarray(spline.coefficients, float).reshape(-1, 3) @ toFrame[:3, :3].T
    image = vtkImageData()
    image.SetDimensions(*spline.coefficients.shape[2::-1])
    image.SetOrigin(*inFrame[:3, 3])
    image.SetSpacing(*inFrame[:3, :3].diagonal())
    image.GetPointData().SetScalars(numpy_to_vtk(numpy.ascontiguousarray(values), deep=True))
    moving = vtkBSplineTransform()
    moving.SetCoefficientData(image)
    moving.SetBorderModeToZero()
    return throughFrame(frame, moving)


def _points(values: numpy.ndarray) -> vtkPoints:
    points = vtkPoints()
    points.SetDataTypeToDouble()
    points.SetData(numpy_to_vtk(numpy.ascontiguousarray(values, float), deep=True))
    return points
