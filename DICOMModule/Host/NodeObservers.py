"""Observers of scene nodes that can be taken away together."""

from __future__ import annotations

from collections.abc import Callable

MODIFIED = "ModifiedEvent"


class NodeObservers:
    """Remembers what it observes; :meth:`removeAll` forgets everything. Callbacks take no arguments."""

    def __init__(self):
        self._tags: list[tuple[object, int]] = []

    def add(self, node, event: str | int, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when the VTK object reports the event."""
        self._tags.append((node, node.AddObserver(event, lambda *_arguments: callback())))

    def addVolume(self, node, callback: Callable[[], None]) -> None:
        """Hear of changes of a volume, of its voxels, of its place and of its display node."""
        self.add(node, MODIFIED, callback)
        for event in (node.ImageDataModifiedEvent, node.TransformModifiedEvent, node.DisplayModifiedEvent):
            self.add(node, event, callback)

    def removeAll(self) -> None:
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        self._tags.clear()
