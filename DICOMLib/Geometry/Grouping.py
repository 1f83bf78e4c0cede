"""Which slices belong together: splitting the slices of a selection into stacks that each make one volume. LPS, mm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy

from .Checks import (
    GAP_TOLERANCE_MM,
    ORIENTATION_TOLERANCE,
    PIXEL_SPACING_TOLERANCE,
    allInOnePlace,
    samePositionTolerance,
)
from .Planes import OF_FRAME, Planes
from .Repetitions import STATION_OVERLAP, Repetitions, objectCodes, piecesByTag

# Tags that may tell apart two runs whose slices interleave without repeating a position.
INTERLEAVING_TAGS = (
    "AcquisitionNumber", "ImageType", "FrameType", "EchoNumbers", "EchoTime", "TemporalPositionIdentifier",
    "TemporalPositionIndex", "KVP", "ContrastBolusAgent", "SliceThickness",
)  # fmt: skip
# Dark stands for large values (PS3.3 C.7.6.3.1.2); a volume is shown one way or the other.
INVERTED = "MONOCHROME1"
# A frame of reference for each file or two comes from a careless anonymiser, not from a patient who was moved.
FEWEST_OBJECTS_OF_A_FRAME = 3
# Slices at one distance along the normal that are shifted within their plane by more than this part of the image's
# width show different parts of the body (both breasts, left and right hand); what motion correction shifts is less.
BESIDE_PART = 0.1


@dataclass(frozen=True)
class Part:
    """Slices that make one stack.

    :ivar indices: row numbers in the table of planes
    :ivar reasons: what set them apart from the rest, a clause each
    :ivar volumeNumber: which of several volumes at the same positions, from 1
    """

    indices: numpy.ndarray
    reasons: tuple[str, ...] = ()
    volumeNumber: int = 1
    volumeCount: int = 1
    localizer: bool = False

    def narrowed(self, indices: numpy.ndarray, reason: str) -> Part:
        """Some of the slices, for one more reason."""
        return replace(self, indices=indices, reasons=(*self.reasons, reason) if reason else self.reasons)


def splitPlanes(planes: Planes) -> list[Part]:
    """Parts that together hold every slice once; one part when nothing has to be split."""
    parts = [Part(numpy.arange(len(planes)))]
    rules = (
        splitBySeries, splitByFrameOfReference, splitByObject, splitByLocalizer, splitBySize, splitByOrientation,
        splitByPixelSpacing, splitBySideBySide, splitByStackID, splitByPosition,
    )  # fmt: skip
    for splitBy in rules:
        parts = [narrower for part in parts for narrower in splitBy(planes, part)]
    return parts


def localizers(planes: Planes) -> numpy.ndarray:
    """(n,) whether ImageType, or the type of the frame, calls a slice a localizer or scout (PS3.3 C.8.2.1.1.1)."""
    found = numpy.zeros(len(planes), bool)
    for tag in ("ImageType", "FrameType"):
        codes, texts = planes.codes(tag)
        found |= numpy.array([bool({"LOCALIZER", "SCOUT"} & set(text.upper().split("\\"))) for text in texts])[codes]
    return found


def splitBySeries(planes: Planes, part: Part) -> list[Part]:
    """One part for each series."""
    codes = planes.codes("SeriesInstanceUID")[0][part.indices]
    return _divided(part, codes, lambda number, *_: f"series {number}")


def splitByFrameOfReference(planes: Planes, part: Part) -> list[Part]:
    """One part for each frame of reference: positions in different ones are not comparable (PS3.3 C.7.4.1.1.1)."""
    codes, texts = planes.codes("FrameOfReferenceUID")
    codes = codes[part.indices]
    distinct = numpy.unique(codes)
    if len(distinct) == 1 or not all(texts[code] for code in distinct):
        return [part]
    objects = (len(numpy.unique(planes.owners[part.indices][codes == code])) for code in distinct)
    if any(count < FEWEST_OBJECTS_OF_A_FRAME for count in objects):
        return [part]
    return _divided(part, codes, lambda number, _, count, *rest: f"frame of reference {number} of {count}")


def splitByObject(planes: Planes, part: Part) -> list[Part]:
    """Each multi-frame object whose frames have no place in space by itself; images and frames without a place apart
    from those with one."""
    located = planes.located[part.indices]
    objects = objectCodes(planes)[part.indices]
    placed = objects[planes.placements[part.indices] == OF_FRAME]
    unplaced = numpy.isin(objects, objects[~located & (objects >= 0)]) & ~numpy.isin(objects, placed)
    codes = numpy.where(unplaced, objects + 2, located)
    texts = ("images without usable position or orientation", "images with position and orientation")
    return _divided(part, codes, lambda _, code, *rest: texts[code] if code < 2 else "one multi-frame object")


def splitByLocalizer(planes: Planes, part: Part) -> list[Part]:
    """Localizers apart from the images that they help to plan."""
    found = localizers(planes)[part.indices]
    texts = ("not localizers, by ImageType", "localizers, by ImageType")
    parts = _divided(part, found.astype(int), lambda _, code, *rest: texts[code])
    return [replace(one, localizer=bool(found[part.indices == one.indices[0]][0])) for one in parts]


def splitBySize(planes: Planes, part: Part) -> list[Part]:
    """One part for each number of rows, columns and samples a pixel; inverted images apart from others."""
    interpretations, texts = planes.codes("PhotometricInterpretation")
    isInverted = numpy.array([text.strip() == INVERTED for text in texts])[interpretations]
    properties = numpy.column_stack([planes.sizes, isInverted])[part.indices]
    kinds, codes = numpy.unique(properties, axis=0, return_inverse=True)
    isMixed = len(numpy.unique(properties[:, 3])) > 1

    def text(_: int, code: int, *rest: object) -> str:
        rows, columns, samples, inverted = kinds[code].tolist()
        matrix = f"matrix {columns}×{rows}" + (f" with {samples} samples a pixel" if samples > 1 else "")
        return f"{matrix}, {'' if inverted else 'not '}{INVERTED}" if isMixed else matrix

    return _divided(part, codes.reshape(-1), text)


def splitByOrientation(planes: Planes, part: Part) -> list[Part]:
    """Clusters of direction cosines; slices that are not located stay one cluster."""
    if not planes.located[part.indices].all():
        return [part]

    def text(number: int, _: int, count: int, first: int) -> str:
        cosines = planes.value("ImageOrientationPatient", first)
        return f"ImageOrientationPatient {cosines} (orientation {number} of {count})"

    return _divided(part, _clustered(planes.orientations[part.indices], ORIENTATION_TOLERANCE), text)


def splitByPixelSpacing(planes: Planes, part: Part) -> list[Part]:
    """One part for each pixel spacing."""
    spacings = planes.pixelSpacings[part.indices]

    def text(_number: int, _code: int, _count: int, first: int) -> str:
        return f"pixel spacing {'×'.join(f'{value:.5g}' for value in planes.pixelSpacings[first])} mm"

    return _divided(part, _clustered(spacings, PIXEL_SPACING_TOLERANCE * float(spacings.min())), text)


def splitBySideBySide(planes: Planes, part: Part) -> list[Part]:
    """Slices beside each other at the same distances along the normal: parts of the body that were imaged apart."""
    if len(part.indices) < 2 or not planes.located[part.indices].all():
        return [part]
    chosen = planes.take(part.indices)
    places = placeNumbers(chosen)
    normal = chosen.normals[0]
    inPlane = chosen.positions - numpy.outer(chosen.positions @ normal, normal)
    width = float((chosen.pixelSpacings[0] * chosen.sizes[0, :2]).min())
    if not _repeats(places) or (numpy.ptp(inPlane, axis=0) <= BESIDE_PART * width).all():
        return [part]
    codes = _clustered(inPlane, BESIDE_PART * width)
    # Slices of a tilted gantry drift apart without being side by side.
    shared = (numpy.intersect1d(places[codes == 0], places[codes == code]) for code in range(1, codes.max() + 1))
    if any(len(one) == 0 for one in shared):
        return [part]
    return _divided(part, codes, lambda number, _, count, first: f"beside others, place {number} of {count}")


def splitByStackID(planes: Planes, part: Part) -> list[Part]:
    """Stacks that an enhanced object names (PS3.3 C.7.6.16.2.2.3), unless they repeat the same positions."""
    codes = planes.codes("StackID")[0][part.indices]
    if (codes == codes[0]).all() or not planes.located[part.indices].all():
        return [part]
    places = placeNumbers(planes.take(part.indices))
    sets = [frozenset(places[codes == code].tolist()) for code in numpy.unique(codes)]
    if len(set(sets)) == 1 or any(len(one) < 2 for one in sets):
        return [part]
    return _divided(part, codes, lambda *about: f"StackID {planes.value('StackID', about[-1]) or 'absent'}")


def splitByPosition(planes: Planes, part: Part) -> list[Part]:
    """Volumes that repeat the same positions apart, then runs whose slices interleave."""
    if len(part.indices) < 2 or not planes.located[part.indices].all():
        return [part]
    chosen = planes.take(part.indices)
    if allInOnePlace(chosen):
        return [part]
    places = placeNumbers(chosen)
    if not _repeats(places):
        return _splitInterleaved(chosen, part)
    pieces = Repetitions(chosen, places).split()
    if areStations([places[indices] for _, indices in pieces]):
        return [
            part.narrowed(part.indices[indices], f"station {number} of {len(pieces)}, told apart by {how}")
            for number, (how, indices) in enumerate(pieces, 1)
        ]
    volumes = []
    for number, (how, indices) in enumerate(pieces, 1):
        reason = f"volume {number} of {len(pieces)} at the same positions, told apart by {how}"
        volume = part.narrowed(part.indices[indices], reason)
        volumes.append(replace(volume, volumeNumber=number, volumeCount=len(pieces)))
    return volumes


def areStations(places: Sequence[numpy.ndarray]) -> bool:
    """Whether volumes, each given by the numbers of its places, follow each other and overlap in part."""
    times = numpy.bincount(numpy.concatenate(places))
    return all(int((times[one] > 1).sum()) <= STATION_OVERLAP * len(one) for one in places)


def placeNumbers(planes: Planes) -> numpy.ndarray:
    """(n,) for each slice the number of its place along the normal; slices at the same position share it."""
    distances = planes.positions @ planes.normals[0]
    order = numpy.argsort(distances, kind="stable")
    steps = numpy.diff(distances[order]) >= samePositionTolerance(planes)
    numbers = numpy.empty(len(planes), int)
    numbers[order] = numpy.concatenate([[0], numpy.cumsum(steps)])
    return numbers


def _repeats(places: numpy.ndarray) -> bool:
    return int(places.max()) + 1 < len(places)


def _splitInterleaved(chosen: Planes, part: Part) -> list[Part]:
    """An uneven stack that a tag takes apart into even ones that overlap is several runs; otherwise it stays one.

    Runs that follow each other (a head CT with thin slices below and thick ones above) are one examination; multi-frame
    objects that are even by themselves are not.
    """
    if _isEven(chosen):
        return [part]
    objects = objectCodes(chosen)
    pieces = [(f"object {number}", numpy.flatnonzero(objects == code))
              for number, code in enumerate(numpy.unique(objects), 1)]  # fmt: skip
    if len(pieces) > 1 and _areEven(chosen, pieces):
        return [
            part.narrowed(part.indices[piece], f"{text} of {len(pieces)} (even by itself)") for text, piece in pieces
        ]
    for tag in INTERLEAVING_TAGS:
        pieces = piecesByTag(chosen, tag)
        if len(pieces) > 1 and _areEven(chosen, pieces) and _overlap(chosen, [piece for _, piece in pieces]):
            return [
                part.narrowed(part.indices[piece], f"{tag} {value or 'absent'} (even by itself)")
                for value, piece in pieces
            ]
    return [part]


def _areEven(planes: Planes, pieces: Sequence[tuple[str, numpy.ndarray]]) -> bool:
    return all(len(piece) > 2 and _isEven(planes.take(piece)) for _, piece in pieces)


def _overlap(planes: Planes, pieces: Sequence[numpy.ndarray]) -> bool:
    """Whether some two pieces share a part of their way along the normal."""
    distances = planes.positions @ planes.normals[0]
    ranges = sorted((distances[piece].min(), distances[piece].max()) for piece in pieces)
    return any(following[0] < before[1] for before, following in zip(ranges, ranges[1:], strict=False))


def _isEven(planes: Planes) -> bool:
    gaps = numpy.diff(numpy.sort(planes.positions @ planes.normals[0]))
    return bool(abs(gaps - numpy.median(gaps)).max(initial=0) <= GAP_TOLERANCE_MM)


def _divided(part: Part, codes: numpy.ndarray, text: Callable[[int, int, int, int], str]) -> list[Part]:
    """One part for each distinct code, in order of appearance; the part itself when there is only one.

    :param text: gives the reason from (number from 1, code, number of codes, first row number); "" for none
    """
    distinct, first = numpy.unique(codes, return_index=True)
    if len(distinct) == 1:
        return [part]
    found = []
    for number, code in enumerate(distinct[numpy.argsort(first)].tolist(), 1):
        indices = part.indices[codes == code]
        found.append(part.narrowed(indices, text(number, code, len(distinct), indices[0])))
    return found


def _clustered(values: numpy.ndarray, tolerance: float) -> numpy.ndarray:
    """(n,) cluster numbers: rows within a tolerance of their cluster's first row, in order of appearance."""
    codes = numpy.full(len(values), -1)
    left = numpy.arange(len(values))
    cluster = 0
    while len(left):
        near = (abs(values[left] - values[left[0]]) <= tolerance).all(axis=1)
        codes[left[near]] = cluster
        left = left[~near]
        cluster += 1
    return codes
