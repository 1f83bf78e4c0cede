"""A scene into a private folder again and again while somebody works on it, each time only what has changed.

The folder holds the scene's text (``<number>.mrml``), a file for the data of each node below ``Data``, both under
numbers that are never used twice, and ``about.json``, which names the text that counts. It is replaced in one step once
all that the text names is on the disk: whatever happens meanwhile, the scene that was written before is there as a
whole. Files that nothing names any more are removed after that. Voxels are not compressed: that would take most of the
time.
"""

from __future__ import annotations

import json
import os
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from ..Database.Durability import freeBytes, syncFolder
from ..Errors import CancelledError, DICOMError, SceneFileError, UnreadableFileError
from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Scene.Storage import prepareVolume
from ..Scene.VolumeNodes import vtkMRMLVolumeNode
from ..Wording import sizeText
from .KeptFiles import keptContents
from .Limits import AUTOSAVE_RESERVE
from .MemberFiles import writeMember
from .MemberNames import MemberNames, encodedSuffix
from .Members import KEPT, Member
from .MemberSnapshot import dataStamp, forget, frozenMember, sizeOf
from .SceneSaving import writeBundleWithin
from .SceneText import sceneToMrml
from .StepProgress import STEP, StepProgress

ABOUT = "about.json"
DATA_FOLDER = "Data"
TEXT_SUFFIX = ".mrml"
_PRIVATE_FILE = 0o600
# Of kept files; of all others what is before the last dot may be part of a name.
_DOUBLE_SUFFIXES = (".mrk.json", ".seg.nrrd", ".seg.vtm", ".seq.nrrd", ".seq.mha", ".seq.mrb", ".nii.gz")
_HINT = "What was autosaved before is unchanged, and it will be tried again"


@dataclass(frozen=True)
class AutosaveFacts:
    """What is known of an autosave without reading it.

    :ivar scene: name of the text that counts
    :ivar savedAt: seconds since 1970
    :ivar nodeCount: of the scene
    :ivar size: bytes of all its files
    :ivar path: of the file the scene was in before; "" when it was in none
    """

    scene: str
    savedAt: float
    nodeCount: int
    size: int
    path: str = ""


@dataclass(frozen=True)
class _Stored:
    """Files that hold the data of a node, the one that its element names first, and what the data was like."""

    stamp: object
    files: tuple[str, ...]


class _Numbers(MemberNames):
    """Names that tell nothing of a patient: numbers, and for data that is written already the one it has.

    :ivar stored: of this scene, by name of the file: files that need not be written again
    """

    def __init__(self, autosave: SceneAutosave):
        super().__init__(DATA_FOLDER)
        self._autosave = autosave
        self.stored: dict[str, _Stored] = {}

    def ofNode(self, node: vtkMRMLNode, suffix: str) -> str:
        return self._nameOf(self._autosave.storedData.get(node), dataStamp(node), suffix)

    def ofKeptFile(self, node: vtkMRMLNode, name: str) -> str:
        double = next((one for one in _DOUBLE_SUFFIXES if name.lower().endswith(one)), "")
        stored = self._autosave.storedKept.get(node, {}).get(name)
        return self._nameOf(stored, node.keptFiles[name], encodedSuffix(double or PurePosixPath(name).suffix))

    def _nameOf(self, stored: _Stored | None, stamp: object, suffix: str) -> str:
        if stored is not None and _isSame(stored.stamp, stamp) and stored.files[0].endswith(suffix):
            self.stored[stored.files[0]] = stored
            return stored.files[0]
        return f"{DATA_FOLDER}/{self._autosave.nextNumber()}{suffix}"


