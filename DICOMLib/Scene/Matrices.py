"""VTK matrices as numpy arrays and back."""

from __future__ import annotations

import numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

# Cosine between two axes above which a volume counts as sheared: 1e-5 moves the far corner of a 500 mm volume by 5 µm.
SHEAR_EPSILON = 1e-5


def matrixFromArray(array: numpy.ndarray) -> vtkMatrix4x4:
    """A vtkMatrix4x4 of a 4×4 array (rows first)."""
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(numpy.asarray(array, dtype=float).reshape(16).tolist())
    return matrix


def arrayFromMatrix(matrix: vtkMatrix4x4) -> numpy.ndarray:
    """A 4×4 float64 copy of a vtkMatrix4x4 (rows first)."""
    return numpy.array(matrix.GetData(), dtype=float).reshape(4, 4)


def filledMatrix(source: vtkMatrix4x4, target: vtkMatrix4x4 | None) -> vtkMatrix4x4:
    """A copy of ``source``, written into ``target`` when one is given (MRML's way of returning matrices)."""
    result = vtkMatrix4x4() if target is None else target
    result.DeepCopy(source)
    return result


def boundsOfPoints(points: numpy.ndarray) -> tuple[float, ...]:
    """(xmin, xmax, ymin, ymax, zmin, zmax) of points of shape (n, 3)."""
    low, high = points.min(axis=0), points.max(axis=0)
    return tuple(float(value) for pair in zip(low, high, strict=True) for value in pair)


def filledBounds(bounds: tuple[float, ...], target: list | None) -> tuple[float, ...]:
    """``bounds``, also written into a list of six when one is given (MRML's way of returning bounds)."""
    if target is not None:
        target[:] = bounds
    return bounds


# Bounds of nothing, as VTK writes them: each minimum above its maximum.
NO_BOUNDS = (1.0, -1.0, 1.0, -1.0, 1.0, -1.0)


def isSheared(matrix: numpy.ndarray) -> bool:
    """Whether the first three columns of a 4×4 matrix are not at right angles."""
    axes = matrix[:3, :3] / numpy.linalg.norm(matrix[:3, :3], axis=0)
    return bool(numpy.abs(axes.T @ axes - numpy.eye(3)).max() > SHEAR_EPSILON)
