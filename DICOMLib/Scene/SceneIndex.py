"""What a scene knows of its nodes without asking all of them: names that are taken, classes, and who refers to whom."""

from __future__ import annotations

from collections.abc import Iterable

from .Node import ancestorNames, vtkMRMLNode
from .UniqueNames import UniqueNames


def _classNames(node: vtkMRMLNode) -> set[str]:
    return {node.GetClassName(), *ancestorNames(type(node))}


class SceneIndex:
    """Nodes tell of themselves what changes; so a scene of thousands of nodes is as quick to change as one of three.

    :ivar names: of all nodes of the scene
    """

    def __init__(self):
        self.names = UniqueNames()
        self._known: dict[vtkMRMLNode, str | None] = {}
        """Node → its name."""
        self._referencing: dict[str, dict[vtkMRMLNode, int]] = {}
        """ID → nodes that refer to it, and how often."""
        self._ofClass: dict[str, dict[vtkMRMLNode, None]] = {}
        """Name of a class → its nodes and those of classes derived from it, in the order they came."""

    def add(self, node: vtkMRMLNode) -> None:
        """A node is in the scene from now on."""
        if node in self._known:
            return
        self._known[node] = node.GetName()
        for className in _classNames(node):
            self._ofClass.setdefault(className, {})[node] = None
        self.names.take(node.GetName())
        for nodeIDs in node.allReferences().values():
            self.refer(node, nodeIDs)

    def remove(self, node: vtkMRMLNode) -> None:
        """A node, with the references it has now, is in the scene no longer; what refers to it stays known."""
        if node in self._known:
            for nodeIDs in node.allReferences().values():
                self.forget(node, nodeIDs)
            self.names.giveUp(self._known.pop(node))
            for className in _classNames(node):
                del self._ofClass[className][node]

    def rename(self, node: vtkMRMLNode, name: str | None) -> None:
        """A node has another name."""
        if node in self._known:
            self.names.giveUp(self._known[node])
            self.names.take(name)
            self._known[node] = name

    def refer(self, node: vtkMRMLNode, nodeIDs: Iterable[str]) -> None:
        """A node refers to these, too, or once more."""
        if node in self._known:
            for nodeID in nodeIDs:
                nodes = self._referencing.setdefault(nodeID, {})
                nodes[node] = nodes.get(node, 0) + 1

    def forget(self, node: vtkMRMLNode, nodeIDs: Iterable[str]) -> None:
        """A node does not refer to these, or once less."""
        if node not in self._known:
            return
        for nodeID in nodeIDs:
            nodes = self._referencing[nodeID]
            nodes[node] -= 1
            if not nodes[node]:
                del nodes[node]
            if not nodes:
                del self._referencing[nodeID]

    def ofClass(self, className: str) -> list[vtkMRMLNode]:
        """Nodes of a class or of one derived from it, in the order of the scene."""
        return list(self._ofClass.get(className, ()))

    def referencing(self, nodeID: str | None) -> list[vtkMRMLNode]:
        """Nodes of the scene that refer to an ID in any role, in the order they began to."""
        return list(self._referencing.get(nodeID, ()))
