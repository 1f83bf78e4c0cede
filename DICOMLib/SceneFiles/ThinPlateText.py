"""Thin plates by ITK's conventions: the points as parameters, where they go as fixed ones, all in LPS."""

from __future__ import annotations

from pathlib import Path

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkThinPlateSplineTransform

from ..Errors import FileError
from ..Scene.TransformParts import PlacedThinPlate
from .TransformText import INVERSE, PLATE, ItkTransform

_TO_LPS = numpy.array([-1.0, -1.0, 1.0])
# The time that VTK takes to bend a plate grows with more than the third power of their number: some seconds for these,
# and a minute for twice as many.
MOST_POINTS = 500


def itkPlate(plate: PlacedThinPlate) -> ItkTransform:
    """:param plate: of a node"""
    sources, targets = (numpy.asarray(points, float) * _TO_LPS for points in (plate.sources, plate.targets))
    return ItkTransform(PLATE if plate.isFromParent else INVERSE + PLATE, sources.ravel(), targets.ravel())


def plateOf(transform: ItkTransform, path: Path) -> PlacedThinPlate:
    """:raises FileError: when numbers do not fit together, or are too many"""
    values = (transform.parameters, transform.fixed)
    count = len(transform.parameters)
    if not count or count % 3 or count != len(transform.fixed) or not all(numpy.isfinite(one).all() for one in values):
        raise FileError("the thin plate in the file is damaged", path)
    if count > 3 * MOST_POINTS:
        raise FileError("the thin plate in the file has more points than are accepted", path, count // 3)
    sources, targets = (one.reshape(-1, 3) * _TO_LPS for one in values)
    return PlacedThinPlate(sources, targets, not transform.name.startswith(INVERSE))


def plateOfVTK(toParent: vtkAbstractTransform) -> PlacedThinPlate | None:
    """What a transform to the parent is that a script has made; None for one that no file can have."""
    if not isinstance(toParent, vtkThinPlateSplineTransform):
        return None
    toParent.Update()  # one that is the inverse of another gets its points from it now
    if toParent.GetBasisAsString() != "R":
        return None
    sources, targets = (_arrayOf(points) for points in (toParent.GetSourceLandmarks(), toParent.GetTargetLandmarks()))
    if len(sources) != len(targets) or not len(sources):
        return None
    return PlacedThinPlate(sources, targets, bool(toParent.GetInverseFlag()))


def _arrayOf(points: vtkPoints | None) -> numpy.ndarray:
    return numpy.zeros((0, 3)) if points is None else vtk_to_numpy(points.GetData()).astype(float)
