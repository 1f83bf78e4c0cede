"""What a format of member files consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Workers.WorkerPool import WorkerPool


@dataclass(frozen=True)
class Reading:
    """What readers may use.

    :ivar workers: for what foreign libraries read
    :ivar attributes: of the storage element in the scene's text; None outside of a scene
    """

    workers: WorkerPool
    progress: Progress | None = None
    attributes: Mapping[str, str] | None = None


@dataclass(frozen=True)
class MemberFormat:
    """Files of one family of nodes.

    :ivar classNames: of nodes, with those that are derived from them
    :ivar suffixes: lower case, with the dot
    :ivar written: those of them that are written and not only read
    :ivar defaultSuffix: of a node, the one its data is best kept in
    :ivar storageClassName: of a node, Slicer's class that reads the file
    :ivar hasData: of a node, whether there is anything to write
    """

    classNames: tuple[str, ...]
    suffixes: tuple[str, ...]
    written: tuple[str, ...]
    defaultSuffix: Callable[[vtkMRMLNode], str]
    storageClassName: Callable[[vtkMRMLNode], str]
    hasData: Callable[[vtkMRMLNode], bool]
    write: Callable[[vtkMRMLNode, Path, Progress | None], list[Path]]
    read: Callable[[vtkMRMLNode, Path, Reading], None]
