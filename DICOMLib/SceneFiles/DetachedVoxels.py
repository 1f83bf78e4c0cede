"""Files with voxels that no storage node names, but the NRRD header (.nhdr) beside them does."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from ..Errors import FileError
from ..Scene.Nrrd import MAXIMUM_HEADER_BYTES, readHeader
from ..Scene.NrrdDetached import DETACHED_SUFFIX, foreignDataName

# Looked at before anything is unpacked. One with a thousand gradients has 100 KB.
MAX_HEADERS_BYTES = 16 << 20
_DATA_FILE = re.compile(rb"\s*data ?file\s*:(?!=)", re.IGNORECASE)


def voxelFiles(names: Iterable[str], sizeOf: Callable[[str], int], bytesOf: Callable[[str], bytes]) -> Iterator[str]:
    """Of those of some files that are NRRD headers, the files that these say their voxels are in.

    A header that is damaged, too long or refers to anything but a file beside it yields nothing; reading it tells.

    :param names: of files, parts separated by "/"; what is found is named alike, and need not be there
    :param sizeOf: bytes of such a file
    :param bytesOf: its contents
    """
    left = MAX_HEADERS_BYTES
    for name in names:
        size = sizeOf(name) if name.lower().endswith(DETACHED_SUFFIX) else 0
        if 0 < size <= min(left, MAXIMUM_HEADER_BYTES):
            left -= size
            path = PurePosixPath(name)
            found = dataFileBeside(path.name, bytesOf(name))
            if found is not None:
                yield path.with_name(found).as_posix()


def dataFileBeside(name: str, contents: bytes) -> str | None:
    """The name of the file that a NRRD header says its voxels are in; None for any other file, and as above."""
    if not name.lower().endswith(DETACHED_SUFFIX):
        return None
    try:
        fields, _ = readHeader(io.BytesIO(contents), PurePosixPath(name))
    except FileError:
        return None
    return foreignDataName(fields.get("data file", ""), PurePosixPath(name))


def attachedHeader(contents: bytes) -> bytes:
    """A header of :func:`dataFileBeside` as that of one file: the voxels follow it."""
    header = re.split(rb"\r?\n\r?\n", contents, maxsplit=1)[0]
    lines = [line for line in header.splitlines() if not _DATA_FILE.match(line)]
    return b"\n".join(lines) + b"\n\n"
