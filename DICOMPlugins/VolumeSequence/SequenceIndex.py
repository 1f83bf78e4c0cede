"""What volumes of one series differ in, as index of a sequence: trigger time in ms, phase in %, echo time, …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Geometry.Slices import SliceStack

SECONDS_A_DAY = 86400
# Sequences take index values that differ by 0.001 for one (vtkMRMLSequenceNode), in 3D Slicer, too.
LEAST_STEP = 0.002

# Keyword → name and unit of the index, the most telling first (PS3.6; units by PS3.3 of each attribute).
_TAGS = {
    "TriggerTime": ("trigger time", "ms"),
    "NominalCardiacTriggerDelayTime": ("trigger time", "ms"),
    "NominalPercentageOfCardiacPhase": ("cardiac phase", "%"),
    "NominalPercentageOfRespiratoryPhase": ("respiratory phase", "%"),
    "NominalRespiratoryTriggerDelayTime": ("respiratory trigger time", "ms"),
    "FrameReferenceTime": ("time", "ms"),
    "TemporalPositionTimeOffset": ("time", "s"),
    "EchoTime": ("echo time", "ms"),
    "EffectiveEchoTime": ("echo time", "ms"),
    "InversionTime": ("inversion time", "ms"),
    "DiffusionBValue": ("b-value", "s/mm²"),
    "TemporalPositionIdentifier": ("time point", ""),
    "TemporalPositionIndex": ("time point", ""),
}
# When the first slice of each volume was taken; dates are only needed across midnight.
_CLOCKS = ("AcquisitionTime", "ContentTime")
# Those that headers of single images have; the others are in functional groups.
IMAGE_TAGS = (
    "TriggerTime", "FrameReferenceTime", "EchoTime", "InversionTime", "DiffusionBValue", "TemporalPositionIdentifier",
    *_CLOCKS,
)  # fmt: skip


@dataclass(frozen=True)
class SequenceIndex:
    """Of a sequence.

    :ivar values: one a volume, in their order
    :ivar source: the keyword that gave them; "" for numbers of volumes
    """

    name: str
    unit: str
    values: list[str]
    source: str = ""


def sequenceIndex(stacks: Sequence[SliceStack]) -> SequenceIndex:
    """By the first tag whose values grow from volume to volume; else volumes are numbered from 1."""
    for keyword, (name, unit) in _TAGS.items():
        numbers = _leastNumbers(stacks, keyword)
        if _grows(numbers):
            return SequenceIndex(name, unit, [f"{number:.10g}" for number in numbers], keyword)
    for keyword in _CLOCKS:
        moments = _secondsSinceFirst(_leastNumbers(stacks, keyword, _secondsOfDay))
        if _grows(moments):
            return SequenceIndex("time", "s", [f"{moment:.10g}" for moment in moments], keyword)
    return SequenceIndex("volume", "", [str(number) for number in range(1, len(stacks) + 1)])


def _asTheyAre(numbers: numpy.ndarray) -> numpy.ndarray:
    return numbers


def _secondsOfDay(numbers: numpy.ndarray) -> numpy.ndarray:
    """Of times written HHMMSS.FFFFFF (PS3.5 6.2, TM), read as numbers."""
    hours, rest = numpy.divmod(numbers, 10000)
    minutes, seconds = numpy.divmod(rest, 100)
    return 3600 * hours + 60 * minutes + seconds


def _leastNumbers(stacks: Sequence[SliceStack], keyword: str, convert=_asTheyAre) -> numpy.ndarray:
    """Of each volume the least number that a slice has; NaN where one has none."""
    found = []
    for stack in stacks:
        numbers = convert(parseNumbers(stack.planes.distinct(keyword), 1)[:, 0])
        found.append(numbers.min() if len(numbers) else numpy.nan)
    return numpy.array(found, float)


def _secondsSinceFirst(moments: numpy.ndarray) -> numpy.ndarray:
    """From the first volume on, over midnight once."""
    return numpy.round(numpy.mod(moments - moments[0], SECONDS_A_DAY), 6)


def _grows(numbers: numpy.ndarray) -> bool:
    return bool(numpy.isfinite(numbers).all() and (numpy.diff(numbers) >= LEAST_STEP).all())
