"""What the list of a bundle (.mrb, a zip archive) says, checked as a whole: by the worker, and again by who asks it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ..Errors import LimitExceededError, SceneFileError
from ..Media.ArchiveLimits import MAX_RATIO
from ..Media.BoundedInflate import expandsTooMuch
from ..Media.ZipMembers import ZipEntry
from ..Wording import sizeText
from .BundleNames import checkedNames
from .Limits import MAX_MEMBERS, MAX_THUMBNAIL_BYTES, MAX_TOTAL_BYTES
from .MrmlText import MAX_TEXT_BYTES

SCENE_SUFFIX = ".mrml"
_PICTURES = (".png",)
_UNPACK = "Unpack it yourself if you trust it, and open the .mrml file in it"
_NUMBERS = ("offset", "compressedSize", "size", "checksum", "flags", "method", "mode")


class BundleEntries:
    """The files of a bundle, all of them checked.

    :ivar path: of the file that the bundle is, or is in
    :ivar entries: by the path of each file in the bundle
    :ivar sizes: bytes of each file
    :ivar sceneName: path of the scene's text
    :raises SceneFileError: when it holds what no bundle holds; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    """

    def __init__(self, entries: Iterable[ZipEntry], path: Path):
        self.path = path
        self.entries = checkedNames(entries, path)
        self.sizes = {name: entry.size for name, entry in self.entries.items()}
        self._refuseTooMuch()
        self.sceneName = self._findScene()

    @property
    def folder(self) -> str:
        """The one that the scene's text is in; "" for the bundle's own."""
        parent = str(PurePosixPath(self.sceneName).parent)
        return "" if parent == "." else parent

    def otherScenes(self) -> list[str]:
        """Further texts of scenes, which are not read."""
        return [name for name in self.entries if name.lower().endswith(SCENE_SUFFIX) and name != self.sceneName]

    def pathOf(self, fileName: str) -> str:
        """A file that the scene names, as a path in the bundle."""
        return f"{self.folder}/{fileName}" if self.folder else fileName

    def thumbnailName(self) -> str:
        """The picture beside the scene's text; "" where there is none that is read."""
        beside = [name for name in self.entries if name.lower().endswith(_PICTURES)]
        here = [name for name in beside if self.pathOf(PurePosixPath(name).name) == name]
        return here[0] if here and self.sizes[here[0]] <= MAX_THUMBNAIL_BYTES else ""

    def _refuseTooMuch(self) -> None:
        if len(self.entries) > MAX_MEMBERS:
            what = f"the bundle cannot be opened: it has more than {MAX_MEMBERS:,} members"
            raise SceneFileError(what, self.path)
        total = sum(self.sizes.values())
        if total > MAX_TOTAL_BYTES:
            limit = f"{sizeText(total)} of at most {sizeText(MAX_TOTAL_BYTES)}"
            raise LimitExceededError("the bundle holds more than is accepted", self.path, limit, _UNPACK)
        for name, entry in self.entries.items():
            if expandsTooMuch(entry.size, entry.compressedSize):
                what = f"“{name}” in the bundle expands more than {MAX_RATIO}-fold"
                raise LimitExceededError(what, self.path, sizeText(entry.size), _UNPACK)

    def _findScene(self) -> str:
        scenes = [name for name in self.entries if name.lower().endswith(SCENE_SUFFIX)]
        if not scenes:
            raise SceneFileError("there is no scene in the bundle", self.path)
        found = min(scenes, key=lambda name: name.count("/"))
        if self.sizes[found] > MAX_TEXT_BYTES:
            raise LimitExceededError("the text of the scene is too long", self.path, sizeText(self.sizes[found]))
        return found


def plainEntry(entry: ZipEntry) -> list:
    """An entry as JSON can carry it."""
    return [*(getattr(entry, name) for name in _NUMBERS), entry.name.decode("latin-1"), entry.isLinked]


def entryFrom(row: object) -> ZipEntry:
    """The other way. :raises SceneFileError: when it is none"""
    isSound = isinstance(row, list) and len(row) == len(_NUMBERS) + 2
    if isSound and all(type(number) is int and number >= 0 for number in row[: len(_NUMBERS)]):
        name, isLinked = row[len(_NUMBERS) :]
        if isinstance(name, str) and isinstance(isLinked, bool) and max(name, default="") < "\u0100":
            return ZipEntry(*row[: len(_NUMBERS)], name.encode("latin-1"), isLinked)
    raise SceneFileError("the reading process sent something that is no entry of a bundle")
