"""The nodes of a scene file's text. Nobody vouches for what it says: what does not fit is told and left out."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ..Errors import LimitExceededError, SceneFileError
from ..Scene.Colors import colorNameOfID
from ..Scene.Node import vtkMRMLNode
from ..Scene.NodeRegistry import NodeRegistry
from ..Scene.Scene import KEPT_ROLE, Scene, UniqueNames
from ..Scene.SubjectHierarchy import vtkMRMLSubjectHierarchyNode
from .HierarchyText import FOLDER_DISPLAY, VERSION_ATTRIBUTE, readItems
from .Limits import MAX_FILES, MAX_NODES, MAX_NODES_OF_A_FILE
from .MemberFiles import formatOf
from .MemberNames import memberName
from .Members import DATA, KEPT, Member, StagedScene
from .MrmlText import Element, parseXML
from .NodeText import applyElement
from .RegionNodes import keptNodeFor
from .StorageText import keptFileNames, takeOfTheFile
from .UnknownNodes import classNameOfTag, vtkMRMLUnknownNode

ROOT_TAG = "MRML"
_ID = re.compile(r"[^\s;:,]{1,256}")
_NUMBERED_ID = re.compile(r"vtkMRML\w+Node[0-9]+")
# What a node of this role is used for here; another kind of node is kept under the role and not used.
_CLASS_OF_ROLE = {
    "display": "vtkMRMLDisplayNode",
    "storage": "vtkMRMLStorageNode",
    "transform": "vtkMRMLTransformNode",
    "color": "vtkMRMLColorNode",
    "volumeProperty": "vtkMRMLVolumePropertyNode",
}
MAX_PROBLEMS = 1000
# What moves goes through all transforms above it, one call in the other.
MAX_TRANSFORM_DEPTH = 100
_ROLES_OF_ONE = ("transform",)


class SceneReader:
    """Reads one text once."""

    def __init__(self, registry: NodeRegistry | None):
        self._registry = NodeRegistry() if registry is None else registry
        self._nodes: dict[str, vtkMRMLNode] = {}
        self._hierarchies: list[tuple[vtkMRMLSubjectHierarchyNode, list[Element]]] = []
        self._members: list[Member] = []
        self._problems: list[str] = []
        self._lastNumbers: dict[str, int] = {}
        self._nodesOfFiles: Counter[str] = Counter()
        self._fileCount = 0
        self._fileNames: dict[int, list[str]] = {}

    def read(self, text: str | bytes | Element, folder: Path) -> StagedScene:
        """:param text: or what a worker has read of it

        :raises SceneFileError: when the text is no MRML, or larger than accepted
        """
        root = text if isinstance(text, Element) else parseXML(text)
        if root.tag != ROOT_TAG:
            raise SceneFileError("the text is not that of a scene", None, root.tag[:80])
        if len(root.children) > MAX_NODES:
            limit = f"{len(root.children):,} of at most {MAX_NODES:,}"
            raise LimitExceededError("the scene has more nodes than are accepted", value=limit)
        for element in root.children:
            self._readElement(element)
        for node in self._nodes.values():
            self._checkReferences(node)
        self._limitTransforms()
        self._findMembers(folder)
        scene = self._makeScene()
        formatVersion = root.attributes.get("version", "")[:200]
        return StagedScene(scene, self._problems[:MAX_PROBLEMS], self._members, formatVersion)

    # Nodes

    def _readElement(self, element: Element) -> None:
        className = classNameOfTag(element.tag)
        isKnown = className in self._registry.classNames()
        node = self._registry.create(className) if isKnown else keptNodeFor(className, element.tag)
        nodeID = element.attributes.get("id", "")
        if not _ID.fullmatch(nodeID) or nodeID in self._nodes or colorNameOfID(nodeID) is not None:
            self._tell(f"A {element.tag} node has no ID of its own; what refers to it may be missing.")
            nodeID = self._freeID(className)
        self._problems += applyElement(node, element)
        if isinstance(node, vtkMRMLSubjectHierarchyNode):
            node.RemoveAttribute(VERSION_ATTRIBUTE)  # of the file, not of the node
            self._hierarchies.append((node, element.children))
            if len(self._hierarchies) > 1:
                return  # a scene has one; the items of all go into it
        self._nodes[nodeID] = node

    def _freeID(self, className: str) -> str:
        number = self._lastNumbers.get(className, len(self._nodes)) + 1
        while f"{className}{number}" in self._nodes:
            number += 1
        self._lastNumbers[className] = number
        return f"{className}{number}"

    # References

    def _checkReferences(self, node: vtkMRMLNode) -> None:
        isKnown = not isinstance(node, vtkMRMLUnknownNode)
        found: dict[str, list[str]] = {}
        for role, nodeIDs in node.allReferences().items():
            present = [nodeID for nodeID in nodeIDs if self._isThere(nodeID)]
            if len(present) < len(nodeIDs):
                self._tell(f"The node “{node.GetName()}” refers ({role}) to a node that the scene does not have.")
            usable = [one for one in present if not isKnown or self._isUsable(role, one)]
            if role in _ROLES_OF_ONE and isKnown:
                del usable[1:]
            used = set(usable)
            others = [nodeID for nodeID in present if nodeID not in used]
            found.setdefault(role, []).extend(usable)
            if others:
                found.setdefault(KEPT_ROLE + role, []).extend(others)
                self._tellUnusable(node, role)
        node.setAllReferences(found)

    def _isThere(self, nodeID: str) -> bool:
        """Nodes that every scene of Slicer's has (colour tables, views) need not be in the file."""
        return nodeID in self._nodes or colorNameOfID(nodeID) is not None or not _NUMBERED_ID.fullmatch(nodeID)

    def _isUsable(self, role: str, nodeID: str) -> bool:
        wanted, found = _CLASS_OF_ROLE.get(role), self._nodes.get(nodeID)
        return wanted is None or (role == "color" if found is None else found.IsA(wanted))

    def _tellUnusable(self, node: vtkMRMLNode, role: str) -> None:
        if role == "transform":
            self._tell(
                f"The node “{node.GetName()}” is under a transform of a kind that is not known here: "
                "it is shown where it is without it."
            )

    def _limitTransforms(self) -> None:
        """Take transforms apart that are below themselves, or below more others than any real scene has."""
        depths: dict[int, int] = {}
        for node in self._nodes.values():
            path, passed, parent = [], set(), node
            while parent is not None and id(parent) not in depths and id(parent) not in passed:
                path.append(parent)
                passed.add(id(parent))
                parent = self._parentOf(parent)
            if parent is not None and id(parent) in passed:
                path[-1].RemoveNodeReferenceIDs("transform")
                self._tell(f"The transform “{parent.GetName()}” was under itself; it is not any more.")
                parent = None
            depth = 0 if parent is None else depths[id(parent)] + 1
            for one in reversed(path):
                if depth > MAX_TRANSFORM_DEPTH:
                    one.RemoveNodeReferenceIDs("transform")
                    self._tell(f"The node “{one.GetName()}” was under too many transforms; it is now under none.")
                    depth = 0
                depths[id(one)] = depth
                depth += 1

    def _parentOf(self, node: vtkMRMLNode) -> vtkMRMLNode | None:
        return self._nodes.get(node.GetNodeReferenceID("transform") or "")

    # Files

    def _findMembers(self, folder: Path) -> None:
        for nodeID, node in list(self._nodes.items()):
            for role in ("storage", KEPT_ROLE + "storage"):
                for n in range(node.GetNumberOfNodeReferences(role)):
                    storageID = node.GetNthNodeReferenceID(role, n)
                    storage = self._nodes.get(storageID)
                    if storage is not None and nodeID != storageID:
                        self._addMembers(node, storage, folder)

    def _addMembers(self, node: vtkMRMLNode, storage: vtkMRMLNode, folder: Path) -> None:
        names = self._namesOf(storage)
        if not names or self._isTooMuch(node, names):
            return
        if isinstance(node, vtkMRMLUnknownNode):
            found = [(name, self._placed(name, node, folder)) for name in names]
            self._members += [Member(node, path, KEPT, storage, name) for name, path in found if path]
            return
        ofTheFile = takeOfTheFile(storage.keptAttributes)
        self._fileNames[id(storage)] = []  # the node that names it first has it
        if formatOf(node) is None:
            self._tell(f"The file of the node “{node.GetName()}” is not read: nodes of its kind have none here.")
            return
        path = self._placed(names[0], node, folder)
        if path:
            self._members.append(Member(node, path, DATA, storage, attributes=ofTheFile))

    def _namesOf(self, storage: vtkMRMLNode) -> list[str]:
        """Asked for by each node that has it, of which there may be thousands."""
        if not storage.keptAttributes:
            return []
        if id(storage) not in self._fileNames:
            self._fileNames[id(storage)] = keptFileNames(storage.keptAttributes)[: MAX_FILES + 1]
        return self._fileNames[id(storage)]

    def _isTooMuch(self, node: vtkMRMLNode, names: list[str]) -> bool:
        """A few files can be named by so many nodes that no memory holds what is read for all of them."""
        self._fileCount += len(names)
        if self._fileCount > MAX_FILES:
            self._tell(f"The scene names files more than {MAX_FILES:,} times; that of “{node.GetName()}” is not read.")
            return True
        self._nodesOfFiles.update(names)
        if max(self._nodesOfFiles[name] for name in names) > MAX_NODES_OF_A_FILE:
            self._tell(f"The file of the node “{node.GetName()}” is that of too many nodes, and is not read for it.")
            return True
        return False

    def _placed(self, name: str, node: vtkMRMLNode, folder: Path) -> str | None:
        path = memberName(name)
        if path is None:
            self._tell(f"A file of the node “{node.GetName()}” is outside of the scene's folder, and is not read.")
        elif not folder.joinpath(path).is_file():
            self._tell(f"A file of the node “{node.GetName()}” is missing: {path}.")
            return None
        return path

    # The scene

    def _makeScene(self) -> Scene:
        scene = Scene(self._registry)
        for hierarchy, elements in self._hierarchies:
            self._problems += readItems(self._hierarchies[0][0], elements, self._nodes)
            hierarchy.keptAttributes.clear()
        # What they say is in the items now.
        nodes = {nodeID: node for nodeID, node in self._nodes.items() if node.GetClassName() != FOLDER_DISPLAY}
        scene.addNodesWithIDs(nodes)
        hierarchy = scene.GetSubjectHierarchyNode()
        names = UniqueNames(node.GetName() for node in scene.nodes())
        for node in scene.nodes():
            if not node.GetName():
                node.SetName(names.free(node.defaultName))
            hierarchy.addDataNode(node)
        return scene

    def _tell(self, sentence: str) -> None:
        if len(self._problems) < MAX_PROBLEMS and sentence not in self._problems[-20:]:
            self._problems.append(sentence)
