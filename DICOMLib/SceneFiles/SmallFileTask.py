"""Runs in a worker process: small files of scenes, read and parsed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy

from ..Workers.Answers import bytesArray, plainArray
from .BlockFiles import MAX_LIST_BYTES, piecesOf
from .ColorText import colorsOf
from .DetachedVoxels import attachedHeader, dataFileBeside
from .FileContents import bytesOf, textOf
from .MatrixSequenceText import LONGEST_TRANSFORMS, matricesOf
from .PropertyText import propertyOf
from .RegionNodes import MAX_BYTES, saidIn
from .TableText import tableArrays
from .TransformText import LONGEST_TEXT, exactMatrix, parseTransformText

_Answers = Iterator[tuple[dict, numpy.ndarray]]


def readContents(path: str, most: int) -> _Answers:
    """The bytes of a file. Errors as of ``bytesOf``"""
    yield {}, bytesArray(bytesOf(Path(path), most))


def readColors(path: str) -> _Answers:
    """``colorsOf`` as JSON."""
    yield {}, plainArray(colorsOf(Path(path)))


def readProperty(path: str) -> _Answers:
    """``propertyOf`` as JSON."""
    yield {}, plainArray(propertyOf(Path(path)))


def readTable(path: str) -> _Answers:
    """Of each column what it is called, and then its cells: ``tableArrays``."""
    yield from tableArrays(Path(path))


def readMatrices(path: str) -> _Answers:
    """Index values as ``values``, in an array of JSON, and matrices (N, 4, 4)."""
    values, matrices = matricesOf(textOf(Path(path), LONGEST_TRANSFORMS), Path(path))
    yield {}, plainArray(values)
    yield {}, matrices


def readTransformText(path: str) -> _Answers:
    """Of each transform ``name``, ``isLinearField`` and ``count`` of its parameters, before the fixed ones, and a zero.

    The first has ``exact``: the remark of ``exactMatrix``, None where there is none.
    """
    text = textOf(Path(path), LONGEST_TEXT)
    exact = exactMatrix(text)
    said = {"exact": None if exact is None else exact.tolist()}
    for one in parseTransformText(text, Path(path)):
        said |= {"name": one.name, "isLinearField": one.isLinearField, "count": len(one.parameters)}
        yield said, numpy.concatenate([one.parameters, one.fixed, [0.0]])
        said = {}


def readPieces(path: str) -> _Answers:
    """``piecesOf`` as JSON."""
    yield {}, plainArray(piecesOf(bytesOf(Path(path), MAX_LIST_BYTES), Path(path)))


def readMarks(path: str) -> _Answers:
    """What a file of marks says, as JSON; null when it is none."""
    yield {}, plainArray(saidIn(bytesOf(Path(path), MAX_BYTES)))


def readHeaderBeside(path: str, most: int) -> _Answers:
    """The name of the file that a NRRD header says its voxels are in ("" for none), as JSON; and the header of one file
    with them."""
    contents = bytesOf(Path(path), most)
    yield {}, plainArray(dataFileBeside(Path(path).name, contents) or "")
    yield {}, bytesArray(attachedHeader(contents))
