"""One surface in a 3D view. VTK only."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import matrixFromArray


class ModelActor:
    """A model node drawn in a renderer."""

    def __init__(self, renderer: vtkRenderer, node):
        self.node = node
        self._renderer = renderer
        self._state: tuple | None = None
        self._mapper = vtkPolyDataMapper()
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        renderer.AddActor(self.actor)

    def refresh(self) -> bool:
        """Take over surface, position, colour and opacity of the node. :returns: whether the picture changes"""
        polyData, display = self.node.GetPolyData(), self.node.GetDisplayNode()
        times = tuple(part.GetMTime() for part in (self.node, polyData, display) if part is not None)
        state = (*times, self._toWorld().tobytes())
        if state == self._state:
            return False
        self._state = state
        self.actor.SetVisibility(polyData is not None and display is not None and display.GetVisibility())
        if self.actor.GetVisibility():
            self._mapper.SetInputData(polyData)
            self._mapper.SetScalarVisibility(display.GetScalarVisibility())
            self.actor.SetUserMatrix(matrixFromArray(self._toWorld()))
            self._applyDisplay(display)
        return True

    def _applyDisplay(self, display) -> None:
        appearance = self.actor.GetProperty()
        appearance.SetColor(*display.GetColor())
        appearance.SetOpacity(display.GetOpacity())
        appearance.SetEdgeVisibility(display.GetEdgeVisibility())

    def corners(self) -> np.ndarray | None:
        """Opposite corners of the surface's RAS box, shape (2, 3); None while it is hidden or empty."""
        bounds = self.actor.GetBounds() if self.actor.GetVisibility() else None
        if bounds is None or bounds[0] > bounds[1]:
            return None
        return np.array(bounds).reshape(3, 2).T

    def remove(self) -> None:
        self._renderer.RemoveActor(self.actor)

    def _toWorld(self) -> np.ndarray:
        try:
            return self.node.transformToWorldArray()
        except SceneError:
            return np.eye(4)
