"""Native pixel data from the file straight into the volume's memory: lengths are checked first, nothing is copied."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy

from ..Errors import PixelDataError, UnreadableFileError
from ..Files.FileTimes import modifiedTimeOf
from ..Instance import Instance
from ..TransferSyntaxes import EXPLICIT_BIG_ENDIAN
from .PixelLayout import PixelLayout, keepStoredBits

# An element's tag, VR and length: 12 bytes with an explicit VR of long values, 8 with an implicit one (PS3.5 7.1).
_LONGEST_HEAD = 12
# Pixel Data, Float Pixel Data, Double Float Pixel Data → bits of the floating point numbers in it.
FLOATING_BITS = {0x0010: 0, 0x0008: 32, 0x0009: 64}


def checkLength(instance: Instance, layout: PixelLayout, fileSize: int) -> None:
    """That the file holds all the pixels its header announces.

    :raises PixelDataError: "pixel data short: have n, need m"; or when the length is undefined
    """
    if instance.pixelDataLength < 0:
        what = "pixel data is in fragments, although the transfer syntax says that it is not compressed"
        raise PixelDataError(what, instance.path, instance.transferSyntaxUID, "The file is damaged")
    have = max(0, min(fileSize - instance.pixelDataOffset, instance.pixelDataLength))
    need = layout.storedBytes
    if have < need:
        hint = "The file is incomplete: copy or send it again"
        raise PixelDataError(f"pixel data short: have {have}, need {need}", instance.path, hint=hint)


def checkUnchanged(instance: Instance, status: os.stat_result) -> None:
    """That the file is still the one whose header is in the database: the recorded offset would point elsewhere.

    :raises PixelDataError: when size or time differ from the record (records made by hand have neither)
    """
    resized = instance.fileSize > 0 and status.st_size != instance.fileSize
    touched = instance.modifiedTime > 0 and modifiedTimeOf(status) != instance.modifiedTime
    if resized or touched:
        hint = "Import the folder again"
        raise PixelDataError("the file has changed since it was indexed", instance.path, hint=hint)


def openUnchanged(instance: Instance) -> int:
    """A descriptor of the file for reading, after checking that it is a file and still the indexed one.

    :raises UnreadableFileError: when it cannot be opened
    :raises PixelDataError: when it has changed
    """
    # A FIFO put in place of the file would block here without O_NONBLOCK.
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(instance.path, flags)
    except OSError as error:
        hint = "Connect the disk it was on, or import the folder again"
        raise UnreadableFileError("the file cannot be opened", instance.path, error.strerror, hint) from error
    try:
        with readingErrors(instance):
            status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError("this is not a file any more", instance.path)
        checkUnchanged(instance, status)
    except BaseException:  # Ctrl-C as well: nobody else knows the descriptor
        os.close(descriptor)
        raise
    return descriptor


def isDescribedByFile(layout: PixelLayout) -> bool:
    """Whether the head of the pixel data element says more than the layout does."""
    return layout.isNative and (layout.needsElement or layout.bitsAllocated in (32, 64))


def describedByFile(instance: Instance, layout: PixelLayout) -> PixelLayout:
    """The layout with what only the head of the pixel data element tells: floating point or integers, and in big
    endian how bytes lie. The file is opened only where that is in question.

    :raises FileError, PixelDataError: as :func:`openUnchanged`
    """
    # So much more than is described may be numbers of another kind.
    if not isDescribedByFile(layout) and instance.pixelDataLength < 2 * layout.storedBytes:
        return layout
    descriptor = openUnchanged(instance)
    try:
        with readingErrors(instance):
            return _asElementSays(descriptor, instance, layout)
    finally:
        os.close(descriptor)


def _asElementSays(descriptor: int, instance: Instance, layout: PixelLayout) -> PixelLayout:
    head = bytearray(_LONGEST_HEAD)
    start = instance.pixelDataOffset - _LONGEST_HEAD
    if start < 0 or _readAt(descriptor, memoryview(head), start) < _LONGEST_HEAD:
        return layout
    order = "big" if layout.transferSyntaxUID == EXPLICIT_BIG_ENDIAN else "little"
    for position in (0, 4):  # explicit VR, implicit VR
        group, element = (int.from_bytes(head[at : at + 2], order) for at in (position, position + 2))
        if group == 0x7FE0 and element in FLOATING_BITS:
            bits = FLOATING_BITS[element]
            floating = bits == layout.bitsAllocated
            if bits and not floating:
                what = f"floating point numbers of {bits} bits are described as having {layout.bitsAllocated}"
                raise PixelDataError(what, instance.path, hint="The file is damaged")
            return replace(layout, floating=floating, wordsSwapped=layout.needsElement and head[4:6] == b"OW")
    return layout


class NativeFile:
    """The native pixel data of one file, opened for reading frames; to be used as a context manager.

    :raises UnreadableFileError: on entering, when the file cannot be opened
    :raises PixelDataError: on entering, when the file has changed or is short of what its header announces
    """

    def __init__(self, instance: Instance, layout: PixelLayout):
        self._instance = instance
        self._layout = layout
        self._descriptor = -1

    def __enter__(self) -> NativeFile:
        self._descriptor = openUnchanged(self._instance)
        try:
            with readingErrors(self._instance):
                # A size on record has just been compared with the file's.
                size = self._instance.fileSize or os.fstat(self._descriptor).st_size
            checkLength(self._instance, self._layout, size)
        except BaseException:  # Ctrl-C as well: nobody else knows the descriptor
            os.close(self._descriptor)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def readInto(self, target: numpy.ndarray, frame: int) -> None:
        """A whole frame of a layout that is read directly: one read into the array's own memory.

        :param target: C-contiguous, of :attr:`PixelLayout.frameShape` and of the stored type
        """
        layout = self._layout
        if layout.planar and layout.samples > 1:
            target[...] = self.rows(frame, 0, layout.rows)
            return
        self._fill(target, frame * layout.frameBytes)
        self._finish(target)

    def rows(self, frame: int, first: int, count: int) -> numpy.ndarray:
        """Stored samples of some rows of a frame, in memory of their own.

        :returns: shape (count, columns), or (count, columns, 3) for colour; YBR is not converted, except that
            chrominance shared by two pixels is given to both (PS3.3 C.7.6.3.1.2)
        """
        layout = self._layout
        start = frame * layout.storedFrameBits
        if layout.planar and layout.samples > 1 and not layout.isHalved:
            planeBits = layout.storedFrameBits // layout.samples
            rowBits = planeBits // layout.rows
            planes = [
                self._samples(start + plane * planeBits + first * rowBits, count * layout.columns)
                for plane in range(layout.samples)
            ]
            return numpy.stack(planes, axis=-1).reshape(count, layout.columns, layout.samples)
        rowBits = layout.storedFrameBits // layout.rows
        samples = self._samples(start + first * rowBits, count * rowBits // layout.bitsAllocated)
        if layout.isHalved:
            return expandedChrominance(samples.reshape(count, -1), layout.columns)
        return samples.reshape((count, layout.columns, *layout.frameShape[2:] * (layout.samples > 1)))

    def _samples(self, firstBit: int, count: int) -> numpy.ndarray:
        """Samples from a position in the pixel data on, each in a number of its own, unused bits dropped."""
        layout = self._layout
        if layout.bitsAllocated == layout.storedType.itemsize * 8 and not layout.wordsSwapped:
            samples = numpy.empty(count, layout.storedType)
            self._fill(samples, firstBit // 8)
            self._finish(samples)
            return samples
        raw = self._bytes(firstBit // 8, (firstBit % 8 + count * layout.bitsAllocated + 7) // 8)
        samples = unpackedSamples(raw, firstBit % 8, count, layout)
        keepStoredBits(samples, layout)
        return samples

    def _bytes(self, start: int, count: int) -> numpy.ndarray:
        """Bytes of the pixel data in the order of little endian."""
        if not self._layout.wordsSwapped:
            raw = numpy.empty(count, numpy.uint8)
            self._fill(raw, start)
            return raw
        before = start % 2
        raw = numpy.empty((before + count + 1) // 2 * 2, numpy.uint8)
        available = self._instance.pixelDataLength - (start - before)
        if available < raw.size:  # an odd number of bytes, without the padding there should be
            hint = "The file is damaged"
            raise PixelDataError(f"pixel data short: have {available}, need {raw.size}", self._instance.path, hint=hint)
        self._fill(raw, start - before)
        return raw.view(numpy.uint16).byteswap().view(numpy.uint8)[before : before + count]

    def _fill(self, target: numpy.ndarray, offset: int) -> None:
        view = memoryview(target.reshape(-1)).cast("B")
        fillAt(self._descriptor, view, self._instance.pixelDataOffset + offset, self._instance)

    def _finish(self, samples: numpy.ndarray) -> None:
        if (self._layout.transferSyntaxUID == EXPLICIT_BIG_ENDIAN) == numpy.little_endian:
            samples.byteswap(inplace=True)
        keepStoredBits(samples, self._layout)


def unpackedSamples(raw: numpy.ndarray, firstBit: int, count: int, layout: PixelLayout) -> numpy.ndarray:
    """Samples that do not fill a number of their own: the first one is in the lowest bits (PS3.5 8.1.1).

    :param raw: bytes in little endian order
    :param firstBit: where in the first byte the first sample begins
    :returns: shape (count,) of the layout's stored type
    """
    size, bits = layout.storedType.itemsize, layout.bitsAllocated
    if bits % 8 == 0:
        wide = numpy.zeros((count, size), numpy.uint8)
        wide[:, : bits // 8] = raw.reshape(count, bits // 8)
    else:
        single = numpy.unpackbits(raw, bitorder="little")[firstBit : firstBit + count * bits].reshape(count, bits)
        if bits == 1:
            return single[:, 0].view(layout.storedType)
        wide = numpy.packbits(single, axis=1, bitorder="little")
        if wide.shape[1] < size:
            wide = numpy.pad(wide, ((0, 0), (0, size - wide.shape[1])))
    return numpy.ascontiguousarray(wide).view(layout.storedType.newbyteorder("<"))[:, 0].astype(layout.storedType)


def expandedChrominance(stored: numpy.ndarray, columns: int) -> numpy.ndarray:
    """Y1 Y2 CB CR for each two pixels of a row → (rows, columns, 3) (PS3.3 C.7.6.3.1.2)."""
    pairs = stored.reshape(len(stored), columns // 2, 4)
    pixels = numpy.empty((len(stored), columns // 2, 2, 3), stored.dtype)
    pixels[..., 0] = pairs[..., :2]
    pixels[..., 1] = pairs[..., 2, None]
    pixels[..., 2] = pairs[..., 3, None]
    return pixels.reshape(len(stored), columns, 3)


def fillAt(descriptor: int, target: memoryview, position: int, instance: Instance) -> None:
    """Read as many bytes as `target` has, from `position` in the file on.

    :raises PixelDataError: when the file ends before
    :raises UnreadableFileError: when the system cannot read it
    """
    filled = 0
    with readingErrors(instance):
        while filled < len(target):
            count = _readAt(descriptor, target[filled:], position + filled)
            if count == 0:
                what = f"pixel data short: have {filled}, need {len(target)}"
                raise PixelDataError(what, instance.path, hint="The file was cut while it was read")
            filled += count


@contextmanager
def readingErrors(instance: Instance) -> Iterator[None]:
    """What the system says about reading a file that is open, as an UnreadableFileError."""
    try:
        yield
    except OSError as error:
        hint = "Check the disk or the network drive"
        raise UnreadableFileError("the file cannot be read", instance.path, error.strerror, hint) from error


def _readAt(descriptor: int, target: memoryview, position: int) -> int:
    """Bytes read into `target` from `position` on; one system call where there is one for it."""
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [target], position)
    os.lseek(descriptor, position, os.SEEK_SET)
    data = os.read(descriptor, len(target))
    target[: len(data)] = data
    return len(data)
