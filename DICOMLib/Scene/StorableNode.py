"""A node whose data can be in a file, and the nodes that say in which."""

from __future__ import annotations

import os

from .Node import vtkMRMLNode


class vtkMRMLStorageNode(vtkMRMLNode):
    """Where a node's data was read from or written to."""

    defaultName = "Storage"
    hiddenByDefault = True

    def __init__(self):
        super().__init__()
        self._fileName = ""

    def GetFileName(self) -> str:
        return self._fileName

    def SetFileName(self, path: str | os.PathLike) -> None:
        self.setAndNotify("_fileName", os.fspath(path))

    def GetFullNameFromFileName(self) -> str:
        """The absolute path; "" when no file is known."""
        return os.path.abspath(self._fileName) if self._fileName else ""

    def CopyContent(self, node: vtkMRMLStorageNode, deepCopy: bool = True) -> None:
        self.SetFileName(node.GetFileName())


class vtkMRMLVolumeArchetypeStorageNode(vtkMRMLStorageNode):
    """The file of a volume."""

    defaultName = "VolumeArchetypeStorage"


class vtkMRMLNRRDStorageNode(vtkMRMLStorageNode):
    """The file of a volume with gradients or tensors."""

    defaultName = "NRRDStorage"


class vtkMRMLModelStorageNode(vtkMRMLStorageNode):
    """The file of a model."""

    defaultName = "ModelStorage"


class vtkMRMLTransformStorageNode(vtkMRMLStorageNode):
    """The file of a transform."""

    defaultName = "TransformStorage"


class vtkMRMLColorTableStorageNode(vtkMRMLStorageNode):
    """The file of a colour table."""

    defaultName = "ColorTableStorage"


class vtkMRMLSegmentationStorageNode(vtkMRMLStorageNode):
    """The file of a segmentation."""

    defaultName = "SegmentationStorage"


class vtkMRMLTableStorageNode(vtkMRMLStorageNode):
    """The file of a table."""

    defaultName = "TableStorage"


class vtkMRMLTextStorageNode(vtkMRMLStorageNode):
    """The file of a text."""

    defaultName = "TextStorage"


class vtkMRMLVolumeSequenceStorageNode(vtkMRMLStorageNode):
    """The file of a sequence of volumes."""

    defaultName = "VolumeSequenceStorage"


class vtkMRMLLinearTransformSequenceStorageNode(vtkMRMLStorageNode):
    """The file of a sequence of linear transforms."""

    defaultName = "LinearTransformSequenceStorage"


STORAGE_CLASSES: tuple[type[vtkMRMLStorageNode], ...] = (
    vtkMRMLVolumeArchetypeStorageNode,
    vtkMRMLNRRDStorageNode,
    vtkMRMLModelStorageNode,
    vtkMRMLTransformStorageNode,
    vtkMRMLColorTableStorageNode,
    vtkMRMLSegmentationStorageNode,
    vtkMRMLTableStorageNode,
    vtkMRMLTextStorageNode,
    vtkMRMLVolumeSequenceStorageNode,
    vtkMRMLLinearTransformSequenceStorageNode,
)


class vtkMRMLStorableNode(vtkMRMLNode):
    """Base of all nodes whose data can be in a file."""

    STORAGE_ROLE = "storage"
    ownedRoles: tuple[str, ...] = (STORAGE_ROLE,)
    storageClassName = "vtkMRMLStorageNode"

    def GetDefaultStorageNodeClassName(self) -> str:
        """Of the storage node that fits the data there is now; "" for a node that needs none."""
        return self.storageClassName

    def SetAndObserveStorageNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.STORAGE_ROLE, nodeID)

    def GetStorageNode(self) -> vtkMRMLStorageNode | None:
        return self.GetNodeReference(self.STORAGE_ROLE)

    def AddDefaultStorageNode(self, fileName: str | os.PathLike = "") -> vtkMRMLStorageNode | None:
        """The storage node, made when there is none, naming the file when one is given; None outside of a scene."""
        scene = self.GetScene()
        className = self.GetDefaultStorageNodeClassName()
        if scene is None or not className:
            return None
        if self.GetStorageNode() is None:
            self.SetAndObserveStorageNodeID(scene.AddNewNodeByClass(className).GetID())
        if fileName:
            self.GetStorageNode().SetFileName(fileName)
        return self.GetStorageNode()
