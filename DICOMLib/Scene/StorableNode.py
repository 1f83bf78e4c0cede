"""A node whose data can be in a file, and the nodes that say in which."""

from __future__ import annotations

import os

from vtkmodules.vtkCommonCore import vtkCommand

from ..Errors import DICOMError, SceneError
from .MessageCollection import vtkMRMLMessageCollection
from .Node import vtkMRMLNode


class vtkMRMLStorageNode(vtkMRMLNode):
    """Where a node's data was read from or written to."""

    defaultName = "Storage"
    hiddenByDefault = True

    def __init__(self):
        super().__init__()
        self._fileName = ""
        self._userMessages = vtkMRMLMessageCollection()

    def GetFileName(self) -> str:
        return self._fileName

    def SetFileName(self, path: str | os.PathLike) -> None:
        self.setAndNotify("_fileName", os.fspath(path))

    def GetFullNameFromFileName(self) -> str:
        """The absolute path, from the folder of the scene where that has one; "" when no file is known."""
        if not self._fileName:
            return ""
        scene = self.GetScene()
        return os.path.abspath(os.path.join("" if scene is None else scene.GetRootDirectory(), self._fileName))

    def CopyContent(self, node: vtkMRMLStorageNode, deepCopy: bool = True) -> None:
        self.SetFileName(node.GetFileName())

    # The file itself

    def GetUserMessages(self) -> vtkMRMLMessageCollection:
        """Why the last ReadData or WriteData failed."""
        return self._userMessages

    def ReadData(self, node: vtkMRMLStorableNode, temporary: bool = False) -> int:
        """Fill a node with what is in the file. :returns: 1, or 0 when it could not be read; the node is as it was then

        :param temporary: MRML's; whether the file is kept makes no difference here
        """
        return self._use(node, "readData")

    def WriteData(self, node: vtkMRMLStorableNode) -> int:
        """Write what a node holds. :returns: 1, or 0 when it could not be written; the file is as it was then"""
        return self._use(node, "writeData")

    def _use(self, node: vtkMRMLStorableNode, what: str) -> int:
        self._userMessages.ClearMessages()
        scene = self.GetScene() or (None if node is None else node.GetScene())
        try:
            if scene is None or scene.files is None:
                raise SceneError("the storage node is in no scene that has a way to files", self._fileName)
            if node is None or not self._fileName:
                raise SceneError("the storage node has no file, or there is no node for it", self.GetName())
            getattr(scene.files, what)(node, self.GetFullNameFromFileName())
        except DICOMError as error:
            self._userMessages.AddMessage(vtkCommand.ErrorEvent, str(error))
            return 0
        return 1


class vtkMRMLVolumeArchetypeStorageNode(vtkMRMLStorageNode):
    """The file of a volume."""

    defaultName = "VolumeArchetypeStorage"


class vtkMRMLNRRDStorageNode(vtkMRMLStorageNode):
    """The file of a volume with gradients or tensors."""

    defaultName = "NRRDStorage"


class vtkMRMLModelStorageNode(vtkMRMLStorageNode):
    """The file of a model."""

    defaultName = "ModelStorage"


class vtkMRMLTransformStorageNode(vtkMRMLStorageNode):
    """The file of a transform."""

    defaultName = "TransformStorage"


class vtkMRMLColorTableStorageNode(vtkMRMLStorageNode):
    """The file of a colour table."""

    defaultName = "ColorTableStorage"


class vtkMRMLSegmentationStorageNode(vtkMRMLStorageNode):
    """The file of a segmentation."""

    defaultName = "SegmentationStorage"


class vtkMRMLTableStorageNode(vtkMRMLStorageNode):
    """The file of a table."""

    defaultName = "TableStorage"


class vtkMRMLTextStorageNode(vtkMRMLStorageNode):
    """The file of a text."""

    defaultName = "TextStorage"


class vtkMRMLVolumeSequenceStorageNode(vtkMRMLStorageNode):
    """The file of a sequence of volumes."""

    defaultName = "VolumeSequenceStorage"


class vtkMRMLLinearTransformSequenceStorageNode(vtkMRMLStorageNode):
    """The file of a sequence of linear transforms."""

    defaultName = "LinearTransformSequenceStorage"


class vtkMRMLVolumePropertyStorageNode(vtkMRMLStorageNode):
    """The file of a volume property."""

    defaultName = "VolumePropertyStorage"


class vtkMRMLVolumePropertyJsonStorageNode(vtkMRMLStorageNode):
    """The file of a volume property in 3D Slicer's newer format."""

    defaultName = "VolumePropertyJsonStorage"


class vtkMRMLSequenceStorageNode(vtkMRMLStorageNode):
    """The file of a sequence of nodes of any class."""

    defaultName = "SequenceStorage"


STORAGE_CLASSES: tuple[type[vtkMRMLStorageNode], ...] = (
    vtkMRMLVolumeArchetypeStorageNode,
    vtkMRMLNRRDStorageNode,
    vtkMRMLModelStorageNode,
    vtkMRMLTransformStorageNode,
    vtkMRMLColorTableStorageNode,
    vtkMRMLSegmentationStorageNode,
    vtkMRMLTableStorageNode,
    vtkMRMLTextStorageNode,
    vtkMRMLVolumeSequenceStorageNode,
    vtkMRMLLinearTransformSequenceStorageNode,
    vtkMRMLSequenceStorageNode,
    vtkMRMLVolumePropertyStorageNode,
    vtkMRMLVolumePropertyJsonStorageNode,
)


class vtkMRMLStorableNode(vtkMRMLNode):
    """Base of all nodes whose data can be in a file."""

    STORAGE_ROLE = "storage"
    ownedRoles: tuple[str, ...] = (STORAGE_ROLE,)
    storageClassName = "vtkMRMLStorageNode"

    def GetDefaultStorageNodeClassName(self) -> str:
        """Of the storage node that fits the data there is now; "" for a node that needs none."""
        return self.storageClassName

    def SetAndObserveStorageNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(self.STORAGE_ROLE, nodeID)

    def GetStorageNode(self) -> vtkMRMLStorageNode | None:
        return self.GetNodeReference(self.STORAGE_ROLE)

    def GetModifiedSinceRead(self) -> bool:
        """Whether there is data that is in no file, as far as its scene knows."""
        scene = self.GetScene()
        return scene is not None and scene.files is not None and scene.files.isModified(self)

    def AddDefaultStorageNode(self, fileName: str | os.PathLike = "") -> vtkMRMLStorageNode | None:
        """The storage node, made when there is none, naming the file when one is given; None outside of a scene."""
        scene = self.GetScene()
        className = self.GetDefaultStorageNodeClassName()
        if scene is None or not className:
            return None
        if self.GetStorageNode() is None:
            self.SetAndObserveStorageNodeID(scene.AddNewNodeByClass(className).GetID())
        if fileName:
            self.GetStorageNode().SetFileName(fileName)
        return self.GetStorageNode()
