"""Voxels, and places in the patient, that tests make up."""

from __future__ import annotations

import numpy
from hypothesis import strategies as st

GEOMETRY = numpy.array([[-0.7, 0, 0, 10], [0, -0.8, 0, 20], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])
"""4×4 from indices to RAS, with another spacing along each axis."""


def ramp(dtype, shape=(4, 7, 5)) -> numpy.ndarray:
    """Values over all of an integer type, no two slices alike; for real numbers with fractions."""
    dtype = numpy.dtype(dtype)
    low, high = (-12.5, 77.7) if dtype.kind == "f" else (numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
    return numpy.linspace(low, high, int(numpy.prod(shape))).astype(dtype).reshape(shape)


def rotation(quaternion) -> numpy.ndarray:
    """3×3 of a quaternion of any length but 0."""
    w, x, y, z = numpy.array(quaternion) / numpy.linalg.norm(quaternion)
    return numpy.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def oblique(quaternion, spacing, origin, shear=0.0) -> numpy.ndarray:
    """4×4 from indices to RAS. :param shear: of the slices along the columns, as of a tilted gantry"""
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(quaternion) * spacing
    matrix[:3, 2] += shear * matrix[:3, 1]
    matrix[:3, 3] = origin
    return matrix


def mirrored(matrix) -> numpy.ndarray:
    """The same with slices in the other direction: left-handed where it was right-handed."""
    return matrix * [1, 1, -1, 1]


def fromTheOtherEnd(array, matrix) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The same voxels in the same places, the last slice first: volumes that are read are right-handed always.

    :param array: slices come first
    """
    return array[::-1], matrix @ [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, len(array) - 1], [0, 0, 0, 1]]


# Right-handed matrices of any orientation, some of them sheared.
places = st.builds(
    oblique,
    quaternion=st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: 0.1 < sum(x * x for x in q)),
    spacing=st.tuples(*[st.floats(0.2, 5)] * 3),
    origin=st.tuples(*[st.floats(-500, 500)] * 3),
    shear=st.sampled_from([0.0, 0.3]),
)
