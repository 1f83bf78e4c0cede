"""Models as outlines where the plane of a slice view cuts them. VTK only."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPlaneCutter
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from DICOMLib.Scene.Matrices import matrixFromArray

from .SliceGeometry import SliceGeometry
from .SurfaceActor import placeOf

# Above background, foreground and segmentations, which are hundredths of a millimetre apart.
LIFT_MM = 0.03
LINE_PIXELS = 2.0


class SliceOutlines:
    """Models of a scene that their display nodes want to be seen in slices."""

    def __init__(self, renderer: vtkRenderer):
        self._renderer = renderer
        self._geometry = SliceGeometry()
        self._outlines: dict[object, _Outline] = {}

    @property
    def actors(self) -> list[vtkActor]:
        """What is in the renderer: one for each such model."""
        return [outline.actor for outline in self._outlines.values()]

    def place(self, geometry: SliceGeometry) -> None:
        """Where the view is."""
        self._geometry = geometry
        for outline in self._outlines.values():
            outline.place(geometry)

    def show(self, nodes: list) -> None:
        """Draw model nodes as their display nodes say; under a transform that is not linear they are not."""
        wanted = [node for node in nodes if _isDrawn(node)]
        for node in [one for one in self._outlines if one not in wanted]:
            self._renderer.RemoveActor(self._outlines.pop(node).actor)
        for node in wanted:
            if node not in self._outlines:
                self._outlines[node] = _Outline(self._renderer, node)
            self._outlines[node].refresh()
            self._outlines[node].place(self._geometry)


class _Outline:
    def __init__(self, renderer: vtkRenderer, node):
        self._node = node
        self._surface: tuple = ()
        self._toModel = self._toWorld = np.eye(4)
        self._plane = vtkPlane()
        # It sorts the triangles once, and then finds those that a plane cuts in no time.
        self._cutter = vtkPlaneCutter()
        self._cutter.SetPlane(self._plane)
        self._cutter.InterpolateAttributesOff()
        mapper = vtkPolyDataMapper()
        mapper.SetInputConnection(self._cutter.GetOutputPort())
        mapper.ScalarVisibilityOff()
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.PickableOff()
        self.actor.GetProperty().SetLighting(False)
        self.actor.GetProperty().SetLineWidth(LINE_PIXELS)
        renderer.AddActor(self.actor)

    def refresh(self) -> None:
        """Take over surface, place and colour of the node."""
        surface, display = self._node.GetPolyData(), self._node.GetDisplayNode()
        state = (surface, surface.GetMTime(), placeOf(self._node))
        if state != self._surface:
            self._surface = state
            copy = vtkPolyData()  # the cutter keeps what it sorted by the time of its input
            copy.ShallowCopy(surface)
            self._cutter.SetInputData(copy)
            self._toWorld = self._node.transformToWorldArray()
            self._toModel = np.linalg.inv(self._toWorld)
        self.actor.GetProperty().SetColor(*display.GetColor())
        self.actor.GetProperty().SetOpacity(display.GetOpacity())

    def place(self, geometry: SliceGeometry) -> None:
        """Cut the surface, in its own mm, by the plane of a view."""
        towards = geometry.towardsViewer
        self._plane.SetOrigin(*(self._toModel @ [*geometry.centre, 1.0])[:3])
        self._plane.SetNormal(*(self._toWorld[:3, :3].T @ towards))
        lifted = self._toWorld.copy()
        lifted[:3, 3] += LIFT_MM * towards
        self.actor.SetUserMatrix(matrixFromArray(lifted))


def _isDrawn(node) -> bool:
    display, parent, surface = node.GetDisplayNode(), node.GetParentTransformNode(), node.GetPolyData()
    isPlaced = parent is None or (parent.IsTransformToWorldLinear() and _isInvertible(node))
    hasCells = surface is not None and surface.GetNumberOfCells() > 0
    return display is not None and display.GetVisibility() and display.GetVisibility2D() and isPlaced and hasCells


def _isInvertible(node) -> bool:
    return abs(np.linalg.det(node.transformToWorldArray()[:3, :3])) > np.finfo(float).eps
