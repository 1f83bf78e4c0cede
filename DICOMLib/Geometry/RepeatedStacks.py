"""Many stacks of one table, as of time points or b-values: what is the same for several is worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy

from ..Instance import Instance
from .Grouping import Part
from .PackedSlices import isMosaicByText
from .Planes import Planes
from .Slices import SliceStack, analyzePart

# Header values that the analysis of a stack looks at beside what a table of planes holds as arrays.
KEYWORDS = (
    "ImageType", "SeriesInstanceUID", "FrameOfReferenceUID", "SpacingBetweenSlices", "SliceThickness", "PixelSpacing",
    "GantryDetectorTilt", "FrameTime",
)  # fmt: skip
# To compare slices takes as long as to analyse a few stacks.
FEWEST_PARTS = 4


def analyzeParts(table: Planes, parts: Sequence[Part]) -> list[SliceStack]:
    """:func:`Slices.analyzePart` of each part, with the same results.

    Parts whose slices have the same geometry and the same values of all that is looked at, in the same order, have the
    same matrix and the same findings; these are worked out for the first of them.
    """
    if len(parts) < FEWEST_PARTS or any(one.truncated for one in table.table.objects):
        return [analyzePart(table, part) for part in parts]
    kinds, numbers = sliceKinds(table), table.instanceNumbers
    known: dict[tuple[bytes, bytes], SliceStack] = {}
    stacks = []
    for part in parts:
        indices = numpy.asarray(part.indices, int)
        order = _order(table, indices, numbers)
        key = kinds[indices].tobytes(), order.tobytes()
        if key not in known:
            known[key] = analyzePart(table, part)
            stacks.append(known[key])
            continue
        first = known[key]
        stacks.append(
            replace(first, planes=table.take(indices[order]), ijkToLPS=first.ijkToLPS.copy(),
                    findings=list(first.findings), reasons=list(part.reasons), volumeNumber=part.volumeNumber,
                    volumeCount=part.volumeCount, localizer=part.localizer)
        )  # fmt: skip
    return stacks


def _order(table: Planes, indices: numpy.ndarray, instanceNumbers: numpy.ndarray) -> numpy.ndarray:
    """As :func:`Slices.orderAlongNormal` and :func:`Slices.orderByInstanceNumber` order the slices of one part."""
    keys = [table.frames[indices], instanceNumbers[indices]]
    if table.located[indices].all():
        keys.append(table.positions[indices] @ table.normals[indices[0]])
    return numpy.lexsort(keys)


def sliceKinds(table: Planes) -> numpy.ndarray:
    """(n,) a number for each slice, equal for slices that differ in nothing that the analysis of a stack looks at."""
    count = len(table)
    columns = [
        table.positions, table.orientations, table.pixelSpacings, table.sizes, table.located, table.spacingCodes,
        _codes(table.placements.tolist()), table.frames, *(table.codes(keyword)[0] for keyword in KEYWORDS),
        _codes([_looked(one) for one in table.table.objects])[table.owners],
    ]  # fmt: skip
    if table.allTiles is not None:
        columns.append(table.allTiles)
    rows = numpy.ascontiguousarray(numpy.concatenate([column.reshape(count, -1) for column in columns], 1, dtype=float))
    return _codes(rows.view(f"V{rows.shape[1] * rows.itemsize}").reshape(-1).tolist())


def _looked(instance: Instance) -> tuple[object, ...]:
    """What is looked at of an object itself."""
    return instance.modality, instance.value("FrameIncrementPointer"), isMosaicByText(instance)


def _codes(values: Sequence[object]) -> numpy.ndarray:
    """(n,) a number for each value, equal for equal ones."""
    known: dict[object, int] = {}
    return numpy.array([known.setdefault(value, len(known)) for value in values], int)
