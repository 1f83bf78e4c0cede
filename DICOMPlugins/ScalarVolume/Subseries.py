"""How the images of a selection are divided into volumes: by geometry first, then by the tags Slicer offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from DICOMLib.Geometry.Slices import SliceStack, analyzeStack, groupStacks
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
NUMERIC_KEYWORDS = frozenset({"ImageOrientationPatient", "DiffusionGradientOrientation"})
NUMERIC_DIGITS = 6
# On average; an acquisition number for each slice or two does not name volumes.
FEWEST_IMAGES_A_VALUE = 2


@dataclass
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
        """Paths in slice order."""
        return [instance.filePath for instance in self.stack.instances]


def candidates(images: Sequence[Instance], byTime: bool = False) -> list[Candidate]:
    """All ways of reading the images: all files, then what tags make of them, then what geometry makes of them.

    The same images are offered once, by the name Slicer gives them or as one volume of several at the same positions;
    whether geometry agrees is noted there.

    :param byTime: also divide by content time and trigger time
    """
    stacks = groupStacks(images)
    if len(stacks) == 1:
        found = [Candidate(stacks[0], "", "all files; they make one stack", isGeometric=True)]
    else:
        text = f"all files, although they make {counted(len(stacks), 'stack')}"
        found = [Candidate(analyzeStack(images), "", text)]
    found += subseriesByTags(images, byTime)
    found += [Candidate(stack, _geometricLabel(stack, number, len(stacks)), _origin(stack), True)
              for number, stack in enumerate(stacks, 1)]  # fmt: skip
    return _withoutRepetition(found)


def subseriesByTags(images: Sequence[Instance], byTime: bool = False) -> list[Candidate]:
    """For each tag with several values one candidate a value, as Slicer offers them.

    A tag that takes the images apart one by one divides nothing and is left out.
    """
    found = []
    for name, keyword, numbered in TAGS + (TIME_TAGS if byTime else ()):
        groups = _groupsByTag(images, keyword)
        if not 1 < len(groups) <= len(images) / FEWEST_IMAGES_A_VALUE:
            continue
        for number, (value, instances) in enumerate(groups.items(), 1):
            shown = str(number) if numbered else value.replace(",", "_") or "absent"
            origin = f"images with {keyword} {value or 'absent'} ({len(groups)} different values)"
            found.append(Candidate(analyzeStack(instances), f"{name} {shown}", origin))
    return found


def _groupsByTag(images: Sequence[Instance], keyword: str) -> dict[str, list[Instance]]:
    groups: dict[object, list[Instance]] = {}
    for instance in images:
        key: object = instance.value(keyword)
        numbers = instance.numbers(keyword) if keyword in NUMERIC_KEYWORDS else None
        if numbers is not None:
            key = tuple(round(number, NUMERIC_DIGITS) for number in numbers)
        groups.setdefault(key, []).append(instance)
    return {instances[0].value(keyword): instances for instances in groups.values()}


def _geometricLabel(stack: SliceStack, number: int, count: int) -> str:
    if count == 1:
        return ""
    if stack.volumeCount > 1:
        return f"volume {stack.volumeNumber} of {stack.volumeCount}"
    return f"stack {number} of {count}"


def _origin(stack: SliceStack) -> str:
    return "; ".join(stack.reasons) or "all files; they make one stack"


def _withoutRepetition(found: Sequence[Candidate]) -> list[Candidate]:
    kept: dict[frozenset[str], Candidate] = {}
    for candidate in found:
        files = frozenset(candidate.files)
        if files not in kept:
            kept[files] = candidate
        elif candidate.isGeometric and not kept[files].isGeometric:
            # The geometric analysis knows more. The name stays the one Slicer gives, unless it is one volume of several
            # at the same positions: "volume 1 of 7" tells a person what "acquisitionNumber 1" does not.
            if candidate.stack.volumeCount == 1:
                candidate.label = kept[files].label
            candidate.origin = f"{kept[files].origin}; {candidate.origin}"
            kept[files] = candidate
    return list(kept.values())


def describeReasons(reasons: dict[str, int]) -> Iterator[str]:
    """"2 files are a structured report (Modality SR)", …"""
    for reason, count in reasons.items():
        yield f"{counted(count, 'file')} {'is' if count == 1 else 'are'} {reason}"
