"""Sequences of any nodes as .seq.mrb: a bundle with a scene of the data nodes, as Slicer writes it.

Who opens and writes scenes does so with members, and is handed over by who calls.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Scene.SequenceNodes import vtkMRMLSequenceNode
from .MemberFormat import BundleWriter, Reading
from .MrmlText import Element, parseXML, writeXML
from .NodeCopies import copyAllButContent

BUNDLE_SUFFIXES = (".seq.mrb",)
INDEX_TAG = "SequenceIndex"
_INDEX_ID = f"vtkMRMLSequenceNode{INDEX_TAG}"
_HIERARCHY = "SubjectHierarchy"


# Writing


def writeSequenceBundle(
    node: vtkMRMLSequenceNode, path: Path, progress: Progress | None, write: BundleWriter
) -> list[Path]:
    """:raises SceneError: when data of a node cannot be written
    :raises SceneFileError: when the bundle cannot be written, or would hold more than can be opened
    :raises CancelledError: when progress was cancelled
    """
    scene, items = _sceneOf(node)
    write(scene, path, lambda text: _withIndex(text, node, items), progress)
    return [path]


def _sceneOf(node: vtkMRMLSequenceNode) -> tuple[Scene, list[tuple[str, str]]]:
    """Copies of the data nodes that share their data, with all that was read with them.

    :returns: and their IDs with the index values
    """
    scene, held = Scene(), node.GetSequenceScene()
    if held is not None:
        others = [one for one in held.nodes() if _belongs(one, node)]
        scene.addNodesWithIDs({one.GetID(): _sharing(one) for one in others})
    items = []
    for number in range(node.GetNumberOfDataNodes()):
        data = node.GetNthDataNode(number)
        isHeld = held is not None and data.GetScene() is held
        nodeID = data.GetID() if isHeld else scene.AddNode(_sharing(data)).GetID()
        items.append((nodeID, node.GetNthIndexValue(number)))
    return scene, items


def _belongs(one: vtkMRMLNode, node: vtkMRMLSequenceNode) -> bool:
    """Whether a node of the scene of a sequence is one of its data nodes, or may be something that these refer to."""
    if one.GetClassName() == node.GetDataNodeClassName():
        return any(node.GetNthDataNode(n) is one for n in range(node.GetNumberOfDataNodes()))
    return not one.IsA("vtkMRMLSubjectHierarchyNode")


def _sharing(node: vtkMRMLNode) -> vtkMRMLNode:
    copy = node.CreateNodeInstance()
    copy.CopyContent(node, deepCopy=False)
    copyAllButContent(copy, node)
    return copy


def _withIndex(text: str, node: vtkMRMLSequenceNode, items: list[tuple[str, str]]) -> str:
    """The text of the scene with the node that Slicer finds index values in, and without a data tree."""
    root = parseXML(text)
    root.children = [element for element in root.children if element.tag != _HIERARCHY]
    index = {
        "id": _INDEX_ID,
        "name": "Sequence",
        "hideFromEditors": "false",
        "selectable": "true",
        "selected": "false",
        "singletonTag": INDEX_TAG,
        "userTags": "",
        "indexName": node.GetIndexName() or "",
        "indexUnit": node.GetIndexUnit() or "",
        "indexType": node.GetIndexTypeAsString(),
        "numericIndexValueTolerance": repr(node.GetNumericIndexValueTolerance()),
        # Slicer encodes nothing here.
        "indexValues": ";".join(f"{nodeID}:{value}" for nodeID, value in items),
    }
    root.children.append(Element("Sequence", index))
    return writeXML(root)


# Reading


def readSequenceBundle(node: vtkMRMLSequenceNode, path: Path, reading: Reading) -> None:
    """:raises FileError: when it is no sequence
    :raises DICOMError: those of ``openScene``
    """
    if reading.openBundle is None:
        raise FileError("a bundle is opened as part of a scene", path)
    staged = reading.openBundle(path, reading.progress)
    index = staged.scene.GetNodeByID(_INDEX_ID)
    if index is None or not index.IsA("vtkMRMLSequenceNode") or not index.writtenIndex:
        raise FileError("the bundle holds no sequence", path)
    items = _itemsOf(index.writtenIndex, staged.scene)
    if not items or len({value for _, value in items}) < len(items):
        raise FileError("the bundle has other index values than data", path, len(items))
    node.RemoveAllDataNodes()
    node.SetIndexName(index.GetIndexName())
    node.SetIndexUnit(index.GetIndexUnit())
    node.SetIndexType(index.GetIndexType())
    node.SetNumericIndexValueTolerance(index.GetNumericIndexValueTolerance())
    staged.scene.RemoveNode(index)
    node.setSequenceScene(staged.scene)
    for data, value in items:
        node.addDataNode(data, value)


def _itemsOf(text: str, scene: Scene) -> list[tuple[vtkMRMLNode, str]]:
    """Data nodes with their index values, which may have any characters in them: Slicer encodes none."""
    parts = re.split(r";(?=vtkMRML\w+:)", text)
    pairs = [part.partition(":") for part in parts]
    nodes = [(scene.GetNodeByID(nodeID), value) for nodeID, _, value in pairs]
    return [(node, value) for node, value in nodes if node is not None]
