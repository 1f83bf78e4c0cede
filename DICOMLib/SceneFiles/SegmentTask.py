"""Runs in a worker process: the surface of one segment (.vtp), with what its file says of the segment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray, vtkObject, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkPolyData

from .ModelTask import partsOf
from .OneFile import oneFileAtATime

FIELDS = ("Segment_", "Segmentation_")
_LONGEST_TEXT = 1 << 20
_MOST_FIELDS = 100


def readSegment(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Arrays as of ``ModelTask.readSurface``; the first has ``fields``: texts by name.

    A surface may be empty: ``isEmpty``, with a point that means nothing.
    """
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    vtkObject.GlobalWarningDisplayOff()
    reader = vtkXMLPolyDataReader()
    with oneFileAtATime():
        reader.SetFileName(path)
        reader.Update()
    surface = reader.GetOutput()
    information = {"part": "points", "space": "RAS", "fields": _fields(surface), "isRead": not reader.GetErrorCode()}
    if not surface.GetNumberOfPoints():
        yield {**information, "isEmpty": True}, numpy.zeros((1, 3), numpy.float32)
        return
    yield from partsOf(surface, information)


def _fields(surface: vtkPolyData) -> dict[str, str]:
    found, data = {}, surface.GetFieldData()
    for number in range(min(data.GetNumberOfArrays(), _MOST_FIELDS)):
        array = data.GetAbstractArray(number)
        name = array.GetName() or ""
        if not name.startswith(FIELDS) or not array.GetNumberOfTuples():
            continue
        if isinstance(array, vtkStringArray):
            found[name] = array.GetValue(0)[:_LONGEST_TEXT]
        elif isinstance(array, vtkDataArray) and array.GetNumberOfValues() <= 16:
            found[name] = " ".join(repr(float(value)) for value in vtk_to_numpy(array).ravel())
    return found
