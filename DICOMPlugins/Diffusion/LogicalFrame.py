"""Directions given as (frequency, phase, slice) of the acquisition, turned into patient coordinates, LPS.

GE writes directions in the logical frame of MR physics: x along the frequency encoding, y along the phase encoding, z
through the slice. InPlanePhaseEncodingDirection (0018,1312) tells which of the first two lies along the rows of the
image; the signs depend on which plane the slice is closest to. With r along a row, c down a column and n = r × c:

==========  ===================  ===================
plane       phase along columns  phase along rows
==========  ===================  ===================
axial       x r + y c − z n      y r − x c − z n
sagittal    x r + y c − z n      y r − x c − z n
coronal     x r − y c − z n      y r + x c + z n
==========  ===================  ===================

A direction and its opposite are the same. The frame turns with the slice, so the same holds for oblique ones, and for
every position of the patient. Sources: dcm2niix, geCorrectBvecs in console/nii_dicom_batch.cpp, whose steps (flip by
plane, negate y, exchange for ROW, negate all, from its image frame with rows counted upwards) give this table, with the
order of steps as corrected for coronal slices with ROW (rordenlab/dcm2niix #970, #971, validated by GE on phantom and
volunteers); feet first as head first (#737); "GEHC_tensor.pdf", mr-jaemin/ge-mri, for the meaning of the elements.
"""

from __future__ import annotations

import numpy

from DICOMLib.Geometry.Planes import Planes

from .Columns import mappedTexts

PHASE_DIRECTION = "0018,1312"
SAGITTAL, CORONAL, AXIAL = range(3)

# Signs and order of (x, y, z) along (r, c, n): (which one, sign) for each.
_ALONG_COLUMNS = {
    AXIAL: ((0, 1), (1, 1), (2, -1)), SAGITTAL: ((0, 1), (1, 1), (2, -1)), CORONAL: ((0, 1), (1, -1), (2, -1)),
}  # fmt: skip
_ALONG_ROWS = {
    AXIAL: ((1, 1), (0, -1), (2, -1)), SAGITTAL: ((1, 1), (0, -1), (2, -1)), CORONAL: ((1, 1), (0, 1), (2, 1)),
}  # fmt: skip


def patientDirections(planes: Planes, vectors: numpy.ndarray, notes: list[str]) -> numpy.ndarray:
    """(n, 3) the same vectors in patient coordinates, LPS, of the same length; NaN where the orientation is unknown.

    :param vectors: (n, 3) along frequency encoding, phase encoding and slice
    :param notes: where it is told that the direction of the phase encoding had to be guessed
    """
    letters = mappedTexts(planes, PHASE_DIRECTION, lambda text: text.strip().upper()[:1])
    alongRows = letters == "R"
    unknown = ~alongRows & (letters != "C") & (numpy.nan_to_num(vectors) != 0).any(axis=1)
    if unknown.any():
        notes.append(
            f"Warning: InPlanePhaseEncodingDirection (0018,1312) says neither ROW nor COL in {int(unknown.sum()):,} of "
            f"{len(unknown):,} slices: COL is assumed, and directions are turned by 90° in the plane if that is wrong."
        )
    kinds = planeKinds(planes)
    inImage = numpy.full(vectors.shape, numpy.nan)
    for kind in (SAGITTAL, CORONAL, AXIAL):
        for table, isOfTable in ((_ALONG_ROWS, alongRows), (_ALONG_COLUMNS, ~alongRows)):
            chosen = (kinds == kind) & isOfTable
            for axis, (which, sign) in enumerate(table[kind]):
                inImage[chosen, axis] = sign * vectors[chosen, which]
    rows, columns = planes.orientations[:, :3], planes.orientations[:, 3:]
    return inImage[:, :1] * rows + inImage[:, 1:2] * columns + inImage[:, 2:] * planes.normals


def planeKinds(planes: Planes) -> numpy.ndarray:
    """(n,) SAGITTAL, CORONAL or AXIAL, whichever a slice is closest to; of equally close ones the last."""
    return 2 - numpy.argmax(abs(numpy.nan_to_num(planes.normals))[:, ::-1], axis=1)
