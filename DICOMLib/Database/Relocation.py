"""Finds linked files that were moved to another folder."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..Errors import FileError
from ..Files.FolderWalk import walkFiles
from ..Files.Header import Header
from ..Files.HeaderScanner import scanFile
from ..Progress import Progress
from .FileStates import IndexedFile
from .StoredHeader import SOP_INSTANCE_UID

_LOOKS_BETWEEN_REPORTS = 200


def findMoved(
    missing: Iterable[IndexedFile], folders: Sequence[str | bytes | os.PathLike], extraTags: tuple[str, ...],
    progress: Progress,
) -> dict[str, Header]:
    """Files below the folders that are the missing ones: of the same size, with the same SOPInstanceUID.

    Only files of a size that is looked for are opened.

    :returns: headers by SOPInstanceUID
    :raises CancelledError: when the progress is cancelled
    """
    wanted: dict[int, set[str]] = defaultdict(set)
    for file in missing:
        wanted[file.fileSize].add(file.sopInstanceUID)
    found: dict[str, Header] = {}
    for looked, entry in enumerate(walkFiles(folders, lambda _path, _reason: None)):
        progress.raiseIfCancelled()
        if looked % _LOOKS_BETWEEN_REPORTS == 0:
            progress.report(looked, text=f"Looking for moved files: {len(found):,} found")
        uids = wanted.get(entry.size)
        if not uids:
            continue
        try:
            header = scanFile(entry.path, extraTags)
        except FileError:
            continue  # it is not the one
        uid = header.value(SOP_INSTANCE_UID)
        if uid in uids:
            uids.discard(uid)
            found[uid] = header
    return found
