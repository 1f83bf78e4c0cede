"""Runs in a worker process: decodes frames of a list of objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .FrameBytes import StoredPixels, openFrames
from .FrameDecoder import FrameDecoder

if TYPE_CHECKING:
    import numpy


def loadDecoders() -> Iterator[tuple[dict, numpy.ndarray]]:
    """Import what decodes, and deliver nothing."""
    from pydicom.pixels import get_decoder  # noqa: F401  (imports every decoder that is installed)

    return iter(())


def decodeFrames(objects: Sequence[dict]) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Frames in the order asked for: (rows, columns) of stored values, or (rows, columns, 3) RGB.

    :param objects: for each, ``{"pixels": the fields of StoredPixels, "frames": numbers, "steps": (n, m)}``; only every
        n-th row and every m-th column is delivered
    :raises UnsupportedTransferSyntaxError: when no decoder is installed or exists
    :raises PixelDataError: when the data cannot be decoded
    """
    for one in objects:
        stored = StoredPixels.fromMessage(one["pixels"])
        decoder = FrameDecoder(stored)
        rowStep, columnStep = one.get("steps", (1, 1))
        with openFrames(stored) as frames:
            for number in one["frames"]:
                array = decoder.decode(frames.frame(number), number)
                yield {}, array[::rowStep, ::columnStep]
