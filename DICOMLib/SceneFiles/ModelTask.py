"""Runs in a worker process: what VTK makes of a file with a surface, taken apart into arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkObject, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkDataSetAttributes, vtkPolyData

from ..Errors import FileError
from .OneFile import oneFileAtATime
from .PolyDataParts import CELL_KINDS, COORDINATES, cellsOf

_ATTRIBUTE_TYPES = {
    "scalars": vtkDataSetAttributes.SCALARS,
    "vectors": vtkDataSetAttributes.VECTORS,
    "normals": vtkDataSetAttributes.NORMALS,
    "tcoords": vtkDataSetAttributes.TCOORDS,
}


def readSurface(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Arrays of a vtkPolyData, the points first, which say in which coordinates the file is ("LPS", "RAS" or "").

    :raises FileError: when VTK reads no surface from the file
    """
    # VTK says what it does not like on the error output, which is nobody's here.
    vtkObject.GlobalWarningDisplayOff()
    suffix = path.lower().rpartition(".")[2]
    with oneFileAtATime():
        surface, remarks = _READERS[suffix](path)
    if surface is None or not surface.GetNumberOfPoints():
        raise FileError("VTK reads no surface from the file", path)
    space = next((one for one in ("LPS", "RAS") if f"{COORDINATES}={one}" in remarks), "")
    yield from partsOf(surface, {"part": "points", "space": space})


def partsOf(surface: vtkPolyData, information: dict) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Arrays of a surface that has points. :param information: of the first, the points"""
    yield information, numpy.ascontiguousarray(vtk_to_numpy(surface.GetPoints().GetData()))
    for kind in CELL_KINDS:
        offsets, connectivity = cellsOf(surface, kind)
        if len(offsets) > 1:
            yield {"part": "offsets", "kind": kind}, offsets
            yield {"part": "connectivity", "kind": kind}, connectivity
    yield from _attributes("point", surface.GetPointData())
    yield from _attributes("cell", surface.GetCellData())


def _attributes(part: str, attributes: vtkDataSetAttributes) -> Iterator[tuple[dict, numpy.ndarray]]:
    for number in range(attributes.GetNumberOfArrays()):
        array = attributes.GetArray(number)
        if array is None:  # text
            continue
        roles = [role for role, kind in _ATTRIBUTE_TYPES.items() if attributes.GetAbstractAttribute(kind) is array]
        values = numpy.ascontiguousarray(vtk_to_numpy(array))
        if values.dtype.kind in "iuf":
            yield {"part": part, "name": array.GetName() or f"{part} data {number}", "roles": roles}, values


def _readXml(path: str) -> tuple[vtkPolyData, str]:
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    reader = vtkXMLPolyDataReader()
    reader.SetFileName(path)
    reader.Update()
    return reader.GetOutput(), _fieldText(reader.GetOutput())


def _fieldText(surface: vtkPolyData) -> str:
    array = surface.GetFieldData().GetAbstractArray(COORDINATES)
    isText = isinstance(array, vtkStringArray) and array.GetNumberOfValues()
    return f"{COORDINATES}={array.GetValue(0)}" if isText else ""


def _readLegacy(path: str) -> tuple[vtkPolyData | None, str]:
    from vtkmodules.vtkIOLegacy import vtkPolyDataReader

    reader = vtkPolyDataReader()
    reader.SetFileName(path)
    reader.ReadAllScalarsOn()
    reader.ReadAllVectorsOn()
    reader.ReadAllFieldsOn()
    if not reader.IsFilePolyData():
        return None, ""
    reader.Update()
    return reader.GetOutput(), reader.GetHeader() or ""


def _readStl(path: str) -> tuple[vtkPolyData, str]:
    from vtkmodules.vtkIOGeometry import vtkSTLReader

    reader = vtkSTLReader()
    reader.SetFileName(path)
    reader.Update()
    return reader.GetOutput(), reader.GetHeader() or ""


def _readObj(path: str) -> tuple[vtkPolyData, str]:
    from vtkmodules.vtkIOGeometry import vtkOBJReader

    reader = vtkOBJReader()
    reader.SetFileName(path)
    reader.Update()
    return reader.GetOutput(), reader.GetComment() or ""


def _readPly(path: str) -> tuple[vtkPolyData, str]:
    from vtkmodules.vtkIOPLY import vtkPLYReader

    reader = vtkPLYReader()
    reader.SetFileName(path)
    reader.Update()
    comments = reader.GetComments()
    return reader.GetOutput(), " ".join(comments.GetValue(n) for n in range(comments.GetNumberOfValues()))


_READERS = {"vtp": _readXml, "vtk": _readLegacy, "stl": _readStl, "obj": _readObj, "ply": _readPly}
