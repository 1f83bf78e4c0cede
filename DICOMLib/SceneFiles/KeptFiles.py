"""Files of nodes whose class is not known here: their bytes are kept in memory and written back as they are."""

from __future__ import annotations

import os
from pathlib import Path

from ..Errors import LimitExceededError, SceneError, UnreadableFileError
from .Members import Member

# What is kept takes memory as long as the scene is open. Marks, plots and the like take kilobytes.
MAX_KEPT_BYTES = 512 << 20


def readKeptMember(member: Member, folder: str | os.PathLike) -> None:
    """Keep the bytes of a ``KEPT`` member with its node. Nothing in them is looked at.

    :raises LimitExceededError: when it is too large to be kept
    :raises UnreadableFileError: when it cannot be read
    """
    path = Path(folder, member.fileName)
    try:
        size = path.stat().st_size
        held = sum(map(len, member.node.keptFiles.values()))
        if size + held > MAX_KEPT_BYTES:
            raise LimitExceededError("the file is too large to be kept", path, f"{size} bytes")
        with path.open("rb") as stream:
            contents = stream.read(size + 1)
    except OSError as error:
        raise UnreadableFileError(error.strerror or "the file cannot be read", path) from error
    if len(contents) != size:
        raise UnreadableFileError("the file changed while it was read", path)
    member.node.keptFiles[member.keptName or member.fileName] = contents


def keptContents(member: Member) -> bytes:
    """What is to be written of a ``KEPT`` member. :raises SceneError: when nothing was kept"""
    contents = member.node.keptFiles.get(member.keptName)
    if contents is None:
        raise SceneError("nothing is kept of this file", member.node.GetName(), member.fileName)
    return contents
