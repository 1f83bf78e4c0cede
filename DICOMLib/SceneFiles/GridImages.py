"""Displacement grids as images (.nrrd): one, or a sequence of them."""

from __future__ import annotations

from pathlib import Path

import numpy

from ..Errors import FileError
from ..Geometry.DisplacementGrid import DisplacementGrid
from ..Geometry.Patient import ijkToLPSFromRAS, ijkToRASFromLPS
from ..Scene.GridTransforms import PlacedGrid
from ..Scene.Nrrd import NrrdImage, readNrrd
from ..Workers.Answers import Workers

# Slicer's words for the direction, and NIfTI's number for displacements.
_DIRECTION, _TO_PARENT = "displacement field type", "modeling"
_INTENT, _DISPLACEMENTS = "intent_code", "1006"


def isGrids(image: NrrdImage) -> bool:
    """Whether a sequence of images says that it is one of grids."""
    return image.keyValues.get(_INTENT, "").strip() == _DISPLACEMENTS or _DIRECTION in image.keyValues


def gridOfImage(path: Path, workers: Workers | None = None) -> PlacedGrid:
    """Of an image of displacements in LPS mm, from the parent unless it says that it is for modeling.

    :raises FileError: when it is none
    """
    return _grids(readNrrd(path, isForeign=True, workers=workers), path)[0]


def gridsOf(image: NrrdImage, path: Path) -> list[PlacedGrid]:
    """The same of a sequence of images. :raises FileError: when they are none"""
    return _grids(image, path)


def placedGrid(
    valuesLPS: numpy.ndarray, ijkToLPS: numpy.ndarray, isFromParent: bool, isCubic: bool = True
) -> PlacedGrid:
    """A grid of a file. :param valuesLPS: displacements in mm, (slices, rows, columns, 3)"""
    inVoxels = valuesLPS @ numpy.linalg.inv(ijkToLPS[:3, :3]).T
    grid = DisplacementGrid(inVoxels, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return PlacedGrid(ijkToRASFromLPS(ijkToLPS), grid, isFromParent, isCubic, valuesLPS)


def _grids(image: NrrdImage, path: Path) -> list[PlacedGrid]:
    arrays = image.array if image.isSeries else image.array[None]
    if arrays.ndim != 5 or arrays.shape[4] != 3 or arrays.dtype.kind != "f":
        raise FileError("the file holds no displacement grid", path, arrays.shape[1:])
    if not numpy.isfinite(arrays).all():
        raise FileError("the displacement grid in the file is damaged", path)
    isFromParent = image.keyValues.get(_DIRECTION, "").strip() != _TO_PARENT
    place = ijkToLPSFromRAS(image.ijkToRAS)
    return [placedGrid(array.astype(float), place, isFromParent) for array in arrays]
