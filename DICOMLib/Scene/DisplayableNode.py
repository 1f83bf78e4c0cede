"""A node that can be shown: it has display nodes."""

from __future__ import annotations

from .DisplayNodes import vtkMRMLDisplayNode
from .Node import MODIFIED_EVENT, vtkMRMLNode
from .TransformNodes import vtkMRMLTransformableNode


class vtkMRMLDisplayableNode(vtkMRMLTransformableNode):
    """Base of volumes and models."""

    DisplayModifiedEvent = 17000
    DISPLAY_ROLE = "display"
    ownedRoles = (DISPLAY_ROLE, *vtkMRMLTransformableNode.ownedRoles)
    referenceEvents = {**vtkMRMLTransformableNode.referenceEvents, DISPLAY_ROLE: MODIFIED_EVENT}
    isDataNode = True
    displayClassName = "vtkMRMLDisplayNode"

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
