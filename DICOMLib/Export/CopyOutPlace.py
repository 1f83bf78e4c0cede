"""Where copies go: into a private folder on the same disk first, and under their own names when all are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ..Database.Durability import DISK_FULL, freeBytes, isDiskFull, syncFolder, systemError
from ..Database.TemporaryFolders import TemporaryFolder, removeAbandonedFolders
from ..Errors import ExportError
from ..Wording import sizeText
from .NewFolders import NewFolders
from .SafeNames import NamesInFolder, takesAllLetters

_CONTENTS = "contents"


class CopyOutPlace:
    """A context manager. What is in :attr:`folder` when it ends is gone; what a killed program left is removed by the
    next one that copies to the same place.

    :param target: a folder that is there, or one (or a file) that is to be made
    :param bytesNeeded: on its disk
    :ivar folder: to write into
    """

    def __init__(self, target: str | os.PathLike, bytesNeeded: int):
        self.target = os.path.abspath(os.fspath(target))
        self.exists = os.path.isdir(self.target)
        self._needed = bytesNeeded
        self._newFolders = NewFolders()
        self._private: TemporaryFolder | None = None
        self.folder = ""

    def __enter__(self) -> CopyOutPlace:
        beside = self.target if self.exists else os.path.dirname(self.target)
        requireRoom(beside, self._needed)
        try:
            with writingErrors(self.target, self._needed):
                self._newFolders.make(beside)
                removeAbandonedFolders(beside)
                self._private = TemporaryFolder(beside)
                self.folder = os.path.join(self._private.path, _CONTENTS)
                os.mkdir(self.folder, 0o700)
        except ExportError:
            self._leave(wasUsed=False)
            raise
        return self

    def __exit__(self, exceptionType: type | None, *_: object) -> None:
        self._leave(wasUsed=exceptionType is None)

    @property
    def takesAllLetters(self) -> bool:
        """Whether names need not be ASCII. :raises OSError: when nothing can be written"""
        return takesAllLetters(self._private.path)

    def publish(self, order: Callable[[str], object] = str, areNumbered: bool = False) -> list[str]:
        """Give the folder its name or, when it exists, put what is in ours into it. Nothing there is touched.

        :param order: which of them comes first
        :param areNumbered: whether a name that is taken gets a number instead of an error
        :returns: the new paths
        :raises ExportError: when that is not possible; then nothing was put there
        """
        if not self.exists:
            with writingErrors(self.target):
                self._refuseTaken(self.target)
                os.rename(self.folder, self.target)
                syncFolder(os.path.dirname(self.target))
            return [self.target]
        moved: list[tuple[str, str]] = []
        try:
            with writingErrors(self.target):
                taken = NamesInFolder(os.listdir(self.target))
                for name in sorted(os.listdir(self.folder), key=order):
                    given = taken.free(name) if areNumbered else name
                    source, path = os.path.join(self.folder, name), os.path.join(self.target, given)
                    self._refuseTaken(path)
                    os.rename(source, path)
                    moved.append((source, path))
                syncFolder(self.target)
        except ExportError:
            for source, path in reversed(moved):
                with suppress(OSError):
                    os.rename(path, source)
            raise
        return [path for _, path in moved]

    def publishFile(self, name: str) -> str:
        """Give a file of the folder the target's name. :raises ExportError: when there is something of this name"""
        source = os.path.join(self.folder, name)
        with writingErrors(self.target):
            self._refuseTaken(self.target)
            try:
                os.link(source, self.target)  # unlike a renaming, this never replaces anything
            except FileExistsError:
                self._refuseTaken(self.target)
            except OSError:  # a file system without hard links
                os.rename(source, self.target)
            syncFolder(os.path.dirname(self.target))
        return self.target

    @staticmethod
    def _refuseTaken(path: str) -> None:
        if os.path.lexists(path):
            raise ExportError("there is something of this name already", path, hint="Choose another name or folder")

    def _leave(self, wasUsed: bool) -> None:
        if self._private is not None:
            self._private.remove()
        if not wasUsed:
            self._newFolders.remove()


def requireRoom(place: str, needed: int) -> None:
    """:raises ExportError: when the disk has less than `needed` bytes free, with both figures"""
    free = freeBytes(place)
    if free is not None and free < needed:
        figures = f"{sizeText(needed)} are needed, {sizeText(free)} are free"
        raise ExportError("there is not enough room on the disk", place, figures, "Make room or choose another disk")


@contextmanager
def writingErrors(place: str | os.PathLike, needed: int = 0) -> Iterator[None]:
    """Turns errors of the file system into ExportErrors that name the place.

    :param needed: how many bytes the work takes altogether
    """
    try:
        yield
    except OSError as error:
        hint = "Nothing was left behind"
        if isDiskFull(error):
            figures = f"{sizeText(needed)} are needed" if needed else None
            hint += ". Make room or choose another disk"
            raise ExportError(DISK_FULL, os.fspath(place), figures, hint) from error
        hint = "Check that you may write to the folder. " + hint
        reason = systemError(error).strerror
        raise ExportError("nothing can be written there", os.fspath(place), reason, hint) from error


def removeEmptyFolders(folder: str) -> None:
    """Take away folders into which no file came."""
    for path, _, _ in os.walk(folder, topdown=False):
        if path != folder:
            with suppress(OSError):
                os.rmdir(path)
