"""Where in an image there is something to measure: everything that is clearly brighter than air."""

from __future__ import annotations

import numpy

LEVELS = 256
# What is brighter than all but one voxel in a hundred says nothing about where air ends.
BRIGHTEST_PART = 99.0
# Otsu's threshold lies between the two kinds; dark tissue is kept at the price of a rim around the head.
PART_OF_THRESHOLD = 0.5


def foregroundMask(image: numpy.ndarray) -> numpy.ndarray:
    """Voxels above half of the threshold of Otsu (1979, IEEE Trans Syst Man Cybern 9:62).

    :param image: any shape, any numbers; what is not finite is no foreground
    :returns: bool of the same shape; everything where all values are equal
    """
    values = numpy.asarray(image, float)
    finite = values[numpy.isfinite(values)]
    if not len(finite) or finite.min() == finite.max():
        return numpy.isfinite(values)
    low, high = float(finite.min()), float(numpy.percentile(finite, BRIGHTEST_PART))
    if high <= low:
        return values > low
    threshold = otsuThreshold(numpy.minimum(finite, high))
    with numpy.errstate(invalid="ignore"):
        return values > low + PART_OF_THRESHOLD * (threshold - low)


def otsuThreshold(values: numpy.ndarray) -> float:
    """The value that divides others into two kinds that differ most in their means."""
    counts, edges = numpy.histogram(values, LEVELS)
    middles = (edges[:-1] + edges[1:]) / 2
    below = numpy.cumsum(counts)[:-1]
    above = len(values) - below
    sums = numpy.cumsum(counts * middles)
    # The last value is in the last bin, so neither count is zero but for bins before the first value: there is none.
    difference = sums[:-1] / numpy.maximum(below, 1) - (sums[-1] - sums[:-1]) / numpy.maximum(above, 1)
    variance = below * above * difference**2
    best = numpy.nonzero(variance >= variance.max() * (1 - 1e-9))[0]
    return float(edges[1:-1][best].mean())  # where nothing lies between the kinds, the middle between them
