"""Surfaces of models and segmentations in a 3D view. VTK only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderer

from .ModelActor import ModelActor
from .SegmentationActors import SegmentationActors
from .WarpedSurfaces import WarpedSurfaces

_KINDS = {"vtkMRMLModelNode": ModelActor, "vtkMRMLSegmentationNode": SegmentationActors}


class SurfacesInView:
    """Draws in a renderer what nodes have of surfaces.

    :param whenReady: called on another thread when a surface was computed and :meth:`refresh` is to be called again
    :param warped: see :class:`SurfaceActor`

    :ivar drawn: by ID of the node
    """

    def __init__(self, renderer: vtkRenderer, whenReady: Callable[[], None], warped: WarpedSurfaces | None = None):
        self._renderer = renderer
        self._whenReady = whenReady
        self._warped = warped or WarpedSurfaces()
        self.drawn: dict[str, ModelActor | SegmentationActors] = {}

    def refresh(self, nodes: Iterable) -> bool:
        """Draw those of these nodes that have surfaces, and no others. :returns: whether the picture changes"""
        wanted = {node.GetID(): (kind, node) for node in nodes if (kind := _kindOf(node)) is not None}
        # Another node may have got the ID of one that left.
        gone = [nodeID for nodeID, one in self.drawn.items() if wanted.get(nodeID, (None, None))[1] is not one.node]
        for nodeID in gone:
            self.drawn.pop(nodeID).remove()
        changed = bool(gone)
        for nodeID, (kind, node) in wanted.items():
            if nodeID not in self.drawn:
                self.drawn[nodeID] = kind(self._renderer, node, self._whenReady, self._warped)
            changed = self.drawn[nodeID].refresh() or changed
        return changed

    def isTranslucent(self) -> bool:
        """Whether something is seen through one of them."""
        return any(one.isTranslucent() for one in self.drawn.values())

    def corners(self) -> list[np.ndarray]:
        """Opposite corners of the RAS box around each, shape (2, 3); without hidden and empty ones."""
        return [found for one in self.drawn.values() if (found := one.corners()) is not None]

    def wait(self) -> None:
        """Until surfaces that are computed are there; :meth:`refresh` takes them over."""
        for one in self.drawn.values():
            one.wait()

    def remove(self) -> None:
        """Take all out of the renderer."""
        for one in self.drawn.values():
            one.remove()
        self.drawn.clear()


def _kindOf(node) -> type[ModelActor] | type[SegmentationActors] | None:
    return next((kind for className, kind in _KINDS.items() if node.IsA(className)), None)
