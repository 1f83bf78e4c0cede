"""Slices with known weighting → measurements: volumes of one weighting each, in order of acquisition. LPS, mm, s/mm².

Nothing is taken from the order of files. Slices of one weighting that repeat places are several measurements (repeated
b = 0, averages); which slices belong together then follows from the order of acquisition, where slices are missing from
their numbers, or from the tags that tell repetitions apart (see Geometry/Repetitions.py); where nothing tells, none of
them is made into a measurement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy

from DICOMLib.Geometry.Findings import NOTE, WARNING, Finding
from DICOMLib.Geometry.Grouping import (
    Part,
    placeNumbers,
    splitByFrameOfReference,
    splitByLocalizer,
    splitByOrientation,
    splitByPixelSpacing,
    splitBySeries,
    splitBySideBySide,
    splitBySize,
)
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Geometry.Repetitions import BY_OCCURRENCE, Repetitions
from DICOMLib.Wording import counted

from .AcquisitionOrder import measurementsByNumber, orderOfAcquisition, runsOfPlaces
from .Components import splitByComponent, splitByEcho
from .DiffusionSeries import INCOMPLETE, Apart, DiffusionSeries
from .Distortion import checkDistortion
from .Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, KIND_NAMES, UNKNOWN, UNWEIGHTED, Weighting

# b-values and directions of the slices of one measurement are the same number; what differs is digits, and corrections
# of a direction for each slice. Measurements that are more alike than this are taken apart as repetitions, so that
# these may be wide: no scheme has directions closer than 3°, or shells closer than 1 %.
SAME_DIRECTION_DEGREES = 1.0
SAME_B_VALUE, SAME_B_VALUE_PART = 1.0, 0.01
# Volumes that are not where the first one is by more than this part of a pixel are told.
MOVED_PART = 0.1

Pieces = list[numpy.ndarray]


def measurementsOf(planes: Planes, weighting: Weighting) -> list[DiffusionSeries]:
    """All series of measurements that slices make, the one with most of them first; none without directions.

    Slices of another geometry, echo or kind (phase beside magnitude) make series of their own if they have directions;
    what makes none is set apart in the first series.

    :param weighting: one row a slice
    """
    found, left = [], []
    for indices, label in _divided(planes, weighting.bValues):
        series = _seriesOf(planes, weighting, indices, label)
        if series is None:
            left.append(indices)
        else:
            found.append(series)
    found.sort(key=lambda series: -series.rows.size)
    if len(found) == 1:
        found[0].label = ""
    if found and left:
        found[0].apart += _apartByKind(weighting, numpy.sort(numpy.concatenate(left)), "of another geometry or kind")
    return found


def _divided(planes: Planes, bValues: numpy.ndarray) -> Iterable[tuple[numpy.ndarray, str]]:
    """(row numbers, what tells them apart) of slices that may be one series of measurements."""
    parts = [Part(numpy.arange(len(planes)))]
    for splitBy in (
        splitBySeries, splitByFrameOfReference, splitByLocalizer, splitBySize, splitByOrientation, splitByPixelSpacing,
        splitBySideBySide,
    ):  # fmt: skip
        parts = [narrower for part in parts for narrower in splitBy(planes, part)]
    for part in parts:
        for component in splitByComponent(planes, part):
            yield from ((echo.indices, "; ".join(echo.reasons)) for echo in splitByEcho(planes, component, bValues))


def _seriesOf(planes: Planes, weighting: Weighting, indices: numpy.ndarray, label: str) -> DiffusionSeries | None:
    """The measurements among some slices of one geometry; None without a complete directional one."""
    usable = planes.located[indices] & numpy.isin(weighting.kinds[indices], (UNWEIGHTED, DIRECTIONAL))
    rows = indices[usable]
    if not (weighting.kinds[rows] == DIRECTIONAL).any():
        return None
    chosen = planes.take(rows)
    places = placeNumbers(chosen)
    pieces, unclear = _pieces(chosen, places, weighting, rows)
    order = orderOfAcquisition(chosen)
    wanted = _wantedPlaces(pieces, places)
    complete = [piece for piece in pieces if frozenset(places[piece].tolist()) == wanted]
    incomplete = [piece for piece in pieces if frozenset(places[piece].tolist()) != wanted]
    complete += _joinedMirrors(incomplete, places, wanted, weighting, rows)
    if not complete:
        return None
    complete.sort(key=lambda piece: order[piece].min())
    table = numpy.stack([rows[piece[numpy.argsort(places[piece])]] for piece in complete])
    if not (weighting.kinds[table[:, 0]] == DIRECTIONAL).any():
        return None
    series = DiffusionSeries(planes, weighting, table, label)
    series.apart += _apartByKind(weighting, indices[~usable], "")
    for piece in incomplete:
        _setIncompleteApart(series, rows[piece], places[piece], wanted)
    for piece in unclear:
        _setUnclearApart(series, rows[piece], int(numpy.bincount(places[piece]).max()), len(wanted))
    series.findings += _checkPlaces(series)
    series.findings += checkDistortion(planes, series.rows[:, 0])
    return series


# Slices of one weighting


def _pieces(
    chosen: Planes, places: numpy.ndarray, weighting: Weighting, rows: numpy.ndarray
) -> tuple[Pieces, Pieces]:
    """Slices by weighting and repetition, each piece with a place at most once; slices of unclear repetitions."""
    codes = _weightingCodes(weighting, rows)
    order = orderOfAcquisition(chosen)
    byCode = numpy.lexsort((order, codes))
    starts = numpy.flatnonzero(numpy.diff(codes[byCode])) + 1
    numbered = measurementsByNumber(chosen, places, codes)
    pieces: Pieces = []
    unclear: Pieces = []
    for group in numpy.split(byCode, starts):
        clear, mixed = _repetitions(chosen, places, group, numbered, order)
        pieces += clear
        unclear += mixed
    return pieces, unclear


def _weightingCodes(weighting: Weighting, rows: numpy.ndarray) -> numpy.ndarray:
    """(n,) a number for each weighting, equal for slices that differ in digits only."""
    isDirectional = weighting.kinds[rows] == DIRECTIONAL
    values = numpy.column_stack([isDirectional, weighting.bValues[rows], weighting.directions[rows]])
    values[~isDirectional, 2:] = 0
    # Slices of one image, or of one measurement, mostly follow each other: they are compared once.
    isNew = numpy.r_[True, (values[1:] != values[:-1]).any(axis=1)]
    distinct, codes = numpy.unique(values[isNew], axis=0, return_inverse=True)
    nearest = numpy.cos(numpy.radians(SAME_DIRECTION_DEGREES))
    clusters = numpy.full(len(distinct), -1)
    for number, one in enumerate(distinct):
        if clusters[number] >= 0:
            continue
        near = abs(distinct[:, 1] - one[1]) <= max(SAME_B_VALUE, SAME_B_VALUE_PART * one[1])
        near &= (distinct[:, 0] == one[0]) & (clusters < 0)
        if one[0]:
            near &= distinct[:, 2:] @ one[2:] >= nearest
        near[number] = True
        clusters[near] = number
    return clusters[codes.reshape(-1)][numpy.cumsum(isNew) - 1]


def _repetitions(
    chosen: Planes, places: numpy.ndarray, group: numpy.ndarray, numbered: numpy.ndarray | None, order: numpy.ndarray
) -> tuple[Pieces, Pieces]:
    """Slices of one weighting, in the order of acquisition, divided so that no piece repeats a place.

    :param numbered: what :func:`measurementsByNumber` found
    :param order: what :func:`orderOfAcquisition` found
    :returns: the pieces; slices of repetitions of which nothing tells which belong together
    """
    own = places[group]
    every, times = numpy.unique(own, return_counts=True)
    most = int(times.max())
    if most == 1:
        return [group], []
    if (times == most).all():
        blocks = own.reshape(most, len(every))
        if (numpy.sort(blocks, axis=1) == every).all():
            return list(group.reshape(most, len(every))), []
        byPlace = numpy.lexsort((numpy.arange(len(own)), own)).reshape(len(every), most)
        if _isSliceBySlice(chosen, group, byPlace):
            return [group[byPlace[:, number]] for number in range(most)], []
    if numbered is not None:
        return [group[numbered[group] == number] for number in numpy.unique(numbered[group])], []
    pieces: Pieces = []
    unclear: dict[str, list[numpy.ndarray]] = {}
    for label, piece in Repetitions(chosen.take(group), own).split():
        if label.endswith(BY_OCCURRENCE):
            unclear.setdefault(label, []).append(piece)
        else:
            pieces.append(group[piece])
    mixed: Pieces = []
    for parts in unclear.values():
        rest = group[numpy.sort(numpy.concatenate(parts))]
        runs = runsOfPlaces(places[rest], order[rest])
        pieces += [rest[run] for run in runs]
        mixed += [] if runs else [rest]
    return pieces, mixed


def _isSliceBySlice(chosen: Planes, group: numpy.ndarray, byPlace: numpy.ndarray) -> bool:
    """Whether all repetitions of one place follow each other before the next place begins.

    :param byPlace: (places, repetitions) positions in the group
    """
    ends = numpy.sort(numpy.stack([byPlace.min(axis=1), byPlace.max(axis=1)], axis=1), axis=0)
    return bool((ends[1:, 0] > ends[:-1, 1]).all()) and len(numpy.unique(chosen.instanceNumbers[group])) == len(group)


def _wantedPlaces(pieces: Pieces, places: numpy.ndarray) -> frozenset[int]:
    """The places that half of the measurements have, of those as common the larger ones; else all there are."""
    counts = Counter(frozenset(places[piece].tolist()) for piece in pieces)
    common = max(counts, key=lambda some: (counts[some], len(some)), default=frozenset())
    return common if 2 * counts[common] >= len(pieces) else frozenset().union(*counts)


def _joinedMirrors(
    incomplete: Pieces, places: numpy.ndarray, wanted: frozenset[int], weighting: Weighting, rows: numpy.ndarray
) -> Pieces:
    """Measurements whose slices have the direction partly with the opposite sign, taken out of the incomplete ones."""
    joined: Pieces = []
    for first in list(incomplete):
        for second in list(incomplete):
            if first is second or not any(one is first for one in incomplete):
                continue
            both = numpy.concatenate([first, second])
            isWhole = len(both) == len(wanted) and frozenset(places[both].tolist()) == wanted
            if isWhole and _areMirrored(weighting, rows[first[0]], rows[second[0]]):
                joined.append(both)
                incomplete[:] = [one for one in incomplete if one is not first and one is not second]
    return joined


def _areMirrored(weighting: Weighting, first: int, second: int) -> bool:
    isSameB = abs(weighting.bValues[first] - weighting.bValues[second]) <= SAME_B_VALUE
    alike = weighting.directions[first] @ weighting.directions[second]
    return bool(isSameB and alike <= -numpy.cos(numpy.radians(SAME_DIRECTION_DEGREES)))


# What is not part of the measurements


def _apartByKind(weighting: Weighting, indices: numpy.ndarray, reason: str) -> list[Apart]:
    """Slices that are no measurements, one entry for each kind and b-value."""
    found = []
    for kind in (ISOTROPIC, DERIVED, UNKNOWN, UNWEIGHTED, DIRECTIONAL):
        own = indices[weighting.kinds[indices] == kind]
        bValues = numpy.round(numpy.nan_to_num(weighting.bValues[own], nan=-1))
        for bValue in numpy.unique(bValues):
            text = KIND_NAMES[kind] if kind != UNKNOWN else "unknown weighting"
            label = f"{text} b={bValue:g}" if kind == ISOTROPIC and bValue > 0 else text
            found.append(Apart(own[bValues == bValue], kind, label, reason))
    return found


def _setIncompleteApart(
    series: DiffusionSeries, rows: numpy.ndarray, places: numpy.ndarray, wanted: frozenset[int]
) -> None:
    """Tell of a measurement that does not have the slices the others have."""
    missing, more = wanted - set(places.tolist()), set(places.tolist()) - wanted
    what = f"{counted(len(missing), 'slice')} missing" if missing else f"{counted(len(more), 'slice')} more than others"
    weighting = series.weightingText(rows[0])
    number = series.planes.instanceNumbers[rows].min()
    where = f", InstanceNumber from {number:g}" if numpy.isfinite(number) else ""
    reason = f"{what} of {len(wanted)}"
    series.apart.append(Apart(rows, int(series.weighting.kinds[rows[0]]), f"incomplete {weighting}", reason))
    text = f"a measurement ({weighting}{where}) has {reason}: it is left out"
    series.findings.append(Finding(INCOMPLETE, text, WARNING, len(missing) or len(more)))


def _setUnclearApart(series: DiffusionSeries, rows: numpy.ndarray, count: int, wanted: int) -> None:
    """Tell of repetitions with slices missing of which nothing tells which slices belong together.

    :param count: how many repetitions there are
    :param wanted: how many slices each should have
    """
    weighting = series.weightingText(rows[0])
    kind = int(series.weighting.kinds[rows[0]])
    reason = f"{len(rows):,} slices of {count * wanted:,}, and nothing tells which belong together"
    series.apart.append(Apart(rows, kind, f"incomplete repetitions of {weighting}", reason))
    text = f"{counted(count, 'repetition')} of a measurement ({weighting}) have {reason}: they are left out"
    series.findings.append(Finding(INCOMPLETE, text, WARNING, count * wanted - len(rows)))


def _checkPlaces(series: DiffusionSeries) -> Iterable[Finding]:
    """Measurements that are not where the first one is."""
    positions = series.planes.positions[series.rows]
    moved = numpy.linalg.norm(positions - positions[:1], axis=2).max(axis=1)
    limit = MOVED_PART * float(series.planes.pixelSpacings[series.rows[0, 0]].min())
    if moved.max() > limit:
        count = int((moved > limit).sum())
        text = (
            f"{counted(count, 'measurement')} of {len(moved)} are up to {moved.max():.3g} mm from where the first one "
            "is; all are placed where that is"
        )
        yield Finding("movedMeasurements", text, WARNING, float(moved.max()))
    spread = _spreadText(series)
    if spread:
        yield Finding("directionsDiffer", spread, NOTE)


def _spreadText(series: DiffusionSeries) -> str:
    """How much the directions of slices of one measurement differ, where they do."""
    directions = series.weighting.directions[series.rows]
    alike = abs((directions * directions[:, :1]).sum(axis=2))
    isDirectional = series.kinds == DIRECTIONAL
    least = float(alike[isDirectional].min()) if isDirectional.any() else 1.0
    angle = float(numpy.degrees(numpy.arccos(min(1.0, least))))
    if angle < 1e-3:
        return ""
    return f"directions of slices of one measurement differ by up to {angle:.2g}°: that of the middle slice is used"


def reasonForNone(weighting: Weighting) -> str:
    """Why slices make no diffusion series although something speaks for one; a clause."""
    counts: Sequence[int] = numpy.bincount(weighting.kinds, minlength=len(KIND_NAMES)).tolist()
    if counts[DIRECTIONAL]:
        return "no volume with a diffusion direction is complete"
    kinds = ", ".join(f"{count:,} {KIND_NAMES[kind]}" for kind, count in enumerate(counts) if count)
    return f"no slice has a b-value and a direction of the gradient (slices: {kinds})"
