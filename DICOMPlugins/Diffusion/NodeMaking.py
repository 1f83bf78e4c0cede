"""A diffusion series and its voxels to a node. Directions become RAS here."""

from __future__ import annotations

from dataclasses import replace

from DICOMLib.Geometry.Patient import rasFromLPS
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene

from ..ScalarVolume.Reader import (
    READER_ATTRIBUTE,
    READER_NOTE_ATTRIBUTE,
    middleSource,
    setDisplay,
    setInstanceAttributes,
    setPaddingValue,
)
from ..ScalarVolume.VoxelValues import MODALITY, voxelValues
from .DiffusionSeries import DiffusionSeries


def addDiffusionNode(scene: Scene, name: str, series: DiffusionSeries, voxels: VoxelArray) -> vtkMRMLNode:
    """A node with the voxels (their memory is shared), their place, gradients in RAS with identity frame, b-values.

    :param voxels: of shape (slices, rows, columns, measurements)
    :returns: vtkMRMLDiffusionWeightedVolumeNode in the scene with its display node
    """
    stack = series.stack
    values = voxelValues(stack.sources, MODALITY)
    node = scene.CreateNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    node.SetName(name)
    node.setVoxelArray(voxels.array)
    node.SetIJKToRASMatrix(stack.ijkToRAS)
    node.SetDiffusionGradients(rasFromLPS(series.directions) + 0.0)
    node.SetBValues(series.bValues)
    setInstanceAttributes(node, stack)
    node.SetAttribute(READER_ATTRIBUTE, voxels.reader)
    if voxels.readerNote:
        node.SetAttribute(READER_NOTE_ATTRIBUTE, voxels.readerNote)
    setPaddingValue(node, middleSource(stack), values)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    first = replace(voxels, array=voxels.array[..., 0])
    setDisplay(node.GetDisplayNode(), middleSource(stack), first, values)
    return node
