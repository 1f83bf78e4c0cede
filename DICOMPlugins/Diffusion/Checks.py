"""Whether b-values and directions of a series make sense, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy

from DICOMLib.Geometry.Findings import NOTE, WARNING, Finding
from DICOMLib.Wording import counted

from .Columns import principalDirections
from .DiffusionSeries import DiffusionSeries
from .Rules import B_VALUE_TOLERANCE, DIRECTION_TOLERANCE_DEGREES, anglesBetween
from .Weighting import DIRECTIONAL, UNWEIGHTED

# As many numbers as a tensor has: fewer directions do not determine one.
DIRECTIONS_FOR_A_TENSOR = 6
# Directions closer than this are the same one repeated.
SAME_DIRECTION_DEGREES = 1.0
# Six directions of the icosahedron have 1.6, good schemes stay below 3; from here on some direction is hardly seen.
POOR_CONDITION = 10.0


def checkWeighting(series: DiffusionSeries) -> list[Finding]:
    """What was checked, with results as notes, and what did not pass as warnings."""
    return [*_checkLengths(series), *_checkMatrices(series), *_checkDirections(series), *_checkBaseline(series)]


def _checkLengths(series: DiffusionSeries) -> Iterable[Finding]:
    lengths = numpy.linalg.norm(series.directions, axis=1)
    isDirectional = series.kinds == DIRECTIONAL
    off = float(abs(lengths - isDirectional).max())
    text = f"every direction has unit length, or none at b = 0 (within {off:.1g})"
    yield Finding("unitLength", text, NOTE if off < 1e-3 else WARNING, off)


def _checkMatrices(series: DiffusionSeries) -> Iterable[Finding]:
    """b against the trace of the b-matrix, the direction against its principal vector."""
    known = ~numpy.isnan(series.bMatrices).any(axis=1) & (series.kinds == DIRECTIONAL)
    if not known.any():
        return
    matrices, bValues = series.bMatrices[known], series.bValues[known]
    traces = matrices[:, [0, 3, 5]].sum(axis=1)
    part = float((abs(traces - bValues) / bValues).max())
    angle = float(anglesBetween(principalDirections(matrices), series.directions[known]).max())
    isFine = part <= B_VALUE_TOLERANCE and angle <= DIRECTION_TOLERANCE_DEGREES
    text = (
        f"b-matrices of {counted(int(known.sum()), 'measurement')}: the trace differs from b by at most {part:.1%}, "
        f"the principal vector from the direction by at most {angle:.2g}°"
    )
    yield Finding("bMatrix", text, NOTE if isFine else WARNING, part)


def _checkDirections(series: DiffusionSeries) -> Iterable[Finding]:
    directions = series.directions[series.kinds == DIRECTIONAL]
    distinct = distinctDirections(directions)
    text = f"{counted(len(directions), 'weighted measurement')} in {counted(len(distinct), 'different direction')}"
    enough = len(distinct) >= DIRECTIONS_FOR_A_TENSOR
    condition = conditionNumber(distinct) if enough else float("inf")
    if not enough:
        text += f": fewer than the {DIRECTIONS_FOR_A_TENSOR} that determine a tensor"
    elif condition <= POOR_CONDITION:
        text += f", which cover the sphere (condition number {condition:.3g})"
    else:
        text += ", which cover the sphere badly" + (f" (condition {condition:.3g})" if condition < 1e6 else "")
    yield Finding("directions", text, NOTE if condition <= POOR_CONDITION or not enough else WARNING, len(distinct))


def _checkBaseline(series: DiffusionSeries) -> Iterable[Finding]:
    count = int((series.kinds == UNWEIGHTED).sum())
    text = f"{counted(count, 'measurement')} at b = 0" if count else "no measurement at b = 0"
    yield Finding("baseline", text, NOTE, count)


def distinctDirections(directions: numpy.ndarray) -> numpy.ndarray:
    """(m, 3) directions (n, 3) without those that repeat one, whatever their sign."""
    kept: list[numpy.ndarray] = []
    alike = numpy.cos(numpy.radians(SAME_DIRECTION_DEGREES))
    for one in directions:
        if not kept or abs(numpy.array(kept) @ one).max() < alike:
            kept.append(one)
    return numpy.array(kept).reshape(-1, 3)


def conditionNumber(directions: numpy.ndarray) -> float:
    """Condition number of what a tensor is computed from (Skare et al., J. Magn. Reson. 147, 2000); 1 is ideal."""
    x, y, z = directions.T
    design = numpy.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], axis=1)
    values = numpy.linalg.svd(design, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > values[0] * 1e-9 else float("inf")
