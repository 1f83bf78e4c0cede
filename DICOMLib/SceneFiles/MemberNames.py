"""What files beside a scene are called: as Slicer names them, a name on every system, never outside of the folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from ..Scene.Node import vtkMRMLNode

# Slicer encodes all others of a node's name, too.
_PLAIN = frozenset(" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
# Names of devices on Windows, with any ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
# With folder and ending below what common file systems (255 bytes) and archivers hold.
LONGEST_STEM = 120
LONGEST_PATH = 1024
_DRIVE_OR_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def encodedStem(name: str) -> str:
    """A node's name as the start of a file's name."""
    data = name.encode("utf-8", "replace")
    text = "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02x}" for byte in data)
    text = text[:LONGEST_STEM]
    # A code that was cut in two is none.
    text = re.sub(r"%[0-9a-f]?$", "", text).strip(" .")
    return f"_{text}" if not text or _DEVICES.fullmatch(text) else text


class MemberNames:
    """Gives each file a name that none before has, also where capitals do not count."""

    def __init__(self, folder: str):
        self._folder = folder
        self._taken: set[str] = set()

    def ofNode(self, node: vtkMRMLNode, suffix: str) -> str:
        """Of the file of a node. :param suffix: with its dot"""
        return self.forNode(node.GetName(), suffix)

    def ofKeptFile(self, node: vtkMRMLNode, name: str) -> str:
        """Of a file that is kept for a node of a class that is not known. :param name: that it has there"""
        return self.forFile(name)

    def forNode(self, name: str | None, suffix: str) -> str:
        """:param suffix: with its dot :returns: the folder and the name, with "/" between"""
        return self._free(encodedStem(name or "Data"), suffix)

    def forFile(self, path: str) -> str:
        """A name like that of a file there was."""
        name = PurePosixPath(path).name
        stem, dot, suffix = name.partition(".")
        return self._free(encodedStem(stem), encodedSuffix(dot + suffix))

    def _free(self, stem: str, suffix: str) -> str:
        number, free = 0, stem
        while not self._taken.isdisjoint(_filesOf(free, suffix)):
            number += 1
            free = f"{stem}_{number}"
        self._taken |= _filesOf(free, suffix)
        return f"{self._folder}/{free}{suffix}" if self._folder else free + suffix


def _filesOf(stem: str, suffix: str) -> set[str]:
    """A file's name and that of the schema that a table may have beside it, in small letters."""
    return {name.lower() for name in (stem + suffix, f"{stem}.schema{suffix}")}


def encodedSuffix(suffix: str) -> str:
    """An ending with nothing in it but what every system takes."""
    return "".join(character for character in suffix if character in _PLAIN and character != " ").rstrip(".")[:40]


def memberName(text: str) -> str | None:
    """A file's name in a scene as a path below the folder of the scene; None when it is not one.

    Parts are separated by "/" or "\\", whatever the system that wrote it.
    """
    path = text.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    isOutside = path.startswith("/") or ".." in parts or _DRIVE_OR_SCHEME.match(path) or "\0" in path
    if isOutside or not parts or len(path) > LONGEST_PATH:
        return None
    return "/".join(parts)


def isWithin(path: Path, folder: Path) -> bool:
    """Whether a path is below a folder without any symbolic link on the way."""
    try:
        return path.resolve() == folder.resolve() / path.relative_to(folder)
    except (OSError, ValueError, RuntimeError):
        return False
