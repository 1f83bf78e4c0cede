"""Diffusion weighting of each slice of a series, and what a vendor's rule for finding it is. LPS, s/mm²."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy

from DICOMLib.Geometry.Planes import Planes

UNKNOWN, UNWEIGHTED, DIRECTIONAL, ISOTROPIC, DERIVED = range(5)
"""What a slice is: nothing is known; b = 0; weighted along one direction; weighted without a direction (a trace image,
or an average over directions); computed from others (ADC, FA, …)."""

KIND_NAMES = ("unknown", "b = 0", "directional", "trace", "derived")


@dataclass
class Weighting:
    """The diffusion weighting of n slices, a row each.

    :ivar bValues: (n,) s/mm²; NaN where unknown
    :ivar directions: (n, 3) unit vectors in patient coordinates, LPS; zeros where there is none (b = 0, trace), NaN
        where unknown. The sign of a direction has no meaning
    :ivar kinds: (n,) int8, the numbers above
    :ivar bMatrices: (n, 6) xx, xy, xz, yy, yz, zz, LPS, s/mm²; NaN where the header has none
    :ivar sources: what was read from where, in words: {"b-value": "DiffusionBValue (0018,9087)", "direction": …}
    :ivar notes: what a reader of the explanation should know, a sentence each
    """

    bValues: numpy.ndarray
    directions: numpy.ndarray
    kinds: numpy.ndarray
    bMatrices: numpy.ndarray
    sources: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def unknown(cls, count: int) -> Weighting:
        """Of `count` slices of which nothing is known yet."""
        nothing = numpy.full(count, numpy.nan)
        return cls(
            nothing.copy(), numpy.full((count, 3), numpy.nan), numpy.full(count, UNKNOWN, numpy.int8),
            numpy.full((count, 6), numpy.nan),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.bValues)


class DiffusionRule(Protocol):
    """How one vendor, or the standard, writes diffusion weighting into headers.

    :ivar name: for people and settings, e.g. "Siemens", "GE", "Philips", "standard"
    :ivar tags: what an import has to keep, a name of ours → tag or path, see TagPaths (a plugin's ``tags``)
    """

    name: str
    tags: Mapping[str, str]

    def evidence(self, planes: Planes) -> str:
        """What in the records speaks for this rule, a clause with tag and value; "" when nothing does. No file is
        opened."""

    def read(self, planes: Planes) -> Weighting:
        """The weighting of each row of a table of slices; what a header does not say stays unknown.

        Never raises for values that make no sense: they are unknown, with a note. May open files where the weighting is
        in blocks too large for the database (Siemens' CSA header), once for each object.
        """
