"""Label maps in a scene, written and read again: what the tests of segmentations share."""

from __future__ import annotations

from pathlib import Path

import numpy

from DICOMPlugins.DICOMSegmentationPlugin import DICOMSegmentationPluginClass
from DICOMPlugins.Segmentation.Segments import setSegments
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY


def someLabels(shape=(5, 7, 6), labels=(1, 2), dtype="u1"):
    """A block for each label, no two alike, with a free plane at either end and unlabelled voxels."""
    array = numpy.zeros(shape, dtype)
    for n, label in enumerate(labels):
        array[1 : shape[0] - 1, n % shape[1], : 2 + n % (shape[2] - 1)] = label
    return array


def addLabelMap(bench, array, ijkToRAS=GEOMETRY, name="Leber", segments=(), studyItem=0, **patient):
    """:returns: (item, node) below a new study of a new patient, or below the study that is given"""
    node = bench.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
    node.setVoxelArray(numpy.asarray(array))
    node.SetIJKToRASMatrix(ijkToRAS)
    node.CreateDefaultDisplayNodes()
    if segments:
        setSegments(node, segments)
    studyItem = studyItem or bench.addStudy({"PatientSex": "M", **patient})
    return bench.scene.GetSubjectHierarchyNode().CreateItem(studyItem, node), node


def exportableOf(bench, item, directory, **tags):
    """:returns: (plugin, exportable)"""
    plugin = bench.plugin(DICOMSegmentationPluginClass)
    (exportable,) = plugin.examineForExport(item)
    exportable.directory = str(directory)
    for name, value in tags.items():
        exportable.setTag(name, value)
    return plugin, exportable


def export(bench, item, directory, **tags) -> Path:
    """:returns: the file"""
    plugin, exportable = exportableOf(bench, item, directory, **tags)
    answer = plugin.export([exportable])
    assert answer == "", answer
    bench.exported = plugin.exported[0]
    (file,) = (Path(directory) / f"Segmentation_{item}").iterdir()
    return file


def reloaded(path):
    """(bench, nodes) of a file or folder."""
    other = Bench()
    other.load(path.parent if path.is_file() else path)
    return other, list(other.scene.GetNodesByClass("vtkMRMLVolumeNode"))


def loadedWithImages(bench, builder, folder):
    """The volume node of a series that is written to a folder, and the item of its study."""
    builder.write(folder)
    (volume,) = bench.load(folder)
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    return volume, hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volume))

