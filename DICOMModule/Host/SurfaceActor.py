"""One surface in a 3D view, where the transforms above its node put it. VTK only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from DICOMLib.Scene.Matrices import matrixFromArray

from .WarpedSurfaces import WarpedSurface, WarpedSurfaces, isWarped, placeOf


class SurfaceActor:
    """Draws a surface of a node.

    :param whenReady: called on another thread when a surface under a transform that is not linear is computed and
        :meth:`show` is to be called again; without it it is waited for
    :param warped: surfaces under transforms that are not linear, shared with others that draw them
    """

    def __init__(
        self, renderer: vtkRenderer, whenReady: Callable[[], None] | None = None, warped: WarpedSurfaces | None = None
    ):
        self._renderer = renderer
        self._whenReady = whenReady
        self._shared = warped or WarpedSurfaces()
        self._warped: WarpedSurface | None = None
        self._isWarpedDrawn = False
        self._state: tuple = ()
        self.mapper = vtkPolyDataMapper()
        self.mapper.ScalarVisibilityOff()
        self.actor = vtkActor()
        self.actor.SetMapper(self.mapper)
        self.actor.VisibilityOff()
        renderer.AddActor(self.actor)

    def show(self, surface: vtkPolyData | None, node) -> None:
        """Draw a surface of a transformable node, in the node's own mm; None for nothing."""
        state = () if surface is None else (surface, surface.GetMTime(), placeOf(node))
        if state != self._state:
            self._forgetWarped()
            if surface is not None and isWarped(node):
                self._warped = self._shared.of(surface, node, self._whenReady)
            self._state = state
        drawn = surface if self._warped is None else self._warped.surface
        self._isWarpedDrawn = self._warped is not None and drawn is not None
        self.actor.SetVisibility(drawn is not None)
        if drawn is not None:
            self.mapper.SetInputData(drawn)
            matrix = np.eye(4) if self._warped is not None else node.transformToWorldArray()
            self.actor.SetUserMatrix(matrixFromArray(matrix))

    @property
    def hasNews(self) -> bool:
        """Whether a surface was computed that :meth:`show` has not taken over."""
        return self._warped is not None and self._warped.surface is not None and not self._isWarpedDrawn

    def wait(self) -> None:
        """Until what is computed is there; :meth:`show` takes it over."""
        if self._warped is not None:
            self._warped.wait()

    def corners(self) -> np.ndarray | None:
        """Opposite corners of the RAS box around what is drawn, shape (2, 3); None when there is nothing."""
        bounds = self.actor.GetBounds() if self.actor.GetVisibility() else None
        if bounds is None or bounds[0] > bounds[1]:
            return None
        return np.array(bounds).reshape(3, 2).T

    def remove(self) -> None:
        """Take it out of the renderer."""
        self._forgetWarped()
        self._renderer.RemoveActor(self.actor)

    def _forgetWarped(self) -> None:
        if self._warped is not None:
            self._warped.forget(self._whenReady)
            self._warped = None
