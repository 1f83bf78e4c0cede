"""Finds the frames in encapsulated pixel data (PS3.5 A.4): lengths are checked against the file before use."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence
from typing import BinaryIO

from ..Errors import PixelDataError
from ..Files.Limits import MAX_ELEMENTS

_ITEM = struct.Struct("<II")
_ITEM_TAG = 0xE000FFFE  # as two 16-bit numbers in little endian make one of 32 bits
_SEQUENCE_END = 0xE0DDFFFE
# What a codestream begins with: JPEG and JPEG-LS, JPEG 2000, JPEG 2000 in a file of its own.
_BEGINNINGS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
_LONGEST_BEGINNING = 8
_DAMAGED = "The file is damaged"


class EncapsulatedPixels:
    """Frames of one object's encapsulated pixel data.

    :param stream: the file, opened for reading bytes without a buffer
    :param offset: where the value of the pixel data element begins
    :param length: as the element states it; -1 when undefined, as it should be
    :param frames: how many the header announces
    :param extendedOffsets: value of the extended offset table (PS3.3 C.7.6.3.1.8), empty when there is none
    :raises PixelDataError: when what is there are no fragments, or they cannot be these frames
    """

    def __init__(
        self,
        stream: BinaryIO,
        offset: int,
        length: int,
        frames: int,
        extendedOffsets: Sequence[int] = (),
    ):
        self._stream = stream
        self._end = stream.seek(0, 2)
        if length >= 0:
            self._end = min(self._end, offset + length)
        self._positions: list[int] = []
        self._lengths: list[int] = []
        table = self._findFragments(offset)
        self._firsts = self._firstFragments(frames, table, extendedOffsets)

    def frame(self, number: int) -> bytes:
        """The bytes of one frame, all its fragments together.

        :raises PixelDataError: when the file has become shorter
        """
        first = self._firsts[number]
        after = self._firsts[number + 1] if number + 1 < len(self._firsts) else len(self._positions)
        return b"".join(self._bytes(self._positions[index], self._lengths[index]) for index in range(first, after))

    def _bytes(self, position: int, count: int) -> bytes:
        self._stream.seek(position)
        data = self._stream.read(count)
        if len(data) < count:
            raise PixelDataError(f"pixel data short: have {len(data)}, need {count}", hint="The file was cut meanwhile")
        return data

    def _findFragments(self, offset: int) -> tuple[int, ...]:
        """Notes where fragments are; returns the basic offset table."""
        table: bytes | None = None
        position = offset
        while position + _ITEM.size <= self._end and len(self._positions) < MAX_ELEMENTS:
            tag, length = _ITEM.unpack(self._bytes(position, _ITEM.size))
            position += _ITEM.size
            if tag == _SEQUENCE_END:
                break
            if tag != _ITEM_TAG:
                what = "pixel data damaged: something else than a fragment where a fragment should be"
                raise PixelDataError(what, hint=_DAMAGED)
            if position + length > self._end:
                have = max(0, self._end - position)
                raise PixelDataError(f"pixel data short: have {have} bytes of a fragment, need {length}", hint=_DAMAGED)
            if table is None:
                table = self._bytes(position, length)
            else:
                self._positions.append(position)
                self._lengths.append(length)
            position += length
        if not self._positions:
            raise PixelDataError("the pixel data holds no frame", hint=_DAMAGED)
        count = len(table) // 4
        return struct.unpack(f"<{count}I", table[: count * 4])

    def _firstFragments(self, frames: int, table: tuple[int, ...], extendedOffsets: Sequence[int]) -> list[int]:
        """Index of the first fragment of each frame."""
        if frames == 1:
            return [0]
        for offsets in (extendedOffsets, table):
            firsts = self._fragmentsAt(offsets) if len(offsets) == frames else []
            if firsts:
                return firsts
        if len(self._positions) == frames:
            return list(range(frames))
        if len(self._positions) > frames:
            firsts = [index for index in range(len(self._positions)) if self._beginsCodestream(index)]
            if len(firsts) == frames and firsts[0] == 0:
                return firsts
        what = f"{len(self._positions)} fragments are not the {frames} frames that the header announces"
        raise PixelDataError(what, hint=_DAMAGED)

    def _fragmentsAt(self, offsets: Sequence[int]) -> list[int]:
        """The fragments that begin at these offsets from the first one; none when one offset is wrong.

        Tables that are wrong are common enough to be ignored rather than believed (or the file refused).
        """
        start = self._positions[0]
        firsts = [bisect_left(self._positions, start + offset) for offset in offsets]
        isSound = firsts[0] == 0 and all(
            first < len(self._positions) and self._positions[first] == start + offset
            for first, offset in zip(firsts, offsets, strict=True)
        )
        isAscending = all(before < after for before, after in zip(firsts, firsts[1:], strict=False))
        return firsts if isSound and isAscending else []

    def _beginsCodestream(self, index: int) -> bool:
        beginning = self._bytes(self._positions[index], min(_LONGEST_BEGINNING, self._lengths[index]))
        return beginning.startswith(_BEGINNINGS)


def encapsulated(frame: bytes) -> bytes:
    """One frame as pixel data of its own, in the form that pydicom's decoders take."""
    padding = len(frame) % 2
    head = _ITEM.pack(_ITEM_TAG, 0) + _ITEM.pack(_ITEM_TAG, len(frame) + padding)
    return head + frame + b"\0" * padding + _ITEM.pack(_SEQUENCE_END, 0)
