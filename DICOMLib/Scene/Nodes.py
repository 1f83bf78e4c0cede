"""All node classes by name, in one place to import them from."""

from .Colors import vtkMRMLColorNode, vtkMRMLColorTableNode
from .DiffusionNodes import vtkMRMLDiffusionWeightedVolumeDisplayNode, vtkMRMLDiffusionWeightedVolumeNode
from .DisplayableNode import vtkMRMLDisplayableNode
from .DisplayNodes import (
    vtkMRMLDisplayNode,
    vtkMRMLLabelMapVolumeDisplayNode,
    vtkMRMLModelDisplayNode,
    vtkMRMLScalarVolumeDisplayNode,
    vtkMRMLVectorVolumeDisplayNode,
    vtkMRMLVolumeDisplayNode,
)
from .MessageCollection import vtkMRMLMessageCollection
from .ModelNodes import vtkMRMLModelNode
from .Node import vtkMRMLNode
from .SegmentationNodes import vtkMRMLSegmentationDisplayNode, vtkMRMLSegmentationNode
from .SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from .SequenceNodes import vtkMRMLSequenceNode
from .StorableNode import (
    vtkMRMLColorTableStorageNode,
    vtkMRMLLinearTransformSequenceStorageNode,
    vtkMRMLModelStorageNode,
    vtkMRMLNRRDStorageNode,
    vtkMRMLSegmentationStorageNode,
    vtkMRMLSequenceStorageNode,
    vtkMRMLStorableNode,
    vtkMRMLStorageNode,
    vtkMRMLTableStorageNode,
    vtkMRMLTextStorageNode,
    vtkMRMLTransformStorageNode,
    vtkMRMLVolumeArchetypeStorageNode,
    vtkMRMLVolumePropertyJsonStorageNode,
    vtkMRMLVolumePropertyStorageNode,
    vtkMRMLVolumeSequenceStorageNode,
)
from .SubjectHierarchy import vtkMRMLSubjectHierarchyNode
from .TableNodes import vtkMRMLTableNode
from .TensorNodes import vtkMRMLDiffusionTensorVolumeDisplayNode, vtkMRMLDiffusionTensorVolumeNode
from .TextNodes import vtkMRMLTextNode
from .TransformNodes import (
    vtkMRMLBSplineTransformNode,
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
from .VolumeRenderingNodes import (
    vtkMRMLCPURayCastVolumeRenderingDisplayNode,
    vtkMRMLGPURayCastVolumeRenderingDisplayNode,
    vtkMRMLMultiVolumeRenderingDisplayNode,
    vtkMRMLVolumePropertyNode,
    vtkMRMLVolumeRenderingDisplayNode,
)

__all__ = [
    "vtkMRMLBSplineTransformNode",
    "vtkMRMLCPURayCastVolumeRenderingDisplayNode",
    "vtkMRMLColorNode",
    "vtkMRMLColorTableNode",
    "vtkMRMLColorTableStorageNode",
    "vtkMRMLDiffusionTensorVolumeDisplayNode",
    "vtkMRMLDiffusionTensorVolumeNode",
    "vtkMRMLDiffusionWeightedVolumeDisplayNode",
    "vtkMRMLDiffusionWeightedVolumeNode",
    "vtkMRMLDisplayNode",
    "vtkMRMLDisplayableNode",
    "vtkMRMLGPURayCastVolumeRenderingDisplayNode",
    "vtkMRMLGridTransformNode",
    "vtkMRMLLabelMapVolumeDisplayNode",
    "vtkMRMLLabelMapVolumeNode",
    "vtkMRMLLinearTransformNode",
    "vtkMRMLLinearTransformSequenceStorageNode",
    "vtkMRMLModelDisplayNode",
    "vtkMRMLModelNode",
    "vtkMRMLModelStorageNode",
    "vtkMRMLMessageCollection",
    "vtkMRMLMultiVolumeRenderingDisplayNode",
    "vtkMRMLNRRDStorageNode",
    "vtkMRMLNode",
    "vtkMRMLScalarVolumeDisplayNode",
    "vtkMRMLScalarVolumeNode",
    "vtkMRMLSegmentationDisplayNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLSegmentationStorageNode",
    "vtkMRMLSequenceBrowserNode",
    "vtkMRMLSequenceNode",
    "vtkMRMLSequenceStorageNode",
    "vtkMRMLStorableNode",
    "vtkMRMLStorageNode",
    "vtkMRMLSubjectHierarchyNode",
    "vtkMRMLTableNode",
    "vtkMRMLTableStorageNode",
    "vtkMRMLTextNode",
    "vtkMRMLTextStorageNode",
    "vtkMRMLTransformNode",
    "vtkMRMLTransformStorageNode",
    "vtkMRMLTransformableNode",
    "vtkMRMLVectorVolumeDisplayNode",
    "vtkMRMLVectorVolumeNode",
    "vtkMRMLVolumeArchetypeStorageNode",
    "vtkMRMLVolumeDisplayNode",
    "vtkMRMLVolumeNode",
    "vtkMRMLVolumePropertyJsonStorageNode",
    "vtkMRMLVolumePropertyNode",
    "vtkMRMLVolumePropertyStorageNode",
    "vtkMRMLVolumeRenderingDisplayNode",
    "vtkMRMLVolumeSequenceStorageNode",
]
