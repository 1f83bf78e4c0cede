"""Files of a watched folder that are not imported by themselves, because they stand for other files."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..Media.ArchiveKinds import archiveKind, beginningOf
from ..Media.SlicerDatabase import FILE_NAME

ARCHIVE_REASON = "an archive; import it directly, or choose in the settings to unpack archives found in folders"
SLICER_REASON = "a database of 3D Slicer; import it directly to bring in the files it links to"
_DIRECTORY_NAME = b"DICOMDIR"


def leftOut(files: Iterable[bytes], archivesInFolders: bool) -> dict[bytes, str]:
    """Path → reason for each file that is left out; a DICOMDIR needs no reason, its files come in by themselves.

    :param archivesInFolders: whether archives are unpacked
    """
    reasons = {}
    for path in files:
        name = os.path.basename(path)
        if name.upper().startswith(_DIRECTORY_NAME):
            reasons[path] = ""
        elif name == os.fsencode(FILE_NAME):
            reasons[path] = SLICER_REASON
        elif not archivesInFolders and archiveKind(beginningOf(path)):
            reasons[path] = ARCHIVE_REASON
    return reasons
