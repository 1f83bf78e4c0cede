"""One node to files of its own: written aside while somebody works on, then put in their places, all or none."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from ..Errors import DICOMError, UnreadableFileError, displayPath
from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from .MemberFiles import formatOf, writeMember
from .Members import Member
from .MemberSnapshot import forget, frozenMember
from .SceneSaving import writeBundleWithin

_HINT = "Check that the folder is writable and has space left; what was there before is unchanged"


def exportSuffixes(node: vtkMRMLNode) -> tuple[str, ...]:
    """Endings of files that a node's data can be written to, the best one first; none where it has no data.

    Volumes have more: see ``Storage.prepareVolume``.
    """
    found = formatOf(node)
    isText = node.IsA("vtkMRMLTextNode")
    if found is None or not (isText or found.hasData(node)):
        return ()
    best = found.defaultSuffix(node)
    if node.IsA("vtkMRMLSegmentationNode"):
        return (best,)  # the other one is for another source of the segments
    if node.IsA("vtkMRMLSequenceNode"):
        return tuple(dict.fromkeys((best, *found.bundleSuffixes)))
    isLinear = not node.IsA("vtkMRMLTransformNode") or node.IsLinear()
    return tuple(dict.fromkeys((best, *(one for one in found.written if isLinear or one != ".h5"))))


class NodeExport:
    """Make it on the thread of the scene; then any thread may call :meth:`write`, and at last :meth:`place`.

    :param path: ends in one of :func:`exportSuffixes`
    :ivar files: what there will be, the one of that name first; known once it is written
    """

    def __init__(self, node: vtkMRMLNode, path: str | os.PathLike):
        self._target = Path(path).absolute()
        self._member = frozenMember(Member(node, self._target.name))
        self._aside: Path | None = None
        self._removal: weakref.finalize | None = None
        self.files: list[Path] = []

    def write(self, progress: Progress | None = None) -> None:
        """Write into a private folder beside the target.

        :raises FileError: for another ending, or when the files cannot be written
        :raises SceneError: when the node's data cannot be said in such a file
        :raises CancelledError: when progress was cancelled
        """
        folder = self._target.parent
        try:
            self._aside = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
        except OSError as error:
            raise UnreadableFileError("nothing can be written into the folder", folder, error.strerror) from error
        # A program that is closed before it asks for the files leaves nothing of them.
        self._removal = weakref.finalize(self, shutil.rmtree, self._aside, ignore_errors=True)
        try:
            written = writeMember(self._member.node, self._aside / self._target.name, progress, writeBundleWithin)
        except DICOMError as error:
            if error.where is not None and str(self._aside) in str(error.where):
                error.where, error.hint = displayPath(self._target), error.hint or _HINT
            self.discard()
            raise
        except BaseException:  # whatever ended it, nothing of it is to be left
            self.discard()
            raise
        forget(self._member)
        self.files = [folder / file.relative_to(self._aside) for file in written]

    def place(self) -> None:
        """Replace what is there. :raises UnreadableFileError: when that fails; all is then as it was before"""
        aside, moved = self._aside, []
        before = aside / ".before"
        try:
            for file in reversed(self.files):  # the one that names the others is the last to be there
                name = file.relative_to(self._target.parent)
                if file.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                os.makedirs(file.parent, 0o700, exist_ok=True)
                if os.path.lexists(file):
                    (before / name).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(file, before / name)
                    moved.append((before / name, file))
                os.replace(aside / name, file)
                moved.append((file, aside / name))
        except OSError as error:
            for source, target in reversed(moved):
                os.replace(source, target)
            raise UnreadableFileError("the file cannot be replaced", file, error.strerror) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Take away what was written aside."""
        if self._removal is not None:
            self._removal()
            self._aside = self._removal = None
