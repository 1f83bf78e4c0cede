"""Runs in a worker process: what ITK, through SimpleITK, makes of a transform file."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy

from ..Errors import FileError
from .OneFile import oneFileAtATime
from .TransformText import COMPOSITE, FIELD, INVERSE, MOST_PARTS, SPLINE

_NAMED = re.compile(rb"(Inverse)?([A-Z][A-Za-z]*Transform(?:Base)?)_double_3_3")
_KINDS = tuple(f"{name}_double_3_3".encode() for name in (FIELD, SPLINE))


def readTransform(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Of each part, the last of which is applied first: {"kind": "linear"} and 4×4 LPS, or {"kind": "field"} or
    "spline", with "isToParent" and "fixed", and parameters, flat.

    :raises FileError: when ITK does not read the file or it is no transform of these kinds
    """
    import SimpleITK

    content = Path(path).read_bytes()
    names = _NAMED.findall(content)
    marked = [kind for kind in _KINDS if path.lower().endswith(".h5") and INVERSE.encode() + kind in content]
    with tempfile.TemporaryDirectory() as folder:
        source = path
        if marked:  # ITK knows no such classes: the same numbers under the name of the one it knows
            source = os.path.join(folder, "field.h5")
            for kind in marked:
                content = content.replace(INVERSE.encode() + kind, kind.ljust(len(INVERSE) + len(kind), b"\0"))
            Path(source).write_bytes(content)
        try:
            with oneFileAtATime():
                transform = SimpleITK.ReadTransform(source)
        except RuntimeError as error:
            raise FileError("ITK does not read the transform file", path, str(error).strip()[-200:]) from None
    parts = list(_partsOf(transform, path))
    marks = _marksOf(names, [part.GetName() for part in parts], path) if marked else [False] * len(parts)
    for part, isToParent in zip(parts, marks, strict=True):
        yield _content(part, isToParent, path)


def _marksOf(names: list[tuple[bytes, bytes]], expected: list[str], path: str) -> list[bool]:
    """Which parts are to the parent. ITK writes the names of the parts one after the other.

    :raises FileError: when they are not those of the parts: then nothing tells which is which
    """
    told = [(bool(mark), name.decode()) for mark, name in names if name != COMPOSITE.encode()]
    if [name for _mark, name in told] != expected or sum(name == COMPOSITE.encode() for _mark, name in names) > 1:
        raise FileError("the file does not tell which of its transforms are to the parent", path, len(expected))
    return [mark for mark, _name in told]


def _partsOf(transform, path: str) -> Iterator:
    """What a composite consists of, also one in another."""
    waiting, count = [transform], 0
    while waiting:
        one, count = waiting.pop(), count + 1
        if one.GetDimension() != 3:
            raise FileError("only three-dimensional transforms can be read", path, one.GetDimension())
        if count > MOST_PARTS:
            raise FileError("the file has more transforms than are accepted", path, count)
        if one.GetName() != COMPOSITE:
            yield one
            continue
        composite = one.Downcast()
        waiting += [composite.GetNthTransform(n) for n in reversed(range(composite.GetNumberOfTransforms()))]


def _content(transform, isToParent: bool, path: str) -> tuple[dict, numpy.ndarray]:
    if transform.GetName() == FIELD:
        fixed = list(transform.GetFixedParameters())
        field = transform.Downcast().GetDisplacementField()
        import SimpleITK

        values = SimpleITK.GetArrayFromImage(field).astype(float).ravel()
        return {"kind": "field", "isToParent": isToParent, "fixed": fixed}, values
    if transform.GetName() == SPLINE:
        if transform.Downcast().GetOrder() != 3:
            raise FileError("only cubic splines can be read", path, transform.Downcast().GetOrder())
        fixed = list(transform.GetFixedParameters())
        return {"kind": "spline", "isToParent": isToParent, "fixed": fixed}, numpy.array(transform.GetParameters())
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
