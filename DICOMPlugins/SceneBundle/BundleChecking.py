"""A written object is read again by pydicom, which had no part in writing it, in a worker process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping

import numpy

from DICOMLib.Errors import ExportError, PixelDataError
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import Task, WorkerPool, deadlineFor, givenOrOwn

from .BundleElements import GROUP, OWNER

_ELEMENTS = {"owner": 0x0010, "size": 0x1008, "digest": 0x1009, "zip": 0x1010}
_COMPARED = (
    "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID", "PatientName", "Modality", "Rows", "Columns",
)  # fmt: skip
_REQUIRED = ("SOPInstanceUID", "ConversionType", "ImageType", "ContentDate")
_CHUNK = 1 << 20


def checkObject(
    path: str,
    digest: str,
    size: int,
    expected: Mapping[str, str],
    picture: numpy.ndarray,
    workers: WorkerPool | None = None,
    progress: Progress | None = None,
) -> None:
    """Compare the scene's bytes, the elements around them, the picture and the identifiers with what was meant.

    :param size: of the zip
    :param expected: keyword → text, of some tags
    :raises ExportError: what is not as it was meant
    :raises CancelledError: when progress was cancelled
    """
    found: dict = {}
    pixels: list[numpy.ndarray] = []

    def receive(shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> numpy.ndarray:
        if tuple(shape) != picture.shape or dtype != picture.dtype:
            raise _failed("the picture read back has another size")
        found.update(information)
        pixels.append(numpy.empty(shape, dtype))
        return pixels[0]

    seconds = deadlineFor(8 * (size + picture.nbytes))
    task = Task("DICOMPlugins.SceneBundle.BundleChecking:readBack", {"path": path}, receive, seconds)
    try:
        with givenOrOwn(workers) as pool:
            pool.run(task, progress)
    except PixelDataError as error:
        raise _failed(error.what, error.value) from None
    _compare(found, digest, size, expected)
    if not pixels or not numpy.array_equal(pixels[0], picture):
        raise _failed("the picture read back is not the one that was written")


def _compare(found: Mapping, digest: str, size: int, expected: Mapping[str, str]) -> None:
    if found.get("zipDigest") != digest or found.get("digest") != digest:
        raise _failed("the scene read back is not the one that was written")
    if found.get("size") != str(size) or found.get("owner") != f"{OWNER} {size}" or not found.get("isLast"):
        raise _failed("the scene is not where other programs look for it")
    for keyword in _COMPARED:
        wanted = expected.get(keyword)
        if wanted is not None and found["texts"].get(keyword, "") != wanted.strip():
            raise _failed(f"{keyword} read back is not the one that was written")
    for keyword in _REQUIRED:
        if not found["texts"].get(keyword):
            raise _failed(f"{keyword} is missing")


def _failed(what: str, value: object = None) -> ExportError:
    return ExportError(f"the written file failed the check: {what}", value=value)


def readBack(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Runs in a worker process: what pydicom reads of the file, without the zip in memory.

    :raises PixelDataError: when it cannot be read
    """
    from pydicom import dcmread

    dataset = dcmread(path, defer_size=_CHUNK)
    elements = {name: dataset.get_item((GROUP, element), keep_deferred=True) for name, element in _ELEMENTS.items()}
    missing = [name for name, element in elements.items() if element is None]
    if missing:
        raise PixelDataError("pydicom does not find the scene's elements", value=", ".join(missing))
    found: dict = {name: _text(elements[name].value) for name in ("owner", "size", "digest")}
    value = elements["zip"]
    found["zipDigest"] = _digest(path, value.value_tell, int(found["size"] or 0), value.length)
    found["isLast"] = value.value_tell + value.length == os.path.getsize(path)
    found["texts"] = {name: _joined(dataset.get(name)) for name in (*_COMPARED, *_REQUIRED)}
    yield found, dataset.pixel_array


def _digest(path: str, position: int, size: int, length: int) -> str:
    if length != size + size % 2:
        return ""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        file.seek(position)
        while size > 0 and (piece := file.read(min(_CHUNK, size))):
            digest.update(piece)
            size -= len(piece)
    return "" if size else digest.hexdigest()


def _text(value: object) -> str:
    return value.decode("ascii", "replace").strip(" \0") if isinstance(value, bytes) else str(value)


def _joined(value: object) -> str:
    if value is None:
        return ""
    isSeveral = not isinstance(value, (str, bytes)) and hasattr(value, "__iter__") and hasattr(value, "append")
    return "\\".join(map(str, value)) if isSeveral else str(value).strip()
