"""Nodes of classes that are not known here: everything a scene file says of them is kept, and written back."""

from __future__ import annotations

import copy
import re

from ..Scene.Node import vtkMRMLNode
from .MrmlText import Element

# The element names of MRML that do not follow from the name of the class.
_CLASSES_OF_TAGS = {
    "Volume": "vtkMRMLScalarVolumeNode",
    "VolumeDisplay": "vtkMRMLScalarVolumeDisplayNode",
    "GPURayCastVolumeRendering": "vtkMRMLGPURayCastVolumeRenderingDisplayNode",
    "CPURayCastVolumeRendering": "vtkMRMLCPURayCastVolumeRenderingDisplayNode",
    "MultiVolumeRendering": "vtkMRMLMultiVolumeRenderingDisplayNode",
}
_TAGS_OF_CLASSES = {className: tag for tag, className in _CLASSES_OF_TAGS.items()}


def classNameOfTag(tag: str) -> str:
    """The class that an element of a scene file stands for."""
    if tag in _CLASSES_OF_TAGS:
        return _CLASSES_OF_TAGS[tag]
    name = re.sub(r"\W", "_", tag.removeprefix("vtkMRML"))
    return f"vtkMRML{name}{'' if name.endswith('Node') else 'Node'}"  # some are called by their whole name


def tagOfNode(node: vtkMRMLNode) -> str:
    """The name of a node's element in a scene file."""
    if isinstance(node, vtkMRMLUnknownNode):
        return node.tag
    return _TAGS_OF_CLASSES.get(node.GetClassName(), node.GetNodeTagName())


class vtkMRMLUnknownNode(vtkMRMLNode):
    """Stands for a node of any class: it has its name, attributes and references, and keeps the rest as text.

    :param className: what it is in MRML
    :param tag: its element's name
    """

    ownedRoles = ("display", "storage")

    def __init__(self, className: str, tag: str):
        super().__init__()
        self._className = className
        self.tag = tag
        self.defaultName = tag
        self.keptChildren: list[Element] = []
        self.keptText = ""
        self.keptFiles: dict[str, bytes] = {}
        """File name beside the scene it was read from → contents, of the files that its storage nodes name."""

    def GetClassName(self) -> str:
        """What it is in MRML."""
        return self._className

    def IsA(self, className: str) -> bool:
        """Whether it is of that class; what that is derived from is not known."""
        return className == self._className or super().IsA(className)

    def GetNodeTagName(self) -> str:
        """As in the file it came from."""
        return self.tag

    def CreateNodeInstance(self) -> vtkMRMLUnknownNode:
        """An empty one for the same class."""
        return vtkMRMLUnknownNode(self._className, self.tag)

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        """Take over what is kept of another node."""
        if isinstance(node, vtkMRMLUnknownNode):
            self.keptChildren = copy.deepcopy(node.keptChildren) if deepCopy else node.keptChildren
            self.keptText = node.keptText
            self.keptFiles = dict(node.keptFiles)
        self.Modified()
