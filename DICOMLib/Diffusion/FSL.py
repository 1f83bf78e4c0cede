"""Gradients and b-values as FSL keeps them beside a NIfTI file: ``.bval`` and ``.bvec``.

Directions are along the image's axes, not the patient's; where the image is right-handed in RAS ("neurological",
positive determinant) the first component changes its sign. Source: https://fsl.fmrib.ox.ac.uk/fsl/fslwiki/FDT/FAQ
("What conventions do the bvecs use?"); so do dcm2niix and MRtrix. No direction is written as zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy

from ..Errors import FileError, UnreadableFileError

B_VALUE_SUFFIX, GRADIENT_SUFFIX = ".bval", ".bvec"
# As dcm2niix writes them: a direction's error stays below a thousandth of a degree.
DECIMALS = 8
MOST_BYTES = 1 << 24


def imageAxes(ijkToRAS: numpy.ndarray) -> numpy.ndarray:
    """3×3 rotation (or reflection) nearest to the axes i, j, k of an image: columns are their directions in RAS.

    :param ijkToRAS: 4×4; where its axes are sheared (tilted gantry) none of them is preferred
    """
    axes = ijkToRAS[:3, :3] / numpy.linalg.norm(ijkToRAS[:3, :3], axis=0)
    left, _, right = numpy.linalg.svd(axes)
    return left @ right


def vectorsFromRAS(gradients: numpy.ndarray, ijkToRAS: numpy.ndarray) -> numpy.ndarray:
    """(N, 3) as in a .bvec file, of gradients (N, 3) in RAS. :param ijkToRAS: 4×4 of the image that is written"""
    axes = imageAxes(ijkToRAS)
    return numpy.asarray(gradients, float) @ axes * _signs(axes) + 0.0


def gradientsRAS(vectors: numpy.ndarray, ijkToRAS: numpy.ndarray) -> numpy.ndarray:
    """(N, 3) gradients in RAS of vectors (N, 3) of a .bvec file. :param ijkToRAS: 4×4 of the image beside it"""
    axes = imageAxes(ijkToRAS)
    return numpy.asarray(vectors, float) * _signs(axes) @ axes.T + 0.0


def _signs(axes: numpy.ndarray) -> numpy.ndarray:
    return numpy.array([-1.0 if numpy.linalg.det(axes) > 0 else 1.0, 1.0, 1.0])


def bValuesText(bValues: Sequence[float]) -> str:
    """The content of a .bval file: one line."""
    return " ".join(_number(value) for value in bValues) + "\n"


def vectorsText(vectors: numpy.ndarray) -> str:
    """The content of a .bvec file: three lines of N numbers. :param vectors: (N, 3) of :func:`vectorsFromRAS`"""
    return "".join(" ".join(map(_number, row)) + "\n" for row in numpy.asarray(vectors, float).T)


def _number(value: float) -> str:
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def readBValues(path: Path) -> numpy.ndarray:
    """(N,) s/mm², however they are divided into lines. :raises FileError: when they cannot be read"""
    return numpy.array([value for row in _rows(path) for value in row])


def readVectors(path: Path) -> numpy.ndarray:
    """(N, 3) of three lines of N numbers, or N lines of three. :raises FileError: when they cannot be read"""
    rows = _rows(path)
    if len({len(row) for row in rows}) != 1:
        raise FileError("the lines of gradients have different lengths", path)
    table = numpy.array(rows)
    if table.shape[0] == 3:
        return table.T
    if table.shape[1] == 3:
        return table
    raise FileError("gradients are three lines of numbers", path, f"{table.shape[0]} lines")


def readWeighting(bValueFile: Path, vectorFile: Path, ijkToRAS: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """b-values (N,) s/mm² and gradients (N, 3) in RAS, of unit length or zero.

    :param ijkToRAS: 4×4 of the image beside them
    :raises FileError: when they cannot be read, or there are not as many of both
    """
    bValues, vectors = readBValues(bValueFile), readVectors(vectorFile)
    if len(bValues) != len(vectors):
        what = f"there are {len(bValues)} b-values and {len(vectors)} gradients"
        raise FileError(what, vectorFile)
    # Files of some programs say NaN where there is no direction.
    gradients = gradientsRAS(numpy.nan_to_num(vectors), ijkToRAS)
    lengths = numpy.linalg.norm(gradients, axis=1)
    return bValues, gradients / numpy.where(lengths > 0, lengths, 1)[:, None]


def _rows(path: Path) -> list[list[float]]:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            text = stream.read(MOST_BYTES)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error
    try:
        rows = [[float(value) for value in line.replace(",", " ").split()] for line in text.splitlines()]
    except ValueError as error:
        raise FileError("the file holds something that is no number", path) from error
    rows = [row for row in rows if row]
    if not rows:
        raise FileError("the file is empty", path)
    return rows
