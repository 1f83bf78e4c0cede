"""Which node classes a scene can make by name."""

from __future__ import annotations

from ..Errors import SceneError
from . import (
    Colors,
    DiffusionNodes,
    DisplayNodes,
    ModelNodes,
    SegmentationNodes,
    SequenceBrowserNode,
    SequenceNodes,
    StorableNode,
    SubjectHierarchy,
    TableNodes,
    TensorNodes,
    TextNodes,
    TransformNodes,
    VolumeNodes,
    VolumeRenderingNodes,
)
from .Node import vtkMRMLNode

BUILTIN_NODE_CLASSES: tuple[type[vtkMRMLNode], ...] = (
    VolumeNodes.vtkMRMLScalarVolumeNode,
    VolumeNodes.vtkMRMLLabelMapVolumeNode,
    VolumeNodes.vtkMRMLVectorVolumeNode,
    DiffusionNodes.vtkMRMLDiffusionWeightedVolumeNode,
    DiffusionNodes.vtkMRMLDiffusionWeightedVolumeDisplayNode,
    TensorNodes.vtkMRMLDiffusionTensorVolumeNode,
    TensorNodes.vtkMRMLDiffusionTensorVolumeDisplayNode,
    DisplayNodes.vtkMRMLScalarVolumeDisplayNode,
    DisplayNodes.vtkMRMLLabelMapVolumeDisplayNode,
    DisplayNodes.vtkMRMLVectorVolumeDisplayNode,
    DisplayNodes.vtkMRMLModelDisplayNode,
    *VolumeRenderingNodes.VOLUME_RENDERING_CLASSES,
    *StorableNode.STORAGE_CLASSES,
    TransformNodes.vtkMRMLTransformNode,
    TransformNodes.vtkMRMLLinearTransformNode,
    TransformNodes.vtkMRMLGridTransformNode,
    TransformNodes.vtkMRMLBSplineTransformNode,
    ModelNodes.vtkMRMLModelNode,
    Colors.vtkMRMLColorTableNode,
    SegmentationNodes.vtkMRMLSegmentationNode,
    SegmentationNodes.vtkMRMLSegmentationDisplayNode,
    SequenceNodes.vtkMRMLSequenceNode,
    SequenceBrowserNode.vtkMRMLSequenceBrowserNode,
    TableNodes.vtkMRMLTableNode,
    TextNodes.vtkMRMLTextNode,
    SubjectHierarchy.vtkMRMLSubjectHierarchyNode,
)


class NodeRegistry:
    """Class name → class; each scene has its own, so that a program can add classes without touching others."""

    def __init__(self, classes: tuple[type[vtkMRMLNode], ...] = BUILTIN_NODE_CLASSES):
        self._classes = {nodeClass.__name__: nodeClass for nodeClass in classes}

    def register(self, nodeClass: type[vtkMRMLNode]) -> None:
        """Add a class under its name, or take the place of the one of that name."""
        self._classes[nodeClass.__name__] = nodeClass

    def classNames(self) -> list[str]:
        """In the order in which they were registered."""
        return list(self._classes)

    def nodeClass(self, className: str) -> type[vtkMRMLNode]:
        """:raises SceneError: for a class that is not registered"""
        if className not in self._classes:
            raise SceneError("there is no such node class", className)
        return self._classes[className]

    def create(self, className: str) -> vtkMRMLNode:
        """A new node outside of any scene. :raises SceneError: for a class that is not registered"""
        return self.nodeClass(className)()
