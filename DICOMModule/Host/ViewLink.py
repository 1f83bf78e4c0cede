"""Slice views that are zoomed and moved together."""

from __future__ import annotations

from .SliceView import SliceView


class ViewLink:
    """While enabled, zooming or panning one view gives the others the same scale and the same point in their middle."""

    def __init__(self):
        self.enabled = False
        self._views: list[SliceView] = []
        self._isFollowing = False

    def add(self, view: SliceView) -> None:
        """Let a view lead and follow."""
        self._views.append(view)
        view.zoomedOrPanned.connect(lambda: self._onMoved(view))

    def setEnabled(self, enabled: bool) -> None:
        """Switch linking on or off; nothing moves until the next zoom or pan."""
        self.enabled = bool(enabled)

    def _onMoved(self, leader: SliceView) -> None:
        if not self.enabled or self._isFollowing:
            return
        self._isFollowing = True
        try:
            for view in self._views:
                if view is not leader:
                    view.follow(leader.geometryOfSlice.mmPerPixel, leader.geometryOfSlice.centre)
        finally:
            self._isFollowing = False
