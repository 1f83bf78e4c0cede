"""The files of a bundle (.mrb, a zip archive), looked at as a whole before the first byte of one is written."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ..Errors import LimitExceededError, SceneFileError, UnreadableFileError
from ..Media.ArchiveLimits import MAX_RATIO
from ..Media.ArchiveMember import ArchiveProblem, MemberDamage, MemberProblem
from ..Media.BoundedInflate import expandsTooMuch
from ..Media.ZipMembers import ZipMembers
from ..Processors import availableProcessors
from ..Progress import Progress
from ..Wording import sizeText
from .BundleNames import checkedNames
from .FilePart import FilePart, Place
from .Limits import MAX_MEMBERS, MAX_THUMBNAIL_BYTES, MAX_TOTAL_BYTES
from .MrmlText import MAX_TEXT_BYTES

SCENE_SUFFIX = ".mrml"
_PICTURES = (".png",)
GET_AGAIN = "Copy or download it again"
_UNPACK = "Unpack it yourself if you trust it, and open the .mrml file in it"


class DamagedMemberError(SceneFileError):
    """The bytes of one file in a bundle are not those that were saved; the others may be."""


class BundleFiles:
    """What is in a bundle, all of it checked; nothing of it is unpacked so far.

    :ivar size: bytes of the bundle
    :ivar sizes: bytes of each file, by its path in the bundle
    :ivar sceneName: path of the scene's text
    :raises SceneFileError: when it is no bundle, or holds what no bundle holds; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    """

    def __init__(self, place: Place):
        self.place = place
        with FilePart(place) as part:
            self.size = part.size
        with self._members() as members:
            self._entries = checkedNames(members.entries, place.path)
        self.sizes = {name: entry.size for name, entry in self._entries.items()}
        self._refuseTooMuch()
        self.sceneName = self._findScene()

    @property
    def folder(self) -> str:
        """The one that the scene's text is in; "" for the bundle's own."""
        parent = str(PurePosixPath(self.sceneName).parent)
        return "" if parent == "." else parent

    def otherScenes(self) -> list[str]:
        """Further texts of scenes, which are not read."""
        return [name for name in self._entries if name.lower().endswith(SCENE_SUFFIX) and name != self.sceneName]

    def pathOf(self, fileName: str) -> str:
        """A file that the scene names, as a path in the bundle."""
        return f"{self.folder}/{fileName}" if self.folder else fileName

    def text(self) -> bytes:
        """The scene's. :raises SceneFileError: when it is damaged"""
        return self.contents(self.sceneName)

    def thumbnail(self) -> bytes:
        """The picture beside the scene's text, PNG; b"" where there is none that is read."""
        beside = [name for name in self._entries if name.lower().endswith(_PICTURES)]
        here = [name for name in beside if self.pathOf(PurePosixPath(name).name) == name]
        if not here or self.sizes[here[0]] > MAX_THUMBNAIL_BYTES:
            return b""
        return self.contents(here[0])

    def contents(self, name: str) -> bytes:
        """Of a small file, by its path in the bundle. :raises SceneFileError: when it is damaged"""
        with self._members() as members:
            return b"".join(self._blocks(members, name))

    def unpack(self, names: Sequence[str], folder: Path, progress: Progress | None = None) -> dict[str, str]:
        """Write files below a folder that is new and empty, several at once. Nobody else can read them.

        :returns: those that are damaged, and not there: their names → what is wrong, a sentence
        :raises SceneFileError: when one holds other than what the list of members says
        :raises UnreadableFileError: when one cannot be written
        :raises CancelledError: when progress was cancelled
        """
        counter = _Counter(sum(self.sizes[name] for name in names), progress)
        for name in names:
            for parent in reversed(PurePosixPath(name).parents):
                folder.joinpath(parent).mkdir(0o700, exist_ok=True)  # of several at once only the last has the mode
        largestFirst = sorted(names, key=lambda name: -self.sizes[name])
        damaged: dict[str, str] = {}
        with ThreadPoolExecutor(availableProcessors(), thread_name_prefix="unpack") as pool:
            futures = {name: pool.submit(self._unpackOne, name, folder, counter) for name in largestFirst}
            try:
                for name, future in futures.items():
                    try:
                        future.result()
                    except DamagedMemberError as error:
                        damaged[name] = f"{error.what}."
            except BaseException:  # Ctrl-C as well must not wait for what has not begun
                counter.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return damaged

    def _unpackOne(self, name: str, folder: Path, counter: _Counter) -> None:
        target = folder / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            with self._members() as members, os.fdopen(os.open(target, flags, 0o600), "wb", 1 << 20) as stream:
                for block in self._blocks(members, name):
                    stream.write(block)
                    counter.add(len(block))
        except DamagedMemberError:
            target.unlink()
            raise
        except OSError as error:
            hint = "Make free space on the disk of the temporary folder"
            raise UnreadableFileError("a file of the bundle cannot be unpacked", name, error.strerror, hint) from error

    def _blocks(self, members: ZipMembers, name: str) -> Iterator[bytes]:
        try:
            yield from members.blocks(self._entries[name])
        except MemberProblem as problem:
            kind = DamagedMemberError if isinstance(problem, MemberDamage) else SceneFileError
            raise kind(f"“{name}” in the bundle cannot be read: {problem}", self.place.path) from problem

    @contextmanager
    def _members(self) -> Iterator[ZipMembers]:
        """A reader of one's own for each thread."""
        with FilePart(self.place) as part:
            try:
                yield ZipMembers(part, part.size, MAX_MEMBERS)
            except ArchiveProblem as problem:
                if not part.size:
                    raise SceneFileError("the file is empty", self.place.path, hint=GET_AGAIN) from problem
                if not _beginsAsZip(part):
                    what = "this is no scene bundle, which is a zip archive"
                    raise SceneFileError(what, self.place.path) from problem
                raise SceneFileError(f"the bundle cannot be opened: {problem}", self.place.path) from problem

    def _refuseTooMuch(self) -> None:
        total = sum(self.sizes.values())
        if total > MAX_TOTAL_BYTES:
            limit = f"{sizeText(total)} of at most {sizeText(MAX_TOTAL_BYTES)}"
            raise LimitExceededError("the bundle holds more than is accepted", self.place.path, limit, _UNPACK)
        for name, entry in self._entries.items():
            if expandsTooMuch(entry.size, entry.compressedSize):
                what = f"“{name}” in the bundle expands more than {MAX_RATIO}-fold"
                raise LimitExceededError(what, self.place.path, sizeText(entry.size), _UNPACK)

    def _findScene(self) -> str:
        scenes = [name for name in self._entries if name.lower().endswith(SCENE_SUFFIX)]
        if not scenes:
            raise SceneFileError("there is no scene in the bundle", self.place.path)
        found = min(scenes, key=lambda name: name.count("/"))
        if self.sizes[found] > MAX_TEXT_BYTES:
            raise LimitExceededError("the text of the scene is too long", self.place.path, sizeText(self.sizes[found]))
        return found


def _beginsAsZip(part: FilePart) -> bool:
    part.seek(0)
    return part.read(2) == b"PK"


class _Counter:
    """Adds up what several threads write, and stops them."""

    def __init__(self, total: int, progress: Progress | None):
        self._total, self._progress = total, progress
        self._lock = threading.Lock()
        self._done, self._left = 0, total
        self._isStopped = False

    def add(self, count: int) -> None:
        """:raises CancelledError: when stopped :raises SceneFileError: when more comes out than was stated"""
        with self._lock:
            self._done += count
            done = self._done
        if done > self._total or self._isStopped:
            raise SceneFileError("the bundle holds more than it states")
        if self._progress is not None:
            self._progress.raiseIfCancelled()
            self._progress.report(done, max(1, self._total), "Unpacking", done)

    def stop(self) -> None:
        """Have the other threads end soon."""
        self._isStopped = True
