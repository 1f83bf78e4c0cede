"""The files of a Slicer database, as the program gets them: from the helper process, the database untouched."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ..Progress import Progress
from .MediaHelper import MediaHelper
from .SlicerDatabase import FILE_NAME, SQLITE_MAGIC, UNFINISHED_ENDINGS


@dataclass
class SlicerFileList:
    """What a database of 3D Slicer lists.

    :ivar paths: absolute paths; whether they exist was not looked at
    :ivar copies: how many of them lie in the database's own folder
    :ivar withoutFile: instances that are only known to be on a server
    :ivar problem: why there is no list; "" when there is
    :ivar wasUnfinished: whether something had not been finished there, so that a private copy was read
    """

    paths: list[bytes] = field(default_factory=list)
    copies: int = 0
    withoutFile: int = 0
    problem: str = ""
    wasUnfinished: bool = False

    def text(self) -> str:
        """One clause."""
        parts = [f"the database of 3D Slicer lists {len(self.paths):,} files"
                 f" ({self.copies:,} copied, {len(self.paths) - self.copies:,} linked)"]
        if self.withoutFile:
            parts.append(f"{self.withoutFile:,} more instances are only on a server")
        if self.wasUnfinished:
            parts.append("a change in it was not finished, so a private copy of it was read")
        return "; ".join(parts)


def isSlicerDatabase(path: bytes) -> bool:
    """Whether a path is a file that may be a database of 3D Slicer: an SQLite file with the right name or ending."""
    name = os.path.basename(path).lower()
    if not (name == FILE_NAME.lower() or name.endswith(b".sql")) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as stream:
            return stream.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError:
        return False


def unfinishedFiles(path: bytes) -> list[bytes]:
    """Files beside a database that belong to it while something is not finished."""
    candidates = [path + ending for ending in UNFINISHED_ENDINGS]
    return [file for file in candidates if os.path.isfile(file) and os.path.getsize(file)]


def filesOfSlicerDatabase(path: bytes, privateFolder: Path | None, progress: Progress) -> SlicerFileList:
    """Ask a database for its files. Nothing is written to it or beside it.

    :param privateFolder: where a copy may lie while it is read, if something in it is not finished
    """
    found = SlicerFileList()
    unfinished = unfinishedFiles(path)
    readable = path
    if unfinished:
        if privateFolder is None:
            found.problem = "something in it is not finished; close 3D Slicer, or open it there once, and import again"
            return found
        found.wasUnfinished = True
        try:
            readable = _copied(path, unfinished, privateFolder)
        except OSError as error:
            found.problem = f"it cannot be copied: {error.strerror}"
            return found
    task = {"task": "files", "path": os.fsdecode(readable), "isPrivateCopy": bool(unfinished)}
    with MediaHelper(task, progress) as helper:
        for message, _ in helper.messages():
            if message.get("kind") == "files":
                _addFiles(found, message.get("names"), os.path.dirname(path))
            elif message.get("kind") == "done":
                found.withoutFile = message.get("unlisted", 0)
            elif message.get("kind") == "failed":
                found.problem = str(message.get("text"))
                found.paths.clear()
    return found


def _addFiles(found: SlicerFileList, names: object, folder: bytes) -> None:
    for name in names if isinstance(names, list) else ():
        path = os.fsencode(str(name))
        if path.startswith((b"\\\\", b"//")):
            continue  # another computer would be asked, with the user's name and password on some systems
        if not os.path.isabs(path):
            found.copies += 1
        found.paths.append(os.path.normpath(os.path.join(folder, path)))


def _copied(path: bytes, unfinished: list[bytes], folder: Path) -> bytes:
    """A copy with what belongs to it, under the same names, so that SQLite puts them together."""
    target = os.path.join(os.fsencode(folder), b"slicer.part")
    for source in (path, *unfinished):
        shutil.copyfile(source, target + source[len(path) :])
    return target
