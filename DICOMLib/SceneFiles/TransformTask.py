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
from .TransformText import AFFINE, COMPOSITE, FIELD, INVERSE, MOST_PARTS, PLATE, SPLINE

_NAMED = re.compile(rb"(Inverse)?([A-Z][A-Za-z]*Transform(?:Base)?)_double_3_3")
_SUFFIX = "_double_3_3"
# Classes that ITK, as SimpleITK has it, does not know → those it reads the same numbers as. An affine transform keeps
# all parameters that it is given, also those that it has no use for.
_READ_AS = {INVERSE + FIELD: FIELD, INVERSE + SPLINE: SPLINE, INVERSE + PLATE: AFFINE, PLATE: AFFINE}
_FEWEST_OF_AFFINE = 12
HDF5 = b"\x89HDF\r\n\x1a\n"


def readTransform(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Of each part, the last of which is applied first: {"kind": "linear"} and 4×4 LPS, or {"kind": "field"} or
    "spline" or "plate", with "isToParent" and "fixed", and parameters, flat.

    :raises FileError: when ITK does not read the file or it is no transform of these kinds
    """
    import SimpleITK

    content = Path(path).read_bytes()
    names = [(bool(mark), name.decode()) for mark, name in _NAMED.findall(content)]
    isHDF5 = path.lower().endswith(".h5")
    if isHDF5 and not content.startswith(HDF5):
        raise FileError("this is not a transform file of ITK, which is HDF5 where its name ends in .h5", path)
    known = _knownNames(content) if isHDF5 else content
    with tempfile.TemporaryDirectory() as folder:
        source = path
        if known != content:
            source = os.path.join(folder, "field.h5")
            Path(source).write_bytes(known)
        try:
            with oneFileAtATime():
                transform = SimpleITK.ReadTransform(source)
        except RuntimeError as error:
            raise FileError("ITK does not read the transform file", path, str(error).strip()[-200:]) from None
    parts = list(_partsOf(transform, path))
    found = [part.GetName() for part in parts]
    told = _toldOf(names, found, path) if known != content else [(False, name) for name in found]
    for part, (isToParent, name) in zip(parts, told, strict=True):
        yield _plate(part, isToParent, path) if name == PLATE else _content(part, isToParent, path)


def _knownNames(content: bytes) -> bytes:
    """The same numbers under the names of classes that ITK knows."""
    for name, other in _READ_AS.items():
        asWritten = (name + _SUFFIX).encode()
        content = content.replace(asWritten, (other + _SUFFIX).encode().ljust(len(asWritten), b"\0"))
    return content


def _toldOf(names: list[tuple[bool, str]], found: list[str], path: str) -> list[tuple[bool, str]]:
    """Of each part found whether it is to the parent, and its class. ITK writes their names one after the other.

    :raises FileError: when they are not those of the parts: then nothing tells which is which
    """
    told = [(isMarked, name) for isMarked, name in names if name != COMPOSITE]
    readAs = [_READ_AS.get(INVERSE * isMarked + name, name) for isMarked, name in told]
    if readAs != found or len(names) - len(told) > 1:
        raise FileError("the file does not tell which of its transforms are to the parent", path, len(found))
    return told


def _plate(part, isToParent: bool, path: str) -> tuple[dict, numpy.ndarray]:
    fixed, values = list(part.GetFixedParameters()), numpy.array(part.GetParameters())
    if len(values) < _FEWEST_OF_AFFINE:
        raise FileError("a thin plate of fewer than four points cannot be read from HDF5", path, len(values) // 3)
    return {"kind": "plate", "isToParent": isToParent, "fixed": fixed}, values


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
