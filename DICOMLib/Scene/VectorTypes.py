"""What the values of a voxel are where it has several, and how NRRD files of 3D Slicer say it.

Slicer has vectors in space in RAS, and writes them in LPS; only floats, only of three components. A file tells them
by the kind of its axis and by having a measurement frame, whatever that is. Integers are written as they are.
"""

from __future__ import annotations

import numpy

UNDEFINED, SPATIAL, COLOR_RGB, COLOR_RGBA, SPATIAL_COVARIANT = range(5)
NAMES = ("undefined", "spatial", "colorRGB", "colorRGBA", "spatialCovariant")
COLORS = (COLOR_RGB, COLOR_RGBA)
_COMPONENTS = {SPATIAL: 3, COLOR_RGB: 3, COLOR_RGBA: 4, SPATIAL_COVARIANT: 3}
_KINDS = {SPATIAL: "vector", COLOR_RGB: "RGB-color", COLOR_RGBA: "RGBA-color", SPATIAL_COVARIANT: "covariant-vector"}
_TYPE_OF_KIND = {_KINDS[one].lower(): one for one in (*COLORS, SPATIAL_COVARIANT)}
_SPATIAL_KINDS = ("vector", "3-vector")
_BYTE_COLORS = {3: COLOR_RGB, 4: COLOR_RGBA}
_LPS = numpy.diag([-1.0, -1.0, 1.0])


def toNrrd(array: numpy.ndarray, vectorType: int) -> tuple[numpy.ndarray, str, numpy.ndarray | None]:
    """Values as they are written, the kind of their axis, and the measurement frame in RAS (None: none).

    :param array: (…, components); spatial vectors in RAS. Bytes of no type are colours, as in Slicer.
    """
    components = array.shape[-1]
    if components != 3 and vectorType in (SPATIAL, SPATIAL_COVARIANT):
        vectorType = UNDEFINED
    if vectorType == UNDEFINED and array.dtype == numpy.uint8:
        vectorType = _BYTE_COLORS.get(components, UNDEFINED)
    if _COMPONENTS.get(vectorType) != components:
        return array, "vector", None
    isSpatial = vectorType in (SPATIAL, SPATIAL_COVARIANT)
    return turned(array) if isSpatial else array, _KINDS[vectorType], _LPS if isSpatial else None


def fromNrrd(array: numpy.ndarray, kind: str, hasFrame: bool) -> tuple[numpy.ndarray, int]:
    """Values in RAS, and what they are.

    :param array: (…, components), as in the file
    :param kind: of the axis of components, in small letters
    :param hasFrame: whether the file has a measurement frame, so that vectors are in LPS
    """
    vectorType = SPATIAL if kind in _SPATIAL_KINDS and hasFrame else _TYPE_OF_KIND.get(kind, UNDEFINED)
    if _COMPONENTS.get(vectorType) != array.shape[-1]:
        return array, UNDEFINED
    return turned(array) if vectorType in (SPATIAL, SPATIAL_COVARIANT) else array, vectorType


def turned(vectors: numpy.ndarray) -> numpy.ndarray:
    """(…, 3) from RAS to LPS or back; integers stay as they are."""
    return vectors * numpy.array([-1, -1, 1], vectors.dtype) if vectors.dtype.kind == "f" else vectors
