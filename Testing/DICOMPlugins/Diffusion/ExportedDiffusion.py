"""Diffusion volumes of a scene written and read again: what the tests of exports share."""

from __future__ import annotations

from pathlib import Path

import numpy

from DICOMPlugins.DICOMDiffusionVolumePlugin import DICOMDiffusionVolumePluginClass
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.DICOMPlugins.MadeVolumes import fromTheOtherEnd, ramp
from Testing.Fixtures.DiffusionBuilder import spreadDirections

GEOMETRY = numpy.array([[-1.7, 0, 0, 10], [0, -1.8, 0, 20], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])


def addDiffusion(bench, array, bValues, directions, ijkToRAS=GEOMETRY):
    """:returns: (item, node) below a new study of a new patient"""
    node = bench.scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "Diffusion")
    node.setVoxelArray(numpy.asarray(array))
    node.SetIJKToRASMatrix(ijkToRAS)
    node.SetDiffusionGradients(directions)
    node.SetBValues(bValues)
    study = bench.addStudy(study={"StudyDate": "20260102", "StudyTime": "101112"})
    return bench.scene.GetSubjectHierarchyNode().CreateItem(study, node), node


def small(bench, dtype="u2", count=8, **arguments):
    """A volume of 3 slices with one unweighted measurement, no two images alike."""
    directions = numpy.vstack([[0, 0, 0], spreadDirections(count - 1)])
    array = ramp(dtype, (3, 5, 4, count))
    return addDiffusion(bench, array, numpy.r_[0, [1000.0] * (count - 1)], directions, **arguments)


def pluginOf(bench):
    return bench.plugin(DICOMDiffusionVolumePluginClass)


def tried(bench, item, directory, **tags):
    """:returns: (what export says, plugin)"""
    plugin = pluginOf(bench)
    (exportable,) = plugin.examineForExport(item)
    exportable.directory = str(directory)
    for name, value in tags.items():
        exportable.setTag(name, value)
    return plugin.export([exportable]), plugin


def export(bench, item, directory, **tags):
    """:returns: the folder"""
    message, plugin = tried(bench, item, directory, **tags)
    assert message == ""
    bench.exported = plugin.exported[0]
    assert bench.exported.folder == str(Path(directory) / f"DiffusionVolume_{item}")
    return Path(bench.exported.folder)


def reloaded(folder):
    (node,) = diffusionNodes(folder)
    return node


def itemOf(bench, node):
    return bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(node)


def assertSame(again, node, slack=0.0):
    """Voxels, place and weighting; slices may be stored from the other end."""
    voxels, matrix = node.voxelArray().astype("f8"), node.ijkToWorldArray()
    if numpy.linalg.det(matrix[:3, :3]) * numpy.linalg.det(again.ijkToRASArray()[:3, :3]) < 0:
        voxels, matrix = fromTheOtherEnd(voxels, matrix)
    assert numpy.abs(again.voxelArray().astype("f8") - voxels).max() <= slack
    assert numpy.abs(again.ijkToRASArray() - matrix).max() <= 1e-6
    assert numpy.abs(again.bValuesArray() - node.bValuesArray()).max() <= 1e-6
    assert numpy.abs(again.gradientsRAS() - node.gradientsWorld()).max() <= 1e-6


def assertDcm2niixAgrees(folder, node, output):
    """It takes measurements with b > 0 and without a direction for averages, and puts them into a file of their own."""
    (reference,) = dcm2niixDiffusion(folder, output)
    found = difference(node, reference)
    kept = numpy.flatnonzero((node.bValuesArray() == 0) | node.gradientsRAS().any(axis=1)).tolist()
    assert found.order == kept, found
    assert max(found.corners, found.voxels, found.bValues, found.degrees) <= 1e-3, found
