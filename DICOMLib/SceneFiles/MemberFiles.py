"""The files beside a scene's XML: which node has what kind of file, and reading and writing it.

What a file is decides its ending, and what may be in it the node it belongs to. Files of all other endings are listed
for the user and never opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ..Errors import FileError, SceneError
from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Workers.Answers import Workers
from . import (
    ColorFiles,
    ModelFiles,
    SegmentationFiles,
    SequenceFiles,
    TableFiles,
    TextFiles,
    TransformFiles,
    VolumeFiles,
    VolumePropertyFiles,
)
from .MemberFormat import BundleWriter, MemberFormat, Reading
from .Members import StagedScene
from .ReadAhead import Request

# The first that fits a node's class is its format: derived classes stand before what they derive from.
_FORMATS: tuple[MemberFormat, ...] = (
    VolumeFiles.FORMAT,
    TransformFiles.FORMAT,
    ModelFiles.FORMAT,
    SegmentationFiles.FORMAT,
    SequenceFiles.FORMAT,
    TableFiles.FORMAT,
    TextFiles.FORMAT,
    ColorFiles.FORMAT,
    VolumePropertyFiles.FORMAT,
)
# Endings of two parts before those that they end with.
ALLOWED_SUFFIXES: tuple[str, ...] = tuple(
    sorted({suffix for one in _FORMATS for suffix in one.suffixes}, key=lambda suffix: (-suffix.count("."), suffix))
)


def formatOf(node: vtkMRMLNode) -> MemberFormat | None:
    """How nodes of this class are kept in files; None for those whose data is in the XML alone."""
    return next((one for one in _FORMATS if any(node.IsA(name) for name in one.classNames)), None)


def isAllowed(path: str | os.PathLike) -> bool:
    """Whether files with such a name are ever opened."""
    return bool(suffixOfMember(path))


def suffixOfMember(path: str | os.PathLike) -> str:
    """The ending, lower case, ".seg.nrrd" in one; "" for one that is never opened."""
    name = os.fspath(path).lower()
    return next((suffix for suffix in ALLOWED_SUFFIXES if name.endswith(suffix)), "")


def defaultFileName(node: vtkMRMLNode) -> str:
    """The ending (with its dot) of the file that a node's data is best kept in; "" for a node that needs no file."""
    found = formatOf(node)
    return found.defaultSuffix(node) if found is not None and found.hasData(node) else ""


def storageClassName(node: vtkMRMLNode) -> str:
    """Of the storage node that tells Slicer how to read the file; "" for a node that has none."""
    found = formatOf(node)
    return found.storageClassName(node) if found is not None else ""


def writeMember(
    node: vtkMRMLNode,
    path: str | os.PathLike,
    progress: Progress | None = None,
    writeBundle: BundleWriter | None = None,
) -> list[Path]:
    """Write a node's data to a file in 3D Slicer's format; the node and its storage node stay as they are.

    :param writeBundle: for a member that is a bundle itself (``SceneSaving.writeBundleWithin``)
    :returns: the files written, the one of that name first
    :raises FileError: for an ending that nodes of this class do not have, or when the file cannot be written
    :raises SceneError: when the node has no data
    :raises CancelledError: when progress was cancelled; what was there before is still there
    """
    target = Path(path)
    found = _formatFor(node, target, isWritten=True)
    isText = node.IsA("vtkMRMLTextNode")  # a scene needs no file for a short one, but whoever wants one gets it
    if not (isText or found.hasData(node)):
        raise SceneError("the node has no data to be saved", node.GetName(), node.GetClassName())
    if suffixOfMember(target) not in found.bundleSuffixes:
        return found.write(node, target, progress)
    if writeBundle is None:
        raise FileError("a bundle is written as part of a scene", target)
    return found.writeBundle(node, target, progress, writeBundle)


def readMember(
    node: vtkMRMLNode,
    path: str | os.PathLike,
    workers: Workers,
    progress: Progress | None = None,
    attributes: Mapping[str, str] | None = None,
    openBundle: Callable[[Path, Progress | None], StagedScene] | None = None,
) -> None:
    """Fill a node, in a scene or outside of any, with the data of a file that nobody vouches for.

    Nothing but this file is opened, and voxels that a NRRD header (.nhdr) has in a file beside it. It is read and
    parsed in a worker process; only voxels that are not compressed are read here.

    :param attributes: of the storage element in the scene's text; None outside of a scene
    :param openBundle: for a member that is a bundle itself (``openScene``, within the limits of the scene it is in)
    :raises FileError: for an ending that nodes of this class do not have, and for a file that is damaged, holds
        something else or refers to other files
    :raises SceneError: when the data does not fit the node
    :raises WorkerError: when the reading process died, ran out of memory or time; it names the file
    :raises CancelledError: when progress was cancelled
    """
    source = Path(path)
    _formatFor(node, source).read(node, source, Reading(workers, progress, attributes, openBundle))


def requestFor(node: vtkMRMLNode, path: Path) -> Request | None:
    """The task that :func:`readMember` has run first, with its arguments; None where it is not known."""
    found = formatOf(node)
    asked = found.asks(path) if found is not None and suffixOfMember(path) in found.suffixes else None
    return None if asked is None else (asked[0], {"path": os.path.abspath(path), **asked[1]})


def _formatFor(node: vtkMRMLNode, path: Path, isWritten: bool = False) -> MemberFormat:
    found = formatOf(node)
    if found is None:
        raise FileError("nodes of this kind have no file", path, node.GetClassName())
    suffixes = found.written if isWritten else found.suffixes
    if suffixOfMember(path) not in suffixes:
        hint = f"Use a file name that ends in {' or '.join(suffixes)}" if isWritten else ""
        raise FileError("this is no file for a node of this kind", path, node.GetClassName(), hint)
    return found
