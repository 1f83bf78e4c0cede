"""The base of all scene nodes: identity, attributes, references, and events. Names and numbers are MRML's."""

from __future__ import annotations

import weakref
from functools import cache
from typing import TYPE_CHECKING

from vtkmodules.vtkCommonCore import vtkCommand, vtkObject

if TYPE_CHECKING:
    from .Scene import Scene

MODIFIED_EVENT = vtkCommand.ModifiedEvent
_ID_START = "vtkMRML"


@cache
def ancestorNames(nodeClass: type) -> frozenset[str]:
    """Of a class and of all it is derived from."""
    return frozenset(ancestor.__name__ for ancestor in nodeClass.__mro__)


class vtkMRMLNode(vtkObject):
    """A named thing of a scene that others can observe.

    Observe with ``AddObserver(event, callback)``; the callback gets (caller, eventName) and, when it declares
    ``callback.CallDataType = vtk.VTK_OBJECT``, the node that the event is about.
    """

    HierarchyModifiedEvent = 16000
    IDChangedEvent = 16001
    ReferenceAddedEvent = 17010
    ReferenceModifiedEvent = 17011
    ReferenceRemovedEvent = 17012
    ReferencedNodeModifiedEvent = 17013

    defaultName = "Node"
    hiddenByDefault = False
    isDataNode = False
    """Whether a node of this class gets an item of its own in the subject hierarchy."""

    referenceEvents: dict[str, int] = {}
    """Reference role → event of the referenced node that is heard, and passed to :meth:`processReferencedNode`."""

    ownedRoles: tuple[str, ...] = ()
    """Reference roles of nodes that were made for this one and leave the scene with it."""

    keptAttributes: dict[str, str]
    """What a scene file says of the node that means nothing here; it is written back, with IDs as they are then."""

    def __init__(self):
        self._id: str | None = None
        self._name: str | None = None
        self._description: str | None = None
        self._attributes: dict[str, str] = {}
        self._references: dict[str, list[str]] = {}
        self._referenceObservers: dict[tuple[str, str], tuple[weakref.ref, int]] = {}
        self._scene: weakref.ref | None = None
        self._hideFromEditors = self.hiddenByDefault
        self._singletonTag: str | None = None
        self.keptAttributes: dict[str, str] = {}
        self._modifyDepth = 0
        self._modifyPending = False

    # Identity

    def GetClassName(self) -> str:
        return type(self).__name__

    def IsA(self, className: str) -> bool:
        """Whether the node is of the class or of one derived from it."""
        return className in ancestorNames(type(self))

    def GetID(self) -> str | None:
        """Unique in the scene, for example vtkMRMLScalarVolumeNode1; None outside of a scene."""
        return self._id

    def GetName(self) -> str | None:
        return self._name

    def SetName(self, name: str | None) -> None:
        if name != self._name and (scene := self.GetScene()) is not None:
            scene.index.rename(self, name)
        self.setAndNotify("_name", name)

    def GetDescription(self) -> str | None:
        return self._description

    def SetDescription(self, description: str | None) -> None:
        self.setAndNotify("_description", description)

    def GetHideFromEditors(self) -> bool:
        return self._hideFromEditors

    def SetHideFromEditors(self, hide: bool) -> None:
        self.setAndNotify("_hideFromEditors", bool(hide))

    def GetSingletonTag(self) -> str | None:
        """What there is one node of the class of in a scene; its ID is the class name and this. None for all others."""
        return self._singletonTag

    def SetSingletonTag(self, tag: str | None) -> None:
        self._singletonTag = tag

    def GetNodeTagName(self) -> str:
        """The element name in a scene file: the class name without its prefix and suffix."""
        return self.GetClassName().removeprefix("vtkMRML").removesuffix("Node")

    def GetScene(self) -> Scene | None:
        return None if self._scene is None else self._scene()

    def attachToScene(self, scene: Scene | None, nodeID: str | None) -> None:
        """Called by the scene when the node enters (or, with None, leaves)."""
        before = self.GetScene()
        if before is not None:
            before.index.remove(self)
        self._scene = None if scene is None else weakref.ref(scene)
        self._id = nodeID
        if scene is not None:
            scene.index.add(self)
        self.updateReferenceObservers()

    # Attributes

    def SetAttribute(self, name: str, value: str | None) -> None:
        """Text kept with the node; None removes it."""
        if self._attributes.get(name) == value:
            return
        if value is None:
            del self._attributes[name]
        else:
            self._attributes[name] = str(value)
        self.Modified()

    def GetAttribute(self, name: str) -> str | None:
        return self._attributes.get(name)

    def GetAttributeNames(self) -> list[str]:
        return list(self._attributes)

    def RemoveAttribute(self, name: str) -> None:
        self.SetAttribute(name, None)

    # Notification

    def setAndNotify(self, field: str, value: object) -> bool:
        """Set a field and tell observers, only if it changes. :returns: whether it changed"""
        if getattr(self, field) == value:
            return False
        setattr(self, field, value)
        self.Modified()
        return True

    def Modified(self) -> None:
        """Tell observers that something changed; inside StartModify … EndModify once at the end."""
        if self._modifyDepth:
            self._modifyPending = True
        else:
            super().Modified()

    def StartModify(self) -> int:
        """Hold ModifiedEvent back until the matching EndModify(value returned here)."""
        self._modifyDepth += 1
        return self._modifyDepth - 1

    def EndModify(self, previousDepth: int) -> None:
        self._modifyDepth = previousDepth
        if not previousDepth and self._modifyPending:
            self._modifyPending = False
            self.Modified()

    # References

    def SetNodeReferenceID(self, role: str, nodeID: str | None) -> None:
        """Make one node (or none) the only reference of this role."""
        self._setReferences(role, [nodeID] if nodeID else [])

    def SetAndObserveNodeReferenceID(self, role: str, nodeID: str | None) -> None:
        """As SetNodeReferenceID: references whose role declares an event are always observed."""
        self.SetNodeReferenceID(role, nodeID)

    def AddNodeReferenceID(self, role: str, nodeID: str) -> None:
        if role not in self._references:
            self._setReferences(role, [nodeID])
            return
        self._references[role].append(nodeID)
        scene = self.GetScene()
        if scene is not None:
            scene.index.refer(self, [nodeID])
            self._observe(role, nodeID, scene.GetNodeByID(nodeID))
        self._tellReferences(role, self.ReferenceModifiedEvent)

    AddAndObserveNodeReferenceID = AddNodeReferenceID

    def RemoveNodeReferenceIDs(self, role: str) -> None:
        self._setReferences(role, [])

    def GetNodeReferenceID(self, role: str) -> str | None:
        return self.GetNthNodeReferenceID(role, 0)

    def GetNthNodeReferenceID(self, role: str, n: int) -> str | None:
        nodeIDs = self._references.get(role, ())
        return nodeIDs[n] if 0 <= n < len(nodeIDs) else None

    def GetNodeReference(self, role: str) -> vtkMRMLNode | None:
        """The referenced node, None when there is none or it is not in the scene."""
        return self.GetNthNodeReference(role, 0)

    def GetNthNodeReference(self, role: str, n: int) -> vtkMRMLNode | None:
        scene, nodeID = self.GetScene(), self.GetNthNodeReferenceID(role, n)
        return None if scene is None or nodeID is None else scene.GetNodeByID(nodeID)

    def GetNumberOfNodeReferences(self, role: str) -> int:
        return len(self._references.get(role, ()))

    def GetNodeReferenceRoles(self) -> list[str]:
        return list(self._references)

    def HasNodeReferenceID(self, role: str, nodeID: str) -> bool:
        return nodeID in self._references.get(role, ())

    def replaceReferencedID(self, oldID: str, newID: str | None) -> None:
        """Follow a node that got a new ID, or forget one that left the scene (None)."""
        for role, nodeIDs in list(self._references.items()):
            if oldID in nodeIDs:
                replaced = (newID if nodeID == oldID else nodeID for nodeID in nodeIDs)
                self._setReferences(role, [nodeID for nodeID in replaced if nodeID])

    def renameReferences(self, newIDs: dict[str, str]) -> None:
        """Follow several nodes that got new IDs at once; nobody is told, since what is referred to is the same."""
        scene = self.GetScene()
        for nodeIDs in self._references.values():
            renamed = [newIDs.get(nodeID, nodeID) for nodeID in nodeIDs]
            if scene is not None:
                scene.index.refer(self, renamed)
                scene.index.forget(self, nodeIDs)
            nodeIDs[:] = renamed
        for name, value in self.keptAttributes.items():
            words = value.split()
            if words and all(word.startswith(_ID_START) for word in words):
                self.keptAttributes[name] = " ".join(newIDs.get(word, word) for word in words)

    def allReferences(self) -> dict[str, list[str]]:
        """IDs by role."""
        return {role: list(nodeIDs) for role, nodeIDs in self._references.items()}

    def setAllReferences(self, references: dict[str, list[str]]) -> None:
        """Refer to these nodes and to no others."""
        for role in dict.fromkeys([*self._references, *references]):
            self._setReferences(role, list(references.get(role, ())))
        self.updateReferenceObservers()

    def _setReferences(self, role: str, nodeIDs: list[str]) -> None:
        before = self._references.get(role, [])
        if before == nodeIDs:
            return
        if nodeIDs:
            self._references[role] = nodeIDs
        else:
            del self._references[role]
        scene = self.GetScene()
        if scene is not None:
            scene.index.refer(self, nodeIDs)
            scene.index.forget(self, before)
        self.updateReferenceObservers()
        changed = self.ReferenceModifiedEvent if before and nodeIDs else None
        self._tellReferences(role, changed or (self.ReferenceAddedEvent if nodeIDs else self.ReferenceRemovedEvent))

    def _tellReferences(self, role: str, event: int) -> None:
        self.InvokeEvent(event)
        self.onReferenceChanged(role)
        self.Modified()

    def onReferenceChanged(self, role: str) -> None:
        """Called after the references of a role changed; subclasses extend it."""

    # Observation of referenced nodes

    def updateReferenceObservers(self) -> None:
        """Observe what is referenced and present, stop observing the rest."""
        wanted = self._referencedNodes()
        for key, (reference, tag) in list(self._referenceObservers.items()):
            node = reference()
            if wanted.get(key) is not node or node is None:
                if node is not None:
                    node.RemoveObserver(tag)
                del self._referenceObservers[key]
        for key, node in wanted.items():
            self._observe(*key, node)

    def _observe(self, role: str, nodeID: str, node: vtkMRMLNode | None) -> None:
        isOther = node is not None and node is not self
        if isOther and role in self.referenceEvents and (role, nodeID) not in self._referenceObservers:
            tag = node.AddObserver(self.referenceEvents[role], self._referenceCallback(role))
            self._referenceObservers[role, nodeID] = (weakref.ref(node), tag)

    def _referencedNodes(self) -> dict[tuple[str, str], vtkMRMLNode]:
        scene = self.GetScene()
        if scene is None:
            return {}
        found = {}
        for role in self.referenceEvents:
            for nodeID in self._references.get(role, ()):
                node = scene.GetNodeByID(nodeID)
                if node is not None and node is not self:  # it would answer itself without end
                    found[role, nodeID] = node
        return found

    def _referenceCallback(self, role: str):
        # Observers held by the other node must not keep this one alive.
        reference = weakref.ref(self)

        def onEvent(caller: vtkMRMLNode, event: str) -> None:
            node = reference()
            if node is not None:
                node.processReferencedNode(role, caller)

        return onEvent

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        """A referenced node of this role reported its event."""
        self.InvokeEvent(self.ReferencedNodeModifiedEvent, node)

    # Copying

    def CreateNodeInstance(self) -> vtkMRMLNode:
        return type(self)()

    def Copy(self, node: vtkMRMLNode) -> None:
        """Take over name, attributes, references and content of another node of the same class; the ID stays."""
        wasModifying = self.StartModify()
        self.SetName(node.GetName())
        self._description = node.GetDescription()
        self._attributes = dict(node._attributes)
        self.keptAttributes = dict(node.keptAttributes)
        for role in {*self._references, *node._references}:
            self._setReferences(role, list(node._references.get(role, ())))
        self.CopyContent(node)
        self.Modified()
        self.EndModify(wasModifying)

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        """Take over the data of another node; subclasses extend it."""
