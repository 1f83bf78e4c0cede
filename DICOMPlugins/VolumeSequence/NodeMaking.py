"""The nodes of a loaded sequence of volumes: the sequence, its browser, and the volume that shows the selected item."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy

from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from DICOMLib.Scene.SequenceNodes import vtkMRMLSequenceNode

from ..ScalarVolume.Reader import addVolumeNode, setInstanceAttributes
from ..ScalarVolume.VoxelValues import VoxelValues
from .SequenceIndex import SequenceIndex


class AddedSequence(NamedTuple):
    """Nodes of a scene; the volume shows the selected item, and has a display."""

    shown: vtkMRMLNode
    sequence: vtkMRMLSequenceNode
    browser: vtkMRMLSequenceBrowserNode


def addSequence(
    scene: Scene,
    name: str,
    stacks: list[SliceStack],
    voxels: VoxelArray,
    values: VoxelValues,
    index: SequenceIndex,
) -> AddedSequence:
    """Items share the memory of the voxels; the first one is selected.

    :param voxels: of all volumes, one after the other along the first axis
    """
    count = len(stacks)
    arrays = voxels.array.reshape(count, -1, *voxels.array.shape[1:])
    # The window is that of all volumes, so that their brightness can be compared.
    shown = addVolumeNode(scene, name, stacks[0], replace(voxels, array=arrays[0]), values, (), voxels)
    sequence = scene.CreateNodeByClass("vtkMRMLSequenceNode")
    sequence.SetName(f"{name} sequence")
    sequence.SetIndexName(index.name)
    sequence.SetIndexUnit(index.unit)
    for stack, array, value in zip(stacks, arrays, index.values, strict=True):
        sequence.addDataNode(_item(shown, stack, array), value)
    scene.AddNode(sequence)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{name} browser")
    browser.AddProxyNode(shown, sequence, False)
    browser.SelectFirstItem()
    return AddedSequence(shown, sequence, browser)


def _item(shown: vtkMRMLNode, stack: SliceStack, array: numpy.ndarray) -> vtkMRMLNode:
    """A volume like the one that is shown, of the instances that it was read from."""
    item = shown.CreateNodeInstance()
    item.SetName(shown.GetName())
    for name in shown.GetAttributeNames():
        item.SetAttribute(name, shown.GetAttribute(name))
    setInstanceAttributes(item, stack)
    item.setVoxelArray(array)
    item.SetIJKToRASMatrix(stack.ijkToRAS)
    item.SetVoxelVectorType(shown.GetVoxelVectorType())
    item.SetVoxelValueQuantity(shown.GetVoxelValueQuantity())
    item.SetVoxelValueUnits(shown.GetVoxelValueUnits())
    return item
