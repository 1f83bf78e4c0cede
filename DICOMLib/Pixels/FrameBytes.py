"""Runs in a worker process: the encoded bytes of single frames, however the file carries them. Lengths come first."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from ..Errors import PixelDataError
from ..Files.ByteWindow import FileWindow
from ..Files.HeaderScanner import openDataSet
from ..TransferSyntaxes import DEFLATED_EXPLICIT_LITTLE_ENDIAN, transferSyntax
from .Encapsulation import EncapsulatedPixels

_PIECE = 1 << 16


@dataclass(frozen=True)
class StoredPixels:
    """What the host knows of an object's pixels; values JSON can carry. See PixelLayout for what they mean.

    :ivar offset: of the first byte of the pixel data element's value; in a deflated file, as if it were inflated
    :ivar length: of that value; -1 when undefined
    :ivar palette: whether colours of the palette are wanted rather than their numbers
    """

    path: str
    transferSyntaxUID: str
    offset: int
    length: int
    frames: int
    rows: int
    columns: int
    samples: int
    planar: bool
    bitsAllocated: int
    bitsStored: int
    signed: bool
    floating: bool
    photometricInterpretation: str
    frameBits: int
    palette: bool = False


class FrameBytes(Protocol):
    """Where frames are read from, one by one."""

    def frame(self, number: int) -> bytes:
        """One frame, encoded. :raises PixelDataError: when the file does not hold it"""


@contextmanager
def openFrames(stored: StoredPixels) -> Iterator[FrameBytes]:
    """The frames of one file.

    :raises PixelDataError: when the pixel data is not what it should be; when the file cannot be opened
    """
    try:
        stream = open(stored.path, "rb", buffering=0)  # noqa: SIM115  (closed below; the error is told apart here)
    except OSError as error:
        raise PixelDataError("the file cannot be opened", value=error.strerror) from None
    with stream:
        if stored.transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN:
            yield _DeflatedFrames(stream, stored)
        elif transferSyntax(stored.transferSyntaxUID).isEncapsulated:
            yield _encapsulatedFrames(stream, stored)
        else:
            yield _NativeFrames(stream, stored)


def _encapsulatedFrames(stream: BinaryIO, stored: StoredPixels) -> EncapsulatedPixels:
    """The extended offset table is before the pixels and looked for only where it may be needed."""
    arguments = stream, stored.offset, stored.length, stored.frames
    if stored.frames == 1:
        return EncapsulatedPixels(*arguments)
    try:
        return EncapsulatedPixels(*arguments)
    except PixelDataError:
        offsets = _extendedOffsets(stored.path)
        if not offsets:
            raise
        return EncapsulatedPixels(*arguments, offsets)


def _extendedOffsets(path: str) -> tuple[int, ...]:
    from pydicom import dcmread

    header = dcmread(path, force=True, stop_before_pixels=True, specific_tags=["ExtendedOffsetTable"])
    table = header.get("ExtendedOffsetTable") or b""
    return tuple(int.from_bytes(table[start : start + 8], "little") for start in range(0, len(table) // 8 * 8, 8))


class _NativeFrames:
    """Pixels that are stored as they are, in a syntax whose samples are laid out in a way of its own."""

    def __init__(self, stream: BinaryIO, stored: StoredPixels):
        self._stream = stream
        self._stored = stored

    def frame(self, number: int) -> bytes:
        start, count = _wholeBytes(self._stored, number)
        self._stream.seek(self._stored.offset + start)
        data = self._stream.read(count)
        if len(data) < count or start + count > self._stored.length:
            what = f"pixel data short: have {len(data)}, need {count}"
            raise PixelDataError(what, hint="Copy or send the file again")
        return data


class _DeflatedFrames:
    """Native pixels inside a deflated data set (PS3.5 A.5), inflated no further than the announced pixels go."""

    def __init__(self, stream: BinaryIO, stored: StoredPixels):
        self._stream = stream
        self._stored = stored
        window = FileWindow(stream.fileno(), stream.seek(0, 2), stored.path.encode("utf-8", "surrogateescape"))
        self._start = openDataSet(window)[1].start
        self._rewind()

    def frame(self, number: int) -> bytes:
        start, count = _wholeBytes(self._stored, number)
        if start + count > self._stored.length:
            have = self._stored.length
            raise PixelDataError(f"pixel data short: have {have}, need {start + count}", hint="The file is damaged")
        start += self._stored.offset
        if start < self._position:
            self._rewind()
        while self._position < start:
            self._inflate(min(_PIECE, start - self._position))
        pieces = bytearray()
        while len(pieces) < count:
            pieces += self._inflate(min(_PIECE, count - len(pieces)))
        return bytes(pieces)

    def _rewind(self) -> None:
        self._stream.seek(self._start)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._position = 0

    def _inflate(self, most: int) -> bytes:
        """At least one byte and at most so many."""
        while not self._inflater.eof:
            source = self._inflater.unconsumed_tail or self._stream.read(_PIECE)
            try:
                piece = self._inflater.decompress(source, most)
            except zlib.error:
                raise PixelDataError("the deflated pixel data is damaged", hint="Copy or send the file again") from None
            self._position += len(piece)
            if piece:
                return piece
            if not source:
                break
        what = f"pixel data short: it ends after {max(0, self._position - self._stored.offset)} bytes"
        raise PixelDataError(what, hint="Copy or send the file again")


def _wholeBytes(stored: StoredPixels, number: int) -> tuple[int, int]:
    """First byte and number of bytes of a native frame.

    Frames of single bits follow each other in the middle of bytes (PS3.5 8.1.1): then these hold parts of others.
    """
    first = number * stored.frameBits
    return first // 8, (first % 8 + stored.frameBits + 7) // 8


def inflatedFrame(frame: bytes, count: int) -> bytes:
    """A frame of Deflated Image Frame Compression (PS3.5 A.4.14), no more of it than there should be.

    :raises PixelDataError: when it is damaged, shorter or longer
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflater.decompress(frame, count + 2)
    except zlib.error:
        raise PixelDataError("the deflated image is damaged", hint="Copy or send the file again") from None
    # A frame of an odd number of bytes may have been padded before it was deflated.
    if not count <= len(data) <= count + count % 2 or not (inflater.eof or inflater.unconsumed_tail == b""):
        hint = "The file is damaged"
        raise PixelDataError(f"the deflated image holds {len(data)} bytes, the header asks for {count}", hint=hint)
    return data[:count]
