"""What stored values mean in the real world, as a file states it besides its rescale (PS3.3 C.7.6.16.2.11)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..Instance import Instance
from .Rescale import Rescale

_ITEM = "RealWorldValueMappingSequence[*]."
_UNITS = f"{_ITEM}MeasurementUnitsCodeSequence[0]."
_QUANTITY = f"{_ITEM}QuantityDefinitionSequence[0].ConceptCodeSequence[0]."

Code = tuple[str, str, str]
"""(value, coding scheme, meaning)."""


@dataclass(frozen=True)
class RealWorldMapping:
    """Real world value = stored × slope + intercept.

    :ivar units: None when they are not stated in full
    :ivar quantity: what is measured; None when it is not stated
    """

    rescale: Rescale
    label: str = ""
    units: Code | None = None
    quantity: Code | None = None


def realWorldMappings(instance: Instance, frame: int = 0) -> list[RealWorldMapping]:
    """The linear mappings of a frame, in the order of the file; mappings by a table are left out."""
    slopes = _texts(instance, frame, f"{_ITEM}RealWorldValueSlope")
    count = len(slopes)
    intercepts, labels, *codes = (
        _padded(_texts(instance, frame, path), count)
        for path in (
            f"{_ITEM}RealWorldValueIntercept",
            f"{_ITEM}LUTLabel",
            *(f"{start}{name}" for start in (_UNITS, _QUANTITY) for name in _CODE_PARTS),
        )
    )
    found = []
    for index, slope in enumerate(slopes):
        rescale = _rescale(slope, intercepts[index])
        if rescale is not None:
            parts = [column[index].strip() for column in codes]
            found.append(RealWorldMapping(rescale, labels[index].strip(), _code(parts[:3]), _code(parts[3:])))
    return found


def mayHaveRealWorldTable(instance: Instance, frame: int = 0) -> bool:
    """Whether a frame has mappings that are not linear: a table, which an import does not keep."""
    texts = [*_texts(instance, frame, f"{_ITEM}LUTLabel"), *_texts(instance, frame, f"{_UNITS}CodeValue")]
    isDescribed = any(text.strip() for text in texts)
    return isDescribed and not realWorldMappings(instance, frame)


_CODE_PARTS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")


def _texts(instance: Instance, frame: int, path: str) -> list[str]:
    text = instance.frameValue(path, frame)
    return text.split("\\") if text else []


def _padded(texts: list[str], count: int) -> list[str]:
    return (texts + [""] * count)[:count]


def _rescale(slope: str, intercept: str) -> Rescale | None:
    try:
        rescale = Rescale(float(slope), float(intercept or 0))
    except ValueError:
        return None
    return rescale if rescale.slope and math.isfinite(rescale.slope) and math.isfinite(rescale.intercept) else None


def _code(parts: list[str]) -> Code | None:
    return tuple(parts) if parts[0] and parts[1] else None
