"""In which order slices were acquired, and which measurement each belongs to by its number alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from DICOMLib.Geometry.Planes import Planes

from .Columns import numbersOf

# What tells two images of the same InstanceNumber apart: a scan that was repeated into the same series.
ACQUISITION_TAGS = (("AcquisitionNumber",), ("AcquisitionTime", "AcquisitionDate"))


def orderOfAcquisition(planes: Planes) -> numpy.ndarray:
    """(n,) the rank of each slice by acquisition where numbers begin anew, instance number, frame, row of the table."""
    order = numpy.empty(len(planes), int)
    keys = [planes.rows, planes.frames, planes.instanceNumbers, *_acquisitions(planes)]
    order[numpy.lexsort(keys)] = numpy.arange(len(planes))
    return order


def _acquisitions(planes: Planes) -> Sequence[numpy.ndarray]:
    """(n,) keys of the acquisition, the last first; none where images have numbers of their own, or nothing tells."""
    images = numpy.unique(planes.owners * (1 + planes.frames.max()) + planes.frames, return_index=True)[1]
    numbered = [planes.frames, planes.instanceNumbers]
    if _areDistinct([key[images] for key in numbered]):
        return []
    for tags in ACQUISITION_TAGS:
        keys = [numpy.nan_to_num(numbersOf(planes, tag)[:, 0]) for tag in tags]
        if _areDistinct([key[images] for key in (*numbered, *keys)]):
            return keys
    return []


def _areDistinct(keys: Sequence[numpy.ndarray]) -> bool:
    ordered = numpy.stack(keys, axis=1)[numpy.lexsort(keys)]
    return bool((numpy.diff(ordered, axis=0) != 0).any(axis=1).all())


def measurementsByNumber(planes: Planes, places: numpy.ndarray, codes: numpy.ndarray) -> numpy.ndarray | None:
    """(n,) a number for each measurement, equal for its slices, where images are numbered without a break.

    That holds through what is missing, and tells which of several repetitions has lost a slice. Either every so many
    numbers are a volume, or every so many are all measurements of one slice; None where neither fits all slices.

    :param places: (n,) number of the place of each slice, from 0
    :param codes: (n,) number of the weighting of each slice, shared by repetitions
    """
    isOneObject = (planes.owners == planes.owners[0]).all()
    numbers = (planes.frames if isOneObject else planes.instanceNumbers).astype(float)
    if not numpy.isfinite(numbers).all() or len(numpy.unique(numbers)) < len(numbers):
        return None
    slices, measurements = int(places.max()) + 1, int(numpy.bincount(places).max())
    hasNoGap = numbers.min() <= 1 and numbers.max() - numbers.min() + 1 == len(numbers)
    if hasNoGap and len(numbers) < slices * measurements:
        return None  # numbered after slices were lost: what is missing leaves no gap
    volumes = _runs(numbers, codes, slices)
    if volumes is not None and _determines(volumes, codes) and _determines(numbers % slices, places):
        return volumes
    ofOneSlice = _runs(numbers, places, measurements)
    inRun = numbers % measurements
    if ofOneSlice is not None and _determines(ofOneSlice, places) and _determines(inRun, codes):
        return inRun
    return None


def _runs(numbers: numpy.ndarray, codes: numpy.ndarray, length: int) -> numpy.ndarray | None:
    """(n,) in which run of so many numbers each is; None unless codes change at the same place in all runs."""
    order = numpy.argsort(numbers)
    isNext, changes = numpy.diff(numbers[order]) == 1, numpy.diff(codes[order]) != 0
    starts = numpy.unique(numbers[order][1:][isNext & changes] % length)
    return (numbers - starts[0]) // length if len(starts) == 1 else None


def _determines(labels: numpy.ndarray, values: numpy.ndarray) -> bool:
    """Whether all that have the same label have the same value."""
    order = numpy.lexsort((values, labels))
    isSame = numpy.diff(labels[order]) == 0
    return not (numpy.diff(values[order])[isSame] != 0).any()


def runsOfPlaces(places: numpy.ndarray, order: numpy.ndarray) -> list[numpy.ndarray]:
    """Repetitions acquired volume by volume, slices missing: each runs through the places in one direction.

    :param places: (n,) numbers of places of slices in the order of acquisition
    :param order: (n,) rank of these slices among all; nothing of another weighting lies within a run
    :returns: positions; none where there are more runs than slices at any place, so that they tell nothing
    """
    steps = numpy.diff(places)
    for direction in (1, -1):
        breaks = numpy.flatnonzero(direction * steps <= 0)
        isWithin = direction * steps > 0
        if len(breaks) + 1 == numpy.bincount(places).max() and (numpy.diff(order)[isWithin] == 1).all():
            return numpy.split(numpy.arange(len(places)), breaks + 1)
    return []
