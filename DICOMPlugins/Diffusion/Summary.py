"""What a diffusion volume in the scene consists of, for people: its shells, what is wrong with them, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy

from DICOMLib.Diffusion.Coverage import Shell, SphereCoverage, coverageOf, shellsOf
from DICOMLib.Geometry.Findings import WARNING
from DICOMLib.Scene.DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from DICOMLib.Wording import counted

from .Checks import UNEVEN_ENERGY, NodeMeasurements, checkWeighting

EXPLANATION_ATTRIBUTE = "DICOM.diffusionExplanation"
# How lines of an explanation begin that nobody should miss.
DOUBT_BEGINNINGS = ("Warning: ", "Contradiction: ")


@dataclass(frozen=True)
class ShellSummary:
    """Measurements of one b-value.

    :ivar coverage: what their directions see of the sphere
    """

    shell: Shell
    coverage: SphereCoverage

    @property
    def gapText(self) -> str:
        """Angle across the largest hole between directions; "" for fewer directions than a tensor needs."""
        return f"{2 * self.coverage.largestGap:.0f}°" if self.coverage.axes >= 6 else ""

    @property
    def spreadText(self) -> str:
        """Even, uneven, or degenerate where no tensor can be computed; "" for fewer directions than it needs."""
        if self.coverage.axes < 6:
            return ""
        if not math.isfinite(self.coverage.condition):
            return "degenerate"
        return "even" if self.coverage.energyRatio <= UNEVEN_ENERGY else "uneven"


@dataclass(frozen=True)
class DiffusionSummary:
    """What there is to say about a volume.

    :ivar shells: by b-value, ascending
    :ivar warnings: checks that did not pass, a sentence each
    :ivar text: where b-values and directions come from, and every check
    """

    shells: list[ShellSummary]
    warnings: list[str]
    text: str

    @property
    def headline(self) -> str:
        """"21 measurements: 1 at b = 0, 20 at b = 2000"."""
        parts = ", ".join(f"{len(one.shell.rows):,} at {one.shell.name}" for one in self.shells)
        total = sum(len(one.shell.rows) for one in self.shells)
        return f"{counted(total, 'measurement')}: {parts}" if parts else "No b-values"


def summaryOf(node: vtkMRMLDiffusionWeightedVolumeNode) -> DiffusionSummary:
    """The summary of a volume as it is now; how it was read is told where the series' reading left word of it."""
    measurements = NodeMeasurements.of(node)
    shells = [
        ShellSummary(shell, coverageOf(measurements.directions[shell.rows])) for shell in shellsOf(measurements.bValues)
    ]
    findings = checkWeighting(measurements) if len(measurements.bValues) else []
    text = node.GetAttribute(EXPLANATION_ATTRIBUTE) or ""
    # Reading knew what the node does not: the header's b-matrices, other rules' values, what had to be assumed.
    warnings = [*doubts(text.splitlines()), *(_sentence(one.text) for one in findings if one.severity == WARNING)]
    summary = DiffusionSummary(shells, list(dict.fromkeys(warnings)), text)
    if summary.text:
        return summary
    unknown = "B-values and directions are the volume's own; nothing is known about where they come from."
    lines = [f"{summary.headline}.", unknown, *(_sentence(one.text) for one in findings)]
    return replace(summary, text="\n".join(lines))


def doubts(lines: Iterable[str]) -> list[str]:
    """The lines of an explanation that tell what to doubt, without the word before them."""
    return [_capitalized(line.partition(": ")[2]) for line in lines if line.startswith(DOUBT_BEGINNINGS)]


def shellNumbers(shells: list[ShellSummary], count: int) -> numpy.ndarray:
    """(count,) for each measurement the number of its shell, -1 for none."""
    numbers = numpy.full(count, -1)
    for number, one in enumerate(shells):
        numbers[one.shell.rows] = number
    return numbers


def _sentence(text: str) -> str:
    return f"{_capitalized(text)}."


def _capitalized(text: str) -> str:
    return text if text.startswith(("b =", "b is", "b-")) else f"{text[:1].upper()}{text[1:]}"
