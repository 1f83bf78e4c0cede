"""The segments of a segmentation in a 3D view, as far as their surfaces are computed. VTK only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from .SurfaceActor import SurfaceActor
from .WarpedSurfaces import WarpedSurfaces, placeOf


class SegmentationActors:
    """A segmentation node drawn in a renderer. :param whenReady: :param warped: see :class:`SurfaceActor`"""

    def __init__(
        self, renderer: vtkRenderer, node, whenReady: Callable[[], None] | None = None,
        warped: WarpedSurfaces | None = None,
    ):  # fmt: skip
        self.node = node
        self._shared = warped
        self._renderer = renderer
        self._whenReady = whenReady
        self._state: tuple | None = None
        self._surfaces: dict[str, SurfaceActor] = {}

    def actors(self) -> dict[str, vtkActor]:
        """What is in the renderer, by segment."""
        return {segmentID: surface.actor for segmentID, surface in self._surfaces.items()}

    def refresh(self) -> bool:
        """Take over surfaces, position, colours and opacities. :returns: whether the picture changes"""
        state = self._presentState()
        if state == self._state and not any(one.hasNews for one in self._surfaces.values()):
            return False
        self._state = state
        shown = self._shownSurfaces()
        for segmentID in [one for one in self._surfaces if one not in shown]:
            self._surfaces.pop(segmentID).remove()
        for segmentID, surface in shown.items():
            if segmentID not in self._surfaces:
                self._surfaces[segmentID] = SurfaceActor(self._renderer, self._whenReady, self._shared)
            self._surfaces[segmentID].show(surface, self.node)
            self._applyDisplay(segmentID)
        return True

    def _presentState(self) -> tuple:
        parts = (self.node, self.node.GetSegmentation(), self.node.GetDisplayNode())
        times = tuple(part.GetMTime() for part in parts if part is not None)
        return (*times, placeOf(self.node))

    def _shownSurfaces(self) -> dict:
        segmentation, display = self.node.GetSegmentation(), self.node.GetDisplayNode()
        if display is None or not (display.GetVisibility() and display.GetVisibility3D()):
            return {}
        found = {}
        for segmentID in segmentation.GetSegmentIDs():
            how, surface = display.segmentDisplay(segmentID), self.node.GetClosedSurfaceRepresentation(segmentID)
            if how.visible and how.visible3D and surface is not None and surface.GetNumberOfPoints():
                found[segmentID] = surface
        return found

    def _applyDisplay(self, segmentID: str) -> None:
        display, segment = self.node.GetDisplayNode(), self.node.GetSegmentation().GetSegment(segmentID)
        appearance = self._surfaces[segmentID].actor.GetProperty()
        appearance.SetColor(*segment.GetColor())
        opacity = display.GetOpacity() * display.segmentDisplay(segmentID).opacity3D
        appearance.SetOpacity(min(max(opacity, 0.0), 1.0))
        appearance.SetSpecular(0.2)
        appearance.SetSpecularPower(12)

    def isTranslucent(self) -> bool:
        """Whether something is seen through a segment."""
        return any(0 < actor.GetProperty().GetOpacity() < 1 for actor in self.actors().values())

    def corners(self) -> np.ndarray | None:
        """Opposite corners of the RAS box around all that is drawn, shape (2, 3); None when there is nothing."""
        found = [corners for one in self._surfaces.values() if (corners := one.corners()) is not None]
        if not found:
            return None
        points = np.vstack(found)
        return np.array([points.min(axis=0), points.max(axis=0)])

    def wait(self) -> None:
        """Until surfaces that are computed are there; :meth:`refresh` takes them over."""
        for one in self._surfaces.values():
            one.wait()

    def remove(self) -> None:
        """Take them out of the renderer."""
        for one in self._surfaces.values():
            one.remove()
        self._surfaces.clear()
