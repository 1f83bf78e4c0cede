"""Sequences: one node's data at several times or positions, and the browser that shows one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from ..Errors import SceneError
from .Node import vtkMRMLNode
from .StorableNode import vtkMRMLStorableNode

if TYPE_CHECKING:
    from .Scene import Scene

NUMERIC_INDEX, TEXT_INDEX = 0, 1
_INDEX_TYPES = {NUMERIC_INDEX: "numeric", TEXT_INDEX: "text"}
_IMAGE_STORAGE, _BUNDLE_STORAGE = "vtkMRMLVolumeSequenceStorageNode", "vtkMRMLSequenceStorageNode"
_STORAGE_CLASSES = {
    "vtkMRMLLinearTransformNode": "vtkMRMLLinearTransformSequenceStorageNode",
    "vtkMRMLScalarVolumeNode": _IMAGE_STORAGE,
    "vtkMRMLLabelMapVolumeNode": _IMAGE_STORAGE,
    "vtkMRMLVectorVolumeNode": _IMAGE_STORAGE,
}


class vtkMRMLSequenceNode(vtkMRMLStorableNode):
    """Data nodes of one class by index value, e.g. a volume for each time.

    They belong to no scene; those that were read from a bundle of their own are in the scene that was in it, with what
    they refer to there.

    :ivar writtenIndex: what a scene's text says: IDs of data nodes with index values
    """

    NumericIndex, TextIndex = NUMERIC_INDEX, TEXT_INDEX
    defaultName = "Sequence"
    isDataNode = True

    def __init__(self):
        super().__init__()
        self._items: list[tuple[str, vtkMRMLNode]] = []
        self._indexName = "time"
        self._indexUnit = "s"
        self._indexType = NUMERIC_INDEX
        self._tolerance = 0.001
        self._sequenceScene: Scene | None = None
        self.writtenIndex = ""

    # Index

    def GetIndexName(self) -> str:
        return self._indexName

    def SetIndexName(self, name: str) -> None:
        self.setAndNotify("_indexName", name)

    def GetIndexUnit(self) -> str:
        return self._indexUnit

    def SetIndexUnit(self, unit: str) -> None:
        self.setAndNotify("_indexUnit", unit)

    def GetIndexType(self) -> int:
        return self._indexType

    def SetIndexType(self, indexType: int) -> None:
        """NumericIndex: in the order of the numbers; TextIndex: in the order they were added.

        :raises SceneError: for any other
        """
        if indexType not in _INDEX_TYPES:
            raise SceneError("there is no such index type", self.GetName(), indexType)
        self.setAndNotify("_indexType", indexType)

    def GetIndexTypeAsString(self, indexType: int | None = None) -> str:
        return _INDEX_TYPES.get(self._indexType if indexType is None else indexType, "")

    def SetIndexTypeFromString(self, text: str) -> None:
        """:raises SceneError: for anything but "numeric" and "text" """
        self.SetIndexType(next((number for number, name in _INDEX_TYPES.items() if name == text), -1))

    def GetNumericIndexValueTolerance(self) -> float:
        """Numbers that differ by less are the same index value."""
        return self._tolerance

    def SetNumericIndexValueTolerance(self, tolerance: float) -> None:
        self.setAndNotify("_tolerance", float(tolerance))

    # Data nodes

    def GetNumberOfDataNodes(self) -> int:
        return len(self._items)

    def SetDataNodeAtValue(self, node: vtkMRMLNode, indexValue: str) -> vtkMRMLNode:
        """Keep a copy of a node's data at an index value, in place of what is there.

        :returns: the copy, as in Slicer
        :raises SceneError: for a node of another class than those that are there
        """
        copy = node.CreateNodeInstance()
        copy.SetName(node.GetName())
        for name in node.GetAttributeNames():
            copy.SetAttribute(name, node.GetAttribute(name))
        copy.CopyContent(node)
        return self.addDataNode(copy, indexValue)

    def addDataNode(self, node: vtkMRMLNode, indexValue: str) -> vtkMRMLNode:
        """The same with the node itself, which may be in no scene. :raises SceneError: as there"""
        number = self.GetItemNumberFromIndexValue(indexValue)
        if self._items and node.GetClassName() != self.GetDataNodeClassName() and len(self._items) > (number >= 0):
            what = f"the sequence holds {self.GetDataNodeClassName()}"
            raise SceneError(what, self.GetName(), node.GetClassName())
        if number >= 0:
            self._items[number] = (self._items[number][0], node)
        else:
            self._items.insert(self._position(str(indexValue)), (str(indexValue), node))
        self.Modified()
        return node

    def _position(self, indexValue: str) -> int:
        if self._indexType == TEXT_INDEX:
            return len(self._items)
        value = _number(indexValue)
        return next((n for n, (other, _) in enumerate(self._items) if _number(other) > value), len(self._items))

    def UpdateDataNodeAtValue(self, node: vtkMRMLNode, indexValue: str) -> bool:
        """Take over a node's data into what is at an index value. :returns: whether there is something"""
        found = self.GetDataNodeAtValue(indexValue)
        if found is not None:
            found.CopyContent(node)
            self.Modified()
        return found is not None

    def GetDataNodeAtValue(self, indexValue: str, exactMatchRequired: bool = True) -> vtkMRMLNode | None:
        """The node at an index value, or with ``exactMatchRequired`` False at the nearest one before."""
        number = self.GetItemNumberFromIndexValue(indexValue, exactMatchRequired)
        return None if number < 0 else self._items[number][1]

    def GetItemNumberFromIndexValue(self, indexValue: str, exactMatchRequired: bool = True) -> int:
        """-1 when there is none."""
        text = str(indexValue)
        if self._indexType == TEXT_INDEX:
            return next((n for n, (value, _) in enumerate(self._items) if value == text), -1)
        wanted, before = _number(text), -1
        for number, (value, _) in enumerate(self._items):
            if abs(_number(value) - wanted) <= self._tolerance:
                return number
            if _number(value) < wanted:
                before = number
        return -1 if exactMatchRequired or not self._items else max(before, 0)

    def GetNthDataNode(self, number: int) -> vtkMRMLNode | None:
        return self._items[number][1] if 0 <= number < len(self._items) else None

    def GetNthIndexValue(self, number: int) -> str:
        return self._items[number][0] if 0 <= number < len(self._items) else ""

    def RemoveDataNodeAtValue(self, indexValue: str) -> None:
        number = self.GetItemNumberFromIndexValue(indexValue)
        if number >= 0:
            del self._items[number]
            self.Modified()

    def RemoveAllDataNodes(self) -> None:
        self._items.clear()
        self.Modified()

    def GetDataNodeClassName(self) -> str:
        """Of the nodes that are kept; "" while there are none."""
        return self._items[0][1].GetClassName() if self._items else ""

    def GetSequenceScene(self) -> Scene | None:
        """The scene that data nodes were read with."""
        return self._sequenceScene

    def setSequenceScene(self, scene: Scene | None) -> None:
        """Keep a scene as long as this node."""
        self._sequenceScene = scene

    def GetDefaultStorageNodeClassName(self) -> str:
        """"" while there are no data nodes. Images that differ in size, type or place do not fit into one."""
        if not self._items:
            return ""
        found = _STORAGE_CLASSES.get(self.GetDataNodeClassName(), _BUNDLE_STORAGE)
        return found if found != _IMAGE_STORAGE or self._isOneImage() else _BUNDLE_STORAGE

    def _isOneImage(self) -> bool:
        volumes = [node for _, node in self._items]
        if any(volume.GetImageData() is None for volume in volumes):
            return False
        arrays, place = [volume.voxelArray() for volume in volumes], volumes[0].ijkToRASArray()
        isUniform = all(one.shape == arrays[0].shape and one.dtype == arrays[0].dtype for one in arrays)
        return isUniform and all(numpy.array_equal(volume.ijkToRASArray(), place) for volume in volumes)

    def CopyContent(self, node: vtkMRMLSequenceNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self._indexName, self._indexUnit = node.GetIndexName(), node.GetIndexUnit()
        self._indexType, self._tolerance = node.GetIndexType(), node.GetNumericIndexValueTolerance()
        self._items, self._sequenceScene = [], node.GetSequenceScene()
        for number in range(node.GetNumberOfDataNodes()):
            data = node.GetNthDataNode(number)
            # Nobody changes those of a class that is not known here, and a copy had not what they refer to.
            add = self.SetDataNodeAtValue if deepCopy and _isKnown(data) else self.addDataNode
            add(data, node.GetNthIndexValue(number))
        self.Modified()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0  # as Slicer reads what is not a number


def _takesDataOf(proxy: vtkMRMLNode, data: vtkMRMLNode) -> bool:
    """Nodes of classes that are not known here keep their data in files of their own, by names."""
    return _isKnown(data) and proxy.GetClassName() == data.GetClassName()


def _isKnown(node: vtkMRMLNode) -> bool:
    return type(node).__name__ == node.GetClassName()


class vtkMRMLSequenceBrowserNode(vtkMRMLNode):
    """Which item of one or several sequences is shown, in proxy nodes of the scene that hold its data.

    Each sequence has a postfix ("_0" and so on); the reference roles ``sequenceNodeRef`` and ``dataNodeRef`` with
    that postfix name the sequence and its proxy, as in Slicer. The first one is the master.
    """

    SEQUENCE_ROLE, PROXY_ROLE = "sequenceNodeRef", "dataNodeRef"
    defaultName = "SequenceBrowser"
    isDataNode = True

    def __init__(self):
        super().__init__()
        self._postfixes: list[str] = []
        self._selected = -1
        self._playbackActive = False
        self._playbackRate = 10.0
        self._playbackLooped = True

    # Sequences and proxies

    def postfixes(self) -> list[str]:
        """Of the sequences, the master's first."""
        return list(self._postfixes)

    def setPostfixes(self, postfixes: list[str]) -> None:
        """As a scene file has them; the references are set by role."""
        self.setAndNotify("_postfixes", list(postfixes))

    def SetAndObserveMasterSequenceNodeID(self, nodeID: str | None) -> None:
        """Browse this sequence first; others and their proxies are forgotten."""
        for postfix in self._postfixes:
            self.SetNodeReferenceID(self.SEQUENCE_ROLE + postfix, None)
            self.SetNodeReferenceID(self.PROXY_ROLE + postfix, None)
        self._postfixes = []
        if nodeID:
            self.AddSynchronizedSequenceNodeID(nodeID)
            self.SetSelectedItemNumber(0 if self.GetNumberOfItems() else -1)

    def AddSynchronizedSequenceNodeID(self, nodeID: str) -> str:
        """:returns: the postfix of its roles"""
        found = self._postfixOf(nodeID)
        if found:
            return found
        number = 0
        while f"_{number}" in self._postfixes:
            number += 1
        postfix = f"_{number}"
        self._postfixes.append(postfix)
        self.SetNodeReferenceID(self.SEQUENCE_ROLE + postfix, nodeID)
        self.Modified()
        return postfix

    AddSynchronizedSequenceNode = AddSynchronizedSequenceNodeID

    def _postfixOf(self, nodeID: str | None) -> str:
        roles = ((postfix, self.GetNodeReferenceID(self.SEQUENCE_ROLE + postfix)) for postfix in self._postfixes)
        return next((postfix for postfix, found in roles if found == nodeID), "")

    def GetMasterSequenceNode(self) -> vtkMRMLSequenceNode | None:
        return self.GetNodeReference(self.SEQUENCE_ROLE + self._postfixes[0]) if self._postfixes else None

    def GetSynchronizedSequenceNodes(self, nodes: list | None = None, includeMasterNode: bool = False) -> list:
        """The sequences, also put into ``nodes`` when that is given."""
        postfixes = self._postfixes[0 if includeMasterNode else 1 :]
        found = [self.GetNodeReference(self.SEQUENCE_ROLE + postfix) for postfix in postfixes]
        found = [node for node in found if node is not None]
        if nodes is not None:
            nodes[:] = found
        return found

    def GetProxyNode(self, sequence: vtkMRMLSequenceNode) -> vtkMRMLNode | None:
        """The node of the scene that holds the selected item of a sequence."""
        postfix = self._postfixOf(sequence.GetID())
        return self.GetNodeReference(self.PROXY_ROLE + postfix) if postfix else None

    def AddProxyNode(self, node: vtkMRMLNode, sequence: vtkMRMLSequenceNode, copy: bool = False) -> vtkMRMLNode:
        """Let a node of the scene hold the selected item of a sequence. :param copy: as in Slicer; the node is used"""
        postfix = self.AddSynchronizedSequenceNodeID(sequence.GetID())
        self.SetNodeReferenceID(self.PROXY_ROLE + postfix, node.GetID())
        return node

    def createProxyNode(self, sequence: vtkMRMLSequenceNode) -> vtkMRMLNode | None:
        """A new node of the scene, called as the sequence, that shows its selected item.

        None for an empty sequence and for nodes of classes that are not known here.
        """
        data, scene = sequence.GetNthDataNode(0), self.GetScene()
        if data is None or not _isKnown(data):
            return None
        proxy = scene.AddNewNodeByClass(data.GetClassName(), scene.GenerateUniqueName(sequence.GetName() or "Proxy"))
        self.AddProxyNode(proxy, sequence)
        self.updateProxies()
        if hasattr(proxy, "CreateDefaultDisplayNodes"):
            proxy.CreateDefaultDisplayNodes()
        return proxy

    # Selection

    def GetNumberOfItems(self) -> int:
        master = self.GetMasterSequenceNode()
        return 0 if master is None else master.GetNumberOfDataNodes()

    def GetSelectedItemNumber(self) -> int:
        return self._selected

    def SetSelectedItemNumber(self, number: int) -> None:
        """Show an item: the proxies take over its data."""
        if self.setAndNotify("_selected", int(number)):
            self.updateProxies()

    def updateProxies(self) -> None:
        """Give the proxies the data of the selected item."""
        master = self.GetMasterSequenceNode()
        value = master.GetNthIndexValue(self._selected) if master is not None else ""
        for sequence in self.GetSynchronizedSequenceNodes(includeMasterNode=True):
            proxy = self.GetProxyNode(sequence)
            data = sequence.GetDataNodeAtValue(value, False) if value else None
            if proxy is not None and data is not None and _takesDataOf(proxy, data):
                proxy.CopyContent(data)

    def SelectFirstItem(self) -> int:
        self.SetSelectedItemNumber(0 if self.GetNumberOfItems() else -1)
        return self._selected

    def SelectLastItem(self) -> int:
        self.SetSelectedItemNumber(self.GetNumberOfItems() - 1)
        return self._selected

    def SelectNextItem(self, increment: int = 1) -> int:
        """:returns: the item that is selected now; after the last comes the first when playback is looped"""
        count = self.GetNumberOfItems()
        if count:
            wanted = self._selected + increment
            self.SetSelectedItemNumber(wanted % count if self._playbackLooped else min(max(wanted, 0), count - 1))
        return self._selected

    # Playback

    def GetPlaybackActive(self) -> bool:
        return self._playbackActive

    def SetPlaybackActive(self, active: bool) -> None:
        self.setAndNotify("_playbackActive", bool(active))

    def GetPlaybackRateFps(self) -> float:
        return self._playbackRate

    def SetPlaybackRateFps(self, rate: float) -> None:
        self.setAndNotify("_playbackRate", float(rate))

    def GetPlaybackLooped(self) -> bool:
        return self._playbackLooped

    def SetPlaybackLooped(self, looped: bool) -> None:
        self.setAndNotify("_playbackLooped", bool(looped))

    def CopyContent(self, node: vtkMRMLSequenceBrowserNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self._postfixes = node.postfixes()
        self._selected = node.GetSelectedItemNumber()
        self._playbackActive = node.GetPlaybackActive()
        self._playbackRate, self._playbackLooped = node.GetPlaybackRateFps(), node.GetPlaybackLooped()
        self.Modified()
