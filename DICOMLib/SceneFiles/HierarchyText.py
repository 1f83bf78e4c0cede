"""The subject hierarchy in the text of a scene: items as elements inside each other, as Slicer writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..Scene.Node import vtkMRMLNode
from ..Scene.SubjectHierarchy import FOLDER_LEVEL, HierarchyItem, vtkMRMLSubjectHierarchyNode
from .MrmlText import Element
from .ValueText import exactText, exactValues, flag, flagText, isPlainPair, pairsOf, pairsText

FOLDER_DISPLAY = "vtkMRMLFolderDisplayNode"
"""Slicer's class of nodes that items without data have when they were hidden or coloured."""

ITEM_TAG = "SubjectHierarchyItem"
VERSION_ATTRIBUTE, VERSION = "SubjectHierarchyVersion", "2"
_LEVEL = "Level"
_UIDS, _ATTRIBUTES = "uids", "attributes"
_EXACT = {_UIDS: "exactUIDs", _ATTRIBUTES: "exactAttributes"}
"""Pairs that Slicer's lists cannot hold, since they encode nothing, in attributes of this program's own."""


# Writing


def itemElements(hierarchy: vtkMRMLSubjectHierarchyNode, folderDisplayID: Callable[[HierarchyItem], str]) -> Element:
    """The element of the scene's own item with all others in it.

    :param folderDisplayID: the ID of the node that hides an item without data node in Slicer
    """
    root = _itemElement(hierarchy.item(hierarchy.GetSceneItemID()), folderDisplayID)
    elements = {hierarchy.GetSceneItemID(): root}
    for itemID in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True):
        item = hierarchy.item(itemID)
        elements[itemID] = _itemElement(item, folderDisplayID)
        elements[item.parent].children.append(elements[itemID])
    return root


def _itemElement(item: HierarchyItem, folderDisplayID: Callable[[HierarchyItem], str]) -> Element:
    attributes = {"id": str(item.itemID)}
    if item.node is not None and item.node.GetID():
        attributes["dataNode"] = item.node.GetID()
    elif not item.visible:
        attributes["dataNode"] = folderDisplayID(item)
    else:
        attributes["name"] = item.name
    attributes |= {"parent": str(item.parent), "type": item.ownerPlugin, "expanded": flagText(item.expanded)}
    attributes |= _pairs(_UIDS, item.uids)
    attributes |= _pairs(_ATTRIBUTES, {**item.attributes, **({_LEVEL: item.level} if item.level else {})})
    return Element(ITEM_TAG, attributes)


def _pairs(name: str, values: dict[str, str]) -> dict[str, str]:
    plain = {key: value for key, value in values.items() if isPlainPair(key, value)}
    others = {key: value for key, value in values.items() if key not in plain}
    found = {name: pairsText(plain)} if plain else {}
    return {**found, _EXACT[name]: exactText(others)} if others else found


# Reading


def readItems(
    hierarchy: vtkMRMLSubjectHierarchyNode, elements: list[Element], nodes: dict[str, vtkMRMLNode]
) -> list[str]:
    """Fill an empty hierarchy, which is in no scene yet.

    :param elements: in the element of the hierarchy
    :param nodes: by their IDs in the file
    :returns: sentences on what was not understood
    """
    problems: list[str] = []
    taken: set[int] = set()
    for element, parent in _inOrder(elements, hierarchy):
        if element.attributes.get("parent") == "0" and element.attributes.get("name") == "Scene":
            itemID = hierarchy.GetSceneItemID()
            element.attributes.pop(_ATTRIBUTES, None)
        else:
            itemID = _readItem(hierarchy, element, parent[0], nodes, taken, problems)
        parent.append(itemID)
    return problems


def _inOrder(
    elements: list[Element], hierarchy: vtkMRMLSubjectHierarchyNode
) -> Iterator[tuple[Element, list[int]]]:
    """Elements, each after the one it is in, and a list: the parent's item, to which the reader adds the item made."""
    waiting = [(element, hierarchy.GetSceneItemID()) for element in reversed(elements)]
    while waiting:
        element, parent = waiting.pop()
        if element.tag != ITEM_TAG:
            continue
        made = [parent]
        yield element, made
        waiting.extend((child, made[-1]) for child in reversed(element.children))


def _readItem(
    hierarchy: vtkMRMLSubjectHierarchyNode,
    element: Element,
    parent: int,
    nodes: dict[str, vtkMRMLNode],
    taken: set[int],
    problems: list[str],
) -> int:
    """:returns: the item, or the parent where the element stands for a node that there is not"""
    attributes = element.attributes
    uids, values = _readPairs(_UIDS, attributes), _readPairs(_ATTRIBUTES, attributes)
    level = values.pop(_LEVEL, "")
    node = nodes.get(attributes.get("dataNode", ""))
    if isinstance(node, vtkMRMLSubjectHierarchyNode):  # it would be told of its own changes without end
        node = None
    if node is None and "name" not in attributes:
        problems.append("An item of the subject hierarchy stands for a node that the scene does not have.")
        return parent
    if node is not None and id(node) in taken:
        problems.append(f"The node “{node.GetName()}” has several items in the subject hierarchy; the first counts.")
        return parent
    name, isVisible = attributes.get("name", ""), True
    if node is not None and node.IsA(FOLDER_DISPLAY):
        name, isVisible, node = node.GetName() or name, _flagOf(node.keptAttributes.get("visibility"), True), None
    if node is None:
        itemID = hierarchy.CreateItem(parent, name, level or FOLDER_LEVEL)
    else:
        taken.add(id(node))
        itemID = hierarchy.CreateItem(parent, node, level)
    item = hierarchy.item(itemID)
    hierarchy.takeUIDs(itemID, uids)
    item.attributes.update(values)
    item.expanded, item.visible = _flagOf(attributes.get("expanded"), True), isVisible
    item.ownerPlugin = attributes.get("type", "")
    return itemID


def _readPairs(name: str, attributes: dict[str, str]) -> dict[str, str]:
    return pairsOf(attributes.get(name, "")) | exactValues(attributes.get(_EXACT[name], ""))


def _flagOf(text: str | None, default: bool) -> bool:
    try:
        return default if text is None else flag(text)
    except ValueError:
        return default
