"""Copies of nodes that are to be written while the nodes themselves may change."""

from __future__ import annotations

from ..Scene.Node import vtkMRMLNode


def copyAllButContent(copy: vtkMRMLNode, node: vtkMRMLNode) -> None:
    """Have a copy say of itself, and refer to, what the node does. Its data and its ID stay what they are."""
    copy.SetName(node.GetName())
    copy.SetDescription(node.GetDescription())
    copy.SetHideFromEditors(node.GetHideFromEditors())
    for name in node.GetAttributeNames():
        copy.SetAttribute(name, node.GetAttribute(name))
    copy.keptAttributes = dict(node.keptAttributes)
    if node.GetScene() is not None:  # of what is in none there is nothing that it could refer to
        copy.setAllReferences(node.allReferences())
