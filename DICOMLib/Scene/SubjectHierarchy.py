"""The tree a user sees: patients, studies, folders and the data nodes below them. Names and levels are MRML's."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..Errors import SceneError
from .Node import MODIFIED_EVENT, vtkMRMLNode

INVALID_ITEM_ID = 0
SCENE_LEVEL = "Scene"
PATIENT_LEVEL = "Patient"
STUDY_LEVEL = "Study"
FOLDER_LEVEL = "Folder"
SERIES_LEVEL = ""
"""Level of items that stand for a data node."""

DICOM_UID_NAME = "DICOM"
DICOM_INSTANCE_UID_NAME = "DICOMInstanceUID"
DICOM_ATTRIBUTE_PREFIX = "DICOM."


@dataclass
class HierarchyItem:
    """One row of the tree."""

    itemID: int
    parent: int
    name: str
    level: str
    node: vtkMRMLNode | None = None
    children: list[int] = field(default_factory=list)
    uids: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    expanded: bool = True
    observerTags: list[int] = field(default_factory=list)
    visible: bool = True
    """Of an item without data node and without children; others follow their nodes."""
    ownerPlugin: str = ""
    """Which of Slicer's plugins the item belongs to; out of a scene file, and written back."""


class vtkMRMLSubjectHierarchyNode(vtkMRMLNode):
    """Items are numbers; the root stands for the scene. Unknown numbers are errors.

    Item events carry the item number: declare ``callback.CallDataType = vtk.VTK_LONG``.
    """

    SubjectHierarchyItemAddedEvent = 62000
    SubjectHierarchyItemAboutToBeRemovedEvent = 62001
    SubjectHierarchyItemRemovedEvent = 62002
    SubjectHierarchyItemModifiedEvent = 62003
    SubjectHierarchyItemUIDAddedEvent = 62004

    defaultName = "SubjectHierarchy"
    hiddenByDefault = True

    def __init__(self):
        super().__init__()
        self._lastItemID = 1
        self._items = {1: HierarchyItem(1, INVALID_ITEM_ID, SCENE_LEVEL, SCENE_LEVEL)}
        self._itemOfNode: dict[int, int] = {}
        """Identity of a data node, which its item keeps alive → item."""
        self._itemsOfUID: dict[tuple[str, str], set[int]] = {}

    @staticmethod
    def GetSubjectHierarchyNode(scene) -> vtkMRMLSubjectHierarchyNode:
        return scene.GetSubjectHierarchyNode()

    @staticmethod
    def GetInvalidItemID() -> int:
        return INVALID_ITEM_ID

    def GetSceneItemID(self) -> int:
        return 1

    def item(self, itemID: int) -> HierarchyItem:
        """The record of an item. :raises SceneError: when there is no such item"""
        found = self._items.get(itemID)
        if found is None:
            raise SceneError("there is no such item in the subject hierarchy", value=itemID)
        return found

    # Making items

    def CreateSubjectItem(self, parentItemID: int, name: str) -> int:
        return self._create(parentItemID, name, PATIENT_LEVEL)

    def CreateStudyItem(self, parentItemID: int, name: str) -> int:
        return self._create(parentItemID, name, STUDY_LEVEL)

    def CreateFolderItem(self, parentItemID: int, name: str) -> int:
        return self._create(parentItemID, name, FOLDER_LEVEL)

    def CreateItem(self, parentItemID: int, nodeOrName: vtkMRMLNode | str, level: str | None = None) -> int:
        """An item for a data node (its existing one is moved), or for a name with a level (default a folder)."""
        if not isinstance(nodeOrName, vtkMRMLNode):
            return self._create(parentItemID, nodeOrName, FOLDER_LEVEL if level is None else level)
        existing = self.GetItemByDataNode(nodeOrName)
        if existing:
            self.SetItemParent(existing, parentItemID)
            return existing
        return self._create(parentItemID, nodeOrName.GetName() or "", level or SERIES_LEVEL, nodeOrName)

    def _create(self, parentItemID: int, name: str, level: str, node: vtkMRMLNode | None = None) -> int:
        parent = self.item(parentItemID)
        self._lastItemID += 1
        itemID = self._lastItemID
        self._items[itemID] = HierarchyItem(itemID, parentItemID, name, level, node)
        if node is not None:
            self._itemOfNode[id(node)] = itemID
        self._observeDataNode(itemID)
        parent.children.append(itemID)
        self.InvokeEvent(self.SubjectHierarchyItemAddedEvent, itemID)
        self.Modified()
        return itemID

    def _observeDataNode(self, itemID: int) -> None:
        """A new name or visibility of a node is a change of its item."""
        item = self._items[itemID]
        reference = weakref.ref(self)  # the node must not keep this hierarchy alive

        def onEvent(caller: vtkMRMLNode, event: str) -> None:
            hierarchy = reference()
            if hierarchy is not None:
                hierarchy.ItemModified(itemID)

        events = (MODIFIED_EVENT, getattr(item.node, "DisplayModifiedEvent", None)) if item.node is not None else ()
        item.observerTags = [item.node.AddObserver(event, onEvent) for event in events if event is not None]

    def RemoveItem(self, itemID: int, removeDataNode: bool = True, recursive: bool = True) -> bool:
        """Remove an item with all below it (or, not recursive, hand its children to its parent) and their nodes."""
        item = self.item(itemID)
        if itemID == self.GetSceneItemID():
            raise SceneError("the scene's own item cannot be removed")
        for child in list(item.children):
            if recursive:
                if child in self._items:  # a transform may have left with its volume
                    self.RemoveItem(child, removeDataNode)
            else:
                self.SetItemParent(child, item.parent)
        self.InvokeEvent(self.SubjectHierarchyItemAboutToBeRemovedEvent, itemID)
        self.item(item.parent).children.remove(itemID)
        for tag in item.observerTags:
            item.node.RemoveObserver(tag)
        del self._items[itemID]
        self._itemOfNode.pop(id(item.node), None)
        for uidName in item.uids:
            self._forgetUID(item, uidName)
        scene = self.GetScene()
        if removeDataNode and item.node is not None and scene is not None:
            scene.RemoveNode(item.node)
        self.InvokeEvent(self.SubjectHierarchyItemRemovedEvent, itemID)
        self.Modified()
        return True

    def RemoveItemChildren(self, itemID: int, removeDataNodes: bool = True, recursive: bool = True) -> bool:
        for child in list(self.item(itemID).children):
            if child in self._items:
                self.RemoveItem(child, removeDataNodes, recursive)
        return True

    def RemoveAllItems(self, removeDataNodes: bool = False) -> None:
        self.RemoveItemChildren(self.GetSceneItemID(), removeDataNodes)

    # The tree

    def GetItemParent(self, itemID: int) -> int:
        return self.item(itemID).parent

    def SetItemParent(self, itemID: int, parentItemID: int) -> None:
        """Move an item with all below it. :raises SceneError: when the new parent is below the item itself"""
        item, newParent = self.item(itemID), self.item(parentItemID)
        if item.parent == parentItemID:
            return
        if parentItemID == itemID or parentItemID in self._below(itemID):
            raise SceneError("an item cannot be moved below itself", value=itemID)
        self.item(item.parent).children.remove(itemID)
        newParent.children.append(itemID)
        item.parent = parentItemID
        self.ItemModified(itemID)

    def GetItemChildren(self, itemID: int, childIDs=None, recursive: bool = False) -> list[int]:
        """Children, or with ``recursive`` all below, each after its parent.

        :param childIDs: a Python list or vtkIdList that is filled as well (MRML's way)
        """
        found = list(self._below(itemID)) if recursive else list(self.item(itemID).children)
        if isinstance(childIDs, list):
            childIDs[:] = found
        elif childIDs is not None:
            childIDs.Reset()
            for child in found:
                childIDs.InsertNextId(child)
        return found

    def _below(self, itemID: int) -> Iterator[int]:
        for child in self.item(itemID).children:
            yield child
            yield from self._below(child)

    def GetNumberOfItems(self) -> int:
        """Items without the scene's own."""
        return len(self._items) - 1

    def GetItemPositionUnderParent(self, itemID: int) -> int:
        return self.item(self.item(itemID).parent).children.index(itemID)

    def GetItemByPositionUnderParent(self, parentItemID: int, position: int) -> int:
        children = self.item(parentItemID).children
        return children[position] if 0 <= position < len(children) else INVALID_ITEM_ID

    def GetItemAncestorAtLevel(self, itemID: int, level: str) -> int:
        """The nearest item above of that level, 0 when there is none."""
        parent = self.item(itemID).parent
        while parent and self.item(parent).level != level:
            parent = self.item(parent).parent
        return parent

    # Finding

    def GetItemByDataNode(self, node: vtkMRMLNode | None) -> int:
        """The item of a node, 0 when it has none."""
        if node is None:
            return INVALID_ITEM_ID
        return self._itemOfNode.get(id(node), INVALID_ITEM_ID)

    def GetItemDataNode(self, itemID: int) -> vtkMRMLNode | None:
        return self.item(itemID).node

    def GetItemByUID(self, uidName: str, uid: str) -> int:
        """The first item with exactly this UID, 0 when there is none."""
        return min(self._itemsOfUID.get((uidName, uid), ()), default=INVALID_ITEM_ID)

    def GetItemByUIDList(self, uidName: str, uid: str) -> int:
        """The first item whose space-separated UIDs hold this one, 0 when there is none."""
        found = (i for i, item in self._items.items() if uid in item.uids.get(uidName, "").split())
        return next(found, INVALID_ITEM_ID)

    def GetItemByName(self, name: str) -> int:
        return next((i for i in self._below(self.GetSceneItemID()) if self.GetItemName(i) == name), INVALID_ITEM_ID)

    def GetItemChildWithName(self, parentItemID: int, name: str) -> int:
        return next((i for i in self.item(parentItemID).children if self.GetItemName(i) == name), INVALID_ITEM_ID)

    def GetDataNodesInBranch(self, itemID: int, nodes=None, className: str | None = None) -> list[vtkMRMLNode]:
        """Data nodes below an item; ``nodes`` may be a vtkCollection that is filled as well."""
        candidates = (self.item(below).node for below in self._below(itemID))
        found = [node for node in candidates if node is not None and (className is None or node.IsA(className))]
        if nodes is not None:
            for node in found:
                nodes.AddItem(node)
        return found

    # Properties

    def GetItemName(self, itemID: int) -> str:
        item = self.item(itemID)
        return item.name if item.node is None else item.node.GetName() or ""

    def SetItemName(self, itemID: int, name: str) -> None:
        """Rename the item and its data node."""
        item = self.item(itemID)
        if item.node is not None:
            item.node.SetName(name)
        self._set(item, "name", name)

    def GetItemLevel(self, itemID: int) -> str:
        """Patient, Study, Folder, Scene, or "" for a data node."""
        return self.item(itemID).level

    def SetItemLevel(self, itemID: int, level: str) -> None:
        self._set(self.item(itemID), "level", level)

    def IsItemLevel(self, itemID: int, level: str) -> bool:
        return self.item(itemID).level == level

    def GetItemExpanded(self, itemID: int) -> bool:
        return self.item(itemID).expanded

    def SetItemExpanded(self, itemID: int, expanded: bool) -> None:
        self._set(self.item(itemID), "expanded", bool(expanded))

    def _set(self, item: HierarchyItem, field: str, value: object) -> None:
        if getattr(item, field) != value:
            setattr(item, field, value)
            self.ItemModified(item.itemID)

    def ItemModified(self, itemID: int) -> None:
        """Tell observers that an item (or what it stands for) changed."""
        self.InvokeEvent(self.SubjectHierarchyItemModifiedEvent, itemID)
        self.Modified()

    def SetItemUID(self, itemID: int, uidName: str, uid: str) -> None:
        item = self.item(itemID)
        if item.uids.get(uidName) != uid:
            self.takeUIDs(itemID, {uidName: uid})
            self.InvokeEvent(self.SubjectHierarchyItemUIDAddedEvent, itemID)
            self.ItemModified(itemID)

    def takeUIDs(self, itemID: int, uids: dict[str, str]) -> None:
        """Give an item that is being made UIDs, by their names; nobody is told."""
        item = self.item(itemID)
        for uidName, uid in uids.items():
            self._forgetUID(item, uidName)
            item.uids[uidName] = uid
            if uid:
                self._itemsOfUID.setdefault((uidName, uid), set()).add(itemID)

    def _forgetUID(self, item: HierarchyItem, uidName: str) -> None:
        key = uidName, item.uids.get(uidName, "")
        items = self._itemsOfUID.get(key, set())
        items.discard(item.itemID)
        if not items:
            self._itemsOfUID.pop(key, None)

    def GetItemUID(self, itemID: int, uidName: str) -> str:
        return self.item(itemID).uids.get(uidName, "")

    def SetItemAttribute(self, itemID: int, name: str, value: str) -> None:
        item = self.item(itemID)
        if item.attributes.get(name) != value:
            item.attributes[name] = str(value)
            self.ItemModified(itemID)

    def GetItemAttribute(self, itemID: int, name: str) -> str:
        """The value, "" when it is absent or empty."""
        return self.item(itemID).attributes.get(name, "")

    def HasItemAttribute(self, itemID: int, name: str) -> bool:
        return name in self.item(itemID).attributes

    def RemoveItemAttribute(self, itemID: int, name: str) -> bool:
        removed = self.item(itemID).attributes.pop(name, None) is not None
        if removed:
            self.ItemModified(itemID)
        return removed

    def GetItemAttributeNames(self, itemID: int) -> list[str]:
        return list(self.item(itemID).attributes)

    def GetAttributeFromItemAncestor(self, itemID: int, name: str, level: str = "") -> str:
        """The attribute of the nearest item above that has it (of the level, when one is given); "" when none has."""
        parent = self.item(itemID).parent
        while parent:
            item = self.item(parent)
            if name in item.attributes and level in ("", item.level):
                return item.attributes[name]
            parent = item.parent
        return ""

    # Visibility

    def SetItemDisplayVisibility(self, itemID: int, visible: bool) -> None:
        """Show or hide an item and all below it."""
        for changed in (itemID, *self._below(itemID)):
            item = self.item(changed)
            item.visible = bool(visible)
            if item.node is not None and hasattr(item.node, "SetDisplayVisibility"):
                item.node.SetDisplayVisibility(visible)
            self.ItemModified(changed)

    def GetItemDisplayVisibility(self, itemID: int) -> int:
        """0 hidden, 1 shown, 2 some below shown and some hidden."""
        shown = {self._ownVisibility(self.item(i)) for i in (itemID, *self._below(itemID))} - {None}
        if not shown:
            return int(self.item(itemID).visible)
        return 2 if len(shown) == 2 else int(shown.pop())

    SetDisplayVisibilityForBranch = SetItemDisplayVisibility
    GetDisplayVisibilityForBranch = GetItemDisplayVisibility

    @staticmethod
    def _ownVisibility(item: HierarchyItem) -> bool | None:
        """None for items that have nothing to show."""
        hasDisplay = getattr(item.node, "GetNumberOfDisplayNodes", lambda: 0)()
        return item.node.GetDisplayVisibility() if hasDisplay else None

    # The scene's side

    def addDataNode(self, node: vtkMRMLNode) -> None:
        """Called by the scene: give a new data node an item at the top, unless it is hidden or has one."""
        if node.isDataNode and not node.GetHideFromEditors() and not self.GetItemByDataNode(node):
            self.CreateItem(self.GetSceneItemID(), node)

    def removeDataNode(self, node: vtkMRMLNode) -> None:
        """Called by the scene: drop the item of a node that leaves; items below it move up."""
        itemID = self.GetItemByDataNode(node)
        if itemID:
            self.RemoveItem(itemID, removeDataNode=False, recursive=False)

    @property
    def lastItemID(self) -> int:
        """The last number that an item got."""
        return self._lastItemID

    def allItems(self) -> dict[int, HierarchyItem]:
        """The records of all items by their numbers."""
        return dict(self._items)

    def setAllItems(self, items: dict[int, HierarchyItem], lastItemID: int) -> None:
        """Have exactly these items again, see :class:`RestorePoint`."""
        for item in self._items.values():
            for tag in item.observerTags:
                item.node.RemoveObserver(tag)
        self._items, self._lastItemID = items, lastItemID
        self._itemOfNode = {id(item.node): itemID for itemID, item in items.items() if item.node is not None}
        self._itemsOfUID.clear()
        for itemID, item in items.items():
            self._observeDataNode(itemID)
            self.takeUIDs(itemID, dict(item.uids))
        self.Modified()

    def mergeHierarchy(self, other: vtkMRMLSubjectHierarchyNode) -> dict[int, int]:
        """Take over the items of another hierarchy whose data nodes are already in this scene.

        An item without data node that has the same DICOM UID and level as one here (patient, study) becomes that one.

        :returns: item number there → here
        """
        mapping = {other.GetSceneItemID(): self.GetSceneItemID()}
        for otherID in other.GetItemChildren(other.GetSceneItemID(), recursive=True):
            source = other.item(otherID)
            parent = mapping[source.parent]
            mapping[otherID] = self._counterpart(source, parent) or self._adopt(source, parent)
        return mapping

    def _counterpart(self, source: HierarchyItem, parent: int) -> int:
        uid = source.uids.get(DICOM_UID_NAME)
        if source.node is not None or not uid:
            return INVALID_ITEM_ID
        found = self.GetItemByUID(DICOM_UID_NAME, uid)
        return found if found and self.item(found).level == source.level else INVALID_ITEM_ID

    def _adopt(self, source: HierarchyItem, parent: int) -> int:
        itemID = self._create(parent, source.name, source.level, source.node)
        item = self.item(itemID)
        self.takeUIDs(itemID, source.uids)
        item.attributes.update(source.attributes)
        item.expanded, item.visible, item.ownerPlugin = source.expanded, source.visible, source.ownerPlugin
        self.ItemModified(itemID)
        return itemID
