"""The size of ultrasound pixels, which is stated for regions of the picture (PS3.3 C.8.5.5)."""

from __future__ import annotations

import math

from ..Instance import Instance

ULTRASOUND_REGIONS = "SequenceOfUltrasoundRegions"
_NAMES = ("RegionSpatialFormat", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection", "PhysicalDeltaX",
          "PhysicalDeltaY")  # fmt: skip
# A picture of tissue, as opposed to M-mode, spectra and graphics; lengths in centimetres.
_TWO_DIMENSIONAL, _CENTIMETRES = 1, 3
_MM = 10.0
# Regions that show the same picture with and without colour state the same size.
_TOLERANCE = 1e-6


def ultrasoundSpacing(instance: Instance) -> tuple[float, float] | None:
    """mm between rows and between columns; None where no region is a picture of known size, or several of different
    sizes are."""
    columns = [instance.value(f"{ULTRASOUND_REGIONS}[*].{name}").split("\\") for name in _NAMES]
    found = [
        spacing for values in zip(*columns, strict=False) if (spacing := _spacingOfRegion(*values)) is not None
    ]  # fmt: skip
    if not found or any(abs(a - b) > _TOLERANCE * b for one in found for a, b in zip(one, found[0], strict=True)):
        return None
    return found[0]


def _spacingOfRegion(form: str, unitsX: str, unitsY: str, deltaX: str, deltaY: str) -> tuple[float, float] | None:
    """PhysicalDeltaX goes along a row: it is the distance between columns. A delta may count backwards."""
    try:
        isPicture = int(form) == _TWO_DIMENSIONAL and int(unitsX) == int(unitsY) == _CENTIMETRES
        spacing = abs(float(deltaY)) * _MM, abs(float(deltaX)) * _MM
    except ValueError:
        return None
    return spacing if isPicture and min(spacing) > 0 and math.isfinite(max(spacing)) else None
