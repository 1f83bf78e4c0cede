"""What a scene file is, told before it is opened: where it comes from, how large it is, and what is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ..Workers.WorkerPool import WorkerPool
from .BundleEntries import SCENE_SUFFIX
from .FilePart import Place
from .MemberFiles import isAllowed
from .MemberNames import isWithin, memberName
from .SceneFacts import readText
from .ZipUnpacking import BundleFiles

BUNDLE_SUFFIX = ".mrb"
SCENE_SUFFIXES = (SCENE_SUFFIX, BUNDLE_SUFFIX)


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

    :param workers: where it is read; None: in a process for this alone
    :param offset: where the bundle begins in its file
    :param length: of the bundle; None: to the end of the file
    :raises SceneFileError: when it is none, is damaged, or has entries that no scene has; it names the entry
    :raises LimitExceededError: when it holds more than is accepted
    :raises UnreadableFileError: when it cannot be read
    """
    source = Path(path)
    if source.suffix.lower() == SCENE_SUFFIX:
        return _summaryOfText(source, workers)
    return summaryOfBundle(BundleFiles(Place(source, offset, length), workers))


def summaryOfBundle(files: BundleFiles) -> SceneSummary:
    """What was looked at already."""
    named, facts = set(files.named), files.facts
    members = [SceneMember(name, size, name in named) for name, size in files.sizes.items() if name != files.sceneName]
    problems = [f"“{name}” in the bundle is a further scene, which is not opened." for name in files.otherScenes()]
    problems += [
        f"“{one.name}” belongs to no node of the scene, and is not opened."
        for one in members if not one.isNamed and not one.name.lower().endswith((".png", SCENE_SUFFIX))
    ]  # fmt: skip
    total = sum(files.sizes.values())
    return SceneSummary(
        files.path, facts["writer"], facts["version"], files.size, total, facts["nodes"], members, problems,
        files.thumbnail,
    )  # fmt: skip


def _summaryOfText(source: Path, workers: WorkerPool | None) -> SceneSummary:
    facts = readText(source, workers).facts
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
    members += _membersBeside(facts["beside"], {one.name for one in members}, source.parent)
    size = source.stat().st_size
    total = size + sum(one.size for one in members)
    return SceneSummary(
        source, facts["writer"], facts["version"], total, total, facts["nodes"], members, list(dict.fromkeys(problems))
    )


def _membersBeside(names: list[str], known: set[str], folder: Path) -> list[SceneMember]:
    new = [name for name in names if name == memberName(name) and name not in known and isWithin(folder / name, folder)]
    return [SceneMember(name, (folder / name).stat().st_size, True) for name in new if (folder / name).is_file()]
