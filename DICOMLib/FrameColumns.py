"""Looking up values of functional groups (PS3.3 C.7.6.16).

They are kept as one mapping: the path inside a group's item, ``(0020,9113)[0].(0020,0032)``, → one text when the value
is shared by all frames, or a list with one text for each frame, None where a frame has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .NestedTags import PER_FRAME_FUNCTIONAL_GROUPS, SHARED_FUNCTIONAL_GROUPS
from .TagPaths import EVERY_ITEM, TagPath, parsedPath

Column = str | Sequence[str | None]


def isOfFrames(path: TagPath) -> bool:
    """Whether a path leads into the functional groups."""
    first = path.steps[0]
    return path.isNested and first.number in (SHARED_FUNCTIONAL_GROUPS, PER_FRAME_FUNCTIONAL_GROUPS)


def keysByElement(columns: Mapping[str, Column]) -> dict[str, list[str]]:
    """The tag of an element → the keys of the columns of that element. Standard groups come before private ones, and
    shallow ones first."""
    ordered = sorted((parsedPath(key) for key in columns), key=_preference)
    found: dict[str, list[str]] = {}
    for path in ordered:
        found.setdefault(str(path.after(len(path.steps) - 1)), []).append(str(path))
    return found


def _preference(path: TagPath) -> tuple[int, int, str]:
    return sum(bool(step.creator) for step in path.steps), len(path.steps), str(path)


def inFrame(column: Column, frame: int) -> str | None:
    """The text of a frame, counted from 0; None when it has none."""
    if isinstance(column, str):
        return column
    return column[frame] if 0 <= frame < len(column) else None


def valueAt(columns: Mapping[str, Column], path: TagPath) -> str | None:
    """The value of a path that leads into one of the two sequences of groups; None when it is not there."""
    column = columns.get(str(path.after(1)))
    first = path.steps[0]
    if column is None or isinstance(column, str) != (first.number == SHARED_FUNCTIONAL_GROUPS):
        return None
    if isinstance(column, str):
        return column if first.item in (0, EVERY_ITEM) else None
    if first.item != EVERY_ITEM:
        return inFrame(column, first.item)
    return "\\".join(text or "" for text in column)
