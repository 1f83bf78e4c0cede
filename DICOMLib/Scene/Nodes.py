"""All node classes by name, in one place to import them from."""

from .Colors import vtkMRMLColorNode, vtkMRMLColorTableNode
from .DiffusionNodes import vtkMRMLDiffusionWeightedVolumeDisplayNode, vtkMRMLDiffusionWeightedVolumeNode
from .DisplayableNode import (
    vtkMRMLDisplayableNode,
    vtkMRMLModelStorageNode,
    vtkMRMLNRRDStorageNode,
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
from .TensorNodes import vtkMRMLDiffusionTensorVolumeDisplayNode, vtkMRMLDiffusionTensorVolumeNode
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
    "vtkMRMLColorNode",
    "vtkMRMLColorTableNode",
    "vtkMRMLDiffusionTensorVolumeDisplayNode",
    "vtkMRMLDiffusionTensorVolumeNode",
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
    "vtkMRMLNRRDStorageNode",
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
