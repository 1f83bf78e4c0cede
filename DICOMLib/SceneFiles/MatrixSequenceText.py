"""Texts of sequences of linear transforms (.seq.mha): MetaImage headers without an image. Parsed by a worker."""

from __future__ import annotations

import re
from pathlib import Path

import numpy

from ..Errors import FileError

LONGEST_TRANSFORMS = 256 << 20
LOCAL = "ElementDataFile = LOCAL"
_FRAME = re.compile(r"Seq_Frame(\d+)_(.*)\Z")


def matricesOf(text: str, path: Path) -> tuple[list[str], numpy.ndarray]:
    """Index values, and matrices to the parent (N, 4, 4) in RAS.

    :raises FileError: when it is no such text, or is damaged
    """
    lines = text.splitlines()
    if not text.startswith("ObjectType = Image") or not lines or lines[-1].strip() != LOCAL:
        raise FileError("this is no sequence of transforms in one file", path)
    matrices: dict[int, numpy.ndarray] = {}
    values: dict[int, str] = {}
    try:
        for line in lines:
            key, _, value = line.partition("=")
            match = _FRAME.match(key.strip())
            if match and match[2] == "Timestamp":
                values[int(match[1])] = value.strip()
            elif match and match[2].endswith("Transform"):
                matrices[int(match[1])] = numpy.array(value.split(), float).reshape(4, 4)
    except ValueError as error:
        raise FileError("the sequence of transforms is damaged", path, str(error)[:80]) from error
    numbers = sorted(matrices)
    told = [values.get(n, str(n)) for n in numbers]
    isUsable = all(numpy.isfinite(one).all() and numpy.linalg.matrix_rank(one) == 4 for one in matrices.values())
    if not numbers or len(set(told)) < len(told) or not isUsable:
        raise FileError("the sequence of transforms is damaged", path)
    return told, numpy.array([matrices[n] for n in numbers])
