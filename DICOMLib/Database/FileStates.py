"""What has become of a file since it came into the database."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..Errors import FileError, displayPath
from ..Files.FileTimes import modifiedTimeOf
from ..Files.HeaderScanner import scanFile
from ..Progress import Progress
from .StoredHeader import SOP_INSTANCE_UID
from .UpkeepReport import CHANGED, DAMAGED, MISSING, REPLACED, UNREADABLE, Finding

_BLOCK_SIZE = 1 << 20
_LEFT_OUT = {
    MISSING: ("cannot be found", "Connect the disk they were on, or import them again from where they are now."),
    UNREADABLE: ("cannot be read", "Check their permissions and the disk."),
    CHANGED: ("have changed since they were imported and are left out", "Import their folder again."),
    REPLACED: ("hold another object than the one imported and are left out", "Import their folder again."),
    DAMAGED: ("are damaged in the database's folder and are left out", "Repair the database."),
}
_OPEN_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
)


@dataclass(frozen=True)
class IndexedFile:
    """A file as the index has it.

    :ivar path: of the file to read
    :ivar modifiedTime: nanoseconds; of the original for an owned file
    :ivar digest: SHA-256 of an owned file; None for a linked one
    :ivar source: where an owned file was copied from; None when that is not known
    """

    path: bytes
    sopInstanceUID: str
    fileSize: int
    modifiedTime: int
    digest: bytes | None
    source: bytes | None = None

    @property
    def isOwned(self) -> bool:
        """Whether the database keeps this file itself."""
        return self.digest is not None


def lookAt(file: IndexedFile, readHeader: bool = False) -> Finding | None:
    """Whether a file is there, can be read, and is the one that was imported; only what seems changed is opened.

    :param readHeader: also read the header of a linked file whose size and time say that nothing changed
    :returns: what is the matter; None when all is well
    """
    try:
        status = os.stat(file.path)
    except (FileNotFoundError, NotADirectoryError):
        return _finding(file, MISSING, "the file is not there any more")
    except OSError as error:
        return _finding(file, UNREADABLE, f"the file cannot be reached ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        return _finding(file, REPLACED, "something else is in the file's place")
    if not os.access(file.path, os.R_OK):
        return _finding(file, UNREADABLE, "the file cannot be opened (permission denied)")
    if file.isOwned:
        return _ownedSize(file, status.st_size)
    changed = _whatChanged(file, status)
    return _byHeader(file, changed) if changed or readHeader else None


def asItIs(path: bytes) -> IndexedFile:
    """A file that no index knows, taken for what it is now."""
    try:
        status = os.stat(path)
    except OSError:
        return IndexedFile(path, "", 0, 0, None)
    return IndexedFile(path, "", status.st_size, modifiedTimeOf(status), None)


def leftOutSentences(problems: Sequence[Finding], total: int) -> list[str]:
    """What a person should know of files that are left out when others of their series are loaded: for each kind of
    problem how many, the first by name, and what to do.

    :param total: how many files there are, these included
    """
    sentences = []
    for kind, (matter, advice) in _LEFT_OUT.items():
        of = [finding for finding in problems if finding.kind == kind]
        if of:
            first = displayPath(of[0].path)
            sentences.append(f"{len(of)} of {total} files {matter}, the first is {first}. {advice}")
    return sentences


def checkContents(
    file: IndexedFile, progress: Progress, onBytes: Callable[[int], None], readHeader: bool = False
) -> Finding | None:
    """As :func:`lookAt`, and the SHA-256 of an owned file's bytes.

    :param onBytes: told how many bytes were read, again and again
    :raises CancelledError: when the progress is cancelled
    """
    found = lookAt(file, readHeader)
    if found or not file.isOwned:
        return found
    try:
        digest = digestOfFile(file.path, progress, onBytes)
    except OSError as error:
        return _finding(file, UNREADABLE, f"the file cannot be read ({error.strerror})")
    if digest == file.digest:
        return None
    return _finding(file, DAMAGED, f"its contents are not what was copied{_from(file)}")


def digestOfFile(path: bytes, progress: Progress, onBytes: Callable[[int], None] = lambda _count: None) -> bytes:
    """SHA-256 of a file's bytes.

    :raises CancelledError: when the progress is cancelled
    :raises OSError: when it cannot be read
    """
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, _OPEN_FLAGS), "rb", buffering=0) as stream:
        while block := stream.read(_BLOCK_SIZE):
            progress.raiseIfCancelled()
            digest.update(block)
            onBytes(len(block))
    return digest.digest()


def _ownedSize(file: IndexedFile, size: int) -> Finding | None:
    if size == file.fileSize:
        return None
    return _finding(file, DAMAGED, f"it has {size:,} bytes instead of {file.fileSize:,}{_from(file)}")


def _whatChanged(file: IndexedFile, status: os.stat_result) -> str:
    if status.st_size != file.fileSize:
        return f"it has {status.st_size:,} bytes and had {file.fileSize:,} when it was imported"
    return "" if modifiedTimeOf(status) == file.modifiedTime else "it was written to since it was imported"


def _byHeader(file: IndexedFile, changed: str) -> Finding | None:
    try:
        uid = scanFile(file.path).value(SOP_INSTANCE_UID)
    except FileError as error:
        kind = CHANGED if changed else UNREADABLE
        return _finding(file, kind, f"it was imported as a DICOM file, but now {error.what}")
    if uid != file.sopInstanceUID:
        return _finding(file, REPLACED, "another object is in the file now")
    return _finding(file, CHANGED, changed) if changed else None


def _finding(file: IndexedFile, kind: str, text: str) -> Finding:
    return Finding(kind, file.path, text, file.sopInstanceUID)


def _from(file: IndexedFile) -> str:
    return f" from {displayPath(file.source)}" if file.source else ""
