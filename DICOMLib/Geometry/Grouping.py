"""Which slices belong together: splitting the slices of a selection into stacks that each make one volume. LPS, mm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy

from .Checks import (
    GAP_TOLERANCE_MM,
    ORIENTATION_TOLERANCE,
    PIXEL_SPACING_TOLERANCE,
    allInOnePlace,
    samePositionTolerance,
)
from .Planes import Planes

# Tags that tell volumes at the same positions apart, the most telling first. Kind of image before echo before time:
# a magnitude and a phase image share their echo time, and every slice has a content time of its own.
REPETITION_TAGS = (
    "ImageType",
    "StackID",
    "EchoNumbers",
    "EchoTime",
    "TemporalPositionIdentifier",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "TriggerTime",
    "AcquisitionNumber",
    "AcquisitionTime",
    "ContentTime",
)
# Tags that may tell apart two runs whose slices interleave without repeating a position.
INTERLEAVING_TAGS = ("AcquisitionNumber", "ImageType", "StackID", "EchoNumbers", "SliceThickness")


@dataclass(frozen=True)
class Part:
    """Slices that make one stack.

    :ivar indices: row numbers in the table of planes
    :ivar reasons: what set them apart from the rest, a clause each
    :ivar volumeNumber: which of several volumes at the same positions, from 1
    """

    indices: Sequence[int]
    reasons: tuple[str, ...] = ()
    volumeNumber: int = 1
    volumeCount: int = 1
    localizer: bool = False

    def narrowed(self, indices: Sequence[int], reason: str) -> Part:
        """Some of the slices, for one more reason."""
        return replace(self, indices=list(indices), reasons=(*self.reasons, reason))


def splitPlanes(planes: Planes) -> list[Part]:
    """Parts that together hold every slice once; one part when nothing has to be split."""
    parts = [Part(list(range(len(planes))))]
    for splitBy in (splitByObject, splitBySize, splitByOrientation, splitByPixelSpacing):
        parts = [narrower for part in parts for narrower in splitBy(planes, part)]
    parts = [narrower for part in parts for narrower in splitByPosition(planes, part)]
    return [replace(part, localizer=isLocalizer(planes, part.indices)) for part in parts]


def isLocalizer(planes: Planes, indices: Sequence[int]) -> bool:
    """Whether ImageType calls every slice a localizer or scout (PS3.3 C.8.2.1.1.1)."""
    kinds = (set(planes.instances[index].value("ImageType").upper().split("\\")) for index in indices)
    return all(kind & {"LOCALIZER", "SCOUT"} for kind in kinds)


def splitByObject(planes: Planes, part: Part) -> list[Part]:
    """Series apart; each multi-frame object by itself; slices without a place in space apart from those with one."""

    def key(index: int) -> tuple:
        instance = planes.instances[index]
        # A multi-frame object is told from the others by itself; its frames stay together.
        unit = id(instance) if instance.numberOfFrames > 1 else None
        return instance.SeriesInstanceUID, unit, unit is not None or bool(planes.located[index])

    groups = _grouped(part.indices, key)
    if len(groups) == 1:
        return [part]
    texts = []
    for series, unit, located in groups:
        reason = f"series {list(dict.fromkeys(key[0] for key in groups)).index(series) + 1}"
        if unit is not None:
            reason = "one multi-frame object"
        elif not located:
            reason = "images without position or orientation"
        texts.append(reason)
    return [part.narrowed(indices, text) for text, indices in zip(texts, groups.values(), strict=True)]


def splitBySize(planes: Planes, part: Part) -> list[Part]:
    """One part for each number of rows, columns and samples a pixel."""
    groups = _grouped(part.indices, lambda index: tuple(int(number) for number in planes.sizes[index]))
    if len(groups) == 1:
        return [part]
    return [
        part.narrowed(indices, f"matrix {columns}×{rows}" + (f" with {samples} samples a pixel" if samples > 1 else ""))
        for (rows, columns, samples), indices in groups.items()
    ]


def splitByOrientation(planes: Planes, part: Part) -> list[Part]:
    """Clusters of direction cosines; slices that are not located stay one cluster."""
    if not planes.located[list(part.indices)].all():
        return [part]
    clusters = _clustered(planes.orientations[list(part.indices)], part.indices, ORIENTATION_TOLERANCE)
    if len(clusters) == 1:
        return [part]
    return [
        part.narrowed(
            indices,
            f"ImageOrientationPatient {planes.instances[indices[0]].value('ImageOrientationPatient')} "
            f"(orientation {number} of {len(clusters)})",
        )
        for number, indices in enumerate(clusters, 1)
    ]


def splitByPixelSpacing(planes: Planes, part: Part) -> list[Part]:
    """One part for each pixel spacing."""
    spacings = planes.pixelSpacings[list(part.indices)]
    clusters = _clustered(spacings, part.indices, PIXEL_SPACING_TOLERANCE * float(spacings.min()))
    if len(clusters) == 1:
        return [part]
    texts = ("×".join(f"{value:.5g}" for value in planes.pixelSpacings[indices[0]]) for indices in clusters)
    return [part.narrowed(indices, f"pixel spacing {text} mm") for indices, text in zip(clusters, texts, strict=True)]


def splitByPosition(planes: Planes, part: Part) -> list[Part]:
    """Volumes that repeat the same positions apart, then runs whose slices interleave."""
    chosen = planes.take(part.indices)
    if len(chosen) < 2 or not chosen.located.all() or allInOnePlace(chosen):
        return [part]
    places = placeNumbers(chosen)
    if len(set(places)) == len(places):
        return _splitInterleaved(chosen, part)
    pieces = splitRepetitions(chosen, places, list(range(len(chosen))))
    volumes = []
    for number, (indices, how) in enumerate(pieces, 1):
        reason = f"volume {number} of {len(pieces)} at the same positions, told apart by {how}"
        volume = part.narrowed([part.indices[index] for index in indices], reason)
        volumes.append(replace(volume, volumeNumber=number, volumeCount=len(pieces)))
    return volumes


def placeNumbers(planes: Planes) -> list[int]:
    """For each slice the number of its place along the normal; slices at the same position share it."""
    distances = planes.positions @ planes.normals[0]
    order = numpy.argsort(distances, kind="stable")
    steps = numpy.diff(distances[order]) >= samePositionTolerance(planes)
    numbers = numpy.empty(len(planes), int)
    numbers[order] = numpy.concatenate([[0], numpy.cumsum(steps)])
    return numbers.tolist()


def splitRepetitions(planes: Planes, places: Sequence[int], indices: list[int]) -> list[tuple[list[int], str]]:
    """Slices that repeat places, split so that no piece repeats one; with the rule that split them.

    The first tag whose values each cover every place equally often decides, then the next within each piece (echoes of
    time points). Where no tag does, the first that leaves no repetition; at last the order of instance numbers.
    """
    if not _repeats(places, indices):
        return [(indices, "")]
    splits = {tag: _splitByTag(planes, indices, tag) for tag in REPETITION_TAGS}
    for rule in (_coversEqually, _leavesNoRepetition):
        for tag, pieces in splits.items():
            if len(pieces) > 1 and rule(places, pieces):
                return [
                    (narrower, " and ".join(filter(None, (f"{tag} {value or 'absent'}", how))))
                    for value, piece in pieces.items()
                    for narrower, how in splitRepetitions(planes, places, piece)
                ]
    return [(piece, "InstanceNumber") for piece in _splitByOccurrence(planes, places, indices)]


def _splitByTag(planes: Planes, indices: Sequence[int], tag: str) -> dict[str, list[int]]:
    """Indices by value, values in order: numbers by size, other text in the order of instance numbers."""
    order = sorted(indices, key=lambda index: planes.instances[index].instanceNumber or 0)
    groups = _grouped(order, lambda index: planes.instances[index].value(tag))
    numbered = {value: planes.instances[group[0]].number(tag) for value, group in groups.items()}
    if None not in numbered.values():
        groups = {value: groups[value] for value in sorted(groups, key=numbered.__getitem__)}
    return groups


def _repeats(places: Sequence[int], indices: Sequence[int]) -> bool:
    return len({places[index] for index in indices}) < len(indices)


def _coversEqually(places: Sequence[int], pieces: dict[str, list[int]]) -> bool:
    """Whether every piece holds every place, all of them the same number of times."""
    every = {places[index] for piece in pieces.values() for index in piece}
    for piece in pieces.values():
        counts = numpy.unique([places[index] for index in piece], return_counts=True)[1]
        if len(counts) != len(every) or len(set(counts.tolist())) != 1:
            return False
    return True


def _leavesNoRepetition(places: Sequence[int], pieces: dict[str, list[int]]) -> bool:
    # A tag with a value for each slice of its own tells nothing.
    return max(map(len, pieces.values())) > 1 and not any(_repeats(places, piece) for piece in pieces.values())


def _splitByOccurrence(planes: Planes, places: Sequence[int], indices: Sequence[int]) -> list[list[int]]:
    """First occurrence of every place, second occurrences, …, in the order of instance numbers."""
    seen: dict[int, int] = {}
    pieces: list[list[int]] = []
    for index in sorted(indices, key=planes.instanceNumbers.__getitem__):
        occurrence = seen.get(places[index], 0)
        seen[places[index]] = occurrence + 1
        if occurrence == len(pieces):
            pieces.append([])
        pieces[occurrence].append(index)
    return pieces


def _splitInterleaved(chosen: Planes, part: Part) -> list[Part]:
    """An uneven stack that a tag takes apart into even ones that overlap is several runs; otherwise it stays one.

    Runs that follow each other (a head CT with thin slices below and thick ones above) are one examination.
    """
    if _isEven(chosen):
        return [part]
    for tag in INTERLEAVING_TAGS:
        pieces = _splitByTag(chosen, range(len(chosen)), tag)
        even = len(pieces) > 1 and all(len(piece) > 2 and _isEven(chosen.take(piece)) for piece in pieces.values())
        if even and _overlap(chosen, list(pieces.values())):
            return [
                part.narrowed([part.indices[index] for index in piece], f"{tag} {value or 'absent'} (even by itself)")
                for value, piece in pieces.items()
            ]
    return [part]


def _overlap(planes: Planes, pieces: Sequence[Sequence[int]]) -> bool:
    """Whether some two pieces share a part of their way along the normal."""
    distances = planes.positions @ planes.normals[0]
    ranges = sorted((distances[piece].min(), distances[piece].max()) for piece in pieces)
    return any(following[0] < before[1] for before, following in zip(ranges, ranges[1:], strict=False))


def _isEven(planes: Planes) -> bool:
    gaps = numpy.diff(numpy.sort(planes.positions @ planes.normals[0]))
    return bool(abs(gaps - numpy.median(gaps)).max(initial=0) <= GAP_TOLERANCE_MM)


def _grouped(indices: Iterable[int], key) -> dict:
    groups: dict = {}
    for index in indices:
        groups.setdefault(key(index), []).append(index)
    return groups


def _clustered(values: numpy.ndarray, indices: Sequence[int], tolerance: float) -> list[list[int]]:
    """Indices whose rows of `values` are within a tolerance of their cluster's first row, in order of appearance."""
    clusters: list[list[int]] = []
    left = numpy.arange(len(values))
    while len(left):
        near = (abs(values[left] - values[left[0]]) <= tolerance).all(axis=1)
        clusters.append([indices[index] for index in left[near]])
        left = left[~near]
    return clusters

