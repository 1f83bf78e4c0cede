"""One surface in a 3D view. VTK only."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from DICOMLib.Errors import SceneError

from .VolumeAppearance import matrixToVTK


class ModelActor:
    """A model node drawn in a renderer."""

    def __init__(self, renderer: vtkRenderer, node):
        self.node = node
        self._renderer = renderer
        self._mapper = vtkPolyDataMapper()
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        renderer.AddActor(self.actor)

    def refresh(self) -> None:
        """Take over surface, position, colour and opacity of the node."""
        polyData, display = self.node.GetPolyData(), self.node.GetDisplayNode()
        self.actor.SetVisibility(polyData is not None and display is not None and display.GetVisibility())
        if not self.actor.GetVisibility():
            return
        self._mapper.SetInputData(polyData)
        self._mapper.SetScalarVisibility(display.GetScalarVisibility())
        self.actor.SetUserMatrix(matrixToVTK(self._toWorld()))
        self.actor.GetProperty().SetColor(*display.GetColor())
        self.actor.GetProperty().SetOpacity(display.GetOpacity())
        self.actor.GetProperty().SetEdgeVisibility(display.GetEdgeVisibility())

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
