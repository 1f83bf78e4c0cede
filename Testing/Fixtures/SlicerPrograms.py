"""Short programs that run with 3D Slicer's own classes, in its environment, to be compared with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from Testing.Fixtures.SlicerProcess import BEGIN, runInSlicer, slicerPythonOrSkip

_START = BEGIN + """
import slicer_core
from slicer_core import vtkSegmentationCore
from vtkmodules.vtkCommonDataModel import vtkPolyData
import vtkmodules.vtkCommonTransforms, vtkmodules.vtkFiltersHybrid, vtkmodules.vtkFiltersSources
converters = vtkSegmentationCore.vtkSegmentationConverterFactory.GetInstance()
for rule in ("vtkBinaryLabelmapToClosedSurfaceConversionRule", "vtkClosedSurfaceToBinaryLabelmapConversionRule"):
    converters.RegisterConverterRule(getattr(vtkSegmentationCore, rule)())

def make(className, name=""):
    node = scene.AddNode(getattr(slicer_core, className)())
    node.SetName(name or className)
    return node

def matrixOf(values):
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(numpy.array(values, float).ravel().tolist())
    return matrix

def load(className, storageClass, path):
    node, storage = make(className), make(storageClass)
    storage.SetFileName(path)
    assert storage.ReadData(node), storage.GetUserMessages().GetAllMessagesAsString()
    return node

def save(node, storageClass, path):
    storage = make(storageClass)
    storage.SetFileName(path)
    assert storage.WriteData(node), storage.GetUserMessages().GetAllMessagesAsString()

def segmentationOf(voxels, place, node=None):
    node = node or make("vtkMRMLSegmentationNode")
    image = vtkSegmentationCore.vtkOrientedImageData()
    values = numpy.array(voxels, "uint8")
    image.SetDimensions(*values.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(), deep=True))
    image.SetImageToWorldMatrix(matrixOf(place))
    for label in range(1, int(values.max()) + 1):
        segment = vtkSegmentationCore.vtkSegment()
        segment.SetName(f"part {label}")
        segment.SetColor(label / 4, 0.5, 0.25)
        segment.SetTag("Kind", f"number {label}")
        segment.AddRepresentation("Binary labelmap", image)
        segment.SetLabelValue(label)
        node.GetSegmentation().AddSegment(segment, f"S{label}")
    return node

def surfaceFacts(surface):
    normals = surface.GetPointData().GetNormals()
    return {"points": vtk_to_numpy(surface.GetPoints().GetData()).tolist(),
            "cells": vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).tolist(),
            "normals": [] if normals is None else vtk_to_numpy(normals).tolist()}

given, result = json.loads(sys.stdin.read()), {}
"""


@pytest.fixture(scope="session")
def slicerPrograms(request) -> SlicerPrograms:
    """Skips where Slicer's wheel is not installed; a long run (--long) installs it first."""
    return SlicerPrograms(slicerPythonOrSkip(request))


class SlicerPrograms:
    """Does one thing at a time in a fresh process."""

    def __init__(self, python: str):
        self._python = python

    def run(self, program: str, **given) -> dict:
        """What a program leaves in ``result``.

        :param program: Python that has the helpers of this file, and what is ``given`` in a dictionary of that name
        """
        given = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
        whole = f"{_START}\n{program}\nsys.stdout.write('RESULT' + json.dumps(result))"
        finished = runInSlicer(self._python, whole, task=json.dumps(given))
        assert "RESULT" in finished.stdout, finished.stderr[-3000:]
        return json.loads(finished.stdout.split("RESULT", 1)[1]) | {"complaints": finished.stderr}
