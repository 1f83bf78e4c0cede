"""Native pixel data from the file straight into the volume's memory: lengths are checked first, nothing is copied."""

from __future__ import annotations

import os
import stat

import numpy

from ..Errors import PixelDataError, UnreadableFileError
from ..Instance import Instance
from ..TransferSyntaxes import EXPLICIT_BIG_ENDIAN
from .PixelLayout import PixelLayout, keepStoredBits


def checkLength(instance: Instance, layout: PixelLayout, fileSize: int) -> None:
    """That the file holds all the pixels its header announces.

    :raises PixelDataError: "pixel data short: have n, need m"; or when the length is undefined
    """
    if instance.pixelDataLength < 0:
        what = "pixel data is in fragments, although the transfer syntax says that it is not compressed"
        raise PixelDataError(what, instance.path, instance.transferSyntaxUID, "The file is damaged")
    have = max(0, min(fileSize - instance.pixelDataOffset, instance.pixelDataLength))
    need = layout.objectBytes
    if have < need:
        hint = "The file is incomplete: copy or send it again"
        raise PixelDataError(f"pixel data short: have {have}, need {need}", instance.path, hint=hint)


def checkUnchanged(instance: Instance, status: os.stat_result) -> None:
    """That the file is still the one whose header is in the database: the recorded offset would point elsewhere.

    :raises PixelDataError: when size or time differ from the record (records made by hand have neither)
    """
    resized = instance.fileSize > 0 and status.st_size != instance.fileSize
    touched = instance.modifiedTime > 0 and status.st_mtime_ns != instance.modifiedTime
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
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError("this is not a file any more", instance.path)
        checkUnchanged(instance, status)
    except Exception:
        os.close(descriptor)
        raise
    return descriptor


def readNative(instance: Instance, layout: PixelLayout, target: numpy.ndarray) -> None:
    """Read all frames of one object.

    :param target: C-contiguous, shape (frames, rows, columns[, 3]) of `layout.storedType`; holds the samples afterwards
    :raises PixelDataError: when the file has changed or is short, before anything is read
    :raises UnreadableFileError: when the file cannot be opened or read
    """
    descriptor = openUnchanged(instance)
    try:
        checkLength(instance, layout, os.fstat(descriptor).st_size)
        planes = layout.planar and layout.samples > 1
        buffer = numpy.empty(_planarShape(layout), layout.storedType) if planes else target
        fillAt(descriptor, memoryview(buffer).cast("B"), instance.pixelDataOffset, instance)
    finally:
        os.close(descriptor)
    if planes:
        numpy.copyto(target, numpy.moveaxis(buffer, 1, -1))
    if layout.transferSyntaxUID == EXPLICIT_BIG_ENDIAN and numpy.little_endian:
        target.byteswap(inplace=True)
    keepStoredBits(target, layout)


def _planarShape(layout: PixelLayout) -> tuple[int, ...]:
    return layout.frames, layout.samples, layout.rows, layout.columns


def fillAt(descriptor: int, target: memoryview, position: int, instance: Instance) -> None:
    """Read as many bytes as `target` has, from `position` in the file on.

    :raises PixelDataError: when the file ends before
    :raises UnreadableFileError: when the system cannot read it
    """
    filled = 0
    try:
        while filled < len(target):
            count = _readAt(descriptor, target[filled:], position + filled)
            if count == 0:
                what = f"pixel data short: have {filled}, need {len(target)}"
                raise PixelDataError(what, instance.path, hint="The file was cut while it was read")
            filled += count
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
