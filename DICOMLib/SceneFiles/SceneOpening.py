"""Scene files (.mrb, .mrml) into a private scene. Whatever is in them, nothing is written but to a private folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from ..Database.Durability import freeBytes
from ..Database.TemporaryFolders import TemporaryFolder
from ..Errors import (
    CancelledError,
    DICOMError,
    FileError,
    LimitExceededError,
    SceneFileError,
    UnreadableFileError,
)
from ..Processors import availableProcessors
from ..Progress import Progress
from ..Scene.NodeRegistry import NodeRegistry
from ..Wording import sizeText
from ..Workers.WorkerPool import WorkerPool
from .BundleEntries import SCENE_SUFFIX
from .FilePart import Place
from .KeptFiles import readKeptMember
from .Limits import DISK_RESERVE, MAX_PROBLEMS_WITHIN
from .MemberFiles import isAllowed, readMember, requestFor
from .MemberNames import isWithin
from .Members import KEPT, Member, StagedScene
from .ReadAhead import ReadAhead, Request
from .RoomWithin import RoomWithin
from .SceneFacts import ReadText, readGivenText, readText
from .SceneSummary import summaryOfBundle
from .SceneText import mrmlToScene
from .StepProgress import STEP, StepsAtOnce
from .ZipUnpacking import BundleFiles


def openScene(
    path: str | os.PathLike,
    workers: WorkerPool,
    progress: Progress | None = None,
    registry: NodeRegistry | None = None,
    offset: int = 0,
    length: int | None = None,
) -> StagedScene:
    """All of a scene file in a scene of its own, for ``SceneExchange``. Call it on any thread.

    What cannot be read of it (a node's damaged file, say) is left out and told among the problems. A bundle is unpacked
    into a private folder that is gone afterwards, after all of its entries were looked at; only files that nodes name
    are unpacked.

    :param workers: where all files are read
    :param registry: which classes of nodes there are; default: the built-in ones
    :param offset: where the bundle begins in its file
    :param length: of the bundle; None: to the end of the file
    :raises SceneFileError: when it is no scene, is damaged, or has entries that no scene has; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    :raises UnreadableFileError: when it cannot be read or unpacked
    :raises CancelledError: when progress was cancelled
    """
    source = Path(path)
    if source.suffix.lower() == SCENE_SUFFIX:
        return _openedText(readText(source, workers, progress), source, workers, progress, registry)
    return _openedBundle(BundleFiles(Place(source, offset, length), workers, progress), workers, progress, registry)


def openSceneText(
    text: str,
    folder: str | os.PathLike,
    workers: WorkerPool,
    progress: Progress | None = None,
    registry: NodeRegistry | None = None,
) -> StagedScene:
    """A scene of which somebody has the text (MRML); the files that its nodes name are in a folder.

    Parameters and errors otherwise as of :func:`openScene`
    """  # fmt: skip
    source = Path(folder) / "scene.mrml"
    read = readGivenText(text.encode("utf-8", "surrogatepass"), source, workers, progress)
    return _openedText(read, source, workers, progress, registry)


def _openedText(
    text: ReadText, source: Path, workers: WorkerPool, progress: Progress | None, registry: NodeRegistry | None
) -> StagedScene:
    reading = _Reading(source.parent, workers, progress, registry, RoomWithin())
    return _filled(mrmlToScene(text.root, source.parent, registry), reading)


def extractScene(
    path: str | os.PathLike,
    folder: str | os.PathLike,
    workers: WorkerPool,
    progress: Progress | None = None,
    offset: int = 0,
    length: int | None = None,
) -> tuple[list[Path], list[str]]:
    """The scene's text and the files that its nodes name, out of a bundle into a folder that is new or empty.

    :param offset: where the bundle begins in its file
    :param length: of the bundle; None: to the end of the file
    :returns: the files, the text first, and what was left out, in sentences
    :raises SceneFileError: as :func:`openScene`, and when the folder has something in it
    """
    files, target = BundleFiles(Place(Path(path), offset, length), workers, progress), Path(folder)
    names = [files.sceneName, *files.named]
    try:
        target.mkdir(0o700, parents=True, exist_ok=True)
        isEmpty = not any(target.iterdir())
    except OSError as error:
        raise UnreadableFileError("the folder cannot be made", target, error.strerror) from error
    if not isEmpty:
        raise SceneFileError("the folder has something in it", target, hint="Give one that is new or empty")
    _requireRoom(sum(files.sizes[name] for name in names), target)
    damaged = files.unpack(names, target, workers, progress)
    problems = [*damaged.values(), *summaryOfBundle(files).problems]
    return [target / name for name in names if name not in damaged], problems


def _openedBundle(
    files: BundleFiles, workers: WorkerPool, progress: Progress | None, registry: NodeRegistry | None,
    within: RoomWithin | None = None,
) -> StagedScene:  # fmt: skip
    """:param within: what a bundle in a bundle may take; None: it is in none"""
    wanted = files.named
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryFolder())) / "scene"
        folder.mkdir(0o700)
        _requireRoom(sum(files.sizes[name] for name in wanted), folder)
        damaged = files.unpack(wanted, folder, workers, progress)
        staged = mrmlToScene(files.root, folder / files.folder, registry)
        staged.problems += [*damaged.values(), *summaryOfBundle(files).problems]
        room = RoomWithin(files) if within is None else within
        reading = _Reading(folder / files.folder, workers, progress, registry, room, within is not None)
        return _filled(staged, reading)


def _requireRoom(size: int, folder: Path) -> None:
    free = freeBytes(folder)
    if free is not None and size + DISK_RESERVE > free:
        figures = f"{sizeText(size)} are needed, {sizeText(free)} are free"
        raise LimitExceededError("there is no room to unpack the bundle", folder, figures)


# Members


def _filled(staged: StagedScene, reading: _Reading) -> StagedScene:
    """Read the files of all nodes: those of volumes side by side, others, which may concern several nodes, in turn."""
    reading.begin(staged.members)
    volumes = [member for member in staged.members if _isVolume(member)]
    others = [member for member in staged.members if not _isVolume(member)]
    problems: list[str | None] = []
    with ThreadPoolExecutor(availableProcessors(), thread_name_prefix="member") as pool:
        futures = [pool.submit(reading.read, member) for member in volumes]
        try:
            problems += [future.result() for future in futures]
        except BaseException:  # leaving the pool waits for all that was asked for: also an interrupt would wait for it
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    problems += [reading.read(member) for member in others]
    staged.problems += [*reading.problemsWithin, *(problem for problem in problems if problem)]
    return staged


def _isVolume(member: Member) -> bool:
    return member.kind != KEPT and member.node.IsA("vtkMRMLVolumeNode")


class _Reading:
    """Reads one member after the other.

    :param room: for bundles among them, and for what is kept
    :param isWithin: whether the scene is such a bundle, which may have none in it
    """

    def __init__(
        self, folder: Path, workers: WorkerPool, progress: Progress | None, registry: NodeRegistry | None,
        room: RoomWithin, isWithin: bool = False,
    ):  # fmt: skip
        self._folder, self._workers, self._progress = folder, workers, progress
        self._registry, self._room, self._isWithin = registry, room, isWithin
        self._ahead = ReadAhead(workers)
        self._isWithinFolder: dict[str, bool] = {}
        self._steps = StepsAtOnce(progress, 0, "Reading")
        self.problemsWithin: list[str] = []

    def begin(self, members: Sequence[Member]) -> None:
        """Small files are read ahead. :raises CancelledError: when progress was cancelled"""
        self._steps = StepsAtOnce(self._progress, STEP * len(members), "Reading")
        names = dict.fromkeys(member.fileName for member in members)
        self._isWithinFolder = {name: isWithin(self._folder / name, self._folder) for name in names}
        self._ahead.fetch(filter(None, map(self._requestOf, members)), self._progress)

    def _requestOf(self, member: Member) -> Request | None:
        if member.kind == KEPT or not self._isWithinFolder[member.fileName]:
            return None
        return requestFor(member.node, self._folder / member.fileName)

    def read(self, member: Member) -> str | None:
        """:returns: what is wrong with it :raises CancelledError: when progress was cancelled"""
        if self._progress is not None:
            self._progress.raiseIfCancelled()
        path, step = self._folder / member.fileName, self._steps.begin()
        try:
            if not self._isWithinFolder[member.fileName]:
                raise FileError("the file is outside of the scene's folder", member.fileName)
            if member.kind == KEPT:
                self._room.kept -= readKeptMember(member, self._folder, self._room.kept, self._workers)
            else:
                self._readData(member, path, step)
        except CancelledError:
            raise
        except DICOMError as error:
            detail = error.what if error.value is None else f"{error.what} ({error.value})"
            return f"“{member.fileName}” of the node “{member.node.GetName()}” was not read: {detail}."
        finally:
            self._steps.reached(step or member.fileName, STEP)
        return None

    def _readData(self, member: Member, path: Path, progress: Progress | None) -> None:
        if not isAllowed(path):
            raise FileError("files of this kind are never opened", member.fileName)
        readMember(member.node, path, self._ahead, progress, member.attributes, self._openWithin)

    def _openWithin(self, path: Path, progress: Progress | None) -> StagedScene:
        """A bundle that is a member of this scene; what is wrong in it is told with its name."""
        if self._isWithin:
            raise FileError("a bundle in a bundle in a bundle is not opened", path.name)
        files = BundleFiles(Place(path), self._workers, progress)
        self._room.take(files)
        staged = _openedBundle(files, self._workers, progress, self._registry, self._room)
        self.problemsWithin += [f"In “{path.name}”: {problem}" for problem in staged.problems[:MAX_PROBLEMS_WITHIN]]
        return staged
