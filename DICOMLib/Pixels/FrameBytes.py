"""Runs in a worker process: the encoded bytes of single frames, however the file carries them. Lengths come first."""

from __future__ import annotations

import struct
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
from .NativeReader import FLOATING_BITS
from .PixelLayout import PixelLayout

_PIECE = 1 << 16
# The head of a pixel data element with an explicit VR (PS3.5 7.1.2).
_HEAD = struct.Struct("<HH2s2xI")
_PIXEL_GROUP = 0x7FE0


@dataclass(frozen=True)
class StoredPixels:
    """What the host knows of an object's pixels.

    :ivar offset: of the first byte of the pixel data element's value; in a deflated file, as if it were inflated
    :ivar length: of that value; -1 when undefined
    :ivar palette: whether colours of the palette are wanted rather than their numbers
    """

    path: str
    offset: int
    length: int
    layout: PixelLayout
    palette: bool = False

    @classmethod
    def fromMessage(cls, fields: dict) -> StoredPixels:
        """From the values that JSON carried here, the layout as :func:`dataclasses.asdict` gives it."""
        return cls(**{**fields, "layout": PixelLayout(**fields["layout"])})

    @property
    def transferSyntaxUID(self) -> str:
        """How the pixels are encoded."""
        return self.layout.transferSyntaxUID


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
    arguments = stream, stored.offset, stored.length, stored.layout.frames
    if stored.layout.frames == 1:
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
        start, count = _wholeBytes(self._stored.layout, number)
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
        self._checkElement()

    def frame(self, number: int) -> bytes:
        start, count = _wholeBytes(self._stored.layout, number)
        if start + count > self._stored.length:
            have = self._stored.length
            raise PixelDataError(f"pixel data short: have {have}, need {start + count}", hint="The file is damaged")
        start += self._stored.offset
        return self._bytes(start, count)

    def _checkElement(self) -> None:
        """The element, deep in the deflated bytes, knows better than the header whether numbers are floating point."""
        layout = self._stored.layout
        if layout.bitsAllocated not in FLOATING_BITS.values():
            return
        head = self._bytes(self._stored.offset - _HEAD.size, _HEAD.size)
        group, element = _HEAD.unpack(head)[:2]
        bits = FLOATING_BITS.get(element, 0) if group == _PIXEL_GROUP else 0
        if bits != layout.bitsAllocated * layout.floating:
            value = f"{'floating point numbers' if bits else 'integers'} of {bits or layout.bitsAllocated} bits"
            hint = "Its BitsStored and PixelRepresentation are wrong"
            raise PixelDataError("the pixel data is not what the header describes", value=value, hint=hint)

    def _bytes(self, start: int, count: int) -> bytes:
        """Of the inflated data set."""
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


def _wholeBytes(layout: PixelLayout, number: int) -> tuple[int, int]:
    """First byte and number of bytes of a native frame.

    Frames of single bits follow each other in the middle of bytes (PS3.5 8.1.1): then these hold parts of others.
    """
    first = number * layout.storedFrameBits
    return first // 8, (first % 8 + layout.storedFrameBits + 7) // 8


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
