"""What a scene was like, so that a change that fails half way leaves it exactly so."""

from __future__ import annotations

from dataclasses import replace

from .Node import vtkMRMLNode
from .Scene import Scene
from .SubjectHierarchy import HierarchyItem, vtkMRMLSubjectHierarchyNode


class RestorePoint:
    """Nodes, their IDs, order, names and references, the subject hierarchy, and the content of nodes there is one of.

    Content of other nodes is not kept: it is for changes that add and remove nodes.
    """

    def __init__(self, scene: Scene):
        self._scene = scene
        self._nodes = {node.GetID(): node for node in scene.nodes()}
        self._lastNumbers = scene.lastNumbers()
        self._names = {nodeID: node.GetName() for nodeID, node in self._nodes.items()}
        self._references = {nodeID: node.allReferences() for nodeID, node in self._nodes.items()}
        self._contents = {nodeID: _copyOf(node) for nodeID, node in self._nodes.items() if node.GetSingletonTag()}
        self._items = {
            nodeID: (_copiesOf(node.allItems()), node.lastItemID)
            for nodeID, node in self._nodes.items() if isinstance(node, vtkMRMLSubjectHierarchyNode)
        }  # fmt: skip

    def restore(self) -> None:
        """Make the scene so again; observers hear of nodes that leave and come back."""
        scene = self._scene
        missing = scene.putBack(self._nodes, self._lastNumbers)
        scene.StartState(scene.RestoreState)
        try:
            for nodeID, node in self._nodes.items():
                if nodeID in self._contents:
                    node.Copy(self._contents[nodeID])
                node.SetName(self._names[nodeID])
                node.setAllReferences(self._references[nodeID])
            for nodeID, (items, lastItemID) in self._items.items():
                self._nodes[nodeID].setAllItems(_copiesOf(items), lastItemID)
            for node in missing:
                scene.InvokeEvent(scene.NodeAddedEvent, node)
            scene.Modified()
        finally:
            scene.EndState(scene.RestoreState)


def _copyOf(node: vtkMRMLNode) -> vtkMRMLNode:
    copy = node.CreateNodeInstance()
    copy.Copy(node)
    return copy


def _copiesOf(items: dict[int, HierarchyItem]) -> dict[int, HierarchyItem]:
    return {
        itemID: replace(
            item, children=list(item.children), uids=dict(item.uids), attributes=dict(item.attributes), observerTags=[]
        )
        for itemID, item in items.items()
    }
