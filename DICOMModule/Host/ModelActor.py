"""A model node in a 3D view. VTK only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from .SurfaceActor import SurfaceActor
from .WarpedSurfaces import WarpedSurfaces, placeOf


class ModelActor:
    """A model node drawn in a renderer. :param whenReady: :param warped: see :class:`SurfaceActor`"""

    def __init__(
        self, renderer: vtkRenderer, node, whenReady: Callable[[], None] | None = None,
        warped: WarpedSurfaces | None = None,
    ):  # fmt: skip
        self.node = node
        self._state: tuple | None = None
        self._surface = SurfaceActor(renderer, whenReady, warped)

    @property
    def actor(self) -> vtkActor:
        """What is in the renderer."""
        return self._surface.actor

    def refresh(self) -> bool:
        """Take over surface, position, colour and opacity of the node. :returns: whether the picture changes"""
        polyData, display = self.node.GetPolyData(), self.node.GetDisplayNode()
        times = tuple(part.GetMTime() for part in (self.node, polyData, display) if part is not None)
        state = (*times, placeOf(self.node))
        if state == self._state and not self._surface.hasNews:
            return False
        self._state = state
        isShown = display is not None and display.GetVisibility() and display.GetVisibility3D()
        self._surface.show(polyData if isShown else None, self.node)
        if self.actor.GetVisibility():
            self._applyDisplay(display)
        return True

    def _applyDisplay(self, display) -> None:
        self._surface.mapper.SetScalarVisibility(display.GetScalarVisibility())
        appearance = self.actor.GetProperty()
        appearance.SetColor(*display.GetColor())
        appearance.SetOpacity(display.GetOpacity())
        appearance.SetEdgeVisibility(display.GetEdgeVisibility())

    def isTranslucent(self) -> bool:
        """Whether something is seen through it."""
        return bool(self.actor.GetVisibility()) and 0 < self.actor.GetProperty().GetOpacity() < 1

    def corners(self) -> np.ndarray | None:
        """Opposite corners of the surface's RAS box, shape (2, 3); None while it is hidden or empty."""
        return self._surface.corners()

    def wait(self) -> None:
        """Until a surface that is computed is there; :meth:`refresh` takes it over."""
        self._surface.wait()

    def remove(self) -> None:
        """Take it out of the renderer."""
        self._surface.remove()
