"""What became of one file that was to be scanned, and how a helper process tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ..Errors import FileError
from .ByteWindow import NotPlainError
from .Header import Header
from .SeriesScanner import SeriesScanner


@dataclass
class ScanOutcome:
    """What became of one file.

    :ivar header: None when the file cannot be used; then the reason says why
    """

    path: bytes
    header: Header | None
    reason: str = ""


def scanOne(path: bytes, scanner: SeriesScanner) -> ScanOutcome | None:
    """The header of one file, or the reason why it has none. None when the scanner leaves it to a process of its own.

    :param path: absolute
    """
    try:
        return ScanOutcome(path, scanner.scanFile(path))
    except NotPlainError:
        return None
    except FileError as error:
        reason = error.what if error.value is None else f"{error.what} ({error.value})"
        return ScanOutcome(path, None, reason)


def packedOutcome(outcome: ScanOutcome | None) -> tuple | str | None:
    """An outcome as plain values. Values that several headers share are packed once where the headers go together."""
    if outcome is None or outcome.header is None:
        return outcome and outcome.reason
    header = outcome.header
    isByItself = header.shared is None
    return (
        header.fileSize, header.modifiedTime, header.transferSyntaxUID, header.pixelDataOffset, header.pixelDataLength,
        header.truncated, header.functionalGroups, header.note, header.shared,
        header.values if isByItself else header.own,
    )


def unpackedOutcome(path: bytes, packed: tuple | str | None) -> ScanOutcome | None:
    """The outcome again."""
    if packed is None:
        return None
    if isinstance(packed, str):
        return ScanOutcome(path, None, packed)
    size, modified, syntax, offset, length, truncated, functionalGroups, note, shared, own = packed
    values = own if shared is None else {**shared, **own}
    return ScanOutcome(path, Header(
        path, size, modified, syntax, values, offset, length, truncated, functionalGroups=functionalGroups, note=note,
        shared=shared, own=own,
    ))
