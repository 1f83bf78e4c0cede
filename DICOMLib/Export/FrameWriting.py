"""A multi-frame object to a file, frame by frame: nothing but the frame that is written is held in memory."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy

from ..Database.Durability import openPrivately
from ..Errors import ExportError
from ..Progress import Progress
from .Destination import writingErrors

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Element of group 7FE0 and VR, by kind and size of samples (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25).
_ELEMENTS = {"f4": (0x0008, b"OF"), "f8": (0x0009, b"OD"), "u1": (0x0010, b"OB"), "i1": (0x0010, b"OB")}
_WORDS = (0x0010, b"OW")
# An explicit length of 32 bits that is even and does not mean "undefined" (PS3.5 7.1).
LARGEST_PIXEL_BYTES = 0xFFFFFFFE


def checkFramesFit(count: int, frameBytes: int, name: str) -> None:
    """:raises ExportError: when so many frames are more than one element of a file can hold"""
    if count * frameBytes > LARGEST_PIXEL_BYTES:
        raise ExportError(
            "the volume is larger than one object can hold, which is 4 GB", name, f"{count * frameBytes:,} bytes",
            hint="Write one file for each slice",
        )  # fmt: skip


def writeFrames(
    dataset: Dataset,
    path: str,
    dtype: numpy.dtype,
    count: int,
    frame: Callable[[int], numpy.ndarray],
    progress: Progress | None = None,
) -> None:
    """Write an object in explicit little endian, its file being for its owner only.

    :param dataset: without pixels; no element of it comes after them
    :param dtype: of stored samples; real numbers become (Double) Float Pixel Data
    :param frame: number → stored values, contiguous, shape (rows, columns)
    :raises ExportError: when a value cannot be written, or the file
    :raises CancelledError: when progress was cancelled
    """
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    size = count * dataset.Rows * dataset.Columns * dtype.itemsize
    element, vr = _ELEMENTS.get(dtype.str[1:], _WORDS)
    with writingErrors(path):
        with open(path, "xb", opener=openPrivately) as file:
            try:
                dcmwrite(file, dataset, enforce_file_format=True)
            except ValueError:  # pydicom's, which quotes the value: it may be the patient's
                raise ExportError("a value is not one that the standard allows") from None
            file.seek(0, os.SEEK_END)
            file.write(struct.pack("<HH2sHI", 0x7FE0, element, vr, 0, size + size % 2))
            for number in range(count):
                file.write(frame(number).astype(dtype.newbyteorder("<"), copy=False).data)
                if progress is not None:
                    progress.report(number + 1, count, "Writing")
                    progress.raiseIfCancelled()
            file.write(b"\0" * (size % 2))
