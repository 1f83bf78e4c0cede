"""The file that the scene in the window came from, or went to. Needs no Qt."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from DICOMLib.Errors import UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles.BundleEntries import SCENE_SUFFIX
from DICOMLib.SceneFiles.EarlierData import DATA_SUFFIX
from DICOMLib.SceneFiles.MemberNames import encodedStem
from DICOMLib.SceneFiles.SceneSummary import BUNDLE_SUFFIX
from DICOMLib.Widgets.DisplayText import plainText

MOST_SHOWN = 60
_BLOCK = 4 << 20
NEW_NAME = "scene" + BUNDLE_SUFFIX


class SceneFile:
    """Says where *Save* writes, and what is to be asked before.

    :ivar path: None while the scene is in no file; *Save* asks for one then
    :ivar version: another one whenever the scene is another one, or somewhere else
    """

    def __init__(self):
        self.version = 0
        self.path: Path | None = None
        self._suggested = Path(NEW_NAME)
        self._signature: tuple | None = None
        self._isComplete = True

    @property
    def suggested(self) -> Path:
        """What is offered when a file is asked for."""
        return self.path or self._suggested

    @property
    def mayBeReplaced(self) -> bool:
        """Whether saving there loses nothing: not of a file of which only a part could be read."""
        return self.path is not None and self._isComplete

    def use(self, path: Path, isComplete: bool = True) -> None:
        """The scene is in this file now.

        :param isComplete: whether all of the file is in the scene
        """
        self.path, self._isComplete, self.version = path, isComplete, self.version + 1
        self._signature = signatureOf(path)

    def suggest(self, path: Path) -> None:
        """The scene is in no file, and this is offered for it."""
        self.forget()
        self._suggested = path

    def forget(self) -> None:
        """The scene is in no file. What is offered for it is a new name in the folder of the last one."""
        if self.path is not None:
            self._suggested = self.path.parent / NEW_NAME
        self.path, self._signature, self._isComplete, self.version = None, None, True, self.version + 1

    def state(self) -> dict[str, object]:
        """For :meth:`restore`."""
        return dict(vars(self))

    def restore(self, state: dict[str, object]) -> None:
        """Be as before."""
        vars(self).update(state)

    def hasChanged(self) -> bool:
        """Whether somebody else has written the file since; not when it is gone."""
        signature = signatureOf(self.path)
        return signature is not None and signature != self._signature


def signatureOf(path: Path) -> tuple | None:
    """Differs once a file is another one or has been written; None when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def shownName(path: str | os.PathLike) -> str:
    """A file's name for titles and messages: the middle of a very long one is left out."""
    return shortened(os.path.basename(os.fspath(path)))


def shortened(text: str, most: int = MOST_SHOWN) -> str:
    """One line of at most so many characters; of a longer one the middle is left out."""
    line = plainText(text)
    if len(line) <= most:
        return line
    half = (most - 1) // 2
    return f"{line[:half]}…{line[-half:]}"


def digestOf(path: Path, progress: Progress) -> str:
    """SHA-256 of a scene's file, by which it is known again.

    A text (.mrml) vouches for nothing in the files beside it: where it is, and their names, sizes and times count too,
    so that a copy to another place, or one with other data, is another scene.

    :raises UnreadableFileError: when it cannot be read
    :raises CancelledError: when progress was cancelled
    """
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                progress.raiseIfCancelled()
                digest.update(block)
        if path.suffix.lower() == SCENE_SUFFIX:
            for fact in _factsBeside(path):
                digest.update(fact + b"\0")
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error
    return digest.hexdigest()


def _factsBeside(path: Path) -> Iterator[bytes]:
    """Of a scene's text and of its data, which is in folders beside it and below them."""
    yield os.fsencode(os.path.realpath(path))
    folder = Path(os.path.realpath(path)).parent
    for data in sorted(folder.glob(f"{glob.escape(encodedStem(path.stem))}{DATA_SUFFIX}*")):
        for file in sorted(entry for entry in data.rglob("*") if entry.is_file()):
            status = file.stat()
            yield os.fsencode(f"{file.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
