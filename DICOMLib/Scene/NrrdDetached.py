"""Voxels in a file beside a NRRD header (.nhdr), and which of the files that a header may name is opened at all."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from ..Errors import FileError

DETACHED_SUFFIX = ".nhdr"
# What teem and 3D Slicer call them: a header of somebody else does not choose among all the files of a folder.
DATA_SUFFIXES = (".raw", ".raw.gz")
# Drives and streams of Windows, folders of any system, and what no name has.
_NO_NAME = re.compile(r"[/\\:\x00-\x1f\x7f]")
# teem takes the first for many files whose names follow, and the second for many whose numbers do. A percent sign
# alone is neither: 3D Slicer writes those for what it does not want in a name.
_MANY = re.compile(r"LIST(?:\s.*)?|.*%[0-9]*d.*", re.DOTALL)


def isPlainName(name: str) -> bool:
    """Whether a header's "data file" is one file in the header's own folder."""
    return bool(name) and name not in (".", "..") and not _NO_NAME.search(name) and not _MANY.fullmatch(name)


def foreignDataName(name: str, header: Path) -> str | None:
    """The file that the header of somebody else may have its voxels in; None when nothing is opened for it."""
    isDetached = header.suffix.lower() == DETACHED_SUFFIX
    return name if isDetached and isPlainName(name) and name.lower().endswith(DATA_SUFFIXES) else None


def openBeside(path: Path, header: Path) -> BinaryIO:
    """A plain file, to be read; not one that a link leads to, and nothing that waits or does something when opened.

    :raises FileError: when it is something else
    :raises OSError: when it cannot be opened
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise FileError("what the NRRD file refers to is no plain file, and is not opened", header, path.name)
    stream = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise FileError("what the NRRD file refers to is no plain file, and is not opened", header, path.name)
    return stream
