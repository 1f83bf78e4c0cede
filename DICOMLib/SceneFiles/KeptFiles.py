"""Files of nodes whose class is not known here: their bytes are kept in memory and written back as they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from ..Errors import LimitExceededError, SceneError, UnreadableFileError
from ..Scene.Nrrd import MAXIMUM_HEADER_BYTES
from ..Scene.NrrdDetached import DETACHED_SUFFIX, foreignDataName, openBeside
from ..Workers.Answers import Workers, bytesValue, plainValue
from .DetachedVoxels import attachedHeader, dataFileBeside
from .ForeignReading import arraysOf, plainOf
from .Limits import MAX_KEPT_BYTES
from .Members import Member
from .RegionNodes import MAX_BYTES, vtkMRMLMarkupsROINode

# Of one node. What is kept takes memory as long as the scene is open. Marks, plots and the like take kilobytes.
MAX_BYTES_OF_A_NODE = 512 << 20
_MARKS_TASK = "DICOMLib.SceneFiles.SmallFileTask:readMarks"
_TASK = "DICOMLib.SceneFiles.SmallFileTask:readHeaderBeside"


def readKeptMember(
    member: Member, folder: str | os.PathLike, room: int = MAX_KEPT_BYTES, workers: Workers | None = None
) -> int:
    """Keep the bytes of a ``KEPT`` member with its node. Nothing in them is looked at, but where voxels are.

    Those that a NRRD header has in a file beside it are kept behind the header: one file, which needs no other.

    :param room: bytes that may still be kept of the scene
    :param workers: where a NRRD header is parsed; None: in this process
    :returns: bytes kept
    :raises LimitExceededError: when it is too large to be kept
    :raises UnreadableFileError: when it cannot be read
    """
    path = Path(folder, member.fileName)
    room = min(room, MAX_BYTES_OF_A_NODE - sum(map(len, member.node.keptFiles.values())))
    try:
        with path.open("rb") as stream:
            contents = _bytesOf(stream, path, room)
        voxels, header = _beside(path, contents, workers)
        if voxels:
            with openBeside(path.with_name(voxels), path) as stream:
                data = _bytesOf(stream, path.with_name(voxels), room - len(contents))
            contents = header + data
    except OSError as error:
        raise UnreadableFileError(error.strerror or "the file cannot be read", path) from error
    member.node.keptFiles[member.keptName or member.fileName] = contents
    if isinstance(member.node, vtkMRMLMarkupsROINode) and len(contents) <= MAX_BYTES and workers is not None:
        member.node.setRead(contents, None)
        member.node.setRead(contents, plainOf(_MARKS_TASK, path, workers, None))
    return len(contents)


def _beside(path: Path, contents: bytes, workers: Workers | None) -> tuple[str, bytes]:
    """The file that a NRRD header says its voxels are in ("" for any other file), and the header of both as one."""
    if path.suffix.lower() != DETACHED_SUFFIX or len(contents) > MAXIMUM_HEADER_BYTES:
        return "", b""
    if workers is None:
        return dataFileBeside(path.name, contents) or "", attachedHeader(contents)
    found = [array for _, array in arraysOf(_TASK, path, workers, None, most=MAXIMUM_HEADER_BYTES)]
    name = plainValue(found[0]) if len(found) == 2 else None
    isUsable = isinstance(name, str) and (not name or foreignDataName(name, path) is not None)
    if not isUsable:
        raise UnreadableFileError("the file cannot be read", path)
    return name, bytesValue(found[1])


def _bytesOf(stream: BinaryIO, path: Path, most: int) -> bytes:
    size = os.fstat(stream.fileno()).st_size
    if size > most:
        raise LimitExceededError("the file is too large to be kept", path, f"{size} bytes")
    contents = stream.read(size + 1)
    if len(contents) != size:
        raise UnreadableFileError("the file changed while it was read", path)
    return contents


def keptContents(member: Member) -> bytes:
    """What is to be written of a ``KEPT`` member. :raises SceneError: when nothing was kept"""
    contents = member.node.keptFiles.get(member.keptName)
    if contents is None:
        raise SceneError("nothing is kept of this file", member.node.GetName(), member.fileName)
    return contents
