"""The list of nodes everything works on. Names, events and numbers are MRML's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from vtkmodules.vtkCommonCore import vtkObject

from ..Errors import SceneError
from .Colors import colorNameOfID, vtkMRMLColorTableNode
from .DisplayNodes import vtkMRMLDisplayNode
from .Node import vtkMRMLNode
from .NodeCollection import NodeCollection
from .NodeRegistry import NodeRegistry
from .SceneIndex import SceneIndex
from .SceneInFiles import SceneFileAccess, SceneInFiles
from .SceneStates import SceneStates
from .StorableNode import vtkMRMLStorageNode
from .SubjectHierarchy import vtkMRMLSubjectHierarchyNode
from .UniqueNames import UniqueNames

KEPT_ROLE = "kept."
"""Stands before the role of a reference, out of a scene file, to a node that cannot be used so here."""


class Scene(SceneStates, SceneInFiles, vtkObject):
    """Nodes with unique IDs, their references, and one subject hierarchy.

    A scene belongs to one thread. Data is loaded into a private scene on a worker thread; the thread that owns the
    shown scene then takes everything over with :meth:`merge`. Node events carry the node: declare
    ``callback.CallDataType = vtk.VTK_OBJECT``.
    """

    NodeAboutToBeAddedEvent = 0x2000
    NodeAddedEvent = 0x2001
    NodeAboutToBeRemovedEvent = 0x2002
    NodeRemovedEvent = 0x2003
    PreviewChangedEvent = 0x2010

    def __init__(self, registry: NodeRegistry | None = None, files: SceneFileAccess | None = None):
        SceneStates.__init__(self)
        SceneInFiles.__init__(self, files)
        self.registry = NodeRegistry() if registry is None else registry
        self._nodes: dict[str, vtkMRMLNode] = {}
        self.index = SceneIndex()
        self._colors: dict[str, vtkMRMLColorTableNode] = {}
        self._lastNumbers: dict[str, int] = {}
        self._hierarchy: vtkMRMLSubjectHierarchyNode | None = None
        self._preview: vtkMRMLNode | None = None
        self._previewSlices: Collection[int] = ()

    def GetClassName(self) -> str:
        return "vtkMRMLScene"

    def IsA(self, className: str) -> bool:
        return className in ("vtkMRMLScene", "Scene", "vtkObject")

    # Adding and removing

    def CreateNodeByClass(self, className: str) -> vtkMRMLNode:
        """A node outside of the scene. :raises SceneError: for an unknown class"""
        return self.registry.create(className)

    def AddNewNodeByClass(self, className: str, name: str = "") -> vtkMRMLNode:
        """A new node in the scene; without a name it gets a unique one. :raises SceneError: for an unknown class"""
        node = self.CreateNodeByClass(className)
        if name:
            node.SetName(name)
        return self.AddNode(node)

    def CopyNode(self, node: vtkMRMLNode) -> vtkMRMLNode:
        """Add a copy of a node of this or another scene, with its name and its references.

        As in MRML a node of which there is one only is copied onto the one here.
        """
        there = self._sameSingleton(node)
        copy = node.CreateNodeInstance() if there is None else there
        copy.Copy(node)
        copy.SetSingletonTag(node.GetSingletonTag())
        return self.AddNode(copy)

    def RegisterNodeClass(self, node: vtkMRMLNode) -> None:
        """Let the scene make nodes of the class of this one."""
        self.registry.register(type(node))

    def IsNodeClassRegistered(self, className: str) -> bool:
        return className in self.registry.classNames()

    def AddNode(self, node: vtkMRMLNode) -> vtkMRMLNode:
        """Put a node into the scene: it gets an ID, a name if it has none, and an item in the subject hierarchy.

        :raises SceneError: when the node is in another scene
        """
        if node.GetScene() is self:
            return node
        if node.GetScene() is not None:
            hint = "Remove it there or merge the scenes"
            raise SceneError("the node belongs to another scene", node.GetID(), hint=hint)
        self.InvokeEvent(self.NodeAboutToBeAddedEvent, node)
        self._insert(node, self._freeID(node))
        self._announce(node)
        return node

    def addNodesWithIDs(self, nodes: dict[str, vtkMRMLNode]) -> None:
        """Put nodes that belong together into a scene that nobody looks at yet, under the IDs that they refer to.

        :raises SceneError: when an ID is taken
        """
        for nodeID, node in nodes.items():
            if nodeID in self._nodes or node.GetScene() is not None:
                raise SceneError("the node is in a scene, or another has its ID", nodeID)
            self._nodes[nodeID] = node
            if isinstance(node, vtkMRMLSubjectHierarchyNode) and self._hierarchy is None:
                self._hierarchy = node
        for nodeID, node in nodes.items():
            node.attachToScene(self, nodeID)

    def _insert(self, node: vtkMRMLNode, nodeID: str) -> None:
        if not node.GetName():
            node.SetName(self.GenerateUniqueName(node.defaultName))
        self._nodes[nodeID] = node
        node.attachToScene(self, nodeID)
        if isinstance(node, vtkMRMLSubjectHierarchyNode) and self._hierarchy is None:
            self._hierarchy = node
        for other in self.index.referencing(nodeID):
            if other is not node:
                other.updateReferenceObservers()

    def _announce(self, node: vtkMRMLNode) -> None:
        if node.isDataNode:
            self.GetSubjectHierarchyNode().addDataNode(node)
        self.InvokeEvent(self.NodeAddedEvent, node)
        self.Modified()

    def RemoveNode(self, node: vtkMRMLNode) -> None:
        """Take a node out, with the nodes that were made for it and nothing else refers to; references are dropped.

        Those are its display and storage nodes, and the transform that puts a volume's slices in their places. Other
        transforms stay, as in Slicer.

        :raises SceneError: when the node is not in this scene
        """
        if not self.IsNodePresent(node):
            raise SceneError("the node is not in this scene", None if node is None else node.GetName())
        waiting = [node]
        while waiting:  # without recursion: files can have chains of helpers of any length
            one = waiting.pop()
            if self.IsNodePresent(one):
                waiting += reversed(self._removeOne(one))

    def _removeOne(self, node: vtkMRMLNode) -> list[vtkMRMLNode]:
        """:returns: nodes that were made for it and nothing else refers to"""
        own = self._exclusiveHelpers(node)
        self.InvokeEvent(self.NodeAboutToBeRemovedEvent, node)
        if self._hierarchy is not None and node is not self._hierarchy:
            self._hierarchy.removeDataNode(node)
        nodeID = node.GetID()
        for other in self.index.referencing(nodeID):
            if other is not node:
                other.replaceReferencedID(nodeID, None)
        del self._nodes[nodeID]
        if node is self._hierarchy:
            self._hierarchy = None
        node.attachToScene(None, None)
        self.InvokeEvent(self.NodeRemovedEvent, node)
        self.Modified()
        return own

    def _exclusiveHelpers(self, node: vtkMRMLNode) -> list[vtkMRMLNode]:
        count = node.GetNumberOfNodeReferences
        roles = (*node.ownedRoles, *(KEPT_ROLE + role for role in node.ownedRoles))
        helpers = [node.GetNthNodeReference(role, n) for role in roles for n in range(count(role))]
        return [helper for helper in helpers if helper is not None and len(self.referencingNodes(helper)) == 1]

    def Clear(self, removeSingletons: bool = False) -> None:
        """Remove every node; the subject hierarchy starts empty again.

        :param removeSingletons: also nodes there is one of, such as those of the views; else they stay and become as
            they were at first
        """
        self.StartState(self.CloseState)
        for node in self.nodes():
            if self.IsNodePresent(node) and (removeSingletons or not node.GetSingletonTag()):
                self.RemoveNode(node)
        for node in self.nodes():
            self._reset(node)
        self._lastNumbers.clear()
        self.Modified()
        self._storedTime.Modified()
        self.EndState(self.CloseState)

    @staticmethod
    def _reset(node: vtkMRMLNode) -> None:
        first, name = node.CreateNodeInstance(), node.GetName()
        node.Copy(first)
        node.SetName(name)

    # What was there before

    def lastNumbers(self) -> dict[str, int]:
        """Of each class of nodes the last number that an ID got."""
        return dict(self._lastNumbers)

    def putBack(self, nodes: dict[str, vtkMRMLNode], lastNumbers: dict[str, int]) -> list[vtkMRMLNode]:
        """Have exactly these nodes under these IDs again, whatever became of them; references are not looked at.

        For :class:`RestorePoint`, after a change that failed half way: states that it left are ended.

        :returns: those that were missing, of which nobody has heard so far
        """
        self.endAllStates()
        self.index = SceneIndex()  # what failed may have been half way in the one before
        for node in self._nodes.values():
            self.index.add(node)  # observers may ask for them
        for nodeID, node in list(self._nodes.items()):
            if nodes.get(nodeID) is not node:
                self.InvokeEvent(self.NodeAboutToBeRemovedEvent, node)
                del self._nodes[nodeID]
                node.attachToScene(None, None)
                self.InvokeEvent(self.NodeRemovedEvent, node)
        missing = [node for nodeID, node in nodes.items() if nodeID not in self._nodes]
        self._nodes, self._lastNumbers = dict(nodes), dict(lastNumbers)
        hierarchies = (node for node in nodes.values() if isinstance(node, vtkMRMLSubjectHierarchyNode))
        self._hierarchy = next(hierarchies, None)
        self.index = SceneIndex()
        for nodeID, node in nodes.items():
            node.attachToScene(self, nodeID)
        return missing

    # What is about to come

    @property
    def previewNode(self) -> vtkMRMLNode | None:
        """A volume that views show while it is read. It is not in this scene, and gone when the load ends."""
        return self._preview

    def isSliceRead(self, node: vtkMRMLNode, slice: int) -> bool:
        """Whether a slice, an index along k, of a volume has its values: of the preview, not all have."""
        return node is not self._preview or slice in self._previewSlices

    def setPreviewNode(self, node: vtkMRMLNode | None, slicesRead: Collection[int] = ()) -> None:
        """Show a volume that is still being read, or none.

        :param slicesRead: indices along k of the slices that have their values; grows meanwhile
        """
        self._preview, self._previewSlices = node, slicesRead
        self.InvokeEvent(self.PreviewChangedEvent)

    # Finding

    def nodes(self) -> list[vtkMRMLNode]:
        """All nodes in the order they were added."""
        return list(self._nodes.values())

    def GetNodes(self) -> NodeCollection:
        return NodeCollection(self._nodes.values())

    def GetNumberOfNodes(self) -> int:
        return len(self._nodes)

    def GetFirstNode(
        self,
        byName: str | None = None,
        byClass: str | None = None,
        byHideFromEditors: Sequence[int] | None = None,
        exactNameMatch: bool = True,
    ) -> vtkMRMLNode | None:
        """The first node that fits all that is given.

        :param byHideFromEditors: [0] for nodes that users see, [1] for hidden ones
        :param exactNameMatch: False: a name that begins so is enough
        """
        for node in self._nodes.values():
            name = node.GetName() or ""
            fitsName = byName is None or name == byName or (not exactNameMatch and name.startswith(byName))
            fitsClass = byClass is None or node.IsA(byClass)
            if fitsName and fitsClass and (
                byHideFromEditors is None or bool(byHideFromEditors[0]) == node.GetHideFromEditors()
            ):
                return node
        return None

    def GetSingletonNode(self, tag: str, className: str) -> vtkMRMLNode | None:
        """The one node of this class and tag."""
        found = self._nodes.get(f"{className}{tag}")
        return found if found is not None and found.GetSingletonTag() == tag else None

    def GetNthNode(self, n: int) -> vtkMRMLNode | None:
        return self.GetNodes().GetItemAsObject(n)

    def IsNodePresent(self, node: vtkMRMLNode | None) -> bool:
        return node is not None and node.GetID() is not None and self._nodes.get(node.GetID()) is node

    def GetNodeByID(self, nodeID: str | None) -> vtkMRMLNode | None:
        """A node, or a built-in colour table (made when first asked for); None when there is none."""
        node = self._nodes.get(nodeID)
        return self._colorNode(nodeID) if node is None else node

    def _colorNode(self, nodeID: str | None) -> vtkMRMLColorTableNode | None:
        name = colorNameOfID(nodeID)
        if name is None:
            return None
        if name not in self._colors:
            color = vtkMRMLColorTableNode(name)
            color.attachToScene(self, nodeID)
            self.index.remove(color)  # it is no node that a user sees, and takes no name
            self._colors[name] = color
        return self._colors[name]

    def GetFirstNodeByName(self, name: str) -> vtkMRMLNode | None:
        return next(iter(self.GetNodesByName(name)), None)

    def GetFirstNodeByClass(self, className: str) -> vtkMRMLNode | None:
        return next(iter(self.GetNodesByClass(className)), None)

    def GetNodesByName(self, name: str) -> NodeCollection:
        nodes = self._nodes.values() if self.index.names.isTaken(name) else ()
        return NodeCollection(node for node in nodes if node.GetName() == name)

    def GetNodesByClass(self, className: str) -> NodeCollection:
        """Nodes of the class or of one derived from it, in the order they were added."""
        return NodeCollection(self.index.ofClass(className))

    def GetNodesByClassByName(self, className: str, name: str) -> NodeCollection:
        return NodeCollection(node for node in self.GetNodesByClass(className) if node.GetName() == name)

    def GetNumberOfNodesByClass(self, className: str) -> int:
        return len(self.GetNodesByClass(className))

    def GetNthNodeByClass(self, n: int, className: str) -> vtkMRMLNode | None:
        return self.GetNodesByClass(className).GetItemAsObject(n)

    def referencingNodes(self, node: vtkMRMLNode) -> list[vtkMRMLNode]:
        """Nodes that refer to a node in any role."""
        return self.index.referencing(node.GetID())

    def GetSubjectHierarchyNode(self) -> vtkMRMLSubjectHierarchyNode:
        """The one subject hierarchy of the scene, made when first asked for."""
        if self._hierarchy is None:
            hierarchy = vtkMRMLSubjectHierarchyNode()
            self.AddNode(hierarchy)
            for node in self.nodes():
                hierarchy.addDataNode(node)
        return self._hierarchy

    # Names

    def GenerateUniqueName(self, baseName: str) -> str:
        """The name itself, or with _1, _2, … when it is taken."""
        return self.index.names.next(baseName)

    def _freeID(self, node: vtkMRMLNode) -> str:
        className, tag = node.GetClassName(), node.GetSingletonTag()
        if tag and f"{className}{tag}" not in self._nodes:
            return f"{className}{tag}"
        number = self._lastNumbers.get(className, 0) + 1
        while f"{className}{number}" in self._nodes:  # nodes of files have brought their IDs
            number += 1
        self._lastNumbers[className] = number
        return f"{className}{number}"

    # Merging

    def merge(self, staging: Scene, isWholeScene: bool = False) -> dict[str, str]:
        """Move every node and hierarchy item of another scene into this one; the other is empty afterwards.

        Nodes get fresh IDs here and data nodes a name that is free here; references follow. Patients and studies are
        united with those of the same UID, and a node of which a scene has one only is copied onto the one here. Events
        are sent when all is in place.

        :param isWholeScene: it was in a file: names there that are equal to one another, but to none here, stay, and
            NewSceneEvent is sent
        :returns: node ID there → here
        """
        hierarchy = staging._hierarchy
        only = {node.GetID(): here for node in staging.nodes() if (here := self._sameSingleton(node)) is not None}
        moved = [node for node in staging.nodes() if node is not hierarchy and node.GetID() not in only]
        self.StartState(self.ImportState)
        try:
            own = self.GetSubjectHierarchyNode()
            newIDs = self._take(moved, {there: here.GetID() for there, here in only.items()}, isWholeScene)
            for there, here in only.items():
                here.Copy(staging._nodes[there])
                here.renameReferences(newIDs)
                here.updateReferenceObservers()
            if hierarchy is not None:
                own.mergeHierarchy(hierarchy)
                hierarchy.RemoveAllItems()
            for node in moved:
                self._announce(node)
            if isWholeScene:
                self.InvokeEvent(self.NewSceneEvent)
                self.Modified()
        finally:
            self.EndState(self.ImportState)
        staging._nodes.clear()
        staging.index = SceneIndex()
        staging._hierarchy = None
        return newIDs

    def _sameSingleton(self, node: vtkMRMLNode) -> vtkMRMLNode | None:
        found = self._nodes.get(f"{node.GetClassName()}{node.GetSingletonTag()}") if node.GetSingletonTag() else None
        return found if found is not None and found.GetSingletonTag() == node.GetSingletonTag() else None

    def _take(self, moved: list[vtkMRMLNode], renamed: dict[str, str], isWholeScene: bool) -> dict[str, str]:
        newIDs = dict(renamed)
        here = {node.GetName() for node in self._nodes.values()}
        kept = {name for node in moved if (name := node.GetName()) and name not in here} if isWholeScene else set()
        names = UniqueNames(here | kept)
        for node in moved:
            oldID = node.GetID()
            node.attachToScene(None, None)
            if not isinstance(node, vtkMRMLDisplayNode | vtkMRMLStorageNode) and node.GetName() not in kept:
                node.SetName(names.free(node.GetName() or node.defaultName))
            newIDs[oldID] = self._freeID(node)
            self._nodes[newIDs[oldID]] = node
            self.InvokeEvent(self.NodeAboutToBeAddedEvent, node)
        # Only once all have their place: references may point forward, and an old ID may equal another's new one.
        for node in moved:
            node.renameReferences(newIDs)
        for node, nodeID in zip(moved, list(newIDs.values())[len(renamed) :], strict=True):
            node.attachToScene(self, nodeID)
        return newIDs

    def __iter__(self) -> Iterator[vtkMRMLNode]:
        return iter(self.nodes())


vtkMRMLScene = Scene
