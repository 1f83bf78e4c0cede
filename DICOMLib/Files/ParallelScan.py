"""Scanning many files: in this process when they are few, in helper processes beside the writer when they are many."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..Errors import FileError
from ..Progress import Progress
from .Header import Header
from .HeaderScanner import scanFile


@dataclass(frozen=True)
class ScanOutcome:
    """:ivar header: None when the file cannot be used; then the reason says why"""

    path: bytes
    header: Header | None
    reason: str = ""


def scanFiles(paths: Sequence[bytes], extraTags: tuple[str, ...], progress: Progress) -> Iterator[ScanOutcome]:
    """Headers or reasons for all paths, in order, until cancelled."""
    for position, path in enumerate(paths):
        if progress.cancelled:
            return
        yield scanOne(path, extraTags)
        if position % 32 == 31:
            time.sleep(0)  # lets the window's thread run


def scanOne(path: bytes, extraTags: tuple[str, ...]) -> ScanOutcome:
    """The header of one file, or the reason why it has none."""
    try:
        return ScanOutcome(path, scanFile(path, extraTags))
    except FileError as error:
        return ScanOutcome(path, None, reasonOf(error))


def reasonOf(error: FileError) -> str:
    """An error as a clause for a report that names the file itself."""
    return error.what if error.value is None else f"{error.what} ({error.value})"
