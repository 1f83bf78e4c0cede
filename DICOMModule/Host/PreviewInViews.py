"""A volume that is still being read, in the slice views: what it takes the place of comes back if nothing follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .VolumeAppearance import dimensionsOf, ijkToWorld, windowLevel

if TYPE_CHECKING:
    from .SliceView import SliceView

SAME_PLACE_MM = 1e-3


class PreviewInViews:
    """Shows one volume at a time as the background of slice views.

    :ivar node: the volume; None for none
    """

    def __init__(self, views: Mapping[str, SliceView]):
        self.node = None
        self._views = views
        self._before: dict[str, tuple] = {}
        self._window: tuple[float, float] | None = None

    def show(self, node) -> None:
        """Put a volume into all slice views; where these look is the caller's to say."""
        if self.node is None:
            self._before = {name: (view.backgroundVolume, view.placement()) for name, view in self._views.items()}
        for view in self._views.values():
            view.setBackgroundVolume(node, fit=False)
        self.node, self._window = node, windowLevel(node)

    def isContinuedBy(self, node) -> bool:
        """Whether a volume is the same one, read to its end, at the same place, in views that still show it."""
        return (
            self.node is not None
            and all(view.backgroundVolume is self.node for view in self._views.values())
            and node.GetAttribute("DICOM.instanceUIDs") == self.node.GetAttribute("DICOM.instanceUIDs")
            and dimensionsOf(node) == dimensionsOf(self.node)
            and not node.isWarped()
            and np.allclose(ijkToWorld(node), ijkToWorld(self.node), atol=SAME_PLACE_MM)
        )

    def handWindowTo(self, node) -> None:
        """Let a volume look as the user has made the preview look."""
        if windowLevel(self.node) != self._window and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetWindowLevel(*windowLevel(self.node))

    def end(self) -> bool:
        """Where the preview is still shown, show again what was there before. :returns: whether it was"""
        showing = [name for name in self._before if self._views[name].backgroundVolume is self.node]
        for name in showing:
            background, placement = self._before[name]
            self._views[name].setBackgroundVolume(background, fit=False)
            self._views[name].setPlacement(placement)
        self.forget()
        return bool(showing)

    def forget(self) -> None:
        """Let go of the volume and of what was before."""
        self.node, self._before, self._window = None, {}, None
