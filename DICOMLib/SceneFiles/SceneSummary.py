"""What a scene file is, told before it is opened: where it comes from, how large it is, and what is in it."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy

from ..Database.TemporaryFolders import TemporaryFolder
from ..Errors import DICOMError, FileError, LimitExceededError, SceneFileError, UnreadableFileError, WorkerError
from ..Progress import Progress
from ..Scene.Nrrd import MAXIMUM_HEADER_BYTES
from ..Wording import sizeText
from ..Workers.Messages import UNKNOWN_FAILURE
from ..Workers.WorkerPool import Task, WorkerPool
from .BlockFiles import pieceFiles
from .DetachedVoxels import voxelFiles
from .FilePart import Place
from .Limits import SECONDS_FOR_TEXT
from .MemberFiles import isAllowed
from .MemberNames import isWithin, memberName
from .MrmlText import MAX_TEXT_BYTES
from .SceneTextTask import describe
from .TableFiles import schemaPath
from .ZipUnpacking import GET_AGAIN, SCENE_SUFFIX, BundleFiles

BUNDLE_SUFFIX = ".mrb"
SCENE_SUFFIXES = (SCENE_SUFFIX, BUNDLE_SUFFIX)
TABLE_SUFFIXES = (".tsv", ".csv")
_MOST_DESCRIPTION = 256 << 20


@dataclass(frozen=True)
class SceneMember:
    """One file of a scene.

    :ivar name: relative to the scene's text, or in the bundle where no node names it
    :ivar isNamed: whether a node of the scene names it; others are never opened
    """

    name: str
    size: int
    isNamed: bool


@dataclass
class SceneSummary:
    """Enough to decide whether to open a scene. Nothing of it was opened but its text."""

    path: Path
    writer: str
    """The program that wrote it, as it says itself."""
    formatVersion: str
    size: int
    """Bytes of the file; of a .mrml with the files it names."""
    unpackedSize: int
    nodeCount: int
    members: list[SceneMember] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """In sentences."""
    thumbnail: bytes = b""
    """PNG, b"" where there is none. Nobody has looked into it."""

    @property
    def origin(self) -> str:
        """Where it comes from, in one line: folder, and program as far as the scene names one."""
        program = self.writer or self.formatVersion
        return f"{self.path.parent}, written by {program}" if program else os.fspath(self.path.parent)


def isSceneFile(path: str | os.PathLike) -> bool:
    """Whether a path ends as scene files do."""
    return os.fspath(path).lower().endswith(SCENE_SUFFIXES)


def inspectScene(
    path: str | os.PathLike, workers: WorkerPool | None = None, offset: int = 0, length: int | None = None
) -> SceneSummary:
    """What is in a scene file. No file of it is written to the disk, and no node is made.

    :param workers: where the text is read; without it in this process, within the same limits
    :param offset: where the bundle begins in its file
    :param length: of the bundle; None: to the end of the file
    :raises SceneFileError: when it is none, is damaged, or has entries that no scene has; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    :raises UnreadableFileError: when it cannot be read
    """
    source = Path(path)
    if source.suffix.lower() == SCENE_SUFFIX:
        return _summaryOfText(source, workers)
    files = BundleFiles(Place(source, offset, length))
    return summaryOfBundle(files, describedText(files.text(), source, workers))


def summaryOfBundle(files: BundleFiles, facts: dict) -> SceneSummary:
    """:param facts: of :func:`describedText`"""
    named = set(namedFiles(files, facts))
    members = [SceneMember(name, size, name in named) for name, size in files.sizes.items() if name != files.sceneName]
    problems = [f"“{name}” in the bundle is a further scene, which is not opened." for name in files.otherScenes()]
    problems += [
        f"“{one.name}” belongs to no node of the scene, and is not opened."
        for one in members if not one.isNamed and not one.name.lower().endswith((".png", SCENE_SUFFIX))
    ]  # fmt: skip
    total = sum(files.sizes.values())
    return SceneSummary(
        files.place.path, facts["writer"], facts["version"], files.size, total, facts["nodes"], members,
        problems, files.thumbnail(),
    )  # fmt: skip


def namedFiles(files: BundleFiles, facts: dict) -> list[str]:
    """Files of a bundle that nodes of its scene name, with those that belong to them, as paths in the bundle."""
    found = (files.pathOf(path) for name in facts["files"] for path in withCompanions(memberName(name)))
    named = [name for name in dict.fromkeys(found) if name in files.sizes and name != files.sceneName]
    beside = [*voxelFiles(named, files.sizes.__getitem__, files.contents),
              *pieceFiles(named, files.sizes.__getitem__, files.contents)]  # fmt: skip
    beside = [name for name in beside if name in files.sizes]
    return list(dict.fromkeys(named + beside))


def withCompanions(path: str | None) -> list[str]:
    """A file and those that are read with it though the text does not name them: a table's schema."""
    if path is None:
        return []
    isTable = path.lower().endswith(TABLE_SUFFIXES)
    return [path, schemaPath(PurePosixPath(path)).as_posix()] if isTable else [path]


