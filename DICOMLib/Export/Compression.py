"""Lossless compression of images that are written, in worker processes.

Those of RLE and JPEG-LS keep Python's lock while they work, and that of JPEG 2000 ends the whole program when two
threads use it at the same time: so each runs in a process of its own, where two are twice as fast as one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy

from ..Errors import ExportError, PixelDataError
from ..Progress import Progress
from ..TransferSyntaxes import JPEG_2000_LOSSLESS, JPEG_LS_LOSSLESS, RLE_LOSSLESS
from ..Workers.WorkerPool import Task, WorkerPool, deadlineFor
from .Destination import writingErrors
from .FileEncoding import writePrivateFile

COMPRESSION_TAG = "Compression"
# What a task encodes: enough that asking costs little, few enough that all workers have some.
_BYTES_OF_A_TASK = 4 << 20
# JPEG 2000 by far the slowest, some 10 million bytes a second.
_SLOWNESS = 8


@dataclass(frozen=True)
class Compression:
    """One lossless compression.

    :ivar encoder: pydicom's name of the package that encodes
    :ivar smallestSide: of images that can be written: OpenJPEG halves them five times, CharLS needs room for its
        header, and GDCM reads no RLE whose header of 64 bytes makes it longer than the image
    """

    syntaxUID: str
    encoder: str
    words: str
    smallestSide: int = 1


SYNTAXES: dict[str, Compression] = {
    "RLE": Compression(RLE_LOSSLESS, "pylibjpeg", "RLE: quick, files little smaller", 16),
    "JPEG-LS": Compression(JPEG_LS_LOSSLESS, "pyjpegls", "JPEG-LS lossless: quick and small", 16),
    "JPEG 2000": Compression(JPEG_2000_LOSSLESS, "pylibjpeg", "JPEG 2000 lossless: small, slow", 32),
}
"""By the value of the pseudo-tag ``Compression``; "" leaves images as they are."""
CHOICES: dict[str, str] = {"": "none: read by every program", **{name: one.words for name, one in SYNTAXES.items()}}


def compressionNamed(name: str, dtype: numpy.dtype, side: int, where: str) -> Compression | None:
    """The compression of this name; None for "".

    :param dtype: of the stored values
    :param side: rows or columns, the fewer
    :param where: of what, for messages
    :raises ExportError: when there is none of this name, or it cannot hold these values (PS3.5 8.2.2 to 8.2.4)
    """
    name = name.strip()
    if not name:
        return None
    if name not in SYNTAXES:
        raise ExportError("there is no such compression", where, name, f"Choose {', '.join(SYNTAXES)}, or none")
    if dtype.itemsize > 2:
        bits = 8 * dtype.itemsize
        raise ExportError(f"{name} compresses images of 8 and 16 bits only", where, f"{bits} bits", "Choose none")
    found = SYNTAXES[name]
    if side < found.smallestSide:
        raise ExportError(f"{name} needs at least {found.smallestSide} rows and columns", where, side, "Choose none")
    return found


class SliceEncoder:
    """Encodes slices a few at a time and ahead of who takes them. Use it as a context manager.

    :param folder: private, on the disk that is written to: slices are there while they are encoded
    """

    def __init__(
        self, compression: Compression, folder: str, workers: WorkerPool, progress: Progress | None = None
    ):
        self._compression = compression
        self._folder = folder
        self._workers = workers
        self._progress = progress
        self._threads = ThreadPoolExecutor(workers.size, thread_name_prefix="encoding")

    def __enter__(self) -> SliceEncoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def encoded(self, slices: Callable[[int], numpy.ndarray], count: int) -> Iterator[bytes]:
        """The codestream of each slice, in their order.

        :param slices: number → stored values, shape (rows, columns[, 3]); called on several threads
        :raises ExportError: when slices cannot be encoded, or kept on disk meanwhile
        :raises CancelledError: when progress was cancelled
        """
        together = max(1, _BYTES_OF_A_TASK // slices(0).nbytes)
        waiting: deque[Future[list[bytes]]] = deque()
        for first in range(0, count, together):
            waiting.append(self._threads.submit(self._encode, slices, first, min(first + together, count)))
            if len(waiting) > self._workers.size:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

    def _encode(self, slices: Callable[[int], numpy.ndarray], first: int, end: int) -> list[bytes]:
        path = os.path.join(self._folder, f"slices-{first}")
        arrays = [slices(k) for k in range(first, end)]
        shape, dtype = arrays[0].shape, arrays[0].dtype
        with writingErrors(path):
            writePrivateFile((array.astype(dtype.newbyteorder("<"), copy=False).data for array in arrays), path)
        try:
            return self._run(path, shape, dtype, len(arrays))
        except PixelDataError as error:
            raise ExportError(f"the images cannot be compressed: {error.what}", value=error.value) from None
        finally:
            os.remove(path)

    def _run(self, path: str, shape: Sequence[int], dtype: numpy.dtype, count: int) -> list[bytes]:
        frames: list[numpy.ndarray] = []

        def receive(encodedShape: tuple[int, ...], encodedType: numpy.dtype, _: dict) -> numpy.ndarray:
            if encodedType != numpy.uint8 or len(frames) == count:
                raise PixelDataError("the encoder sent something that was not asked for")
            frames.append(numpy.empty(encodedShape, encodedType))
            return frames[-1]

        size = int(numpy.prod(shape)) * dtype.itemsize
        arguments = {
            "path": path, "shape": list(shape), "dtype": dtype.str, "count": count,
            "syntaxUID": self._compression.syntaxUID, "encoder": self._compression.encoder,
        }  # fmt: skip
        deadline = deadlineFor(_SLOWNESS * size)
        # What does not get smaller, as noise, needs a little more than before.
        task = Task("DICOMLib.Export.CompressTask:encodeSlices", arguments, receive, deadline, arrayBytes=2 * size)
        self._workers.run(task, self._progress)
        if len(frames) != count:
            raise ExportError("the images cannot be compressed: some are missing", value=count - len(frames))
        return [frame.tobytes() for frame in frames]
