"""What became of one file that was to be scanned."""

from __future__ import annotations

from dataclasses import dataclass

from ..Errors import FileError
from .Header import Header
from .HeaderScanner import scanFile


@dataclass(frozen=True)
class ScanOutcome:
    """What became of one file.

    :ivar header: None when the file cannot be used; then the reason says why
    """

    path: bytes
    header: Header | None
    reason: str = ""


def scanOne(path: bytes, extraTags: tuple[str, ...]) -> ScanOutcome:
    """The header of one file, or the reason why it has none."""
    try:
        return ScanOutcome(path, scanFile(path, extraTags))
    except FileError as error:
        reason = error.what if error.value is None else f"{error.what} ({error.value})"
        return ScanOutcome(path, None, reason)
