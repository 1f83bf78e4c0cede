"""Runs in a worker process: what GDCM, through SimpleITK, or pydicom makes of files that were just written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy

from ..Errors import PixelDataError
from ..Pixels.ForeignTask import Scratch, StatedRescale, storedValues

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def readBack(
    files: Sequence[str],
    tags: Sequence[str],
    rescale: dict,
    dtype: str,
    isInverted: bool,
    slopes: Sequence[float] | None = None,
) -> Iterator[tuple[dict, numpy.ndarray]]:
    """For each file its header's texts by tag ("gggg|eeee"), and stored values of shape (rows, columns[, 3]).

    :param rescale: fields of StatedRescale
    :param dtype: of stored values
    :param slopes: of each file, where they are not all that of the rescale
    :param isInverted: GDCM turns MONOCHROME1 around, which is taken back
    :raises PixelDataError: when a file cannot be read, or holds other values than its header announces
    """
    stated, scratch = StatedRescale(**rescale), Scratch()
    for number, path in enumerate(files):
        if slopes is not None:
            stated = replace(stated, slope=slopes[number])
        reader, image = _readByGDCM(path)
        frames = _valuesOf(image)
        texts = {tag: reader.GetMetaData(tag) for tag in tags if reader.HasMetaDataKey(tag)}
        if len(frames) != 1:
            raise PixelDataError("the file holds another number of images than one", value=len(frames))
        yield texts, _asType(_stored(frames[0], stated, isInverted, scratch), dtype)


def readFramesBack(
    file: str, tags: Sequence[str], rescale: dict | None, dtype: str, isInverted: bool
) -> Iterator[tuple[dict, numpy.ndarray]]:
    """The same for each frame of one object: its texts by pydicom, from its functional groups or the data set.

    :param rescale: for GDCM; None where GDCM cannot read the frames, which pydicom then does one by one
    :raises PixelDataError: as :func:`readBack`
    """
    from pydicom import dcmread

    header = dcmread(file, stop_before_pixels=True)
    count = int(header.NumberOfFrames)
    frames = _framesByPydicom(file) if rescale is None else _framesByGDCM(file, StatedRescale(**rescale), isInverted)
    read = 0
    for values in frames:
        yield {tag: _textOf(header, read, tag) for tag in tags}, _asType(values, dtype)
        read += 1
    if read != count:
        raise PixelDataError("the file holds another number of frames than its header announces", value=read)


def _readByGDCM(path: str) -> tuple:
    """The reader, and the image it reads."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(path)
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise PixelDataError("GDCM does not read the file", value=str(error).strip().splitlines()[-1]) from None
    return reader, image


def _valuesOf(image) -> numpy.ndarray:
    """The image's own memory, shape (frames, rows, columns[, 3])."""
    import SimpleITK

    return SimpleITK.GetArrayViewFromImage(image)


def _stored(values: numpy.ndarray, stated: StatedRescale, isInverted: bool, scratch: Scratch) -> numpy.ndarray:
    if values.ndim == 3:
        return values
    low, high = (int(limit) for limit in stated.limits)
    values = storedValues(values, stated, scratch)
    return (low + high) - values.astype(numpy.int64) if isInverted else values


def _asType(values: numpy.ndarray, dtype: str) -> numpy.ndarray:
    """:raises PixelDataError: when values are none of the type: cut off they might be the right ones"""
    found = values.astype(dtype, copy=False)
    if found.dtype != values.dtype and (found != values).any():
        raise PixelDataError("the values read are none of the type that was written", value=str(values.dtype))
    return found


def _framesByGDCM(path: str, stated: StatedRescale, isInverted: bool) -> Iterator[numpy.ndarray]:
    _, image = _readByGDCM(path)
    scratch = Scratch()
    for values in _valuesOf(image):
        yield _stored(values, stated, isInverted, scratch)


def _framesByPydicom(path: str) -> Iterator[numpy.ndarray]:
    from pydicom.pixels import iter_pixels

    try:
        yield from iter_pixels(path, raw=True)
    except (ValueError, AttributeError, RuntimeError) as error:
        raise PixelDataError("pydicom does not read the file", value=type(error).__name__) from None


def _textOf(header: Dataset, frame: int, tag: str) -> str:
    """Of a frame: from its own functional groups, else from those of all, else from the data set, else from the
    detector of nuclear medicine; "" when absent."""
    number = int(tag.replace("|", ""), 16)
    own = header.get("PerFrameFunctionalGroupsSequence", [])[frame : frame + 1]
    groups = [*own, *header.get("SharedFunctionalGroupsSequence", [])]
    places = [place for group in groups for place in _itemsOf(group)]
    places += [header, *header.get("DetectorInformationSequence", [])]
    element = next((place[number] for place in places if number in place), None)
    if element is None or element.value is None:
        return ""
    values = element.value if element.VM > 1 else [element.value]
    return "\\".join(map(str, values))


def _itemsOf(groups: Dataset) -> Iterator[Dataset]:
    for element in groups:
        if element.VR == "SQ" and element.value:
            yield element.value[0]
