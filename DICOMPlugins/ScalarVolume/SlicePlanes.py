"""Where the slices of a volume are, as image objects say it (PS3.3 C.7.6.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from DICOMLib.Errors import ExportError

# Cosine between a row and a column. Cosines in files often have six digits; more is a shear, which images cannot have.
_SKEW_TOLERANCE = 1e-4
# A spacing is a difference of positions, whose last digits are noise: 0.99999999999999 mm are 1 mm.
_SPACING_DIGITS = 12


@dataclass(frozen=True)
class SlicePlanes:
    """All in LPS mm.

    :ivar positions: of the centre of the first voxel of each slice, shape (slices, 3)
    :ivar orientation: six cosines: of a row, then of a column
    :ivar pixelSpacing: between rows, then between columns
    :ivar sliceSpacing: between slices, along their normal
    """

    positions: numpy.ndarray
    orientation: numpy.ndarray
    pixelSpacing: tuple[float, float]
    sliceSpacing: float


def slicePlanes(ijkToLPS: numpy.ndarray, dimensions: tuple[int, int, int], name: str = "") -> SlicePlanes:
    """The planes of a volume; slices that are not above each other (a tilted gantry) keep their true positions.

    :param ijkToLPS: 4×4, of either handedness
    :param dimensions: (columns, rows, slices)
    :raises ExportError: when rows and columns are not at right angles
    """
    matrix = numpy.asarray(ijkToLPS, dtype=float)
    i, j, k = matrix[:3, 0], matrix[:3, 1], matrix[:3, 2]
    columnSpacing, rowSpacing = float(numpy.linalg.norm(i)), float(numpy.linalg.norm(j))
    row, column = i / columnSpacing, j / rowSpacing
    if abs(row @ column) > _SKEW_TOLERANCE:
        raise ExportError(
            "rows and columns of the volume are not at right angles, which DICOM images cannot be", name,
            hint="Compute the volume anew on a rectangular grid (harden its transform) first",
        )  # fmt: skip
    positions = matrix[:3, 3] + numpy.arange(dimensions[2])[:, numpy.newaxis] * k
    normal = numpy.cross(row, column)
    spacing = abs(float(normal @ k)) / float(numpy.linalg.norm(normal))
    spacing = float(f"{spacing:.{_SPACING_DIGITS}g}")
    return SlicePlanes(positions, numpy.r_[row, column], (rowSpacing, columnSpacing), spacing)
