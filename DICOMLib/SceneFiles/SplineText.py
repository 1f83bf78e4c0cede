"""B-splines by ITK's conventions: coefficients in LPS, all of one axis before those of the next."""

from __future__ import annotations

from pathlib import Path

import numpy

from ..Errors import FileError
from ..Geometry.Patient import ijkToLPSFromRAS, ijkToRASFromLPS
from ..Scene.TransformParts import PlacedSpline
from .TransformText import INVERSE, SPLINE, ItkTransform

_TO_LPS = numpy.array([-1.0, -1.0, 1.0])
# Cubic splines need so many along each axis.
_FEWEST = 4


def itkSpline(spline: PlacedSpline) -> ItkTransform:
    """:param spline: of a node"""
    place = ijkToLPSFromRAS(spline.ijkToRAS)
    spacing = numpy.linalg.norm(place[:3, :3], axis=0)
    size = spline.coefficients.shape[2::-1]
    fixed = numpy.r_[size, place[:3, 3], spacing, (place[:3, :3] / spacing).ravel()]
    values = numpy.moveaxis(numpy.asarray(spline.coefficients, float) * _TO_LPS, 3, 0)
    return ItkTransform(SPLINE if spline.isFromParent else INVERSE + SPLINE, values.ravel(), fixed)


def splineOf(transform: ItkTransform, path: Path) -> PlacedSpline:
    """:raises FileError: when numbers do not fit together, or there are too few for a spline"""
    size, origin, spacing = (transform.fixed[start : start + 3] for start in (0, 3, 6))
    place = numpy.eye(4)
    place[:3, :3] = transform.fixed[9:].reshape(3, 3) * spacing
    place[:3, 3] = origin
    isFinite = numpy.isfinite(place).all() and numpy.isfinite(transform.parameters).all() and (size < 1e6).all()
    counts = [int(count) for count in size] if isFinite else [0]
    total = 3 * int(numpy.prod(counts))
    if min(counts) < _FEWEST or total != len(transform.parameters) or numpy.linalg.matrix_rank(place[:3, :3]) < 3:
        raise FileError("the B-splines in the file are damaged", path)
    values = numpy.moveaxis(transform.parameters.reshape(3, *counts[::-1]), 0, 3) * _TO_LPS
    return PlacedSpline(ijkToRASFromLPS(place), values, not transform.name.startswith(INVERSE))
