"""Whether b-values and directions of a series make sense, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy

from DICOMLib.Diffusion.Coverage import LARGEST_BASELINE_B, conditionNumber, coverageOf, distinctAxes, shellsOf
from DICOMLib.Geometry.Findings import NOTE, WARNING, Finding
from DICOMLib.Scene.DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from DICOMLib.Wording import counted

from .Columns import principalDirections
from .Rules import B_VALUE_TOLERANCE, DIRECTION_TOLERANCE_DEGREES, anglesBetween
from .Weighting import DIRECTIONAL, UNWEIGHTED

# As many numbers as a tensor has: fewer directions do not determine one.
DIRECTIONS_FOR_A_TENSOR = 6
# Six directions of the icosahedron have 1.58, good schemes stay below 3; from here on some direction is hardly seen.
POOR_CONDITION = 10.0
# Schemes made to be even stay within 2 %, the common older ones of 6 and 12 directions within 5 %.
UNEVEN_ENERGY = 1.05
# What gradients of the image itself make; a direction at a lower b-value has no effect that could be seen.
LEAST_WEIGHTING = 1.0
# Less than the digits of a header tell: nothing to trouble anyone with.
ROUNDING = 1e-6


class Measured(Protocol):
    """N measurements, as :class:`DiffusionSeries` describes them."""

    bValues: numpy.ndarray
    directions: numpy.ndarray
    kinds: numpy.ndarray
    bMatrices: numpy.ndarray


@dataclass(frozen=True)
class NodeMeasurements:
    """Measurements of a volume in the scene; directions in RAS."""

    bValues: numpy.ndarray
    directions: numpy.ndarray
    kinds: numpy.ndarray
    bMatrices: numpy.ndarray

    @classmethod
    def of(cls, node: vtkMRMLDiffusionWeightedVolumeNode) -> NodeMeasurements:
        """What a node says about its measurements; b-matrices it has none."""
        directions = node.gradientsRAS()
        kinds = numpy.where(directions.any(axis=1), DIRECTIONAL, UNWEIGHTED)
        return cls(node.bValuesArray(), directions, kinds, numpy.full((len(kinds), 6), numpy.nan))


def checkWeighting(series: Measured) -> list[Finding]:
    """What was checked, with results as notes, and what did not pass as warnings."""
    checks = (_checkLengths, _checkMatrices, _checkBValues, _checkDirections, _checkShells, _checkBaseline)
    return [finding for check in checks for finding in check(series)]


def _checkLengths(series: Measured) -> Iterable[Finding]:
    lengths = numpy.linalg.norm(series.directions, axis=1)
    isDirectional = series.kinds == DIRECTIONAL
    off = float(abs(lengths - isDirectional).max())
    text = "every direction has unit length, or none at b = 0" + (f" (within {off:.1g})" if off > ROUNDING else "")
    yield Finding("unitLength", text, NOTE if off < 1e-3 else WARNING, off)


def _checkMatrices(series: Measured) -> Iterable[Finding]:
    """b against the trace of the b-matrix, the direction against its principal vector."""
    known = ~numpy.isnan(series.bMatrices).any(axis=1) & (series.kinds == DIRECTIONAL)
    known &= series.bValues > LARGEST_BASELINE_B  # below, the matrix is what the imaging gradients make
    if not known.any():
        return
    matrices, bValues = series.bMatrices[known], series.bValues[known]
    traces = matrices[:, [0, 3, 5]].sum(axis=1)
    part = float((abs(traces - bValues) / bValues).max())
    angle = float(anglesBetween(principalDirections(matrices), series.directions[known]).max())
    isFine = part <= B_VALUE_TOLERANCE and angle <= DIRECTION_TOLERANCE_DEGREES
    text = (
        f"b-matrices of {counted(int(known.sum()), 'measurement')}: the trace differs from b by at most {part:.1%}, "
        f"the principal vector from the direction by at most {angle:.2f}°"
    )
    yield Finding("bMatrix", text, NOTE if isFine else WARNING, part)


def _checkDirections(series: Measured) -> Iterable[Finding]:
    """How many axes there are in all, whether they determine a tensor, and which repeat."""
    directions = series.directions[series.kinds == DIRECTIONAL]
    axes = distinctAxes(directions)
    text = f"{counted(len(directions), 'weighted measurement')} in {counted(len(axes), 'different direction')}"
    enough = len(axes) >= DIRECTIONS_FOR_A_TENSOR
    condition = conditionNumber(axes)
    if not enough:
        text += f": fewer than the {DIRECTIONS_FOR_A_TENSOR} that determine a tensor"
    elif condition <= POOR_CONDITION:
        text += f", which cover the sphere (condition number {condition:.3g})"
    else:
        text += ", which cover the sphere badly" + (f" (condition {condition:.3g})" if condition < 1e6 else "")
    yield Finding("directions", text, NOTE if condition <= POOR_CONDITION or not enough else WARNING, len(axes))


def _checkShells(series: Measured) -> Iterable[Finding]:
    """How evenly the directions of each b-value are spread, and how often one is measured."""
    for shell in shellsOf(series.bValues):
        rows = shell.rows[series.kinds[shell.rows] == DIRECTIONAL]
        coverage = coverageOf(series.directions[rows])
        if coverage.axes < DIRECTIONS_FOR_A_TENSOR:
            continue
        text = f"{shell.name}: {counted(coverage.axes, 'direction')}"
        repeated = len(rows) - coverage.axes
        if repeated:
            text += f" ({counted(repeated, 'measurement')} more along the same ones)"
        text += f", the largest gap between them is {2 * coverage.largestGap:.0f}° wide"
        isEven = coverage.energyRatio <= UNEVEN_ENERGY
        percent = 100 * (coverage.energyRatio - 1)
        text += ", spread evenly" if isEven else f", spread unevenly (energy {percent:.0f} % above the least)"
        yield Finding("coverage", text, NOTE, coverage.largestGap)


def _checkBValues(series: Measured) -> Iterable[Finding]:
    """b-values that no scan has: weighted measurements that are hardly weighted, unweighted ones that are."""
    isDirectional, bValues = series.kinds == DIRECTIONAL, series.bValues
    weak = isDirectional & (bValues < LEAST_WEIGHTING)
    if weak.any():
        text = f"{counted(int(weak.sum()), 'measurement')} with a direction but b = {bValues[weak].min():g}"
        yield Finding("weakWeighting", text, WARNING, float(bValues[weak].min()))
    strong = (series.kinds == UNWEIGHTED) & (bValues > LARGEST_BASELINE_B)
    if strong.any():
        text = f"{counted(int(strong.sum()), 'measurement')} without a direction but b = {bValues[strong].max():g}"
        yield Finding("strongBaseline", text, WARNING, float(bValues[strong].max()))


def _checkBaseline(series: Measured) -> Iterable[Finding]:
    count = int((series.kinds == UNWEIGHTED).sum())
    text = f"{counted(count, 'measurement')} at b = 0" if count else "no measurement at b = 0"
    yield Finding("baseline", text, NOTE, count)
