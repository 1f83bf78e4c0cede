"""What scripts work with when they do not say: the only state of the library, set by a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .Settings import Settings

if TYPE_CHECKING:
    from .Database.DICOMDatabase import DICOMDatabase
    from .Database.TemporaryFolders import TemporaryFolder
    from .PluginRegistry import PluginRegistry
    from .Scene.Scene import Scene
    from .Workers.WorkerPool import WorkerPool


@dataclass
class ScriptingContext:
    """What scripts work with when they do not say."""

    database: DICOMDatabase | None = None
    scene: Scene | None = None
    registry: PluginRegistry | None = None
    settings: Settings = field(default_factory=Settings)
    workers: WorkerPool | None = None
    temporaryFolders: dict[str, TemporaryFolder] = field(default_factory=dict, repr=False)


# The only state of the library; a host sets it once.
_current = ScriptingContext()


def setContext(context: ScriptingContext | None) -> None:
    """Say what functions called without ``database=``, ``scene=`` or ``registry=`` work with; None forgets it."""
    global _current  # noqa: PLW0603
    _current = context or ScriptingContext()


def currentContext() -> ScriptingContext:
    """What was set with :func:`setContext`."""
    return _current
