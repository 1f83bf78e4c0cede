"""3D Slicer's own storage nodes as witnesses for the files beside a scene, in a process of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.Fixtures.SlicerProcess import askSlicer, slicerPythonOrSkip

_FUNCTIONS = """
from slicer_core import vtkSegmentationCore
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkIntArray, vtkPoints, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

def make(className):
    return scene.AddNode(getattr(MRMLCore, className)())

def matrixOf(values):
    matrix = vtkMatrix4x4()
    matrix.DeepCopy([number for row in values for number in row])
    return matrix

def volumeFacts(node):
    place = vtkMatrix4x4()
    node.GetIJKToRASMatrix(place)
    image = node.GetImageData()
    values = vtk_to_numpy(image.GetPointData().GetScalars())
    return {"place": rows(place), "dtype": str(values.dtype), "class": node.GetClassName(),
            "voxels": values.reshape((*image.GetDimensions()[::-1], -1)).tolist()}

def fillVolume(node, given):
    values = numpy.array(given["voxels"], given["dtype"])
    image = vtkImageData()
    image.SetDimensions(*values.shape[2::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(values.reshape(-1, values.shape[-1]), deep=True))
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(matrixOf(given["place"]))

def transformFacts(node, points):
    linear = vtkMatrix4x4()
    toParent, fromParent = node.GetTransformToParent(), node.GetTransformFromParent()
    node.GetMatrixTransformToParent(linear)
    return {"matrix": rows(linear), "linear": bool(node.IsLinear()),
            "to": [toParent.TransformPoint(point) for point in points],
            "from": [fromParent.TransformPoint(point) for point in points]}

def modelFacts(node):
    surface = node.GetPolyData()
    return {"points": vtk_to_numpy(surface.GetPoints().GetData()).tolist(),
            "cells": vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).tolist(),
            "normals": vtk_to_numpy(surface.GetPointData().GetNormals()).tolist(),
            "values": vtk_to_numpy(surface.GetPointData().GetArray("values")).tolist()}

def fillModel(node, given):
    surface, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(numpy.array(given["points"], "float32"), deep=True))
    surface.SetPoints(points)
    for cell in given["cells"]:
        cells.InsertNextCell(len(cell), cell)
    surface.SetPolys(cells)
    normals = numpy_to_vtk(numpy.array(given["normals"], "float32"), deep=True)
    normals.SetName("Normals")
    surface.GetPointData().SetNormals(normals)
    values = numpy_to_vtk(numpy.array(given["values"], "float64"), deep=True)
    values.SetName("values")
    surface.GetPointData().AddArray(values)
    node.SetAndObservePolyData(surface)

def segmentationFacts(node):
    segmentation = node.GetSegmentation()
    found = []
    for number in range(segmentation.GetNumberOfSegments()):
        name = segmentation.GetNthSegmentID(number)
        segment = segmentation.GetSegment(name)
        image = segment.GetRepresentation("Binary labelmap")
        place = vtkMatrix4x4()
        image.GetImageToWorldMatrix(place)
        values = vtk_to_numpy(image.GetPointData().GetScalars()) == segment.GetLabelValue()
        extent = image.GetExtent()
        inside = numpy.argwhere(values.reshape([extent[2 * n + 1] - extent[2 * n] + 1 for n in (2, 1, 0)]))
        ijk = [[i + extent[0], j + extent[2], k + extent[4]] for k, j, i in inside.tolist()]
        world = [place.MultiplyPoint((*one, 1.0))[:3] for one in ijk]
        term = segment.GetTerminology() if hasattr(segment, "GetTerminology") else ""
        found.append({"id": name, "name": segment.GetName(), "color": list(segment.GetColor()), "world": world,
                      "terminology": term, "layer": segmentation.GetLayerIndex(name)})
    return {"segments": found}

def fillSegmentation(node, given):
    segmentation = node.GetSegmentation()
    images = []
    for values in given["layers"]:
        values = numpy.array(values, "uint8")
        image = vtkSegmentationCore.vtkOrientedImageData()
        image.SetDimensions(*values.shape[::-1])
        image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(), deep=True))
        image.SetImageToWorldMatrix(matrixOf(given["place"]))
        images.append(image)
    for one in given["segments"]:
        segment = vtkSegmentationCore.vtkSegment()
        segment.SetName(one["name"])
        segment.SetColor(*one["color"])
        segment.SetTag("TerminologyEntry", one["terminology"])
        segment.AddRepresentation("Binary labelmap", images[one["layer"]])
        segment.SetLabelValue(one["label"])
        segmentation.AddSegment(segment, one["id"])

