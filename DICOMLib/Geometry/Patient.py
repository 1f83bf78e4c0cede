"""Patient coordinates. Files are LPS, scene nodes are RAS; the conversion is here and nowhere else.

LPS: x to the patient's left, y to posterior, z to the head (PS3.3 C.7.6.2.1.1). RAS negates x and y.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy

RAS_FROM_LPS = numpy.diag([-1.0, -1.0, 1.0, 1.0])
RAS_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))

# Below this cosine a direction is not worth a second or third letter (about 6 degrees off an axis).
LABEL_COSINE = 0.1


def ijkToRASFromLPS(ijkToLPS: numpy.ndarray) -> numpy.ndarray:
    """4x4 from voxel indices to RAS mm, given the 4x4 to LPS mm; handedness is kept."""
    return RAS_FROM_LPS @ numpy.asarray(ijkToLPS, float)


def ijkToLPSFromRAS(ijkToRAS: numpy.ndarray) -> numpy.ndarray:
    """4x4 from voxel indices to LPS mm, given the 4x4 to RAS mm; handedness is kept."""
    return RAS_FROM_LPS @ numpy.asarray(ijkToRAS, float)


def rasFromLPS(points: numpy.ndarray) -> numpy.ndarray:
    """Points or directions of shape (..., 3) from LPS to RAS (the same call converts back)."""
    return numpy.asarray(points, float) * (-1.0, -1.0, 1.0)


def isRightHanded(ijkToPatient: numpy.ndarray) -> bool:
    """Whether the i, j, k axes of a 4x4 are right-handed; the same in LPS and RAS."""
    return bool(numpy.linalg.det(numpy.asarray(ijkToPatient, float)[:3, :3]) > 0)


def spacingOf(ijkToPatient: numpy.ndarray) -> tuple[float, float, float]:
    """Lengths in mm of one step along i, j and k; along a shear when there is one."""
    return tuple(float(length) for length in numpy.linalg.norm(numpy.asarray(ijkToPatient, float)[:3, :3], axis=0))


def directionLabel(direction: Sequence[float], smallestCosine: float = LABEL_COSINE) -> str:
    """Letters towards which a RAS direction points, the largest part first; "" for a zero vector.

    :param smallestCosine: a part of the direction below this gets no letter
    """
    vector = numpy.asarray(direction, float)
    length = numpy.linalg.norm(vector)
    if length == 0:
        return ""
    cosines = vector / length
    order = numpy.argsort(-abs(cosines), kind="stable")
    return "".join(RAS_LETTERS[axis][int(cosines[axis] > 0)] for axis in order if abs(cosines[axis]) > smallestCosine)


def planeName(ijkToRAS: numpy.ndarray) -> str:
    """"axial", "coronal" or "sagittal" after the patient axis closest to the slice normal; "oblique …" when far off."""
    matrix = numpy.asarray(ijkToRAS, float)
    normal = numpy.cross(matrix[:3, 0], matrix[:3, 1])
    length = numpy.linalg.norm(normal)
    if length == 0:
        return "unknown"
    cosines = abs(normal / length)
    name = ("sagittal", "coronal", "axial")[int(cosines.argmax())]
    return name if cosines.max() > 1 - LABEL_COSINE**2 / 2 else f"oblique {name}"


def cornersRAS(ijkToRAS: numpy.ndarray, dimensions: Sequence[int], rim: float = 0.0) -> numpy.ndarray:
    """The eight corners of a volume in RAS mm.

    :param dimensions: numbers of voxels along i, j, k
    :param rim: voxels beyond the centres of the outer voxels; 0.5 gives their outer faces
    :returns: shape (2, 2, 2, 3), indexed [k end, j end, i end]
    """
    i, j, k = ((-rim, max(0, int(count) - 1) + rim) for count in dimensions)
    k, j, i = numpy.meshgrid(k, j, i, indexing="ij")
    return transformedPoints(ijkToRAS, numpy.stack([i, j, k], axis=-1))


def transformedPoints(matrix: numpy.ndarray, points: numpy.ndarray) -> numpy.ndarray:
    """Points of shape (..., 3) through a 4x4."""
    matrix = numpy.asarray(matrix, float)
    return numpy.asarray(points, float) @ matrix[:3, :3].T + matrix[:3, 3]
