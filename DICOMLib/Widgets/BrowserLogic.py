"""What the browser's widgets need done for them; ``DICOMModule.DICOM.DICOMLogic`` is the real one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from ..LoadPreview import LoadPreview
from ..Progress import Progress

PreviewTaker = Callable[[LoadPreview], None]


class RemovalCounts(Protocol):
    """What removing something would do to files: a ``RemovalReport`` of the database."""

    copiesDeleted: int
    """Copies inside the database folder: they are deleted from the disk."""
    originalsKept: int
    """Linked files: they stay where they are."""
    bytesDeleted: int
    """Of the copies."""
    backups: list[str]
    """Copies of the database that still hold what is removed."""


class BrowserLogic(Protocol):
    """Methods run in worker threads, except :meth:`showInScene` and :meth:`loadedInstances`.

    Levels are "patient", "study", "series".
    """

    database: object
    registry: object
    """The plugins."""
    watcher: object
    """A FolderWatcher; None where no folders are watched."""
    workers: object
    """Processes that decode pictures of series; None if there are none."""

    def importPaths(self, paths: Sequence[str], copyFiles: bool = False, progress: Progress | None = None) -> object:
        """Index files and folders. :returns: an ImportReport"""

    def parentsOfSeries(self, seriesUIDs: Sequence[str]) -> tuple[set[str], set]:
        """Studies and patients that series belong to."""

    def removalCounts(self, level: str, uids: Sequence) -> RemovalCounts:
        """What :meth:`remove` would do to files."""

    def remove(self, level: str, uids: Sequence, progress: Progress | None = None) -> None:
        """Take patients, studies or series out of the database."""

    def examine(self, seriesUIDs: Sequence[str], progress: Progress | None = None) -> tuple[dict, list[str]]:
        """Loadables by plugin with the best of each series selected, and what went wrong meanwhile."""

    def prepareToLoad(self, seriesUIDs: Sequence[str]) -> None:
        """Somebody has selected series and may be about to load them. Returns at once."""

    def load(
        self, loadablesByPlugin: dict, progress: Progress | None = None, onPreview: PreviewTaker | None = None
    ) -> tuple[object, list[str]]:
        """Read the selected loadables into a new scene that nobody shows.

        :param onPreview: is given what can be looked at meanwhile, on the thread that reads
        :returns: that scene, and what went wrong
        """

    def loadFiles(
        self, paths: Sequence[str], progress: Progress | None = None, onPreview: PreviewTaker | None = None
    ) -> tuple[object, list[str]]:
        """Read files and folders into a new scene without importing them. :returns: as :meth:`load`"""

    def references(self, loadablesByPlugin: dict, loaded: Collection[str], progress: Progress | None = None) -> dict:
        """Loadables by plugin for the series that loaded ones refer to, without those in the shown scene."""

    def loadedInstances(self) -> Collection[str]:
        """What is in the shown scene, for :meth:`references`; on the GUI thread."""

    def showPreview(self, preview: LoadPreview | None) -> None:
        """Let views show a volume that is still being read, or no longer; on the GUI thread."""

    def showInScene(self, staging: object, isBeside: bool = False) -> list:
        """Move a staging scene's nodes into the shown scene, on the GUI thread.

        :param isBeside: what views show already stays there
        :returns: the nodes
        """
