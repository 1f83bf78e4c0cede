"""Runs in a worker process: slices to lossless codestreams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy

from ..Errors import PixelDataError


def encodeSlices(
    path: str, shape: Sequence[int], dtype: str, count: int, syntaxUID: str, encoder: str
) -> Iterator[tuple[dict, numpy.ndarray]]:
    """The bytes of one codestream after the other, each an array of uint8.

    :param path: of `count` slices in little endian, one after the other, each of `shape` (rows, columns[, 3])
    :param encoder: pydicom's name of the package that encodes
    :raises PixelDataError: when the package is missing, or does not encode the values
    """
    from pydicom.pixels import get_encoder
    from pydicom.uid import UID

    encode = get_encoder(UID(syntaxUID)).encode
    options = _options(shape, numpy.dtype(dtype))
    for values in numpy.fromfile(path, dtype).reshape(count, *shape):
        try:
            codestream = encode(values, encoding_plugin=encoder, **options)
        except (ValueError, RuntimeError, AttributeError, TypeError) as error:
            raise PixelDataError("the encoder does not take the values", value=type(error).__name__) from None
        yield {}, numpy.frombuffer(codestream, numpy.uint8)


def _options(shape: Sequence[int], dtype: numpy.dtype) -> dict:
    """As attributes of the image say them. Colours stay red, green and blue: what is not computed is not rounded."""
    bits = 8 * dtype.itemsize
    isColour = len(shape) == 3
    options = {
        "rows": shape[0], "columns": shape[1], "number_of_frames": 1, "samples_per_pixel": 3 if isColour else 1,
        "bits_allocated": bits, "bits_stored": bits, "pixel_representation": int(dtype.kind == "i"),
        "photometric_interpretation": "RGB" if isColour else "MONOCHROME2", "pixel_keyword": "PixelData",
    }  # fmt: skip
    return {**options, "planar_configuration": 0} if isColour else options
