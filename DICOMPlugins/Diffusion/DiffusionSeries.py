"""A diffusion series: measurements at the same places, each with its weighting. LPS, mm, s/mm²."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy

from DICOMLib.Geometry.Findings import WARNING, Finding, warningText
from DICOMLib.Geometry.Grouping import Part, splitPlanes
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Geometry.Slices import SliceStack, analyzePart
from DICOMLib.Instance import Instance
from DICOMLib.SliceSource import SliceSource
from DICOMLib.Wording import counted

from .Weighting import DIRECTIONAL, UNWEIGHTED, Weighting

# The finding of a measurement that does not have the slices the others have.
INCOMPLETE = "incompleteMeasurement"
MOST_TOLD_ONE_BY_ONE = 3


@dataclass
class Apart:
    """Slices of the series that are no part of its measurements: trace and ADC images, incomplete measurements, …

    :ivar rows: row numbers in the series' table of planes
    :ivar kind: one of the kinds of Weighting.py
    :ivar label: for a node's name
    :ivar reason: why they are apart, a clause; "" where the label says all
    """

    rows: numpy.ndarray
    kind: int
    label: str
    reason: str = ""

    def stacks(self, planes: Planes) -> list[SliceStack]:
        """The volumes that these slices make."""
        own = planes.take(self.rows)
        return [analyzePart(own, part) for part in splitPlanes(own)]


@dataclass
class DiffusionSeries:
    """N measurements of K slices each.

    :ivar planes: all slices of the selection
    :ivar weighting: of all slices of the selection
    :ivar rows: (N, K) row numbers in `planes`: measurements in the order of acquisition, slices along their normal
    :ivar label: what tells this series from others of the same files; "" when there is one
    :ivar apart: what is not loaded
    :ivar findings: what was noticed while putting measurements together
    """

    planes: Planes
    weighting: Weighting
    rows: numpy.ndarray
    label: str = ""
    apart: list[Apart] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _speaking(self) -> numpy.ndarray:
        """(N,) the slice that speaks for each measurement: the middle one."""
        return self.rows[:, self.rows.shape[1] // 2]

    @property
    def bValues(self) -> numpy.ndarray:
        """(N,) s/mm²."""
        return self.weighting.bValues[self._speaking]

    @property
    def directions(self) -> numpy.ndarray:
        """(N, 3) unit vectors, LPS; zeros at b = 0."""
        return self.weighting.directions[self._speaking]

    @property
    def kinds(self) -> numpy.ndarray:
        """(N,) UNWEIGHTED or DIRECTIONAL."""
        return self.weighting.kinds[self._speaking]

    @property
    def bMatrices(self) -> numpy.ndarray:
        """(N, 6) xx, xy, xz, yy, yz, zz, LPS; NaN where the header has none."""
        return self.weighting.bMatrices[self._speaking]

    @cached_property
    def stack(self) -> SliceStack:
        """The first measurement: the geometry of all."""
        return analyzePart(self.planes, Part(self.rows[0]))

    @cached_property
    def stacks(self) -> list[SliceStack]:
        """One for each measurement."""
        return [self.stack, *(analyzePart(self.planes, Part(rows)) for rows in self.rows[1:])]

    @cached_property
    def sources(self) -> list[SliceSource]:
        """For each slice where its pixels are: measurement after measurement, slices along the normal in each."""
        planes = self.planes.take(self.rows.reshape(-1))
        return [
            SliceSource(instance, frame, tile)
            for instance, frame, tile in zip(planes.instances, planes.frames.tolist(), planes.tiles, strict=True)
        ]

    @property
    def isPacked(self) -> bool:
        """Whether several slices are in one stored image, as in mosaics."""
        return self.planes.allTiles is not None and bool(self.planes.allTiles[self.rows[0], 2].any())

    @cached_property
    def instances(self) -> list[Instance]:
        """The objects in the order of the measurements, each once."""
        owners = dict.fromkeys(self.planes.owners[self.rows.reshape(-1)].tolist())
        return [self.planes.table.objects[owner] for owner in owners]

    @cached_property
    def files(self) -> list[str]:
        """Paths of the files in the order of the measurements, each once."""
        return [one.filePath for one in self.instances]

    @property
    def part(self) -> str:
        """Which slices of the files these are, when they are not all; "" when they are."""
        everything = numpy.isin(self.planes.table.owners, self.planes.owners[self.rows.reshape(-1)])
        if int(everything.sum()) == self.rows.size:
            return ""
        return ",".join(map(str, numpy.sort(self.planes.rows[self.rows.reshape(-1)]).tolist()))

    @property
    def warning(self) -> str:
        """One text of all warnings; "" when there are none. Many measurements that are left out are one sentence."""
        findings = [*self.stack.findings, *self.findings]
        leftOut = [one for one in self.findings if one.code == INCOMPLETE]
        if len(leftOut) > MOST_TOLD_ONE_BY_ONE:
            text = f"{counted(len(leftOut), 'measurement')} lack slices and are left out, see the explanation"
            findings = [one for one in findings if one.code != INCOMPLETE]
            findings.append(Finding(INCOMPLETE, text, WARNING, len(leftOut)))
        return warningText(findings)

    def weightingText(self, row: int) -> str:
        """"b = 1000 along (0.7, 0, 0.7)" of one slice."""
        text = f"b = {self.weighting.bValues[row]:g}"
        if self.weighting.kinds[row] == DIRECTIONAL:
            text += f" along ({', '.join(f'{value:.3g}' for value in self.weighting.directions[row] + 0.0)})"
        return text

    def shells(self) -> list[tuple[float, int, int]]:
        """(b-value, measurements, different directions) by rounded b-value, ascending."""
        rounded = numpy.round(self.bValues)
        found = []
        for bValue in numpy.unique(rounded):
            own = (rounded == bValue) & (self.kinds == DIRECTIONAL)
            directions = numpy.unique(numpy.round(self.directions[own], 2), axis=0)
            found.append((float(bValue), int((rounded == bValue).sum()), len(directions)))
        return found

    def explanation(self) -> list[str]:
        """What the series is made of, a sentence each."""
        shells = "; ".join(
            f"b = {bValue:g}: {count:,}" + (f" in {counted(directions, 'direction')}" if directions else "")
            for bValue, count, directions in self.shells()
        )
        unweighted = int((self.kinds == UNWEIGHTED).sum())
        lines = [
            f"{counted(len(self), 'measurement')} of {counted(self.rows.shape[1], 'slice')}, in the order of "
            f"acquisition: {shells}.",
        ]
        if not unweighted:
            lines.append("There is no measurement with b = 0.")
        for one in self.apart:
            reason = f" ({one.reason})" if one.reason else ""
            lines.append(f"Set apart: {counted(len(one.rows), 'slice')}, {one.label}{reason}.")
        lines += [f"{finding.severity.capitalize()}: {finding.text}." for finding in self.findings]
        return lines
