"""All node classes by name, in one place to import them from."""

from .Colors import vtkMRMLColorTableNode
from .DiffusionNodes import vtkMRMLDiffusionWeightedVolumeDisplayNode, vtkMRMLDiffusionWeightedVolumeNode
from .DisplayableNode import (
    vtkMRMLDisplayableNode,
    vtkMRMLModelStorageNode,
    vtkMRMLStorageNode,
    vtkMRMLVolumeArchetypeStorageNode,
)
from .DisplayNodes import (
    vtkMRMLDisplayNode,
    vtkMRMLLabelMapVolumeDisplayNode,
    vtkMRMLModelDisplayNode,
    vtkMRMLScalarVolumeDisplayNode,
    vtkMRMLVectorVolumeDisplayNode,
    vtkMRMLVolumeDisplayNode,
)
from .ModelNodes import vtkMRMLModelNode
from .Node import vtkMRMLNode
from .SubjectHierarchy import vtkMRMLSubjectHierarchyNode
from .TransformNodes import (
    vtkMRMLGridTransformNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLTransformableNode,
    vtkMRMLTransformNode,
)
from .VolumeNodes import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLVectorVolumeNode,
    vtkMRMLVolumeNode,
)

__all__ = [
    "vtkMRMLColorTableNode",
    "vtkMRMLDiffusionWeightedVolumeDisplayNode",
    "vtkMRMLDiffusionWeightedVolumeNode",
    "vtkMRMLDisplayNode",
    "vtkMRMLDisplayableNode",
    "vtkMRMLGridTransformNode",
    "vtkMRMLLabelMapVolumeDisplayNode",
    "vtkMRMLLabelMapVolumeNode",
    "vtkMRMLLinearTransformNode",
    "vtkMRMLModelDisplayNode",
    "vtkMRMLModelNode",
    "vtkMRMLModelStorageNode",
    "vtkMRMLNode",
    "vtkMRMLScalarVolumeDisplayNode",
    "vtkMRMLScalarVolumeNode",
    "vtkMRMLStorageNode",
    "vtkMRMLSubjectHierarchyNode",
    "vtkMRMLTransformNode",
    "vtkMRMLTransformableNode",
    "vtkMRMLVectorVolumeDisplayNode",
    "vtkMRMLVectorVolumeNode",
    "vtkMRMLVolumeArchetypeStorageNode",
    "vtkMRMLVolumeDisplayNode",
    "vtkMRMLVolumeNode",
]
