"""A scene into a file (.mrb, or .mrml with a folder beside it), whole or not at all.

All is written beside the target first, synced to the disk, and takes its place in one step. Whatever happens
meanwhile, what was there before is there as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..Database.Durability import syncFolder
from ..Database.TemporaryFolders import TemporaryFolder, removeAbandonedFolders
from ..Errors import SceneFileError, UnreadableFileError
from ..Media.ZipMembers import ZipMembers
from ..Progress import Progress
from ..Scene.Scene import Scene
from ..Wording import sizeText
from .BundleEntries import SCENE_SUFFIX
from .EarlierData import EarlierData
from .FilePart import FilePart, Place
from .KeptFiles import keptContents
from .Limits import MAX_MEMBERS, MAX_TOTAL_BYTES
from .MemberFiles import writeMember
from .MemberNames import encodedStem
from .Members import KEPT, Member, MrmlDocument
from .MemberSnapshot import frozenMember
from .SceneSummary import BUNDLE_SUFFIX, SCENE_SUFFIXES
from .SceneText import sceneToMrml
from .StepProgress import STEP, StepProgress
from .ZipPacking import ZipPacking

DATA_FOLDER = "Data"
_PRIVATE_FILE = 0o600


@dataclass
class SavedScene:
    """What came of it.

    :ivar path: of the scene file
    :ivar size: bytes of the bundle, or of the text and all files beside it
    :ivar problems: what could not be said in the file as it is, in sentences
    """

    path: Path
    size: int
    problems: list[str] = field(default_factory=list)


def saveScene(
    scene: Scene, path: str | os.PathLike, thumbnail: bytes | None = None, progress: Progress | None = None
) -> SavedScene:
    """Write a scene, which must not change meanwhile; it and its storage nodes stay as they are.

    :param path: ends in .mrb, or in .mrml: the data is then in a folder beside it
    :param thumbnail: a picture of the scene, PNG
    :raises SceneFileError: for another ending, or when it cannot be written; what was there before is as it was
    :raises SceneError: when data of a node cannot be written
    :raises CancelledError: when progress was cancelled; what was there before is as it was
    """
    return prepareScene(scene, path, thumbnail).write(progress)


def prepareScene(
    scene: Scene, path: str | os.PathLike, thumbnail: bytes | None = None, isInUse: bool = False
) -> PreparedScene:
    """Ask a scene, on its thread, for all but the data: any thread may write it then, if nobody changes the nodes.

    :param isInUse: nodes may be changed meanwhile: their data is copied now, but for voxels, whose memory is shared.
        Who writes into these finds ``dataStamp`` of the node changed, and the file with something of both
    :raises SceneFileError: for a name with another ending
    """
    target = Path(os.path.realpath(path))
    suffix = target.suffix.lower()
    if suffix not in SCENE_SUFFIXES:
        raise SceneFileError("scenes are saved as .mrb or .mrml", target, hint="Use a file name that ends so")
    earlier = None if suffix == BUNDLE_SUFFIX else EarlierData(target)
    document = sceneToMrml(scene, DATA_FOLDER if earlier is None else earlier.newName())
    if isInUse:
        document.members = [frozenMember(member) for member in document.members]
    return PreparedScene(target, document, thumbnail, earlier)


class PreparedScene:
    """A scene that is to be written, see :func:`prepareScene`."""

    def __init__(self, target: Path, document: MrmlDocument, thumbnail: bytes | None, earlier: EarlierData | None):
        self._target = target
        self._document = document
        self._thumbnail = thumbnail
        self._earlier = earlier
        self._sizeWithin = 0
        self._total = STEP * (len(document.members) + 1)

    def write(self, progress: Progress | None = None) -> SavedScene:
        """Errors as those of :func:`saveScene`."""
        parent = self._target.parent
        try:
            # A program that was killed while it saved here has left a folder.
            removeAbandonedFolders(parent)
            with TemporaryFolder(parent) as folder:
                size = self._bundle(Path(folder), progress) if self._earlier is None else self._files(folder, progress)
        except (OSError, UnreadableFileError) as error:
            reason = error.strerror if isinstance(error, OSError) else error.value
            hint = "Check that the folder exists, is writable and has space left; what was there before is unchanged"
            raise SceneFileError("the scene cannot be saved", self._target, reason, hint) from error
        if progress is not None:
            progress.report(self._total, self._total)
        return SavedScene(self._target, size, list(self._document.problems))

    # One file

    def _bundle(self, folder: Path, progress: Progress | None) -> int:
        stem = encodedStem(self._target.stem)
        written = folder / "bundle"
        with open(written, "xb") as stream:
            packing = ZipPacking(stream)
            for name, contents in self._firstFiles(stem).items():
                source = folder / "first"
                source.write_bytes(contents)
                packing.addFile(source, name, progress)
            # Each file leaves the disk's cache before the next one comes, mostly without having been on the disk.
            for fileName, path in self._writtenMembers(folder, progress):
                packing.addFile(path, f"{stem}/{fileName}", progress)
                self._countWithin(path)
                path.unlink()
                self._refuseTooMuch(packing)
            packing.finish()
            size = stream.tell()
            _sync(stream)
        self._replace(written)
        return size

    def _firstFiles(self, stem: str) -> dict[str, bytes]:
        files = {f"{stem}/{stem}{SCENE_SUFFIX}": self._document.text.encode("utf-8")}
        return {**files, f"{stem}/{stem}.png": self._thumbnail} if self._thumbnail else files

    def _countWithin(self, path: Path) -> None:
        """What a bundle in the bundle holds, which is unpacked as well when it is opened."""
        if path.name.lower().endswith(BUNDLE_SUFFIX):
            self._sizeWithin += _unpackedSize(path)

    def _refuseTooMuch(self, packing: ZipPacking) -> None:
        """Nobody could open it again."""
        if packing.totalSize + self._sizeWithin > MAX_TOTAL_BYTES or packing.count > MAX_MEMBERS:
            what = f"a bundle holds at most {sizeText(MAX_TOTAL_BYTES)} in {MAX_MEMBERS:,} files"
            raise SceneFileError(what, self._target, hint=f"Save the scene as {SCENE_SUFFIX} instead")

    # Files beside each other

    def _files(self, folder: str, progress: Progress | None) -> int:
        text = Path(folder) / "scene.txt"
        with open(text, "xb") as stream:
            stream.write(self._document.text.encode("utf-8"))
            _sync(stream)
        paths = dict(self._writtenMembers(Path(folder), progress))
        size = text.stat().st_size
        for path in paths.values():
            with open(path, "rb+") as stream:
                os.fsync(stream.fileno())
            size += path.stat().st_size
        if paths:
            written = next(iter(paths.values())).parent
            for one in {written, *(path.parent for path in paths.values())}:
                syncFolder(one)
            os.rename(written, self._target.parent / written.name)
            syncFolder(self._target.parent)
        try:
            isLasting = self._replace(text)
        except OSError:
            self._earlier.removeNew(list(paths))
            raise
        if isLasting:  # else the text before may come back after a power cut
            self._earlier.remove()
        return size

    # Both

    def _writtenMembers(self, folder: Path, progress: Progress | None) -> Iterator[tuple[str, Path]]:
        """One file after the other: its name in the text, and where it is now."""
        for done, member in enumerate(self._document.members):
            if progress is not None:
                progress.raiseIfCancelled()
            target = folder / member.fileName
            target.parent.mkdir(0o700, exist_ok=True)
            for path in _writeOne(member, target, StepProgress.within(progress, STEP * done, self._total)):
                path.chmod(_PRIVATE_FILE)
                yield path.relative_to(folder).as_posix(), path
            self._report(progress, done + 1)

    def _report(self, progress: Progress | None, steps: int) -> None:
        if progress is not None:
            progress.raiseIfCancelled()
            progress.report(min(STEP * steps, self._total - 1), self._total, "Saving")

    def _replace(self, written: Path) -> bool:
        """In one step; the file keeps who may read it. :returns: whether it is sure to be there after a power cut"""
        mode = self._target.stat().st_mode & 0o777 if self._target.exists() else _PRIVATE_FILE
        written.chmod(mode)
        os.replace(written, self._target)
        try:
            syncFolder(self._target.parent)
        except OSError:
            return False
        return True


def _writeOne(member: Member, target: Path, progress: Progress | None) -> list[Path]:
    if member.kind == KEPT:
        target.write_bytes(keptContents(member))
        return [target]
    return writeMember(member.node, target, progress, writeBundleWithin)


def writeBundleWithin(
    scene: Scene, path: Path, changed: Callable[[str], str], progress: Progress | None = None
) -> None:
    """A bundle that is a member of another scene. Errors as those of :func:`saveScene`

    :param changed: makes the text of it what is written of the text of the scene
    """
    document = sceneToMrml(scene, DATA_FOLDER)
    document.text = changed(document.text)
    PreparedScene(path, document, None, None).write(progress)


def _unpackedSize(path: Path) -> int:
    """Bytes of the files in a bundle that was just written here."""
    with FilePart(Place(path)) as part:
        return ZipMembers(part, part.size).totalSize


def _sync(stream) -> None:
    stream.flush()
    os.fsync(stream.fileno())