def describedText(text: bytes, source: Path, workers: WorkerPool | None, progress: Progress | None = None) -> dict:
    """``nodes``, ``version``, ``writer`` and ``files`` of a scene's text.

    :raises SceneFileError: when it is none of a scene, or too much; it names the file
    """
    try:
        return describe(text) if workers is None else _describedByWorker(text, source, workers, progress)
    except (SceneFileError, FileError) as error:
        raise SceneFileError(error.what, source, error.value, error.hint) from error


def _describedByWorker(text: bytes, source: Path, workers: WorkerPool, progress: Progress | None) -> dict:
    received: list[numpy.ndarray] = []

    def receive(shape: tuple[int, ...], dtype: numpy.dtype, _information: dict) -> numpy.ndarray:
        if dtype != numpy.uint8 or len(shape) != 1 or shape[0] > _MOST_DESCRIPTION:
            raise SceneFileError("the text of the scene says too much", source)
        received.append(numpy.empty(shape, dtype))
        return received[-1]

    with TemporaryFolder() as folder:
        handle, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
        task = Task(
            "DICOMLib.SceneFiles.SceneTextTask:describeText", {"path": path}, receive, SECONDS_FOR_TEXT, where=source
        )
        try:
            workers.run(task, progress)
        except WorkerError as error:
            raise SceneFileError("the text of the scene cannot be read", source, error.what) from error
        except DICOMError as error:
            if type(error).__name__ == "CancelledError":
                raise
            what = "the text of the scene cannot be read" if error.what == UNKNOWN_FAILURE else error.what
            raise SceneFileError(what, source, error.value) from error
    return json.loads(received[0].tobytes())


def textOfScene(source: Path) -> bytes:
    """Of a .mrml file. :raises UnreadableFileError: when it cannot be read :raises LimitExceededError: when too long"""
    try:
        if not source.is_file():
            raise UnreadableFileError("there is no such file", source)
        with source.open("rb") as stream:
            text = stream.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", source, error.strerror) from error
    if not text:
        raise SceneFileError("the file is empty", source, hint=GET_AGAIN)
    if len(text) > MAX_TEXT_BYTES:
        raise LimitExceededError("the text of the scene is too long", source, f"more than {sizeText(MAX_TEXT_BYTES)}")
    return text


def _summaryOfText(source: Path, workers: WorkerPool | None) -> SceneSummary:
    text = textOfScene(source)
    facts = describedText(text, source, workers)
    members, problems = [], []
    for name in facts["files"]:
        path = memberName(name)
        target = None if path is None else source.parent / path
        if target is None or not isWithin(target, source.parent):
            problems.append("A file that the scene names is outside of its folder, and is not opened.")
        elif not target.is_file():
            problems.append(f"A file that the scene names is missing: {path}.")
        else:
            members.append(SceneMember(path, target.stat().st_size, isAllowed(path)))
    members += _membersBeside(members, source.parent)
    total = len(text) + sum(one.size for one in members)
    return SceneSummary(
        source, facts["writer"], facts["version"], total, total, facts["nodes"], members, list(dict.fromkeys(problems))
    )


def _membersBeside(members: list[SceneMember], folder: Path) -> list[SceneMember]:
    sizes = {one.name: one.size for one in members}
    found = [
        *voxelFiles(sizes, sizes.__getitem__, lambda name: _startOf(folder / name)),
        *pieceFiles(sizes, sizes.__getitem__, lambda name: _startOf(folder / name)),
    ]
    new = [name for name in dict.fromkeys(found) if name not in sizes and isWithin(folder / name, folder)]
    return [SceneMember(name, (folder / name).stat().st_size, True) for name in new if (folder / name).is_file()]


def _startOf(path: Path) -> bytes:
    """As much as a header has; b"" of what cannot be read, which is told when the scene is opened."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAXIMUM_HEADER_BYTES)
    except OSError:
        return b""
