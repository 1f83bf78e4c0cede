"""Runs in a worker process: the headers of NRRD and NIfTI files, their voxels inflated, and weightings beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy

from ..Diffusion import FSL
from ..Workers.Answers import plainArray
from .Nifti import NiftiLayout
from .Nrrd import NrrdLayout
from .StoredArray import inflatedPieces


def readNrrd(path: str, isForeign: bool, withSeries: bool) -> Iterator[tuple[dict, numpy.ndarray]]:
    """What the header says, as JSON; then the voxels where they are compressed. Parameters and errors as of ``Nrrd``"""
    layout = NrrdLayout.ofFile(Path(path), isForeign, withSeries)
    yield {}, plainArray(layout.plain())
    yield from inflatedPieces(layout.stored, Path(path), isForeign)


def readNifti(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """The same of NIfTI."""
    layout = NiftiLayout.ofFile(Path(path))
    yield {}, plainArray(layout.plain())
    yield from inflatedPieces(layout.stored, Path(path), isForeign=False)


def readWeighting(path: str, vectors: str, ijkToRAS: list[list[float]]) -> Iterator[tuple[dict, numpy.ndarray]]:
    """b-values (N,), then gradients (N, 3), of files in the manner of FSL. Errors as of ``FSL.readWeighting``

    :param path: of the b-values
    :param vectors: path of the gradients
    """
    for array in FSL.readWeighting(Path(path), Path(vectors), numpy.array(ijkToRAS)):
        yield {}, array
