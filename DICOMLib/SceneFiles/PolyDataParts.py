"""Surfaces taken apart into arrays, and put together from arrays that nobody vouches for."""

from __future__ import annotations

from pathlib import Path

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkDataSetAttributes, vtkPolyData

from ..Errors import FileError

# What files of Slicer call the text that says whether they are in LPS or RAS.
COORDINATES = "SPACE"
CELL_KINDS = ("Verts", "Lines", "Polys", "Strips")


def cellsOf(surface: vtkPolyData, kind: str) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Offsets (cells + 1) and connectivity of one kind of cells, int64."""
    cells = getattr(surface, f"Get{kind}")()
    if not cells.GetNumberOfCells():
        return numpy.zeros(1, numpy.int64), numpy.zeros(0, numpy.int64)
    arrays = (cells.GetOffsetsArray(), cells.GetConnectivityArray())
    return tuple(numpy.ascontiguousarray(vtk_to_numpy(array), dtype=numpy.int64) for array in arrays)


def surfaceFrom(parts: list[tuple[dict, numpy.ndarray]], source: Path) -> vtkPolyData:
    """A surface of what a worker read; what does not fit together would let VTK read beyond its memory.

    :param parts: as ``ModelTask.readSurface`` yields them
    :raises FileError: when arrays do not fit together
    """
    points = parts[0][1] if parts else numpy.zeros(0)
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind != "f":
        raise FileError("the points of the surface are damaged", source, points.shape)
    surface = vtkPolyData()
    held = vtkPoints()
    held.SetData(numpy_to_vtk(points, deep=True))
    surface.SetPoints(held)
    _addCells(surface, parts, source)
    tuples = {"point": len(points), "cell": surface.GetNumberOfCells()}
    for information, values in parts:
        part = str(information.get("part"))
        if part in tuples:
            attributes = surface.GetPointData() if part == "point" else surface.GetCellData()
            _addAttribute(attributes, information, values, tuples[part], source)
    return surface


def _addCells(surface: vtkPolyData, parts: list[tuple[dict, numpy.ndarray]], source: Path) -> None:
    found = {(str(one.get("part")), str(one.get("kind"))): values for one, values in parts}
    for kind in CELL_KINDS:
        offsets, connectivity = found.get(("offsets", kind)), found.get(("connectivity", kind))
        if offsets is None or connectivity is None:
            continue
        if not _fits(offsets, connectivity, surface.GetNumberOfPoints()):
            raise FileError("the cells of the surface are damaged", source, kind)
        cells = vtkCellArray()
        cells.SetData(*(numpy_to_vtkIdTypeArray(values, deep=True) for values in (offsets, connectivity)))
        getattr(surface, f"Set{kind}")(cells)


def _fits(offsets: numpy.ndarray, connectivity: numpy.ndarray, points: int) -> bool:
    if offsets.dtype != numpy.int64 or connectivity.dtype != numpy.int64 or offsets.ndim != 1 or connectivity.ndim != 1:
        return False
    isOrdered = offsets[0] == 0 and offsets[-1] == len(connectivity) and bool((numpy.diff(offsets) >= 0).all())
    return isOrdered and (not len(connectivity) or (connectivity.min() >= 0 and connectivity.max() < points))


def _addAttribute(
    attributes: vtkDataSetAttributes, information: dict, values: numpy.ndarray, count: int, source: Path
) -> None:
    name = str(information.get("name", ""))
    if values.ndim not in (1, 2) or len(values) != count or values.dtype.kind not in "iuf":
        raise FileError("values of the surface do not fit its points or cells", source, name[:80])
    array = numpy_to_vtk(values, deep=True)
    array.SetName(name)
    number = attributes.AddArray(array)
    types = {
        "scalars": vtkDataSetAttributes.SCALARS,
        "vectors": vtkDataSetAttributes.VECTORS,
        "normals": vtkDataSetAttributes.NORMALS,
        "tcoords": vtkDataSetAttributes.TCOORDS,
    }
    roles = information.get("roles")
    for role in roles if isinstance(roles, list) else ():
        if isinstance(role, str) and role in types:
            attributes.SetActiveAttribute(number, types[role])


def turned(surface: vtkPolyData) -> vtkPolyData:
    """RAS to LPS, which is also the way back: points, and what is known to be normals or vectors, as Slicer does it.

    The other arrays are shared.
    """
    result = vtkPolyData()
    result.ShallowCopy(surface)
    points = surface.GetPoints()
    if points is not None:
        held = vtkPoints()
        held.SetData(_turnedArray(points.GetData()))
        result.SetPoints(held)
    for attributes in (result.GetPointData(), result.GetCellData()):
        for get, use in (
            (attributes.GetNormals, attributes.SetNormals),
            (attributes.GetVectors, attributes.SetVectors),
        ):
            if get() is not None:
                use(_turnedArray(get()))
    return result


def _turnedArray(array):
    values = vtk_to_numpy(array)
    if values.dtype.kind != "f":
        return array
    result = numpy_to_vtk(values * numpy.array([-1, -1, 1], values.dtype), deep=True)
    result.SetName(array.GetName())
    return result
