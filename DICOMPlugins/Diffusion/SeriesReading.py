"""From slices to diffusion series: weighting, measurements, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from DICOMLib.Geometry.Findings import NOTE
from DICOMLib.Geometry.Planes import Planes

from .Checks import checkWeighting
from .DiffusionSeries import DiffusionSeries
from .Measurements import measurementsOf, reasonForNone
from .Rules import AUTOMATIC, ChosenWeighting, chooseWeighting


@dataclass
class Reading:
    """What was made of some slices.

    :ivar vendor: what the user chose
    :ivar series: the largest first; empty when the slices make none, or when weighting had to be put off
    """

    vendor: str
    chosen: ChosenWeighting
    series: list[DiffusionSeries]

    @property
    def reasonForNone(self) -> str:
        """Why there is no series, a clause."""
        return reasonForNone(self.chosen.weighting)

    def checkTexts(self, series: DiffusionSeries) -> list[str]:
        """What was checked, a sentence each."""
        return [f"{'Checked' if one.severity == NOTE else 'Warning'}: {one.text}." for one in checkWeighting(series)]


def readSeries(
    planes: Planes, vendor: str = AUTOMATIC, mayOpenFiles: bool = True, evidence: Mapping[str, str] | None = None
) -> Reading:
    """All diffusion series that slices make.

    :param vendor: name of a rule, or "automatic"
    :param mayOpenFiles: False while examining: rules that need the files are put off
    :param evidence: what speaks for which rule, where it is known already
    """
    chosen = chooseWeighting(planes, vendor, mayOpenFiles, evidence)
    series = [] if chosen.deferred else measurementsOf(planes, chosen.weighting)
    return Reading(vendor, chosen, series)
