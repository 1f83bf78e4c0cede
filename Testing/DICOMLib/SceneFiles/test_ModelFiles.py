"""Models in files: written as Slicer does, read in each format, in the coordinates that the file or the scene says."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import vtkMRMLModelNode
from DICOMLib.SceneFiles.MemberFormat import Reading
from DICOMLib.SceneFiles.ModelFiles import FORMAT, readModelInto, writeModel
from Testing.Fixtures.RunWorkers import runWorkers

POINTS = numpy.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]], numpy.float32)
TURNED = POINTS * [-1, -1, 1]


def surface() -> vtkPolyData:
    found, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(POINTS, deep=True))
    cells.InsertNextCell(3, [0, 1, 2])
    found.SetPoints(points)
    found.SetPolys(cells)
    return found


def model(one: vtkPolyData | None) -> vtkMRMLModelNode:
    node = vtkMRMLModelNode()
    node.SetAndObservePolyData(one)
    return node


def read(path: Path, attributes: dict[str, str] | None = None) -> numpy.ndarray:
    node = vtkMRMLModelNode()
    readModelInto(node, path, Reading(runWorkers(), attributes=attributes))
    assert node.GetPolyData().GetNumberOfPolys() == 1
    return vtk_to_numpy(node.GetPolyData().GetPoints().GetData())


WRITERS = {".vtp": "vtkIOXML.vtkXMLPolyDataWriter", ".vtk": "vtkIOLegacy.vtkPolyDataWriter",
           ".stl": "vtkIOGeometry.vtkSTLWriter", ".ply": "vtkIOPLY.vtkPLYWriter", ".obj": "vtkIOGeometry.vtkOBJWriter"}


def written(path: Path, remark: str = "") -> Path:
    """By VTK, with a remark where the format has a place for one."""
    module, name = WRITERS[path.suffix].split(".")
    writer = getattr(importlib.import_module(f"vtkmodules.{module}"), name)()
    one = surface()
    if remark and path.suffix in (".vtk", ".stl"):
        writer.SetHeader(remark)
    elif remark and path.suffix == ".ply":
        writer.AddComment(remark)
    elif remark and path.suffix == ".vtp":
        from vtkmodules.vtkCommonCore import vtkStringArray

        space = vtkStringArray()
        space.SetName(remark.partition("=")[0])
        space.InsertNextValue(remark.partition("=")[2])
        one.GetFieldData().AddArray(space)
    writer.SetInputData(one)
    writer.SetFileName(str(path))
    writer.Write()
    if remark and path.suffix == ".obj":
        path.write_text(f"# {remark}\n{path.read_text()}")
    return path


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(
    ("attributes", "isTurned"),
    [(None, True), ({}, False), ({"coordinateSystem": ""}, False), ({"coordinateSystem": "RAS"}, False),
     ({"coordinateSystem": "LPS"}, True)],
)  # fmt: skip
def test_aFileThatSaysNothingIsInTheCoordinatesOfTheScene(tmp_path, suffix, attributes, isTurned):
    assert numpy.array_equal(read(written(tmp_path / f"a{suffix}"), attributes), TURNED if isTurned else POINTS)


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(("space", "other"), [("LPS", "RAS"), ("RAS", "LPS")])
def test_whatTheFileSaysCountsMoreThanWhatTheSceneSays(tmp_path, suffix, space, other):
    found = read(written(tmp_path / f"a{suffix}", f"SPACE={space}"), {"coordinateSystem": other})
    assert numpy.array_equal(found, TURNED if space == "LPS" else POINTS)


def test_modelsAreWrittenInLps_andSayIt_andTheNodeStaysAsItIs(tmp_path):
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    node, path = model(surface()), tmp_path / "a.vtp"
    assert writeModel(node, path, None) == [path] == list(tmp_path.iterdir())
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert numpy.array_equal(vtk_to_numpy(reader.GetOutput().GetPoints().GetData()), TURNED)
    assert reader.GetOutput().GetFieldData().GetAbstractArray("SPACE").GetValue(0) == "LPS"
    assert numpy.array_equal(vtk_to_numpy(node.GetPolyData().GetPoints().GetData()), POINTS)
    assert node.GetPolyData().GetFieldData().GetNumberOfArrays() == 0
    assert numpy.array_equal(read(path, {"coordinateSystem": "RAS"}), POINTS)


@pytest.mark.parametrize("suffix", WRITERS)
def test_aFileWithoutASurfaceIsRefusedInAWholeSentence(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_text("nothing of the kind\n")
    node = model(surface())
    with pytest.raises(FileError, match="VTK reads no surface from the file") as caught:
        readModelInto(node, path, Reading(runWorkers()))
    assert caught.value.where == str(path) and node.GetPolyData().GetNumberOfPoints() == 3


def test_anImageInVtksOldFormatIsNoSurface(tmp_path):
    text = "# vtk DataFile Version 3.0\nx\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 1 1 1\n"
    (tmp_path / "a.vtk").write_text(text)
    with pytest.raises(FileError, match="VTK reads no surface"):
        read(tmp_path / "a.vtk")


def test_onlyAModelWithPointsHasAFile():
    assert not FORMAT.hasData(vtkMRMLModelNode()) and not FORMAT.hasData(model(vtkPolyData()))
    assert FORMAT.hasData(model(surface()))
    assert (FORMAT.written, FORMAT.storageClassName(model(surface()))) == ((".vtp",), "vtkMRMLModelStorageNode")
