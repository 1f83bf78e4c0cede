"""A stack of slices: group → sort → check → explain. LPS, mm.

What other readers leave out is here: the true slice normal (the cross product of the direction cosines), every gap
against the median gap, drift that accumulates below any single gap's tolerance, shifts within the slices, and a matrix
that keeps the shear of a tilted gantry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy

from ..Errors import GeometryError
from ..Instance import Instance
from ..SliceSource import SliceSource
from ..Wording import counted
from .Checks import checkPlanes, checkSorted, objectsOf
from .Findings import ERROR, NOTE, Finding, warningText
from .Grouping import Part, splitPlanes
from .Patient import ijkToRASFromLPS, planeName, spacingOf
from .Planes import LARGEST_SPACING_MM, SMALLEST_SPACING_MM, Planes, planesOf

# A slice distance is needed even when the file gives none: a volume of no thickness cannot be shown or resampled.
FALLBACK_SLICE_SPACING_MM = 1.0
# Findings that do not make the grid wrong: the matrix expresses them exactly.
HARMLESS_TO_THE_GRID = frozenset({"tilt"})


@dataclass
class SliceStack:
    """Slices sorted along their normal, with the matrix that places them.

    :ivar planes: the slices in order, one row each
    :ivar ijkToLPS: 4x4 float64; columns are the mm steps along i (column), j (row), k (slice), then the origin
    :ivar findings: what the checks found
    :ivar reasons: why these slices are one stack, a clause each
    :ivar volumeNumber: which one of several volumes at the same positions it is, from 1
    :ivar volumeCount: how many volumes share these positions; 1 for an ordinary stack
    :ivar localizer: whether the headers call these slices a localizer or scout
    """

    planes: Planes
    ijkToLPS: numpy.ndarray
    findings: list[Finding] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    volumeNumber: int = 1
    volumeCount: int = 1
    localizer: bool = False

    @cached_property
    def instances(self) -> list[Instance]:
        """The objects in slice order, each once, be it one slice or many."""
        return objectsOf(self.planes)

    @cached_property
    def sources(self) -> list[SliceSource]:
        """For each slice where its pixels are: object, frame, and tile of the frame where slices are packed."""
        planes = self.planes
        return [
            SliceSource(instance, frame, tile)
            for instance, frame, tile in zip(planes.instances, planes.frames.tolist(), planes.tiles, strict=True)
        ]

    def objectDistances(self) -> list[float]:
        """For each of :attr:`instances` how far its first slice is from the stack's first one along the normal, in mm;
        0, 1, 2, … where places are not known.
        """
        if not self.planes.located.all():
            return [float(number) for number in range(len(self.instances))]
        rows: dict[int, int] = {}  # of an object with many slices, the first one in space
        for row, owner in enumerate(self.planes.owners.tolist()):
            rows.setdefault(owner, row)
        positions = self.planes.positions[list(rows.values())]
        return ((positions - positions[0]) @ self.planes.normals[0]).tolist()

    @property
    def dimensions(self) -> tuple[int, int, int]:
        """Voxels along i, j, k: columns, rows, slices of the first slice's size."""
        rows, columns, _ = self.planes.sizes[0]
        return int(columns), int(rows), len(self.planes)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """mm along i, j, k; the last one along the stack, shear included."""
        return spacingOf(self.ijkToLPS)

    @property
    def ijkToRAS(self) -> numpy.ndarray:
        """4x4 float64 from (i, j, k) to RAS mm, as scene nodes hold it."""
        return ijkToRASFromLPS(self.ijkToLPS)

    @property
    def warning(self) -> str:
        """One text of all warnings; "" when there are none."""
        return warningText(self.findings)

    def warningBeyond(self, spacingEpsilon: float) -> str:
        """:attr:`warning`; "" where all it tells of are gaps that differ by no more than some mm."""
        uneven = self.finding("irregularGaps")
        told = {finding.code for finding in self.findings if finding.severity != NOTE}
        # The distance from the regular grid follows from the gaps, where nothing else is told.
        isQuiet = uneven is not None and uneven.value <= spacingEpsilon and told <= {"irregularGaps", "displacement"}
        return "" if isQuiet else self.warning

    @property
    def isRegular(self) -> bool:
        """Whether the matrix places every slice where its own header does."""
        return all(finding.severity == NOTE or finding.code in HARMLESS_TO_THE_GRID for finding in self.findings)

    @property
    def isWrong(self) -> bool:
        """Whether some finding says that this is not a true picture of the patient."""
        return any(finding.severity == ERROR for finding in self.findings)

    @property
    def located(self) -> bool:
        """Whether position and orientation of the stack are known."""
        return bool(self.planes.located[0])

    def finding(self, code: str) -> Finding | None:
        """The first finding of that code."""
        return next((finding for finding in self.findings if finding.code == code), None)

    def description(self) -> str:
        """One line: plane, size, spacing, number of slices."""
        i, j, k = self.spacing
        columns, rows, count = self.dimensions
        plane = planeName(self.ijkToRAS) if self.located else "unplaced"
        return f"{plane}, {counted(count, 'slice')} of {columns}×{rows}, {i:.4g}×{j:.4g}×{k:.4g} mm"