def sequenceFacts(node):
    count = node.GetNumberOfDataNodes()
    data = [node.GetNthDataNode(n) for n in range(count)]
    facts = [transformFacts(one, []) if one.IsA("vtkMRMLTransformNode") else volumeFacts(one) for one in data]
    return {"values": [node.GetNthIndexValue(n) for n in range(count)], "name": node.GetIndexName(),
            "unit": node.GetIndexUnit(), "type": node.GetIndexTypeAsString(), "data": facts}

def fillSequence(node, given):
    node.SetIndexName(given["name"])
    node.SetIndexUnit(given["unit"])
    node.SetIndexTypeFromString(given["type"])
    for value, one in zip(given["values"], given["data"]):
        data = getattr(MRMLCore, one["class"])()
        if "matrix" in one:
            data.SetMatrixTransformToParent(matrixOf(one["matrix"]))
        else:
            fillVolume(data, one)
        node.SetDataNodeAtValue(data, value)

def tableFacts(node):
    table = node.GetTable()
    columns = [table.GetColumn(n) for n in range(table.GetNumberOfColumns())]
    return {"names": [column.GetName() for column in columns],
            "types": [column.GetDataTypeAsString() for column in columns],
            "units": [node.GetColumnUnitLabel(column.GetName()) for column in columns],
            "descriptions": [node.GetColumnDescription(column.GetName()) for column in columns],
            "cells": [[table.GetValue(r, c).ToString() for c in range(len(columns))]
                      for r in range(table.GetNumberOfRows())]}

def fillTable(node, given):
    kinds = {"string": vtkStringArray, "double": vtkDoubleArray, "int": vtkIntArray}
    for name, kind, unit, values in given["columns"]:
        column = kinds[kind]()
        column.SetName(name)
        for value in values:
            column.InsertNextValue(value)
        node.AddColumn(column)
        node.SetColumnUnitLabel(name, unit)

def colorFacts(node):
    found = []
    for entry in range(node.GetNumberOfColors()):
        rgba = [0.0] * 4
        node.GetColor(entry, rgba)
        found.append([node.GetColorName(entry), rgba])
    return {"colors": found}

def fillColors(node, given):
    node.SetTypeToUser()
    node.SetNumberOfColors(len(given["colors"]))
    for entry, (name, rgba) in enumerate(given["colors"]):
        node.SetColor(entry, name, *rgba)

FACTS = {"Transform": transformFacts, "Model": modelFacts, "Segmentation": segmentationFacts,
         "Sequence": sequenceFacts, "Table": tableFacts, "Text": lambda node: {"text": node.GetText()},
         "ColorTable": colorFacts, "Volume": volumeFacts}
FILL = {"Transform": lambda node, given: node.SetMatrixTransformToParent(matrixOf(given["matrix"])),
        "Model": fillModel, "Segmentation": fillSegmentation, "Sequence": fillSequence, "Table": fillTable,
        "Text": lambda node, given: node.SetText(given["text"]), "ColorTable": fillColors, "Volume": fillVolume}

def kind(className):
    return max((name for name in FACTS if className.endswith(name + "Node")), key=len)

def storage(className, path):
    node = make(className)
    node.SetFileName(path)
    return node

def read(className, storageClass, path, **arguments):
    node = make(className)
    if not storage(storageClass, path).ReadData(node):
        return None
    return FACTS[kind(className)](node, **arguments)

def write(className, storageClass, path, given):
    node = make(className)
    FILL[kind(className)](node, given)
    return bool(storage(storageClass, path).WriteData(node))

def convert(className, storageClass, path, other):
    node = make(className)
    return bool(storage(storageClass, path).ReadData(node) and storage(storageClass, other).WriteData(node))
"""


@pytest.fixture(scope="session")
def slicerMembers(request) -> SlicerMembers:
    """Skips where Slicer's wheel is not installed; a long run (--long) installs it first."""
    return SlicerMembers(slicerPythonOrSkip(request))


class SlicerMembers:
    """Does one thing at a time in a fresh process."""

    def __init__(self, python: str):
        self._python = python

    def read(self, className: str, storageClass: str, path: Path, **arguments) -> dict | None:
        """What a node of Slicer's has after its storage node has read a file; None when that failed."""
        return self._ask("read", className=className, storageClass=storageClass, path=str(path), **arguments)

    def write(self, className: str, storageClass: str, path: Path, **given) -> bool:
        """Have a storage node of Slicer's write a node with this content."""
        return self._ask("write", className=className, storageClass=storageClass, path=str(path), given=given)

    def convert(self, className: str, storageClass: str, path: Path, other: Path) -> bool:
        """Have a storage node of Slicer's read one file and write another."""
        return self._ask("convert", className=className, storageClass=storageClass, path=str(path), other=str(other))

    def _ask(self, do: str, **arguments):
        return askSlicer(self._python, _FUNCTIONS, do, **arguments)
