"""Pictures in other sizes: the mean of what falls into a pixel when they shrink, straight lines when they grow."""

from __future__ import annotations

import numpy


def resampled(picture: numpy.ndarray, rows: int, columns: int) -> numpy.ndarray:
    """A picture that covers the same area with another number of pixels.

    :param picture: floating point, shape (rows, columns) or (rows, columns, samples)
    :returns: floating point, with `rows` and `columns` as given
    """
    lower = _alongRows(picture, rows)
    return _alongRows(lower.swapaxes(0, 1), columns).swapaxes(0, 1)


def _alongRows(picture: numpy.ndarray, after: int) -> numpy.ndarray:
    return _shrunk(picture, after) if after <= len(picture) else _grown(picture, after)


def _shrunk(picture: numpy.ndarray, after: int) -> numpy.ndarray:
    """Means between edges that may lie within a row: differences of the sum of everything before them."""
    before = len(picture)
    if before % after == 0:
        return picture.reshape(after, before // after, *picture.shape[1:]).mean(axis=1)
    sums = numpy.zeros((before + 1, *picture.shape[1:]))
    for number, row in enumerate(picture):  # whole rows at a time: ten times as fast as cumsum along this axis
        numpy.add(sums[number], row, out=sums[number + 1])
    edges = numpy.arange(after + 1) * (before / after)
    return numpy.diff(_between(sums, edges), axis=0) * (after / before)


def _grown(picture: numpy.ndarray, after: int) -> numpy.ndarray:
    before = len(picture)
    centers = (numpy.arange(after) + 0.5) * (before / after) - 0.5
    return _between(picture, numpy.clip(centers, 0, before - 1))


def _between(rows: numpy.ndarray, places: numpy.ndarray) -> numpy.ndarray:
    """Rows at fractional numbers from 0 to the last one."""
    lower = numpy.minimum(places.astype(int), max(0, len(rows) - 2))
    upper = numpy.minimum(lower + 1, len(rows) - 1)
    part = (places - lower).reshape(-1, *[1] * (rows.ndim - 1))
    return rows[lower] * (1 - part) + rows[upper] * part
