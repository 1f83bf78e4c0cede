"""The folder with the data of a .mrml file: each save has one of its own, and takes away the one before.

Only what this program wrote is removed, file by file as the text before named them: whatever else somebody has put
beside a scene stays.
"""

from __future__ import annotations

import itertools
import os
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ..Errors import SceneFileError
from .BlockFiles import pieceFiles
from .MemberNames import encodedStem, memberName
from .MrmlText import MAX_TEXT_BYTES, parseXML
from .SceneTextTask import withCompanions
from .StorageText import keptFileNames

DATA_SUFFIX = "_Data"
_WRITER = "DICOMModule"


class EarlierData:
    """Looks at what is at the place of a scene file before it is replaced.

    :param target: of the scene's text
    """

    def __init__(self, target: Path):
        self._parent = target.parent
        self._stem = encodedStem(target.stem)
        self._files = self._ownFiles(target)

    def newName(self) -> str:
        """A name that no folder beside the scene has."""
        base = f"{self._stem}{DATA_SUFFIX}"
        names = itertools.chain([base], (f"{base}_{number}" for number in itertools.count(2)))
        return next(name for name in names if not os.path.lexists(self._parent / name))

    def remove(self) -> None:
        """Remove the files of the scene that was replaced, and their folder if nothing else is in it."""
        self._remove(self._files)

    def removeNew(self, names: list[str]) -> None:
        """Remove the files of a scene that could not take its place."""
        self._remove(names)

    def _remove(self, names: list[str]) -> None:
        for name in names:
            with suppress(OSError):
                (self._parent / name).unlink()
        folders = {parent.as_posix() for name in names for parent in list(PurePosixPath(name).parents)[:-1]}
        for folder in sorted(folders, key=lambda path: -path.count("/")):
            with suppress(OSError):  # somebody has put something into it
                (self._parent / folder).rmdir()

    def _ownFiles(self, target: Path) -> list[str]:
        try:
            if not target.is_file() or target.stat().st_size > MAX_TEXT_BYTES:
                return []
            root = parseXML(target.read_bytes())
        except (OSError, SceneFileError):
            return []
        if not root.attributes.get("writer", "").startswith(_WRITER):
            return []
        named = [name for element in root.children for name in keptFileNames(element.attributes)]
        found = [path for name in named for path in withCompanions(memberName(name)) if self._isOwn(path)]
        return [*found, *(path for path in pieceFiles(found, self._sizeOf, self._contents) if self._isOwn(path))]

    def _sizeOf(self, name: str) -> int:
        """0 of what is not there any more."""
        try:
            return (self._parent / name).stat().st_size
        except OSError:
            return 0

    def _contents(self, name: str) -> bytes:
        try:
            return (self._parent / name).read_bytes()
        except OSError:
            return b""

    def _isOwn(self, name: str) -> bool:
        parts = PurePosixPath(name).parts
        isNumbered = re.fullmatch(re.escape(self._stem + DATA_SUFFIX) + "(?:_[0-9]+)?", parts[0])
        folders = [self._parent / parts[0], *([self._parent / parts[0] / parts[1]] if len(parts) == 3 else [])]
        return len(parts) in (2, 3) and isNumbered is not None and not any(folder.is_symlink() for folder in folders)
