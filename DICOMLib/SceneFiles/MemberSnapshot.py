"""What a node's file is written from while somebody works on: a copy, or for voxels their memory and a way to see that
it was written into.

Copying the voxels of a large scene would need its memory once more and hold the window up for seconds. So they are
shared, and who writes them asks afterwards whether they are still what they were.
"""

from __future__ import annotations

from dataclasses import replace

import numpy
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..Scene.DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from ..Scene.FramedVolumeNodes import vtkMRMLFramedVolumeNode
from ..Scene.ModelNodes import vtkMRMLModelNode
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Scene.SegmentationNodes import vtkMRMLSegmentationNode
from ..Scene.SequenceNodes import vtkMRMLSequenceNode
from ..Scene.TableNodes import vtkMRMLTableNode
from ..Scene.TransformNodes import vtkMRMLTransformNode
from ..Scene.VolumeNodes import vtkMRMLVolumeNode
from .Members import DATA, Member
from .NodeCopies import copyAllButContent

_HIERARCHY_CLASS = "vtkMRMLSubjectHierarchyNode"


def dataStamp(node: vtkMRMLNode) -> tuple:
    """Differs after every change of what is in a node's file. Call it on the thread of the scene.

    How a volume, a surface or a segmentation is shown and called is in the scene's text, so it changes nothing here.
    """
    if isinstance(node, vtkMRMLVolumeNode):
        return _stampOfVolume(node)
    if isinstance(node, vtkMRMLModelNode):
        return (node.GetPolyData().GetMTime(),) if node.GetPolyData() is not None else ()
    if isinstance(node, vtkMRMLSegmentationNode):
        return (node.GetSegmentation().GetMTime(),)
    if isinstance(node, vtkMRMLSequenceNode):
        data = (node.GetNthDataNode(n) for n in range(node.GetNumberOfDataNodes()))
        return node.GetMTime(), *((*dataStamp(one), *_attributesOf(one)) for one in data)
    if isinstance(node, vtkMRMLTableNode):
        return node.GetMTime(), node.GetTable().GetMTime()
    if isinstance(node, vtkMRMLTransformNode):
        return node.GetMTime(), node.GetTransformToParent().GetMTime()
    return (node.GetMTime(),)


def frozenMember(member: Member) -> Member:
    """A member of a node of its own, which nobody else changes; voxels are shared. Call it on the thread of the scene.

    Kept files stay as they are: nobody changes them.
    """
    return replace(member, node=_copyOf(member.node)) if member.kind == DATA else member


def forget(member: Member) -> None:
    """Let go of what a frozen member holds, which Python would find much later."""
    _letGo(member.node)


def _letGo(node: vtkMRMLNode) -> None:
    if isinstance(node, vtkMRMLVolumeNode):
        node.SetAndObserveImageData(None)
    elif isinstance(node, vtkMRMLModelNode):
        node.SetAndObservePolyData(None)
    elif isinstance(node, vtkMRMLSequenceNode):
        for number in range(node.GetNumberOfDataNodes()):
            _letGo(node.GetNthDataNode(number))


def sizeOf(node: vtkMRMLNode) -> int:
    """Bytes that its file takes at most, of volumes; other files are small beside them, and counted as nothing."""
    hasVoxels = isinstance(node, vtkMRMLVolumeNode) and node.GetImageData() is not None
    return node.voxelArray().nbytes if hasVoxels else 0


def _copyOf(node: vtkMRMLNode) -> vtkMRMLNode:
    copy = node.CreateNodeInstance()
    copy.SetName(node.GetName())
    if isinstance(node, vtkMRMLVolumeNode) and node.GetImageData() is not None:
        copy.CopyContent(node, deepCopy=False)
        image = vtkImageData()
        image.ShallowCopy(node.GetImageData())
        copy.SetAndObserveImageData(image)  # another image in its place leaves this one's voxels to the copy
    elif isinstance(node, vtkMRMLSequenceNode):
        _copySequence(node, copy)
    else:
        copy.CopyContent(node)
    return copy


def _copySequence(node: vtkMRMLSequenceNode, copy: vtkMRMLSequenceNode) -> None:
    """With copies of its data nodes, and of those that they refer to, which they were read with."""
    copy.CopyContent(node, deepCopy=False)
    held, copies = node.GetSequenceScene(), {}
    if held is not None:
        copies = {one: _copyWithReferences(one) for one in held.nodes() if not one.IsA(_HIERARCHY_CLASS)}
        scene = Scene()
        scene.addNodesWithIDs({one.GetID(): copied for one, copied in copies.items()})
        copy.setSequenceScene(scene)
    copy.RemoveAllDataNodes()
    for number in range(node.GetNumberOfDataNodes()):
        data = node.GetNthDataNode(number)
        copy.addDataNode(copies.get(data) or _copyWithReferences(data), node.GetNthIndexValue(number))


def _copyWithReferences(node: vtkMRMLNode) -> vtkMRMLNode:
    copy = _copyOf(node)
    copyAllButContent(copy, node)
    return copy


def _attributesOf(node: vtkMRMLNode) -> list[tuple[str, str | None]]:
    return [(name, node.GetAttribute(name)) for name in node.GetAttributeNames()]


def _stampOfVolume(node: vtkMRMLVolumeNode) -> tuple:
    image = node.GetImageData()
    if image is None:
        return ()
    scalars = image.GetPointData().GetScalars()
    parts: list[numpy.ndarray] = [node.ijkToRASArray()]
    if isinstance(node, vtkMRMLFramedVolumeNode):
        parts.append(node.measurementFrameArray())
    if isinstance(node, vtkMRMLDiffusionWeightedVolumeNode):
        parts += [node.gradientsArray(), node.bValuesArray()]
    written = image.GetMTime() if scalars is None else scalars.GetMTime()
    return written, node.GetVoxelVectorType(), *(part.tobytes() for part in parts)
