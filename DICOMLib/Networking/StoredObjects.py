"""DICOM files as objects to be sent: what each is, where its data set lies, and its bytes piece by piece."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..Errors import FileError, NotDICOMError, TruncatedFileError, UnreadableFileError
from ..Files.Completeness import NO_PIXEL_DATA
from ..Files.Header import Header
from ..Files.HeaderScanner import scanFile
from ..Files.Limits import MAX_INFLATED_SIZE
from ..Tags import MEDIA_STORAGE_SOP_CLASS_UID, tagText
from ..TransferSyntaxes import DEFLATED_EXPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from .Limits import MOST_CONTEXTS
from .Negotiation import ProposedContext
from .Servers import AS_STORED, UNCOMPRESSED

# Read at once: little beside a gigabyte, much beside the work of handing it on.
PIECE_BYTES = 1 << 20
UNCOMPRESSED_SYNTAXES = (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)

_SOP_CLASS, _SOP_INSTANCE = tagText("SOPClassUID"), tagText("SOPInstanceUID")
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_LONGEST_UID = 64
_ZEROS_OF_A_TORN_COPY = 8


@dataclass(frozen=True)
class StoredObject:
    """A file with one object.

    :ivar offset: first byte of the data set in the file
    :ivar size: bytes of the data set
    :ivar modifiedTime: of the file, in ns since the epoch
    :ivar isHeaderOnly: whether it is an image of which somebody has kept all but the pixels
    """

    path: bytes
    SOPClassUID: str
    SOPInstanceUID: str
    transferSyntaxUID: str
    offset: int
    size: int
    modifiedTime: int
    isHeaderOnly: bool = False

    @property
    def kind(self) -> tuple[str, str]:
        """SOP class and transfer syntax: what a server is asked whether it takes."""
        return self.SOPClassUID, self.transferSyntaxUID

    @property
    def isOdd(self) -> bool:
        """Whether a value of odd length, which there must not be, makes the whole odd: servers break off at that."""
        return self.size % 2 == 1 and self.transferSyntaxUID != DEFLATED_EXPLICIT_LITTLE_ENDIAN

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the data set as they are in the file; a deflated one of odd length with a zero (PS3.5 A.5).

        :raises UnreadableFileError: when the file cannot be read, or is not the one that was looked at any more
        """
        try:
            with open(self.path, "rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if (status.st_size, status.st_mtime_ns) != (self.offset + self.size, self.modifiedTime):
                    raise UnreadableFileError("the file was changed meanwhile", self.path)
                file.seek(self.offset)
                left = self.size
                while left:
                    piece = file.read(min(left, PIECE_BYTES))
                    if not piece:
                        raise UnreadableFileError("the file became shorter while it was read", self.path)
                    left -= len(piece)
                    isPadded = not left and self.size % 2 and not self.isOdd
                    yield piece + b"\0" if isPadded else piece
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", self.path, error.strerror) from error


def storedObject(path: bytes | str | os.PathLike) -> StoredObject:
    """Look at a file.

    :raises FileError: when it is no DICOM file, is cut off, or lacks what a server has to be told
    """
    header = scanFile(path)
    isHeaderOnly = _isHeaderOnly(header)
    if header.truncated and not isHeaderOnly:
        raise TruncatedFileError(f"the file is incomplete: {header.truncated}", header.path)
    if header.transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN:
        _requireWholeStream(header)
    if header.value(MEDIA_STORAGE_SOP_CLASS_UID) == MEDIA_STORAGE_DIRECTORY:
        raise NotDICOMError("a DICOMDIR, which lists files and is no object", header.path)
    classUID, instanceUID = header.value(_SOP_CLASS), header.value(_SOP_INSTANCE)
    for keyword, uid in (("SOPClassUID", classUID), ("SOPInstanceUID", instanceUID)):
        if not _UID.fullmatch(uid) or len(uid) > _LONGEST_UID:
            raise FileError(f"the object has no valid {keyword}", header.path)
    return StoredObject(
        header.path, classUID, instanceUID, header.transferSyntaxUID, header.dataSetOffset,
        header.fileSize - header.dataSetOffset, _modifiedTime(header.path), isHeaderOnly,
    )  # fmt: skip


def _requireWholeStream(header: Header) -> None:
    """Where a deflated data set ends only its last bytes tell: lengths in it are of what it inflates to.

    Nothing is kept of that. How much a data set may inflate to is looked after where its header is read.

    :raises TruncatedFileError: when the file ends before the stream
    """
    inflater, inflated = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        with open(header.path, "rb", buffering=0) as file:
            file.seek(header.dataSetOffset)
            while not inflater.eof and inflated < MAX_INFLATED_SIZE:
                source = inflater.unconsumed_tail or file.read(PIECE_BYTES)
                piece = inflater.decompress(source, PIECE_BYTES)  # may still hold some when it has read all
                if not source and not piece and not inflater.eof:
                    raise TruncatedFileError("the file is incomplete: its deflated data set has no end", header.path)
                inflated += len(piece)
    except zlib.error:
        raise FileError("the deflated data set is damaged", header.path) from None
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", header.path, error.strerror) from error


def _isHeaderOnly(header: Header) -> bool:
    """Whether a data set is whole but for pixel data, of which there is nothing: left out, or empty.

    Zeros at the end are what a copy that was broken off leaves where its size was set before.
    """
    if header.truncated != NO_PIXEL_DATA and not (header.pixelDataOffset >= 0 and header.pixelDataLength == 0):
        return False
    try:
        with open(header.path, "rb") as file:
            file.seek(max(header.dataSetOffset, header.fileSize - _ZEROS_OF_A_TORN_COPY))
            ending = file.read(_ZEROS_OF_A_TORN_COPY)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", header.path, error.strerror) from error
    return bool(ending.strip(b"\0")) or header.pixelDataLength == 0


def _modifiedTime(path: bytes) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error


@dataclass(frozen=True)
class Batch:
    """Objects that one association can carry.

    :ivar places: (SOP class, transfer syntax) → for each way of sending the number of its context in `contexts`: as it
        is stored, and uncompressed; None where a way is not wanted
    """

    objects: Sequence[StoredObject]
    contexts: Sequence[ProposedContext]
    places: dict[tuple[str, str], tuple[int | None, int | None]]


def batches(objects: Iterable[StoredObject], policy: str, mostContexts: int = MOST_CONTEXTS) -> list[Batch]:
    """Divide objects so that no association needs more contexts than there can be; mostly all go into one.

    :param policy: one of ``Servers.TRANSFER_SYNTAX_POLICIES``
    """
    byKind: dict[tuple[str, str], list[StoredObject]] = {}
    for one in objects:
        byKind.setdefault(one.kind, []).append(one)
    found: list[Batch] = []
    some: list[StoredObject] = []
    contexts: list[ProposedContext] = []
    places: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for kind, alike in byKind.items():
        stored, uncompressed = _contextsFor(kind, policy)
        wanted = [one for one in (stored, uncompressed) if one is not None]
        if len(contexts) + len(wanted) > mostContexts:
            found.append(Batch(some, contexts, places))
            some, contexts, places = [], [], {}
        numbers = iter(range(len(contexts), len(contexts) + len(wanted)))
        places[kind] = tuple(None if one is None else next(numbers) for one in (stored, uncompressed))
        contexts += wanted
        some += alike
    return [*found, Batch(some, contexts, places)] if some else found


def _contextsFor(kind: tuple[str, str], policy: str) -> tuple[ProposedContext | None, ProposedContext | None]:
    """A context each, since of several encodings in one context a server chooses which it likes."""
    classUID, syntax = kind
    isUncompressed = syntax in UNCOMPRESSED_SYNTAXES
    stored = None if policy == UNCOMPRESSED and not isUncompressed else ProposedContext(classUID, (syntax,))
    others = tuple(one for one in UNCOMPRESSED_SYNTAXES if one != syntax)
    return stored, None if policy == AS_STORED else ProposedContext(classUID, others)
