"""Which scenes were opened and saved last. Needs no Qt."""

from __future__ import annotations

import logging
import os

from DICOMLib.Errors import SettingsError
from DICOMLib.Settings import Settings

logger = logging.getLogger(__name__)

MOST = 10
LIST, SWITCH = "Scenes/Recent", "Scenes/KeepRecent"


class RecentScenes:
    """A list of paths in the settings, the latest first.

    A path is what somebody chose, nothing out of a scene; whoever has names of patients in the names of files can
    switch the list off, which also forgets it.

    :ivar isPaused: keep and tell none for now; those that are kept stay
    """

    def __init__(self, settings: Settings):
        self.isPaused = False
        self._settings = settings
        settings.addObserver(self._onChanged)

    @property
    def isKept(self) -> bool:
        """Whether scenes are remembered."""
        return not self.isPaused and bool(self._settings.value(SWITCH))

    def paths(self) -> list[str]:
        """Absolute paths; the files may be gone."""
        return list(self._settings.value(LIST)[:MOST]) if self.isKept else []

    def add(self, path: str | os.PathLike) -> None:
        """Put a scene first."""
        if self.isKept:
            path = os.path.abspath(path)
            self._store([path, *(one for one in self.paths() if one != path)])

    def remove(self, path: str) -> None:
        """Forget one."""
        self._store([one for one in self.paths() if one != path])

    def clear(self) -> None:
        """Forget all."""
        self._store([])

    def close(self) -> None:
        """Follow the settings no longer."""
        self._settings.removeObserver(self._onChanged)

    def _onChanged(self, name: str) -> None:
        if name == SWITCH and not self._settings.value(SWITCH):
            self.clear()

    def _store(self, paths: list[str]) -> None:
        if paths == self._settings.value(LIST):
            return
        try:
            self._settings.setValue(LIST, paths[:MOST])
        except SettingsError as error:  # a full disk must not keep a scene from being opened
            logger.warning("The list of recent scenes is not kept: %s", type(error).__name__)
