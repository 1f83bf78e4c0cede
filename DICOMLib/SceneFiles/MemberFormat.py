"""What a format of member files consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Workers.Answers import Workers
from .Members import StagedScene

BundleWriter = Callable[[Scene, Path, Callable[[str], str], Progress | None], None]
"""Writes a scene as a bundle, its text changed before."""


@dataclass(frozen=True)
class Reading:
    """What readers may use.

    :ivar workers: have the tasks run that read and parse files
    :ivar attributes: of the storage element in the scene's text; None outside of a scene
    :ivar openBundle: opens a bundle that is a member itself, within the limits of the one it is in; None outside of one
    """

    workers: Workers
    progress: Progress | None = None
    attributes: Mapping[str, str] | None = None
    openBundle: Callable[[Path, Progress | None], StagedScene] | None = None


@dataclass(frozen=True)
class MemberFormat:
    """Files of one family of nodes.

    :ivar classNames: of nodes, with those that are derived from them
    :ivar suffixes: lower case, with the dot
    :ivar written: those of them that are written and not only read
    :ivar defaultSuffix: of a node, the one its data is best kept in
    :ivar storageClassName: of a node, Slicer's class that reads the file
    :ivar hasData: of a node, whether there is anything to write
    :ivar asks: of a file, the task that ``read`` has run first, with its arguments beside the ``path``; of small files
        it is run before, for several at once. None: it is not
    :ivar bundleSuffixes: those of files that are scenes themselves, which ``writeBundle`` writes
    """

    classNames: tuple[str, ...]
    suffixes: tuple[str, ...]
    written: tuple[str, ...]
    defaultSuffix: Callable[[vtkMRMLNode], str]
    storageClassName: Callable[[vtkMRMLNode], str]
    hasData: Callable[[vtkMRMLNode], bool]
    write: Callable[[vtkMRMLNode, Path, Progress | None], list[Path]]
    read: Callable[[vtkMRMLNode, Path, Reading], None]
    asks: Callable[[Path], tuple[str, dict] | None] = lambda path: None
    bundleSuffixes: tuple[str, ...] = ()
    writeBundle: Callable[[vtkMRMLNode, Path, Progress | None, BundleWriter], list[Path]] | None = None
