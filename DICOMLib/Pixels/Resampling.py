"""Pictures in other sizes: the mean of what falls into a pixel when they shrink, straight lines when they grow."""

from __future__ import annotations

from functools import lru_cache

import numpy


def resampled(picture: numpy.ndarray, rows: int, columns: int) -> numpy.ndarray:
    """A picture that covers the same area with another number of pixels.

    :param picture: floating point, shape (rows, columns) or (rows, columns, samples)
    :returns: the same with `rows` and `columns` as given
    """
    down, across = _weights(picture.shape[0], rows), _weights(picture.shape[1], columns)
    if picture.ndim == 2:
        return down.astype(picture.dtype) @ picture @ across.astype(picture.dtype).T
    planes = [resampled(picture[..., sample], rows, columns) for sample in range(picture.shape[2])]
    return numpy.stack(planes, axis=-1)


@lru_cache(maxsize=64)
def _weights(before: int, after: int) -> numpy.ndarray:
    """Shape (after, before): how much of each old pixel goes into each new one; rows add up to 1."""
    if after <= before:
        edges = numpy.arange(after + 1) * (before / after)
        old = numpy.arange(before)
        covered = numpy.minimum(edges[1:, None], old + 1) - numpy.maximum(edges[:-1, None], old)
        weights = numpy.clip(covered, 0, None)
    else:
        centers = numpy.clip((numpy.arange(after) + 0.5) * (before / after) - 0.5, 0, before - 1)
        weights = numpy.clip(1 - numpy.abs(centers[:, None] - numpy.arange(before)), 0, None)
    return (weights / weights.sum(axis=1, keepdims=True)).astype("float32")
