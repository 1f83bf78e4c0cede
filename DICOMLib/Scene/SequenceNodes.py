"""Sequences: one node's data at several times or positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from ..Errors import SceneError
from .Node import vtkMRMLNode
from .SequenceItems import SequenceItems
from .SequenceProxies import isKnown
from .StorableNode import vtkMRMLStorableNode

if TYPE_CHECKING:
    from .Scene import Scene

NUMERIC_INDEX, TEXT_INDEX = 0, 1
_INDEX_TYPES = {NUMERIC_INDEX: "numeric", TEXT_INDEX: "text"}
_IMAGE_STORAGE, _BUNDLE_STORAGE = "vtkMRMLVolumeSequenceStorageNode", "vtkMRMLSequenceStorageNode"
_TRANSFORM_STORAGE = "vtkMRMLLinearTransformSequenceStorageNode"
_STORAGE_CLASSES = {
    "vtkMRMLLinearTransformNode": _TRANSFORM_STORAGE,
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
        self._items = SequenceItems()
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
            self._items.replace(number, node)
        else:
            self._items.insert(self._position(str(indexValue)), str(indexValue), node)
        self.Modified()
        return node

    def _position(self, indexValue: str) -> int:
        return len(self._items) if self._indexType == TEXT_INDEX else self._items.placeFor(indexValue)

    def UpdateDataNodeAtValue(self, node: vtkMRMLNode, indexValue: str, shallowCopy: bool = False) -> bool:
        """Take over a node's data and attributes into what is at an index value.

        :param shallowCopy: share voxels and surfaces with the node
        :returns: whether there is something
        """
        found = self.GetDataNodeAtValue(indexValue)
        if found is not None:
            found.CopyContent(node, deepCopy=not shallowCopy)
            found.SetDescription(node.GetDescription())
            for name in dict.fromkeys([*found.GetAttributeNames(), *node.GetAttributeNames()]):
                found.SetAttribute(name, node.GetAttribute(name))
            self.Modified()
        return found is not None

    def UpdateIndexValue(self, oldIndexValue: str, newIndexValue: str) -> None:
        """Give an item another index value, and the place that it has by it. :raises SceneError: when it is taken"""
        number = self.GetItemNumberFromIndexValue(oldIndexValue)
        if number < 0:
            return
        if self.GetItemNumberFromIndexValue(newIndexValue) not in (-1, number):
            raise SceneError("another item has this index value", self.GetName(), newIndexValue)
        data = self._items.remove(number)
        place = number if self._indexType == TEXT_INDEX else self._position(str(newIndexValue))
        self._items.insert(place, str(newIndexValue), data)
        self.Modified()

    def GetDataNodeAtValue(self, indexValue: str, exactMatchRequired: bool = True) -> vtkMRMLNode | None:
        """The node at an index value, or with ``exactMatchRequired`` False at the nearest one before."""
        number = self.GetItemNumberFromIndexValue(indexValue, exactMatchRequired)
        return None if number < 0 else self._items.node(number)

    def GetItemNumberFromIndexValue(self, indexValue: str, exactMatchRequired: bool = True) -> int:
        """-1 when there is none."""
        text = str(indexValue)
        if self._indexType == TEXT_INDEX:
            return self._items.placeOfText(text)
        number = self._items.placeOfNumber(text, self._tolerance)
        if number >= 0 or exactMatchRequired or not self._items:
            return number
        return max(self._items.placeBefore(text), 0)

    def GetNthDataNode(self, number: int) -> vtkMRMLNode | None:
        return self._items.node(number) if 0 <= number < len(self._items) else None

    def GetNthIndexValue(self, number: int) -> str:
        return self._items.value(number) if 0 <= number < len(self._items) else ""

    def RemoveDataNodeAtValue(self, indexValue: str) -> None:
        number = self.GetItemNumberFromIndexValue(indexValue)
        if number >= 0:
            self._items.remove(number)
            self.Modified()

    def RemoveAllDataNodes(self) -> None:
        self._items = SequenceItems()
        self.Modified()

    def GetDataNodeClassName(self) -> str:
        """Of the nodes that are kept; "" while there are none."""
        return self._items.node(0).GetClassName() if self._items else ""

    def GetSequenceScene(self) -> Scene | None:
        """The scene that data nodes were read with."""
        return self._sequenceScene

    def setSequenceScene(self, scene: Scene | None) -> None:
        """Keep a scene as long as this node."""
        self._sequenceScene = scene

    def GetDefaultStorageNodeClassName(self) -> str:
        """Empty while there are no data nodes. Images that differ in size, type or place do not fit into one, and of
        linear transforms with texts 3D Slicer reads the texts as numbers, and drops what are the same ones.
        """
        if not self._items:
            return ""
        found = _STORAGE_CLASSES.get(self.GetDataNodeClassName(), _BUNDLE_STORAGE)
        if found == _TRANSFORM_STORAGE and self._indexType == TEXT_INDEX:
            return _BUNDLE_STORAGE
        return found if found != _IMAGE_STORAGE or self._isOneImage() else _BUNDLE_STORAGE

    def _isOneImage(self) -> bool:
        volumes = self._items.nodes()
        if any(volume.GetImageData() is None for volume in volumes):
            return False
        arrays, place = [volume.voxelArray() for volume in volumes], volumes[0].ijkToRASArray()
        isUniform = all(one.shape == arrays[0].shape and one.dtype == arrays[0].dtype for one in arrays)
        return isUniform and all(numpy.array_equal(volume.ijkToRASArray(), place) for volume in volumes)

    def CopyContent(self, node: vtkMRMLSequenceNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self._indexName, self._indexUnit = node.GetIndexName(), node.GetIndexUnit()
        self._indexType, self._tolerance = node.GetIndexType(), node.GetNumericIndexValueTolerance()
        self._items, self._sequenceScene = SequenceItems(), node.GetSequenceScene()
        for number in range(node.GetNumberOfDataNodes()):
            data = node.GetNthDataNode(number)
            # Nobody changes those of a class that is not known here, and a copy had not what they refer to.
            add = self.SetDataNodeAtValue if deepCopy and isKnown(data) else self.addDataNode
            add(data, node.GetNthIndexValue(number))
        self.Modified()
