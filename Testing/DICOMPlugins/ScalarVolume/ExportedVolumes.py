"""Volumes of a scene written as single images and read again: what the tests of exports share."""

from __future__ import annotations

from pathlib import Path

import numpy

from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY
from Testing.Fixtures import SeriesBuilder

UPTAKE = '({SUVbw}g/ml, UCUM, "SUV body weight")'
DIFFUSIVITY = '(um2/s, UCUM, "um2/s")'


def addVolume(bench, array, ijkToRAS=GEOMETRY, className="vtkMRMLScalarVolumeNode", **patient):
    """:returns: (item, node) below a new study of a new patient"""
    node = bench.scene.AddNewNodeByClass(className, "Ergebnis")
    node.setVoxelArray(numpy.asarray(array))
    node.SetIJKToRASMatrix(ijkToRAS)
    study = bench.addStudy({"PatientSex": "M", **patient})
    return bench.scene.GetSubjectHierarchyNode().CreateItem(study, node), node


def pluginOf(bench):
    return bench.plugin(DICOMScalarVolumePluginClass)


def export(bench, item, directory, **tags):
    """:returns: files in the order of slices"""
    plugin = pluginOf(bench)
    exportable = plugin.examineForExport(item)[0]
    exportable.directory = str(directory)
    for name, value in tags.items():
        exportable.setTag(name, value)
    assert plugin.export([exportable]) == ""
    bench.exported = plugin.exported[0]
    return sorted((Path(directory) / f"ScalarVolume_{item}").iterdir())


def refusal(bench, item, directory, **tags):
    """Why an export is not done, after a look that nothing was left."""
    exportable = pluginOf(bench).examineForExport(item)[0]
    exportable.directory = str(directory)
    for name, value in tags.items():
        exportable.setTag(name, value)
    text = pluginOf(bench).export([exportable])
    assert not Path(directory).exists()
    assert text.count("\n") == 0
    return text


def loaded(bench, tmp_path, builder):
    builder.write(tmp_path / "source")
    (node,) = bench.load(tmp_path / "source")
    return bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(node), node


def reloaded(folder):
    """The nodes of a folder, in a scene of their own."""
    other = Bench()
    try:
        nodes = other.load(folder)
        assert other.messages == []
        for node in nodes:
            node.bench = other  # a node knows its display only as long as there is its scene
        return nodes
    finally:
        other.close()


def thick(thicknesses=("1.25",) * 4, **arguments):
    """Overlapping slices, 1 mm apart."""
    def edit(dataset, k):
        dataset.SliceThickness = thicknesses[k]

    return SeriesBuilder(spacing=(0.7, 0.8, 1.0), slices=len(thicknesses), edit=edit, **arguments)
