"""A node that can be shown: it has display nodes and, when it came from or went to a file, a storage node."""

from __future__ import annotations

import os

from .DisplayNodes import vtkMRMLDisplayNode
from .Node import MODIFIED_EVENT, vtkMRMLNode
from .TransformNodes import vtkMRMLTransformableNode


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


class vtkMRMLDisplayableNode(vtkMRMLTransformableNode):
    """Base of volumes and models."""

    DisplayModifiedEvent = 17000
    DISPLAY_ROLE = "display"
    STORAGE_ROLE = "storage"
    ownedRoles = (DISPLAY_ROLE, STORAGE_ROLE)
    referenceEvents = {**vtkMRMLTransformableNode.referenceEvents, DISPLAY_ROLE: MODIFIED_EVENT}
    isDataNode = True
    displayClassName = "vtkMRMLDisplayNode"
    storageClassName = "vtkMRMLStorageNode"

    # Display

    def CreateDefaultDisplayNodes(self) -> None:
        """Add a display node of the fitting class to the scene unless there is one; nothing outside of a scene."""
        scene = self.GetScene()
        if scene is not None and self.GetDisplayNode() is None:
            display = scene.CreateNodeByClass(self.displayClassName)
            self.prepareDisplayNode(display)
            scene.AddNode(display)
            self.SetAndObserveDisplayNodeID(display.GetID())

    def prepareDisplayNode(self, display: vtkMRMLDisplayNode) -> None:
        """Called before a default display node enters the scene; subclasses adapt it to the data."""

    def SetAndObserveDisplayNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.DISPLAY_ROLE, nodeID)

    def AddAndObserveDisplayNodeID(self, nodeID: str) -> None:
        self.AddNodeReferenceID(self.DISPLAY_ROLE, nodeID)

    def GetDisplayNode(self) -> vtkMRMLDisplayNode | None:
        return self.GetNodeReference(self.DISPLAY_ROLE)

    def GetDisplayNodeID(self) -> str | None:
        return self.GetNodeReferenceID(self.DISPLAY_ROLE)

    def GetNthDisplayNode(self, n: int) -> vtkMRMLDisplayNode | None:
        return self.GetNthNodeReference(self.DISPLAY_ROLE, n)

    def GetNumberOfDisplayNodes(self) -> int:
        return self.GetNumberOfNodeReferences(self.DISPLAY_ROLE)

    def GetDisplayVisibility(self) -> bool:
        display = self.GetDisplayNode()
        return display is not None and display.GetVisibility()

    def SetDisplayVisibility(self, visible: bool) -> None:
        for n in range(self.GetNumberOfDisplayNodes()):
            self.GetNthDisplayNode(n).SetVisibility(visible)

    def onReferenceChanged(self, role: str) -> None:
        super().onReferenceChanged(role)
        if role == self.DISPLAY_ROLE:
            self.InvokeEvent(self.DisplayModifiedEvent, self)

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        if role == self.DISPLAY_ROLE:
            self.InvokeEvent(self.DisplayModifiedEvent, node)
        else:
            super().processReferencedNode(role, node)

    # Storage

    def SetAndObserveStorageNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.STORAGE_ROLE, nodeID)

    def GetStorageNode(self) -> vtkMRMLStorageNode | None:
        return self.GetNodeReference(self.STORAGE_ROLE)

    def AddDefaultStorageNode(self, fileName: str | os.PathLike = "") -> vtkMRMLStorageNode | None:
        """The storage node, made when there is none, naming the file when one is given; None outside of a scene."""
        scene = self.GetScene()
        if scene is None:
            return None
        if self.GetStorageNode() is None:
            self.SetAndObserveStorageNodeID(scene.AddNewNodeByClass(self.storageClassName).GetID())
        if fileName:
            self.GetStorageNode().SetFileName(fileName)
        return self.GetStorageNode()
