"""Files on their own, read as nodes with all that belongs to them: display, storage, the browser of a sequence."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy

from ..Errors import CancelledError, DICOMError, FileError
from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Scene.SequencesLogic import vtkSlicerSequencesLogic
from ..Scene.Storage import readVolume
from ..Scene.VolumeNodes import vtkMRMLVolumeNode
from ..Workers.WorkerPool import WorkerPool
from .MemberFiles import readMember
from .NodeFileKinds import (
    COLORS,
    LABELS,
    MARKUPS,
    MODEL,
    RENDERING,
    SEGMENTATION,
    SEQUENCE,
    TABLE,
    TEXT,
    TRANSFORM,
    VOLUME,
    isBinary,
    kindsOf,
    likelyKind,
    stemOf,
)
from .SceneOpening import openScene

_BSPLINE = "vtkMRMLBSplineTransformNode"
# The classes that are tried for a kind.
CLASSES = {
    MODEL: ("vtkMRMLModelNode",),
    SEGMENTATION: ("vtkMRMLSegmentationNode",),
    TRANSFORM: ("vtkMRMLLinearTransformNode", "vtkMRMLGridTransformNode", _BSPLINE, "vtkMRMLTransformNode"),
    TABLE: ("vtkMRMLTableNode",),
    TEXT: ("vtkMRMLTextNode",),
    SEQUENCE: ("vtkMRMLSequenceNode",),
    COLORS: ("vtkMRMLColorTableNode",),
    RENDERING: ("vtkMRMLVolumePropertyNode",),
}
_LABELS_CLASS = "vtkMRMLLabelMapVolumeNode"


def readStaged(
    path: str | os.PathLike, workers: WorkerPool, progress: Progress | None = None, kind: str | None = None
) -> Scene:
    """A file that nobody vouches for, read on any thread into a scene of its own, to be taken over with ``merge``.

    A worker process reads it; no other file is opened but voxels beside a header.

    :param kind: one of :func:`kindsOf`; None: what it is by its content
    :raises FileError: when it is damaged, or of no kind that nodes have
    :raises WorkerError: when the reading process died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    scene, kinds = Scene(), kindsOf(path)
    wanted = kind or likelyKind(path) if kinds else ""
    if wanted in (VOLUME, LABELS):
        node = readVolume(path, scene, stemOf(path), isForeign=True, progress=progress, workers=workers)
        if wanted == LABELS and (kind or _isWhole(node)):  # a name is no reason to refuse what it says wrongly
            asLabelMap(node)
        return scene
    if wanted == MARKUPS:
        raise FileError("markups are not read from files of their own", path, hint="Scenes with markups keep them")
    if wanted not in CLASSES:
        raise FileError("there are no nodes with such files", path)
    if wanted in (TABLE, TEXT) and isBinary(path):  # members of scenes may be so, and are kept as they are
        raise FileError("this is no text, or not in UTF-8", path)

    def read(node: vtkMRMLNode) -> None:
        readMember(node, path, workers, progress, openBundle=lambda bundle, part: openScene(bundle, workers, part))

    addNode(scene, path, wanted, read)
    return scene


def addNode(
    scene: Scene, path: str | os.PathLike, kind: str, read: Callable[[vtkMRMLNode], None], name: str = ""
) -> vtkMRMLNode:
    """A new node of a scene with what is in a file. Call it on the scene's thread.

    :param kind: a key of :data:`CLASSES`; what the file holds tells which of the classes it is
    :param read: fills a node outside of the scene, see ``readMember``
    :param name: default: the file's name without its ending
    :returns: the node; a sequence gets a browser, whose proxy node shows the selected item
    :raises DICOMError: what ``read`` raised for the first class, when it fails for all
    """
    node = _filled(scene, CLASSES[kind], read)
    node.SetName(scene.GenerateUniqueName(name or stemOf(path)))
    scene.AddNode(node)
    if hasattr(node, "CreateDefaultDisplayNodes"):
        node.CreateDefaultDisplayNodes()
    node.AddDefaultStorageNode(os.path.abspath(path))
    if kind == SEQUENCE:
        vtkSlicerSequencesLogic(scene).browse(node)
    return node


def _filled(scene: Scene, classNames: Sequence[str], read: Callable[[vtkMRMLNode], None]) -> vtkMRMLNode:
    errors: list[DICOMError] = []
    for className in classNames:
        node = scene.CreateNodeByClass(className)
        try:
            read(node)
        except CancelledError:
            raise
        except DICOMError as error:
            errors.append(error)
        else:
            # As in Slicer, several transforms in one file are none of these alone.
            if className != _BSPLINE or len(node.partsFromParent()) == 1:
                return node
    raise errors[0]


def asLabelMap(node: vtkMRMLVolumeNode) -> vtkMRMLVolumeNode:
    """A label map in the place of a volume in a scene, with its voxels, name and file.

    :raises FileError: when its voxels are no whole numbers
    """
    if node.IsA(_LABELS_CLASS):
        return node
    storage = node.GetStorageNode()
    path = "" if storage is None else storage.GetFileName()
    if not _isWhole(node):
        raise FileError("the voxels of label maps are whole numbers", path or node.GetName())
    scene, name, array = node.GetScene(), node.GetName(), node.voxelArray()
    labels = scene.CreateNodeByClass(_LABELS_CLASS)
    labels.setVoxelArray(array if array.dtype.kind in "iu" else array.astype(numpy.int32))
    labels.SetIJKToRASMatrix(node.ijkToRASArray())
    scene.RemoveNode(node)
    labels.SetName(name)
    scene.AddNode(labels)
    labels.CreateDefaultDisplayNodes()
    labels.AddDefaultStorageNode(path)
    return labels


def _isWhole(node: vtkMRMLVolumeNode) -> bool:
    """Whether these can be labels: NIfTI files of other programs often have them as fractions."""
    array = node.voxelArray()
    if node.isVector or array.dtype.kind in "iu":
        return not node.isVector
    largest = numpy.iinfo(numpy.int32).max
    return bool(numpy.isfinite(array).all() and abs(array).max(initial=0) < largest and (array == array.round()).all())
