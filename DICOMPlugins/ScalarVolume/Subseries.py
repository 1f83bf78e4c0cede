"""How the images of a selection are divided into volumes: by geometry first, then by the tags Slicer offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy

from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Geometry.Grouping import Part, splitPlanes
from DICOMLib.Geometry.Planes import Planes
from DICOMLib.Geometry.RepeatedStacks import analyzeParts
from DICOMLib.Geometry.Slices import SliceStack, planesToAnalyse
from DICOMLib.Instance import Instance
from DICOMLib.Wording import counted

# Slicer's order of tags that may divide a series: (name in Slicer, keyword, whether its values are shown as numbers).
TAGS = (
    ("seriesInstanceUID", "SeriesInstanceUID", True),
    ("acquisitionNumber", "AcquisitionNumber", False),
    ("imageType", "ImageType", False),
    ("imageOrientationPatient", "ImageOrientationPatient", True),
    ("diffusionGradientOrientation", "DiffusionGradientOrientation", True),
)
TIME_TAGS = (("contentTime", "ContentTime", False), ("triggerTime", "TriggerTime", False))
# Slicer compares these as numbers, within this tolerance, because scanners write them with differing digits.
NUMBERS_IN = {"ImageOrientationPatient": 6, "DiffusionGradientOrientation": 3}
NUMERIC_DIGITS = 6
# On average; an acquisition number for each slice or two does not name volumes.
FEWEST_IMAGES_A_VALUE = 2


@dataclass(eq=False)
class Candidate:
    """Images that may be loaded as one volume.

    :ivar label: what follows the series' name in the loadable's name; "" for all files
    :ivar origin: the rule that put these images together, a clause
    :ivar isGeometric: whether the geometry says that they make one volume
    """

    stack: SliceStack
    label: str
    origin: str
    isGeometric: bool = False

    @property
    def files(self) -> list[str]:
        """Paths in slice order, each once."""
        return [instance.filePath for instance in self.stack.instances]

    @property
    def part(self) -> str:
        """Which slices of the files these are, when they are not all; "" when they are."""
        planes = self.stack.planes
        everything = planes.table.owners
        if len(planes) == int(numpy.isin(everything, planes.owners).sum()):
            return ""
        return ",".join(map(str, numpy.sort(planes.rows).tolist()))


@dataclass
class _Choice:
    """Slices before they are analysed: a series may be divided into hundreds."""

    part: Part
    label: str
    origin: str
    isGeometric: bool = False


def candidates(images: Sequence[Instance], byTime: bool = False, planes: Planes | None = None) -> list[Candidate]:
    """All ways of reading the images: all files, then what tags make of them, then what geometry makes of them.

    The same images are offered once, by the name Slicer gives them or as one volume of several at the same positions;
    whether geometry agrees is noted there.

    :param byTime: also divide by content time and trigger time
    :param planes: the images as a table, where it is at hand
    """
    planes = planesToAnalyse(images) if planes is None else planes
    parts = splitPlanes(planes)
    if len(parts) == 1:
        found = [_Choice(parts[0], "", "all files; they make one stack", isGeometric=True)]
    else:
        text = f"all files, although they make {counted(len(parts), 'stack')}"
        found = [_Choice(Part(numpy.arange(len(planes))), "", text)]
    found += _choicesByTags(planes, byTime)
    found += [_Choice(part, _geometricLabel(part, number, len(parts)), _origin(part), True)
              for number, part in enumerate(parts, 1)]  # fmt: skip
    return _analyzed(planes, _withoutRepetition(found))


def _analyzed(planes: Planes, choices: Sequence[_Choice]) -> list[Candidate]:
    stacks = analyzeParts(planes, [choice.part for choice in choices])
    return [Candidate(stack, choice.label, choice.origin, choice.isGeometric)
            for stack, choice in zip(stacks, choices, strict=True)]  # fmt: skip


def _choicesByTags(planes: Planes, byTime: bool) -> list[_Choice]:
    """For each tag with several values one choice a value, as Slicer offers them.

    A tag that takes the images apart one by one divides nothing and is left out.
    """
    found = []
    for name, keyword, numbered in TAGS + (TIME_TAGS if byTime else ()):
        groups = _groupsByTag(planes, keyword)
        if not 1 < len(groups) <= len(planes) / FEWEST_IMAGES_A_VALUE:
            continue
        for number, (value, indices) in enumerate(groups, 1):
            shown = str(number) if numbered else value.replace(",", "_") or "absent"
            origin = f"images with {keyword} {value or 'absent'} ({len(groups)} different values)"
            found.append(_Choice(Part(indices), f"{name} {shown}", origin))
    return found


def _groupsByTag(planes: Planes, keyword: str) -> list[tuple[str, numpy.ndarray]]:
    """(value, row numbers) in order of appearance."""
    codes, texts = planes.codes(keyword)
    if keyword in NUMBERS_IN and len(texts) > 1:
        numbers = numpy.round(parseNumbers(texts, NUMBERS_IN[keyword]), NUMERIC_DIGITS) + 0.0
        same: dict[object, int] = {}
        keys = (text if numpy.isnan(row[0]) else tuple(row) for text, row in zip(texts, numbers.tolist(), strict=True))
        codes = numpy.array([same.setdefault(key, number) for number, key in enumerate(keys)])[codes]
    distinct, first = numpy.unique(codes, return_index=True)
    ordered = distinct[numpy.argsort(first)]
    return [(texts[code], numpy.flatnonzero(codes == code)) for code in ordered.tolist()]


def _geometricLabel(part: Part, number: int, count: int) -> str:
    if count == 1:
        return ""
    stack = f"stack {number} of {count}"
    if part.volumeCount == 1:
        return stack
    volume = f"volume {part.volumeNumber} of {part.volumeCount}"
    return volume if part.volumeCount == count else f"{volume} ({stack})"


def _origin(part: Part) -> str:
    return "; ".join(part.reasons) or "all files; they make one stack"


def _withoutRepetition(found: Sequence[_Choice]) -> list[_Choice]:
    kept: dict[bytes, _Choice] = {}
    for choice in found:
        slices = numpy.sort(choice.part.indices).tobytes()
        if slices not in kept:
            kept[slices] = choice
        elif choice.isGeometric and not kept[slices].isGeometric:
            # The geometric analysis knows more. The name stays the one Slicer gives, unless it is one volume of several
            # at the same positions: "volume 1 of 7" tells a person what "acquisitionNumber 1" does not.
            label = kept[slices].label if choice.part.volumeCount == 1 else choice.label
            kept[slices] = replace(choice, label=label, origin=f"{kept[slices].origin}; {choice.origin}")
    return list(kept.values())


def describeReasons(reasons: dict[str, int]) -> Iterator[str]:
    """"2 files are a structured report (Modality SR)", …"""
    for reason, count in reasons.items():
        yield f"{counted(count, 'file')} {'is' if count == 1 else 'are'} {reason}"
