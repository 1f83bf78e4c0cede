"""What scripts work with when they do not say: the only state of the library, set by a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .Errors import DatabaseClosedError, DICOMError
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


def needed(given: object, name: str) -> object:
    """What was given, else what the context has of this name.

    :raises DICOMError: when there is none; it says what to pass
    """
    found = getattr(currentContext(), name) if given is None else given
    if found is None:
        hint = f"Pass {name}=..., or call DICOMUtils.setContext(DICOMUtils.ScriptingContext(...)) first"
        raise DICOMError(f"no {name} to work with", hint=hint)
    return found


def openedDatabase(database: DICOMDatabase | None) -> DICOMDatabase:
    """This database, else that of the context. :raises DatabaseClosedError: when it is not open"""
    database = needed(database, "database")
    if not database.isOpen:
        raise DatabaseClosedError("the study database is not open", hint="Open it with DICOMUtils.openDatabase")
    return database
