"""Header values of all slices as arrays, and what every rule does with b-values and directions. LPS, s/mm²."""

from __future__ import annotations

from collections.abc import Callable

import numpy

from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Geometry.Planes import Planes

# Scanners of people reach 30,000 (Connectom), those of specimens three times that; more is a damaged number.
LARGEST_B_VALUE = 100_000.0
# Directions are written with three digits or more; what is further from unit length is not rounded but something else.
SHORTEST_DIRECTION, LONGEST_DIRECTION = 0.5, 1.5
# Numbers instead of zero that computing leaves behind.
ZERO_LENGTH = 1e-3
# Order of the six independent elements of a symmetric matrix.
MATRIX_ROWS, MATRIX_COLUMNS = (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)


def textsOf(planes: Planes, tag: str) -> list[str]:
    """The text of a tag for each slice; "" where there is none."""
    codes, texts = planes.codes(tag)
    return [texts[code] for code in codes.tolist()]


def numbersOf(planes: Planes, tag: str, count: int = 1) -> numpy.ndarray:
    """(n, count) numbers of a tag for each slice; a row is NaN where they are not that many finite numbers."""
    return planes.table.numbers(tag, count)[planes.rows]


def mappedTexts(planes: Planes, tag: str, convert: Callable[[str], object], dtype: object = object) -> numpy.ndarray:
    """(n, …) what a function makes of the text of each slice; it is called once for each text there is."""
    codes, texts = planes.codes(tag)
    return numpy.array([convert(text) for text in texts], dtype)[codes]


def distinctNumbers(planes: Planes, tag: str, count: int) -> numpy.ndarray:
    """As :func:`numbersOf`, for tags of which many slices share few texts."""
    codes, texts = planes.codes(tag)
    return parseNumbers(texts, count)[codes]


def sensibleBValues(bValues: numpy.ndarray, notes: list[str], source: str) -> numpy.ndarray:
    """(n,) the same with NaN for what no b-value can be; a note tells."""
    with numpy.errstate(invalid="ignore"):
        senseless = (bValues < 0) | (bValues > LARGEST_B_VALUE)
    if senseless.any():
        count, first = int(senseless.sum()), bValues[senseless][0]
        notes.append(f"{source} makes no sense in {count:,} of {len(bValues):,} slices, e.g. {first:g}: not used.")
        bValues = numpy.where(senseless, numpy.nan, bValues)
    return bValues


def unitVectors(vectors: numpy.ndarray, notes: list[str], source: str) -> numpy.ndarray:
    """(n, 3) of unit length, or zero where they were; NaN where they are neither, which a note tells."""
    lengths = numpy.linalg.norm(vectors, axis=1)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        isZero = lengths <= ZERO_LENGTH
        senseless = ~isZero & ((lengths < SHORTEST_DIRECTION) | (lengths > LONGEST_DIRECTION))
        units = vectors / numpy.where(isZero, 1, lengths)[:, None]
    units[isZero] = 0
    if senseless.any():
        count, first = int(senseless.sum()), lengths[senseless][0]
        notes.append(
            f"{source} is no direction in {count:,} of {len(vectors):,} slices, e.g. of length {first:.3g}: not used."
        )
        units[senseless] = numpy.nan
    return units


def principalDirections(bMatrices: numpy.ndarray) -> numpy.ndarray:
    """(n, 3) unit vectors along which b-matrices are largest; NaN where one is unknown, zero where it is.

    :param bMatrices: (n, 6) xx, xy, xz, yy, yz, zz
    """
    directions = numpy.full((len(bMatrices), 3), numpy.nan)
    known = ~numpy.isnan(bMatrices).any(axis=1)
    if known.any():
        distinct, which = numpy.unique(bMatrices[known], axis=0, return_inverse=True)
        vectors = numpy.linalg.eigh(fullMatrices(distinct))[1][:, :, 2]
        vectors[(distinct == 0).all(axis=1)] = 0
        directions[known] = vectors[which.reshape(-1)]
    return directions


def fullMatrices(bMatrices: numpy.ndarray) -> numpy.ndarray:
    """(n, 3, 3) symmetric matrices from (n, 6) xx, xy, xz, yy, yz, zz."""
    full = numpy.empty((len(bMatrices), 3, 3))
    full[:, MATRIX_ROWS, MATRIX_COLUMNS] = bMatrices
    full[:, MATRIX_COLUMNS, MATRIX_ROWS] = bMatrices
    return full
