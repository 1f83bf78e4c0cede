"""Folders on the way to what is written, which go again when it is not."""

from __future__ import annotations

import os
from contextlib import suppress


class NewFolders:
    """Remembers which folders were missing."""

    def __init__(self):
        self._made: list[str] = []

    def make(self, folder: str) -> None:
        """Make a folder and all that are missing above it, for this user alone. :raises OSError: when one cannot be"""
        missing = []
        while not os.path.lexists(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for path in reversed(missing):
            os.mkdir(path, 0o700)
            self._made.append(path)

    def remove(self) -> None:
        """Remove those that were made and are still empty."""
        for path in reversed(self._made):
            with suppress(OSError):  # somebody has put something into it
                os.rmdir(path)
