"""What people give at once, dropped, chosen or on the command line, by who takes it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from .NodeFileKinds import isNodeFile, isScene, withoutCompanions


class SortedPaths(NamedTuple):
    """Paths in the order they were given.

    :ivar others: DICOM, folders, and what nobody knows
    """

    scenes: list[str | os.PathLike]
    nodeFiles: list[str | os.PathLike]
    others: list[str | os.PathLike]


def sortedPaths(paths: Sequence[str | os.PathLike]) -> SortedPaths:
    """The paths without those that belong to others among them: data of scenes, voxels beside headers."""
    scenes = [path for path in paths if isScene(path)]
    nodeFiles = [path for path in paths if isNodeFile(path)]
    others = [path for path in paths if path not in scenes and path not in nodeFiles and not _isDataOf(path, scenes)]
    return SortedPaths(scenes, nodeFiles, withoutCompanions(others, nodeFiles))


def _isDataOf(path: str | os.PathLike, scenes: Iterable[str | os.PathLike]) -> bool:
    """Whether it is the folder with the data of one of the scenes, as people choose both when they drop a scene."""
    stem, end, number = os.path.basename(os.path.normpath(path)).rpartition("_Data")
    stems = [Path(scene).stem for scene in scenes]
    return bool(end) and stem in stems and not number.strip("_0123456789") and os.path.isdir(path)
