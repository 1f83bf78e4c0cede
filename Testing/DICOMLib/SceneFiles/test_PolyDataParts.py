"""Surfaces taken apart and put together again; parts that do not fit together are refused before VTK sees them."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import FileError
from DICOMLib.SceneFiles.ModelTask import partsOf
from DICOMLib.SceneFiles.PolyDataParts import CELL_KINDS, cellsOf, surfaceFrom, turned

SOURCE = Path("a.vtp")
POINTS = numpy.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], numpy.float32)
# Two triangles, of the first point to the last.
CELLS = (numpy.array([0, 3, 6]), numpy.array([0, 1, 2, 1, 2, 3]))


def parts(points=POINTS, offsets=CELLS[0], connectivity=CELLS[1], more=()) -> list[tuple[dict, numpy.ndarray]]:
    kind = "Polys"
    return [({"part": "points"}, points), ({"part": "offsets", "kind": kind}, offsets),
            ({"part": "connectivity", "kind": kind}, connectivity), *more]  # fmt: skip


def withCells(kind: str) -> vtkPolyData:
    surface, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(POINTS, deep=True))
    surface.SetPoints(points)
    cells.InsertNextCell(3, [0, 1, 2])
    cells.InsertNextCell(2, [3, 0])
    getattr(surface, f"Set{kind}")(cells)
    return surface


@pytest.mark.parametrize("kind", CELL_KINDS)
def test_cellsOfEachKindAreOffsetsAndPoints(kind):
    surface = withCells(kind)
    for other in CELL_KINDS:
        offsets, connectivity = cellsOf(surface, other)
        assert offsets.tolist() == ([0, 3, 5] if other == kind else [0])
        assert connectivity.tolist() == ([0, 1, 2, 3, 0] if other == kind else [])
        assert offsets.dtype == connectivity.dtype == numpy.int64


@pytest.mark.parametrize("kind", CELL_KINDS)
def test_aSurfaceOfItsPartsIsTheSame(kind):
    again = surfaceFrom(list(partsOf(withCells(kind), {"part": "points"})), SOURCE)
    assert numpy.array_equal(vtk_to_numpy(again.GetPoints().GetData()), POINTS)
    assert [cellsOf(again, one)[1].tolist() for one in CELL_KINDS] == [
        [0, 1, 2, 3, 0] if one == kind else [] for one in CELL_KINDS
    ]


def test_valuesOfPointsAndCellsComeBackWithTheirNamesAndRoles():
    more = [
        ({"part": "point", "name": "n", "roles": ["normals"]}, POINTS),
        ({"part": "point", "name": "v", "roles": ["vectors"]}, POINTS),
        ({"part": "point", "name": "t", "roles": ["tcoords"]}, POINTS[:, :2]),
        ({"part": "cell", "name": "s", "roles": ["scalars"]}, CELLS[0][:2]),
        ({"part": "point", "name": "plain", "roles": []}, POINTS[:, 0]),
        ({"part": "point", "roles": ["unknown"]}, POINTS[:, 0]),
        ({"part": "other", "name": "x"}, POINTS),
    ]  # fmt: skip
    again = surfaceFrom(parts(more=more), SOURCE)
    data = again.GetPointData()
    assert [one.GetName() for one in (data.GetNormals(), data.GetVectors(), data.GetTCoords())] == ["n", "v", "t"]
    assert data.GetScalars() is None
    assert vtk_to_numpy(again.GetCellData().GetScalars()).tolist() == [0, 3]
    assert [data.GetArrayName(n) for n in range(data.GetNumberOfArrays())] == ["n", "v", "t", "plain", ""]
    assert again.GetCellData().GetNumberOfArrays() == 1


def test_whatIsPutTogetherDoesNotLiveInTheMemoryOfTheParts():
    points, offsets, connectivity = POINTS.copy(), CELLS[0].copy(), CELLS[1].copy()
    again = surfaceFrom(parts(points, offsets, connectivity), SOURCE)
    for array in (points, offsets, connectivity):
        array[:] = 77
    assert again.GetPoint(1) == (1, 0, 0)
    assert cellsOf(again, "Polys")[1].tolist() == CELLS[1].tolist()


@pytest.mark.parametrize("points", [POINTS[:, :2], POINTS.ravel(), POINTS.astype(int), POINTS[None]])
def test_pointsAreThreeNumbersWithFractions(points):
    with pytest.raises(FileError, match="a.vtp: the points of the surface are damaged"):
        surfaceFrom([({}, points)], SOURCE)


@pytest.mark.parametrize(
    ("offsets", "connectivity"),
    [
        ([0, 3, 6], [0, 1, 2, 1, 2, 4]), ([0, 3, 6], [0, 1, 2, 1, 2, -1]), ([1, 3, 6], CELLS[1]), ([0, 3, 7], CELLS[1]),
        ([0, 3, 5], CELLS[1]), ([0, 7, 6], CELLS[1]), ([0, -1, 6], CELLS[1]), ([[0, 6]], CELLS[1]),
        ([0, 3, 6], [[0, 1, 2, 1, 2, 3]]),
    ],
)  # fmt: skip
def test_cellsThatReachBeyondTheirPointsAreRefused(offsets, connectivity):
    with pytest.raises(FileError, match=r"a.vtp: the cells of the surface are damaged \(Polys\)"):
        surfaceFrom(parts(offsets=numpy.array(offsets), connectivity=numpy.array(connectivity)), SOURCE)


@pytest.mark.parametrize("types", [(numpy.int32, numpy.int64), (numpy.int64, numpy.int32), (numpy.int64, float)])
def test_cellsAreCountedIn64BitsAndInNothingElse(types):
    with pytest.raises(FileError, match="the cells of the surface are damaged"):
        surfaceFrom(parts(offsets=CELLS[0].astype(types[0]), connectivity=CELLS[1].astype(types[1])), SOURCE)


def test_cellsOfNoPointsAreCells_andHalfOfThemIsNone():
    empty = surfaceFrom(parts(offsets=numpy.array([0, 0, 0]), connectivity=numpy.zeros(0, int)), SOURCE)
    assert empty.GetNumberOfCells() == 2
    assert surfaceFrom(parts()[:2], SOURCE).GetNumberOfCells() == 0


@pytest.mark.parametrize(
    ("part", "values"),
    [("point", numpy.zeros(3)), ("point", numpy.zeros(5)), ("cell", numpy.zeros(4)), ("point", numpy.zeros((4, 2, 2))),
     ("point", numpy.zeros(4, complex)), ("point", numpy.zeros(4, bool)), ("point", numpy.array(1.0))],
)  # fmt: skip
def test_valuesThatDoNotFitAreRefusedByName(part, values):
    with pytest.raises(FileError, match=r"values of the surface do not fit its points or cells \(thick\)"):
        surfaceFrom(parts(more=[({"part": part, "name": "thick"}, values)]), SOURCE)


def test_turnedArePointsNormalsAndVectors_andNothingElse():
    source = vtkSphereSource()
    source.Update()
    surface = source.GetOutput()
    count = surface.GetNumberOfPoints()
    arrays = {"vectors": numpy.arange(3 * count, dtype=float).reshape(-1, 3), "plain": numpy.ones((count, 3))}
    for name, values in arrays.items():
        array = numpy_to_vtk(values, deep=True)
        array.SetName(name)
        surface.GetPointData().AddArray(array)
    surface.GetPointData().SetActiveVectors("vectors")
    flip = numpy.array([-1, -1, 1])
    result = turned(surface)
    for get, turns in (
        (lambda one: one.GetPoints().GetData(), True), (lambda one: one.GetPointData().GetNormals(), True),
        (lambda one: one.GetPointData().GetVectors(), True), (lambda one: one.GetPointData().GetArray("plain"), False),
    ):  # fmt: skip
        before, after = vtk_to_numpy(get(surface)), vtk_to_numpy(get(result))
        assert numpy.array_equal(after, before * flip if turns else before) and after.dtype == before.dtype
        assert get(result).GetName() == get(surface).GetName()
    again = turned(result).GetPoints().GetData()
    assert numpy.array_equal(vtk_to_numpy(again), vtk_to_numpy(surface.GetPoints().GetData()))


def test_normalsOfCellsAreTurned_andVectorsOfWholeNumbersStay():
    surface = surfaceFrom(
        parts(more=[({"part": "cell", "name": "n", "roles": ["normals"]}, POINTS[1:3]),
                    ({"part": "cell", "name": "v", "roles": ["vectors"]}, numpy.ones((2, 3), numpy.int16))]), SOURCE
    )  # fmt: skip
    data = turned(surface).GetCellData()
    assert vtk_to_numpy(data.GetNormals()).tolist() == [[-1, 0, 0], [0, -1, 0]]
    assert vtk_to_numpy(data.GetVectors()).tolist() == [[1, 1, 1]] * 2


def test_aSurfaceWithoutPointsIsTurnedToOne():
    assert turned(vtkPolyData()).GetNumberOfPoints() == 0
