"""What the text of a scene says of volumes, transforms, colours and storage nodes beside what every node has."""

from __future__ import annotations

import numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..Scene.Matrices import arrayFromMatrix, matrixFromArray
from ..Scene.Node import vtkMRMLNode
from .NodeFields import NodeField, vectorField
from .ValueText import numbers, numbersText


def _directions(node: vtkMRMLNode) -> str:
    return numbersText(arrayFromMatrix(node.GetIJKToRASDirectionMatrix())[:3, :3].ravel().tolist())


def _applyDirections(node: vtkMRMLNode, text: str) -> None:
    node.SetIJKToRASDirections(*numbers(text, 9))


def _frame(node: vtkMRMLNode) -> str:
    return numbersText(node.measurementFrameArray().ravel().tolist())


def _applyFrame(node: vtkMRMLNode, text: str) -> None:
    node.SetMeasurementFrameMatrix(numpy.reshape(numbers(text, 9), (3, 3)))


def _matrix(node: vtkMRMLNode) -> str | None:
    return numbersText(arrayFromMatrix(node.GetMatrixTransformToParent()).ravel().tolist()) if node.IsLinear() else None


def _applyMatrix(node: vtkMRMLNode, text: str) -> None:
    array = numpy.reshape(numbers(text, 16), (4, 4))
    matrix: vtkMatrix4x4 = matrixFromArray(array)
    node.SetMatrixTransformToParent(matrix)


def _applyVectorType(node: vtkMRMLNode, text: str) -> None:
    node.SetVoxelVectorType(node.GetVoxelVectorTypeFromString(text))


VOLUME_FIELDS = (
    vectorField("spacing", "Spacing", 3),
    vectorField("origin", "Origin", 3),
    NodeField(
        "voxelVectorType", lambda node: node.GetVoxelVectorTypeAsString(node.GetVoxelVectorType()), _applyVectorType
    ),
    NodeField("ijkToRASDirections", _directions, _applyDirections),
)
FRAMED_FIELDS = {
    "vtkMRMLDiffusionWeightedVolumeNode": (
        NodeField("measurementFrameMatrix", _frame, _applyFrame),
        # The file of the voxels tells them. Slicer writes all lists one after the other here, and reads them wrongly.
        NodeField("gradients", lambda node: None, lambda node, text: None),
        NodeField("bValues", lambda node: None, lambda node, text: None),
    ),
    "vtkMRMLDiffusionTensorVolumeNode": (
        NodeField("measurementFrame", _frame, _applyFrame),
        NodeField("order", lambda node: "2", lambda node, text: None),
    ),
}
LINEAR_TRANSFORM_FIELDS = (NodeField("matrixTransformToParent", _matrix, _applyMatrix),)
