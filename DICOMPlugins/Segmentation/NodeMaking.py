"""Layers of a segmentation to nodes of a scene."""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Patient import ijkToRASFromLPS
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene

from .Layers import Layer
from .SegmentationObject import SegmentationObject
from .Segments import setSegments

FRACTION_WINDOW = (1.0, 0.5)


def addLabelMap(scene: Scene, name: str, source: SegmentationObject, layer: Layer) -> vtkMRMLNode:
    """A vtkMRMLLabelMapVolumeNode with the labels (their memory is shared), a colour table and what they stand for."""
    node = scene.CreateNodeByClass("vtkMRMLLabelMapVolumeNode")
    _place(node, name, source, layer.array)
    scene.AddNode(node)
    setSegments(node, layer.segments)
    return node


def addFractions(scene: Scene, name: str, source: SegmentationObject, fractions: numpy.ndarray) -> vtkMRMLNode:
    """A vtkMRMLScalarVolumeNode with values from 0 to 1."""
    node = scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
    _place(node, name, source, fractions)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetWindowLevel(*FRACTION_WINDOW)
    return node


def _place(node: vtkMRMLNode, name: str, source: SegmentationObject, array: numpy.ndarray) -> None:
    node.SetName(name)
    node.setVoxelArray(array)
    node.SetIJKToRASMatrix(ijkToRASFromLPS(source.grid.ijkToLPS))
    if not source.grid.located:
        node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    node.SetAttribute("DICOM.instanceUIDs", source.instance.SOPInstanceUID)
    node.SetAttribute("DICOM.segmentationType", source.kind)
