"""A scene as the text of a scene file, and the list of the files that belong to it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Scene.SubjectHierarchy import HierarchyItem, vtkMRMLSubjectHierarchyNode
from .HierarchyText import FOLDER_DISPLAY, VERSION, VERSION_ATTRIBUTE, itemElements
from .MemberFiles import defaultFileName, storageClassName
from .MemberNames import MemberNames
from .Members import DATA, KEPT, Member, MrmlDocument
from .MrmlText import Element, isSayable, writeXML
from .NodeText import elementOfNode, writtenReferences
from .StorageText import keptFileNames, renamedFiles, storageAttributes
from .UnknownNodes import vtkMRMLUnknownNode

# The version of the format: Slicer warns of scenes of other programs and of versions after its own.
FORMAT_VERSION = "Slicer 5.0.0 0"
_STORAGE_ROLE = "storage"
_PACKAGE = "dicommodule"


def writerName() -> str:
    """This program and its version."""
    try:
        return f"DICOMModule {version(_PACKAGE)}"
    except PackageNotFoundError:
        return "DICOMModule"


class SceneWriter:
    """Writes one scene once."""

    def __init__(self, scene: Scene, names: MemberNames):
        self._scene = scene
        self._names = names
        self._members: list[Member] = []
        self._problems: list[str] = []
        self._ofStorage: dict[str, Element] = {}
        """Element of each storage node that names files, by ID. Others say nothing, and Slicer complains of them."""
        self._folderDisplays: list[Element] = []
        self._takenIDs = {node.GetID() for node in scene.nodes()}
        self._lastNumbers: dict[str, int] = {}

    def write(self) -> MrmlDocument:
        """The text and its members."""
        ofNodes = [self._element(node) for node in self._scene.nodes() if not _isStorage(node)]
        root = Element("MRML", {"version": FORMAT_VERSION, "writer": writerName(), "userTags": ""})
        root.children = [*ofNodes, *self._folderDisplays, *self._ofStorage.values()]
        self._tellUnsayable(root)
        return MrmlDocument(writeXML(root), self._members, self._problems)

    def _element(self, node: vtkMRMLNode) -> Element:
        references = writtenReferences(node)
        storageIDs = self._storageOf(node)
        references.pop(_STORAGE_ROLE, None)
        if storageIDs:
            references[_STORAGE_ROLE] = storageIDs
        element = elementOfNode(node, node.GetID(), references)
        if isinstance(node, vtkMRMLSubjectHierarchyNode):
            element.attributes["attributes"] = f"{VERSION_ATTRIBUTE}:{VERSION}"
            element.children = [itemElements(node, self._folderDisplayID)]
        return element

    def _folderDisplayID(self, item: HierarchyItem) -> str:
        nodeID = self._freeID(FOLDER_DISPLAY)
        said = {"id": nodeID, "name": item.name, "hideFromEditors": "true", "visibility": "false"}
        self._folderDisplays.append(Element("FolderDisplay", said))
        return nodeID

    # Files

    def _storageOf(self, node: vtkMRMLNode) -> list[str]:
        """:returns: the IDs of its storage nodes in the text"""
        if isinstance(node, vtkMRMLUnknownNode):
            return self._keepFiles(node)
        return [self._addMember(node)] if defaultFileName(node) else []

    def _addMember(self, node: vtkMRMLNode) -> str:
        """:returns: the ID of the storage node in the text"""
        className, suffix = storageClassName(node), defaultFileName(node)
        storage = node.GetNodeReference(_STORAGE_ROLE)
        if storage is not None and (storage.GetClassName() != className or storage.GetID() in self._ofStorage):
            storage = None
        fileName = self._names.ofNode(node, suffix)
        if storage is not None:
            storageID, element = storage.GetID(), elementOfNode(storage, storage.GetID(), writtenReferences(storage))
        else:
            storageID = self._freeID(className)
            element = Element(className.removeprefix("vtkMRML").removesuffix("Node"), {"id": storageID})
            element.attributes |= {"name": element.tag, "hideFromEditors": "true"}
        element.attributes |= storageAttributes(className, fileName, suffix)
        self._ofStorage[storageID] = element
        self._members.append(Member(node, fileName, DATA, storage))
        return storageID

    def _freeID(self, className: str) -> str:
        number = self._lastNumbers.get(className, 0) + 1
        while f"{className}{number}" in self._takenIDs:
            number += 1
        self._lastNumbers[className] = number
        self._takenIDs.add(f"{className}{number}")
        return f"{className}{number}"

    def _keepFiles(self, node: vtkMRMLUnknownNode) -> list[str]:
        written = []
        for n in range(node.GetNumberOfNodeReferences(_STORAGE_ROLE)):
            storage = node.GetNthNodeReference(_STORAGE_ROLE, n)
            if storage is None or storage.GetID() in self._ofStorage or not node.keptFiles:
                continue
            kept = [name for name in keptFileNames(storage.keptAttributes) if name in node.keptFiles]
            if not kept:
                continue
            newNames = {name: self._names.ofKeptFile(node, name) for name in kept}
            element = elementOfNode(storage, storage.GetID(), writtenReferences(storage))
            element.attributes = renamedFiles(element.attributes, newNames)
            self._ofStorage[storage.GetID()] = element
            self._members += [Member(node, new, KEPT, storage, keptName=old) for old, new in newNames.items()]
            written.append(storage.GetID())
        return written

    # What XML cannot hold

    def _tellUnsayable(self, root: Element) -> None:
        waiting = [root]
        while waiting:
            element = waiting.pop()
            waiting += element.children
            for name, value in element.attributes.items():
                if not isSayable(value):
                    what = f"{name} of the {element.tag} element {element.attributes.get('id', '')}"
                    self._problems.append(f"Characters that XML cannot hold were replaced in the {what}.")


def _isStorage(node: vtkMRMLNode) -> bool:
    return node.GetClassName().endswith("StorageNode") or node.IsA("vtkMRMLStorageNode")
