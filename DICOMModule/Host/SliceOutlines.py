"""Models as outlines where the plane of a slice view cuts them. VTK only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPlaneCutter
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from DICOMLib.Scene.Matrices import matrixFromArray

from .SliceGeometry import SliceGeometry
from .WarpedSurfaces import WarpedSurface, WarpedSurfaces, isWarped, placeOf

# Above background, foreground and segmentations, which are hundredths of a millimetre apart.
LIFT_MM = 0.03
LINE_PIXELS = 2.0


class SliceOutlines:
    """Models of a scene that their display nodes want to be seen in slices.

    :param whenReady: called on another thread when a surface under a transform that is not linear is computed, and
        :meth:`show` is to be called again; without it it is waited for
    :param warped: such surfaces, shared with other views
    """

    def __init__(
        self, renderer: vtkRenderer, whenReady: Callable[[], None] | None = None, warped: WarpedSurfaces | None = None
    ):
        self._renderer = renderer
        self._whenReady = whenReady
        self._warped = warped or WarpedSurfaces()
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
        """Draw model nodes as their display nodes say."""
        wanted = [node for node in nodes if _isDrawn(node)]
        for node in [one for one in self._outlines if one not in wanted]:
            self._remove(node)
        for node in wanted:
            if node not in self._outlines:
                self._outlines[node] = _Outline(self._renderer, node)
            self._outlines[node].refresh(self._warped, self._whenReady)
            self._outlines[node].place(self._geometry)

    def wait(self) -> None:
        """Until surfaces that are computed are there, and taken over."""
        for outline in self._outlines.values():
            outline.wait()
            outline.refresh(self._warped, self._whenReady)
            outline.place(self._geometry)

    def remove(self) -> None:
        """Take all out of the renderer."""
        for node in list(self._outlines):
            self._remove(node)

    def _remove(self, node) -> None:
        outline = self._outlines.pop(node)
        outline.forget(self._whenReady)
        self._renderer.RemoveActor(outline.actor)


class _Outline:
    def __init__(self, renderer: vtkRenderer, node):
        self._node = node
        self._state: tuple = ()
        self._warped: WarpedSurface | None = None
        self._cut: vtkPolyData | None = None
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
        self.actor.VisibilityOff()
        self.actor.GetProperty().SetLighting(False)
        self.actor.GetProperty().SetLineWidth(LINE_PIXELS)
        renderer.AddActor(self.actor)

    def refresh(self, warped: WarpedSurfaces, whenReady: Callable[[], None] | None) -> None:
        """Take over surface, place and colour of the node."""
        surface, display = self._node.GetPolyData(), self._node.GetDisplayNode()
        state = (surface, surface.GetMTime(), placeOf(self._node))
        if state != self._state:
            self._state = state
            self.forget(whenReady)
            self._warped = warped.of(surface, self._node, whenReady) if isWarped(self._node) else None
            self._toWorld = np.eye(4) if self._warped is not None else self._node.transformToWorldArray()
            self._toModel = np.linalg.inv(self._toWorld)
            self._cut = None
        drawn = surface if self._warped is None else self._warped.surface
        if drawn is not None and self._cut is None:
            self._cut = vtkPolyData()  # the cutter keeps what it sorted by the time of its input
            self._cut.ShallowCopy(drawn)
            self._cutter.SetInputData(self._cut)
        self.actor.SetVisibility(drawn is not None)
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

    def wait(self) -> None:
        """Until a surface that is computed is there."""
        if self._warped is not None:
            self._warped.wait()

    def forget(self, whenReady: Callable[[], None] | None) -> None:
        """Hear of a surface that is computed no longer."""
        if self._warped is not None:
            self._warped.forget(whenReady)


def _isDrawn(node) -> bool:
    display, surface = node.GetDisplayNode(), node.GetPolyData()
    isPlaced = isWarped(node) or _isInvertible(node)
    hasCells = surface is not None and surface.GetNumberOfCells() > 0
    return display is not None and display.GetVisibility() and display.GetVisibility2D() and isPlaced and hasCells


def _isInvertible(node) -> bool:
    return abs(np.linalg.det(node.transformToWorldArray()[:3, :3])) > np.finfo(float).eps
