"""Observing VTK objects and forgetting all of it at once: the mixin that Slicer modules use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Observation:
    """One observer that was added."""

    object: object
    event: int | str
    method: Callable
    group: str
    tag: int
    priority: float


class VTKObservationMixin:
    """Remembers observers, so that a module can remove them without keeping tags. Method names are Slicer's."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._observations: list[Observation] = []

    @property
    def Observations(self) -> list[tuple]:  # noqa: N802
        """(object, event, method, group, tag, priority) of each."""
        return [(o.object, o.event, o.method, o.group, o.tag, o.priority) for o in self._observations]

    def addObserver(self, object, event, method, group="none", priority=0.0) -> None:
        """Observe, unless the same method already observes the same event of the object."""
        if not self.hasObserver(object, event, method):
            tag = object.AddObserver(event, method, priority)
            self._observations.append(Observation(object, event, method, group, tag, priority))

    def hasObserver(self, object, event, method) -> bool:
        return bool(self._matching(object, event, method))

    def observer(self, event, method, default=None):
        """The object whose event the method observes."""
        found = (o.object for o in self._observations if (o.event, o.method) == (event, method))
        return next(found, default)

    def removeObserver(self, object, event, method) -> None:
        self._remove(self._matching(object, event, method))

    def removeObservers(self, method=None) -> None:
        """Remove all, or all of one method."""
        self._remove([o for o in self._observations if method is None or o.method == method])

    def _matching(self, object, event, method) -> list[Observation]:
        return [o for o in self._observations if o.object is object and (o.event, o.method) == (event, method)]

    def _remove(self, observations: list[Observation]) -> None:
        for observation in observations:
            observation.object.RemoveObserver(observation.tag)
            self._observations.remove(observation)