class SceneAutosave:
    """Keeps one scene in one folder, which is for nothing else.

    :param folder: exists, for the user alone
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.storedData: weakref.WeakKeyDictionary[vtkMRMLNode, _Stored] = weakref.WeakKeyDictionary()
        self.storedKept: weakref.WeakKeyDictionary[vtkMRMLNode, dict[str, _Stored]] = weakref.WeakKeyDictionary()
        self._text = ""
        self._number = 0

    def nextNumber(self) -> int:
        """One that no file of the folder has had."""
        self._number += 1
        return self._number

    def prepare(self, scene: Scene, path: str = "") -> PreparedAutosave | None:
        """Ask a scene, on its thread, for what has changed since it was written; it may change from now on.

        :param path: of the file the scene was in before
        :returns: None when nothing has
        """
        names = _Numbers(self)
        document = sceneToMrml(scene, names=names)
        if document.text == self._text:
            return None
        new = [member for member in document.members if member.fileName not in names.stored]
        return PreparedAutosave(self, document.text, new, names.stored, len(scene.nodes()), path)

    def commit(self, prepared: PreparedAutosave) -> AutosaveFacts:
        """Have what :meth:`PreparedAutosave.write` wrote count from now on, on any thread.

        :raises SceneFileError: when that is not possible; what was written before counts as before
        """
        text = f"{self.nextNumber()}{TEXT_SUFFIX}"
        files = prepared.files()
        with _diskErrors(self.folder):
            _write(self.folder / text, prepared.text.encode("utf-8"))
            size = sum((self.folder / name).stat().st_size for name in (text, *files))
            facts = AutosaveFacts(text, time.time(), prepared.nodeCount, size, prepared.path)
            _write(self.folder / f"{ABOUT}.new", json.dumps(asdict(facts)).encode("utf-8"))
            for one in sorted({self.folder, *((self.folder / name).parent for name in files)}, reverse=True):
                syncFolder(one)
            os.replace(self.folder / f"{ABOUT}.new", self.folder / ABOUT)
        self._text = prepared.text
        with suppress(OSError):
            syncFolder(self.folder)
            self._removeAllBut({text, *files})
        return facts

    def startAnew(self) -> None:
        """Rely on none of the files that are there; on the thread of the scene."""
        self._text = ""
        self.storedData.clear()
        self.storedKept.clear()

    def discard(self, prepared: PreparedAutosave) -> None:
        """Remove what was written in vain."""
        for name in prepared.newFiles():
            with suppress(OSError):
                (self.folder / name).unlink()

    def remember(self, member: Member, stamp: object, files: tuple[str, ...]) -> None:
        """The data of a node is in these files."""
        if member.kind == KEPT:
            self.storedKept.setdefault(member.node, {})[member.keptName] = _Stored(stamp, files)
        else:
            self.storedData[member.node] = _Stored(stamp, files)

    def _removeAllBut(self, kept: set[str]) -> None:
        texts = [entry.name for entry in self.folder.iterdir() if entry.name.endswith(TEXT_SUFFIX)]
        below = sorted((self.folder / DATA_FOLDER).rglob("*"), reverse=True)  # what is in a folder before it
        files = [path.relative_to(self.folder).as_posix() for path in below if not path.is_dir()]
        for name in {*texts, *files} - kept:
            (self.folder / name).unlink()
        for folder in filter(Path.is_dir, below):
            with suppress(OSError):  # there is something in it that counts
                folder.rmdir()


class PreparedAutosave:
    """A scene that is to be written, see :meth:`SceneAutosave.prepare`.

    :param new: members that have to be written
    :param stored: files of members that are there, by name
    """

    def __init__(
        self, autosave: SceneAutosave, text: str, new: list[Member], stored: dict[str, _Stored], nodes: int, path: str
    ):
        self.text, self.nodeCount, self.path = text, nodes, path
        self._autosave = autosave
        self._stored = stored
        self._live = new
        self._stamps = [_stampOf(member) for member in new]
        self._frozen = [frozenMember(member) for member in new]
        self._size = sum(sizeOf(member.node) for member in new)
        self._written: dict[str, tuple[str, ...]] = {}

    def write(self, progress: Progress | None = None) -> None:
        """Write what has changed, on any thread. What no file can hold is left out.

        :raises SceneFileError: when the disk is full or the files cannot be written
        :raises CancelledError: when progress was cancelled
        """
        folder, total = self._autosave.folder, STEP * len(self._frozen)
        try:
            self._requireRoom(self._size)
            with _diskErrors(folder):
                (folder / DATA_FOLDER).mkdir(0o700, exist_ok=True)
            for done, member in enumerate(self._frozen):
                if progress is not None:
                    progress.raiseIfCancelled()
                self._writeMember(member, StepProgress.within(progress, STEP * done, total))
        except BaseException:  # the disk may be full: what was written in vain gives its room back at once
            self._autosave.discard(self)
            raise
        finally:
            for member in self._frozen:
                if member.kind != KEPT:
                    forget(member)

    def settle(self) -> bool:
        """Look on the scene's thread whether what was written is still what it was when the scene was asked.

        Files of data that is need not be written again.

        :returns: whether all is
        """
        isSettled = True
        for member, stamp in zip(self._live, self._stamps, strict=True):
            if not _isSame(_stampOf(member), stamp):
                isSettled = False
            elif member.fileName in self._written:
                self._autosave.remember(member, stamp, self._written[member.fileName])
        self.letGo()
        return isSettled

    def letGo(self) -> None:
        """Hold no node of the scene any more: it must not be this, on another thread, that deletes one."""
        self._live = []

    def files(self) -> list[str]:
        """All that belong to the scene, but its text."""
        return [name for stored in self._stored.values() for name in stored.files] + self.newFiles()

    def newFiles(self) -> list[str]:
        """Those that were written now."""
        return [name for files in self._written.values() for name in files]

    def _writeMember(self, member: Member, progress: Progress | None) -> None:
        folder = self._autosave.folder
        target = folder / member.fileName
        self._written[member.fileName] = (member.fileName,)  # a part of it is to be removed, too
        try:
            with _diskErrors(folder):
                paths = list(_writtenFiles(member, target, progress))
                for path in paths:
                    path.chmod(_PRIVATE_FILE)
                    _sync(path)
        except DICOMError as error:
            if isinstance(error, CancelledError) or isinstance(error.__cause__, OSError | UnreadableFileError):
                raise
            # A node that no file can hold must not cost the others; it is missed when the scene is restored.
            self._requireRoom(0)
            target.unlink(missing_ok=True)
            del self._written[member.fileName]
        else:
            self._written[member.fileName] = tuple(path.relative_to(folder).as_posix() for path in paths)

    def _requireRoom(self, size: int) -> None:
        folder = self._autosave.folder
        free = freeBytes(folder)
        if free is not None and size + AUTOSAVE_RESERVE > free:
            figures = f"{sizeText(size + AUTOSAVE_RESERVE)} are needed, {sizeText(free)} are free"
            raise SceneFileError("there is no room to autosave the scene", folder, figures, _HINT)


def readFacts(folder: Path) -> AutosaveFacts:
    """What a folder holds, without reading it.

    :raises SceneFileError: when it is damaged
    """
    try:
        told = json.loads((folder / ABOUT).read_bytes())
        facts = AutosaveFacts(
            str(told["scene"]), float(told["savedAt"]), int(told["nodeCount"]), int(told["size"]), str(told["path"])
        )
    except OSError as error:
        raise SceneFileError("the autosave cannot be read", folder, error.strerror) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SceneFileError("the autosave is damaged", folder) from error
    if Path(facts.scene).name != facts.scene or not (folder / facts.scene).is_file():
        raise SceneFileError("the autosave is damaged: its scene is missing", folder)
    return facts


def _writtenFiles(member: Member, target: Path, progress: Progress | None) -> Iterator[Path]:
    if member.kind == KEPT:
        target.write_bytes(keptContents(member))
        yield target
    elif isinstance(member.node, vtkMRMLVolumeNode):
        prepareVolume(member.node, target, compress=False).write(progress)
        yield target
    else:
        yield from writeMember(member.node, target, progress, writeBundleWithin)


def _stampOf(member: Member) -> object:
    return member.node.keptFiles.get(member.keptName) if member.kind == KEPT else dataStamp(member.node)


def _isSame(one: object, other: object) -> bool:
    """Bytes that are kept are never changed but replaced, and may be long."""
    return one is other or (isinstance(one, tuple) and one == other)


@contextmanager
def _diskErrors(folder: Path) -> Iterator[None]:
    """Turns errors of the file system into one that names the folder."""
    try:
        yield
    except (OSError, UnreadableFileError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.value
        raise SceneFileError("the scene cannot be autosaved", folder, reason, _HINT) from error


def _write(path: Path, contents: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE), "wb") as stream:
        stream.write(contents)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(path: Path) -> None:
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())
