"""ITK's text files of transforms (.tfm, .txt), without ITK.

A file of 3D Slicer holds the transform from the parent, as registration makes it, in LPS: for a linear one the inverse
of what the node has. A displacement field to the parent is marked by "Inverse" in its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from ..Errors import FileError

FIRST_LINE = "#Insight Transform File V1.0"
AFFINE = "AffineTransform"
FIELD = "DisplacementFieldTransform"
SPLINE = "BSplineTransform"
PLATE = "ThinPlateSplineKernelTransform"
COMPOSITE = "CompositeTransform"
INVERSE = "Inverse"
MOST_PARTS = 100
LONGEST_TEXT = 1 << 30
_AFFINE_NAMES = (AFFINE, "MatrixOffsetTransformBase")
_PARAMETERS, _FIXED = "Parameters", "FixedParameters"
_FIELD_FIXED = 18
_EXACT = "#ToParentRAS: "
_REMARK_WITHIN = 2000
# Of a field that is linear between its points. 3D Slicer passes over it, and has cubic splines through them, as through
# those of all fields of files; so has this program where it is not said.
_LINEAR = "#Interpolation: linear"


@dataclass(frozen=True)
class ItkTransform:
    """One transform of a file.

    :ivar name: of the class without type and dimensions
    :ivar parameters: as ITK counts them
    :ivar fixed: parameters that no optimiser changes: the centre, or the grid of a field
    :ivar isLinearField: whether it is a field and said to be linear between its points
    """

    name: str
    parameters: numpy.ndarray
    fixed: numpy.ndarray
    isLinearField: bool = False

    def isAffine(self) -> bool:
        """Whether its parameters are a matrix and a translation about a centre."""
        return self.name in _AFFINE_NAMES and len(self.parameters) == 12 and len(self.fixed) in (0, 3)

    def isField(self) -> bool:
        """Whether it is a displacement field, to or from the parent."""
        return self.name.removeprefix(INVERSE) == FIELD and len(self.fixed) == _FIELD_FIXED

    def isSpline(self) -> bool:
        """Whether it is cubic B-splines, to or from the parent."""
        return self.name.removeprefix(INVERSE) == SPLINE and len(self.fixed) == _FIELD_FIXED

    def isPlate(self) -> bool:
        """Whether it is a thin plate, to or from the parent."""
        return self.name.removeprefix(INVERSE) == PLATE

    def matrixLPS(self) -> numpy.ndarray:
        """4×4 of an affine one."""
        matrix = numpy.eye(4)
        matrix[:3, :3] = self.parameters[:9].reshape(3, 3)
        center = self.fixed if len(self.fixed) else numpy.zeros(3)
        matrix[:3, 3] = self.parameters[9:] + center - matrix[:3, :3] @ center
        return matrix


def transformText(transform: ItkTransform, toParent: numpy.ndarray | None = None) -> str:
    """The file's text; numbers read back as they are.

    :param toParent: 4×4 RAS, kept in a remark: the inverse of the inverse is not to the last digit what it was
    """
    remark = [] if toParent is None else [_EXACT + _numbersText(toParent)]
    return "\n".join([FIRST_LINE, *remark, *_linesOf(transform, 0)]) + "\n\n"


def compositeText(transforms: Sequence[ItkTransform]) -> str:
    """The text of a file with several transforms, of which the last one is applied first."""
    lines = [FIRST_LINE, "#Transform 0", f"Transform: {COMPOSITE}_double_3_3"]
    for number, transform in enumerate(transforms, 1):
        lines += _linesOf(transform, number)
    return "\n".join(lines) + "\n\n"


def _linesOf(transform: ItkTransform, number: int) -> list[str]:
    return [
        f"#Transform {number}",
        *([_LINEAR] if transform.isLinearField else []),
        f"Transform: {transform.name}_double_3_3",
        f"{_PARAMETERS}: {_numbersText(transform.parameters)}",
        f"{_FIXED}: {_numbersText(transform.fixed)}",
    ]


def exactMatrix(text: str) -> numpy.ndarray | None:
    """The remark of :func:`transformText`, 4×4; None where there is none."""
    line = next((line for line in text[:_REMARK_WITHIN].splitlines() if line.startswith(_EXACT)), "")
    try:
        values = numpy.array(line.removeprefix(_EXACT).split(), dtype=float)
    except ValueError:
        return None
    return values.reshape(4, 4) if values.size == 16 and numpy.isfinite(values).all() else None


def _numbersText(values: numpy.ndarray) -> str:
    return " ".join(repr(float(value) + 0.0) for value in numpy.ravel(values))


def parseTransformText(text: str, source: Path) -> list[ItkTransform]:
    """The transform of a file, or those that a composite of it consists of, of which the last one is applied first.

    :raises FileError: when it is no such file, or holds none, or several that are no composite
    """
    if not text.startswith("#Insight Transform File"):
        raise FileError("this is not a transform file of ITK", source)
    blocks: list[dict[str, str]] = []
    isLinear = False
    for line in text.splitlines():
        name, separator, value = line.partition(":")
        isLinear = isLinear or line.rstrip() == _LINEAR
        if not separator or line.startswith("#"):
            continue
        if name == "Transform" or not blocks:
            blocks.append({_LINEAR: ""} if isLinear else {})
            isLinear = False
        if name in blocks[-1]:
            raise FileError("the transform file is incomplete or not understood", source, name[:80])
        blocks[-1][name] = value.strip()
    isComposite = bool(blocks) and blocks[0].get("Transform", "").startswith(f"{COMPOSITE}_")
    if isComposite:
        del blocks[0]
    if not blocks or len(blocks) > (MOST_PARTS if isComposite else 1):
        raise FileError("only files with one transform can be read", source, len(blocks))
    return [_parsed(fields, source) for fields in blocks]


def _parsed(fields: dict[str, str], source: Path) -> ItkTransform:
    words = fields.get("Transform", "").split("_")
    if len(words) != 4 or words[2:] != ["3", "3"] or _PARAMETERS not in fields:
        raise FileError("the transform file is incomplete or not understood", source, fields.get("Transform", "")[:80])
    parameters, fixed = (_numbers(fields.get(name, ""), source) for name in (_PARAMETERS, _FIXED))
    return ItkTransform(words[0], parameters, fixed, isLinearField=_LINEAR in fields)


def _numbers(text: str, source: Path) -> numpy.ndarray:
    try:
        values = numpy.array(text.split(), dtype=float)
    except ValueError as error:
        raise FileError("the transform file has a parameter that is no number", source, str(error)[:80]) from error
    if not numpy.isfinite(values).all():
        raise FileError("the transform file has a parameter that is not finite", source)
    return values