def groupStacks(instances: Sequence[Instance]) -> list[SliceStack]:
    """Split instances into stacks that each make sense as one volume, and analyse each.

    They are split by series, size, orientation, pixel spacing and kind; slices that repeat positions (time points,
    echoes, b-values) become one stack for each repetition. Larger stacks come first within a kind of split.

    :raises GeometryError: when there are no instances
    """
    planes = planesToAnalyse(instances)
    return [analyzePart(planes, part) for part in splitPlanes(planes)]


def analyzeStack(instances: Sequence[Instance]) -> SliceStack:
    """Sort and check instances as one stack, whatever they are; what does not fit becomes a finding.

    :raises GeometryError: when there are no instances
    """
    planes = planesToAnalyse(instances)
    return analyzePart(planes, Part(numpy.arange(len(planes))))


def planesToAnalyse(instances: Sequence[Instance]) -> Planes:
    """The slices of some objects as a table.

    :raises GeometryError: when there are none
    """
    if not instances:
        raise GeometryError("there are no slices", hint="Choose a series with images")
    return planesOf(instances)


def analyzePart(table: Planes, part: Part) -> SliceStack:
    """Sort and check some rows of a table as one stack."""
    planes = table.take(part.indices)
    findings = checkPlanes(planes)
    if planes.located.all():
        ordered = planes.take(orderAlongNormal(planes))
        matrix = locatedMatrix(ordered)
        findings += checkSorted(ordered, matrix)
    else:
        ordered = planes.take(orderByInstanceNumber(planes))
        matrix = unlocatedMatrix(ordered)
    return SliceStack(
        ordered, matrix, findings, list(part.reasons), part.volumeNumber, part.volumeCount, part.localizer
    )


def orderAlongNormal(planes: Planes) -> numpy.ndarray:
    """Row numbers in order along +normal of the first slice; equal positions by instance number.

    The normal is row direction × column direction, so i, j, k of the sorted stack are always right-handed.
    """
    distances = planes.positions @ planes.normals[0]
    return numpy.lexsort((planes.frames, planes.instanceNumbers, distances))


def orderByInstanceNumber(planes: Planes) -> numpy.ndarray:
    """Row numbers by instance number, then frame; the order given decides where the number is absent."""
    return numpy.lexsort((planes.frames, planes.instanceNumbers))


def locatedMatrix(planes: Planes) -> numpy.ndarray:
    """4x4 ijk to LPS of sorted, located slices.

    The k step is (last position − first position) / (n − 1): it keeps the shear of a tilted gantry and is right on
    average for uneven gaps. A single slice, or slices all in one place, step along the normal by the slice distance
    that the header states.
    """
    matrix = _inPlaneMatrix(planes)
    matrix[:3, 3] = planes.positions[0]
    count = len(planes)
    step = (planes.positions[-1] - planes.positions[0]) / (count - 1) if count > 1 else numpy.zeros(3)
    if step @ planes.normals[0] > 0:
        matrix[:3, 2] = step
    return matrix


def unlocatedMatrix(planes: Planes) -> numpy.ndarray:
    """4x4 ijk to LPS when positions are not known for all slices: the first known geometry, else axial at 0."""
    known = numpy.flatnonzero(planes.located)
    matrix = _inPlaneMatrix(planes.take(known) if len(known) else planes)
    if len(known):
        matrix[:3, 3] = planes.positions[known[0]]
    return matrix


def _inPlaneMatrix(planes: Planes) -> numpy.ndarray:
    """i and j steps of the first slice and a k step along its normal by the stated slice distance; origin 0."""
    orientation = planes.orientations[0] if planes.located[0] else numpy.array([1.0, 0, 0, 0, 1, 0])
    row, column = orientation[:3], orientation[3:]
    normal = numpy.cross(row, column)
    matrix = numpy.eye(4)
    matrix[:3, 0] = row * planes.pixelSpacings[0, 1]
    matrix[:3, 1] = column * planes.pixelSpacings[0, 0]
    matrix[:3, 2] = normal / numpy.linalg.norm(normal) * statedSliceSpacing(planes)[0]
    return matrix


def statedSliceSpacing(planes: Planes) -> tuple[float, str]:
    """Distance between slices in mm as the header of the first slice states it, and the keyword that does.

    SpacingBetweenSlices counts from centre to centre (PS3.3 C.7.6.2.1, C.8.3.1); SliceThickness is the next best;
    :data:`FALLBACK_SLICE_SPACING_MM` and "" when both are absent or cannot be right.
    """
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        distance = abs(planes.number(keyword) or 0.0)  # NM writes negative spacings to tell the direction (C.8.4.15)
        if SMALLEST_SPACING_MM <= distance <= LARGEST_SPACING_MM:
            return distance, keyword
    return FALLBACK_SLICE_SPACING_MM, ""
