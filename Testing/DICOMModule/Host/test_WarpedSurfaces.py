"""Surfaces under transforms that bend: computed once for all who draw them, whatever kind of mesh they are."""

import numpy as np
import pytest
import pyvista
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData

from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Scene.GridTransforms import PlacedGrid
from DICOMModule.Host.WarpedSurfaces import WarpedSurfaces

POINTS = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]])
SHIFT, STEP = [1.0, 2.0, 3.0], 8.0  # mm


def plainMesh() -> vtkPolyData:
    points, mesh = vtkPoints(), vtkPolyData()
    points.SetData(numpy_to_vtk(POINTS, deep=True))
    mesh.SetPoints(points)
    return mesh


def meshOfPyVista() -> pyvista.PolyData:
    return pyvista.PolyData(POINTS)


def bentNode(scene, mesh):
    grid = DisplacementGrid(np.broadcast_to(SHIFT, (3, 3, 3, 3)) / STEP, (0, 0, 0), (1, 1, 1))
    transform = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    transform.setPlacedGrid(PlacedGrid(np.diag([STEP, STEP, STEP, 1]), grid, isFromParent=False))
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    node.SetAndObservePolyData(mesh)
    node.SetAndObserveTransformNodeID(transform.GetID())
    return node


@pytest.mark.parametrize("make", [plainMesh, meshOfPyVista])
def test_itIsComputedOnceAsLongAsMeshAndTransformStay(scene, make):
    node, shared = bentNode(scene, make()), WarpedSurfaces()
    first = shared.of(node.GetPolyData(), node, None)
    assert np.asarray(first.surface.GetBounds()) == pytest.approx([1, 5, 2, 6, 3, 3])
    assert shared.of(node.GetPolyData(), node, None) is first
    node.GetPolyData().Modified()
    assert shared.of(node.GetPolyData(), node, None) is not first


def test_meshesWithTheSamePointsAreNotTakenForEachOther(scene):
    nodes, shared = [bentNode(scene, meshOfPyVista()) for _ in range(2)], WarpedSurfaces()
    first, second = (shared.of(node.GetPolyData(), node, None) for node in nodes)
    assert first is not second
