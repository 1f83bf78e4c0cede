"""Runs in a worker process: what ITK, through SimpleITK, makes of a transform file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy

from ..Errors import FileError
from .OneFile import oneFileAtATime
from .TransformText import FIELD, INVERSE

_INVERSE_FIELD, _FIELD = (f"{prefix}{FIELD}_double_3_3".encode() for prefix in (INVERSE, ""))


def readTransform(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """{"kind": "linear"} and 4×4 LPS, or {"kind": "field", "isToParent", "fixed"} and displacements, flat.

    :raises FileError: when ITK does not read the file or it is no transform of these kinds
    """
    import SimpleITK

    content = Path(path).read_bytes()
    isToParent = path.lower().endswith(".h5") and _INVERSE_FIELD in content
    with tempfile.TemporaryDirectory() as folder:
        source = path
        if isToParent:  # ITK knows no such class: the same numbers under the name of the one it knows
            source = os.path.join(folder, "field.h5")
            Path(source).write_bytes(content.replace(_INVERSE_FIELD, _FIELD.ljust(len(_INVERSE_FIELD), b"\0")))
        try:
            with oneFileAtATime():
                transform = SimpleITK.ReadTransform(source)
        except RuntimeError as error:
            raise FileError("ITK does not read the transform file", path, str(error).strip()[-200:]) from None
    yield _content(_only(transform, path), isToParent, path)


def _only(transform, path: str):
    """What a composite of one consists of."""
    while transform.GetName() == "CompositeTransform":
        composite = transform.Downcast()
        if composite.GetNumberOfTransforms() != 1:
            raise FileError("only files with one transform can be read", path, composite.GetNumberOfTransforms())
        transform = composite.GetNthTransform(0)
    if transform.GetDimension() != 3:
        raise FileError("only three-dimensional transforms can be read", path, transform.GetDimension())
    return transform


def _content(transform, isToParent: bool, path: str) -> tuple[dict, numpy.ndarray]:
    if transform.GetName() == FIELD:
        fixed = list(transform.GetFixedParameters())
        field = transform.Downcast().GetDisplacementField()
        import SimpleITK

        values = SimpleITK.GetArrayFromImage(field).astype(float).ravel()
        return {"kind": "field", "isToParent": isToParent, "fixed": fixed}, values
    if not transform.IsLinear():
        raise FileError("this kind of transform cannot be read", path, transform.GetName())
    matrix = numpy.eye(4)
    origin = numpy.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    for axis, point in enumerate(numpy.eye(3).tolist()):
        matrix[:3, axis] = numpy.array(transform.TransformPoint(point)) - origin
    matrix[:3, 3] = origin
    downcast = transform.Downcast()
    if hasattr(downcast, "GetMatrix"):  # without the rounding of the subtraction
        matrix[:3, :3] = numpy.array(downcast.GetMatrix()).reshape(3, 3)
    return {"kind": "linear"}, matrix
