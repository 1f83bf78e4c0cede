"""Where the pixels of one slice of a volume are: the record that flows from geometry to pixels."""

from __future__ import annotations

from dataclasses import dataclass

from .Instance import Instance

Tile = tuple[int, int, int, int]
"""(first row, first column, rows, columns) inside a frame."""


@dataclass(frozen=True, eq=False)
class SliceSource:
    """One slice: an object, one of its frames, or a part of a frame.

    :ivar frame: number of the frame inside the object, from 0
    :ivar tile: the part of the frame, as in mosaics; None for all of it
    """

    instance: Instance
    frame: int = 0
    tile: Tile | None = None
