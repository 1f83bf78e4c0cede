"""Nodes to files and back."""

from __future__ import annotations

import os
from pathlib import Path

from ..Errors import FileError, SceneError
from .Nrrd import NrrdImage, readNrrd, writeNrrd
from .Scene import Scene
from .VolumeNodes import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLVectorVolumeNode,
    vtkMRMLVolumeNode,
)

VOLUME_SUFFIXES = (".nrrd",)
# Written and read back so that a label map does not come back as a grey image; Slicer ignores it.
_LABEL_MAP_KEY = "vtkMRMLLabelMapVolumeNode"


def writeVolume(node: vtkMRMLVolumeNode, path: str | os.PathLike, compress: bool = True) -> None:
    """Write a volume's voxels and its IJK-to-RAS matrix (parent transforms are not applied, as in Slicer) as NRRD.

    :raises SceneError: when the volume has no voxels
    :raises FileError: when the file name does not end in .nrrd, or the file cannot be written
    """
    target = Path(path)
    if target.suffix.lower() not in VOLUME_SUFFIXES:
        raise FileError("volumes are written as NRRD", target, hint="Use a file name that ends in .nrrd")
    keyValues = {_LABEL_MAP_KEY: "1"} if isinstance(node, vtkMRMLLabelMapVolumeNode) else {}
    array = node.voxelArray()
    if node.isVector and array.ndim == 3:
        array = array[..., None]
    writeNrrd(NrrdImage(array, node.ijkToRASArray(), keyValues), target, compress)
    node.AddDefaultStorageNode(os.path.abspath(target))


def readVolume(path: str | os.PathLike, scene: Scene | None = None, name: str = "") -> vtkMRMLVolumeNode:
    """Read a NRRD file as a scalar, label-map or vector volume.

    :param scene: where the node is added with display and storage nodes; None leaves it outside of any scene
    :param name: the node's name; default: the file's name without suffix
    :raises FileError: as :func:`DICOMLib.Scene.Nrrd.readNrrd`
    """
    image = readNrrd(path)
    node = _nodeFor(image)
    node.SetName(name or Path(path).stem)
    node.setVoxelArray(image.array)
    node.SetIJKToRASMatrix(image.ijkToRAS)
    if scene is not None:
        node.SetName(scene.GenerateUniqueName(node.GetName()))
        scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        node.AddDefaultStorageNode(os.path.abspath(path))
    return node


def _nodeFor(image: NrrdImage) -> vtkMRMLVolumeNode:
    if image.array.ndim == 4:
        return vtkMRMLVectorVolumeNode()
    return vtkMRMLLabelMapVolumeNode() if _LABEL_MAP_KEY in image.keyValues else vtkMRMLScalarVolumeNode()


def saveNode(node, path: str | os.PathLike) -> None:
    """Write any node that has a file format. :raises SceneError: for a node that has none"""
    if not isinstance(node, vtkMRMLVolumeNode):
        raise SceneError("nodes of this kind cannot be saved to a file", node.GetName(), node.GetClassName())
    writeVolume(node, path)
