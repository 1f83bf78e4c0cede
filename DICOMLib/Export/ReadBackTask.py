"""Runs in a worker process: what GDCM, through SimpleITK, makes of files that were just written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy

from ..Errors import PixelDataError
from ..Pixels.ForeignTask import StatedRescale, storedValues


def readBack(
    files: Sequence[str], tags: Sequence[str], rescale: dict, dtype: str, isInverted: bool
) -> Iterator[tuple[dict, numpy.ndarray]]:
    """For each file its header's texts by tag ("gggg|eeee"), and stored values of shape (rows, columns[, 3]).

    :param rescale: fields of StatedRescale
    :param dtype: of stored values
    :param isInverted: GDCM turns MONOCHROME1 around, which is taken back
    :raises PixelDataError: when a file cannot be read, or holds other values than its header announces
    """
    import SimpleITK

    stated = StatedRescale(**rescale)
    low, high = (int(limit) for limit in stated.limits)
    for path in files:
        reader = SimpleITK.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(path)
        try:
            image = reader.Execute()
        except RuntimeError as error:
            raise PixelDataError("GDCM does not read the file", value=str(error).strip().splitlines()[-1]) from None
        values = SimpleITK.GetArrayViewFromImage(image)[0]
        if values.ndim == 2:
            values = storedValues(values, stated)
            if isInverted:
                values = (low + high) - values.astype(numpy.int64)
        texts = {tag: reader.GetMetaData(tag) for tag in tags if reader.HasMetaDataKey(tag)}
        yield texts, values.astype(dtype, copy=False)
