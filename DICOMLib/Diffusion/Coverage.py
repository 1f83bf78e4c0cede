"""How well a set of diffusion directions sees all of the sphere. A direction and its opposite are the same axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

# Up to here a measurement is baseline, also where its b-value is not exactly zero (dipy's b0_threshold).
LARGEST_BASELINE_B = 50.0
# b-values of one shell differ by what gradients of the scanner add themselves: a few s/mm², a few per cent.
SHELL_GAP, SHELL_GAP_PART, SHELL_WIDTH_PART = 5.0, 0.05, 0.15
# Directions closer than this are the same one repeated.
SAME_AXIS_DEGREES = 1.0
# As many points as lie about 3° apart on half of the sphere.
POINTS_ON_HALF_SPHERE = 2_500
# Directions looked at at once: with more OpenBLAS starts threads, which cost more than they do.
AXES_AT_ONCE = 32


@dataclass(frozen=True)
class Shell:
    """Measurements of one diffusion weighting.

    :ivar bValue: s/mm², their mean
    :ivar rows: their numbers
    """

    bValue: float
    rows: numpy.ndarray

    @property
    def name(self) -> str:
        """As in "b = 1000": whole numbers are all that b-values are known to."""
        return f"b = {self.bValue:.0f}"


@dataclass(frozen=True)
class SphereCoverage:
    """What directions see of the sphere.

    :ivar axes: number of different axes
    :ivar condition: condition number of what a tensor's elements are computed from; infinite for fewer than six axes
    :ivar energyRatio: electrostatic energy of the axes, 1 for as even a spread as there is (Jones et al. 1999, Magn
        Reson Med 42:515); NaN for a single axis
    :ivar largestGap: degrees from the direction that is seen worst to the nearest axis; 90 without any
    """

    axes: int
    condition: float
    energyRatio: float
    largestGap: float


def shellsOf(bValues: numpy.ndarray) -> list[Shell]:
    """Measurements by b-value, ascending: neighbours closer than 5 s/mm² or 5 % are one shell.

    :param bValues: (N,) s/mm²; unknown ones (NaN) are in no shell
    """
    bValues = numpy.asarray(bValues, float)
    known = numpy.nonzero(numpy.isfinite(bValues))[0]
    order = known[numpy.argsort(bValues[known], kind="stable")]
    groups: list[list[int]] = []
    for row in order.tolist():
        if not groups or not _joins(bValues[row], bValues[groups[-1]]):
            groups.append([])
        groups[-1].append(row)
    return [Shell(float(bValues[rows].mean()), numpy.sort(rows)) for rows in groups]


def _joins(bValue: float, shell: numpy.ndarray) -> bool:
    """Whether a b-value belongs to the shell below it, which must not grow from neighbour to neighbour without end."""
    near = bValue - shell[-1] <= max(SHELL_GAP, SHELL_GAP_PART * bValue)
    return near and bValue - shell[0] <= max(2 * SHELL_GAP, SHELL_WIDTH_PART * bValue)


def baselineOf(shells: list[Shell]) -> Shell | None:
    """The shell of the images with no weighting, or hardly any; None when there is none."""
    return shells[0] if shells and shells[0].bValue <= LARGEST_BASELINE_B else None


def distinctAxes(directions: numpy.ndarray) -> numpy.ndarray:
    """(m, 3) of the unit vectors (n, 3) those that repeat none before, whatever their sign; zeros and NaN left out."""
    directions = numpy.asarray(directions, float).reshape(-1, 3)
    directions = directions[numpy.isfinite(directions).all(axis=1) & (numpy.abs(directions).max(axis=1) > 0)]
    alike = numpy.cos(numpy.radians(SAME_AXIS_DEGREES))
    kept = numpy.empty_like(directions)
    count = 0
    for one in directions:
        if not count or numpy.abs(kept[:count] @ one).max() < alike:
            kept[count] = one
            count += 1
    return kept[:count]


def coverageOf(directions: numpy.ndarray) -> SphereCoverage:
    """What directions (n, 3) see of the sphere, each axis counted once."""
    axes = distinctAxes(directions)
    return SphereCoverage(len(axes), conditionNumber(axes), energyRatio(axes), largestGap(axes))


def conditionNumber(axes: numpy.ndarray) -> float:
    """Condition number of what a tensor is computed from (Skare et al. 2000, J Magn Reson 147:340).

    1.58 for the six axes of an icosahedron and for many even ones; infinite when no tensor can be computed.
    """
    if len(axes) < 6:
        return float("inf")
    x, y, z = axes.T
    design = numpy.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], axis=1)
    values = numpy.linalg.svd(design, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > values[0] * 1e-9 else float("inf")


def electrostaticEnergy(axes: numpy.ndarray) -> float:
    """Sum over pairs of axes of 1/|a - b| + 1/|a + b|: what repelling charges at both ends have (Jones et al. 1999)."""
    total = 0.0
    for start in range(0, len(axes), AXES_AT_ONCE):
        cosines = axes[start : start + AXES_AT_ONCE] @ axes.T
        rows, columns = numpy.triu_indices(len(cosines), start + 1, len(axes))  # each pair once
        own = numpy.clip(numpy.abs(cosines[rows, columns]), 0, 1 - 1e-12)
        total += float((1 / numpy.sqrt(2 - 2 * own) + 1 / numpy.sqrt(2 + 2 * own)).sum())
    return total


def energyRatio(axes: numpy.ndarray) -> float:
    """Electrostatic energy of both ends of the axes over the least that as many charges can have.

    The least energy of M charges on a sphere is M²/2 - 0.5523 M^1.5 within 1 % for M ≥ 12 (Thomson's problem: Rakhmanov
    et al. 1994, Math Res Lett 1:647).
    """
    count = 2 * len(axes)
    if count < 4:
        return float("nan")
    # Each pair of axes is four pairs of charges, two of each distance; an axis' own ends are 2 apart.
    energy = 2 * electrostaticEnergy(axes) + len(axes) / 2
    return energy / (count**2 / 2 - 0.5523 * count**1.5)


def largestGap(axes: numpy.ndarray) -> float:
    """Degrees from the direction that is seen worst to the nearest axis, within two degrees."""
    if not len(axes):
        return 90.0
    nearest = numpy.zeros(POINTS_ON_HALF_SPHERE)
    points = evenDirections(POINTS_ON_HALF_SPHERE).T
    for start in range(0, len(axes), AXES_AT_ONCE):
        cosines = numpy.abs(axes[start : start + AXES_AT_ONCE] @ points)
        numpy.maximum(nearest, cosines.max(axis=0), out=nearest)
    return float(numpy.degrees(numpy.arccos(min(1.0, nearest.min()))))


def evenDirections(count: int) -> numpy.ndarray:
    """(count, 3) unit vectors spread evenly over the half sphere z > 0 (a Fibonacci spiral)."""
    z = 1 - (numpy.arange(count) + 0.5) / count
    angle = numpy.arange(count) * (numpy.pi * (3 - numpy.sqrt(5)))
    radius = numpy.sqrt(1 - z * z)
    return numpy.column_stack([radius * numpy.cos(angle), radius * numpy.sin(angle), z])
