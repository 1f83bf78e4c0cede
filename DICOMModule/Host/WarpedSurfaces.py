"""Surfaces through transforms that are not linear, each computed once for all views, in a thread. VTK only."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakValueDictionary

from vtkmodules.vtkCommonDataModel import vtkPolyData

from DICOMLib.Scene.ModelNodes import transformedSurface

from .MadeInThread import MadeInThread


class WarpedSurface:
    """A copy of a surface through a transform that is not linear, computed in a thread.

    :ivar source: what it is a copy of
    :ivar surface: None until it is ready
    """

    def __init__(self, surface: vtkPolyData, transform):
        self.source = surface
        self.surface: vtkPolyData | None = None
        self._listeners = listeners = list[Callable[[], None]]()
        # VTK's own copy of the lists, so that the thread does not meet a surface that changes.
        source = vtkPolyData()
        source.ShallowCopy(surface)
        # What tells does not hold this, which would keep it until Python looks for circles.
        self._making = MadeInThread(lambda: self._make(source, transform), lambda: _tell(listeners))

    def listen(self, whenReady: Callable[[], None]) -> None:
        """Have something called on the thread once the surface is there, unless it is there already."""
        self._listeners.append(whenReady)

    def forget(self, whenReady: Callable[[], None] | None) -> None:
        """Nobody is to be told there any more."""
        if whenReady in self._listeners:
            self._listeners.remove(whenReady)

    def wait(self) -> None:
        """Until it is made."""
        self._making.wait()

    def _make(self, source: vtkPolyData, transform) -> bool:
        self.surface = transformedSurface(source, transform)
        return True


def _tell(listeners: list[Callable[[], None]]) -> None:
    for whenReady in list(listeners):
        whenReady()


class WarpedSurfaces:
    """Shared by the views of a window; keeps what at least one of them draws."""

    def __init__(self):
        self._made: WeakValueDictionary[tuple, WarpedSurface] = WeakValueDictionary()

    def of(self, surface: vtkPolyData, node, whenReady: Callable[[], None] | None) -> WarpedSurface:
        """A surface of a node where the transforms above the node put it.

        :param whenReady: called on another thread once it is computed; without it it is waited for
        """
        # Meshes of PyVista compare their points, and are no keys; one that is kept shares its number with no other.
        key = (id(surface), surface.GetMTime(), placeOf(node))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = WarpedSurface(surface, node.GetParentTransformNode().GetTransformToWorld())
        if whenReady is None:
            found.wait()
        else:
            found.listen(whenReady)
        return found


def isWarped(node) -> bool:
    """Whether no matrix says where a node is."""
    parent = node.GetParentTransformNode()
    return parent is not None and not parent.IsTransformToWorldLinear()


def placeOf(node) -> tuple:
    """Something that differs when the transforms above a node, or one of them, have changed."""
    found, parent = [], node.GetParentTransformNode()
    while parent is not None:
        found.append((parent.GetID(), parent.GetMTime(), parent.GetTransformToParent().GetMTime()))
        parent = parent.GetParentTransformNode()
    return tuple(found)
