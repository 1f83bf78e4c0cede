import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import vtkRenderer

from DICOMLib.Scene.Scene import Scene
from DICOMModule.Host.SurfacesInView import SurfacesInView


def addModel(scene, opacity=1.0):
    source = vtkCubeSource()
    source.SetBounds(-1, 2, -3, 4, -5, 6)
    source.Update()
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", "Box")
    node.SetAndObservePolyData(source.GetOutput())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetOpacity(opacity)
    return node


def surfacesIn(renderer):
    return SurfacesInView(renderer, lambda: None)


def test_surfacesComeAndGoWithTheirNodes_andNothingChangesWithoutReason():
    scene, renderer = Scene(), vtkRenderer()
    surfaces = surfacesIn(renderer)
    node, table = addModel(scene), scene.AddNewNodeByClass("vtkMRMLTableNode")
    assert surfaces.refresh([node, table]) and list(surfaces.drawn) == [node.GetID()]
    assert not surfaces.refresh([node, table])
    (corners,) = surfaces.corners()
    assert np.array_equal(corners, [[-1, -3, -5], [2, 4, 6]])
    assert surfaces.refresh([table]) and renderer.GetActors().GetNumberOfItems() == 0


def test_anotherNodeWithTheIDOfOneThatLeftIsDrawnInItsPlace():
    surfaces = surfacesIn(vtkRenderer())
    scene, other = Scene(), Scene()
    first, second = addModel(scene), addModel(other, opacity=0.5)
    assert first.GetID() == second.GetID()
    surfaces.refresh([first])
    assert not surfaces.isTranslucent()
    assert surfaces.refresh([second]) and surfaces.drawn[second.GetID()].node is second
    assert surfaces.isTranslucent()


def test_hiddenAndEmptyOnesTakeNoRoom_andAllIsTakenOut():
    scene, renderer = Scene(), vtkRenderer()
    surfaces = surfacesIn(renderer)
    hidden, empty = addModel(scene), addModel(scene)
    hidden.GetDisplayNode().SetVisibility(False)
    empty.SetAndObservePolyData(vtkPolyData())
    surfaces.refresh([hidden, empty])
    assert surfaces.corners() == []
    surfaces.remove()
    assert surfaces.drawn == {} and renderer.GetActors().GetNumberOfItems() == 0
